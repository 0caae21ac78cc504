"""The warm-up: how many weeks a clinic that opens empty needs until it is as full as it will be (MSER-5)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BATCH = 5
DAYS = 7


class WarmUp(NamedTuple):
    """Weeks left out, and whether the series had settled by the middle of the run."""

    weeks: int
    is_settled: bool


def mser(series: Floats, batch: int = BATCH) -> int:
    """Return how many values to leave out at the start of a series: the truncation with the smallest standard error.

    Means of batches of 5; the truncation d minimises sum((x - mean)**2) / (n - d)**2 over the rest, and is sought in
    the first half of the run (White 1997, doi:10.1177/003754979706900601).
    """
    batches = len(series) // batch
    if batches < 2:
        return 0
    means = np.asarray(series[: batches * batch], dtype=float).reshape(batches, batch).mean(axis=1)
    left = np.arange(batches, 0, -1)
    total = np.cumsum(means[::-1])[::-1]
    squares = np.cumsum((means**2)[::-1])[::-1]
    marks = (squares - total**2 / left) / left.astype(float) ** 2
    return int(np.argmin(marks[: batches // 2 + 1])) * batch


def find_warm_up(daily: Floats) -> WarmUp:
    """Return the warm-up by a daily series, the mean over replications of the number of patients in care or waiting."""
    days = mser(daily)
    weeks = -(-days // DAYS)
    # A truncation at the very middle means that the series still rises there.
    return WarmUp(weeks, days < len(daily) // BATCH // 2 * BATCH)
