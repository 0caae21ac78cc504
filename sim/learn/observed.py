"""A clinic's records as what the likelihood reads: patients with the same visits together, their readings as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.learn.paths import Schedule
from sim.learn.records import Patient, Records
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]
Bytes = NDArray[np.int8]

UNKNOWN, NO, YES = -1, 0, 1
NOTHING, STAYED, LEFT = 0, 1, 2
"""What a look says of who goes on: nothing, that the patient went on after the visit, or left because of it."""


class Distinct(NamedTuple):
    """The distinct readings of some patients, by look: `look` and `value` in points, (distinct,); `which` of them each
    patient gave, (patients, looks), -1 for none.
    """

    look: NDArray[np.int64]
    value: Floats
    which: NDArray[np.int64]


@dataclass(frozen=True)
class Group:
    """Patients of one kind with the same visits, who were looked at on the same days.

    `profile`: None where it is not recorded; `patients`: their places in the records; `readings`: reported pain in
    points, (patients, looks), NaN where there is none; `went`: what is known of who goes on, (patients, looks);
    `event`: 1 where an adverse event followed the visit before, (patients, looks); `returned`: whether the complaint
    came back by `returned_by`, (patients,).
    """

    profile: str | None
    schedule: Schedule
    patients: tuple[int, ...]
    readings: Floats
    went: Bytes
    event: Bytes
    returned: Bytes
    returned_by: Floats

    @cached_property
    def distinct(self) -> Distinct:
        """The distinct readings by look."""
        look: list[int] = []
        value: list[float] = []
        which = np.full(self.readings.shape, -1)
        for k, column in enumerate(self.readings.T):
            for one in np.unique(column[~np.isnan(column)]):
                which[column == one, k] = len(look)
                look.append(k)
                value.append(float(one))
        return Distinct(np.array(look, dtype=np.int64), np.array(value), which)


@dataclass(frozen=True)
class Observed:
    """All patients of the records, by groups; `step`: what readings are rounded to, in points."""

    groups: tuple[Group, ...]
    patients: int
    step: float


@dataclass
class _Looks:
    """What is known of one patient by evening of the diary."""

    schedule: Schedule
    readings: dict[int, float]
    went: dict[int, int]
    event: dict[int, int]
    returned: int
    returned_by: float


def observe(records: Records, scenario: Scenario) -> Observed:
    """Return what the likelihood reads of records; modalities are those of the scenario."""
    numbers = {name: m for m, name in enumerate(scenario.modalities)}
    together: dict[tuple[str | None, Schedule], list[tuple[int, _Looks]]] = {}
    for place, patient in enumerate(records.patients):
        looks = _looks_of(patient, records, numbers)
        together.setdefault((patient.profile, looks.schedule), []).append((place, looks))
    groups = tuple(_group(profile, schedule, members) for (profile, schedule), members in together.items())
    return Observed(groups, len(records.patients), records.step)


def some_of(observed: Observed, kept: NDArray[np.bool_]) -> Observed:
    """Return some of the patients, by a mask over their places in the records; the places stay."""
    groups = []
    for group in observed.groups:
        rows = [k for k, place in enumerate(group.patients) if kept[place]]
        if rows:
            groups.append(_rows(group, rows))
    return Observed(tuple(groups), observed.patients, observed.step)


def one_of(group: Group, row: int) -> Group:
    """Return one patient of a group alone."""
    return group if len(group.patients) == 1 else _rows(group, [row])


def _rows(group: Group, rows: Sequence[int]) -> Group:
    return Group(
        group.profile, group.schedule, tuple(group.patients[k] for k in rows), group.readings[rows],
        group.went[rows], group.event[rows], group.returned[rows], group.returned_by[rows],
    )  # fmt: skip


def _looks_of(patient: Patient, records: Records, numbers: dict[str, int]) -> _Looks:
    came = [visit for visit in patient.visits if visit.attended]
    visits = tuple((visit.day, tuple(sorted(numbers[name] for name in visit.modalities))) for visit in came)
    readings = dict(_readings(patient, records))
    went, event = {}, {}
    if patient.ended is not None:
        for visit in came[:-1]:
            went[visit.day + 1] = STAYED
        if came and patient.ended == "dropped_out":
            went[came[-1].day + 1] = LEFT
        event = {visit.day + 1: 1 for visit in came if visit.sore or visit.bruised}
    told = [one for one in patient.followup if one.returned is not None]
    yes = [one.day for one in told if one.returned]
    no = [one.day for one in told if not one.returned]
    returned, by = (YES, min(yes)) if yes else (NO, max(no)) if no else (UNKNOWN, 0)
    days = {*readings, *went, *([by] if returned != UNKNOWN else [])}
    schedule = Schedule(tuple((day, given) for day, given in visits if given or day in went), tuple(sorted(days)))
    return _Looks(schedule, readings, went, event, returned, float(by))


def _readings(patient: Patient, records: Records) -> Iterator[tuple[int, float]]:
    """Yield the evening whose pain each reading speaks of; after a treatment it is that of the day on which it acts."""
    later = 1 if records.moment == "after" else 0
    for visit in patient.visits:
        if visit.pain is not None and visit.attended:
            yield visit.day + later, visit.pain
    for one in patient.followup:
        if one.pain is not None:
            yield one.day, one.pain


def _group(profile: str | None, schedule: Schedule, members: Sequence[tuple[int, _Looks]]) -> Group:
    shape = len(members), len(schedule.looks)
    readings, went, event = np.full(shape, math.nan), np.zeros(shape, np.int8), np.zeros(shape, np.int8)
    at = {day: k for k, day in enumerate(schedule.looks)}
    for row, (_, looks) in enumerate(members):
        for days, known in ((looks.readings, readings), (looks.went, went), (looks.event, event)):
            for day, value in days.items():
                if day in at:
                    known[row, at[day]] = value
    return Group(
        profile, schedule, tuple(place for place, _ in members), readings, went, event,
        np.array([looks.returned for _, looks in members], dtype=np.int8),
        np.array([looks.returned_by for _, looks in members]),
    )  # fmt: skip
