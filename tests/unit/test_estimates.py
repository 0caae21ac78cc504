"""Estimates against numpy on the very rows that were tallied."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.estimate.clusters import FEW
from sim.estimate.estimates import ALL, Z95, differences, estimates, paired_difference, reach95, wilson
from sim.estimate.tally import Tally
from sim.luck.nets import NET_SIZE
from sim.quantities import BY_NAME, ROW
from sim.study.prepare import prepare
from sim.study.run import run_block
from tests.conftest import GIVEN_PARAMETERS

PROFILES = ("acute_strain", "chronic", "stress_linked")


@pytest.fixture(scope="module")
def tallied(scenario):
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, "attendance.no_show=0.2"))
    tally = Tally.empty(study.setting, study.rules, 3)
    rows, profiles = [], []
    for index in range(3):
        block = run_block(study, index, 4096 if index < 2 else 1000)
        tally.add(block.rows, block.starts, block.first_net)
        rows.append(block.rows)
        profiles.append(block.patients.cohort.profile)
    found = {(e.arm, e.subgroup, e.outcome, e.statistic): e for e in estimates(tally, PROFILES, "USD")}
    return study, tally, found, np.concatenate(rows, axis=2), np.concatenate(profiles)


def cluster_error(terms, members):
    """The standard error of the mean of a term over some patients, nets being the clusters of a survey.

    Residuals are added up by net; U / (U - 1) times their squares over the square of the number of patients.
    """
    residuals = np.where(members, terms - terms[members].mean(), 0.0)
    nets = np.arange(len(terms)) // NET_SIZE
    totals = np.bincount(nets, residuals)
    units = len(np.unique(nets[members]))
    return math.sqrt(units / (units - 1) * (totals**2).sum()) / members.sum(), units - 1


@pytest.mark.parametrize("group", [ALL, *PROFILES])
def test_means_errors_and_spread(tallied, group):
    study, _, found, rows, profile = tallied
    members = np.ones(len(profile), bool) if group == ALL else profile == PROFILES.index(group)
    for a, arm in enumerate(study.setting.arms):
        for outcome in BY_NAME.values():
            values, everybody = rows[a, outcome.row, members], rows[a, outcome.row]
            if outcome.kind in ("number", "share"):
                estimate = found[arm, group, outcome.name, "mean"]
                assert estimate.estimate == pytest.approx(values.mean(), rel=1e-12, abs=1e-12)
                error, degrees = cluster_error(everybody, members)
                assert estimate.mc_error == pytest.approx(error, rel=1e-6, abs=1e-9)
                if outcome.kind == "number":
                    assert estimate.upper - estimate.lower == pytest.approx(2 * reach95(degrees) * error, abs=1e-9)
            if outcome.kind == "number" and outcome.range is None:
                assert (arm, group, outcome.name, "sd") not in found
            elif outcome.kind == "number":
                assert found[arm, group, outcome.name, "sd"].estimate == pytest.approx(
                    values.std(ddof=1), rel=2e-5, abs=1e-6
                )
            if outcome.kind == "ratio":
                per = rows[a, outcome.per_row, members]
                ratio = values.sum() / per.sum() if per.sum() else math.nan
                assert found[arm, group, outcome.name, "mean"].estimate == pytest.approx(
                    outcome.factor * ratio, nan_ok=True
                )
                terms = outcome.factor * (everybody - ratio * rows[a, outcome.per_row]) / (per.mean() or math.nan)
                assert found[arm, group, outcome.name, "mean"].mc_error == pytest.approx(
                    cluster_error(terms, members)[0], rel=1e-6, abs=1e-9, nan_ok=True
                )


def test_quantiles_are_those_of_the_patients(tallied):
    study, _, found, rows, _ = tallied
    for a, arm in enumerate(study.setting.arms):
        for name, tolerance in (("pain_reduction", 0.01), ("qaly", 0.0002), ("cost", 1e-7), ("visits", 1e-9)):
            values = np.sort(rows[a, BY_NAME[name].row])
            for statistic, p in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
                expected = values[math.ceil(p * len(values)) - 1]
                assert abs(found[arm, ALL, name, statistic].estimate - expected) <= tolerance


def test_censored_times_are_never_dropped(tallied):
    _, _, found, rows, _ = tallied
    relieved = rows[0, ROW["relief"]].mean()
    assert 0.25 < relieved < 0.5
    assert math.isinf(found["usual_care", ALL, "visits_to_relief", "p50"].estimate)
    assert math.isfinite(found["usual_care", ALL, "visits_to_relief", "p25"].estimate)
    assert ("usual_care", ALL, "visits_to_relief", "mean") not in found


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
        a, b = (rows[arms.index(arm)] for arm in (difference.arm, difference.versus))
        if outcome.kind == "ratio":
            total = [{k: x[k][members].sum() for k in (outcome.row, outcome.per_row)} for x in (a, b)]
            if not (total[0][outcome.per_row] and total[1][outcome.per_row]):
                assert math.isnan(difference.estimate)
                continue
            ratios = [t[outcome.row] / t[outcome.per_row] for t in total]
            terms = [
                outcome.factor * (x[outcome.row] - ratio * x[outcome.per_row]) / t[outcome.per_row] * members.sum()
                for x, t, ratio in zip((a, b), total, ratios, strict=True)
            ]
            expected = outcome.factor * (ratios[0] - ratios[1])
        else:
            terms = [a[outcome.row], b[outcome.row]]
            expected = (terms[0] - terms[1])[members].mean()
        error, degrees = cluster_error(terms[0] - terms[1], members)
        assert difference.estimate == pytest.approx(expected, abs=1e-9)
        assert difference.mc_error == pytest.approx(error, rel=1e-5, abs=1e-8)
        assert difference.upper - difference.lower == pytest.approx(2 * reach95(degrees) * difference.mc_error)
        if outcome.kind != "ratio":
            # From the patients of the first nets.
            first = members & (np.arange(len(members)) < FEW * NET_SIZE)
            apart = sum(x[first].var(ddof=1) for x in terms) / members.sum()
            assert difference.unpaired_error == pytest.approx(math.sqrt(apart), rel=1e-5, abs=1e-8)


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
    merged = Tally.empty(study.setting, study.rules, 3)
    for index in range(3):
        part = Tally.empty(study.setting, study.rules, 3)
        block = run_block(study, index, 4096 if index < 2 else 1000)
        part.add(block.rows, block.starts, block.first_net)
        merged.merge(part)
    np.testing.assert_array_equal(merged.counts, tally.counts)
    for name, array in merged.moments.kept().items():
        np.testing.assert_allclose(array, tally.moments.kept()[name], rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("n", [2, 60, NET_SIZE * (FEW - 1)])
def test_where_nets_are_few_patients_count_as_independent(scenario, n):
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, "attendance.no_show=0.2"))
    block = run_block(study, 0, n)
    tally = Tally.empty(study.setting, study.rules, 3)
    tally.add(block.rows, block.starts, block.first_net)
    means = tally.moments.means()
    assert means.degrees == n - 1
    for a in range(len(means.names)):
        values = block.rows[a, ROW["pain_reduction"]]
        assert means.of("pain_reduction", a)[1] == pytest.approx(values.std(ddof=1) / math.sqrt(n), rel=1e-9)
        gone, relieved = block.rows[a, ROW["relapsed_3mo"]], block.rows[a, ROW["began_by_day42"]]
        terms = (gone - gone.sum() / (relieved.sum() or math.nan) * relieved) / (relieved.mean() or math.nan)
        assert means.of("relapse_3mo", a)[1] == pytest.approx(
            terms.std(ddof=1) / math.sqrt(n), rel=1e-6, abs=1e-9, nan_ok=True
        )
    enough = run_block(study, 0, NET_SIZE * FEW)
    tally = Tally.empty(study.setting, study.rules, 3)
    tally.add(enough.rows, enough.starts, enough.first_net)
    assert tally.moments.means().degrees == FEW - 1


def test_one_patient_has_no_error(scenario):
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS))
    block = run_block(study, 0, 1)
    tally = Tally.empty(study.setting, study.rules, 3)
    tally.add(block.rows, block.starts, block.first_net)
    assert math.isnan(tally.moments.means().of("pain_reduction", 0)[1])
    assert math.isnan(paired_difference(tally.moments, "cost", ("combined", "usual_care")).mc_error)
    of_one = {(e.outcome, e.statistic): e for e in estimates(tally, list("abc"), "USD") if e.subgroup == ALL}
    for key in (("pain_reduction", "sd"), ("pain_reduction", "p50"), ("cost", "mean")):
        assert math.isnan(of_one[key].mc_error), key


def test_the_interval_of_nobody_begins_at_0_and_that_of_everybody_ends_at_1():
    """To the last bit, whatever rounding leaves of middle and reach; both are never empty."""
    for n in (1, 7, 40, 977, 1000, 4096, 123_457):
        for z in (1.96, Z95, 2.0930240544, 2.3646242510):
            low, high = wilson(0.0, n, z)
            assert low == 0.0
            assert high == pytest.approx(z**2 / (n + z**2), rel=1e-12)
            low, high = wilson(1.0, n, z)
            assert high == 1.0
            assert low == pytest.approx(n / (n + z**2), rel=1e-12)
            assert 0 < wilson(0.5, n, z)[0] < 0.5 < wilson(0.5, n, z)[1] < 1


def test_a_share_of_a_few_relieved_patients_is_not_called_certain(scenario):
    """Where all of them relapse, or none, the interval is that of as many patients (Wilson), not a point."""
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS))
    certain = 0
    for block in range(20):
        found = run_block(study, block, 40)
        tally = Tally.empty(study.setting, study.rules, 3)
        tally.add(found.rows, found.starts, found.first_net)
        for e in estimates(tally, list("abc"), "USD"):
            if e.outcome == "relapse_3mo" and e.estimate in (0.0, 1.0):
                certain += 1
                assert e.upper - e.lower > 0.05
    assert certain > 5
