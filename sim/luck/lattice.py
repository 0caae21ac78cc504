"""An even spread of patients for calibration: a rank-1 lattice instead of random luck.

Point k of n has coordinate frac(k * g_j / n + 1/2n) in dimension j, folded by the tent map, which suits integrands
that do not repeat (Hickernell 2002, doi:10.1007/978-3-642-56046-0_17). The calibrated parameters therefore depend on
no seed, and move smoothly with the claims.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.luck.numbers import (
    BASELINE,
    COMMON,
    MUSCULAR,
    NOISE,
    NUMBERED_RELAPSES,
    OWN,
    PLATEAU,
    READING_BASELINE,
    READING_END,
    RELAPSE,
    TIME_CONSTANT,
    Luck,
    Needs,
    empty_luck,
    positions,
)  # fmt: skip

COARSE, MIDDLE, FINE = 1021, 4093, 16381
"""Numbers of evenly spread patients, all of them prime."""
GENERATORS = {
    COARSE: (1, 374, 428, 453, 240, 311, 251, 183, 149, 42, 206, 487, 393, 286),
    MIDDLE: (1, 1210, 1079, 423, 897, 1456, 973, 1125, 1155, 163, 677, 1775, 1476, 1415),
    FINE: (1, 5001, 3029, 6504, 405, 5929, 5836, 2820, 1592, 1476, 886, 7008, 5338, 7578),
}
"""By number of points. Found component by component: the best of 500 by the P2 criterion with weight 1 / j**2."""
ROWS = (
    BASELINE, PLATEAU, OWN, TIME_CONSTANT, RELAPSE, COMMON, MUSCULAR, NOISE, READING_BASELINE, READING_END,
    *range(RELAPSE + 1, RELAPSE + NUMBERED_RELAPSES),
)  # fmt: skip
"""The rows of luck that the dimensions after the first, which says the profile, stand for."""


def lattice(points: int) -> NDArray[np.float64]:
    """Return a lattice of `GENERATORS`, shape (dimensions, points), every coordinate strictly between 0 and 1."""
    k = np.arange(points, dtype=np.int64)
    turned = np.outer(GENERATORS[points], k) % points
    folded = 1 - np.abs(2 * (turned + 0.5) / points - 1)
    return np.asarray(np.clip(folded, 0.25 / points, 1 - 0.25 / points))


@lru_cache(maxsize=8)
def even_luck(points: int, modalities: tuple[str, ...]) -> Luck:
    """Return the luck of evenly spread patients, each of whom responds alike to whatever single modality is given."""
    u = lattice(points)
    luck = empty_luck(Needs(modalities, 0, 0.0, 0.0, *(False,) * 3), points)
    luck.number[:] = np.arange(points)
    luck.profile[:] = u[0]
    luck.satisfied[:] = luck.at[:] = 0.5
    for dimension, row in enumerate(ROWS, start=1):
        luck.at[row] = u[dimension]
    luck.at[OWN:] = luck.at[OWN]
    luck.at[:] = positions(luck.at)
    return luck
