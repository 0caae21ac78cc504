"""What of a replication falls to each practitioner and to each month of the year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.capacity.booking_measures import is_reminded
from sim.capacity.duty import Duty
from sim.capacity.history import GAVE_UP, KEPT, LATE_CANCELLED, MOVED, NO_SHOW
from sim.capacity.model import Model
from sim.capacity.occupancy import Occupancy
from sim.capacity.requests import YEAR_WEEKS
from sim.capacity.week import DAYS
from sim.scenario.clinic import DAY_MINUTES, MONTHS

Floats = NDArray[np.float64]
Columns = Mapping[str, NDArray[Any]]

OF_PRACTITIONER = ("on_duty", "booked", "with_patients", "overtime", "visits", "absent", "moved")
"""Minutes a week (visits and moved appointments: number a week) of a practitioner, over the counted weeks."""
OF_MONTH = (
    "asked", "wait_days", "gave_up", "visits", "revenue", "wages", "rooms_and_other", "supplies", "reminders",
    "on_duty",
)  # fmt: skip
"""Totals of a month: people who ask, the sum of their waits, those who gave up, visits kept, money, minutes on duty."""


def months_of(days: Any) -> NDArray[np.int64]:
    """Return the month that days fall into, counted from the first one on: equal twelfths of years."""
    return np.asarray(np.asarray(days) / (YEAR_WEEKS * DAYS) * MONTHS).astype(np.int64)


def month_count(weeks: int) -> int:
    """Return how many months so many weeks touch."""
    return int(months_of(weeks * DAYS - 1)) + 1


def paid_minutes(model: Model, duty: Duty) -> Floats:
    """Return the minutes that are paid of rosters, absences among them as they are paid, (practitioners, days)."""
    return duty.minutes + float(model.clinic.money.absence_pay) * (duty.rostered - duty.minutes)


def by_practitioner(model: Model, visits: Columns, duty: Duty, spent: Occupancy, warm_up_weeks: int) -> Floats:
    """Return what each practitioner did in a mean counted week, (practitioners, 7) by `OF_PRACTITIONER`."""
    first, counted = warm_up_weeks * DAYS, model.clinic.weeks - warm_up_weeks
    n, became = len(model.team), visits["became"]
    window = (visits["start"] >= first * DAY_MINUTES) & (visits["start"] < duty.days * DAY_MINUTES)
    kept = window & (became == KEPT)
    booked, treating = (
        one.within(first * DAY_MINUTES, duty.days * DAY_MINUTES) for one in (spent.staff, spent.treating)
    )

    def total(which: NDArray[np.bool_], what: Any = None) -> Floats:
        who = visits["worker"][which].astype(np.int64)
        return np.bincount(who, weights=None if what is None else what[which], minlength=n).astype(float)

    return (
        np.stack(
            [
                duty.minutes[:, first:].sum(axis=1),
                np.bincount(booked.of, booked.minutes, n),
                np.bincount(treating.of, treating.minutes, n),
                total(kept, spent.overtime),
                total(kept),
                (duty.rostered - duty.minutes)[:, first:].sum(axis=1),
                total(window & (became == MOVED)),
            ],
            axis=1,
        )
        / counted
    )


def by_month(
    model: Model, visits: Columns, courses: Columns, waits: Floats, duty: Duty, overtime_minutes: Floats
) -> Floats:
    """Return what each month brings, from the first day on, (months, 10) by `OF_MONTH`.

    `overtime_minutes`: of each appointment.
    """
    money, n = model.clinic.money, month_count(model.clinic.weeks)
    end = duty.days * DAY_MINUTES
    became = visits["became"]
    happened = ((became == KEPT) | (became == NO_SHOW) | (became == LATE_CANCELLED)) & (visits["start"] < end)
    kept = happened & (became == KEPT)
    asked = courses["asked"] < end
    of_visit = months_of(visits["start"] // DAY_MINUTES)
    of_request = months_of(courses["asked"] // DAY_MINUTES)
    of_day = months_of(np.arange(duty.days))

    def total(months: NDArray[np.int64], which: NDArray[np.bool_], what: Any = None) -> Floats:
        return np.bincount(months[which], weights=None if what is None else what[which], minlength=n).astype(float)

    hourly = np.array([one.wage_per_hour for one in model.team])
    wages = (paid_minutes(model, duty) / 60 * hourly[:, None]).sum(axis=0)
    every_day = np.ones(duty.days, dtype=bool)
    overtime = overtime_minutes / 60 * hourly[visits["worker"].astype(np.int64)] * model.overtime_factor
    reminders = model.clinic.reminders
    each = 0.0 if reminders is None else float(reminders.cost_each)
    fixed = model.rooms * float(money.room_per_week) + float(money.overhead_per_week)
    visited = total(of_visit, kept)
    return np.stack(
        [
            total(of_request, asked),
            total(of_request, asked, waits),
            total(of_request, asked & (courses["stands"] == GAVE_UP)),
            visited,
            total(of_visit, happened, visits["pays"]),
            total(of_day, every_day, wages) + total(of_visit, kept, overtime),
            total(of_day, every_day) * fixed / DAYS,
            visited * float(money.supplies_per_visit),
            total(of_visit, happened & is_reminded(model, visits)) * each,
            total(of_day, every_day, duty.minutes.sum(axis=0)),
        ],
        axis=1,
    )
