"""The efficient frontier: candidates of which none other gives more for as little."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLACK = 2.0
"""Standard errors by which a candidate must be dominated on the first patients to be left off the frontier."""


@dataclass(frozen=True)
class FrontierPoint:
    """A member of the frontier: what it costs more and gives more than the member before it (NaN for the first).

    `per_gain` is the extra cost of one more unit of gain; `gain_error` the standard error of the extra gain.
    """

    name: str
    extra_cost: float
    extra_gain: float
    per_gain: float
    gain_error: float = math.nan


def efficient_frontier(names: Sequence[str], gain: Sequence[float], cost: Sequence[float]) -> tuple[FrontierPoint, ...]:
    """Return the candidates that no other dominates, from the cheapest up; more gain and less cost is better."""
    points: list[FrontierPoint] = []
    before: int | None = None
    for i in sorted(range(len(names)), key=lambda i: (cost[i], -gain[i], i)):
        if before is None:
            points.append(FrontierPoint(names[i], math.nan, math.nan, math.nan))
        elif gain[i] > gain[before]:
            more, better = cost[i] - cost[before], gain[i] - gain[before]
            points.append(FrontierPoint(names[i], more, better, more / better))
        else:
            continue
        before = i
    return tuple(points)


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
    return np.asarray(np.sqrt(np.where(variance <= 1e-12 * both, 0.0, variance) / values.shape[1]))
