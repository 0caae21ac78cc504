"""The scale of a slider: from where to where and in which steps, so that the saved value lies on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal

from sim.scenario.evidence import Number
from sim.units import CURRENCY

STEPS = 40
"""At least so many steps from end to end."""
MOST_STEPS = 2000


@dataclass(frozen=True)
class Scale:
    """The ends of a slider and the length of a step, as decimal numbers, so that every point is written exactly."""

    low: Decimal
    high: Decimal
    step: Decimal

    def snapped(self, value: float) -> str:
        """Return the point nearest to a value, as one would write it."""
        point = self.low + round((Decimal(repr(float(value))) - self.low) / self.step) * self.step
        return written(min(max(point, self.low), self.high))

    def reaching(self, value: float) -> Scale:
        """Return the scale, made longer by whole steps if a value lies beyond its ends."""
        below = math.ceil(max(self.low - Decimal(repr(float(value))), Decimal(0)) / self.step)
        above = math.ceil(max(Decimal(repr(float(value))) - self.high, Decimal(0)) / self.step)
        return replace(self, low=self.low - below * self.step, high=self.high + above * self.step)


def written(value: Decimal | float) -> str:
    """Return a number as one would write it: no exponent, no zeros at its end."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    text = f"{exact:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def number_scale(value: float, number: Number, ends: tuple[float, float] | None) -> Scale:
    """Return a scale for a number: between the ends if it has some, else half of it up and down; within its bounds."""
    low, high = max(number.ge, number.gt), min(number.le, number.lt)
    if ends is None:
        reach = (
            0.2
            if (low, high) == (0, 1)
            else abs(value) / 2 or (50.0 if number.unit == CURRENCY.name else min(0.2 * (high - low), 1.0))
        )
        ends = value - reach, value + reach
    start, stop = max(min(ends[0], value), low), min(max(ends[1], value), high)
    step = _step(Decimal(repr(value)), Decimal(repr(stop)) - Decimal(repr(start)))
    middle = Decimal(repr(value))
    below = math.floor((middle - Decimal(repr(start))) / step + Decimal("1e-9"))
    above = math.floor((Decimal(repr(stop)) - middle) / step + Decimal("1e-9"))
    scale = Scale(middle - below * step, middle + above * step, step)
    if float(scale.low) <= number.gt:
        scale = replace(scale, low=scale.low + step)
    if float(scale.high) >= number.lt:
        scale = replace(scale, high=scale.high - step)
    return scale


def count_scale(value: float, most: float, *, whole: bool) -> Scale:
    """Return a scale for visits (whole numbers) or for days between them, from the least to twice the value."""
    step = Decimal(1) if whole else Decimal("0.5")
    low = min(step, Decimal(repr(value)))
    steps = math.ceil((Decimal(repr(max(2 * value, 12.0))) - low) / step)
    while low + steps * step > Decimal(repr(most)):
        steps -= 1
    return Scale(low, low + steps * step, step)


def share_scale() -> Scale:
    """Return the scale of a share of patients."""
    return Scale(Decimal(0), Decimal(1), Decimal("0.01"))


def _step(value: Decimal, span: Decimal) -> Decimal:
    """Return the longest round step with enough steps in the span and the value a whole number of steps from 0."""
    rough = span / STEPS
    power = math.floor(math.log10(rough)) if rough > 0 else -2
    fitting = Decimal(1).scaleb(power)
    for lower in range(3):
        for times in (5, 2, 1):
            step = Decimal(times).scaleb(power - lower)
            if step <= rough and value % step == 0 and span / step <= MOST_STEPS:
                return step
    return fitting
