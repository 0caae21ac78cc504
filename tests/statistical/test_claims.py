"""The run must reproduce the claims, and the table of MODEL, from its own patients."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.patient import outcomes as o
from sim.patient.luck import independent_luck
from sim.patient.nets import NET_SIZE
from sim.patient.patients import make_patients
from sim.study.estimates import ALL, estimates, paired_difference
from sim.study.prepare import prepare
from sim.study.run import run_patients, run_study
from sim.study.tally import Tally

PROFILE_TABLE = {
    "all": (1.79, 3.8, 2.9, 4.0),
    "acute_strain": (2.84, 4.43, 3.39, 4.51),
    "chronic": (0.75, 3.56, 2.20, 3.86),
    "stress_linked": (0.75, 2.53, 2.61, 3.06),
}


def found_in(result):
    names = list(result.study.scenario.profiles)
    return {(e.arm, e.subgroup, e.outcome, e.statistic): e for e in estimates(result.tally, names, "USD")}


@pytest.fixture(scope="module")
def reference(scenario):
    return run_study(prepare(scenario("reference.yaml", "cohort.size=200000")), workers=2)


def agrees(estimate, claimed):
    return abs(estimate.estimate - claimed) <= 4 * estimate.mc_error + 0.005 * claimed


@pytest.mark.parametrize(
    ("arm", "outcome", "claimed"),
    [
        ("dry_needling", "pain_reduction", 3.8),
        ("dry_needling", "satisfied", 0.79),
        ("dry_needling", "relapse_3mo", 0.34),
        ("acupuncture", "pain_reduction", 2.9),
        ("acupuncture", "satisfied", 0.68),
        ("acupuncture", "relapse_3mo", 0.46),
    ],
)
def test_claims_are_met(reference, arm, outcome, claimed):
    assert agrees(found_in(reference)[arm, ALL, outcome, "mean"], claimed)


@pytest.mark.parametrize(("arm", "low", "aim", "high"), [("dry_needling", 1, 1.5, 2), ("acupuncture", 4, 5, 6)])
def test_median_visits_lie_in_their_range_and_near_the_aim(reference, arm, low, aim, high):
    median = found_in(reference)[arm, ALL, "visits_to_relief", "p50"]
    assert low <= median.estimate <= high
    assert agrees(median, aim)


@pytest.mark.parametrize("subgroup", list(PROFILE_TABLE))
def test_profile_table(reference, subgroup):
    arms = ("usual_care", "dry_needling", "acupuncture", "combined")
    for arm, expected in zip(arms, PROFILE_TABLE[subgroup], strict=True):
        assert abs(found_in(reference)[arm, subgroup, "pain_reduction", "mean"].estimate - expected) < 0.1


def test_spread_of_pain_reduction(reference):
    for arm in ("dry_needling", "acupuncture"):
        assert 2.4 <= found_in(reference)[arm, ALL, "pain_reduction", "sd"].estimate <= 2.5


def test_adverse_events_per_course(reference):
    found = found_in(reference)
    for arm, event, claimed in (("dry_needling", "soreness", 0.30), ("acupuncture", "bruising", 0.15)):
        estimate = found[arm, ALL, event, "mean"]
        assert abs(estimate.estimate - claimed) < 5 * estimate.mc_error


@pytest.mark.parametrize(
    ("claim", "value", "outcome"),
    [
        ("dry_needling.pain_reduction", 4.4, "pain_reduction"),
        ("dry_needling.pain_reduction", 3.4, "pain_reduction"),
        ("acupuncture.pain_reduction", 3.2, "pain_reduction"),
        ("dry_needling.satisfied", 0.6, "satisfied"),
        ("acupuncture.relapse_3mo", 0.2, "relapse_3mo"),
    ],
)
def test_claims_that_nobody_has_tried_are_met(scenario, claim, value, outcome):
    result = run_study(prepare(scenario("reference.yaml", f"claims.{claim}={value}", "cohort.size=100000")), workers=2)
    arm = claim.split(".")[0]
    assert agrees(found_in(result)[arm, ALL, outcome, "mean"], value)


@pytest.mark.parametrize("visits", [1.2, 2.0, 2.5])
def test_other_visits_to_relief_are_met(scenario, visits):
    overrides = (f"claims.dry_needling.visits_to_relief={visits}", "cohort.size=100000")
    found = found_in(run_study(prepare(scenario("reference.yaml", *overrides)), workers=2))
    assert agrees(found["dry_needling", ALL, "visits_to_relief", "p50"], visits)


def test_a_planted_error_would_be_seen(scenario):
    """The same check fails for a response that is 2 % too weak."""
    good = prepare(scenario("reference.yaml", "cohort.size=200000")).calibration.parameters["dry_needling"]
    planted = (
        f"parameters.dry_needling={{ceiling: {good.ceiling * 0.98}, half_life: {good.half_life}, "
        f"satisfaction_threshold: {good.satisfaction_threshold}, relapse_scale: {good.relapse_scale}}}"
    )
    result = run_study(prepare(scenario("reference.yaml", planted, "cohort.size=200000")), workers=2)
    assert not agrees(found_in(result)["dry_needling", ALL, "pain_reduction", "mean"], 3.8)


def test_common_luck_makes_the_difference_ten_times_less_variable(scenario):
    """Of patients each drawn alone: that they go through both arms, without any gain from spreading them evenly."""
    study = prepare_once(scenario, 1)
    luck = independent_luck(1, 0, 0, study.setting.needs, 4096)
    rows = run_patients(study, 0, make_patients(luck, study.law, study.response, study.setting.days)).rows
    values = rows[:, o.PAIN_REDUCTION]
    paired, independent = (values[1] - values[2]).var(), values[1].var() + values[2].var()
    assert independent / paired > 10
    # The same from run to run: two cohorts of two seeds against one.
    paired_means, independent_means = [], []
    for seed in range(40):
        first, second = (
            run_patients(study, 0, make_patients(other, study.law, study.response, study.setting.days))
            .rows[:, o.PAIN_REDUCTION].mean(axis=1)
            for other in (independent_luck(s, 0, 0, study.setting.needs, 2000) for s in (seed, 1000 + seed))
        )  # fmt: skip
        paired_means.append(first[1] - first[2])
        independent_means.append(first[1] - second[2])
    assert np.var(independent_means, ddof=1) / np.var(paired_means, ddof=1) > 10 * 0.6  # two variances of 40 each


GAINS = {"pain_reduction": 17, "pain_reduction_day42": 5, "relief": 1.3, "soreness": 3.5, "qaly": 3.5}
"""How many times fewer patients nets take than patients drawn alone, at least, for the difference between the arms."""


def test_nets_have_the_same_means_with_less_variance(scenario):
    """Unbiased: means over 3,000 nets and over as many patients drawn alone agree within 5 standard errors, for every
    outcome, arm and profile. And the error that nets state for a difference is smaller by the gain that is claimed.
    """
    study = prepare_once(scenario, 7, 384_000)
    spread = run_study(study, workers=2)
    alone = Tally.empty(study.setting, 3)
    for block in range(94):
        luck = independent_luck(7, 0, block, study.setting.needs)
        order = np.argsort(luck.profile.reshape(-1, NET_SIZE), axis=1) + np.arange(0, 4096, NET_SIZE)[:, None]
        luck = luck.of(order.ravel())  # a tally wants columns in the order of profiles
        found = run_patients(study, block, make_patients(luck, study.law, study.response, study.setting.days))
        alone.add(found.rows, found.starts, found.first_net)
    names = list(study.scenario.profiles)
    mine, theirs = (
        {(e.arm, e.subgroup, e.outcome): e for e in estimates(t, names, "USD") if e.statistic in ("mean", "p50")}
        for t in (spread.tally, alone)
    )
    worst = 0.0
    for key, one in mine.items():
        other = theirs[key]
        error = math.hypot(one.mc_error, other.mc_error)
        if math.isfinite(one.estimate) and math.isfinite(other.estimate) and error > 0:
            worst = max(worst, abs(one.estimate - other.estimate) / error)
    assert len(mine) > 300
    assert 1 < worst < 5
    pair = ("dry_needling", "acupuncture")
    for outcome, gain in GAINS.items():
        less, more = (paired_difference(t.moments, outcome, pair).mc_error for t in (spread.tally, alone))
        assert (more / less) ** 2 * alone.n.sum() / spread.tally.n.sum() > gain, outcome


def prepare_once(scenario, seed, size=2000):
    given = (
        "parameters.dry_needling={ceiling: 0.857, half_life: 0.751, satisfaction_threshold: 1.69, relapse_scale: 436}",
        "parameters.acupuncture={ceiling: 0.396, half_life: 5.15, satisfaction_threshold: 1.70, relapse_scale: 270}",
    )
    return prepare(scenario("reference.yaml", *given, f"seed={seed}", f"cohort.size={size}"))


def test_monte_carlo_errors_are_what_repetition_shows(scenario):
    """Over 60 seeds, the spread of each estimate must equal the error that each run states, within 5 of its own.

    The error of a median is that of independent patients, so here it is stated too large.
    """
    names = ("pain_reduction", "relapse_3mo", "cost_per_lasting_relief", "relief", "soreness_per_100_visits")
    values = {name: [] for name in names}
    errors = {name: [] for name in names}
    medians, median_errors, differences, difference_errors = [], [], [], []
    for seed in range(60):
        result = run_study(prepare_once(scenario, seed, 3000))
        found = found_in(result)
        for name in names:
            values[name].append(found["dry_needling", ALL, name, "mean"].estimate)
            errors[name].append(found["dry_needling", ALL, name, "mean"].mc_error)
        medians.append(found["acupuncture", ALL, "pain_reduction", "p50"].estimate)
        median_errors.append(found["acupuncture", ALL, "pain_reduction", "p50"].mc_error)
        difference = paired_difference(result.tally.moments, "relapse_3mo", ("dry_needling", "acupuncture"))
        differences.append(difference.estimate)
        difference_errors.append(difference.mc_error)
    pairs = [(values[name], errors[name]) for name in names]
    for seen, stated in [*pairs, (differences, difference_errors)]:
        ratio = np.std(seen, ddof=1) / np.mean(stated)
        assert abs(ratio - 1) < 5 / np.sqrt(2 * 59)
    assert 0.25 < np.std(medians, ddof=1) / np.mean(median_errors) < 1
