"""What patients ask of a clinic against what it can give: hours a week, by the skills that visits need."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from sim.capacity.courses import unhindered
from sim.capacity.model import Model
from sim.capacity.week import Worker, staffed_minutes
from sim.luck.streams import BLOCK_SIZE

Skills = frozenset[str]


@dataclass(frozen=True)
class Demand:
    """Hours a week that would be booked if nobody had to wait, by the skills needed; and what the clinic can give.

    `hours`: by skills; `capacity`: hours of treatment that practitioners and rooms allow; `excess`: hours a week by
    which demand exceeds capacity where it is scarcest, negative if there is room to spare; `scarce`: the skills there;
    `is_short_of_rooms`: whether more rooms alone would do; `per_course`: mean hours of a course, by skills.
    """

    hours: dict[Skills, float]
    capacity: float
    excess: float
    scarce: frozenset[str]
    is_short_of_rooms: bool
    per_course: dict[Skills, float]

    @property
    def total(self) -> float:
        """Hours a week in all."""
        return sum(self.hours.values())

    @property
    def is_stable(self) -> bool:
        """Whether the clinic can give what is asked for."""
        return self.excess < 0 or self.total == 0


def demand(model: Model, courses_per_week: float) -> Demand:
    """Return demand and capacity for so many courses a week, new and returning.

    Mean hours of a course are those of 4,096 patients on the days of their protocols. Demand can be met if every set
    of visits finds enough hours of those who can give any of them (Hall's condition). Slots that may be booked twice
    give their hours twice.
    """
    per_course = course_hours(model)
    hours = {skills: courses_per_week * mean for skills, mean in per_course.items()}
    worst, scarce = _scarcest(hours, model, model.rooms)
    short_of_rooms = worst >= 0 and _scarcest(hours, model, len(model.team))[0] < 0
    capacity = _bookable_minutes(model, model.team, model.rooms) / 60
    return Demand(hours, capacity, worst, scarce, short_of_rooms, per_course)


def excess_of(hours: dict[Skills, float], model: Model) -> float:
    """Return by how many hours a week a demand exceeds what a clinic can give where it does so most."""
    return _scarcest(hours, model, model.rooms)[0]


def _bookable_minutes(model: Model, team: tuple[Worker, ...], rooms: int) -> float:
    """Return the minutes of a mean week for which a team can be booked in so many rooms, once or twice."""
    times = 1 + float(model.clinic.booking.overbooked or 0)
    return times * staffed_minutes(team, rooms, model.clinic.weeks)


def _scarcest(hours: dict[Skills, float], model: Model, rooms: int) -> tuple[float, frozenset[str]]:
    """Return by how many hours a week demand exceeds capacity where it does so most, and the skills there."""
    worst, scarce = -math.inf, frozenset[str]()
    for group in _groups(list(hours)):
        able = tuple(one for one in model.team if any(skills <= one.skills for skills in group))
        excess = sum(hours[skills] for skills in group) - _bookable_minutes(model, able, rooms) / 60
        if excess > worst:
            worst, scarce = excess, frozenset().union(*group)
    return worst, scarce


def course_hours(model: Model) -> dict[Skills, float]:
    """Return the mean hours that a course books, missed visits among them, by the skills that its visits need."""
    taken, traces, _ = unhindered(model.study, model.rules, 0, BLOCK_SIZE)
    slot = model.clinic.booking.slot_minutes if model.clinic.booking.form == "appointments" else 1
    missed = model.missed if model.attendance is None else model.attendance.mean_missed()
    again = 1 / (1 - missed) if model.clinic.missed.then == "rebooked" else 1.0
    before = (0.0, *model.edges)
    found: dict[Skills, float] = {}
    for arm, name in enumerate(model.arms):
        share = model.edges[arm] - before[arm]
        for at, path in enumerate(model.pathways.by_arm[name]):
            members = np.flatnonzero(taken[name] == at)
            events, steps = traces[name].event[:, members] != 0, traces[name].step[:, members]
            for step in range(len(path.visits)):
                for visit in range(path.visits[step]):
                    n = int((events[visit] & (steps[visit] == step)).sum())
                    planned = path.minutes[step][visit] + (model.extra_minutes if visit == 0 else 0.0)
                    minutes = -int(-planned // slot) * slot
                    skills = path.skills[step][visit]
                    found[skills] = found.get(skills, 0.0) + share * again * n * minutes / 60 / BLOCK_SIZE
    return {skills: hours for skills, hours in found.items() if hours > 0}


def _groups(listed: list[Skills]) -> Iterator[tuple[Skills, ...]]:
    return chain.from_iterable(combinations(listed, n) for n in range(1, len(listed) + 1))
