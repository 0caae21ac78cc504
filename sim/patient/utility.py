"""Loss of utility and days with little pain, in closed form along the exact path of pain.

Loss is linear in pain between knots. While a share `left` of natural pain `plateau + above * exp(-t / tau)` is felt,
loss integrates to that of the piece in which the stretch ends, plus, for every knot that pain falls through, the bend
of the slopes there times the integral of pain above it:

    left * tau * above * (1 - y + y ln y),      y = (knot / left - plateau) / above = exp(-time of crossing / tau)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.compiled import inlined

Floats = NDArray[np.float64]

LOWEST_CELL, HIGHEST_CELL = 0, 9
LEAST_Y = 1e-300


class Utility(NamedTuple):
    """Loss of utility by pain, in pieces.

    `knots` in points, (pieces + 1,), and between them `slope` and `intercept`, (pieces,).
    `bend`: the slope above a knot minus the one below it, by knot. Pieces are found by whole points: `first` is the
    piece that begins at each, `split` the knot between it and the next (inf: none), (10,). Pain up to the knot `free`
    counts as little.
    """

    knots: Floats
    slope: Floats
    intercept: Floats
    bend: Floats
    first: NDArray[np.int64]
    split: Floats
    free: int


def utility_of(loss_at_points: Floats, free_below: float) -> Utility:
    """Return the pieces of a loss given at 0, 1, ... 10 points; pain up to `free_below` counts as little."""
    whole = np.arange(11.0)
    knots = np.union1d(whole, [free_below])
    loss = np.interp(knots, whole, loss_at_points)
    slope = np.diff(loss) / np.diff(knots)
    is_whole = free_below == math.floor(free_below)
    return Utility(
        knots=knots,
        slope=slope,
        intercept=loss[:-1] - slope * knots[:-1],
        bend=np.concatenate([[0.0], np.diff(slope), [0.0]]),
        first=np.searchsorted(knots, whole[:-1]),
        split=np.where((whole[:-1] == math.floor(free_below)) & (not is_whole), free_below, np.inf),
        free=int(np.searchsorted(knots, free_below)),
    )


@inlined
def piece_of(pain, first, split):  # type: ignore[no-untyped-def]
    """Return the piece that holds a pain; a knot belongs to the piece below it."""
    cell = min(max(math.ceil(pain) - 1, LOWEST_CELL), HIGHEST_CELL)
    return first[cell] + (1 if pain > split[cell] else 0)


@inlined
def lost_above(weight, y, log_y):  # type: ignore[no-untyped-def]
    """Return a knot's part of the loss; `weight` is bend * left * tau * above."""
    return weight * (1.0 - y + y * log_y)
