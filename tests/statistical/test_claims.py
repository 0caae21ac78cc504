"""The run must reproduce the claims from its own patients, and its errors must be what they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.estimate.estimates import ALL, estimates, paired_difference
from sim.estimate.tally import Tally
from sim.luck.nets import NET_SIZE
from sim.luck.numbers import independent_luck
from sim.patient.patients import make_patients
from sim.quantities import ROW
from sim.study.check import CheckedCalibration, check_calibration
from sim.study.prepare import prepare
from sim.study.run import run_patients, run_study, with_nets


def found_in(result):
    names = list(result.study.scenario.profiles)
    return {(e.arm, e.subgroup, e.outcome, e.statistic): e for e in estimates(result.tally, names, "USD")}


@pytest.fixture(scope="module")
def reference(scenario):
    return run_study(prepare(scenario("reference.yaml", "cohort.size=200000")), workers=2)


@pytest.fixture(scope="module")
def checked(scenario) -> dict[str, CheckedCalibration]:
    """Return every claim of both evidence sets with what fresh patients give, by evidence set."""
    names = ("article.yaml", "literature.yaml")
    return {name: check_calibration(scenario(name, "cohort.size=200000")) for name in names}


def agrees(estimate, claimed):
    return abs(estimate.estimate - claimed) <= 4 * estimate.mc_error + 0.005 * claimed


CLAIMS = {
    "article.yaml": [
        f"claims.{modality}.{name}"
        for modality in ("dry_needling", "acupuncture")
        for name in ("pain_reduction", "visits_to_relief", "satisfied", "relapse_3mo")
    ],
    "literature.yaml": [
        "claims.acupuncture.over_sham", "claims.acupuncture.relapse_3mo",
        "claims.dry_needling.over.acupuncture", "claims.dry_needling.relapse_3mo",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("name", "place"), [(name, place) for name, places in CLAIMS.items() for place in places])
def test_claims_are_met(checked, name, place):
    """Within 4 Monte Carlo errors and 0.5 %, by patients whom calibration has never seen."""
    (one,) = (claim for claim in checked[name].claims if claim.result.place == place)
    assert one.simulated.mc_error > 0
    assert abs(one.simulated.estimate - one.result.value) <= 4 * one.simulated.mc_error + 0.005 * one.result.value


def test_every_claim_is_checked(checked):
    for name, places in CLAIMS.items():
        assert {one.result.place for one in checked[name].claims if one.result.modality} == set(places)


def test_adverse_events_per_course(reference):
    found = found_in(reference)
    for arm, event, claimed in (("dry_needling", "soreness", 0.30), ("acupuncture", "bruising", 0.15)):
        estimate = found[arm, ALL, event, "mean"]
        assert abs(estimate.estimate - claimed) < 5 * estimate.mc_error


@pytest.mark.parametrize(
    ("claim", "value", "outcome"),
    [
        ("dry_needling.pain_reduction", 4.1, "pain_reduction"),
        ("acupuncture.pain_reduction", 2.8, "pain_reduction"),
        ("dry_needling.satisfied", 0.6, "satisfied"),
        ("acupuncture.relapse_3mo", 0.42, "relapse_3mo"),
    ],
)
def test_claims_that_nobody_has_tried_are_met(scenario, claim, value, outcome):
    result = run_study(prepare(scenario("reference.yaml", f"claims.{claim}={value}", "cohort.size=100000")), workers=2)
    arm = claim.split(".")[0]
    assert agrees(found_in(result)[arm, ALL, outcome, "mean"], value)


def test_a_planted_error_would_be_seen(scenario):
    """The same check fails for a response that is 2 % too weak."""
    good = prepare(scenario("reference.yaml", "cohort.size=200000")).calibration.parameters["dry_needling"]
    planted = (
        f"parameters.dry_needling={{ceiling: {good.ceiling * 0.98}, half_life: {good.half_life}, "
        f"satisfaction_threshold: {good.satisfaction_threshold}, relapse_scale: {good.relapse_scale}}}"
    )
    result = run_study(prepare(scenario("reference.yaml", planted, "cohort.size=200000")), workers=2)
    assert not agrees(found_in(result)["dry_needling", ALL, "pain_reduction", "mean"], 3.8)


def test_common_luck_makes_the_difference_five_times_less_variable(scenario):
    """Of patients each drawn alone: that they go through both arms, without any gain from spreading them evenly."""
    study = prepare_once(scenario, 1)
    luck = independent_luck(1, 0, 0, study.setting.needs, 4096)
    rows = run_patients(study, 0, make_patients(luck, study.law, study.response)).rows
    values = rows[:, ROW["pain_reduction_day42"]]
    paired, independent = (values[1] - values[2]).var(), values[1].var() + values[2].var()
    assert independent / paired > 5
    # The same from run to run: two cohorts of two seeds against one.
    paired_means, independent_means = [], []
    for seed in range(40):
        first, second = (
            run_patients(study, 0, make_patients(other, study.law, study.response))
            .rows[:, ROW["pain_reduction_day42"]].mean(axis=1)
            for other in (independent_luck(s, 0, 0, study.setting.needs, 2000) for s in (seed, 1000 + seed))
        )  # fmt: skip
        paired_means.append(first[1] - first[2])
        independent_means.append(first[1] - second[2])
    assert np.var(independent_means, ddof=1) / np.var(paired_means, ddof=1) > 5 * 0.6  # two variances of 40 each


GAINS = {
    "pain_reduction": 4, "pain_reduction_day42": 2.7, "relief_day42": 1.4, "soreness": 4.5, "qaly": 3,
    "lasting_relief": 1.5,
}  # fmt: skip
"""How many times fewer patients nets take than patients drawn alone, at least, for the difference between the arms."""


def test_nets_have_the_same_means_with_less_variance(scenario):
    """Unbiased: means over 3,000 nets and over as many patients drawn alone agree within 5 standard errors, for every
    outcome, arm and profile. And the error that nets state for a difference is smaller by the gain that is claimed.
    """
    study = prepare_once(scenario, 7, 384_000)
    spread = run_study(study, workers=2)
    alone = Tally.empty(study.setting, study.rules, 3)
    for block in range(94):
        luck = independent_luck(7, 0, block, study.setting.needs)
        order = np.argsort(luck.profile.reshape(-1, NET_SIZE), axis=1) + np.arange(0, 4096, NET_SIZE)[:, None]
        luck = luck.of(order.ravel())  # a tally wants columns in the order of profiles
        found = run_patients(study, block, make_patients(luck, study.law, study.response))
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
    """Over 60 seeds, the spread of each estimate must equal the error that each run states, within 5 of its own."""
    names = ("pain_reduction", "relapse_3mo", "cost_per_lasting_relief", "relief", "soreness_per_100_visits")
    values = {name: [] for name in names}
    errors = {name: [] for name in names}
    medians, median_errors, differences, difference_errors = [], [], [], []
    for seed in range(60):
        result = with_nets(run_study(prepare_once(scenario, seed, 3000)))
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
    for seen, stated in [*pairs, (differences, difference_errors), (medians, median_errors)]:
        ratio = np.std(seen, ddof=1) / np.mean(stated)
        assert abs(ratio - 1) < 5 / np.sqrt(2 * 59)
