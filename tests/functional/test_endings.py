"""Ctrl-C, SIGTERM and SIGHUP, early and late: one line, the right exit code, a whole directory or none, nobody left."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.functional.commands import (
    COMMANDS,
    ENVIRONMENT,
    PROGRAM,
    WRITING,
    begun,
    children_of,
    ended,
    is_alive,
    is_complete,
    left_in,
)

SAID = {signal.SIGINT: "interrupted", signal.SIGTERM: "ended by SIGTERM", signal.SIGHUP: "ended by SIGHUP"}
SIGNALS = list(SAID)


def heeds_signals(process, place):
    """From the program's first line on."""
    caught = next(line for line in Path(f"/proc/{process}/status").read_text().splitlines() if "SigCgt" in line)
    return int(caught.split()[1], 16) >> (signal.SIGHUP - 1) & 1


def imports(process, place):
    return "numpy" in Path(f"/proc/{process}/maps").read_text()


def compiles(process, place):
    return "llvmlite" in Path(f"/proc/{process}/maps").read_text()


def builds(process, place):
    return [*place.glob(".there.partial-*/new")]


def draws(process, place):
    """The report is drawn, or what was drawn is written."""
    return [*place.glob(".there.partial-*/new/*.csv"), *place.glob(".there.partial-*/new/report.html")]


def moves(process, place):
    """All is written, and put in place next; or it was this moment."""
    return [*place.glob(".there.partial-*/new/manifest.json"), *place.glob("there/manifest.json")]


