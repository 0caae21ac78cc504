"""Estimates from records against published figures, closed forms and other methods."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.learn.cells_shown import mean_of, ratio_of, share_of_patients, spread_of, wilson
from sim.learn.fragment import uncut
from sim.learn.product_limit import product_limit
from sim.units import DAYS, POINTS, SHARE

# Weeks of remission of 21 children on 6-mercaptopurine, Freireich et al. 1963, doi:10.1182/blood.V21.6.699.699; a plus
# is the last that is known. The estimates and Greenwood's errors are printed in Kleinbaum and Klein, "Survival
# Analysis", chapter 2.
EVENTS = (6, 6, 6, 7, 10, 13, 16, 22, 23)
LAST_KNOWN = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
PRINTED = {
    6: (21, 0.8571, 0.0764), 7: (17, 0.8067, 0.0869), 10: (15, 0.7529, 0.0963), 13: (12, 0.6902, 0.1068),
    16: (11, 0.6275, 0.1141), 22: (7, 0.5378, 0.1282), 23: (6, 0.4482, 0.1346),
}  # fmt: skip


@pytest.fixture
def remission():
    return product_limit([*EVENTS, *LAST_KNOWN], [True] * len(EVENTS) + [False] * len(LAST_KNOWN))


def test_product_limit_gives_the_published_estimates_and_errors(remission):
    assert remission.times.tolist() == list(PRINTED)
    for k, (at_risk, without, error) in enumerate(PRINTED.values()):
        assert remission.at_risk[k] == at_risk
        assert remission.without[k] == pytest.approx(without, abs=5e-5)
        assert remission.error[k] == pytest.approx(error, abs=5e-5)


def test_interval_of_the_product_limit_is_that_of_log_minus_log(remission):
    # By hand at week 10: log(-log .7529) = -1.2594, its error .0963 / (.7529 * .2838) = .4507.
    share, error, low, high = remission.at(12)
    assert (share, error) == pytest.approx((0.2471, 0.0963), abs=5e-5)
    assert 1 - high == pytest.approx(math.exp(-math.exp(-1.2594 + 1.96 * 0.4507)), abs=5e-4)
    assert 1 - low == pytest.approx(math.exp(-math.exp(-1.2594 - 1.96 * 0.4507)), abs=5e-4)


def test_without_anybody_lost_the_product_limit_is_the_share_and_its_binomial_error():
    found = product_limit([3.0] * 30 + [9.0] * 70, [True] * 30 + [False] * 70)
    assert found.at(5)[:2] == pytest.approx((0.3, math.sqrt(0.3 * 0.7 / 100)))
    assert (found.known(3), found.known(4), found.events_by(2), found.events_by(3)) == (100, 70, 0, 30)


def test_once_everybody_had_the_event_its_error_is_unknown():
    found = product_limit([1, 2, 3], [True, True, True])
    assert found.at(3)[0] == 1
    assert all(math.isnan(one) for one in found.at(3)[1:])


def test_wilson_is_scipys():
    for hits, n in ((0, 20), (3, 20), (17, 50), (50, 50)):
        low, high = stats.binomtest(hits, n).proportion_ci(method="wilson")
        assert wilson(hits / n, n) == pytest.approx((low, high))


def test_mean_and_spread_are_scipys():
    values = np.random.default_rng(1).normal(5, 2, 40)
    one, sd = mean_of(POINTS, "pain", "visit 1", values), spread_of(POINTS, "pain", "visit 1", values)
    low, high = stats.t.interval(0.95, 39, values.mean(), stats.sem(values))
    assert (one.estimate, one.mc_error, one.lower, one.upper) == pytest.approx(
        (values.mean(), stats.sem(values), low, high)
    )
    assert (sd.lower, sd.upper) == pytest.approx(
        (
            sd.estimate * math.sqrt(39 / stats.chi2.ppf(0.975, 39)),
            sd.estimate * math.sqrt(39 / stats.chi2.ppf(0.025, 39)),
        )
    )


def test_error_of_a_ratio_is_that_of_the_jackknife_and_wider_where_patients_are_alike_in_themselves():
    luck = np.random.default_rng(2)
    count = luck.integers(1, 10, 400)
    own = luck.random(400) ** 3  # some patients miss most of their visits
    missed = luck.binomial(count, own)
    found = share_of_patients(SHARE, "no-shows", "all", missed, count)
    others = [(missed.sum() - m) / (count.sum() - c) for m, c in zip(missed, count, strict=True)]
    jackknife = math.sqrt(399 / 400 * ((np.array(others) - np.mean(others)) ** 2).sum())
    assert found.mc_error == pytest.approx(jackknife, rel=0.02)
    assert found.mc_error > 1.3 * math.sqrt(found.estimate * (1 - found.estimate) / count.sum())
    gaps = ratio_of(DAYS, "spacing", "all", missed * 7, count)
    assert gaps.mc_error == pytest.approx(7 * found.mc_error)


@pytest.mark.parametrize("n", [1, 4, 5])
def test_numbers_of_fewer_than_five_patients_are_not_shown(n):
    shown = [
        mean_of(POINTS, "pain", "visit 1", range(n)), spread_of(POINTS, "pain", "visit 1", range(n)),
        ratio_of(DAYS, "spacing", "all", range(n), [3] * n), share_of_patients(SHARE, "ends", "left", [True] * n),
        share_of_patients(SHARE, "ends", "left", [True] * n + [False] * 50),
    ]  # fmt: skip
    assert [one.is_shown for one in shown] == [n == 5] * 5
    assert all(math.isnan(one.estimate) for one in shown if not one.is_shown)
    assert share_of_patients(SHARE, "ends", "left", [False] * 50).is_shown


def test_a_normal_variable_cut_as_found_has_the_mean_and_spread_of_the_readings():
    for mean, sd in ((5.6, 1.4), (6.5, 1.9), (3.0, 0.6)):
        middle, spread = uncut(mean, sd, 2, 10)
        cut = stats.truncnorm((2 - middle) / spread, (10 - middle) / spread, middle, spread)
        assert (cut.mean(), cut.std()) == pytest.approx((mean, sd), abs=0.01)
