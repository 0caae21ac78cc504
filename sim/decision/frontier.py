"""The efficient frontier: who is dominated, by whom, and what each step along the frontier costs and gains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sim.estimate.rounding import ROUNDING, levelled

Floats = NDArray[np.float64]

SLACK = 2.0
"""Standard errors by which a candidate must be dominated on the first patients to be left off the frontier."""


class Place(StrEnum):
    """Where a candidate stands: on the frontier, or why not."""

    FRONTIER = "frontier"
    DOMINATED = "dominated"
    EXTENDED = "extendedly dominated"
    SAME = "same as another"


@dataclass(frozen=True)
class Standing:
    """A candidate's place, and by whom it is dominated: by one alone, or by a mixture of two on the frontier."""

    name: str
    place: Place
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class FrontierPoint:
    """A member of the frontier: what it costs more and gives more than the member before it (NaN for the first).

    `per_gain` is the extra cost of one more unit of gain (the incremental cost-effectiveness ratio, ICER, where
    mixtures dominate too).
    """

    name: str
    extra_cost: float
    extra_gain: float
    per_gain: float


def standings(
    names: Sequence[str], gain: Sequence[float], cost: Sequence[float], *, mixtures: bool = False
) -> tuple[Standing, ...]:
    """Return the place of every candidate, in the order given; more gain and less cost is better.

    A candidate is dominated if another gives at least as much for no more, and differs from it. With `mixtures` it is
    extendedly dominated too if sending some patients to one candidate and the rest to another gives as much for less:
    then its ICER is above that of the next on the frontier (Cantor 1994, doi:10.1177/0272989X9401400308).
    """
    gain, cost = levelled(gain), levelled(cost)
    frontier = _undominated(gain, cost)
    kept = _convex(frontier, gain, cost) if mixtures else frontier
    found = []
    for i, name in enumerate(names):
        if i in kept:
            found.append(Standing(name, Place.FRONTIER))
        elif i in frontier:
            pair = (max(k for k in map(frontier.index, kept) if k < frontier.index(i)),
                    min(k for k in map(frontier.index, kept) if k > frontier.index(i)))  # fmt: skip
            found.append(Standing(name, Place.EXTENDED, tuple(names[frontier[k]] for k in pair)))
        else:
            by = next(k for k in (*kept, *frontier) if gain[k] >= gain[i] and cost[k] <= cost[i])
            is_same = gain[by] == gain[i] and cost[by] == cost[i]
            found.append(Standing(name, Place.SAME if is_same else Place.DOMINATED, (names[by],)))
    return tuple(found)


def efficient_frontier(
    names: Sequence[str], gain: Sequence[float], cost: Sequence[float], *, mixtures: bool = False
) -> tuple[FrontierPoint, ...]:
    """Return the candidates that no other dominates, from the cheapest up; more gain and less cost is better.

    With `mixtures`, those that a mixture of two others dominates are left out too, so `per_gain` rises along it.
    """
    gain, cost = levelled(gain), levelled(cost)
    on_it = _undominated(gain, cost)
    if mixtures:
        on_it = _convex(on_it, gain, cost)
    points: list[FrontierPoint] = []
    for k, i in enumerate(on_it):
        if k == 0:
            points.append(FrontierPoint(names[i], math.nan, math.nan, math.nan))
            continue
        more, better = cost[i] - cost[on_it[k - 1]], gain[i] - gain[on_it[k - 1]]
        points.append(FrontierPoint(names[i], more, better, more / better))
    return tuple(points)


def _undominated(gain: Sequence[float], cost: Sequence[float]) -> list[int]:
    """Return the candidates that no single other dominates, from the cheapest up; of equal ones, the first."""
    kept: list[int] = []
    for i in sorted(range(len(gain)), key=lambda i: (cost[i], -gain[i], i)):
        if not kept or gain[i] > gain[kept[-1]]:
            kept.append(i)
    return kept


def _convex(frontier: Sequence[int], gain: Sequence[float], cost: Sequence[float]) -> list[int]:
    """Return those of a frontier that lie on or below every line between two others; one on a line stays."""
    kept: list[int] = []
    for i in frontier:
        while len(kept) > 1:
            before, middle = kept[-2], kept[-1]
            steep = (cost[middle] - cost[before]) * (gain[i] - gain[middle])
            flat = (cost[i] - cost[middle]) * (gain[middle] - gain[before])
            if steep <= flat + ROUNDING * (abs(steep) + abs(flat)):
                break
            kept.pop()
        kept.append(i)
    return kept


def not_clearly_dominated(gain: Floats, cost: Floats) -> list[int]:
    """Return the candidates that no other dominates beyond doubt; both are by patient, (candidates, patients)."""
    mean_gain, mean_cost = gain.mean(axis=1), cost.mean(axis=1)
    doubt_gain, doubt_cost = SLACK * _error(gain), SLACK * _error(cost)
    kept = []
    for i in range(len(gain)):
        better = mean_gain - mean_gain[i] - doubt_gain[i]
        cheaper = mean_cost[i] - mean_cost - doubt_cost[i]
        dominated = (better >= 0) & (cheaper >= 0) & ((better > 0) | (cheaper > 0))
        if not dominated.any():
            kept.append(i)
    return kept


def _error(values: Floats) -> Floats:
    """Return the standard error of every paired difference of means, (candidates, candidates)."""
    centred = values - values[:, :1]
    centred = centred - centred.mean(axis=1, keepdims=True)
    shared = centred @ centred.T / max(values.shape[1] - 1, 1)
    own = np.diag(shared)
    both = own[:, None] + own[None, :]
    variance = both - 2 * shared
    return np.asarray(np.sqrt(np.where(variance <= ROUNDING * both, 0.0, variance) / values.shape[1]))
