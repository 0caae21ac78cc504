"""Errors that are found on nets, against the same formulas on the patients' own rows."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.estimate.by_net import Members, nets_like, rank_spread
from sim.estimate.estimates import ALL, differences, estimates, paired_difference, reach95
from sim.estimate.few import means_of
from sim.luck.nets import NET_SIZE
from sim.luck.streams import BLOCK_SIZE
from sim.quantities import ROW
from sim.study.prepare import prepare
from sim.study.run import run_block, run_study, with_nets
from tests.conftest import GIVEN_PARAMETERS

ROW_42 = ROW["pain_reduction_day42"]


def study_of(scenario, patients, *settings):
    return prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, f"cohort.size={patients}", *settings))


def between(values, nets):
    """The variance of a mean of values, times their number: that of the totals of nets, their mean taken off."""
    totals = np.bincount(nets, values - values.mean())
    return len(totals) / (len(totals) - 1) * (totals**2).sum() / len(values)


@pytest.mark.parametrize("patients", [40, 256, 300, 1280, 4000])
def test_the_errors_of_a_small_cohort_are_those_of_nets_like_its_own(scenario, patients):
    """Whole nets of the first block, and as many patients of each as the last net of the cohort has."""
    study = study_of(scenario, patients)
    result = with_nets(run_study(study))
    block = run_block(study, 0, BLOCK_SIZE)
    number, left = block.patients.luck.number, patients % NET_SIZE
    of_net, partial = number // NET_SIZE, number % NET_SIZE < left
    values = block.rows[3, ROW_42] - block.rows[1, ROW_42]
    expected = (patients - left) / patients * between(values, of_net)
    if left:
        expected += left / patients * between(values[partial], of_net[partial])
    arms = list(study.setting.arms)
    found = paired_difference(result.tally.moments, "pain_reduction_day42", (arms[3], arms[1]))
    assert found.mc_error == pytest.approx(math.sqrt(expected / patients), rel=1e-9)
    assert found.upper - found.estimate == pytest.approx(reach95(31) * found.mc_error, rel=1e-9)
    assert found.estimate == pytest.approx(values[number < patients].mean(), rel=1e-9)


def test_a_large_cohort_has_the_errors_of_its_own_nets(scenario):
    result = run_study(study_of(scenario, BLOCK_SIZE + 100))
    assert with_nets(result).tally.moments is result.tally.moments
    assert means_of(result.tally.moments).degrees == 32


def test_the_error_of_a_spread_is_that_of_the_squares_over_nets(scenario):
    study = study_of(scenario, BLOCK_SIZE)
    block, result = run_block(study, 0, BLOCK_SIZE), with_nets(run_study(study))
    values = block.rows[1, ROW_42]
    squares = (values - values.mean()) ** 2
    expected = math.sqrt(between(squares, np.arange(BLOCK_SIZE) // NET_SIZE) / BLOCK_SIZE) / (2 * values.std())
    found = of(result)["dry_needling", "pain_reduction_day42", "sd"]
    assert found.mc_error == pytest.approx(expected, rel=1e-3)


def test_the_interval_of_a_quantile_ends_at_ranks(scenario):
    study = study_of(scenario, BLOCK_SIZE)
    block, result = run_block(study, 0, BLOCK_SIZE), with_nets(run_study(study))
    values = block.rows[1, ROW_42]
    found = of(result)["dry_needling", "pain_reduction_day42", "p25"]
    below = (values <= found.estimate).astype(float)
    reach = reach95(31) * math.sqrt(between(below, np.arange(BLOCK_SIZE) // NET_SIZE) / BLOCK_SIZE)
    assert found.lower == pytest.approx(np.quantile(values, 0.25 - reach), abs=0.03)
    assert found.upper == pytest.approx(np.quantile(values, 0.25 + reach), abs=0.03)
    assert found.lower < found.estimate < found.upper


def of(result):
    names = list(result.study.scenario.profiles)
    return {(e.arm, e.outcome, e.statistic): e for e in estimates(result.tally, names, "USD") if e.subgroup == ALL}


def test_few_patients_have_no_interval_of_an_outer_quantile(scenario):
    found = of(with_nets(run_study(study_of(scenario, 40))))
    assert math.isnan(found["dry_needling", "pain_reduction", "p95"].lower)
    assert math.isnan(found["dry_needling", "pain_reduction", "p05"].mc_error)
    assert found["dry_needling", "pain_reduction", "p50"].lower < found["dry_needling", "pain_reduction", "p50"].upper


def test_that_no_patient_differs_is_no_certainty_unless_the_arms_are_the_same(scenario):
    """Dry needling leaves no bruises, nor does usual care: no patient differs in that, though all do in pain."""
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, "cohort.size=300"))
    result, arms = with_nets(run_study(study)), list(study.setting.arms)
    same = paired_difference(result.tally.moments, "bruising", (arms[0], arms[0]))
    assert (same.lower, same.upper) == (0, 0)
    none = [
        one
        for one in differences(result.tally, list(study.scenario.profiles), "USD", [(arms[1], arms[0])])
        if one.estimate == 0 and one.mc_error == 0 and one.unit.is_share
    ]
    assert ("bruising", ALL) in {(one.outcome, one.subgroup) for one in none}
    for one in none:
        assert one.lower == -one.upper
        assert 0 < one.upper < 0.01


@pytest.mark.parametrize("nets", [1, 5])
def test_flags_are_counted_alike_whatever_the_nets(nets):
    rng = np.random.Generator(np.random.SFC64(1))
    flags = rng.random((7, nets * NET_SIZE)) < 0.3
    whole = Members(slice(None), np.full(nets, NET_SIZE))
    np.testing.assert_array_equal(whole.count(flags), flags.reshape(7, nets, NET_SIZE).sum(axis=2))
    values = np.where(flags[0], np.inf, rng.integers(0, 9, nets * NET_SIZE))
    upto = (values[None] <= np.arange(9)[:, None]).reshape(9, nets, NET_SIZE).sum(axis=2)
    np.testing.assert_array_equal(whole.count_upto(values, np.arange(9.0)), upto)


def test_a_quantile_that_many_share_counts_a_part_of_them():
    """Of 128 patients a net with the value 0, 1 or 2, the median is 1: of those with 1, half the variance counts."""
    members = Members(slice(None), np.full(2, NET_SIZE))
    below, upto = np.array([30.0, 34.0]), np.array([90.0, 102.0])
    part = (0.5 * 256 - 64) / (192 - 64)
    terms = below + part * (upto - below) - 64
    expected = 2 * (terms**2).sum() / 256
    assert rank_spread(members, below, upto, members.sizes, np.array(0.5)) == pytest.approx(expected)


def test_nets_like_those_of_a_cohort_have_its_share_of_patients(scenario):
    study = study_of(scenario, 300)
    block = run_block(study, 0, BLOCK_SIZE)
    whole, partial = nets_like(block.rows, block.starts, block.patients.luck.number, 300)
    assert (whole.share, partial.share) == pytest.approx((256 / 300, 44 / 300))
    assert partial.rows.shape[2] == 32 * 44
    assert partial.groups[None].sizes.tolist() == [44] * 32
