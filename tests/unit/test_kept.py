"""Calibrations are kept from one command to the next, and taken only for what they were found for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.calibration.targets import Calibration
from sim.cli import caches
from sim.study import kept
from sim.study.prepare import prepare, read_by_calibration
from tests.conftest import GIVEN_PARAMETERS, load


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(kept.KEPT_IN, str(tmp_path / "calibrations"))
    return tmp_path / "calibrations"


def never():
    raise AssertionError("is known")


def test_what_was_found_is_taken_again_to_the_last_digit(place):
    scenario = load("acute.yaml").scenario
    found = prepare(scenario).calibration
    assert len(list(place.iterdir())) == 1
    again = kept.kept(read_by_calibration(scenario), never, Calibration)
    assert again == found
    assert repr(again) == repr(found)


@pytest.mark.parametrize(("setting", "is_read"), [
    ("claims.dry_needling.pain_reduction=3.9", True), ("relapse.shape=0.9", True), ("cohort.size=1234", False),
    ("attendance.no_show=0.2", False), ("modalities.acupuncture.cost=80", True),
])  # fmt: skip
def test_another_scenario_is_another_calibration_if_calibration_reads_what_differs(setting, is_read):
    one, other = (read_by_calibration(load("acute.yaml", settings).scenario) for settings in ((), (setting,)))
    assert (one != other) == is_read


def test_another_program_or_another_machine_finds_its_own(place, monkeypatch):
    read = read_by_calibration(load("acute.yaml").scenario)
    found = prepare(load("acute.yaml", GIVEN_PARAMETERS).scenario).calibration
    kept.kept(read, lambda: found, Calibration)
    for name, other in (("engine", lambda: (("numpy", "0"),)), ("stamp_of", lambda *given: "changed")):
        with monkeypatch.context() as patch:
            patch.setattr(kept, name, other)
            with pytest.raises(AssertionError, match="is known"):
                kept.kept(read, never, Calibration)
    assert kept.kept(read, never, Calibration) == found


@pytest.mark.parametrize("content", [b"", b"half of", b"csim.calibration.targets\nNoLongerThere\n.", b"N."])
def test_what_cannot_be_read_is_found_anew(place, content):
    found = prepare(load("acute.yaml", GIVEN_PARAMETERS).scenario).calibration
    kept.kept("this", lambda: found, Calibration)
    for file in place.iterdir():
        file.write_bytes(content)
    assert kept.kept("this", lambda: found, Calibration) is found
    assert kept.kept("this", never, Calibration) == found


def test_without_room_or_place_everything_is_found(tmp_path, monkeypatch):
    found = prepare(load("acute.yaml", GIVEN_PARAMETERS).scenario).calibration
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(kept.KEPT_IN, str(tmp_path / "file"))
    assert kept.kept("this", lambda: found, Calibration) is found
    monkeypatch.setenv(kept.KEPT_IN, "")
    assert kept.kept("this", lambda: found, Calibration) is found
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_the_oldest_go_first(place, monkeypatch):
    found = prepare(load("acute.yaml", GIVEN_PARAMETERS).scenario).calibration
    monkeypatch.setattr(kept, "MOST", 3)
    for k in range(5):
        kept.kept(str(k), lambda: found, Calibration)
        for file in place.iterdir():
            os.utime(file, (file.stat().st_mtime - 1, file.stat().st_mtime - 1))
    assert len(list(place.iterdir())) == 3
    assert kept.kept("4", never, Calibration) == found
    with pytest.raises(AssertionError):
        kept.kept("0", never, Calibration)


def test_what_is_to_be_found_anew_is(place):
    found = prepare(load("acute.yaml", GIVEN_PARAMETERS).scenario).calibration
    kept.kept("this", lambda: found, Calibration)
    with kept.nothing_kept():
        assert kept.kept("this", lambda: None, Calibration) is None
    assert kept.kept("this", never, Calibration) == found


def test_commands_say_where(monkeypatch, tmp_path):
    assert caches.KEPT_IN == kept.KEPT_IN
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv(kept.KEPT_IN)
    caches.find_caches()
    assert os.environ[kept.KEPT_IN] == str(tmp_path / "calibrations")
