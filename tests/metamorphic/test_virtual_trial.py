"""Virtual trials of related designs: what must be the same to the last digit, and what must move in which way."""

from __future__ import annotations

import math

import numpy as np
import pytest

import sim
from sim.decision.virtual_trial.assess import run_virtual_trial
from sim.decision.virtual_trial.design import Wanted, design_of
from sim.study.inputs import uncertain_inputs
from tests.conftest import GIVEN_PARAMETERS

SMALL = {"n": "20,60", "trials": 400, "draws": 0}


@pytest.fixture(scope="module")
def scenario():
    return sim.Scenario.read("acute.yaml", GIVEN_PARAMETERS)


@pytest.fixture(scope="module")
def plain(scenario):
    return sim.trial(scenario, arms="usual_care,acupuncture,dry_needling", **SMALL)


def csv_of(result, *names):
    return {name: result.tables[name].to_csv() for name in names or result.tables}


def power(result, arm="acupuncture", statistic="power", outcome="pain_reduction_day42"):
    found = result.tables["power"].where(arm=arm, statistic=statistic, outcome=outcome)
    return np.array(found["estimate"])


def test_the_order_of_arms_changes_no_byte(scenario, plain):
    other = sim.trial(scenario, arms="dry_needling,acupuncture,usual_care", reference="usual_care", **SMALL)
    assert csv_of(other) == csv_of(plain)
    assert other.summary_json() == plain.summary_json()


def test_the_number_of_workers_changes_no_byte(scenario):
    wanted = {"arms": "usual_care,acupuncture", "n": "20,60", "trials": 300, "draws": 20}
    one, four = (sim.trial(scenario, workers=workers, **wanted) for workers in (1, 4))
    assert csv_of(one) == csv_of(four)


def test_another_arm_or_outcome_changes_nothing_of_the_first(scenario, plain):
    alone = sim.trial(scenario, arms="usual_care,acupuncture", **SMALL)
    for statistic in ("power", "interval_width", "coverage"):
        assert (power(alone, statistic=statistic) == power(plain, statistic=statistic)).all()
    more = sim.trial(scenario, arms="usual_care,acupuncture", outcome="pain_reduction_day42,qaly", **SMALL)
    assert (power(alone) == power(more)).all()  # though the courses are followed to the horizon for the second one


def test_a_longer_follow_up_changes_nothing_that_is_read_before(scenario, plain):
    longer = sim.trial(
        sim.Scenario.read("acute.yaml", (*GIVEN_PARAMETERS, "followup.horizon=300")),
        arms="usual_care,acupuncture,dry_needling", **SMALL,
    )  # fmt: skip
    assert csv_of(longer, "power") == csv_of(plain, "power")


def test_another_seed_gives_other_patients(scenario, plain):
    other = sim.trial(scenario, arms="usual_care,acupuncture,dry_needling", seed=77, **SMALL)
    assert csv_of(other, "power") != csv_of(plain, "power")
    error = math.sqrt(2 * 0.25 / 400)
    assert np.abs(power(other) - power(plain)).max() < 5 * error


def test_nobody_missing_and_therapists_who_do_not_differ_are_as_without(scenario, plain):
    same = sim.trial(scenario, arms="usual_care,acupuncture,dry_needling", dropout=0, **SMALL)
    assert csv_of(same) == csv_of(plain)
    alike = sim.trial(scenario, arms="usual_care,acupuncture,dry_needling", therapists=5, clusters="ignored", **SMALL)
    assert (power(alike) == power(plain)).all()


def test_missing_assessments_cost_power_as_fewer_patients_do(scenario):
    wanted = {"arms": "usual_care,acupuncture", "trials": 2000, "draws": 0}
    missing = sim.trial(scenario, n=100, dropout=0.4, **wanted)
    fewer = sim.trial(scenario, n=60, **wanted)
    assert power(missing)[0] == pytest.approx(power(fewer)[0], abs=5 * math.sqrt(2 * 0.25 / 2000))
    assumed = sim.trial(scenario, n=100, dropout=0.4, missing="no_change", **wanted)
    difference = {"arm": "acupuncture - usual_care", "statistic": "true_difference"}
    (before,), (after,) = (one.tables["spread"].where(**difference)["estimate"] for one in (missing, assumed))
    assert after == pytest.approx(0.6 * before, abs=0.05)  # of those who are missing nobody has changed


def test_the_more_alike_patients_of_a_therapist_are_the_less_power(scenario):
    wanted = {"arms": "usual_care,dry_needling", "n": 30, "trials": 1000, "draws": 0, "therapists": 5}
    powers = [power(sim.trial(scenario, icc=icc, **wanted), "dry_needling")[0] for icc in (0.0, 0.1, 0.3)]
    assert powers[0] > powers[1] > powers[2]
    alike = sim.trial(scenario, icc=0.1, **(wanted | {"trials": 4000, "n": 60}))
    (icc,) = alike.tables["spread"].where(arm="usual_care", statistic="intraclass_correlation")["estimate"]
    assert icc == pytest.approx(0.1, abs=0.01)  # as stated, though readings end with the scale
    by_sd = sim.trial(scenario, therapist_sd=1.0, **wanted)
    assert power(by_sd, "dry_needling")[0] < powers[0]


def test_the_entry_rule_is_that_of_the_scenario_and_narrows_the_first_reading(scenario, plain):
    given = sim.trial(scenario, arms="usual_care,acupuncture", entry=5, **SMALL)
    path = "cohort.include.reported_pain_at_least=5"
    set_there = sim.trial(
        sim.Scenario.read("acute.yaml", (*GIVEN_PARAMETERS, path)), arms="usual_care,acupuncture", **SMALL
    )
    assert csv_of(given) == csv_of(set_there)
    sd = {"arm": "usual_care", "statistic": "first_reading_sd"}
    (narrow,), (wide,) = (one.tables["spread"].where(**sd)["estimate"] for one in (given, plain))
    assert narrow < 0.8 * wide


def test_a_hypothesis_with_a_margin_is_harder_or_easier(scenario):
    wanted = {"arms": "usual_care,acupuncture", "n": 60, "trials": 500, "draws": 0}
    harder, plain, easier = (
        power(sim.trial(scenario, hypothesis=one, **wanted))[0]
        for one in ("superiority_by_margin", "superiority", "non_inferiority")
    )
    assert harder < plain < easier


def test_draws_without_doubt_give_the_power(scenario):
    """An input that hardly differs from draw to draw, and no other in doubt: assurance is power."""
    stated = [f"{one.path}.uncertainty=null" for one in uncertain_inputs(scenario.model)]
    ceiling = "{value: 0.4, source: assumption, uncertainty: {uniform: {low: 0.399, high: 0.401}}}"
    sure = sim.Scenario.read("acute.yaml", [*GIVEN_PARAMETERS, *stated, f"parameters.acupuncture.ceiling={ceiling}"])
    model = sure.model.model_copy(update={"structure": {}})
    design = design_of(model, Wanted(arms="usual_care,acupuncture", n="60", trials=2000, trials_per_draw=20))
    (at,) = run_virtual_trial(model, design, 100, 2)[0].comparisons[0].sizes
    assert at.assurance.estimate == pytest.approx(at.power.estimate, abs=5 * math.sqrt(2 * 0.25 / 2000))
