"""`simulate outlook`: without readings the run's own answer, with many the patient's; what cannot be is refused."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest

import sim
from sim.errors import UsageError
from sim.learn.likelihood import Bank
from sim.learn.outlook import Way
from sim.learn.paths import Schedule, along
from sim.study.prepare import prepare
from sim.study.trajectories import trace_first_block
from tests.conftest import GIVEN_PARAMETERS
from tests.functional.commands import ended, is_complete, is_one_message

GIVEN = tuple(word for one in GIVEN_PARAMETERS for word in ("--set", one))
COURSE = {7 * k: "dry_needling" for k in range(6)}
"""The six weekly visits of the protocol that the scenario calls dry needling."""


@pytest.fixture(scope="module")
def scenario():
    return sim.Scenario.read("acute.yaml", GIVEN_PARAMETERS)


def way(result, name) -> Way:
    return next(one for one in result.found.ways if one.name == name)


def test_without_readings_it_is_what_a_run_gives(scenario):
    """Mean fall of pain by day 42 and the chance of relief lost later are those of the arms of a run."""
    run = sim.run(scenario, patients=20_000)
    found = sim.outlook(scenario, then="usual_care,dry_needling,acupuncture")
    assert found.found.effective == pytest.approx(found.found.bank)
    assert found.found.moved == pytest.approx(0, abs=1e-9)
    for arm in ("usual_care", "dry_needling", "acupuncture"):
        one = way(found, arm)
        start, then = one.on(0), one.on(42)
        assert (start.day, then.day) == (0, 42)
        fell = run[arm, "pain_reduction_day42"]
        # A fall of readings and one of true pain differ a little, as readings are cut at 0 and 10.
        error = math.hypot(fell.mc_error, then.pain.mc_error, start.pain.mc_error)
        assert abs(fell.estimate - (start.pain.estimate - then.pain.estimate)) < 5 * error + 0.1, arm
        same = [(a.pain.estimate, b.pain.estimate) for a, b in zip(one.expected, one.of_all, strict=True)]
        assert all(a == pytest.approx(b) for a, b in same)


def test_many_exact_readings_find_the_patient(scenario):
    """Somebody's own pain, read without rounding on many days, is where the outlook puts that patient later on."""
    study = prepare(scenario.model)
    people = Bank.of(study, 256, seed=77).patients(study, None)
    visits = tuple((day, (list(scenario.model.modalities).index("dry_needling"),)) for day in COURSE)
    days = (*range(0, 42, 2), 42)
    pain = along(Schedule(visits, days), people, study.rules).pain
    falls = pain[0] - pain[-1]
    for patient in (int(np.argsort(falls)[25]), int(np.argsort(falls)[230])):
        readings = {day: float(round(2 * pain[k, patient]) / 2) for k, day in enumerate(days[:-1])}
        found = sim.outlook(scenario, visits=COURSE, readings=readings, then="stop")
        expected = way(found, "stop").on(42)
        assert abs(expected.pain.estimate - pain[-1, patient]) < 0.8, patient
        everybody = way(found, "stop").of_all[0].pain.estimate
        assert abs(expected.pain.estimate - everybody) > 3 * expected.pain.mc_error


def test_high_and_low_readings_move_it_apart(scenario):
    readings = {"high": dict.fromkeys(COURSE, 8), "low": {0: 6, 7: 2, 14: 1, 21: 0, 28: 0, 35: 0}}
    found = {name: sim.outlook(scenario, visits=COURSE, readings=one, then="stop") for name, one in readings.items()}
    assert found["high"].found.moved > 1
    assert found["low"].found.moved < -0.5
    high, low = (way(found[name], "stop").on(42).pain.estimate for name in ("high", "low"))
    assert high > low + 2
    assert found["high"].found.effective < found["high"].found.bank / 4