MOMENTS = {"at the start": heeds_signals, "importing": imports, "loading the compiler": compiles}
LATER = {"calibrating": builds, "drawing": draws, "moving": moves}
SHORT = [
    ("run", "at the start"), ("run", "importing"), ("run", "drawing"), ("run", "moving"),
    ("compare", "calibrating"), ("optimise", "moving"), ("value", "drawing"), ("sensitivity", "calibrating"),
    ("clinic", "drawing"), ("reproduce", "calibrating"),
    ("schema", "at the start"), ("check", "importing"), ("calibrate", "loading the compiler"), ("new", "at the start"),
]  # fmt: skip
REST = [
    (name, moment)
    for name in COMMANDS
    for moment in (*MOMENTS, *(LATER if name in WRITING else ()))
    if (name, moment) not in SHORT and (name not in ("schema", "new") or moment == "at the start")
]
CASES = [
    *((name, moment, SIGNALS[number % 2]) for number, (name, moment) in enumerate(SHORT)),
    ("run", "drawing", signal.SIGHUP),
    *(pytest.param(*case, sent, marks=pytest.mark.long) for case in REST for sent in SIGNALS),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("made")
    assert ended((*WRITING["run"], "--workers", "1", "--quiet", "--out", "made"), place)[0] == 0
    return place / "made"


def nobody_is_left(family):
    end = time.monotonic() + 10
    while any(map(is_alive, family)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(is_alive, family))


def wait_for(moment, process, place):
    """Wait for a moment; return False where the program has ended before it was seen."""
    end = time.monotonic() + 120
    while process.poll() is None:
        try:
            if moment(process.pid, place):
                return True
        except OSError:
            pass
        assert time.monotonic() < end, "the moment never came"
        time.sleep(0.001)
    return False


def stop(words, moment, sent, place, **options):
    """Start the program and send it a signal at a moment; check what it says, how it ends and what it leaves."""
    process = begun(words, place, **options)
    seen = wait_for(moment, process, place)
    family = children_of(process.pid)
    process.send_signal(sent)
    _, err = process.communicate(timeout=60)
    assert nobody_is_left(family)
    if not seen or (process.returncode == 0 and err == ""):  # it was done before it could be stopped
        assert process.returncode == 0
        return
    assert process.returncode == 128 + sent
    first = f"error: {SAID[sent]}"
    assert err in (f"{first}\n", f"{first}; nothing was written\n", f"{first}; there is complete\n"), err
    complete = left_in(place) == ["there"] and is_complete(place / "there")
    assert complete or left_in(place) == []
    assert complete >= ("is complete" in err)
    assert complete <= ("nothing was written" not in err)


@pytest.mark.parametrize(("name", "moment", "sent"), CASES)
def test_a_signal_ends_it_in_one_line_and_leaves_all_or_nothing(tmp_path, made, name, moment, sent):
    words = [str(made) if word == "MADE" else word for word in COMMANDS[name]]
    if name in WRITING:
        words += ["--out", "there", "--workers", "2"]
    if name == "new":
        process = begun(words, tmp_path)
        wait_for((MOMENTS | LATER)[moment], process, tmp_path)
        process.send_signal(sent)
        process.communicate(timeout=60)
        assert process.returncode in (0, 128 + sent)
        assert left_in(tmp_path) in ([], ["mine.yaml", "scenario.schema.json"])
        return
    stop(words, (MOMENTS | LATER)[moment], sent, tmp_path)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_kernels_are_compiled_ends_it_too(tmp_path, sent):
    """Compiling calls back from C, where an exception would be lost."""
    fresh = {**ENVIRONMENT, "NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    place = tmp_path / "place"
    place.mkdir()
    begun_at = []

    def in_the_middle(process, place):
        if not begun_at and builds(process, place):
            begun_at.append(time.monotonic())
        return begun_at and time.monotonic() > begun_at[0] + 1.5

    stop((*WRITING["run"], "--out", "there"), in_the_middle, sent, place, env=fresh)


@pytest.mark.parametrize(
    "seconds", [pytest.param(k / 20, marks=[pytest.mark.long] if k % 12 else []) for k in range(1, 61)]
)
def test_a_signal_at_any_time_ends_it(tmp_path, seconds):
    """At no moment of those above: whatever the program does just then."""
    start = time.monotonic()
    words = (*WRITING["run"], "--out", "there", "--workers", "2")
    sent = SIGNALS[round(seconds * 20) % 2]
    stop(words, lambda process, _: heeds_signals(process, _) and time.monotonic() > start + seconds, sent, tmp_path)


def test_a_second_signal_does_not_disturb_the_clearing_up(tmp_path):
    process = begun(("--config", "acute.yaml", "--patients", "200000000", "--out", "there"), tmp_path)
    wait_for(builds, process, tmp_path)
    time.sleep(1)
    for _ in range(20):
        process.send_signal(signal.SIGINT)
        time.sleep(0.005)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1].startswith("error: interrupted")
    assert "Traceback" not in err
    assert left_in(tmp_path) == []


def test_workers_in_processes_leave_ctrl_c_to_the_first_process(tmp_path):
    """Ctrl-C on a terminal reaches every process of the program."""
    words = ("--config", "acute.yaml", "--patients", "200000000", "--out", "there", "--executor", "processes")
    for seconds in (0.3, 2.5):
        process = begun(words, tmp_path, start_new_session=True)
        wait_for(builds, process, tmp_path)
        time.sleep(seconds)
        family = children_of(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert err.splitlines()[-1] == "error: interrupted; nothing was written"
        assert "Traceback" not in err
        assert left_in(tmp_path) == []
        assert nobody_is_left(family)


def test_nobody_outlives_a_killed_program(tmp_path):
    for more in (("--workers", "2"), ("--executor", "processes", "--workers", "2")):
        process = begun(("--config", "acute.yaml", "--patients", "200000000", "--out", "there", *more), tmp_path)
        wait_for(builds, process, tmp_path)
        if "processes" in more:
            wait_for(lambda pid, place: children_of(pid), process, tmp_path)
        time.sleep(2)
        family = children_of(process.pid)
        assert bool(family) == ("processes" in more)
        process.kill()
        _, err = process.communicate(timeout=60)
        assert nobody_is_left(family)
        assert "Traceback" not in err
    code, _, err = ended((*WRITING["run"], "--out", "there", "--quiet"), tmp_path)
    assert (code, err) == (0, "")
    assert left_in(tmp_path) == ["there"], "what was left by the killed ones is cleared up"


def test_a_program_started_to_ignore_hanging_up_ignores_it(tmp_path):
    command = ["nohup", *PROGRAM, *WRITING["run"], "--out", "there", "--quiet"]
    process = subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    wait_for(builds, process, tmp_path)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert is_complete(tmp_path / "there")
