"""Loss of utility by pain, and what counts as little pain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

YEARS_PER_DAY = 1 / 365.25
POINTS = 10


class Utility(NamedTuple):
    """Loss of utility in a day of pain: `slope` and `intercept` of the pieces between whole points, (11,); 10 points
    have a piece of their own. Pain up to `little` points counts as little.
    """

    slope: Floats
    intercept: Floats
    little: float


def utility_of(loss_at_points: Floats, little: float) -> Utility:
    """Return the pieces of a loss given at 0, 1, ... 10 points."""
    slope = np.diff(loss_at_points)
    intercept = loss_at_points[:-1] - slope * np.arange(float(POINTS))
    return Utility(np.append(slope, 0.0), np.append(intercept, loss_at_points[-1]), little)


def worst_loss(utility: Utility) -> float:
    """Return the loss of utility in a day of 10 points of pain."""
    return float(utility.intercept[-1])
