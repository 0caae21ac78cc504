"""Where a function of one number is zero: Brent's method, without loading a library of which nothing else is used.

Brent (1973), Algorithms for Minimization without Derivatives, chapter 4. Steps, order of operations and tolerances are
those of `scipy.optimize.brentq`, so that results are too, to the bit; loading that takes longer than most commands'
own work.
"""

from __future__ import annotations

import math
from collections.abc import Callable

RELATIVE = 4 * 2.0**-52
MOST_STEPS = 100


def root_between(
    function: Callable[[float], float], low: float, high: float, tolerance: float, relative: float = RELATIVE
) -> float:
    """Return a zero of a continuous function between two arguments at which it has different signs.

    The zero is within `tolerance`, in the unit of the argument, and `relative` times itself of what is returned. Raises
    ValueError if the signs are the same or the function is nowhere, RuntimeError if 100 steps do not find it.
    """

    def value(at: float) -> float:
        found = float(function(at))
        if math.isnan(found):
            raise ValueError(f"the function has no value at {at}")
        return found

    before, here, other = float(low), float(high), 0.0
    f_before, f_here, f_other = value(before), value(here), 0.0
    if f_before == 0 or f_here == 0:
        return before if f_before == 0 else here
    if not _differ(f_before, f_here):
        raise ValueError("the function has the same sign at both ends")
    step = last = 0.0
    for _ in range(MOST_STEPS):
        if f_before != 0 and f_here != 0 and _differ(f_before, f_here):
            other, f_other = before, f_before
            last = step = here - before
        if abs(f_other) < abs(f_here):
            before, here, other = here, other, here
            f_before, f_here, f_other = f_here, f_other, f_here
        near = (tolerance + relative * abs(here)) / 2
        half = (other - here) / 2
        if f_here == 0 or abs(half) < near:
            return here
        tried = math.inf
        if abs(last) > near and abs(f_here) < abs(f_before):
            tried = _towards(before, here, other, f_before, f_here, f_other)
        is_short = 2 * abs(tried) < min(abs(last), 3 * abs(half) - near)
        last, step = (step, tried) if is_short else (half, half)
        before, f_before = here, f_here
        here += step if abs(step) > near else near if half > 0 else -near
        f_here = value(here)
    raise RuntimeError(f"no zero found in {MOST_STEPS} steps")


def _differ(one: float, other: float) -> bool:
    return math.copysign(1.0, one) != math.copysign(1.0, other)


def _towards(before: float, here: float, other: float, f_before: float, f_here: float, f_other: float) -> float:
    """Return the step to where a line or an inverse parabola through the points is zero, infinity if there is none."""
    try:
        if before == other:
            return -f_here * (here - before) / (f_here - f_before)
        slope_before = (f_before - f_here) / (before - here)
        slope_other = (f_other - f_here) / (other - here)
        above = -f_here * (f_other * slope_other - f_before * slope_before)
        return above / (slope_other * slope_before * (f_other - f_before))
    except ZeroDivisionError:
        return math.inf
