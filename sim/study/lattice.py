"""An even spread of patients for calibration: a rank-1 lattice instead of random luck.

Point k of n has coordinate frac(k * g_j / n + 1/2n) in dimension j, folded by the tent map, which suits integrands
that do not repeat (Hickernell 2002, doi:10.1007/978-3-642-56046-0_17). The calibrated parameters therefore depend on
no seed, and move smoothly with the claims.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.patient.luck import (
    BASELINE,
    COMMON,
    MUSCULAR,
    OWN,
    PLATEAU,
    READING_BASELINE,
    TIME_CONSTANT,
    Luck,
    Needs,
    empty_luck,
    positions,
)  # fmt: skip

POINTS = 16381
FEWER_POINTS = 4093
GENERATORS = {
    POINTS: (1, 4790, 2554, 6401, 4306, 5497, 6629, 5246),
    FEWER_POINTS: (1, 2854, 3194, 471, 1005, 275, 661, 1495),
}
"""By number of points, which is prime. Found component by component: the best of 500 by the P2 criterion with weight
1 / j**2."""


def lattice(points: int = POINTS) -> NDArray[np.float64]:
    """Return a lattice of `GENERATORS`, shape (dimensions, points), every coordinate strictly between 0 and 1."""
    k = np.arange(points, dtype=np.int64)
    turned = np.outer(GENERATORS[points], k) % points
    folded = 1 - np.abs(2 * (turned + 0.5) / points - 1)
    return np.asarray(np.clip(folded, 0.25 / points, 1 - 0.25 / points))


@lru_cache(maxsize=2)
def even_luck(points: int = POINTS) -> Luck:
    """Return the luck of evenly spread patients, for a course of the only modality."""
    u = lattice(points)
    nobody_reads = Needs(("the only one",), 0, 0.0, 0.0, *(False,) * 4)
    luck = empty_luck(nobody_reads, points)
    luck.number[:] = np.arange(points)
    luck.profile[:] = u[0]
    luck.booster[:] = luck.at[:] = 0.5
    rows = {BASELINE: 1, OWN: 2, COMMON: 3, MUSCULAR: 4, PLATEAU: 5, TIME_CONSTANT: 6, READING_BASELINE: 7}
    for row, dimension in rows.items():
        luck.at[row] = u[dimension]
    luck.at[:] = positions(luck.at)
    return luck
