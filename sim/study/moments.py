"""Sums and products of outcomes over patients: what means, their errors and paired differences are made of."""

from __future__ import annotations

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
