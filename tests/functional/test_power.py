"""What stands after a loss of power: nothing is moved to its place before it is on the disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

import sim.output.replacement as workshop
from sim.errors import WriteError
from sim.output.directory import output_directory, write_manifest
from sim.study.checkpoint import Checkpoint


@pytest.fixture
def recorded(monkeypatch):
    """Return what is forced to the disk and what is moved, in order, by the names that things had then."""
    events = []
    fsync, rename, replace, exchanged = os.fsync, Path.rename, Path.replace, workshop._exchanged

    def forced(handle):
        events.append(("forced", Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    def moving(move):
        def moved(one, other):
            result = move(one, other)
            if result is not False:
                events.append(("moved", Path(other)))
            return result

        return moved

    monkeypatch.setattr(os, "fsync", forced)
    monkeypatch.setattr(Path, "rename", moving(rename))
    monkeypatch.setattr(Path, "replace", moving(replace))
    monkeypatch.setattr(workshop, "_exchanged", moving(exchanged))
    return events


def write(target):
    with output_directory(target) as made:
        (made / "figures").mkdir()
        for name in ("report.html", "figures/one.svg"):
            (made / name).write_text("x" * 10_000)
        write_manifest(made, {"content": "new"})
        return {made, made / "figures", *(made / n for n in ("report.html", "figures/one.svg", "manifest.json"))}


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("exchange", [True, False])
def test_a_run_is_on_the_disk_before_it_is_put_in_place_and_its_place_is_after(
    tmp_path, recorded, monkeypatch, times, exchange
):
    if not exchange:
        monkeypatch.setattr(workshop, "_exchanged", lambda one, other: False)
    target = tmp_path / "outputs" / "run"
    for _ in range(times):
        recorded.clear()
        made = write(target)
    first, last = (choose(i for i, event in enumerate(recorded) if event[0] == "moved") for choose in (min, max))
    assert {place for _, place in recorded[:first]} >= made
    assert ("forced", target.parent) in recorded[last:]
    assert (("forced", tmp_path) in recorded[last:]) == (times == 1), "so does the directory that was made for it"


def test_a_checkpoint_is_on_the_disk_before_it_takes_the_place_of_the_last_one(tmp_path, recorded):
    kept = Checkpoint(tmp_path / "kept", {}, every=0)
    kept.save("part", lambda: {"x": np.arange(5.0)})
    what, places = zip(*recorded, strict=True)
    assert what == ("forced", "moved", "forced")
    assert places[0].name.startswith("part.partial-")
    assert places[1:] == (tmp_path / "kept" / "part.checkpoint", tmp_path / "kept")


def test_a_disk_that_cannot_take_a_run_is_told_and_the_earlier_run_stays(tmp_path, monkeypatch):
    write(tmp_path / "run")
    before = {file: file.read_bytes() for file in (tmp_path / "run").rglob("*") if file.is_file()}

    def broken(handle):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(WriteError, match="cannot be written: Input/output error"):
        write(tmp_path / "run")
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
