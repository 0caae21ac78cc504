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
    `event`: 1 where an adverse event followed the visit before, (patients, looks); `returned`: each answer to whether
    the complaint had come back, up to the first yes, UNKNOWN for none, and the days, `asked_on`, (patients, answers).
    """

    profile: str | None
    schedule: Schedule
    patients: tuple[int, ...]
    readings: Floats
    went: Bytes
    event: Bytes
    returned: Bytes
    asked_on: Floats

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
    returned: dict[int, int]


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
        group.went[rows], group.event[rows], group.returned[rows], group.asked_on[rows],
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
    returned = _answers(patient)
    days = {*readings, *went, *returned}
    schedule = Schedule(tuple((day, given) for day, given in visits if given or day in went), tuple(sorted(days)))
    return _Looks(schedule, readings, went, event, returned)


def _answers(patient: Patient) -> dict[int, int]:
    """Return by day what a patient said when asked whether the complaint had come back, up to the first yes: it came
    back after the last no. What is said after a yes says nothing more of when.
    """
    told: dict[int, int] = {}
    for one in sorted(patient.followup, key=lambda answer: answer.day):
        if one.returned is not None:
            told[one.day] = YES if one.returned else NO
            if one.returned:
                break
    return told


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
    shape, answers = (len(members), len(schedule.looks)), max(len(looks.returned) for _, looks in members)
    readings, went, event = np.full(shape, math.nan), np.zeros(shape, np.int8), np.zeros(shape, np.int8)
    returned, asked_on = np.full((len(members), answers), UNKNOWN, np.int8), np.zeros((len(members), answers))
    at = {day: k for k, day in enumerate(schedule.looks)}
    for row, (_, looks) in enumerate(members):
        for days, known in ((looks.readings, readings), (looks.went, went), (looks.event, event)):
            for day, value in days.items():
                if day in at:
                    known[row, at[day]] = value
        asked_on[row, : len(looks.returned)] = list(looks.returned)
        returned[row, : len(looks.returned)] = list(looks.returned.values())
    return Group(
        profile, schedule, tuple(place for place, _ in members), readings, went, event,
        returned, asked_on,
    )  # fmt: skip
