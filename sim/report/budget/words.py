"""Numbers of a budget in words: rounded to what a plan can use, more or less, with their ranges."""

from __future__ import annotations

import math

from sim.decision.budget.assess import ALL, TOTAL, Impact
from sim.decision.budget.measures import MEASURE
from sim.estimate.estimate import Estimate
from sim.units import GAP, NUMBER, Unit

_ROUNDING = 1e-9
"""Relative width up to which a range is a single number."""
DIGITS = 3
"""Digits with which a sentence tells a number."""


def told(unit: Unit, value: float) -> str:
    """Return a number as a sentence tells it.

    >>> from sim.units import money
    >>> told(money("USD"), 163515.2)
    '$164,000'
    """
    return unit.in_words(unit.plain(_rounded(value)))


def in_cell(unit: Unit, value: float, *, signed: bool = False) -> str:
    """Return a number as a table tells it: whole money, people and hours."""
    if unit == NUMBER or not math.isfinite(value) or 0 < abs(value) < 10:
        return unit.number(value, 0.05 if unit == NUMBER else math.nan, signed=signed)
    return unit.number(round(value), signed=signed)


def with_error(one: Estimate, *, signed: bool = False) -> str:
    """Return an estimate with its simulation error, as a table tells it."""
    if one.mc_error == 0:
        return in_cell(one.unit, one.estimate, signed=signed)
    return one.unit.with_error(one.estimate, one.mc_error, signed=signed)


def range_words(impact: Impact, mix: str, year: str | int, measure: str, arm: str = ALL) -> str:
    """Return the 95 % range over draws of the inputs; empty without draws, or where nothing differs."""
    _, low, high = impact.doubt(mix, year, measure, arm)
    if math.isnan(low) or high - low <= _ROUNDING * max(abs(low), abs(high), 1.0):
        return ""
    unit = impact.get(mix, year, measure, arm).unit
    return f"{in_cell(unit, low)} to {in_cell(unit, high)}"


def said_range(impact: Impact, measure: str, year: str | int = TOTAL) -> str:
    """Return in brackets how far the inputs, or chance in the simulation without draws, may move a change."""
    _, low, high = impact.doubt("change", year, measure)
    unit = MEASURE[measure].unit.of(impact.scenario.costs.currency)
    if not math.isnan(low):
        ends = f"{unit.plain(_rounded(low))} to {unit.plain(_rounded(high))}"
        is_one = high - low <= _ROUNDING * max(abs(low), abs(high), 1.0)
        return "" if is_one else f" (95{GAP}% of draws: {ends})"
    one = impact.get("change", year, measure)
    return f" (simulation error {unit.plain(_rounded(one.mc_error))})" if one.mc_error > 0 else ""


def more(unit: Unit, value: float) -> str:
    """Return a change as `$12 more`, `3 hours less` or `nothing more`."""
    if value == 0:
        return "nothing more" if unit.is_money else f"no more {unit.noun}"
    return f"{told(unit, abs(value))} {'more' if value > 0 else 'less'}"


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else value
