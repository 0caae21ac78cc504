"""What tests share is what the program finds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sim.calibration.calibrate import calibrate
from sim.scenario import load as load_module
from sim.scenario.tree import read_tree
from sim.study import prepare
from tests import known
from tests.conftest import GIVEN_PARAMETERS, load


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    monkeypatch.setattr(known, "SHELF", tmp_path / "shelf")
    monkeypatch.delenv(known.ANEW, raising=False)
    return tmp_path / "shelf"


def test_a_known_calibration_is_the_one_that_is_found_and_a_copy_of_its_own(shelf):
    scenario = load("acute.yaml", GIVEN_PARAMETERS).scenario
    found = calibrate(scenario)
    first, again = known.known(scenario), known.known(scenario)
    assert first == found
    assert again == found
    again.parameters.clear()
    assert known.known(scenario) == found
    assert len(list(shelf.iterdir())) == 1


@pytest.mark.parametrize(
    "change",
    [
        "parameters.dry_needling.ceiling=0.70000001", "claims.dry_needling.relapse_3mo=0.35",
        "relapse.shape=0.63", "satisfaction.width=1.1", "calibration.profiles={chronic: 1.0}",
    ],
)  # fmt: skip
def test_whatever_calibration_reads_asks_for_another(change):
    one, other = (load("acute.yaml", (*GIVEN_PARAMETERS, *more)).scenario for more in ((), (change,)))
    assert known._content(one) != known._content(other)


def test_what_it_does_not_read_does_not():
    one, other = (load("acute.yaml", more).scenario for more in ((), ("cohort.size=77", "seed=5", "arms=[usual_care]")))
    assert known._content(one) == known._content(other)


def test_runs_take_them_unless_a_file_says_otherwise(shelf, monkeypatch):
    assert prepare.calibrate is known.known
    scenario = load("acute.yaml", GIVEN_PARAMETERS).scenario
    monkeypatch.setenv(known.ANEW, "1")
    found = prepare.prepare(scenario).calibration
    assert not shelf.exists()
    monkeypatch.delenv(known.ANEW)
    assert prepare.prepare(scenario).calibration == found
    assert len(list(shelf.iterdir())) == 1


def test_two_processes_find_the_same_to_the_last_bit():
    """Only so may one use what another has found."""
    words = (
        "from sim.calibration.calibrate import calibrate; from tests.conftest import load; "
        f"found = calibrate(load('chronic.yaml', [{GIVEN_PARAMETERS[1]!r}]).scenario); "
        "print(found)"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", words], cwd=known.ROOT, check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(known.ROOT), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert told[0] == told[1]
    assert "claims.dry_needling.pain_reduction" in told[0]


@pytest.mark.parametrize("name", ["acute.yaml", "article.yaml", "clinic.yaml"])
def test_a_parsed_file_is_the_one_that_is_read_and_a_copy_of_its_own(name):
    file = known.ROOT / "configs" / name
    read = read_tree(file, name)
    first = known.parsed(file, name)
    assert first == read
    first.tree.clear()
    first.places.clear()
    assert known.parsed(file, name) == read
    assert load_module.read_tree is known.parsed


def test_a_file_that_is_not_shipped_is_read_each_time(tmp_path):
    file = tmp_path / "acute.yaml"
    for title in ("one", "other"):
        file.write_text(f"title: {title}\n")
        assert known.parsed(file, "acute.yaml").tree == {"title": title}
