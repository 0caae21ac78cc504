"""`kill -9`, Ctrl-C and SIGTERM at random moments of every command: the old output or the new one, whole, and
`--resume` gives the bytes of an unbroken run.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import sys
import time

import pytest

from sim.study.checkpoint import GOES_ON
from tests.conftest import GIVEN_PARAMETERS
from tests.functional.commands import (
    FEW_DRAWS,
    WRITING,
    begun,
    children_of,
    is_alive,
    is_complete,
)

GIVEN = tuple(word for one in GIVEN_PARAMETERS for word in ("--set", one))
AT_ONCE = [
    sys.executable,
    "-c",
    """
import importlib
import_module = importlib.import_module
def prepared(name):
    importlib.import_module = import_module
    from tests.known import share
    share()
    import sim.study.checkpoint
    sim.study.checkpoint.EVERY_SECONDS = 0.0
    return import_module(name)
importlib.import_module = prepared
from sim.cli.start import program
program()
""",
]
"""The program, which keeps whatever it has finished at once; it is prepared where it heeds signals already."""
CASES = {
    "run": ("--config", "acute.yaml", "--patients", "600000", *GIVEN),
    "draws": ("--config", "acute.yaml", "--patients", "4096", "--draws", "60", "--patients-per-draw", "300", *GIVEN),
    "compare": ("compare", "acute.yaml", "chronic.yaml", "--patients", "200000", *GIVEN),
    "optimise": (
        "optimise", "acute.yaml", "--visits", "2,4,6", "--every-days", "7", "--max-patients", "40960",
        "--indifference", "0.001", "--patients", "40960",
    ),
    "value": ("value", "acute.yaml", "--draws", "100", "--patients-per-draw", "200", *GIVEN),
    "sensitivity": ("sensitivity", "acute.yaml", *FEW_DRAWS, "--patients", "50", "--threshold"),
    "clinic": (
        "clinic", "clinic.yaml", "--set", "clinic.weeks=12", "--set", "clinic.warm_up=2", "--replications", "6",
        "--staff", "3:4",
    ),
    "budget": ("budget", "budget.yaml", "--patients", "4096", "--draws", "100", "--patients-per-draw", "300", *GIVEN),
    "trial": (
        "trial", "acute.yaml", "--arms", "usual_care,acupuncture", "--n", "20,60", "--trials", "400", "--draws", "40",
        "--trials-per-draw", "4", *GIVEN,
    ),
    "validate": ("validate", "--draws", "30", "--patients", "2048"),
    "fit": WRITING["fit"],
}  # fmt: skip
"""Commands that take `--resume`, each a few seconds long."""
SHORTLY = ("compare", "optimise", "value", "budget", "clinic", "validate")
"""Those of them that are interrupted once, in the middle, in the tests that are not long."""
TRIALS = 50
SECONDS = 2.0
"""Within this time an interrupted command has ended."""


def words_of(name):
    return (*CASES[name], "--workers", "2", "--quiet", "--out", "there")


def contents(place):
    """Return what an output directory holds, but for when it was made."""
    files = {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    manifest = json.loads(files.pop("manifest.json"))
    return {**files, "manifest": {key: value for key, value in manifest.items() if key != "created"}}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """Return what a command writes that nothing interrupts, and how long it takes; each is run once."""
    known = {}

    def of(name):
        if name not in known:
            place = tmp_path_factory.mktemp(name)
            since = time.monotonic()
            process = begun(words_of(name), place, AT_ONCE)
            _, err = process.communicate(timeout=600)
            assert (process.returncode, err) == (0, "")
            assert sorted(path.name for path in place.iterdir()) == ["there"], "what was kept is removed"
            known[name] = place / "there", time.monotonic() - since
        return known[name]

    return of


def is_true(said, code, sent, place):
    """Whether one line says how it stands; after `kill -9` nobody is there to say anything but Python's own tracker."""
    if sent == signal.SIGKILL:
        return code == -9 and (not said or "resource_tracker: There appear to be" in said.splitlines()[0])
    kept = any(place.glob(".there.checkpoint/*.checkpoint"))
    done = "there is complete" in said
    wanted = ["there is complete"] if done else ["nothing was written"] if "nothing was" in said else []
    wanted += [GOES_ON] if kept else []
    return code == 130 and said in ("error: interrupted\n", "; ".join(["error: interrupted", *wanted]) + "\n")


def is_old_or_new(place, before, after):
    """Whether an output is as it was before, or as it is to be, or is not there, as while it is replaced."""
    return not place.exists() or (is_complete(place) and contents(place) in (before, after))


@pytest.mark.parametrize(
    ("name", "trials"),
    [
        *((name, 1) for name in SHORTLY),
        *(pytest.param(name, TRIALS, marks=pytest.mark.long) for name in CASES),
    ],
)
def test_ended_at_any_moment_it_loses_nothing(tmp_path, unbroken, name, trials):
    whole, seconds = unbroken(name)
    after = contents(whole)
    drawn = random.Random(f"{name} {trials}")
    for trial in range(trials):
        place = tmp_path / str(trial)
        place.mkdir()
        before = None
        if trial % 2:  # an earlier run is there
            shutil.copytree(whole, place / "there")
            before = after
        sent = drawn.choice((signal.SIGKILL, signal.SIGINT, signal.SIGTERM))
        process = begun(words_of(name), place, AT_ONCE, start_new_session=True)
        time.sleep(drawn.uniform(0.0 if trials > 1 else 0.5, 1.0) * seconds)
        family = children_of(process.pid)
        process.send_signal(sent)
        since = time.monotonic()
        _, said = process.communicate(timeout=60)
        if process.returncode != 0:  # else it was done before
            assert time.monotonic() - since < SECONDS, (trial, said)
            if said or sent == signal.SIGKILL:  # the very first moments belong to Python
                assert is_true(said, process.returncode, sent, place), (trial, said)
        assert is_old_or_new(place / "there", before, after), trial
        end = time.monotonic() + 10
        while any(map(is_alive, family)) and time.monotonic() < end:
            time.sleep(0.05)
        assert not any(map(is_alive, family)), trial
        left = {path.name for path in place.iterdir()} - {"there", ".there.checkpoint"}
        assert sent == signal.SIGKILL or not left, (trial, left)
        again = begun((*words_of(name), "--resume"), place, AT_ONCE)
        _, err = again.communicate(timeout=600)
        assert (again.returncode, err) == (0, ""), (trial, err)
        assert contents(place / "there") == after, trial
        assert not (place / ".there.checkpoint").exists(), trial
