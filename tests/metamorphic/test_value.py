"""Exact relations of the value of strategies and of information."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.decision.value.assess import assess
from sim.decision.value.efficiency import efficiency
from sim.decision.value.psa import Psa
from sim.decision.value.question import ask
from sim.luck.streams import stream

N = 400


@pytest.fixture(scope="module")
def psa():
    generator = stream(7, 0, 0, "relations")
    inputs = generator.standard_normal((N, 3))
    effect = 1 + np.stack([0 * inputs[:, 0], 0.2 + 0.1 * inputs[:, 0], 0.3 + 0.2 * inputs[:, 1], 0.1 * inputs[:, 2]], 1)
    cost = generator.normal([100, 900, 1700, 400], 60, (N, 4))
    parameters = {f"x{k}": inputs[:, k] for k in range(3)}
    return Psa(("a", "b", "c", "d"), ("A", "B", "C", "D"), cost, effect, parameters)


def answer(psa, wtp="0:20000:1000", at=5000.0):
    strategies = efficiency(psa)
    return assess(psa, strategies, ask(psa, strategies, wtp, at))


def ratios(found):
    return {one.strategy: one.ratio for one in found.strategies if one.ratio is not None}


def test_doubling_every_cost_and_willingness_to_pay_doubles_all_money_exactly(psa):
    once, twice = answer(psa), answer(replace(psa, cost=2 * psa.cost), "0:40000:2000", 10_000.0)
    for name, ratio in ratios(once).items():
        other = ratios(twice)[name]
        assert other.estimate == 2 * ratio.estimate
        assert (other.lower, other.upper) == pytest.approx((2 * ratio.lower, 2 * ratio.upper), nan_ok=True)
    assert np.array_equal(twice.curves.loss, 2 * once.curves.loss)
    assert np.array_equal(twice.curves.best, once.curves.best)
    for one, other in zip(once.partials, twice.partials, strict=True):
        assert other.value == pytest.approx(2 * one.value, rel=1e-9, abs=1e-9)
        assert other.error == pytest.approx(2 * one.error, rel=1e-9, abs=1e-9)


def test_a_constant_added_to_all_costs_changes_costs_only(psa):
    once, more = answer(psa), answer(replace(psa, cost=psa.cost + 512.0))
    for one, other in zip(once.strategies, more.strategies, strict=True):
        assert (one.strategy, one.place, one.by) == (other.strategy, other.place, other.by)
        assert other.cost.estimate == pytest.approx(one.cost.estimate + 512)
        assert other.effect == one.effect
    for name, ratio in ratios(once).items():
        assert ratios(more)[name].estimate == pytest.approx(ratio.estimate, rel=1e-9)
    for field in ("best", "loss", "loss_error", "optimal"):
        assert getattr(more.curves, field) == pytest.approx(getattr(once.curves, field), abs=1e-9)
    for one, other in zip(once.partials, more.partials, strict=True):
        assert other.value == pytest.approx(one.value, abs=1e-7)


def test_the_order_of_strategies_changes_the_order_of_results_only(psa):
    order = (2, 0, 3, 1)
    once, other = answer(psa), answer(psa.chosen(order))
    assert [one.strategy for one in once.strategies] == [one.strategy for one in other.strategies]
    assert ratios(once) == ratios(other)
    assert other.curves.best == pytest.approx(once.curves.best[:, order], abs=1e-12)
    assert other.curves.loss == pytest.approx(once.curves.loss[:, order], rel=1e-12)
    assert other.curves.evpi == pytest.approx(once.curves.evpi, rel=1e-12, abs=1e-12)
    for one, two in zip(once.partials, other.partials, strict=True):
        assert two.value == pytest.approx(one.value, rel=1e-6, abs=1e-6)


def test_the_order_of_draws_changes_nothing(psa):
    places = stream(8, 0, 0, "order").permutation(N)
    once, other = answer(psa), answer(psa.chosen((0, 1, 2, 3), places))
    for name, ratio in ratios(once).items():
        assert ratios(other)[name].estimate == pytest.approx(ratio.estimate, rel=1e-9)
    assert other.curves.loss == pytest.approx(once.curves.loss, rel=1e-9, abs=1e-9)
    for one, two in zip(once.partials, other.partials, strict=True):
        assert two.value == pytest.approx(one.value, rel=1e-6, abs=1e-6)
    for one, two in zip(once.partials[:-1], other.partials[:-1], strict=True):
        assert two.error == pytest.approx(one.error, rel=1e-5, abs=1e-5)


def test_less_of_a_bad_effect_is_more_of_a_good_one(psa):
    bad = replace(psa, effect=5.0 - psa.effect, effect_better="lower")
    once, other = answer(psa), answer(bad)
    assert [(one.strategy, one.place) for one in once.strategies] == [
        (one.strategy, one.place) for one in other.strategies
    ]
    for name, ratio in ratios(once).items():
        assert ratios(other)[name].estimate == pytest.approx(ratio.estimate, rel=1e-9)
    assert other.curves.best == pytest.approx(once.curves.best)


def test_a_strategy_that_is_never_the_best_is_worth_nothing_to_know_about(psa):
    hopeless = psa.chosen((0, 1, 2, 3, 3))
    hopeless.cost[:, 4] = psa.cost.max() + 1e6
    hopeless = replace(hopeless, strategies=("a", "b", "c", "d", "e"))
    once, other = answer(psa), answer(hopeless)
    assert other.curves.evpi == pytest.approx(once.curves.evpi, rel=1e-12, abs=1e-9)
    assert (other.curves.best[:, 4] == 0).all()
    for one, two in zip(once.partials, other.partials, strict=True):
        assert two.value == pytest.approx(one.value, rel=1e-6, abs=1e-6)


def test_a_copy_of_a_strategy_shares_its_wins_and_changes_no_value(psa):
    once, other = answer(psa), answer(replace(psa.chosen((0, 1, 2, 3, 1)), strategies=("a", "b", "c", "d", "copy")))
    assert other.curves.evpi == pytest.approx(once.curves.evpi)
    assert other.curves.best[:, 1] == pytest.approx(once.curves.best[:, 1] / 2)
    assert other.chance_not_best == pytest.approx(once.chance_not_best)


def test_an_input_scaled_or_shifted_is_worth_the_same(psa):
    changed = replace(psa, parameters={name: 1000 - 7 * values for name, values in psa.parameters.items()})
    for one, two in zip(answer(psa).partials, answer(changed).partials, strict=True):
        assert two.value == pytest.approx(one.value, rel=1e-5, abs=1e-5)


def test_strategies_that_never_change_places_leave_nothing_to_learn():
    x = np.linspace(0, 1, 200)
    psa = Psa(("a", "b"), ("a", "b"), np.zeros((200, 2)), np.stack([x, x + 1], axis=1), {"x": x, "same": 0 * x})
    found = answer(psa, "1,2,3", 2.0)
    assert found.perfect.estimate == 0
    assert found.chance_not_best == 0
    assert all(one.estimate == 0 for one in found.inputs)
