"""The cache of compiled functions: one that cannot be read counts as empty."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import numpy as np
from sim.luck.threefry import fill_words
words = np.zeros(8, np.int64)
fill_words(np.zeros(4, np.uint64), 0, 0, words)
print(words)
"""


FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
"""
"""An index finds room there, a compiled function does not."""


def run(cache: Path, before: str = "") -> str:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", before + PROGRAM],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        cwd=cache,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def with_a_class_that_is_gone(content: bytes) -> bytes:
    """Return an index as an older version of the program would have left it."""
    version = pickle.loads(content)
    return pickle.dumps(version, protocol=-1) + b"csim.patient.cohort\nNoLongerThere\n."


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a cache that a program has left, and what the program said."""
    place = tmp_path_factory.mktemp("warm")
    said = run(place)
    assert list(place.rglob("*.nbi"))
    return place, said


@pytest.fixture
def left(warm: tuple[Path, str], tmp_path: Path) -> Path:
    """Return a copy of it."""
    return Path(shutil.copytree(warm[0], tmp_path / "cache"))


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("spoil", [with_a_class_that_is_gone, lambda content: content[:40], lambda content: b""])
def test_a_cache_that_cannot_be_read_is_made_anew(warm, left: Path, ending: str, spoil) -> None:
    files = list(left.rglob(f"*{ending}"))
    assert files
    for file in files:
        file.write_bytes(spoil(file.read_bytes()))
    assert run(left) == warm[1]
    assert all(file.stat().st_size > 40 for file in left.rglob("*.nb?"))


def test_a_cache_without_room_is_done_without(warm, left: Path) -> None:
    for index in left.rglob("*.nbi"):
        index.unlink()
    assert run(left, FULL) == warm[1]
    # Else an index that is up to date would point to a compiled function that is not.
    assert not list(left.rglob("*.nbi"))
    assert run(left) == warm[1]
    assert list(left.rglob("*.nbi"))


CALLS = """
import sys
sys.path.insert(0, {folder!r})
from sim.luck.threefry import fill_words
import numpy as np
words = np.zeros(8, np.int64)
fill_words(np.zeros(4, np.uint64), 0, 0, words)
from sim.estimate.clusters import FEW
stats = fill_words.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def test_a_function_is_compiled_anew_when_what_it_calls_has_changed(tmp_path: Path) -> None:
    """numba looks at a function's own file; what was compiled into it may be in another."""
    program = tmp_path / "program"
    shutil.copytree(ROOT / "sim", program / "sim", ignore=shutil.ignore_patterns("__pycache__"))

    def hits_and_misses() -> str:
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        words = [sys.executable, "-c", CALLS.format(folder=str(program))]
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    assert hits_and_misses() == "0 1\n"
    assert hits_and_misses() == "1 0\n"
    with (program / "sim" / "patient" / "elementary.py").open("a") as file:
        file.write("# changed\n")
    assert hits_and_misses() == "0 1\n"
    assert hits_and_misses() == "1 0\n"


def test_other_programs_caches_stay_as_they_are(tmp_path: Path) -> None:
    """Only this program's functions are kept in its own way."""
    words = (
        "from numba.core import caching; before = caching.IndexDataCacheFile; import sim.luck.threefry; "
        "assert caching.IndexDataCacheFile is before"
    )
    subprocess.run([sys.executable, "-c", words], check=True, cwd=ROOT)


LOST = """
from numba.core.codegen import CPUCodeLibrary

def lost(library):
    raise RuntimeError(f"no compiled object yet for {library}")

CPUCodeLibrary._get_compiled_object = lost
"""
"""As where a signal came while LLVM handed over what it had compiled."""


def test_code_that_was_not_handed_over_is_done_without(warm, tmp_path: Path) -> None:
    assert run(tmp_path, LOST) == warm[1]
    assert all(".part." in file.name for file in tmp_path.rglob("*.nbc"))