def test_ways_to_go_on_are_run_for_the_same_people_from_the_same_day(scenario):
    found = sim.outlook(scenario, visits={0: "dry_needling", 7: "dry_needling"}, readings={0: 7, 7: 6, 14: 5})
    assert [one.name for one in found.found.ways] == ["stop", "usual_care", "dry_needling", "acupuncture", "combined"]
    assert {one.expected[0].day for one in found.found.ways} == {14}
    assert len({one.expected[0].pain.estimate for one in found.found.ways}) == 1
    assert way(found, "stop").visits == ()
    assert way(found, "dry_needling").visits == (14, 21, 28, 35)
    for one in found.found.ways:
        for then in one.expected:
            assert list(then.reading) == sorted(then.reading)
            assert 0 <= then.reading[0] <= then.reading[-1] <= 10
            assert 0 <= then.relief.estimate <= 1
        assert one.on(42).pain.estimate <= way(found, "stop").on(42).pain.estimate + 1e-9
    combined = sim.outlook(scenario, visits=COURSE, readings={0: 7}, then=["stop", "acupuncture"])
    assert [one.name for one in combined.found.ways] == ["stop", "acupuncture"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    here = tmp_path_factory.mktemp("outlook")
    words = ("outlook", "acute.yaml", *GIVEN, "--profile", "acute_strain", "--visits", "0:dry_needling,7:dry_needling")
    code, out, err = ended((*words, "--readings", "0:7", "--readings", "7:5,14:4.5", "--out", "there"), here)
    assert code == 0, err
    (here / "said.txt").write_text(out)
    return here


def test_the_command_says_that_it_is_no_advice(place):
    said = " ".join((place / "said.txt").read_text().split())
    assert "Least pain on day 42 is expected with" in said
    assert "not about this person, and no advice" in said
    assert is_complete(place / "there")
    report = (place / "there" / "report.html").read_text()
    assert "no advice" in report
    assert "7 on day 0, 5 on day 7, 4.5 on day 14" in report
    with (place / "there" / "summary.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["way"] for row in rows} == {"stop", "usual_care", "dry_needling", "acupuncture", "combined"}
    assert {int(row["day"]) for row in rows} >= {14, 42, 133}
    assert all(0 <= float(row["pain"]) <= 10 and float(row["pain_mc_error"]) < 0.2 for row in rows)
    said = json.loads((place / "there" / "summary.json").read_text())
    assert said["effective"] > 200


def test_it_can_be_made_again(place):
    code, out, err = ended(("reproduce", "there/manifest.json"), place)
    assert code == 0, err
    assert "files the same" in out


def test_the_library_leaves_the_same_numbers(place, scenario):
    by_library = sim.outlook(
        scenario, profile="acute_strain", visits={0: "dry_needling", 7: ["dry_needling"]},
        readings={0: 7, 7: 5, 14: 4.5},
    )  # fmt: skip
    assert by_library.summary.to_csv() == (place / "there" / "summary.csv").read_text()


REFUSED = {
    "a reading of 11": (("--readings", "0:11"), "day 0: pain must lie between 0 and 10, is 11"),
    "a reading below 0": (("--readings", "0:-1"), "day 0: pain must lie between 0 and 10, is -1"),
    "a reading in words": (("--readings", "0:much"), "--readings: given 0:much; a reading is a number from 0 to 10"),
    "no number": (("--readings", "0:nan"), "day 0: pain must lie between 0 and 10, is nan"),
    "a reading without a day": (("--readings", "7"), "--readings: given '7'; must read DAY:VALUE, as 0:7"),
    "a day twice": (("--readings", "0:7", "--readings", "0:6"), "--readings: day 0 is named twice"),
    "days out of order": (("--readings", "7:5,0:7"), "--readings: day 0 stands after day 7; days must go up"),
    "visits out of order": (("--visits", "7:sham,0:sham"), "--visits: day 0 stands after day 7; days must go up"),
    "a visit twice": (("--visits", "0:dry_needling,0:dry_needling"), "--visits: day 0 is named twice"),
    "a day before the first": (("--readings", "-3:7"), "--readings: given '-3:7'; must read DAY:VALUE"),
    "a day beyond the horizon": (("--readings", "400:7"), "days must lie between 0 (the first visit) and 132"),
    "an unknown profile": (("--profile", "acute_strian"), "no profile 'acute_strian'; there is: acute_strain"),
    "an unknown modality": (("--visits", "0:dry_needlin"), "no modality 'dry_needlin'; there is: dry_needling"),
    "an unknown way": (("--then", "dry_needlin"), "no protocol 'dry_needlin'; there is: stop"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_plainly(tmp_path, name):
    words, message = REFUSED[name]
    code, out, err = ended(("outlook", "acute.yaml", *GIVEN, *words, "--out", "there"), tmp_path)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert is_one_message(err) or err.startswith("error: ")
    assert "Traceback" not in err
    assert not (tmp_path / "there").exists()


def test_what_is_unknown_is_told_with_what_was_meant(scenario):
    with pytest.raises(UsageError, match="Did you mean 'dry_needling'"):
        sim.outlook(scenario, visits={0: "dry_needlin"})
    with pytest.raises(UsageError, match="Did you mean 'acute_strain'"):
        sim.outlook(scenario, profile="acute_strian")


def test_without_readings_an_entry_rule_counts_and_with_the_first_one_it_says_no_more(scenario):
    """Who is taken in only with a reading of 6 or more has more pain; whose reading is known, has what it says."""
    rule = "cohort.include.reported_pain_at_least=6"
    chosen = sim.Scenario.read("acute.yaml", (*GIVEN_PARAMETERS, rule))
    pain = trace_first_block(prepare(chosen.model), 4096).traces["usual_care"].diary[42]
    then = way(sim.outlook(chosen, then="usual_care"), "usual_care").on(42).pain
    assert then.estimate == pytest.approx(pain.mean(), abs=5 * math.hypot(then.mc_error, pain.std() / 64))
    anybody = way(sim.outlook(scenario, then="usual_care"), "usual_care").on(42).pain
    assert then.estimate > anybody.estimate + 0.3
    both = [sim.outlook(one, readings={0: 7}, then="stop") for one in (chosen, scenario)]
    assert way(both[0], "stop").on(42) == way(both[1], "stop").on(42)


def test_a_kind_of_patient_whom_nobody_in_the_cohort_is_has_a_natural_course_too(scenario):
    """It is sought only for those who are used, and must not be a placeholder here."""
    strain, chronic = (
        sim.Scenario.read("acute.yaml", [*GIVEN_PARAMETERS, f"cohort.profiles={{{name}: 1}}"])
        for name in ("acute_strain", "chronic")
    )
    found = [sim.outlook(one, profile="chronic", readings={0: 6}, then="stop") for one in (strain, chronic)]
    assert found[0].summary.to_csv() == found[1].summary.to_csv()
