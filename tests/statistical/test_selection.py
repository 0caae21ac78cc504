"""The selection keeps its promise on systems whose means are known, seeded and at the hardest spacing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import SFC64, Generator

from sim.decision import selection as module
from sim.decision.selection import Plan, Selection, Status, reach

REPETITIONS = 400
FIRST, BLOCK = 20, 20
# Binomial tolerance: five standard errors of a share of 0.95 in 400 repetitions.
LOWEST = 0.95 - 5 * np.sqrt(0.95 * 0.05 / REPETITIONS)


def select(means, plan, seed, sd=4.0, correlation=0.5, costs=None, limit=0.0, cost_sd=3.0):
    """Run one selection on correlated normal systems; `costs` are the means of a budgeted quantity."""
    generator = Generator(SFC64(seed))
    means = np.asarray(means, float)
    k = len(means)

    def draw(n):
        shared = generator.standard_normal(n)
        own = generator.standard_normal((k, n))
        values = means[:, None] + sd * (np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own)
        if costs is None:
            return values, np.empty((0, k, n))
        over = np.asarray(costs)[:, None] + cost_sd * generator.standard_normal((k, n)) - limit
        return values, over[None]

    found = Selection.begin(plan, *draw(FIRST))
    while members := found.members:
        values, over = draw(BLOCK)
        found.add(BLOCK, values[members].sum(axis=1), over[:, members].sum(axis=2))
    return found


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_the_best_is_found_when_it_is_ahead_by_the_indifference(correlation):
    means, plan = [1.0, *[0.0] * 7], Plan(0.95, 1.0)
    right = [select(means, plan, seed, correlation=correlation).status[0] is Status.BEST for seed in range(REPETITIONS)]
    assert np.mean(right) >= LOWEST


def test_whoever_is_selected_is_within_the_indifference_of_the_best():
    means, plan = np.linspace(0, 1.4, 8), Plan(0.95, 0.5)
    lost = 0
    for seed in range(100):
        status = select(means, plan, seed).status
        leader = next(i for i, one in enumerate(status) if one is Status.BEST)
        lost += means[leader] <= means[-1] - 0.5 or status[-1] is Status.WORSE
    assert lost <= 5 + 5 * np.sqrt(100 * 0.95 * 0.05)


def test_equal_systems_tie():
    tied = []
    for seed in range(200):
        status = select([0.0] * 4, Plan(0.95, 1.0), seed).status
        tied.append(sorted(status) == sorted([Status.BEST, *[Status.TIE] * 3]))
    assert np.mean(tied) >= 0.95 - 5 * np.sqrt(0.95 * 0.05 / 200) - 0.05


def test_a_system_over_budget_is_not_selected_and_one_within_is():
    plan = Plan(0.95, 1.0, (0.5,))
    right = []
    for seed in range(200):
        # The first is best but over budget by the tolerance; the second is the best of the others.
        status = select([3.0, 2.0, 1.0, 0.0], plan, seed, costs=[0.5, -0.5, -0.5, -2.0]).status
        right.append(status[0] is not Status.BEST and status[1] is Status.BEST)
    assert np.mean(right) >= 0.95 - 5 * np.sqrt(0.95 * 0.05 / 200)


def test_a_mean_on_the_budget_is_said_to_be_at_its_limit():
    status = [select([0.0], Plan(0.95, 1.0, (1.0,)), seed, costs=[0.0]).status[0] for seed in range(100)]
    assert np.mean([one is Status.LIMIT for one in status]) > 0.8
    assert np.mean([one is Status.BEST for one in status]) <= 0.05 + 5 * np.sqrt(0.05 * 0.95 / 100)


def test_all_over_budget_leaves_nobody():
    found = select([1.0, 0.0], Plan(0.95, 1.0, (0.5,)), 1, costs=[5.0, 5.0])
    assert found.is_done
    assert found.status == [Status.OVER, Status.OVER]


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        ([1.0, 1.0 + 1e-4, 1.0], [Status.WORSE, Status.BEST, Status.WORSE]),
        ([2.0, 1.0, 2.0], [Status.BEST, Status.WORSE, Status.TIE]),
        ([7.0], [Status.BEST]),
    ],
)
def test_without_noise_the_order_is_exact_however_small_the_differences(means, expected):
    assert select(means, Plan(0.95, 1.0), 1, sd=0.0).status == expected


def test_noise_that_all_share_is_no_noise():
    assert select([0.0, 0.1, 0.05], Plan(0.95, 10.0), 1, correlation=1.0).status[1] is Status.BEST


def test_giving_up_says_what_is_not_separated():
    generator = Generator(SFC64(3))
    found = Selection.begin(Plan(0.95, 0.001), generator.standard_normal((2, 50)), np.empty((0, 2, 50)))
    found.give_up()
    assert sorted(found.status) == sorted([Status.LEADING, Status.OPEN])
    assert found.members == []


def test_the_reach_of_a_test_is_that_of_the_paper():
    # eta of Kim and Nelson (2001) for k = 10, n0 = 20, alpha = 0.05, from g(eta) = (1/2)(1 + 2 eta)**(-19/2).
    eta = reach(0.05 / 9, 20) / (2 * 19)
    assert 0.5 * (1 + 2 * eta) ** (-19 / 2) == pytest.approx(0.05 / 9, rel=1e-12)
    assert reach(0.05 / 9, 10**6) == pytest.approx(2 * np.log(9 / 0.1), rel=1e-4)


def test_a_boundary_that_is_too_near_would_be_noticed(monkeypatch):
    monkeypatch.setattr(module, "reach", lambda error, n0: 0.01 * reach(error, n0))
    right = [select([1.0, *[0.0] * 7], Plan(0.95, 1.0), seed).status[0] is Status.BEST for seed in range(REPETITIONS)]
    assert np.mean(right) < LOWEST
