"""An even spread of patients for calibration: a rank-1 lattice instead of random luck.

Point k of n has coordinate frac(k * a**j / n + 1/2) in dimension j, folded by the tent map, which suits integrands
that do not repeat (Hickernell 2002, doi:10.1007/978-3-642-56046-0_17). The calibrated parameters therefore depend on
no seed, and move smoothly with the claims.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.patient.streams import Luck

POINTS = 16381
GENERATOR = 3570
"""The best of 600 tried for nine dimensions by the P2 criterion; POINTS is prime."""

DIMENSIONS = 9


def lattice(points: int = POINTS, generator: int = GENERATOR) -> NDArray[np.float64]:
    """Return the lattice, shape (DIMENSIONS, points), every coordinate strictly between 0 and 1."""
    k = np.arange(points, dtype=np.int64)
    step, coordinates = 1, np.empty((DIMENSIONS, points))
    for dimension in range(DIMENSIONS):
        coordinates[dimension] = (k * step % points + 0.5) / points
        step = step * generator % points
    folded = 1 - np.abs(2 * coordinates - 1)
    return np.clip(folded, 0.25 / points, 1 - 0.25 / points)


def even_luck(modalities: int, modality: int) -> Luck:
    """Return the luck of evenly spread patients, for a course of one modality (by index) out of several."""
    u = lattice()
    z = ndtri(u)
    own = np.zeros((modalities, u.shape[1]))
    own[modality] = z[6]
    none, empty = np.empty(0), np.empty((0, 0))
    return Luck(
        profile=u[0],
        baseline=z[1],
        muscular=z[2],
        plateau=z[3],
        time_constant=z[4],
        common=z[5],
        own=own,
        reading_baseline=z[7],
        reading_end=z[8],
        reading_day42=z[8],
        relapse=np.ones(u.shape[1]),
        booster=none,
        soreness=empty,
        bruising=empty,
        attendance=empty,
        drop_out=empty,
        readings=empty,
    )
