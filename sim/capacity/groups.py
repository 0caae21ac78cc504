"""Waits by treatment and by kind of patient, and missed visits by the days since they were booked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.capacity.attendance import LEAD_FROM, LEAD_NAMES
from sim.capacity.booking_measures import days_booked_ahead
from sim.capacity.history import GAVE_UP, LATE_CANCELLED, NO_SHOW
from sim.capacity.model import Model
from sim.units import DAYS, PATIENTS, SHARE, VISITS, Unit

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Kind = Literal["treatment", "profile", "booked"]


class Group(NamedTuple):
    """Patients or appointments that are looked at by themselves: `kind` and name in files, and a label."""

    kind: Kind
    name: str
    label: str


class GroupMeasure(NamedTuple):
    """What is measured of a group: its name in files, unit and label."""

    name: str
    unit: Unit
    label: str


GROUP_MEASURES = (
    GroupMeasure("requests_per_week", PATIENTS, "Ask, a week"),
    GroupMeasure("wait_mean_days", DAYS, "Wait, mean (days)"),
    GroupMeasure("wait_p50_days", DAYS, "Half wait at most (days)"),
    GroupMeasure("wait_p90_days", DAYS, "9 in 10 wait at most (days)"),
    GroupMeasure("wait_within", SHARE, "First visit soon enough"),
    GroupMeasure("gave_up", SHARE, "Gone before the first visit"),
    GroupMeasure("appointments_per_week", VISITS, "Appointments, a week"),
    GroupMeasure("missed", SHARE, "Missed or cancelled too late"),
    GroupMeasure("no_show_share", SHARE, "Missed without notice"),
)
"""The first six of those who ask, the others of appointments that stood."""
OF_PEOPLE = 6


def groups_of(model: Model) -> tuple[Group, ...]:
    """Return the groups of a clinic: its treatments, its profiles, and the classes of days booked ahead."""
    scenario = model.scenario
    found = [Group("treatment", arm, scenario.arm_label(arm)) for arm in model.arms]
    found += [
        Group("profile", name, scenario.profile_label(name))
        for name, share in scenario.cohort.profiles.items()
        if share > 0
    ]
    if model.clinic.booking.form == "appointments":
        found += [Group("booked", name, label) for name, label in zip(LEAD_NAMES, _lead_labels(), strict=True)]
    return tuple(found)


def _lead_labels() -> Iterator[str]:
    for first, after in zip(LEAD_FROM, (*LEAD_FROM[1:], None), strict=True):
        if first == 0:
            yield "The same day"
        else:
            yield f"{first} days or more" if after is None else f"{first} to {after - 1} days"


def measure_groups(
    model: Model, visits: dict[str, NDArray[Any]], courses: dict[str, NDArray[Any]], waits: Floats, asked: Booleans,
    happened: Booleans, weeks: int,
) -> Floats:  # fmt: skip
    """Return what is measured of each group, (groups, measures); NaN where a group has no such thing.

    `waits` in days and `asked`: of the courses that count; `happened`: appointments that count, of `weeks` weeks.
    """
    profiles = list(model.scenario.profiles)
    found = np.full((len(groups := groups_of(model)), len(GROUP_MEASURES)), math.nan)
    ahead, course = days_booked_ahead(visits)[happened], visits["course"][happened].astype(int)
    became = visits["became"][happened]
    classes = np.searchsorted(LEAD_FROM, ahead, side="right") - 1
    goal = float(model.clinic.goals.first_visit_within)
    for row, group in zip(found, groups, strict=True):
        if group.kind == "booked":
            inside = classes == LEAD_NAMES.index(group.name)
        else:
            of = courses["arm"] == model.arms.index(group.name) if group.kind == "treatment" else (
                courses["profile"] == profiles.index(group.name)
            )  # fmt: skip
            row[:OF_PEOPLE] = _of_people(waits[of & asked], courses["stands"][of & asked], goal, weeks)
            inside = of[course]
        row[OF_PEOPLE] = inside.sum() / weeks
        if inside.any():
            row[OF_PEOPLE + 1] = np.isin(became[inside], (NO_SHOW, LATE_CANCELLED)).mean()
            row[OF_PEOPLE + 2] = (became[inside] == NO_SHOW).mean()
    return found


def _of_people(waits: Floats, stands: NDArray[Any], goal: float, weeks: int) -> list[float]:
    if not len(waits):
        return [0.0] + [math.nan] * (OF_PEOPLE - 1)
    p50, p90 = np.quantile(waits, (0.5, 0.9)).tolist()
    return [len(waits) / weeks, float(waits.mean()), p50, p90, float((waits <= goal).mean()),
            float((stands == GAVE_UP).mean())]  # fmt: skip
