"""Ctrl-C and its like: one line, 130, a whole directory or none, nobody left behind."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time

import pytest

from sim.output import signals
from tests import known
from tests.functional.commands import (
    ENVIRONMENT,
    begun,
    children_of,
    heeding_signals,
    is_alive,
    is_complete,
    left_in,
)

HOURS = ("--config", "acute.yaml", "--patients", "9000000000", "--workers", "2", "--out", "there")
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def nobody_is_left(family):
    end = time.monotonic() + 10
    while any(map(is_alive, family)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(is_alive, family))


def begun_on_a_terminal(words, cwd, **options):
    """Start the program with its errors on a terminal; return it, and a function that waits for a text there."""
    reading, writing = os.openpty()
    process = begun(words, cwd, known.PROGRAM, stderr=writing, stdout=subprocess.DEVNULL, **options)
    os.close(writing)
    said = ""

    def read_until(wanted):
        nonlocal said
        while wanted not in said:
            assert select.select([reading], [], [], 120)[0], said
            try:
                more = os.read(reading, 65536)
            except OSError:  # the other side is closed: the program has ended
                more = b""
            said += more.decode(errors="replace")
            if not more:
                os.close(reading)
                break
        return re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", said)

    return process, read_until


def is_told_as_it_was_left(last, place):
    """Whether the last line says what an interrupted run has left: nothing, or what it had finished."""
    left = sorted(path.name for path in place.iterdir())
    kept = "what was finished is kept: the same command with --resume goes on from there"
    return (last, left) in (
        ("error: interrupted; nothing was written", []),
        (f"error: interrupted; {kept}", [".there.checkpoint"]),
    )


@pytest.mark.parametrize("sent", SIGNALS)
def test_a_signal_ends_it_in_one_line_and_leaves_what_it_says(tmp_path, sent):
    """Ctrl-C, a shutdown and a closed window, before anything is kept and after."""
    for number, seconds in enumerate((0.0, 4.0)):
        place = tmp_path / str(number)
        place.mkdir()
        process, read_until = begun_on_a_terminal(HOURS, place)
        read_until("simulating")
        time.sleep(seconds)
        family = children_of(process.pid)
        process.send_signal(sent)
        said = read_until("nothing but its end").strip().splitlines()
        assert process.wait(60) == 130
        assert is_told_as_it_was_left(said[-1].lstrip("\r"), place), said
        assert not any("Traceback" in line for line in said)
        assert nobody_is_left(family)


@pytest.mark.parametrize("at", ["starting", "at work"])
@pytest.mark.parametrize("name", ["compare", "optimise", "clinic"])
def test_another_command_writes_nothing_when_it_is_interrupted(tmp_path, name, at):
    words, work = {
        "compare": (("compare", "acute.yaml", "chronic.yaml", "--patients", "9000000000"), "simulating"),
        "optimise": (("optimise", "acute.yaml", "--max-patients", "9000000000"), "screening"),
        "clinic": (("clinic", "clinic.yaml", "--replications", "10000"), "simulating weeks"),
    }[name]
    process, read_until = begun_on_a_terminal((*words, "--out", "there"), tmp_path)
    read_until(at if at == "starting" else work)
    process.send_signal(signal.SIGINT)
    said = read_until("nothing but its end").strip().splitlines()
    assert process.wait(60) == 130
    assert is_told_as_it_was_left(said[-1].lstrip("\r"), tmp_path), said
    assert left_in(tmp_path) == []


def test_a_large_comparison_ends_at_once(tmp_path):
    """Each of its tasks takes several seconds: nobody waits for what they are doing."""
    values = ",".join(f"{3 + number / 10:g}" for number in range(12))
    words = ("compare", "acute.yaml", "--vary", f"claims.dry_needling.pain_reduction={values}", *HOURS[2:4])
    process, read_until = begun_on_a_terminal((*words, "--out", "there"), tmp_path)
    read_until("simulating patients")
    time.sleep(1)
    since = time.monotonic()
    process.send_signal(signal.SIGINT)
    said = read_until("nothing but its end").strip().splitlines()
    assert process.wait(60) == 130
    assert time.monotonic() - since < 2
    assert is_told_as_it_was_left(said[-1].lstrip("\r"), tmp_path), said
    assert left_in(tmp_path) == []


def test_workers_in_processes_leave_ctrl_c_to_the_first_process_and_none_outlives_it(tmp_path):
    """Ctrl-C on a terminal reaches every process of the program."""
    for sent in (signal.SIGINT, signal.SIGKILL):
        process = begun((*HOURS, "--executor", "processes"), tmp_path, start_new_session=True)
        end = time.monotonic() + 120
        while len(family := children_of(process.pid)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(2)
        if sent == signal.SIGINT:
            os.killpg(process.pid, sent)
        else:
            process.kill()
        _, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        assert nobody_is_left(family)
        if sent == signal.SIGINT:
            assert process.returncode == 130
            assert is_told_as_it_was_left(err.splitlines()[-1], tmp_path), err


def test_a_program_started_to_ignore_hanging_up_ignores_it(tmp_path):
    command = ["nohup", *known.PROGRAM, "--config", "acute.yaml", "--patients", "100", "--quiet", "--out", "there"]
    process = subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(1)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=300)
    assert process.returncode == 0
    assert is_complete(tmp_path / "there")


INSTEAD = """
import ctypes, os, signal, sys, time
import sim.cli.main, sim.cli.start
from sim.output.signals import undisturbed

