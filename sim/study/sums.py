"""Summing outcomes over the patients of nets, group by group: totals, and the products of totals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.patient import outcomes as o
from sim.patient.compiled import inlined, kernel
from sim.patient.outcomes import OUTCOMES, Outcome

Floats = NDArray[np.float64]

RATIOS: tuple[Outcome, ...] = tuple(outcome for outcome in OUTCOMES if outcome.kind == "ratio")
RATIO_ROWS = np.array([(outcome.row, outcome.per) for outcome in RATIOS], dtype=np.int64)
"""Of each ratio the rows of its numerator and its denominator."""


def scratch_of(names: int, groups: int) -> tuple[Floats, Floats]:
    """Return the room that `add_moments` needs: totals of a unit by row, name and group, and its sizes."""
    return np.empty((o.N_ADDITIVE, names, groups + 1)), np.empty(groups + 1)


@kernel
def add_moments(rows, starts, first_net, few, n, total, nets, patients, scratch):  # type: ignore[no-untyped-def]
    """Add nets to the sums of `Moments`, `nets` and `patients` being the arrays of its products."""
    totals, sizes = scratch
    groups = len(n)
    for j in range(len(starts)):
        for p in range(groups):
            sizes[p] = starts[j, p + 1] - starts[j, p]
            n[p] += starts[j, p + 1] - starts[j, p]
        for a in range(total.shape[1]):
            for row in range(0, total.shape[0], 4):
                for p in range(groups):
                    _sum_four(rows[a], row, starts[j, p], starts[j, p + 1], a, p, totals)
                    for k in range(row, row + 4):
                        total[k, a, p] += totals[k, a, p]
        _add_net(totals, sizes, nets)
        if first_net + j < few:
            _add_patients(rows, starts[j], patients)


@inlined
def _sum_four(of_arm, row, start, stop, a, p, totals):  # type: ignore[no-untyped-def]
    """Sum four rows at once, each from first to last: as fast as they can be read, and in the same order everywhere."""
    x0, x1, x2, x3 = of_arm[row], of_arm[row + 1], of_arm[row + 2], of_arm[row + 3]
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    for i in range(start, stop):
        s0 += x0[i]
        s1 += x1[i]
        s2 += x2[i]
        s3 += x3[i]
    totals[row, a, p], totals[row + 1, a, p], totals[row + 2, a, p], totals[row + 3, a, p] = s0, s1, s2, s3


@kernel
def _add_patients(rows, starts, products):  # type: ignore[no-untyped-def]
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
                    for row in range(0, len(by_size), 4):
                        products_of_four = _dot_four(rows[a], rows[b], row, start, stop)
                        for k in range(4):
                            for place in (p, groups):
                                cross[row + k, a, b, place] += products_of_four[k]
                                if b > a:
                                    cross[row + k, b, a, place] += products_of_four[k]
                for r in range(len(RATIO_ROWS)):
                    product = _dot(rows[a, RATIO_ROWS[r, 0]], rows[b, RATIO_ROWS[r, 1]], start, stop)
                    for place in (p, groups):
                        ratio_cross[r, a, b, place] += product


@inlined
def _dot_four(one, other, row, start, stop):  # type: ignore[no-untyped-def]
    """Return the products of four rows, each summed from first to last."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    for i in range(start, stop):
        s0 += one[row, i] * other[row, i]
        s1 += one[row + 1, i] * other[row + 1, i]
        s2 += one[row + 2, i] * other[row + 2, i]
        s3 += one[row + 3, i] * other[row + 3, i]
    return s0, s1, s2, s3


@inlined
def _dot(x, y, start, stop):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(start, stop):
        total += x[i] * y[i]
    return total


@kernel
def _add_net(totals, sizes, products):  # type: ignore[no-untyped-def]
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
