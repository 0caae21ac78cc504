"""The share with an event over time where it is known of each only between which times it happened, or after which.

Turnbull's estimate (1976, doi:10.1111/j.2517-6161.1976.tb01597.x): the distribution over time that makes what was
observed likeliest. Where events are known exactly it is Kaplan and Meier's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimate import Z95
from sim.luck.streams import stream

Floats = NDArray[np.float64]

REPEATS = 200
"""Times that patients are drawn anew to find errors."""
MOST_STEPS = 5000
MOST_KINDS, WEEK = 1000, 7.0
"""Pairs of times up to which these are taken as they are; of more, as whole weeks, two weeks and so on, from the one
before to the one after."""
ENOUGH, ENOUGH_FOR_ERRORS = 1e-8, 1e-5
"""Change of a share in a step that ends the search, for the estimate and for each of the repeats."""
SEED = 1


@dataclass(frozen=True)
class TimeToEvent:
    """Turnbull's estimate: the shares of patients whose event lies in each of some intervals, in order of time.

    `after` and `by` (intervals,): an interval begins after the one and ends with the other; the last may be without an
    end, for those without an event. `shares` (intervals,), and `repeats` (repeats, intervals), the same for patients
    drawn anew; `ends` are all times, (patients,), in order, by which an event is known or of the last that is known;
    `known_by` are times by which each event is known, (patients with one,), in order.
    """

    after: Floats
    by: Floats
    shares: Floats
    repeats: Floats
    ends: Floats
    known_by: Floats

    def at(self, time: float) -> tuple[float, float, float, float]:
        """Return the share with an event by a time, its standard error, and the ends of its 95 % interval.

        Within an interval events are taken to be spread evenly. The interval is that of log(-log) of the share without,
        so that it lies between 0 and 1; it is NaN as long as nobody has had the event, or once everybody has.
        """
        passed = np.clip((time - self.after) / (self.by - self.after), 0.0, 1.0)
        share, error = float(self.shares @ passed), float((self.repeats @ passed).std())
        without = 1.0 - share
        if not 1e-9 < without < 1.0 - 1e-9:
            return float(round(share)), 0.0 if without > 0.5 else math.nan, math.nan, math.nan
        wide = Z95 * error / (without * abs(math.log(without)))
        return share, error, 1 - without ** math.exp(-wide), 1 - without ** math.exp(wide)

    def watched(self, time: float) -> int:
        """Return how many were still without an event, as far as is known, and followed, just before a time."""
        return int(len(self.ends) - np.searchsorted(self.ends, time, side="left"))

    def events_by(self, time: float) -> int:
        """Return of how many it is known that they had an event by a time."""
        return int(np.searchsorted(self.known_by, time, side="right"))


def time_to_event(after: Sequence[float], by: Sequence[float]) -> TimeToEvent:
    """Return the estimate for patients whose event came `after` a time and `by` a later one, which is infinite for who
    had none as far as is known.

    >>> found = time_to_event([0, 1, 2, 2], [1, 2, 3, math.inf])  # an event in each of three days, and one without
    >>> [round(found.at(day)[0], 4) for day in (1, 2, 3)], found.watched(2)
    ([0.25, 0.5, 0.75], 3)
    """
    began, ended = np.asarray(after, dtype=np.float64), np.asarray(by, dtype=np.float64)
    pairs, counts = _pairs(began, ended)
    low, high = _innermost(pairs)
    first = np.searchsorted(low, pairs[:, 0], side="left")
    last = np.searchsorted(high, pairs[:, 1], side="right")
    shares = _likeliest(counts[None].astype(np.float64), first, last, len(low), ENOUGH)[0]
    drawn = stream(SEED, 0, 0, "patients drawn anew").multinomial(len(began), counts / len(began), size=REPEATS)
    repeats = _likeliest(drawn.astype(np.float64), first, last, len(low), ENOUGH_FOR_ERRORS)
    ends = np.where(np.isfinite(ended), ended, began)
    return TimeToEvent(low, high, shares, repeats, np.sort(ends), np.sort(ended[np.isfinite(ended)]))


def _pairs(began: Floats, ended: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the pairs of times that there are, (pairs, 2), and how many patients have each, (pairs,)."""
    given, width = np.column_stack([began, ended]), WEEK
    pairs, counts = np.unique(given, axis=0, return_counts=True)
    while len(pairs) > MOST_KINDS:
        wider = np.column_stack([np.floor(began / width) * width, np.ceil(ended / width) * width])
        pairs, counts = np.unique(wider, axis=0, return_counts=True)
        width *= 2
    return pairs, counts


def _innermost(pairs: Floats) -> tuple[Floats, Floats]:
    """Return the beginnings and ends of the intervals that can hold events: from a beginning to an end with neither in
    between. A beginning is not part of an interval, its end is.
    """
    times = np.concatenate([np.unique(pairs[:, 1]), np.unique(pairs[:, 0])])
    begins = np.repeat([False, True], [len(np.unique(pairs[:, 1])), len(np.unique(pairs[:, 0]))])
    order = np.lexsort((begins, times))
    times, begins = times[order], begins[order]
    at = np.flatnonzero(begins[:-1] & ~begins[1:])
    return times[at], times[at + 1]


def _likeliest(
    counts: Floats, first: NDArray[np.int64], last: NDArray[np.int64], intervals: int, enough: float
) -> Floats:
    """Return shares of intervals, (repeats, intervals), by the self-consistency of Turnbull: each is the mean over
    patients of how likely their event lies in it. `counts` (repeats, pairs) of patients whose event lies in the
    intervals from `first` up to before `last`, (pairs,).
    """
    shares = np.full((len(counts), intervals), 1.0 / intervals)
    total = counts.sum(axis=1, keepdims=True)
    edges, begun, over = (np.zeros((len(counts), width + 1)) for width in (intervals, len(first), len(first)))
    by_first, by_last = np.argsort(first, kind="stable"), np.argsort(last, kind="stable")
    places = np.arange(intervals)
    are_begun = np.searchsorted(first[by_first], places, side="right")
    are_over = np.searchsorted(last[by_last], places, side="right")
    for _ in range(MOST_STEPS):
        np.cumsum(shares, axis=1, out=edges[:, 1:])
        weight = counts / np.maximum(edges[:, last] - edges[:, first], 1e-300)
        np.cumsum(weight[:, by_first], axis=1, out=begun[:, 1:])
        np.cumsum(weight[:, by_last], axis=1, out=over[:, 1:])
        new = shares * np.maximum(begun[:, are_begun] - over[:, are_over], 0.0) / total
        change = float(np.abs(new - shares).max())
        shares = new
        if change < enough:
            break
    return shares
