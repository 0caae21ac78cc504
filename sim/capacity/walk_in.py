"""Walk-in: patients wait in the order in which they come, for a practitioner who is free, on duty and able."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from sim.capacity.week import DAYS, Worker
from sim.scenario.clinic import DAY_MINUTES


@dataclass(frozen=True)
class Place:
    """Where a walk-in patient is seen: practitioner and room by number."""

    worker: int
    room: int


class WaitingRoom:
    """The queue of a walk-in clinic; a visit that has begun is finished, after hours if need be."""

    def __init__(self, environment: simpy.Environment, team: tuple[Worker, ...], rooms: int) -> None:
        self._environment = environment
        self._team = team
        self._free = [True] * len(team)
        self._rooms = list(range(rooms))[::-1]
        self._queues: dict[frozenset[str], deque[tuple[int, simpy.Event]]] = {}
        self._came = 0
        always = all(one.spans[day] == ((0, DAY_MINUTES),) for one in team for day in range(DAYS))
        if not always:
            environment.process(self._openings())

    def join(self, skills: frozenset[str]) -> simpy.Event:
        """Join the queue; the event comes with the Place when it is the patient's turn."""
        event = self._environment.event()
        self._queues.setdefault(skills, deque()).append((self._came, event))
        self._came += 1
        self._call()
        return event

    def release(self, place: Place) -> None:
        """Leave practitioner and room to the next."""
        self._free[place.worker] = True
        self._rooms.append(place.room)
        self._call()

    def _call(self) -> None:
        """Call whoever is next, as long as anybody can be seen."""
        while self._rooms:
            now = self._environment.now
            ready = [i for i, one in enumerate(self._team) if self._free[i] and one.is_on_duty(now)]
            heads = sorted((queue[0][0], skills) for skills, queue in self._queues.items() if queue)
            chosen = next(
                ((skills, i) for _, skills in heads for i in self._by_skills(ready) if skills <= self._team[i].skills),
                None,
            )
            if chosen is None:
                return
            skills, worker = chosen
            self._free[worker] = False
            self._queues[skills].popleft()[1].succeed(Place(worker, self._rooms.pop()))

    def _by_skills(self, ready: list[int]) -> list[int]:
        return sorted(ready, key=lambda i: len(self._team[i].skills))

    def _openings(self) -> Generator[simpy.Event, Any, None]:
        """Call whoever waits whenever somebody comes on duty."""
        starts = sorted({day * DAY_MINUTES + s for one in self._team for day in range(DAYS) for s, _ in one.spans[day]})
        week = 0
        while True:
            for start in starts:
                at = week * DAYS * DAY_MINUTES + start
                if at > self._environment.now:
                    yield self._environment.timeout(at - self._environment.now)
                self._call()
            week += 1
