"""Every strategy against a reference: closed forms, and tables worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from sim.decision.value.against import Quadrant, against, reference_of
from sim.decision.value.efficiency import ratio_of_means
from sim.errors import UsageError
from sim.units import NUMBER
from tests.oracle.test_value import constant, draws_of, psa_of

WTP = np.array([0.0, 1.0, 5.0])


def test_the_ratio_chance_and_quadrants_of_normal_differences_are_the_closed_forms():
    n = 40_000
    generator = draws_of(31)
    cost = np.stack([np.zeros(n), generator.normal(2, 1, n)], axis=1)
    effect = np.stack([np.zeros(n), generator.normal(1, 0.5, n)], axis=1)
    (one,) = against(psa_of(cost, effect), "a", WTP, 1)
    error = 5 / math.sqrt(n)
    assert one.quadrant is Quadrant.COSTS_AND_GAINS
    assert one.ratio == ratio_of_means(cost[:, 1], effect[:, 1], NUMBER)
    for k, price in enumerate(WTP):
        sd = math.hypot(price * 0.5, 1)
        assert one.net_benefits[k] == pytest.approx(price - 2, abs=error * sd)
        assert one.net_errors[k] == pytest.approx(sd / math.sqrt(n), rel=0.03)
        assert one.better[k] == pytest.approx(ndtr((price - 2) / sd), abs=error)
    assert one.net_benefit.lower == pytest.approx(-1 - 1.96 * math.hypot(0.5, 1), abs=0.05)
    dearer, worse = ndtr(2.0), ndtr(-2.0)
    expected = {
        Quadrant.COSTS_AND_GAINS: dearer * dearer, Quadrant.DOMINATES: worse * dearer,
        Quadrant.SAVES_AND_LOSES: worse * worse, Quadrant.DOMINATED: dearer * worse, Quadrant.SAME: 0.0,
    }  # fmt: skip
    assert one.shares == pytest.approx(expected, abs=error)
    assert sum(one.shares.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("cost", "effect", "quadrant", "ratio"),
    [
        (150, 2, Quadrant.COSTS_AND_GAINS, 50), (50, 0.5, Quadrant.SAVES_AND_LOSES, 100),
        (50, 2, Quadrant.DOMINATES, math.nan), (150, 0.5, Quadrant.DOMINATED, math.nan),
        (100, 2, Quadrant.DOMINATES, math.nan), (150, 1, Quadrant.DOMINATED, math.nan),
        (100, 1, Quadrant.SAME, math.nan), (100 * (1 + 1e-15), 1, Quadrant.SAME, math.nan),
    ],
)  # fmt: skip
def test_a_ratio_is_given_where_it_is_a_price_or_a_saving(cost, effect, quadrant, ratio):
    (one,) = against(constant([100, cost], [1, effect]), "a", WTP, 0)
    assert one.quadrant is quadrant
    assert one.ratio.estimate == pytest.approx(ratio, nan_ok=True)
    assert one.shares[quadrant] == 1


def test_every_strategy_against_one_is_that_one_turned_round():
    generator = draws_of(32)
    psa = psa_of(generator.normal(100, 20, (500, 3)), generator.normal(1, 0.3, (500, 3)))
    there = {one.strategy: one for one in against(psa, "b", WTP, 1)}
    assert list(there) == ["a", "c"]
    back = next(one for one in against(psa, "a", WTP, 1) if one.strategy == "b")
    assert back.net_benefits == pytest.approx(-there["a"].net_benefits)
    assert back.better == pytest.approx(1 - there["a"].better)
    assert back.shares[Quadrant.DOMINATES] == there["a"].shares[Quadrant.DOMINATED]


def test_ties_count_half():
    (one,) = against(constant([5, 5], [1, 1]), "a", WTP, 0)
    assert one.better == pytest.approx([0.5, 0.5, 0.5])


def test_usual_care_is_the_reference_unless_another_is_named():
    names = ("Needling", "Usual care", "Both")
    assert reference_of(("a", "b"), None) == "a"
    assert reference_of(names, None) == "Usual care"
    assert reference_of(names, "Both") == "Both"
    with pytest.raises(UsageError, match=r"--reference 'Usual car': is no strategy; allowed: 'Needling'.*Did you mean"):
        reference_of(names, "Usual car")
