"""The quick suite, `pytest -m quick`: which files it runs, and what it says at its end that it leaves out."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent

WHOLE_FOLDERS = ("unit",)
"""Every file in these is quick but for what `SLOW` names."""

FILES = (
    "functional/test_bad_input.py",
    "functional/test_container.py",
    "functional/test_tune.py",
    "metamorphic/test_relations.py",
    "oracle/test_closed_forms.py",
    "oracle/test_described.py",
    "oracle/test_examples.py",
    "oracle/test_twin.py",
)
"""Quick files elsewhere: at least one for each kind of evidence that can be had in seconds."""

SLOW = (
    "unit/test_compiled.py",
    "unit/test_known.py::test_two_processes_find_the_same_to_the_last_bit",
    "unit/test_page.py",
    "unit/test_report_pdf.py",
    "unit/test_report_workbook.py",
    "unit/test_report_trial.py",
    "unit/test_report_sensitivity.py::test_figures_are_described_within_their_bounds_and_free_of_overlaps",
    "unit/test_tree.py::test_too_many_entries_are_refused",
    "metamorphic/test_relations.py::test_calibration_depends_on_no_seed_and_no_arm",
    "oracle/test_twin.py::test_kernel_equals_its_uncompiled_twin[everything]",
    "oracle/test_twin.py::test_kernel_equals_its_uncompiled_twin[policies]",
)
"""Files, tests and parameters of tests that are left out of these."""

WITHOUT = {
    "browser": "what people see in a browser",
    "functional": "what a user gets from a command",
    "metamorphic": "how runs of related scenarios must differ",
    "oracle": "independent results: other methods, closed forms",
    "property": "laws of whatever is generated",
    "statistical": "claims and published figures within their errors",
    "unit": "what one part must return",
}
"""What one does not know after the quick suite, by folder."""


def is_quick(place: str) -> bool:
    """Tell whether a file or a test (`folder/file.py::test[parameter]`) belongs to the quick suite."""
    file, _, test = place.partition("::")
    named = {file, f"{file}::{test.partition('[')[0]}", place}
    return (file.split("/")[0] in WHOLE_FOLDERS or file in FILES) and not named & set(SLOW)


def is_asked_for(config: pytest.Config) -> bool:
    """Tell whether only the quick suite is to be run."""
    return bool(config.option.markexpr == "quick")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Have the quick suite use two cores, unless `-n` says otherwise."""
    option = config.option
    is_worker = "PYTEST_XDIST_WORKER" in os.environ or hasattr(config, "workerinput")  # else it had workers of its own
    can = getattr(option, "numprocesses", 0) is None and not (option.collectonly or option.usepdb)
    if is_asked_for(config) and can and not is_worker:
        option.numprocesses, option.dist = min(os.cpu_count() or 1, 2), "loadfile"


def place_of(path: Path) -> str:
    """Return a file's place within the tests; of any other file, its whole path."""
    return path.relative_to(HERE).as_posix() if path.is_relative_to(HERE) else path.as_posix()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Spare the quick suite the import of files of which it runs nothing."""
    is_other = collection_path.name.startswith("test_") and not is_quick(place_of(collection_path))
    return True if is_asked_for(config) and is_other else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is quick, so that `-m` can choose it; what is long or a benchmark never is."""
    for item in items:
        is_slow = item.get_closest_marker("long") or item.get_closest_marker("benchmark")
        if not is_slow and is_quick(f"{place_of(item.path)}::{item.name}"):
            item.add_marker(pytest.mark.quick)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the quick suite has left out."""
    if not is_asked_for(config):
        return
    files = [place_of(file) for file in sorted(HERE.glob("*/test_*.py")) if file.parent.name in WITHOUT]
    number = Counter(file.split("/")[0] for file in files)
    left = Counter(file.split("/")[0] for file in files if not is_quick(file))
    terminalreporter.section("quick: not everything was run")
    for folder, what in WITHOUT.items():
        if left[folder]:
            terminalreporter.line(f"left out of tests/{folder}: {left[folder]} of {number[folder]} files ({what})")
    for place in SLOW:
        if "::" in place:
            terminalreporter.line(f"left out: tests/{place}")
    terminalreporter.line("left out: tests that are marked long or benchmark")
    terminalreporter.line("Everything: python -m pytest -n auto --dist loadfile")
