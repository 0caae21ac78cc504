"""Stretches of duty from the first Monday on: when each ends, and how much of what happens falls into them."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sim.capacity.week import Worker
from sim.scenario.clinic import DAY_MINUTES

Floats = NDArray[np.float64]


class Stretches:
    """Stretches of time that do not touch, by when they start and end, in minutes from the first Monday on."""

    def __init__(self, spans: Iterable[tuple[float, float]]) -> None:
        """Take spans in any order; those that touch or overlap become one."""
        starts: list[float] = []
        ends: list[float] = []
        for start, end in sorted(spans):
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        self._starts, self._ends = starts, ends

    def end_of(self, minute: float) -> float:
        """Return when the stretch ends in which a minute lies; minus infinity if it lies in none."""
        at = bisect_right(self._starts, minute) - 1
        return self._ends[at] if at >= 0 and minute < self._ends[at] else -math.inf

    @property
    def longest(self) -> float:
        """The minutes of the longest stretch."""
        return max((end - start for start, end in zip(self._starts, self._ends, strict=True)), default=0.0)

    def parts(self, start: Floats, minutes: Floats) -> tuple[Floats, Floats]:
        """Return what falls into the stretches: the start and minutes of each part, one for each stretch it touches."""
        ends, starts = np.array(self._ends), np.array(self._starts)
        end = start + minutes
        # What lies wholly within a stretch keeps its minutes to the bit.
        at = np.searchsorted(ends, start, side="right")
        known = at < len(ends)
        inside = known & (starts[np.minimum(at, len(ends) - 1)] <= start) & (end <= ends[np.minimum(at, len(ends) - 1)])
        found_start, found_minutes = [start[inside]], [minutes[inside]]
        rest = known & ~inside
        start, end, at = start[rest], end[rest], at[rest]
        while len(at):
            first, last = np.maximum(start, starts[at]), np.minimum(end, ends[at])
            some = last > first
            found_start.append(first[some])
            found_minutes.append((last - first)[some])
            more = (ends[at] < end) & (at + 1 < len(ends))
            start, end, at = start[more], end[more], at[more] + 1
        return np.concatenate(found_start), np.concatenate(found_minutes)


def stretches_of(team: Iterable[Worker], days: int) -> Stretches:
    """Return when anybody of a team is on duty in so many days from the first Monday on; who never stops never does."""
    found = Stretches(
        (float(day * DAY_MINUTES + start), float(day * DAY_MINUTES + end))
        for one in team
        for day in range(days)
        for start, end in one.spans_of(day)
    )
    return Stretches([(0.0, math.inf)]) if found.longest == days * DAY_MINUTES else found


def apart(start: Floats, minutes: Floats, of: NDArray[np.int64]) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return time that is spent by somebody as stretches that do not overlap, by who spends it.

    Of what begins before an earlier one of the same `of` has ended, the rest is kept; what has none is left out.
    """
    order = np.lexsort((start, of))
    start, minutes, of = start[order], minutes[order], of[order]
    end = start + minutes
    before = np.full(len(end), -math.inf)
    for one in np.unique(of):
        at = np.flatnonzero(of == one)
        before[at[1:]] = np.maximum.accumulate(end[at])[:-1]
    late = before > start
    start, minutes = np.where(late, before, start), np.where(late, end - before, minutes)
    some = minutes > 0
    return start[some], minutes[some], of[some]
