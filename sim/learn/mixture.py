"""Where a figure lies in what is expected of it: normal distributions about the centres of several draws, mixed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]


def below(centres: Floats, noise: float, value: float) -> float:
    """Return the share below a value of normal distributions about some centres, mixed in equal parts."""
    return float(ndtr((value - centres) / max(noise, 1e-12)).mean())


def quantile(centres: Floats, noise: float, rank: float) -> float:
    """Return a quantile of the same mixture, by bisection."""
    low, high = float(centres.min()) - 10 * noise - 1e-9, float(centres.max()) + 10 * noise + 1e-9
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if below(centres, noise, middle) < rank else (low, middle)
    return (low + high) / 2
