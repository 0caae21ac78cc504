"""A week of one replication as it went: every appointment, who was on duty, and who waited for a first visit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.capacity.duty import duty_of
from sim.capacity.history import GAVE_UP, KEPT, LATE_CANCELLED, NO_SHOW, PENDING, AnyHistory
from sim.capacity.replicate import Replications
from sim.capacity.week import WEEK_MINUTES
from sim.scenario.clinic import DAY_MINUTES

DAYS = WEEK_MINUTES // DAY_MINUTES


@dataclass(frozen=True)
class Visit:
    """An appointment: minutes from the Monday of the week on, by calendar and in truth, and whether the patient came.

    `patient`: number of the course, from 1 in the order of asking; `visit`: number of the visit in it, from 1; `made`:
    when it was booked, negative before the week.
    """

    start: float
    end: float
    begins: float
    ends: float
    worker: int
    room: int
    patient: int
    visit: int
    came: bool
    made: float


@dataclass(frozen=True)
class Waiting:
    """Somebody who waits for a first visit: number, minutes of asking and of the first visit (infinite: beyond)."""

    patient: int
    since: float
    until: float


@dataclass(frozen=True)
class RecordedWeek:
    """A week: its number from 1, the hours on duty by practitioner and day, visits, and who waits in it."""

    number: int
    replication: int
    hours: tuple[tuple[tuple[tuple[int, int], ...], ...], ...]
    visits: tuple[Visit, ...]
    waiting: tuple[Waiting, ...]


def typical_week(runs: Replications, first: AnyHistory) -> RecordedWeek:
    """Return the counted week of the first replication with a number of visits nearest the mean, the earliest one.

    Weeks without visits count for nothing, as long as there are others.
    """
    weekly = runs.measured[0].weekly["visits"][runs.warm_up.weeks :]
    busy = weekly[weekly > 0]
    apart = np.where(weekly > 0, np.abs(weekly - (busy.mean() if len(busy) else 0.0)), np.inf)
    return recorded_week(runs, first, runs.warm_up.weeks + int(np.argmin(apart)))


def recorded_week(runs: Replications, history: AnyHistory, week: int) -> RecordedWeek:
    """Return a week, counted from 0, of a replication."""
    model, start = runs.model, float(week * WEEK_MINUTES)
    rows, courses = history.columns("appointments"), history.columns("courses")
    duty = duty_of(model.team, history)
    visits = []
    near = (rows["start"] > start - WEEK_MINUTES) & (rows["start"] < start + WEEK_MINUTES)
    for at in np.flatnonzero(near).tolist():
        became = int(rows["became"][at])
        if became not in (KEPT, NO_SHOW, LATE_CANCELLED, PENDING):
            continue
        begin = float(rows["start"][at]) - start
        minutes = float(rows["minutes"][at])
        delay, took = float(rows["delay"][at]), float(rows["took"][at])
        begins = begin + delay
        ends = begins + (minutes if math.isnan(took) else took)
        if ends <= 0 or minutes <= 0:
            continue
        visits.append(
            Visit(
                begin, begin + minutes, begins, ends, int(rows["worker"][at]), int(rows["room"][at]),
                int(rows["course"][at]) + 1, int(rows["visit"][at]) + 1, became in (KEPT, PENDING),
                float(rows["made"][at]) - start,
            )
        )  # fmt: skip
    waiting = []
    for at in np.flatnonzero(courses["stands"] != GAVE_UP).tolist():
        asked = float(courses["asked"][at]) - start
        began = float(courses["began"][at])
        until = math.inf if math.isnan(began) else began - start
        if asked < WEEK_MINUTES and until > 0:
            waiting.append(Waiting(at + 1, asked, until))
    first_day = week * DAYS
    hours = tuple(
        tuple(
            one.spans[day % len(one.spans)] if there else ()
            for day, there in enumerate(duty.is_there[number, first_day : first_day + DAYS].tolist(), first_day)
        )
        for number, one in enumerate(model.team)
    )
    ordered = sorted(visits, key=lambda one: (one.start, one.worker))
    return RecordedWeek(week + 1, 0, hours, tuple(ordered), tuple(waiting))