def send(): os.kill(os.getpid(), getattr(signal, sys.argv[1]))

def main():
{body}

sim.cli.main.main = main
sim.cli.start.program()
"""


def with_body(body, sent="SIGTERM"):
    """Run the program with another body; return its exit code and what it said."""
    script = INSTEAD.format(body="\n".join(f"    {line}" for line in body.splitlines()))
    done = subprocess.run(
        [sys.executable, "-c", script, sent],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        preexec_fn=heeding_signals,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_signal_that_a_librarys_callback_loses_comes_again_without_alarm():
    """As while a kernel is compiled."""
    body = "ctypes.CFUNCTYPE(None)(send)()\nprint('lost', flush=True)\ntime.sleep(30)\nprint('and for good')"
    for sent in ("SIGTERM", "SIGINT"):
        assert with_body(body, sent) == (130, "lost\n", "error: interrupted\n")


def test_an_interruption_of_which_a_library_makes_another_error_is_one_still():
    """As pydantic does while it builds a class; what was added to that error is said."""
    body = "try:\n    try:\n        send()\n    except BaseException as error:\n        raise ValueError from error\n"
    body += "except ValueError as error:\n    error.add_note('something is kept')\n    raise"
    assert with_body(body) == (130, "", "error: interrupted; something is kept\n")
    code, _, said = with_body("raise ValueError('a fault')")
    assert code == 1
    assert said.endswith("ValueError: a fault\n")


def test_a_second_signal_does_not_disturb_the_clearing_up_and_a_later_one_ends_it_at_once():
    body = "try:\n    send()\nfinally:\n    send()\n    print('cleared up', flush=True)\n"
    body += "    time.sleep({seconds})\n    send()"
    assert with_body(body.format(seconds=0)) == (130, "cleared up\n", "error: interrupted\n")
    late = body.format(seconds=1.2) + "\n    print('too late', flush=True)"
    assert with_body(late) == (130, "cleared up\n", "")


def test_what_must_not_be_torn_apart_is_done_first():
    body = "with undisturbed():\n    send()\n    send()\n    print('done', flush=True)\nprint('too late')"
    assert with_body(body) == (130, "done\n", "error: interrupted\n")


def test_importing_changes_no_handler():
    script = """
import signal, sys
before = [signal.getsignal(number) for number in range(1, 32)]
import sim.output.signals
assert before == [signal.getsignal(number) for number in range(1, 32)]
assert sys.unraisablehook is sys.__unraisablehook__
"""
    subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, check=True)
    assert signal.SIGTERM in signals.ENDING
