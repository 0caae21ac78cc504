"""What a comparison with a trial is called, and how its numbers are written."""

from __future__ import annotations

import math

from sim.estimate.estimate import Z95
from sim.learn.trials import Published, Trials
from sim.learn.validation import Comparison
from sim.units import MINUS, POINTS, SHARE, UNDEFINED, Unit

HELD = "sampling error and simulation error"
"""What the intervals hold without draws of the inputs."""
_NAMES = {"pain": "pain", "reduction": "fall in pain"}


def outcome_name(published: Published) -> str:
    """Return what a result is about, as `fall in pain` or `pain down by 30 %`."""
    by = published.fell_by
    if by is None:
        return _NAMES[published.outcome]
    return f"pain down by {float(by.points):g} points" if by.points else f"pain down by {float(by.percent or 0):g} %"


def unit_of(published: Published) -> Unit:
    """Return the unit of a result."""
    return SHARE if published.outcome == "responders" else POINTS


def arm_name(trials: Trials, one: Comparison) -> str:
    """Return the arm, or the two of a difference, as people read them."""
    trial = trials.trials[one.asked.trial]
    first = trial.arm_label(one.asked.arm)
    return f"{first} {MINUS} {trial.arm_label(one.versus)}" if one.versus else first


def full_name(trials: Trials, one: Comparison) -> str:
    """Return trial, arm and day, as they stand in a sentence."""
    return f"{trials.trials[one.asked.trial].label}, {arm_name(trials, one)}, day {one.asked.published.day}"


def expected_heading(holds_doubt: bool) -> str:
    """Return the heading of the 95 % intervals, which without draws of the inputs are not what the model expects."""
    return "Expected, 95 %" if holds_doubt else "Sampling and simulation error, 95 %"


def number(one: Comparison, value: float, *, signed: bool = False) -> str:
    """Return a number of a comparison with two digits; shares as percentages."""
    if not math.isfinite(value):
        return UNDEFINED
    if one.asked.published.outcome == "responders":
        return f"{100 * value:{'+' if signed else ''}.0f} %".replace("-", MINUS)
    return f"{value:{'+' if signed else ''}.2f}".replace("-", MINUS)


def span(one: Comparison, low: float, high: float) -> str:
    """Return an interval of a comparison."""
    return f"{number(one, low)} to {number(one, high)}" if math.isfinite(low) else UNDEFINED


def published_interval(one: Comparison) -> tuple[float, float]:
    """Return the 95 % interval of a published figure, or the range that was published; NaN for neither."""
    ends = one.asked.published.range
    if math.isfinite(one.sampling_error):
        return one.published - Z95 * one.sampling_error, one.published + Z95 * one.sampling_error
    return ends if ends is not None and not one.versus else (math.nan, math.nan)


def z_text(value: float) -> str:
    """Return how many spreads a figure lies off, with its sign."""
    return f"{value:+.1f}".replace("-", MINUS) if math.isfinite(value) else UNDEFINED
