"""The working week of a clinic: who is on duty when, as bits of the slots of each day, and what a visit asks for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from sim.scenario.clinic import DAY_MINUTES, WEEKDAYS, Clinic

DAYS = len(WEEKDAYS)
WEEK_MINUTES = DAYS * DAY_MINUTES


@dataclass(frozen=True)
class Worker:
    """One practitioner: the group in the scenario, a name, skills as names, and the slots on duty by weekday."""

    group: str
    label: str
    skills: frozenset[str]
    on_duty: tuple[int, ...]
    spans: tuple[tuple[tuple[int, int], ...], ...]
    wage_per_hour: float

    @property
    def minutes(self) -> int:
        """Minutes on duty in a week."""
        return sum(end - start for spans in self.spans for start, end in spans)

    @property
    def longest(self) -> int:
        """The longest stretch of minutes without a break."""
        return max(end - start for spans in self.spans for start, end in spans)

    def is_on_duty(self, minute: float) -> bool:
        """Tell whether the practitioner is on duty at a minute from the first Monday on."""
        day, rest = divmod(minute, DAY_MINUTES)
        return any(start <= rest < end for start, end in self.spans[int(day) % DAYS])


def workers(clinic: Clinic, number: int | None = None) -> tuple[Worker, ...]:
    """Return the practitioners, or another number of them: group after group in turn, as the scenario lists them."""
    listed = [(name, one) for name, one in clinic.practitioners.items() for _ in range(one.count)]
    taken = listed if number is None else [listed[i % len(listed)] for i in range(number)]
    found = []
    for i, (name, one) in enumerate(taken):
        before = sum(other == name for other, _ in taken[:i])
        label = one.label or name.replace("_", " ").capitalize()
        spans = tuple(one.hours if day in one.days else () for day in WEEKDAYS)
        slot = clinic.booking.slot_minutes
        found.append(
            Worker(
                name,
                f"{label} {before + 1}" if sum(other == name for other, _ in taken) > 1 else label,
                frozenset(one.skills),
                tuple(sum(_bits(start, end, slot) for start, end in day) for day in spans),
                spans,
                float(one.wage_per_hour),
            )
        )
    return tuple(found)


def _bits(start: int, end: int, slot: int) -> int:
    """Return the slots that lie wholly between two minutes of a day."""
    first, last = -(-start // slot), end // slot
    return ((1 << max(last - first, 0)) - 1) << first


def staffed_minutes(team: tuple[Worker, ...], rooms: int) -> int:
    """Return the minutes of a week's treatment that practitioners and rooms allow together."""
    edges = sorted({minute for one in team for spans in one.spans for span in spans for minute in span})
    total = 0
    for day in range(DAYS):
        for start, end in itertools.pairwise(edges):
            on_duty = sum(any(a <= start and end <= b for a, b in one.spans[day]) for one in team)
            total += (end - start) * min(on_duty, rooms)
    return total


def open_minutes(team: tuple[Worker, ...]) -> int:
    """Return the minutes of a week in which anybody is on duty."""
    return staffed_minutes(team, 1)
