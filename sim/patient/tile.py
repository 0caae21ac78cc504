"""A tile: what the step of a day knows of up to 128 patients under one arm, number by number.

All numbers of a tile lie in one array, row after row of `STRIDE`, with a patient in the same column of each. The
distance between rows is a constant, so that a compiler can tell them apart and do several patients at once; a row is
read as `tile[ROW + i]`, and where there is one for each modality as `tile[ROW + m * PER_MODALITY + i]`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WIDTH: Final = 128
"""Patients in a tile."""
STRIDE: Final = WIDTH + 8
"""From one row to the next: rows a power of 2 apart would share too few places of a processor's cache."""
NOT_IN_RELIEF: Final = 1e9
"""The day on which relief began, of a patient who is not in relief."""
NEVER: Final = 1e9
"""A day that does not come."""

# Who the patient is.
BASELINE: Final = 0 * STRIDE  # b, points
MUSCULAR: Final = 1 * STRIDE  # s
PLATEAU: Final = 2 * STRIDE  # q
DECAY: Final = 3 * STRIDE  # exp(-1 / tau)
CONTEXT: Final = 4 * STRIDE  # c
RELIEF_AT: Final = 5 * STRIDE  # pain up to which the patient is in relief, points

# The state.
LEVEL: Final = 6 * STRIDE  # A, points
LEFT: Final = 7 * STRIDE  # exp(-(d - t0) / tau)
NEEDLED: Final = 8 * STRIDE  # N
SINCE: Final = 9 * STRIDE  # day on which relief began
HAZARD: Final = 10 * STRIDE  # L
LIMIT: Final = 11 * STRIDE  # X[r]
INTENSITY: Final = 12 * STRIDE  # scale**-k
RELAPSES: Final = 13 * STRIDE  # r
PAIN: Final = 14 * STRIDE  # p, points

# What a visit brings, and whether the patient came.
CAME: Final = 15 * STRIDE
TO_CONTEXT: Final = 16 * STRIDE

# What is kept of the days so far.
FIRST: Final = 17 * STRIDE  # first day in relief, once that is over
LOST: Final = 18 * STRIDE  # first day on which relief was lost
SORE_UNTIL: Final = 19 * STRIDE
SORE_DAYS: Final = 20 * STRIDE
LOSS: Final = 21 * STRIDE  # of utility, summed over days
FREE: Final = 22 * STRIDE  # days with little pain
PAIN_42: Final = 23 * STRIDE
PAIN_133: Final = 24 * STRIDE
RELIEF_42: Final = 25 * STRIDE
LASTING: Final = 26 * STRIDE
END_PAIN: Final = 27 * STRIDE
END_DAY: Final = 28 * STRIDE
TO_RELIEF: Final = 29 * STRIDE  # visits
IN_CARE: Final = 30 * STRIDE  # 1 until the course has ended
STEP: Final = 31 * STRIDE
HELD: Final = 32 * STRIDE  # attended visits for which relief has held
EVER_JUDGED: Final = 33 * STRIDE  # whether relief was ever seen at a visit
ENDED_BY: Final = 34 * STRIDE
VISITS: Final = 35 * STRIDE
MINUTES: Final = 36 * STRIDE
COST: Final = 37 * STRIDE
SORE: Final = 38 * STRIDE  # visits
BRUISED: Final = 39 * STRIDE  # visits
SERIOUS: Final = 40 * STRIDE
EVENT: Final = 48 * STRIDE  # adverse events after the visit: 1 soreness, 2 a bruise, 3 both

# Scratch space.
WORK: Final = 41 * STRIDE
MUSCULAR_LEFT: Final = 42 * STRIDE
CENTRAL_LEFT: Final = 43 * STRIDE
MUSCULAR_MOST: Final = 44 * STRIDE
CENTRAL_MOST: Final = 45 * STRIDE
REACHED: Final = 46 * STRIDE
FELT: Final = 47 * STRIDE

# By modality: those of modality m are `m * PER_MODALITY` further on.
DOSE: Final = 49 * STRIDE  # D[m]
CEILING_MUSCULAR: Final = 50 * STRIDE
CEILING_CENTRAL: Final = 51 * STRIDE
GIVEN: Final = 52 * STRIDE  # visits at which it was given
TO_DOSE: Final = 53 * STRIDE  # what the visit of the day before adds
PER_MODALITY: Final = 5 * STRIDE


class Lanes(NamedTuple):
    """Who sits where in a tile: of one net of columns some or all.

    `column`: the column of the cohort of each patient of the tile, (WIDTH,); `lane`: where each column of the net is in
    the tile, -1 if it is not, (WIDTH,); `net`: which net it is, (1,).
    """

    column: NDArray[np.int64]
    lane: NDArray[np.int64]
    net: NDArray[np.int64]


def empty_lanes() -> Lanes:
    """Return lanes in which nobody sits yet."""
    return Lanes(np.zeros(WIDTH, np.int64), np.full(WIDTH, -1), np.zeros(1, np.int64))


def empty_tile(modalities: int) -> Floats:
    """Return a tile for so many modalities, of nobody yet."""
    return np.zeros(DOSE + modalities * PER_MODALITY)
