"""Sobol indices from points at which one input after another is taken from elsewhere: what an emulator is held against.

Two independent sets of points A and B of one scrambled Sobol sequence, and for every input k a third that is A with
that input taken from B. First-order indices by Saltelli et al. (2010, doi:10.1016/j.cpc.2009.09.018), total indices by
Jansen (1999, doi:10.1016/S0010-4655(98)00154-4). Both are exact for inputs that explain little; so for an input that
explains most, the same is estimated for all other inputs as a group and taken from 1: the first-order index is 1 less
the total index of the others, and the total index 1 less their first-order index. Intervals are from resampled rows of
the design; as the points are more even than chance, they are on the safe side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimate import Estimate
from sim.luck.streams import stream
from sim.study.at_work import Threads
from sim.study.executors import in_order
from sim.study.inputs import Points
from sim.units import SHARE

Floats = NDArray[np.float64]
Answer = Callable[[Floats], float]
"""The answer at a point of the unit cube, (inputs,)."""
Progress = Callable[[int, int], None]

RESAMPLES = 1000
STRONG = 0.5
"""Total index from which what the other inputs explain is estimated instead."""


class Row(NamedTuple):
    """A row of the design: the answers at a point of A and of B, and at A with each input from B, (inputs,)."""

    at_a: float
    at_b: float
    mixed: Floats


@dataclass(frozen=True)
class Design:
    """The answers of a design at its points of A and B, (rows, inputs)."""

    a: Floats
    b: Floats
    at_a: Floats
    at_b: Floats
    mixed: Floats


@dataclass(frozen=True)
class Indices:
    """First-order and total index of every input, in order; `alone`, the sum of the first; `variance` of the answer.

    Indices are shares of that variance, with errors and intervals over resampled rows of the design.
    """

    first: tuple[Estimate, ...]
    total: tuple[Estimate, ...]
    alone: Estimate
    variance: float


def run_design(
    answer: Answer,
    inputs: int,
    rows: int,
    seed: int,
    workers: int = 1,
    progress: Progress = lambda done, total: None,
) -> Design:
    """Return the answers of a design, whose inputs are ranks between 0 and 1.

    `progress` is called with rows done and all. Raises what `answer` raises. The result does not depend on `workers`.
    """
    points = Points(seed, 2 * inputs, "sensitivity").first(rows)
    found: list[Row] = []
    with Threads(workers) as executor:
        for row in in_order(executor, lambda both: _row(answer, both), iter(points), workers):
            found.append(row)
            progress(len(found), rows)
    return Design(
        points[:, :inputs],
        points[:, inputs:],
        np.array([row.at_a for row in found]),
        np.array([row.at_b for row in found]),
        np.array([row.mixed for row in found]),
    )


def indices(design: Design, seed: int) -> Indices:
    """Return the indices of a design's inputs; all are 0 if the answer never differs."""
    rows = len(design.at_a)
    variance = _variance(design.at_a, design.at_b)
    is_strong = _shares(design, np.zeros(design.a.shape[1], dtype=bool))[1] >= STRONG
    found = _shares(design, is_strong)
    chosen = stream(seed, 0, 0, "resampled design").integers(rows, size=(RESAMPLES, rows))
    again = np.array([_shares(_rows_of(design, some), is_strong) for some in chosen])
    first, total = (_with_intervals(found[i], again[:, i]) for i in range(2))
    (alone,) = _with_intervals(found[:1].sum(axis=1), again[:, 0].sum(axis=1)[:, None])
    return Indices(first, total, alone, variance)


def _with_intervals(values: Floats, again: Floats) -> tuple[Estimate, ...]:
    """Return values, (shares,), with errors and intervals of those from resampled designs, (resamples, shares)."""
    low, high = np.quantile(again, (0.025, 0.975), axis=0)
    numbers = zip(values.tolist(), again.std(axis=0, ddof=1).tolist(), low.tolist(), high.tolist(), strict=True)
    return tuple(Estimate(SHARE, *each, over="resamples") for each in numbers)


def _row(answer: Answer, both: Floats) -> Row:
    """Return a row of the design from a point of A and one of B."""
    a, b = np.split(both, 2)
    mixed = np.repeat(a[None], len(a), axis=0)
    np.fill_diagonal(mixed, b)
    at_a, at_b, *at_mixed = (answer(point) for point in (a, b, *mixed))
    return Row(at_a, at_b, np.array(at_mixed))


def _rows_of(design: Design, rows: NDArray[np.int64]) -> Design:
    return Design(design.a[rows], design.b[rows], design.at_a[rows], design.at_b[rows], design.mixed[rows])


def _variance(at_a: Floats, at_b: Floats) -> float:
    """Return the variance of the answers at all points of A and B; 0 if they differ by rounding only."""
    both = np.concatenate([at_a, at_b])
    variance = float(both.var())
    return variance if variance > (1e-12 * float(np.abs(both).max())) ** 2 else 0.0


def _shares(design: Design, is_strong: NDArray[np.bool_]) -> Floats:
    """Return the first-order and the total index of every input, (2, inputs)."""
    variance = _variance(design.at_a, design.at_b)
    if not variance:
        return np.zeros((2, len(is_strong)))
    middle = (design.at_a.mean() + design.at_b.mean()) / 2
    a, b, mixed = (design.at_a - middle)[:, None], (design.at_b - middle)[:, None], design.mixed - middle
    # `mixed` shares the input with B, and all the others with A.
    own = (b * (mixed - a)).mean(axis=0), ((mixed - a) ** 2).mean(axis=0) / 2
    others = (a * (mixed - b)).mean(axis=0), ((mixed - b) ** 2).mean(axis=0) / 2
    first = np.where(is_strong, variance - others[1], own[0])
    total = np.where(is_strong, variance - others[0], own[1])
    return np.stack([first, total]) / variance
