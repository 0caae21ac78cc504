"""Sobol indices: how much of the variance of an answer each input explains, by itself and together with others.

Two independent sets of points A and B of one scrambled Sobol sequence, and for every input k a third that is A with
that input taken from B. Total indices by Jansen (1999, doi:10.1016/S0010-4655(98)00154-4); first-order indices of
inputs that explain little by Saltelli et al. (2010, doi:10.1016/j.cpc.2009.09.018), of others by the correlation of
the answers that share the input (Janon et al. 2014, doi:10.1051/ps/2013040): each where its error is the smaller.
Intervals are from resampled rows of the design; as the points are more even than chance, they are on the safe side.
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
from sim.study.run import in_order

Floats = NDArray[np.float64]
Answer = Callable[[Floats], float]
"""The answer at a point of the unit cube, (inputs,); raises CalibrationError or ScenarioError where there is none."""
Progress = Callable[[int, int], None]

RESAMPLES = 1000
STRONG = 0.5
"""Total index from which an input's first-order index is that of the correlation."""
MOST_LOST = 0.5
"""Largest share of rows that may be replaced."""
BATCH = 8
"""Resamples that are worked on at once."""


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
    """First-order and total index of every input, in order; `variance` of the answer."""

    first: tuple[Share, ...]
    total: tuple[Share, ...]
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
    first, total, variance = _indices(design.at_a[None], design.at_b[None], design.mixed[None])
    rows = len(design.at_a)
    chosen = stream(seed, 0, 0, "resampled design").integers(rows, size=(RESAMPLES, rows))
    again = [
        _indices(design.at_a[rows_], design.at_b[rows_], design.mixed[rows_])[:2]
        for rows_ in np.array_split(chosen, RESAMPLES // BATCH)
    ]
    bounds = [np.quantile(np.concatenate([one[i] for one in again]), (0.025, 0.975), axis=0) for i in range(2)]
    shares = [
        tuple(
            Share(float(v), float(low), float(high)) for v, low, high in zip(values[0], *ends, strict=True)
        )
        for values, ends in zip((first, total), bounds, strict=True)
    ]  # fmt: skip
    return Indices(shares[0], shares[1], float(variance[0]))


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


def _indices(at_a: Floats, at_b: Floats, mixed: Floats) -> tuple[Floats, Floats, Floats]:
    """Return first-order and total indices, (designs, inputs), and the variance, (designs,), of designs of one size.

    `at_a` and `at_b` (designs, rows), `mixed` (designs, rows, inputs).
    """
    both = np.concatenate([at_a, at_b], axis=1)
    middle, variance = both.mean(axis=1), both.var(axis=1)
    scale = np.abs(both).max(axis=1)
    same = variance <= (1e-12 * scale) ** 2
    divisor = np.where(same, 1.0, variance)[:, None]
    a, b, c = at_a - middle[:, None], at_b - middle[:, None], mixed - middle[:, None, None]
    change = c - a[:, :, None]
    total = (change**2).mean(axis=1) / 2 / divisor
    weak = (b[:, :, None] * change).mean(axis=1) / divisor
    b_own, c_own = (b - b.mean(axis=1, keepdims=True))[:, :, None], c - c.mean(axis=1, keepdims=True)
    spread = np.sqrt((b_own**2).mean(axis=1) * (c_own**2).mean(axis=1))
    strong = (b_own * c_own).mean(axis=1) / np.where(spread > 0, spread, 1.0)
    first = np.where(total < STRONG, weak, strong)
    return np.where(same[:, None], 0.0, first), np.where(same[:, None], 0.0, total), np.where(same, 0.0, variance)


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
