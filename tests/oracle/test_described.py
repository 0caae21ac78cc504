"""Estimates from records against published figures, closed forms and other methods."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import isotonic_regression

from sim.learn.cells_shown import mean_of, ratio_of, share_of_patients, spread_of, wilson
from sim.learn.fragment import uncut
from sim.learn.time_to_event import time_to_event
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


def of_days(events, last_known):
    """Return the estimate for events on whole days, and for patients without one up to a day."""
    return time_to_event([day - 1 for day in events] + list(last_known), [*events, *[math.inf] * len(last_known)])


@pytest.fixture
def remission():
    return of_days(EVENTS, LAST_KNOWN)


def test_with_events_on_known_days_it_gives_the_published_product_limit_and_about_its_errors(remission):
    assert sorted(set(EVENTS)) == list(PRINTED)
    for day, (at_risk, without, error) in PRINTED.items():
        share, own_error, _, _ = remission.at(day)
        assert remission.watched(day) == at_risk
        assert 1 - share == pytest.approx(without, abs=5e-5)
        assert own_error == pytest.approx(error, rel=0.15)  # patients drawn anew 200 times


def test_interval_is_that_of_log_minus_log(remission):
    share, error, low, high = remission.at(12)
    # By hand at week 10: log(-log .7529) = -1.2594.
    wide = 1.96 * error / (0.7529 * 0.2838)
    assert share == pytest.approx(0.2471, abs=5e-5)
    assert 1 - high == pytest.approx(math.exp(-math.exp(-1.2594 + wide)), abs=5e-4)
    assert 1 - low == pytest.approx(math.exp(-math.exp(-1.2594 - wide)), abs=5e-4)


def test_with_everybody_asked_once_on_one_day_it_is_the_share_and_its_binomial_error():
    found = time_to_event([0] * 30 + [60] * 70, [60] * 30 + [math.inf] * 70)
    share, error, _, _ = found.at(60)
    assert share == pytest.approx(0.3)
    assert error == pytest.approx(math.sqrt(0.3 * 0.7 / 100), rel=0.1)
    assert found.at(20)[0] == pytest.approx(0.1)  # evenly spread over the days before
    assert found.at(90)[0] == pytest.approx(0.3)
    assert (found.watched(60), found.watched(61), found.events_by(59), found.events_by(60)) == (100, 0, 0, 30)


def test_who_is_asked_twice_tells_three_shares_whoever_misses_an_answer():
    """Asked on days 45 and 120, some on one of them only: by hand, the likeliest shares solve a quadratic."""
    after = [0] * 20 + [45] * 30 + [120] * 30 + [0] * 20
    by = [45] * 20 + [120] * 30 + [math.inf] * 30 + [120] * 20
    found = time_to_event(after, by)
    # Of 100, 20 came back by 45, 30 between, 20 some time by 120: these part as the others do, 2 to 3.
    assert found.at(45)[0] == pytest.approx(0.2 + 0.2 * 0.4, abs=1e-5)
    assert found.at(120)[0] == pytest.approx(0.7, abs=1e-5)


def test_with_one_answer_a_patient_on_different_days_it_is_isotonic_regression():
    """Groeneboom and Wellner 1992: pool shares that fall until they rise."""
    luck = np.random.default_rng(5)
    days = np.sort(luck.integers(5, 60, 400))
    came_back = luck.exponential(40, 400) <= days
    found = time_to_event(np.where(came_back, 0, days), np.where(came_back, days, math.inf))
    pooled = isotonic_regression(
        [came_back[days == day].mean() for day in np.unique(days)], weights=np.unique(days, return_counts=True)[1]
    ).x
    assert [found.at(day)[0] for day in np.unique(days)][5:-5] == pytest.approx(pooled[5:-5], abs=2e-3)


def test_its_intervals_hold_the_truth_where_a_count_of_answers_does_not():
    """Two calls on days of their own for each patient: the first yes is not the day of the return."""
    held, late = 0, []
    for seed in range(12):
        luck = np.random.default_rng(seed)
        came_back = luck.exponential(150, 200)
        first = luck.integers(30, 60, 200)
        second = first + luck.integers(40, 80, 200)
        after = np.where(came_back <= first, 0, np.where(came_back <= second, first, second))
        by = np.where(came_back <= first, first, np.where(came_back <= second, second, math.inf))
        _, _, low, high = time_to_event(after, by).at(91)
        held += low < 1 - math.exp(-91 / 150) < high
        late.append((by <= 91).mean())
    assert held >= 10
    assert np.mean(late) < 0.38 < 1 - math.exp(-91 / 150)


def test_many_patients_are_told_in_whole_weeks_or_wider():
    luck = np.random.default_rng(6)
    after = luck.integers(0, 400, 30_000)
    by = after + luck.integers(1, 200, 30_000)
    found = time_to_event(after, by)
    assert len(found.shares) < 100
    assert found.at(700)[0] == pytest.approx(1.0)


def test_once_everybody_had_the_event_its_error_is_unknown():
    found = of_days([1, 2, 3], [])
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
