"""Every command as small as it can be, started as a user starts it, and what it may leave behind."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests import known
from tests.conftest import GIVEN_PARAMETERS

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, "-c", "from sim.cli.start import program; program()"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}

FEW_DRAWS = (
    "--draws", "20", "--patients-per-draw", "10", *(word for one in GIVEN_PARAMETERS for word in ("--set", one)),
)  # fmt: skip
SMALL_CLINIC = ("--set", "clinic.weeks=6", "--set", "clinic.warm_up=2", "--replications", "2")
SMALL_CLINIC_RECORDS = ROOT / "tests" / "functional" / "small_clinic"
"""A scenario with few unknowns and 24 made-up patients: what is fitted quickly."""
WRITING = {
    "run": ("--config", "acute.yaml", "--patients", "100"),
    "compare": ("compare", "acute.yaml", "chronic.yaml", "--patients", "100"),
    "optimise": ("optimise", "acute.yaml", "--visits", "2,4", "--every-days", "7", "--max-patients", "4096"),
    "value": ("value", "acute.yaml", *FEW_DRAWS),
    "sensitivity": ("sensitivity", "acute.yaml", *FEW_DRAWS, "--patients", "50"),
    "budget": ("budget", "budget.yaml", *FEW_DRAWS, "--patients", "100"),
    "checklist": ("checklist", "acute.yaml"),
    "clinic": ("clinic", "clinic.yaml", *SMALL_CLINIC),
    "validate": ("validate", "--draws", "0", "--patients", "1280"),
    "pool": ("pool", str(ROOT / "tests" / "functional" / "arms.csv"), "--of", "acupuncture", "--versus", "sham"),
    "describe": ("describe", "records"),
    "fit": (
        "fit",
        str(SMALL_CLINIC_RECORDS / "visits.csv"),
        "--scenario",
        str(SMALL_CLINIC_RECORDS / "small_clinic.yaml"),
        "--draws",
        "100",
    ),
    "outlook": ("outlook", "acute.yaml", "--visits", "0:dry_needling", "--readings", "0:7,7:5"),
    "trial": (
        *("trial", "acute.yaml", "--arms", "usual_care,acupuncture", "--n", "20,60", "--trials", "40", "--draws", "0"),
        *FEW_DRAWS[4:],
    ),
    "reproduce": ("reproduce", "MADE"),
}
"""Commands that write an output directory."""

WITHOUT_WORKERS = ("checklist", "describe", "outlook")
"""Those of them that have no work to share out."""

PRINTING = {
    "schema": ("schema",),
    "check": ("check", "acute.yaml"),
    "calibrate": ("calibrate", "acute.yaml", "--patients", "100"),
    "new": ("new", "mine"),
}
COMMANDS = WRITING | PRINTING

_BEGUN = []


def heeding_signals():
    """Have Ctrl-C and hanging up reach a program that is started, even if whoever runs the tests has them ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def begun(words, cwd, program=PROGRAM, **options):
    """Start the program as from a terminal."""
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": ENVIRONMENT, **options}
    before = given.pop("preexec_fn", lambda: None)

    def prepare():
        heeding_signals()
        before()

    process = subprocess.Popen([*program, *words], cwd=cwd, preexec_fn=prepare, **given)
    _BEGUN.append(process)
    return process


def end_what_is_left():
    """Kill every program that was started and still works, and its processes: a test that failed left it."""
    while _BEGUN:
        process = _BEGUN.pop()
        if process.poll() is None:
            family = children_of(process.pid)
            process.kill()
            process.communicate()
            for one in family:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)


def broken(way, descriptor=1):
    """Return what, called before the program starts, makes a stream `closed`, `full` or `unread`."""

    def prepare():
        if way == "closed":
            os.close(descriptor)
        elif way == "full":
            os.dup2(os.open("/dev/full", os.O_WRONLY), descriptor)
        else:
            reading, writing = os.pipe()
            os.close(reading)
            os.dup2(writing, descriptor)

    return prepare


def ended(words, cwd, **options):
    """Run the program to its end, with calibrations that are known; return its exit code and what both streams got."""
    process = begun(words, cwd, known.PROGRAM, **options)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def is_one_message(err):
    """Whether what was said is one line that begins as an error does."""
    return err.startswith("error: ") and err.count("\n") == 1 and err.endswith("\n")


def left_in(place):
    """Return the names of what is left in a directory, checkpoints apart."""
    if not place.is_dir():
        return []
    return sorted(path.name for path in place.iterdir() if not path.name.endswith(".checkpoint"))


def is_complete(directory):
    """Whether an output directory holds every file of its manifest as it was written, and nothing else."""
    manifest = json.loads((directory / "manifest.json").read_text())
    there = {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()}
    hashes = {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in there - {"manifest.json"}}
    return hashes == manifest["files"]


def children_of(process):
    """Return the numbers of a process's children, and of theirs."""
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children_of(int(child))]
    return found


def is_alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False
