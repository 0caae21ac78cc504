"""An output directory is complete or absent at every moment, whatever ends the program at whichever line."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import signal
import sys
from contextlib import suppress

import pytest

import sim.output.directory as directory
import sim.output.replacement as workshop
from sim.output.directory import output_directory, write_manifest
from sim.output.signals import Stopped, heed
from tests.functional.commands import is_complete, left_in

WATCHED = (directory.__file__, workshop.__file__)
SURVIVED = 77


def write(target, content):
    """Make an output directory as a run does."""
    with output_directory(target) as made:
        (made / "report.html").write_text(content)
        (made / "figures").mkdir()
        (made / "figures" / "one.svg").write_text(content)
        write_manifest(made, {"content": content})


def content_of(target):
    assert is_complete(target)
    return json.loads((target / "manifest.json").read_text())["content"]


def ended_at(number, signalled, target):
    """In a child, replace the run at `target` and get a signal at the line of that number; return how it ended."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            heed()
            left = [number]

            def each_line(frame, event, argument):
                if event == "line":
                    left[0] -= 1
                    if left[0] == 0:
                        os.kill(os.getpid(), signalled)
                return each_line

            sys.settrace(lambda frame, event, argument: each_line if frame.f_code.co_filename in WATCHED else None)
            write(target, "new")
            sys.settrace(None)
            code = SURVIVED
        except Stopped as stopped:
            sys.settrace(None)
            notes = getattr(stopped, "__notes__", [])
            said = [note for note in notes if note in ("nothing was written", f"{target} is complete")]
            code = stopped.exit_code if len(said) == len(notes) else 2
            done = json.loads((target / "manifest.json").read_text())["content"] if target.exists() else None
            if said and (said == ["nothing was written"]) == (done == "new"):
                code = 3  # what was said is not so
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def moments(signalled, target):
    """Yield after the program was ended at each line in turn, until one is survived; the old run is there each time."""
    for number in range(1, 2000):
        write(target, "old")
        code = ended_at(number, signalled, target)
        if code == SURVIVED:
            assert number > 60, "hardly a line was looked at"
            return
        assert code == (-signalled if signalled == signal.SIGKILL else 128 + signalled)
        yield number
    raise AssertionError("it never came to an end")


def test_killed_at_any_line_it_leaves_the_old_run_or_the_new_one(tmp_path):
    target = tmp_path / "place" / "run"
    target.parent.mkdir()
    seen = set()
    for _ in moments(signal.SIGKILL, target):
        seen.add(content_of(target))
        write(target, "newest")
        assert content_of(target) == "newest"
        assert left_in(target.parent) == ["run"], "the next run clears up"
    assert seen == {"old", "new"}


def test_killed_at_any_line_where_two_directories_cannot_change_places_the_old_run_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(workshop, "_exchanged", lambda one, other: False)
    target = tmp_path / "run"
    seen = set()
    for _ in moments(signal.SIGKILL, target):
        there = content_of(target) if target.exists() else None
        with suppress(ValueError), output_directory(target):
            assert content_of(target) in {there} - {None} or there is None
            seen.add((there, content_of(target)))
            raise ValueError
        assert left_in(tmp_path) == ["run"]
    assert seen == {("old", "old"), (None, "old"), ("new", "new")}


@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM])
def test_ended_at_any_line_it_leaves_nothing_but_a_whole_run_and_says_which(tmp_path, monkeypatch, signalled, exchange):
    if not exchange:
        monkeypatch.setattr(workshop, "_exchanged", lambda one, other: False)
    target = tmp_path / "run"
    seen = set()
    for _ in moments(signalled, target):
        seen.add(content_of(target))
        assert left_in(tmp_path) == ["run"]
    assert seen == {"old", "new"}


def test_the_test_would_see_a_directory_that_is_gone_for_a_moment(tmp_path, monkeypatch):
    def in_two_steps(one, other):
        other.rename(one.with_name("aside"))
        one.rename(other)
        return True

    monkeypatch.setattr(workshop, "_exchanged", in_two_steps)
    monkeypatch.setattr(sys.modules[__name__], "WATCHED", (*WATCHED, __file__))
    target = tmp_path / "run"
    with pytest.raises(FileNotFoundError):
        list(map(content_of, (target for _ in moments(signal.SIGKILL, target))))


def test_a_directory_of_a_first_run_is_absent_until_it_is_whole(tmp_path):
    target = tmp_path / "outputs" / "run"
    with output_directory(target) as made:
        assert not target.exists()
        (made / "report.html").write_text("x")
        write_manifest(made, {"content": "new"})
        assert not target.exists()
    assert content_of(target) == "new"


def slowly(target, content, ready, go):
    with output_directory(target) as made:
        (made / "report.html").write_text(content)
        write_manifest(made, {"content": content})
        ready.set()
        go.wait(60)


def test_a_run_that_is_at_work_is_not_cleared_up_by_another(tmp_path):
    target = tmp_path / "run"
    context = multiprocessing.get_context("spawn")
    ready, go = context.Event(), context.Event()
    other = context.Process(target=slowly, args=(target, "other", ready, go))
    other.start()
    assert ready.wait(60)
    write(target, "mine")
    assert content_of(target) == "mine"
    go.set()
    other.join(60)
    assert other.exitcode == 0
    assert content_of(target) == "other"
    assert left_in(tmp_path) == ["run"]


def test_two_runs_that_end_together_leave_one_of_them_whole(tmp_path):
    context = multiprocessing.get_context("spawn")
    target = tmp_path / "run"
    go = context.Event()
    runs = []
    for number in range(3):
        ready = context.Event()
        runs.append(context.Process(target=slowly, args=(target, f"run {number}", ready, go)))
        runs[-1].start()
        assert ready.wait(60)
    go.set()
    for run in runs:
        run.join(60)
        assert run.exitcode == 0
    assert content_of(target) in ("run 0", "run 1", "run 2")
    assert left_in(tmp_path) == ["run"]


def test_only_what_is_surely_left_over_is_cleared_up(tmp_path):
    target = tmp_path / "run"
    mine = {
        ".run.partial-12": "without a lock",
        ".run.partial-x": "another name",
        ".run.partial-13.partial-14": "another run's",
        ".running.partial-15": "another run's",
        "run.partial-16": "not hidden",
    }
    for name, content in mine.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text(content)
    (tmp_path / ".run.partial-17").symlink_to(".run.partial-12")
    held = tmp_path / ".run.partial-18"
    held.mkdir()
    lock = os.open(held / ".coursesim", os.O_CREAT | os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    for name in (".run.partial-19", ".run.partial-20-3"):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".coursesim").touch()
    (tmp_path / ".run.partial-21").mkdir()
    write(target, "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*mine, ".run.partial-17", held.name, "run"])
    os.close(lock)
    write(target, "newer")
    assert not held.exists()


def test_a_process_of_the_same_number_is_no_obstacle(tmp_path):
    (tmp_path / f".run.partial-{os.getpid()}").mkdir()
    (tmp_path / f".run.partial-{os.getpid()}" / "mine.txt").write_text("mine")
    write(tmp_path / "run", "new")
    assert content_of(tmp_path / "run") == "new"
    assert (tmp_path / f".run.partial-{os.getpid()}" / "mine.txt").exists()
