"""The quick suite names what is there, and nothing is skipped where CI is set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import quick

ROOT = Path(__file__).resolve().parents[2]
SKIPPING = """
import pytest

def test_what_needs_something_that_is_not_here():
    pytest.skip("no such thing here")
"""


@pytest.mark.parametrize("place", [*quick.FILES, *quick.SLOW])
def test_what_the_quick_suite_names_is_there(place):
    file, _, test = place.partition("::")
    text = (quick.HERE / file).read_text(encoding="utf-8")
    assert f"def {test.partition('[')[0]}" in text
    assert quick.is_quick(place) == (place in quick.FILES)


def test_every_folder_of_tests_is_one_that_the_quick_suite_speaks_of():
    folders = {file.parent.name for file in quick.HERE.glob("*/test_*.py")}
    assert folders - {"benchmarks"} == set(quick.WITHOUT)
    assert set(quick.WHOLE_FOLDERS) < folders


def test_a_file_is_quick_if_its_folder_is_or_it_is_named():
    assert quick.is_quick("unit/test_words.py::test_words_are_even")
    assert quick.is_quick("oracle/test_twin.py::test_kernel_equals_its_uncompiled_twin[plain]")
    assert not quick.is_quick("oracle/test_twin.py::test_kernel_equals_its_uncompiled_twin[policies]")
    assert not quick.is_quick("browser/test_tune.py::test_a_slider_moves_the_figure_and_says_why")


@pytest.mark.parametrize(
    ("ci", "code", "words"), [("", 0, "1 skipped"), ("true", 1, "Nothing is skipped where CI is set")]
)
def test_where_ci_is_set_what_would_be_skipped_fails(tmp_path, ci, code, words):
    file = tmp_path / "test_skipping.py"
    file.write_text(SKIPPING)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c",
         str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(file)],
        cwd=tmp_path, env={**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stdout
    assert "no such thing here" in done.stdout
