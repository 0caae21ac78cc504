"""Sums and products of outcomes over patients: what means, their errors and paired differences are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.patient import outcomes as o
from sim.patient.compiled import njit
from sim.patient.outcomes import OUTCOMES, Outcome

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

RATIOS: tuple[Outcome, ...] = tuple(outcome for outcome in OUTCOMES if outcome.kind == "ratio")
AVERAGED: tuple[Outcome, ...] = tuple(outcome for outcome in OUTCOMES if outcome.kind != "time")
"""Outcomes that have a mean."""
OUTCOME_INDEX = {outcome.name: index for index, outcome in enumerate(AVERAGED)}
_PLAIN = np.array([i for i, outcome in enumerate(AVERAGED) if outcome.kind != "ratio"])
_PLAIN_ROWS = np.array([outcome.row for outcome in AVERAGED if outcome.kind != "ratio"])
_RATIO = np.array([i for i, outcome in enumerate(AVERAGED) if outcome.kind == "ratio"])
_RATIO_ROWS = np.array([(outcome.row, outcome.per) for outcome in RATIOS], dtype=np.int64)


@dataclass
class Moments:
    """Sums over patients in groups, for `names` in order: the arms of a scenario, or one arm in several scenarios.

    Shapes: `n` (groups,); `total` (rows, names, groups); `cross` (rows, names, names, groups), products of an outcome
    between two of them; `ratio_cross` (ratios, names, names, groups), products of numerators and denominators.
    """

    names: tuple[str, ...]
    n: Counts
    total: Floats
    cross: Floats
    ratio_cross: Floats

    @classmethod
    def empty(cls, names: Sequence[str], groups: int) -> Moments:
        """Return the moments of nobody."""
        a = len(names)
        return cls(
            names=tuple(names),
            n=np.zeros(groups, np.int64),
            total=np.zeros((o.N_ADDITIVE, a, groups)),
            cross=np.zeros((o.N_ADDITIVE, a, a, groups)),
            ratio_cross=np.zeros((len(RATIOS), a, a, groups)),
        )

    def add_block(self, rows: Floats, starts: NDArray[np.int64]) -> None:
        """Add a block: `rows` (names, at least N_ADDITIVE, patients sorted by group), `starts` (groups + 1,)."""
        self.n += np.diff(starts)
        _add_moments(rows, starts, _RATIO_ROWS, self.total, self.cross, self.ratio_cross)

    def merge(self, later: Moments) -> None:
        """Add the moments of later blocks."""
        for name in ("n", "total", "cross", "ratio_cross"):
            getattr(self, name).__iadd__(getattr(later, name))

    def means(self, members: NDArray[np.bool_] | None = None) -> Means:
        """Return means and covariances over the patients of some groups, (groups,), or of all."""
        chosen = np.ones(len(self.n), dtype=bool) if members is None else members
        n = int(self.n[chosen].sum())
        total = self.total[..., chosen].sum(axis=-1)
        cross = self.cross[..., chosen].sum(axis=-1)
        mean = np.empty((len(AVERAGED), len(self.names)))
        covariance = np.full((len(AVERAGED), len(self.names), len(self.names)), math.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean[_PLAIN] = total[_PLAIN_ROWS] / n
            if n > 1:
                product = cross[_PLAIN_ROWS]
                x = total[_PLAIN_ROWS]
                found = (product - x[:, :, None] * x[:, None, :] / n) / (n - 1)
                # What is left of a constant after cancellation is rounding, not spread.
                covariance[_PLAIN] = np.where(np.abs(found) < 1e-12 * np.abs(product) / n, 0.0, found)
            mean[_RATIO], covariance[_RATIO] = self._ratios(chosen, n, total, cross)
        return Means(self.names, n, mean, covariance)

    def _ratios(self, members: NDArray[np.bool_], n: int, total: Floats, cross: Floats) -> tuple[Floats, Floats]:
        """Return ratios of totals and the covariances of their terms: R = X / Y is linearised, its terms are
        (x - R y) * n / Y (delta method)."""
        x, y = total[_RATIO_ROWS[:, 0]], total[_RATIO_ROWS[:, 1]]
        ratio = np.where(y == 0, math.nan, x / y)
        xx, yy = cross[_RATIO_ROWS[:, 0]], cross[_RATIO_ROWS[:, 1]]
        xy = self.ratio_cross[..., members].sum(axis=-1)
        yx = np.swapaxes(xy, 1, 2)
        of_a, of_b = ratio[:, :, None], ratio[:, None, :]
        # Summed so that swapping the two gives the same bits.
        product = xx - (of_b * xy + of_a * yx) + of_a * of_b * yy
        # What is left of a constant ratio after cancellation is rounding, not spread.
        product = np.where(np.abs(product) < 1e-12 * (xx + of_a * of_b * yy), 0.0, product)
        factor = np.array([outcome.factor for outcome in RATIOS])
        if n < 2:
            return factor[:, None] * ratio, np.full(product.shape, math.nan)
        f = factor[:, None, None]
        return factor[:, None] * ratio, product * f * f * n * n / (y[:, :, None] * y[:, None, :]) / (n - 1)


@dataclass(frozen=True)
class Means:
    """Means over `n` patients of every outcome that has one, in the order of AVERAGED.

    Shapes: `mean` (outcomes, names); `covariance` per patient of the outcomes' terms, (outcomes, names, names).
    """

    names: tuple[str, ...]
    n: int
    mean: Floats
    covariance: Floats

    def of(self, outcome: str, a: int) -> tuple[float, float]:
        """Return the mean and the variance per patient of an outcome's terms in one arm."""
        index = OUTCOME_INDEX[outcome]
        return float(self.mean[index, a]), float(self.covariance[index, a, a])


@njit(nogil=True, cache=True, fastmath={"reassoc"})
def _dot(x, y):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(len(x)):
        total += x[i] * y[i]
    return total


@njit(nogil=True, cache=True, fastmath={"reassoc"})
def _sum(x):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(len(x)):
        total += x[i]
    return total


@njit(nogil=True, cache=True)
def _add_moments(rows, starts, ratio_rows, total, cross, ratio_cross):  # type: ignore[no-untyped-def]
    n_arms = rows.shape[0]
    for p in range(len(starts) - 1):
        start, stop = starts[p], starts[p + 1]
        if start == stop:
            continue
        for row in range(total.shape[0]):
            for a in range(n_arms):
                of_a = rows[a, row, start:stop]
                total[row, a, p] += _sum(of_a)
                for b in range(a, n_arms):
                    product = _dot(of_a, rows[b, row, start:stop])
                    cross[row, a, b, p] += product
                    if b > a:
                        cross[row, b, a, p] += product
        for r in range(len(ratio_rows)):
            for a in range(n_arms):
                for b in range(n_arms):
                    ratio_cross[r, a, b, p] += _dot(
                        rows[a, ratio_rows[r, 0], start:stop], rows[b, ratio_rows[r, 1], start:stop]
                    )
