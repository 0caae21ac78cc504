"""Walk-in: patients wait in the order in which they come, for somebody free, able and on duty long enough."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple

import simpy

from sim.capacity.stretches import stretches_of
from sim.capacity.week import DAYS, Worker
from sim.scenario.clinic import DAY_MINUTES

_ROUNDING = 1e-9
"""Minutes by which a visit may seem to end late because times are not exact."""


@dataclass(frozen=True)
class Place:
    """Where a walk-in patient is seen: practitioner and room by number."""

    worker: int
    room: int


class Waiting(NamedTuple):
    """Somebody in the queue: rank by profile, place in the order of coming, planned minutes, and what is waited for."""

    rank: int
    came: int
    minutes: float
    event: simpy.Event


class WaitingRoom:
    """The queue of a walk-in clinic.

    A visit is begun if it is planned to end on duty, or at most so many minutes after it; who waits longer than the
    doors are open keeps the place in the queue for the next time that they are.
    """

    def __init__(
        self, environment: simpy.Environment, team: tuple[Worker, ...], rooms: int, weeks: int, overtime: float = 0.0
    ) -> None:
        self._environment = environment
        self._team = team
        self._free = [True] * len(team)
        self._rooms = list(range(rooms))[::-1]
        self._queues: dict[frozenset[str], list[Waiting]] = {}
        self._came = 0
        self._days = (weeks + 1) * DAYS
        self._duty = [stretches_of([one], self._days) for one in team]
        self._overtime = overtime + _ROUNDING
        if any(math.isfinite(duty.longest) for duty in self._duty):
            environment.process(self._openings())

    def join(self, skills: frozenset[str], minutes: float, rank: int = 0) -> simpy.Event:
        """Join the queue; the event comes with the Place when it is the patient's turn."""
        event = self._environment.event()
        insort(self._queues.setdefault(skills, []), Waiting(rank, self._came, minutes, event))
        self._came += 1
        self._call()
        return event

    def leave(self, skills: frozenset[str], event: simpy.Event) -> None:
        """Leave the queue without having been seen."""
        self._queues[skills] = [one for one in self._queues[skills] if one.event is not event]

    def release(self, place: Place) -> None:
        """Leave practitioner and room to the next."""
        self._free[place.worker] = True
        self._rooms.append(place.room)
        self._call()

    def _call(self) -> None:
        """Call whoever is next, as long as anybody can be seen."""
        while self._rooms:
            found = self._next()
            if found is None:
                return
            one, skills, worker = found
            self._free[worker] = False
            self._queues[skills].remove(one)
            one.event.succeed(Place(worker, self._rooms.pop()))

    def _next(self) -> tuple[Waiting, frozenset[str], int] | None:
        """Return the first in the queue for whom somebody is free and on duty long enough, and who that is."""
        now = self._environment.now
        left = {i: self._duty[i].end_of(now) - now for i in range(len(self._team)) if self._free[i]}
        ready = sorted((i for i in left if left[i] > 0), key=lambda i: len(self._team[i].skills))
        best: tuple[Waiting, frozenset[str], int] | None = None
        for skills, queue in self._queues.items():
            able = [i for i in ready if skills <= self._team[i].skills] if queue else []
            for one in queue if able else ():
                if best is not None and one[:2] > best[0][:2]:
                    break
                worker = next((i for i in able if one.minutes <= left[i] + self._overtime), None)
                if worker is not None:
                    best = one, skills, worker
                    break
        return best

    def _openings(self) -> Generator[simpy.Event, Any, None]:
        """Call whoever waits whenever somebody comes on duty."""
        for day in range(self._days):
            for start in sorted({start for one in self._team for start, _ in one.spans_of(day)}):
                at = day * DAY_MINUTES + start
                if at > self._environment.now:
                    yield self._environment.timeout(at - self._environment.now)
                self._call()
