"""When practitioners were on duty in a replication: the minutes of each on each day, by roster and in truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.capacity.history import AnyHistory
from sim.capacity.stretches import Stretches, stretches_of
from sim.capacity.week import DAYS, Worker
from sim.scenario.clinic import DAY_MINUTES

Floats = NDArray[np.float64]
HOURS = 24


@dataclass(frozen=True)
class Duty:
    """Who was on duty on the days of a replication: `is_there` (practitioners, days) and the hours of the rosters."""

    team: tuple[Worker, ...]
    is_there: NDArray[np.bool_]

    @property
    def days(self) -> int:
        """Days of the replication."""
        return int(self.is_there.shape[1])

    @cached_property
    def rostered(self) -> Floats:
        """Minutes by the rosters, absences or not, (practitioners, days)."""
        return _rostered(self.team, self.days)

    @cached_property
    def minutes(self) -> Floats:
        """Minutes on duty, (practitioners, days)."""
        return self.rostered * self.is_there

    @cached_property
    def open(self) -> Floats:
        """Minutes in which anybody is on duty, by day, (days,)."""
        usual = _open_by_roster(self.team, self.days)
        away = np.flatnonzero(~(self.is_there | (self.rostered == 0)).all(axis=0))
        if not len(away):
            return usual
        opened = usual.copy()
        for day in away.tolist():
            present = [one for one, there in zip(self.team, self.is_there[:, day].tolist(), strict=True) if there]
            opened[day] = _covered([span for one in present for span in one.spans[day % len(one.spans)]])
        return opened

    @cached_property
    def stretches(self) -> tuple[Stretches, ...]:
        """When each practitioner was on duty, and is by the roster in the week after the last day."""
        return tuple(stretches_of([one], self.days + DAYS) for one in self._present)

    @cached_property
    def opening(self) -> Stretches:
        """When anybody was on duty, and is by the roster in the week after the last day."""
        return stretches_of(self._present, self.days + DAYS)

    @property
    def _present(self) -> tuple[Worker, ...]:
        """The team, whose days of absence are days off."""
        away = [frozenset(np.flatnonzero(~there).tolist()) for there in self.is_there]
        return tuple(
            replace(one, off=one.off | days) if days else one for one, days in zip(self.team, away, strict=True)
        )

    def by_hour(self, first_day: int) -> Floats:
        """Return the minutes on duty by weekday and hour of a mean week from a Monday on, (7, 24)."""
        total = np.zeros((DAYS, HOURS))
        for one, there in zip(self.team, self.is_there[:, first_day:], strict=True):
            days = np.arange(first_day, self.days) % len(one.spans)
            total += (_hours(one)[days] * there[:, None]).reshape(-1, DAYS, HOURS).sum(axis=0)
        return total / ((self.days - first_day) // DAYS)


def duty_of(team: tuple[Worker, ...], history: AnyHistory) -> Duty:
    """Return who was on duty in a replication: whoever was neither off nor ill."""
    is_there = _planned(team, int(history.minutes // DAY_MINUTES)).copy()
    ill = history.columns("absences")
    if len(ill["day"]):
        is_there[ill["worker"], ill["day"]] = False
    return Duty(team, is_there)


@lru_cache(maxsize=64)
def _planned(team: tuple[Worker, ...], days: int) -> NDArray[np.bool_]:
    found = np.ones((len(team), days), dtype=bool)
    for number, one in enumerate(team):
        found[number, [day for day in one.off if day < days]] = False
    return found


@lru_cache(maxsize=64)
def _rostered(team: tuple[Worker, ...], days: int) -> Floats:
    by_day = [[float(sum(end - start for start, end in spans)) for spans in one.spans] for one in team]
    return np.array([[listed[day % len(listed)] for day in range(days)] for listed in by_day])


@lru_cache(maxsize=64)
def _open_by_roster(team: tuple[Worker, ...], days: int) -> Floats:
    known: dict[tuple[int, ...], float] = {}
    found = []
    for day in range(days):
        at = tuple(day % len(one.spans) for one in team)
        if at not in known:
            known[at] = _covered([span for one, i in zip(team, at, strict=True) for span in one.spans[i]])
        found.append(known[at])
    return np.array(found)


@lru_cache(maxsize=256)
def _hours(one: Worker) -> Floats:
    """Return the minutes of each hour of the days of a roster, (days, 24)."""
    found = np.zeros((len(one.spans), HOURS))
    for day, spans in enumerate(one.spans):
        for start, end in spans:
            for hour in range(start // 60, -(-end // 60)):
                found[day, hour] += min(end, 60 * hour + 60) - max(start, 60 * hour)
    return found


def _covered(spans: list[tuple[int, int]]) -> float:
    """Return the minutes that lie in any of the spans."""
    total, until = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, until))
        until = max(until, end)
    return float(total)
