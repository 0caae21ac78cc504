"""Roots of smooth monotone functions: one unknown with its slope, two unknowns from nearby."""

from __future__ import annotations

import math
from collections.abc import Callable

STEP = 1e-3
LONGEST_STEP = 1.0
SMALL = 1e-9
"""How near to zero, in the unit of the function, counts as a root of two unknowns."""


def falling_root(
    value_and_slope: Callable[[float], tuple[float, float]],
    bracket: tuple[float, float],
    target: float,
    start: float,
) -> float:
    """Return where a falling function meets a target, by Newton's method kept inside a shrinking bracket.

    A step that leaves the bracket, or has no slope to go by, halves it instead.
    """
    low, high = bracket
    x = min(max(start, low), high)
    for _ in range(200):
        value, slope = value_and_slope(x)
        if value > target:
            low = x
        else:
            high = x
        step = (target - value) / slope if slope < 0 else math.inf
        following = x + step
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) < 1e-10 or value == target:
            return following if value != target else x
        x = following
    return x


def root_of_two(
    missed: Callable[[float, float], tuple[float, float]],
    start: tuple[float, float],
    bounds: tuple[tuple[float, float], tuple[float, float]],
) -> tuple[float, float] | None:
    """Return where two functions of two unknowns are both zero; None if Newton's method does not find it.

    The slopes are taken by steps of STEP at the start and kept up to date by Broyden's rule
    (1965, doi:10.1090/S0025-5718-1965-0198670-6).
    """
    x, y = start
    f, g = missed(x, y)
    fx, gx = ((b - a) / STEP for a, b in zip((f, g), missed(x + STEP, y), strict=True))
    fy, gy = ((b - a) / STEP for a, b in zip((f, g), missed(x, y + STEP), strict=True))
    for _ in range(25):
        if abs(f) < SMALL and abs(g) < SMALL:
            return x, y
        determinant = fx * gy - fy * gx
        if determinant == 0 or not math.isfinite(determinant):
            return None
        dx, dy = (fy * g - gy * f) / determinant, (gx * f - fx * g) / determinant
        shorter = min(1.0, LONGEST_STEP / max(abs(dx), abs(dy), LONGEST_STEP))
        dx, dy = shorter * dx, shorter * dy
        if not all(low < at < high for at, (low, high) in zip((x + dx, y + dy), bounds, strict=True)):
            return None
        x, y = x + dx, y + dy
        f_before, g_before = f, g
        f, g = missed(x, y)
        square = dx * dx + dy * dy
        # What the slopes foretold of the step, and what it was.
        off_f, off_g = f - (f_before + fx * dx + fy * dy), g - (g_before + gx * dx + gy * dy)
        fx, fy = fx + off_f * dx / square, fy + off_f * dy / square
        gx, gy = gx + off_g * dx / square, gy + off_g * dy / square
    return None
