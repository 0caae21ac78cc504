"""Least squares of a few misses in a few unknowns, by Levenberg and Marquardt's method.

What is missed comes from evenly spread patients, a number of whom turn from one side of a threshold to the other: it
is smooth only in the large. So slopes are taken over wide steps, and kept up to date by Broyden's rule
(1965, doi:10.1090/S0025-5718-1965-0198670-6).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import mul

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Misses = Callable[[Floats], Floats]

STEP = 0.15
LONGEST_STEP = 1.5
FAR_AWAY = 3.0
MOST_STEPS = 40
FEW_STEPS = 8
MOST_DAMPED = 1e3
ROUGH, EXACT = 0.02, 5e-3
"""What may be left to gain when the search ends: in units of the doubt of a target, and by half as a share of what is
missed."""


@dataclass(frozen=True)
class Fit:
    """Unknowns `x`, what they miss, and the slopes of the misses, (misses, unknowns)."""

    x: Floats
    misses: Floats
    slopes: Floats


def least_squares(
    misses: Misses,
    start: Sequence[float] | Floats,
    bounds: Sequence[tuple[float, float]],
    slopes: Floats | None = None,
    left: float = EXACT,
    trusts: bool = False,
    enough: float = 0.0,
    looks: bool = True,
) -> Fit:
    """Return the unknowns within bounds for which the sum of squared misses is least, sought from a start.

    `slopes`: those at the start, where they are known; `left`: what may be left to gain (ROUGH or EXACT); `trusts`:
    whether the slopes are to be relied on, so that a few steps do: noise would be taken for a slope; `enough`: a step
    that promises to gain no more than this, and to leave less than the doubts, is the last one; `looks`: whether what
    is missed after it is looked at, else it is what was foretold.
    """
    low, high = (np.array(ends) for ends in zip(*bounds, strict=True)) if bounds else (np.empty(0), np.empty(0))
    x = np.clip(np.asarray(start, dtype=np.float64), low, high)
    missed = misses(x)
    if len(x) == 0:
        return Fit(x, missed, np.empty((len(missed), 0)))
    is_fresh = slopes is None
    slope = _slopes(misses, x, missed, low, high) if slopes is None else slopes
    damping, has_failed = 1e-6, False
    for _ in range(FEW_STEPS if trusts else MOST_STEPS):
        step = _step(slope, missed, damping, x, low, high)
        foretold = missed + slope @ step
        little = left**2 + left / 2 * (missed @ missed)
        if missed @ missed - foretold @ foretold < little:
            if trusts:
                break
            if is_fresh:  # slopes may be flat here and not further away, as at the end of a curve
                far = _best_far_away(misses, x, missed, low, high)
                if far is None or missed @ missed - far[1] @ far[1] < little:
                    break
                x, missed = far
            slope, is_fresh = _slopes(misses, x, missed, low, high), True  # old slopes may hide what there is to gain
            continue
        is_last = missed @ missed - foretold @ foretold < enough and foretold @ foretold <= len(missed)
        if is_last and has_failed:
            break
        if is_last and not looks:
            return Fit(x + step, foretold, slope)
        following = x + step
        then = misses(following)
        gained = missed @ missed - then @ then
        slope = slope + np.outer(then - foretold, step) / (step @ step)
        if gained > 0:
            x, missed, damping, is_fresh = following, then, max(damping / 10, 1e-9), False
            if is_last or (gained < little and trusts):
                break
            has_failed = False
        elif is_last:
            break
        elif not is_fresh and not trusts:
            slope, is_fresh = _slopes(misses, x, missed, low, high), True
        else:
            damping, has_failed = max(damping * 30, 1e-2), True
            if damping > MOST_DAMPED:
                break
    return Fit(x, missed, slope)


def fit_at(misses: Misses, x: Floats, bounds: Sequence[tuple[float, float]]) -> Fit:
    """Return the fit that stands at unknowns already found, with the slopes there."""
    missed = misses(x)
    if len(x) == 0:
        return Fit(x, missed, np.empty((len(missed), 0)))
    low, high = (np.array(ends) for ends in zip(*bounds, strict=True))
    return Fit(x, missed, _slopes(misses, x, missed, low, high))


def _step(slope: Floats, missed: Floats, damping: float, x: Floats, low: Floats, high: Floats) -> Floats:
    """Return the damped step that misses least, within bounds and not longer than LONGEST_STEP in any unknown.

    Where it would go further, the best of all steps that hold some of the few unknowns at an end is looked for.
    """
    n, at = len(x), x.tolist()
    ends = (
        [max(end - one, -LONGEST_STEP) for end, one in zip(low.tolist(), at, strict=True)],
        [min(end - one, LONGEST_STEP) for end, one in zip(high.tolist(), at, strict=True)],
    )
    columns = slope.T.tolist()
    # Damping counts as misses of their own: the step times this, which should be 0.
    damped = math.sqrt(damping * max(*(_dot(column, column) for column in columns), 1e-12))
    for k, column in enumerate(columns):
        column += [damped if j == k else 0.0 for j in range(n)]
    wanted = [-one for one in missed.tolist()] + [0.0] * n
    step = _solved(columns, wanted)
    if not _is_beyond(step, *ends):
        return np.array(step)
    best, least = [0.0] * n, math.inf
    for held in itertools.product((0, 1, None), repeat=n):
        step = [0.0 if end is None else ends[end][k] for k, end in enumerate(held)]
        free = [k for k, end in enumerate(held) if end is None]
        for k, value in zip(free, _solved([columns[k] for k in free], _less(wanted, columns, step)), strict=True):
            step[k] = value
        left = _less(wanted, columns, step)
        if (off := _dot(left, left)) < least and not _is_beyond(step, *ends):
            best, least = step, off
    return np.array(best)


def _solved(columns: list[list[float]], wanted: list[float]) -> list[float]:
    """Return how much of each column together misses what is wanted least, by Gram and Schmidt's method: of so few
    numbers, in a third of the time that arrays take. No column may follow from the others.
    """
    if not columns:
        return []
    first, *others = columns
    size = _dot(first, first)
    shares, along = [_dot(first, other) / size for other in others], _dot(first, wanted) / size
    found = _solved([_without(other, share, first) for other, share in zip(others, shares, strict=True)],
                    _without(wanted, along, first))  # fmt: skip
    return [along - _dot(shares, found), *found]


def _less(wanted: list[float], columns: list[list[float]], step: list[float]) -> list[float]:
    """Return what is wanted less so much of each column."""
    for column, much in zip(columns, step, strict=True):
        wanted = _without(wanted, much, column)
    return wanted


def _without(one: list[float], much: float, other: list[float]) -> list[float]:
    return [a - much * b for a, b in zip(one, other, strict=True)]


def _dot(one: list[float], other: list[float]) -> float:
    found: float = sum(map(mul, one, other))
    return found


def _best_far_away(
    misses: Misses, x: Floats, missed: Floats, low: Floats, high: Floats
) -> tuple[Floats, Floats] | None:
    """Return the place, and what is missed there, that misses least of those FAR_AWAY in one unknown; None, without a
    look, if targets are met within their doubts as it is.
    """
    if missed @ missed <= len(missed):
        return None
    places = []
    for j, by in itertools.product(range(len(x)), (-FAR_AWAY, FAR_AWAY)):
        place = x.copy()
        place[j] = min(max(x[j] + by, low[j]), high[j])
        places.append((place, misses(place)))
    return min(places, key=lambda one: float(one[1] @ one[1]))


def _is_beyond(step: list[float], low: list[float], high: list[float]) -> bool:
    return any(one < least or one > most for least, one, most in zip(low, step, high, strict=True))


def _slopes(misses: Misses, x: Floats, missed: Floats, low: Floats, high: Floats) -> Floats:
    columns = []
    for j in range(len(x)):
        step = STEP if x[j] + STEP <= high[j] else -STEP
        moved = x.copy()
        moved[j] += step
        columns.append((misses(moved) - missed) / step)
    return np.stack(columns, axis=1)
