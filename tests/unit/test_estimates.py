"""Estimates against numpy on the very rows that were tallied."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.patient import outcomes as o
from sim.patient.outcomes import BY_NAME
from sim.study.estimates import ALL, Z95, differences, estimates, paired_difference
from sim.study.prepare import prepare
from sim.study.reference_course import median_of_cumulative
from sim.study.run import run_block
from sim.study.tally import Tally
from tests.conftest import GIVEN_PARAMETERS

PROFILES = ("acute_strain", "chronic", "stress_linked")


@pytest.fixture(scope="module")
def tallied(scenario):
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, "attendance.no_show=0.2"))
    tally = Tally.empty(study.setting, 3)
    rows, profiles = [], []
    for index in range(3):
        block = run_block(study, index, 4096 if index < 2 else 1000)
        tally.add_block(block.rows, block.cohort.starts)
        rows.append(block.rows[:, :, block.cohort.place])
        profiles.append(block.cohort.profile)
    found = {(e.arm, e.subgroup, e.outcome, e.statistic): e for e in estimates(tally, PROFILES, "USD")}
    return study, tally, found, np.concatenate(rows, axis=2), np.concatenate(profiles)


@pytest.mark.parametrize("group", [ALL, *PROFILES])
def test_means_errors_and_spread(tallied, group):
    study, _, found, rows, profile = tallied
    members = np.ones(len(profile), bool) if group == ALL else profile == PROFILES.index(group)
    for a, arm in enumerate(study.setting.arms):
        for outcome in BY_NAME.values():
            values = rows[a, outcome.row, members]
            if outcome.kind in ("number", "share"):
                estimate = found[arm, group, outcome.name, "mean"]
                assert estimate.estimate == pytest.approx(values.mean(), rel=1e-12, abs=1e-12)
                assert estimate.mc_error == pytest.approx(values.std(ddof=1) / np.sqrt(len(values)), rel=1e-6, abs=1e-9)
            if outcome.kind == "number":
                assert found[arm, group, outcome.name, "sd"].estimate == pytest.approx(
                    values.std(ddof=1), rel=1e-6, abs=1e-6
                )
            if outcome.kind == "ratio":
                per = rows[a, outcome.per, members]
                ratio = values.sum() / per.sum() if per.sum() else math.nan
                assert found[arm, group, outcome.name, "mean"].estimate == pytest.approx(
                    outcome.factor * ratio, nan_ok=True
                )
                influence = outcome.factor * (values - ratio * per) / per.mean() if per.sum() else values * math.nan
                assert found[arm, group, outcome.name, "mean"].mc_error == pytest.approx(
                    influence.std(ddof=1) / np.sqrt(len(values)), rel=1e-6, abs=1e-9, nan_ok=True
                )


def test_quantiles_are_those_of_the_patients(tallied):
    study, _, found, rows, _ = tallied
    for a, arm in enumerate(study.setting.arms):
        for name, tolerance in (("pain_reduction", 0.01), ("qaly", 0.0002), ("cost", 1e-9), ("visits", 0.0)):
            values = np.sort(rows[a, BY_NAME[name].row])
            for statistic, p in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
                expected = values[math.ceil(p * len(values)) - 1]
                assert abs(found[arm, ALL, name, statistic].estimate - expected) <= tolerance


def test_censored_times_are_never_dropped(tallied):
    _, _, found, rows, _ = tallied
    relieved = rows[0, o.RELIEF].mean()
    assert 0.25 < relieved < 0.5
    assert math.isinf(found["usual_care", ALL, "visits_to_relief", "p50"].estimate)
    assert math.isfinite(found["usual_care", ALL, "visits_to_relief", "p25"].estimate)
    assert ("usual_care", ALL, "visits_to_relief", "mean") not in found


def test_interpolated_median():
    assert median_of_cumulative(np.array([0, 0.5, 0.9])) == 1.5
    assert median_of_cumulative(np.array([0, 0.25, 0.75])) == 2.0
    assert math.isinf(median_of_cumulative(np.array([0, 0.2, 0.4])))


def test_paired_differences_are_those_of_the_patients(tallied):
    study, tally, _, rows, profile = tallied
    arms = list(study.setting.arms)
    pairs = [("combined", "usual_care"), ("dry_needling", "acupuncture")]
    for difference in differences(tally, PROFILES, "USD", pairs):
        outcome = BY_NAME[difference.outcome]
        if difference.subgroup == ALL:
            members = np.ones(len(profile), bool)
        else:
            members = profile == PROFILES.index(difference.subgroup)
        a, b = (rows[arms.index(arm)][:, members] for arm in (difference.arm, difference.versus))
        if outcome.kind == "ratio":
            if not (a[outcome.per].sum() and b[outcome.per].sum()):
                assert math.isnan(difference.estimate)
                continue
            terms = [
                outcome.factor * (x[outcome.row] - x[outcome.row].sum() / x[outcome.per].sum() * x[outcome.per])
                / x[outcome.per].mean()
                for x in (a, b)
            ]  # fmt: skip
            expected = outcome.factor * (
                a[outcome.row].sum() / a[outcome.per].sum() - b[outcome.row].sum() / b[outcome.per].sum()
            )
        else:
            terms = [a[outcome.row], b[outcome.row]]
            expected = (terms[0] - terms[1]).mean()
        error = (terms[0] - terms[1]).std(ddof=1) / np.sqrt(members.sum())
        assert difference.estimate == pytest.approx(expected, abs=1e-9)
        assert difference.mc_error == pytest.approx(error, rel=1e-5, abs=1e-8)
        assert difference.upper - difference.lower == pytest.approx(2 * Z95 * difference.mc_error)


def test_a_difference_read_the_other_way_round_is_its_mirror(tallied):
    _, tally, _, _, _ = tallied
    there = paired_difference(tally.moments, "relapse_3mo", ("combined", "acupuncture"))
    back = paired_difference(tally.moments, "relapse_3mo", ("acupuncture", "combined"))
    assert back.estimate == -there.estimate
    assert back.mc_error == there.mc_error
    assert there.reversed().estimate == back.estimate
    assert there.reversed().lower == pytest.approx(back.lower)


def test_merged_tallies_equal_one_tally(tallied):
    study, tally, _, _, _ = tallied
    merged = Tally.empty(study.setting, 3)
    for index in range(3):
        part = Tally.empty(study.setting, 3)
        block = run_block(study, index, 4096 if index < 2 else 1000)
        part.add_block(block.rows, block.cohort.starts)
        merged.merge(part)
    np.testing.assert_array_equal(merged.n, tally.n)
    np.testing.assert_array_equal(merged.counts, tally.counts)
    np.testing.assert_allclose(merged.moments.cross, tally.moments.cross, rtol=1e-12)
