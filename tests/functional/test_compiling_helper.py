"""The second process of a first run: with or without it the results are the same, and it never outlives the first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from sim.study import helper
from sim.study.helper import AFTER_FIRST, BY_HELPER, Helper
from tests.functional.commands import ENVIRONMENT, PROGRAM, WRITING, begun, children_of, is_alive

NAME = BY_HELPER[0]
WITHOUT = {
    "ended at once": "helper.help_compiling = id",
    "absent": "import os; os.cpu_count = lambda: 1",
}


def own(place):
    """Return an environment in which nothing has been compiled or calibrated yet."""
    return ENVIRONMENT | {"NUMBA_CACHE_DIR": str(place / "kernels"), "COURSESIM_CALIBRATIONS": str(place / "kept")}


def nothing_to_do():
    return iter(())


def says_all(connection):
    for name in BY_HELPER:
        connection.send(name)


def says_nothing(connection):
    time.sleep(600)


def dies(connection):
    os._exit(1)


@pytest.fixture
def asked(monkeypatch):
    """Return what the first process hears of a second one that does something else, and how that ends."""

    def ask(does, name=NAME, meanwhile=nothing_to_do, awaited=lambda: None):
        monkeypatch.setattr(helper, "help_compiling", does)
        one = Helper(meanwhile, awaited)
        try:
            return one.has(name), one._process
        finally:
            one.end()

    return ask


def test_what_the_second_process_has_compiled_is_taken_from_it(asked):
    assert asked(says_all)[0] is True


def test_what_is_not_left_to_it_is_not_waited_for(asked):
    assert asked(says_nothing, "sim.patient.day.step.part")[0] is False


def test_a_second_process_that_dies_is_done_without(asked):
    assert asked(dies)[0] is False


def test_a_second_process_that_says_nothing_is_not_waited_for_long_and_ended(asked, monkeypatch):
    monkeypatch.setattr(helper, "SILENCE_SECONDS", 0.5)
    found, process = asked(says_nothing)
    assert found is False
    assert not process.is_alive()


def test_a_second_process_that_cannot_be_begun_is_done_without(asked, monkeypatch):
    def no_room(*given, **named):
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess._Popen", no_room)
    assert asked(says_all)[0] is False


def test_on_one_processor_there_is_no_second_process(asked, monkeypatch):
    monkeypatch.setattr(helper.os, "cpu_count", lambda: 1)
    assert asked(says_all) == (False, None)


def test_the_first_process_works_while_it_waits(asked):
    done = []
    assert asked(says_all, meanwhile=lambda: iter([lambda: done.append(1), lambda: done.append(2)]))[0] is True
    assert done in ([], [1], [1, 2])


def test_what_the_second_process_waits_for_is_compiled_before_the_first_waits_for_it(asked):
    compiled = []
    assert asked(says_all, AFTER_FIRST[0], awaited=lambda: compiled.append(1))[0] is True
    assert compiled == [1]
    assert asked(says_all, NAME, awaited=lambda: compiled.append(2))[0] is True
    assert compiled == [1]


def test_a_warm_start_begins_no_process(tmp_path):
    program = (
        "import sys; sys.argv[0] = 'simulate'; from sim.cli.main import main\ntry: main()\nexcept SystemExit: pass\n"
    )
    program += "print('multiprocessing.popen_spawn_posix' in sys.modules, file=sys.stderr)"
    for _ in range(2):  # the first may have something to compile
        done = subprocess.run(
            [sys.executable, "-c", program, *WRITING["run"], "--quiet"], cwd=tmp_path, env=ENVIRONMENT,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert done.stderr == "False\n"


def wait_for_children(process):
    end = time.monotonic() + 60
    while not (family := children_of(process.pid)) and time.monotonic() < end:
        time.sleep(0.05)
    return family


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("seconds", [0.2, 2.5])
def test_the_second_process_ends_with_the_first(tmp_path, number, seconds):
    process = begun((*WRITING["run"], "--quiet", "--out", "there"), tmp_path, PROGRAM, env=own(tmp_path))
    family = wait_for_children(process)
    assert family
    time.sleep(seconds)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]  # LLVM ends what it is at first: a second or two of a free processor
    end = time.monotonic() + 5
    while any(map(is_alive, family)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(map(is_alive, family))
    if number == signal.SIGINT:
        assert (process.returncode, said) == (130, "error: interrupted; nothing was written\n")
    assert not (tmp_path / "there").exists()


@pytest.mark.long  # each compiles everything
def test_results_are_the_same_without_a_second_process(tmp_path):
    def results(name, before):
        place = tmp_path / name
        place.mkdir()
        program = [sys.executable, "-c", f"from sim.study import helper\n{before}\n{PROGRAM[2]}"]
        words = (*WRITING["run"], "--quiet", "--out", "there")
        process = begun(words, place, program, env=own(place))
        assert (process.communicate()[1], process.returncode) == ("", 0)
        kept = list((place / "kernels").rglob("*.nbc"))
        return (place / "there" / "summary.csv").read_bytes(), len(kept)

    found = {name: results(name, before) for name, before in {"with it": "", **WITHOUT}.items()}
    assert len({said for said, _ in found.values()}) == 1
    # What both compile is counted twice if it is for other types.
    assert found["with it"][1] <= found["absent"][1] + 2


def test_with_a_calibration_that_is_known_neither_process_waits_for_the_other_for_ever(tmp_path):
    words = (*WRITING["run"], "--quiet", "--out", "there")
    kept = {"COURSESIM_CALIBRATIONS": str(tmp_path / "kept")}
    process = begun(words, tmp_path, PROGRAM, env=ENVIRONMENT | kept)
    assert (process.communicate()[1], process.returncode) == ("", 0)
    before = (tmp_path / "there" / "summary.csv").read_bytes()
    patient = [sys.executable, "-c", f"from sim.study import helper\nhelper.SILENCE_SECONDS = 1e6\n{PROGRAM[2]}"]
    process = begun(words, tmp_path, patient, env=ENVIRONMENT | kept | {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")})
    assert (process.communicate(timeout=240)[1], process.returncode) == ("", 0)
    assert (tmp_path / "there" / "summary.csv").read_bytes() == before
