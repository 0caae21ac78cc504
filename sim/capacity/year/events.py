"""What is to happen next: events in the order of their time, those at the same time in the order of being set."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inner

REQUEST: Final = 0
BEGINS: Final = 1
WITHDRAWS: Final = 2
ENDS: Final = 3
RETURNS: Final = 4


class Events(NamedTuple):
    """A heap of events: when each happens, and its order, what it is and of which course, (events, 3).

    `counts`: how many there are, and how many there have been.
    """

    time: NDArray[np.float64]
    what: NDArray[np.int64]
    counts: NDArray[np.int64]


def no_events(room: int) -> Events:
    """Return room for so many events."""
    return Events(np.zeros(room), np.zeros((room, 3), np.int64), np.zeros(2, np.int64))


def with_more_room(events: Events) -> Events:
    """Return the same events with room for twice as many."""
    found = no_events(2 * len(events.time))
    for more, one in zip(found, events, strict=True):
        more[: len(one)] = one
    return found


@inner
def is_before(events: Events, one: int, other: int) -> bool:
    """Tell whether an event comes before another."""
    if events.time[one] != events.time[other]:
        return bool(events.time[one] < events.time[other])
    return bool(events.what[one, 0] < events.what[other, 0])


@inner
def swap(events: Events, one: int, other: int) -> None:
    """Let two events change places in the heap."""
    time = events.time[one]
    events.time[one] = events.time[other]
    events.time[other] = time
    for i in range(3):
        what = events.what[one, i]
        events.what[one, i] = events.what[other, i]
        events.what[other, i] = what


@inner
def push(events: Events, time: float, kind: int, of: int) -> None:
    """Set an event."""
    at = events.counts[0]
    events.time[at] = time
    events.what[at, 0], events.what[at, 1], events.what[at, 2] = events.counts[1], kind, of
    events.counts[0] += 1
    events.counts[1] += 1
    while at > 0:
        above = (at - 1) // 2
        if not is_before(events, at, above):
            break
        swap(events, at, above)
        at = above


@inner
def drop_first(events: Events) -> None:
    """Take the event that is next out of the heap."""
    events.counts[0] -= 1
    n, at = events.counts[0], 0
    swap(events, 0, n)
    while 2 * at + 1 < n:
        below = 2 * at + 1
        if below + 1 < n and is_before(events, below + 1, below):
            below += 1
        if not is_before(events, below, at):
            break
        swap(events, below, at)
        at = below
