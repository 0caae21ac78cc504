"""Whatever the mix, the people and the flows: arms and years add up, money is paid as it is earned, nothing is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.decision.budget.flows import PARTS, TIMED
from sim.decision.budget.ledger import AFTER, CHANGE, IS_LEVEL, NOW, ledger
from sim.decision.budget.measures import MEASURES, PLACE
from sim.decision.budget.terms import terms_of, with_its_arms
from sim.scenario.budget import Budget
from tests.conftest import load

ARMS = ("usual_care", "dry_needling", "acupuncture")
UNITS = 3


@st.composite
def mixes(draw: Any, years: int) -> dict[str, list[float]]:
    """Return shares by arm for one or several years, of which those of a year sum to at most 1."""
    arms = draw(st.lists(st.sampled_from(ARMS), unique=True))
    given_years = draw(st.integers(1, years))
    shares = draw(
        st.lists(st.lists(st.floats(0, 1), min_size=given_years, max_size=given_years), min_size=len(arms),
                 max_size=len(arms))
    )  # fmt: skip
    whole = np.maximum(np.sum(shares, axis=0) * (1 + 1e-12), 1) if arms else 1
    return {arm: (np.array(one) / whole).tolist() for arm, one in zip(arms, shares, strict=True)}


@st.composite
def budgets(draw: Any) -> dict[str, Any]:
    years = draw(st.integers(1, 6))
    return {
        "years": years, "population": draw(st.floats(0, 1e6)), "growth": draw(st.floats(-0.5, 0.5)),
        "prevalence": draw(st.floats(0.01, 1)), "incidence": draw(st.floats(0, 2)), "eligible": draw(st.floats(0, 1)),
        "now": draw(mixes(years)), "after": draw(mixes(years)),
        "otherwise": draw(st.sampled_from(("nothing", *ARMS))),
        "payer": {"share": draw(st.floats(0, 1)), "by_arm": {"acupuncture": draw(st.floats(0, 1))}},
        "change": {"start_up": draw(st.floats(0, 1e6)), "per_year": draw(st.floats(0, 1e6)),
                   "paid_by": draw(st.sampled_from(("payer", "clinic")))},
        "delivery": {"wage_per_hour": 40, "supplies_per_visit": 1, "room_per_week": 0, "hours_per_week": 30,
                     "room_hours_per_week": 40},
    }  # fmt: skip


def total(found: Any, mix: int, measure: str) -> Any:
    return found[mix, -2, :, -1, PLACE[measure]]


@given(budgets(), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_whatever_is_asked_for_adds_up(entries: dict[str, Any], seed: int) -> None:
    budget = Budget.model_validate(entries)
    scenario = with_its_arms(load("acute.yaml").scenario.model_copy(update={"budget": budget}))
    flows = 100 * (np.sin(np.arange(UNITS * len(scenario.arms) * len(PARTS)) + seed % 1000) + 1)
    flows = flows.reshape(UNITS, len(scenario.arms), len(PARTS))
    found = ledger(flows, terms_of(scenario, budget))
    assert np.isfinite(found).all()
    arms, together = found[..., :-1, :].sum(axis=3), found[..., -1, :]
    assert arms == pytest.approx(together, rel=1e-9, abs=1e-6)
    years, over_all = found[:, : budget.years], found[:, budget.years]
    sums = np.where(IS_LEVEL, years.mean(axis=1), years.sum(axis=1))
    assert sums == pytest.approx(over_all, rel=1e-9, abs=1e-6)
    size = np.abs(found[:2]).max(axis=0) + 1
    assert np.abs(found[AFTER] - found[NOW] - found[CHANGE]).max() <= 1e-9 * size.max()
    paid = total(found, AFTER, "payer_cost") + total(found, AFTER, "patient_cost")
    bears = budget.change.paid_by == "payer"
    own = float(budget.change.start_up) + budget.years * float(budget.change.per_year) if bears else 0.0
    assert paid == pytest.approx(total(found, AFTER, "income") + own, rel=1e-9, abs=1e-6)
    people = total(found, NOW, "starting")
    assert people == pytest.approx(total(found, AFTER, "starting"), rel=1e-9, abs=1e-6)
    # Every visit of those who begin falls in one of the years, or later.
    every = found[NOW, [-2, -1], :, -1, PLACE["visits"]].sum(axis=0)
    visits = [k for k, (name, _) in enumerate(PARTS) if name == TIMED[2]]
    begin = terms_of(scenario, budget).now.sum(axis=0) * np.array([arm != "nothing" for arm in scenario.arms])
    assert every == pytest.approx((flows[..., visits].sum(axis=2) * begin).sum(axis=1), rel=1e-9, abs=1e-6)
    assert len(MEASURES) == found.shape[-1]
