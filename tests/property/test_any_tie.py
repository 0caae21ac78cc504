"""Rounding decides nothing: what is equal but for the order in which it is added up is equal wherever it is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.decision.frontier import Place
from sim.decision.value.acceptability import curves
from sim.decision.value.against import against
from sim.decision.value.efficiency import average, efficiency
from sim.decision.value.psa import Psa
from sim.estimate.rounding import levelled, unless_rounding
from sim.luck.streams import stream
from sim.units import NUMBER

PRICES = np.array([0.0, 1.0, 20_000.0])
SHAPES = {
    "normal": lambda generator, n: generator.normal(100.0, 20.0, n),
    "heavy": lambda generator, n: generator.lognormal(9.0, 2.0, n),
    "far from 0": lambda generator, n: 1e9 + generator.normal(0.0, 20.0, n),
    "around 0": lambda generator, n: generator.normal(0.0, 1.0, n),
    "0 on average": lambda generator, n: np.concatenate([half := generator.normal(0.0, 1.0, n // 2), -half]),
}


def permuted(seed, of_cost, of_effect, dearer=0.0, better=0.0):
    """Return draws of a strategy, the same in another order, and the same in reverse, dearer and better by so much."""
    generator = stream(seed, 0, 0, "ties")
    cost, effect = SHAPES[of_cost](generator, 1000), SHAPES[of_effect](generator, 1000)
    order = generator.permutation(1000)
    costs = np.stack([cost, cost[order], cost[::-1] + dearer], axis=1)
    return Psa(
        ("a", "b", "c"), ("a", "b", "c"), costs, np.stack([effect, effect[order], effect[::-1] + better], axis=1), {}
    )


@given(st.integers(0, 10_000), st.sampled_from(list(SHAPES)), st.sampled_from(list(SHAPES)))
def test_the_same_draws_in_another_order_are_a_tie_everywhere(seed, of_cost, of_effect):
    psa = permuted(seed, of_cost, of_effect)
    assert [one.place for one in efficiency(psa)] == [Place.FRONTIER, Place.SAME, Place.SAME]
    found = curves(psa, PRICES)
    assert (found.net_benefit == found.net_benefit[:, :1]).all()
    assert not found.optimal.any()
    for one in against(psa, "a", PRICES, 2):
        assert one.place == "no difference"
        assert (one.extra_cost.estimate, one.extra_gain.estimate, one.net_benefit.estimate) == (0.0, 0.0, 0.0)
        assert not one.net_benefits.any()


@given(st.integers(0, 10_000), st.sampled_from(list(SHAPES)))
def test_what_costs_as_much_as_it_is_worth_is_level_and_the_cheapest_comes_first(seed, of_cost):
    psa = permuted(seed, of_cost, "normal", dearer=2000.0, better=0.1)
    found = curves(psa, PRICES)
    assert found.net_benefit[2, 0] == found.net_benefit[2, 2]
    assert found.optimal[2] == 0
    _, last = against(psa, "a", PRICES, 2)
    assert last.net_benefit.estimate == 0.0
    assert last.place == "costs more, gains more"


@pytest.mark.parametrize(
    ("dearer", "better", "place"),
    [
        (100.0, 0.0, "costs more, gains the same"), (-100.0, 0.0, "costs less, gains the same"),
        (0.0, 0.1, "costs the same, gains more"), (0.0, -0.1, "costs the same, gains less"),
    ],
)  # fmt: skip
def test_a_place_on_an_axis_is_called_what_it_is(dearer, better, place):
    _, last = against(permuted(1, "normal", "normal", dearer, better), "a", PRICES, 0)
    assert last.place == place


def test_a_mean_that_rounding_has_left_is_nothing_and_a_small_one_stays():
    values = np.array([-2.0, -1.1, 1.1, 2.0])
    assert average(values, NUMBER).estimate == 0.0
    assert average(values + 1e-9, NUMBER).estimate == pytest.approx(1e-9)
    assert average(np.full(9, 163765.1), NUMBER).mc_error == 0.0
    assert unless_rounding(1e-11, size=1.0) == 1e-11
    assert levelled([3e-16, 0.0, 1e-11], size=1.0) == [0.0, 0.0, 1e-11]
