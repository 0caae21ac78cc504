"""Illness of practitioners: when each is ill, and what becomes of the appointments of somebody who falls ill."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import simpy

from sim.capacity.model import Model
from sim.capacity.visits import Desk, Visits
from sim.capacity.week import DAYS, YEAR_DAYS, Worker
from sim.luck.streams import stream
from sim.scenario.clinic import DAY_MINUTES


class Spell(NamedTuple):
    """A spell of illness: its first and last day from the first Monday on, and the practitioner by number."""

    first: int
    last: int
    worker: int


def draw_spells(model: Model, replication: int) -> list[Spell]:
    """Return when practitioners are ill in a replication, by the first day; a year beyond its end is drawn too.

    The luck of each is named after the group and the place in it, so it is the same in a team of another size.
    """
    days = model.clinic.weeks * DAYS + round(YEAR_DAYS)
    found = []
    for number, one in enumerate(model.team):
        per_year, mean = one.illness
        if not per_year > 0:
            continue
        lots = stream(model.scenario.seed, replication, one.place, f"clinic illness of {one.group}")
        day = float(lots.standard_exponential()) * YEAR_DAYS / per_year
        while day < days:
            length = int(lots.geometric(1 / mean))
            found.append(Spell(int(day), int(day) + length - 1, number))
            day += float(lots.standard_exponential()) * YEAR_DAYS / per_year
    return sorted(found)


def ill_days(spells: Sequence[Spell], workers: int) -> list[frozenset[int]]:
    """Return the days on which each practitioner is ill."""
    return [
        frozenset(day for one in spells if one.worker == worker for day in range(one.first, one.last + 1))
        for worker in range(workers)
    ]


def team_without_ill(team: tuple[Worker, ...], spells: Sequence[Spell]) -> tuple[Worker, ...]:
    """Return the team of a replication whose days of illness are days off."""
    ill = ill_days(spells, len(team))
    return tuple(replace(one, off=one.off | days) if days else one for one, days in zip(team, ill, strict=True))


@dataclass
class _Open:
    """A course that has appointments: its visits, and the process that waits for the next of them."""

    visits: Visits
    process: simpy.Process


class SickLeave:
    """Tells patients of a practitioner who falls ill, as the first day of the spell begins, and books them again.

    Their appointments are given back together; then each books anew, in the order of the appointments.
    """

    def __init__(self, desk: Desk, spells: Sequence[Spell]) -> None:
        self._desk, self._spells = desk, spells
        self._open: dict[int, _Open] = {}

    def follow(self, course: int, visits: Visits) -> None:
        """Remember a course whose appointments may be called off; asked from its own process."""
        process = self._desk.environment.active_process
        assert process is not None
        self._open[course] = _Open(visits, process)

    def forget(self, course: int) -> None:
        """Forget a course that has ended."""
        self._open.pop(course, None)

    def begin(self) -> Generator[simpy.Event, Any, None]:
        """Go through the spells of a replication as they begin."""
        environment = self._desk.environment
        for spell in self._spells:
            yield environment.timeout(max(spell.first * DAY_MINUTES - environment.now, 0.0))
            days = range(spell.first, spell.last + 1)
            concerned = [(at, one) for one in self._open.values() if (at := one.visits.call_off(spell.worker, days))]
            for day in days:
                self._desk.calendar.close(spell.worker, day)
            for _, one in sorted(concerned, key=lambda pair: pair[0].start):
                if one.visits.is_expected:
                    one.process.interrupt()
