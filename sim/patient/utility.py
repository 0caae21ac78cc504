"""Loss of utility and days with little pain, in closed form along the exact path of pain.

Loss is linear in pain between whole points. While a share `left` of natural pain `plateau + above * exp(-t / tau)` is
felt, loss integrates to that of the piece in which the stretch ends, plus, for every point that pain falls through, the
bend of the slopes there times the integral of pain above it:

    left * above * tau * (1 - y + y ln y),      y = (point - left * plateau) / (left * above) = exp(-t_crossing / tau)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.compiled import inlined

Floats = NDArray[np.float64]

LEAST_Y = 1e-300
"""Where rounding would leave y at 0 or below."""
YEARS_PER_DAY = 1 / 365.25


class Utility(NamedTuple):
    """Loss of utility by pain: `slope` and `intercept` of the ten pieces between whole points, (10,).

    `bend`: by point, the slope above it minus the one below, (11,). Pain up to `little` points counts as little;
    `is_whole` tells whether that is a whole number of points.
    """

    slope: Floats
    intercept: Floats
    bend: Floats
    little: float
    is_whole: bool


def utility_of(loss_at_points: Floats, little: float) -> Utility:
    """Return the pieces of a loss given at 0, 1, ... 10 points."""
    slope = np.diff(loss_at_points)
    intercept = loss_at_points[:-1] - slope * np.arange(10.0)
    bend = np.concatenate([[0.0], np.diff(slope), [0.0]])
    return Utility(slope, intercept, bend, little, little == math.floor(little))


@inlined
def piece_of(pain):  # type: ignore[no-untyped-def]
    """Return the piece that holds a pain from 0 to 10; a whole point belongs to the piece below it."""
    return max(np.int32(np.ceil(pain)) - 1, 0)


@inlined
def lost_above(weight, y, log_y):  # type: ignore[no-untyped-def]
    """Return a point's part of the loss; `weight` is bend * left * above * tau."""
    return weight * (1.0 - y + y * log_y)
