"""An output directory is complete or absent; what is not an earlier run stays; what killed runs leave is removed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from sim.errors import OutputError, WriteError
from sim.output import building
from sim.output.directory import output_directory, write_manifest
from tests.functional.commands import is_complete, left_in

DAY = 86_400


def throw(error):
    raise error


def write(target, content, at_the_end=lambda made: None):
    """Make an output directory as a run does; something may happen at the end."""
    with output_directory(target) as made:
        (made / "report.html").write_text(content)
        (made / "figures").mkdir()
        (made / "figures" / "one.svg").write_text(content)
        write_manifest(made, {"content": content})
        at_the_end(made)


def content_of(target):
    assert is_complete(target)
    return json.loads((target / "manifest.json").read_text())["content"]


def test_it_is_absent_until_it_is_whole_and_replaced_whole(tmp_path):
    target = tmp_path / "outputs" / "run"
    for content in ("first", "second"):
        before = content_of(target) if target.exists() else None
        with output_directory(target) as made:
            (made / "report.html").write_text(content)
            write_manifest(made, {"content": content})
            assert (content_of(target) if target.exists() else None) == before
        assert content_of(target) == content
        assert left_in(target.parent) == ["run"]


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
@pytest.mark.parametrize("earlier", [True, False])
def test_what_fails_leaves_everything_as_it_was(tmp_path, error, earlier):
    target = tmp_path / "place" / "run"
    if earlier:
        write(target, "old")
    with pytest.raises((error, WriteError)):
        write(target, "half", lambda made: throw(error))
    assert left_in(tmp_path / "place") == (["run"] if earlier else [])
    assert (tmp_path / "place").exists() == earlier, "a directory that was made for it goes too"
    if earlier:
        assert content_of(target) == "old"


@pytest.mark.parametrize("failing", [1, 2])
def test_a_rename_that_fails_leaves_the_earlier_run(tmp_path, monkeypatch, failing):
    target = tmp_path / "run"
    write(target, "old")
    rename, calls = building.rename, []

    def refused(one, other):
        calls.append(one)
        if len(calls) == failing:
            raise OSError(16, "Device or resource busy")
        rename(one, other)

    monkeypatch.setattr(building, "rename", refused)
    with pytest.raises(WriteError, match="cannot be written: Device or resource busy"):
        write(target, "new")
    assert content_of(target) == "old"
    assert left_in(tmp_path) == ["run"]


@pytest.fixture
def windows(monkeypatch):
    """Let renames and opening be refused as Windows does it for files that are open; return the names of these."""
    held: set[str] = set()
    rename, opened = Path.rename, Path.open

    def renamed(one, other):
        if held & {path.name for path in one.rglob("*")}:
            raise PermissionError(13, "Access is denied")
        return rename(one, other)

    def opening(path, mode="r", *more, **options):
        if path.name in held and "+" in mode:
            raise PermissionError(13, "Permission denied")
        return opened(path, mode, *more, **options)

    monkeypatch.setattr(building, "WINDOWS", True)
    monkeypatch.setattr(building, "_BETWEEN_SECONDS", 0.01)
    monkeypatch.setattr(Path, "rename", renamed)
    monkeypatch.setattr(Path, "open", opening)
    return held


def test_a_file_that_is_open_in_excel_is_named_before_anything_runs(tmp_path, windows):
    target = tmp_path / "run"
    write(target, "old")
    windows.add("report.html")
    with pytest.raises(OutputError, match=r"report\.html: is open in another program, such as Excel; close it and"):
        write(target, "new")
    windows.clear()
    assert content_of(target) == "old"
    write(target, "new")
    assert content_of(target) == "new"


def test_a_file_that_is_opened_meanwhile_is_named_and_the_earlier_run_stays(tmp_path, windows):
    target = tmp_path / "run"
    write(target, "old")
    with pytest.raises(OutputError, match=r"one\.svg: is open in another program"):
        write(target, "new", lambda made: windows.add("one.svg"))
    windows.clear()
    assert content_of(target) == "old"
    assert left_in(tmp_path) == ["run"]


def test_a_scanner_that_looks_at_new_files_is_waited_for_but_not_for_ever(tmp_path, windows, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: windows.clear())
    write(tmp_path / "run", "new", lambda made: windows.add("report.html"))
    assert content_of(tmp_path / "run") == "new"
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    with pytest.raises(WriteError, match="other: a file in it is open in another program"):
        write(tmp_path / "other", "new", lambda made: windows.add("report.html"))
    assert left_in(tmp_path) == ["run"]


def test_only_what_is_surely_left_over_and_old_is_removed(tmp_path):
    target = tmp_path / "run"
    not_ours = {".run.partial-12": "no marker", ".run.partial-x": "another name", "run.partial-16": "not hidden",
                ".run.partial-13.partial-14": "another run's", ".running.partial-15": "another run's"}  # fmt: skip
    for name in not_ours:
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text("mine")
        if name != ".run.partial-12":
            (tmp_path / name / ".coursesim").touch()
    (tmp_path / ".run.partial-17").symlink_to("run.partial-16")
    for name in (".run.partial-18", ".run.partial-19-2", ".run.partial-20", ".run.partial-21"):
        (tmp_path / name / "new").mkdir(parents=True)
        (tmp_path / name / ".coursesim").touch()
    old = time.time() - DAY - 60
    for path in [*tmp_path.rglob("*")]:
        os.utime(path, (old, old), follow_symlinks=False)
    (tmp_path / ".run.partial-20" / "new" / "report.html").touch()  # somebody is at work there
    os.utime(tmp_path / ".run.partial-21", (time.time(), time.time()))
    write(target, "new")
    left = [*not_ours, ".run.partial-17", ".run.partial-20", ".run.partial-21", "run"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(left)


def test_a_process_of_the_same_number_is_no_obstacle(tmp_path):
    (tmp_path / f".run.partial-{os.getpid()}").mkdir()
    (tmp_path / f".run.partial-{os.getpid()}" / "mine.txt").write_text("mine")
    write(tmp_path / "run", "new")
    assert content_of(tmp_path / "run") == "new"
    assert (tmp_path / f".run.partial-{os.getpid()}" / "mine.txt").exists()


@pytest.mark.parametrize("name", ["con", "NUL", "nul.txt", "Aux", "com1", "LPT9.yaml", "com²", "prn .x", "conin$",
                                  "run.", "run ", "a/nul/b", "../con"])  # fmt: skip
def test_a_name_that_windows_cannot_have_is_refused_everywhere(tmp_path, name):
    with pytest.raises(OutputError, match=r"(is the name of a device|ends in a dot or a space).*; choose another"):
        write(tmp_path / "here" / name, "new")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["console", "com10", "nullify", "aux_1", "my.con", " x", "a.b", "x/../run"])
def test_a_name_that_is_only_like_one_is_a_name(tmp_path, name):
    write(tmp_path / name, "new")
    assert content_of((tmp_path / name).resolve()) == "new"


def test_a_directory_that_is_there_may_have_any_name(tmp_path):
    (tmp_path / "aux").mkdir()
    write(tmp_path / "aux" / "run", "new")
    assert content_of(tmp_path / "aux" / "run") == "new"
