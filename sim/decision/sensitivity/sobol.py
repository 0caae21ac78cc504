"""Sobol indices: how much of the variance of an answer each input explains, by itself and together with others.

Two independent sets of points A and B of one scrambled Sobol sequence, and for every input k a third that is A with
that input taken from B. First-order indices by Saltelli et al. (2010, doi:10.1016/j.cpc.2009.09.018), total indices by
Jansen (1999, doi:10.1016/S0010-4655(98)00154-4). Both are exact for inputs that explain little; so for an input that
explains most, the same is estimated for all other inputs as a group and taken from 1: the first-order index is 1 less
the total index of the others, and the total index 1 less their first-order index. Intervals are from resampled rows of
the design; as the points are more even than chance, they are on the safe side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.errors import CalibrationError, ScenarioError
from sim.patient.streams import stream
from sim.study.draws import ENOUGH_TO_TELL, MOST_REPLACED, in_short
from sim.study.inputs import Points
from sim.study.workers import in_order

Floats = NDArray[np.float64]
Answer = Callable[[Floats], float]
"""The answer at a point of the unit cube, (inputs,); raises CalibrationError or ScenarioError where there is none."""
Progress = Callable[[int, int], None]

RESAMPLES = 1000
STRONG = 0.5
"""Total index from which what the other inputs explain is estimated instead."""
MOST_LOST = 0.5
"""Largest share of rows that may be replaced."""


class Row(NamedTuple):
    """A row of the design: the answers at a point of A and of B, and at A with each input from B, (inputs,)."""

    at_a: float
    at_b: float
    mixed: Floats


class Lost(NamedTuple):
    """Why a row has no answers; `outright` if that is so at its point of A or B already."""

    reason: str
    outright: bool


@dataclass(frozen=True)
class Design:
    """The answers of a design at its points of A and B, (rows, inputs); `tried` counts rows with those replaced."""

    a: Floats
    b: Floats
    at_a: Floats
    at_b: Floats
    mixed: Floats
    tried: int


@dataclass(frozen=True)
class Share:
    """A share of the variance, with its 95 % interval."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Indices:
    """First-order and total index of every input, in order; `alone`, the sum of the first; `variance` of the answer."""

    first: tuple[Share, ...]
    total: tuple[Share, ...]
    alone: Share
    variance: float


def run_design(
    answer: Answer,
    inputs: int,
    rows: int,
    seed: int,
    workers: int = 1,
    progress: Progress = lambda done, total: None,
) -> Design:
    """Return the answers of a design; rows with a point that has no answer are replaced by the next of the sequence.

    `progress` is called with rows done and expected. Raises CalibrationError if more than 5 % of the points of A and B
    have no answer, or if most rows must be replaced. The result does not depend on `workers`.
    """
    points = Points(seed, 2 * inputs, "sensitivity")
    kept: list[tuple[Floats, Row]] = []
    lost: list[Lost] = []
    tried = 0
    with ThreadPoolExecutor(workers) as executor:
        while len(kept) < rows:
            more = points.first(tried + rows - len(kept))[tried:]
            for point, row in zip(
                more, in_order(executor, lambda both: _row(answer, both), iter(more), workers), strict=True
            ):
                tried += 1
                if isinstance(row, Row):
                    kept.append((point, row))
                else:
                    lost.append(row)
                    _check(lost, tried, rows)
                progress(len(kept), rows)
    found = [row for _, row in kept]
    drawn = np.array([point for point, _ in kept])
    return Design(
        drawn[:, :inputs],
        drawn[:, inputs:],
        np.array([row.at_a for row in found]),
        np.array([row.at_b for row in found]),
        np.array([row.mixed for row in found]),
        tried,
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


def _with_intervals(values: Floats, again: Floats) -> tuple[Share, ...]:
    """Return values, (shares,), with the intervals of those from resampled designs, (resamples, shares)."""
    low, high = np.quantile(again, (0.025, 0.975), axis=0)
    return tuple(Share(*(float(v) for v in each)) for each in zip(values, low, high, strict=True))


def _row(answer: Answer, both: Floats) -> Row | Lost:
    """Return a row of the design from a point of A and one of B, or why there is none."""
    a, b = np.split(both, 2)
    mixed = np.repeat(a[None], len(a), axis=0)
    np.fill_diagonal(mixed, b)
    answers: list[float] = []
    try:
        answers.extend(answer(point) for point in (a, b, *mixed))
    except (CalibrationError, ScenarioError) as error:
        return Lost(str(error), outright=len(answers) < 2)
    return Row(answers[0], answers[1], np.array(answers[2:]))


def _rows_of(design: Design, rows: NDArray[np.int64]) -> Design:
    return Design(
        design.a[rows], design.b[rows], design.at_a[rows], design.at_b[rows], design.mixed[rows], design.tried
    )  # fmt: skip


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


def _check(lost: Sequence[Lost], tried: int, rows: int) -> None:
    """Raise CalibrationError if too many rows cannot be."""
    expected = max(tried, rows, ENOUGH_TO_TELL)
    outright = sum(row.outright for row in lost)
    if outright > (1 - (1 - MOST_REPLACED) ** 2) * expected or len(lost) > MOST_LOST * expected:
        reason, times = Counter(in_short(row.reason) for row in lost).most_common(1)[0]
        raise CalibrationError(
            f"draws: the claims cannot be met in {len(lost):,} of {tried:,} rows of draws. Most often ({times:,} "
            f"times): {reason}. Narrow the uncertainty of that input or of those that it depends on"
        )
