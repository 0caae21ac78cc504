"""The working week of a clinic: who is on duty when, as bits of the slots of each day, and what a visit asks for."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from sim.scenario.clinic import DAY_MINUTES, WEEKDAYS, Clinic, Practitioner
from sim.scenario.working_year import is_off, read_stretch

DAYS = len(WEEKDAYS)
WEEK_MINUTES = DAYS * DAY_MINUTES
YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Worker:
    """One practitioner: the group in the scenario, a name, skills as names, and when they are on duty.

    `on_duty` (slots, as bits) and `spans` (minutes from midnight) are by day of the roster, which begins on the first
    Monday and comes again when it has ended; on days `off`, counted from the first Monday on, nobody works.
    `place`: which of the group it is, from 0; `illness`: spells a year, and their mean length in days.
    """

    group: str
    label: str
    skills: frozenset[str]
    on_duty: tuple[int, ...]
    spans: tuple[tuple[tuple[int, int], ...], ...]
    wage_per_hour: float
    off: frozenset[int] = frozenset()
    place: int = 0
    illness: tuple[float, float] = (0.0, 1.0)

    @property
    def minutes(self) -> float:
        """Minutes on duty in a week by the roster, the mean of its weeks."""
        return sum(end - start for spans in self.spans for start, end in spans) / (len(self.spans) // DAYS)

    @property
    def longest(self) -> int:
        """The longest stretch of minutes without a break."""
        return max(end - start for spans in self.spans for start, end in spans)

    @property
    def ill_share(self) -> float:
        """Share of days on which an illness keeps the practitioner away, spells that overlap taken once."""
        spells, days = self.illness
        return -math.expm1(-spells / YEAR_DAYS * days)

    def slots_of(self, day: int) -> int:
        """Return the slots on duty of a day from the first Monday on, as bits."""
        return 0 if day in self.off else self.on_duty[day % len(self.on_duty)]

    def spans_of(self, day: int) -> tuple[tuple[int, int], ...]:
        """Return the hours of a day from the first Monday on, in minutes from midnight."""
        return () if day in self.off else self.spans[day % len(self.spans)]

    def is_on_duty(self, minute: float) -> bool:
        """Tell whether the practitioner is on duty at a minute from the first Monday on."""
        day, rest = divmod(minute, DAY_MINUTES)
        return any(start <= rest < end for start, end in self.spans_of(int(day)))


def workers(clinic: Clinic, number: int | None = None) -> tuple[Worker, ...]:
    """Return the practitioners, or another number of them: group after group in turn, as the scenario lists them."""
    listed = [(name, one) for name, one in clinic.practitioners.items() for _ in range(one.count)]
    taken = listed if number is None else [listed[i % len(listed)] for i in range(number)]
    away = {name: _days_off(clinic, one) for name, one in clinic.practitioners.items()}
    slot = clinic.booking.slot_minutes
    found = []
    for i, (name, one) in enumerate(taken):
        before = sum(other == name for other, _ in taken[:i])
        label = one.label or name.replace("_", " ").capitalize()
        spans = tuple(day for week in one.weeks for day in week)
        found.append(
            Worker(
                name,
                f"{label} {before + 1}" if sum(other == name for other, _ in taken) > 1 else label,
                frozenset(one.skills),
                tuple(sum(_bits(start, end, slot) for start, end in day) for day in spans),
                spans,
                float(one.wage_per_hour),
                away[name],
                before,
                (float(one.illness.spells_per_year), float(one.illness.days)) if one.illness else (0.0, 1.0),
            )
        )
    return tuple(found)


def _days_off(clinic: Clinic, one: Practitioner) -> frozenset[int]:
    """Return the days on which nobody works or one is on leave, from the first Monday to a year after the end."""
    days_off = tuple(read_stretch(written) for written in (*clinic.closed, *one.leave))
    if not days_off:
        return frozenset()
    return frozenset(day for day in range(clinic.weeks * DAYS + round(YEAR_DAYS)) if is_off(days_off, day))


def _bits(start: int, end: int, slot: int) -> int:
    """Return the slots that lie wholly between two minutes of a day."""
    first, last = -(-start // slot), end // slot
    return ((1 << max(last - first, 0)) - 1) << first


def staffed_minutes(team: tuple[Worker, ...], rooms: int, weeks: int = 1) -> float:
    """Return the minutes of a week's treatment that practitioners and rooms allow together.

    The mean of so many weeks from the first on, of which one is enough where every week is alike; what is lost to
    illness is taken off as the share of the time on duty.
    """
    is_alike = all(not one.off and len(one.spans) == DAYS for one in team)
    days = DAYS if is_alike else DAYS * weeks
    edges = sorted({minute for one in team for spans in one.spans for span in spans for minute in span})
    total = 0
    for day in range(days):
        present = [spans for one in team if (spans := one.spans_of(day))]
        for start, end in itertools.pairwise(edges) if present else ():
            on_duty = sum(any(a <= start and end <= b for a, b in spans) for spans in present)
            total += (end - start) * min(on_duty, rooms)
    rostered = sum(one.minutes for one in team)
    well = sum(one.minutes * (1 - one.ill_share) for one in team) / rostered if rostered else 1.0
    return total / (days // DAYS) * well
