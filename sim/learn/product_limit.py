"""The share without an event over time where not everybody was followed as long: the product-limit estimate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimate import Z95

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ProductLimit:
    """Kaplan and Meier's estimate at each time of an event, in order.

    All arrays are (events,): `times`, `at_risk` just before, `events` at the time, `without` (the share without an
    event from then on) and `error`, its standard error by Greenwood's formula (NaN once nobody is left without).
    `ends` are all times, (patients,), in order, of an event or of the last that is known.
    """

    times: Floats
    at_risk: NDArray[np.int64]
    events: NDArray[np.int64]
    without: Floats
    error: Floats
    ends: Floats

    def at(self, time: float) -> tuple[float, float, float, float]:
        """Return the share with an event by a time, its standard error, and the ends of its 95 % interval.

        The interval is that of log(-log) of the share without, so that it lies between 0 and 1; it is NaN as long as
        nobody has had the event.
        """
        k = int(np.searchsorted(self.times, time, side="right")) - 1
        if k < 0:
            return 0.0, 0.0, math.nan, math.nan
        without, error = float(self.without[k]), float(self.error[k])
        if not 0 < without < 1 or math.isnan(error):
            return 1 - without, error, math.nan, math.nan
        wide = Z95 * error / (without * abs(math.log(without)))
        return 1 - without, error, 1 - without ** math.exp(-wide), 1 - without ** math.exp(wide)

    def known(self, time: float) -> int:
        """Return how many were still without an event, and followed, just before a time."""
        return int(len(self.ends) - np.searchsorted(self.ends, time, side="left"))

    def events_by(self, time: float) -> int:
        """Return how many had an event by a time."""
        return int(self.events[: np.searchsorted(self.times, time, side="right")].sum())


def product_limit(times: Sequence[float], is_event: Sequence[bool]) -> ProductLimit:
    """Return the estimate for times of patients, of an event or else of the last that is known of them.

    Greenwood's variance is S² Σ d / (n (n − d)); doi:10.1080/01621459.1958.10501452.

    >>> found = product_limit([1, 2, 2, 3], [True, True, False, False])
    >>> found.without.tolist(), found.known(2)
    ([0.75, 0.5], 3)
    """
    given, happened = np.asarray(times, dtype=np.float64), np.asarray(is_event, dtype=bool)
    ends = np.sort(given)
    at, events = np.unique(given[happened], return_counts=True)
    at_risk = len(ends) - np.searchsorted(ends, at, side="left")
    without = np.cumprod(1 - events / np.maximum(at_risk, 1), dtype=np.float64)
    left = at_risk - events
    terms = np.divide(events, at_risk * left, out=np.full(len(at), np.nan), where=left > 0)
    return ProductLimit(at, at_risk, events, without, without * np.sqrt(np.cumsum(terms)), ends)
