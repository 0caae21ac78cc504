"""Summing outcomes over the patients of nets, group by group: totals, and the products of totals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, inner, kernel
from sim.quantities import N_ADDED, OUTCOMES, Outcome

Floats = NDArray[np.float64]

RATIOS: tuple[Outcome, ...] = tuple(outcome for outcome in OUTCOMES if outcome.kind == "ratio")
RATIO_ROWS = np.array([(outcome.row, outcome.per_row) for outcome in RATIOS], dtype=np.int64)
"""Of each ratio the rows of its numerator and its denominator."""


def scratch_of(names: int, groups: int) -> tuple[Floats, Floats]:
    """Return the room that `add_moments` needs: totals of a unit by row, name and group, and its sizes."""
    return np.empty((N_ADDED, names, groups + 1)), np.empty(groups + 1)


@kernel
def add_moments(
    rows: Floats, starts: NDArray[np.int64], first_net: int, few: int, n: NDArray[np.int64], total: Floats,
    square: Floats, nets: tuple[Floats, ...], patients: tuple[Floats, ...], scratch: tuple[Floats, Floats],
) -> None:  # fmt: skip
    """Add nets to the sums of `Moments`, `nets` and `patients` being the arrays of its products."""
    totals, sizes = scratch
    groups = len(n)
    for j in range(len(starts)):
        for p in range(groups):
            sizes[p] = starts[j, p + 1] - starts[j, p]
            n[p] += starts[j, p + 1] - starts[j, p]
        for a in range(total.shape[1]):
            for row in range(total.shape[0]):
                for p in range(groups):
                    added, squares = _sum(rows[a, row], starts[j, p], starts[j, p + 1])
                    totals[row, a, p] = added
                    total[row, a, p] += added
                    square[row, a, p] += squares
        _add_net(totals, sizes, nets)
        if first_net + j < few:
            _add_patients(rows, starts[j], patients)


@inlined
def _sum(values: Floats, start: int, stop: int) -> tuple[float, float]:
    """Return the sum of values and of their squares: four chains at once, as fast as they can be read."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    q0, q1, q2, q3 = 0.0, 0.0, 0.0, 0.0
    whole = start + (stop - start) // 4 * 4
    for i in range(start, whole, 4):
        s0 += values[i]
        s1 += values[i + 1]
        s2 += values[i + 2]
        s3 += values[i + 3]
        q0 += values[i] * values[i]
        q1 += values[i + 1] * values[i + 1]
        q2 += values[i + 2] * values[i + 2]
        q3 += values[i + 3] * values[i + 3]
    for i in range(whole, stop):
        s0 += values[i]
        q0 += values[i] * values[i]
    return (s0 + s1) + (s2 + s3), (q0 + q1) + (q2 + q3)


@inner
def _add_patients(rows: Floats, starts: NDArray[np.int64], products: tuple[Floats, ...]) -> None:
    """Add each patient of a net as a unit of its own."""
    units, size_squares, by_size, cross, ratio_cross = products
    groups = len(starts) - 1
    for p in range(groups):
        start, stop = starts[p], starts[p + 1]
        for place in (p, groups):
            units[place] += stop - start
            size_squares[place] += stop - start
        for a in range(by_size.shape[1]):
            for row in range(len(by_size)):
                total = 0.0
                for i in range(start, stop):
                    total += rows[a, row, i]
                for place in (p, groups):
                    by_size[row, a, place] += total
            for b in range(by_size.shape[1]):
                if b >= a:
                    for row in range(len(by_size)):
                        product = _dot(rows[a, row], rows[b, row], start, stop)
                        for place in (p, groups):
                            cross[row, a, b, place] += product
                            if b > a:
                                cross[row, b, a, place] += product
                for r in range(len(RATIO_ROWS)):
                    product = _dot(rows[a, RATIO_ROWS[r, 0]], rows[b, RATIO_ROWS[r, 1]], start, stop)
                    for place in (p, groups):
                        ratio_cross[r, a, b, place] += product


@inlined
def _dot(x: Floats, y: Floats, start: int, stop: int) -> float:
    total = 0.0
    for i in range(start, stop):
        total += x[i] * y[i]
    return total


@inner
def _add_net(totals: Floats, sizes: Floats, products: tuple[Floats, ...]) -> None:
    """Add a net as a unit: its totals, (rows, names, groups + 1); those for everybody are filled in here."""
    units, size_squares, by_size, cross, ratio_cross = products
    rows, names, places = totals.shape
    everybody = places - 1
    sizes[everybody] = 0.0
    for p in range(everybody):
        sizes[everybody] += sizes[p]
    for p in range(places):
        units[p] += 1.0 if sizes[p] > 0.0 else 0.0
        size_squares[p] += sizes[p] * sizes[p]
    for row in range(rows):
        for a in range(names):
            of_all = 0.0
            for p in range(everybody):
                of_all += totals[row, a, p]
            totals[row, a, everybody] = of_all
            for p in range(places):
                by_size[row, a, p] += totals[row, a, p] * sizes[p]
        for a in range(names):
            for b in range(names):
                for p in range(places):
                    cross[row, a, b, p] += totals[row, a, p] * totals[row, b, p]
    for r in range(len(RATIO_ROWS)):
        above, below = RATIO_ROWS[r, 0], RATIO_ROWS[r, 1]
        for a in range(names):
            for b in range(names):
                for p in range(places):
                    ratio_cross[r, a, b, p] += totals[above, a, p] * totals[below, b, p]
