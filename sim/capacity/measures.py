"""The measures of one replication of a clinic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.capacity.booking_measures import booking_values, reminder_cost
from sim.capacity.duty import HOURS, duty_of
from sim.capacity.groups import measure_groups
from sim.capacity.history import ENDED, GAVE_UP, KEPT, LATE_CANCELLED, LEFT, MOVED, NO_SHOW, WAITING, AnyHistory
from sim.capacity.model import Model
from sim.capacity.occupancy import occupancy
from sim.capacity.shares import by_month, by_practitioner, paid_minutes
from sim.capacity.week import DAYS, WEEK_MINUTES
from sim.scenario.clinic import DAY_MINUTES

Floats = NDArray[np.float64]

WAITED: Floats = np.concatenate([np.arange(7 * 24) * 60.0 / DAY_MINUTES, np.arange(7.0, 92.0)])
"""The days for which the distribution of waits is kept: every hour of the first 7 days, then 7, 8, ..., 91 days."""

_ARRAYS = ("waits", "busy", "daily", "groups", "duty", "team", "months")
WEEKLY = ("utilisation", "room_use", "waiting", "wait_mean_days", "visits")


@dataclass(frozen=True)
class Measured:
    """A replication in numbers.

    `values`: by measure, over the counted weeks; `weekly`: by measure and week, all weeks, (weeks,); `waits`: share of
    those who ask who wait at most as long as each of `WAITED`; `busy`, `duty`: minutes booked and on duty by weekday
    and hour of a counted week, (7, 24); `daily`: patients waiting or in care at the end of each day, (days,);
    `groups`: what is measured of each group of `sim.capacity.groups`, (groups, measures); `team`: what each
    practitioner did, (practitioners, 7); `months`: what each month brought, (months, 10).
    """

    values: dict[str, float]
    weekly: dict[str, Floats]
    waits: Floats
    busy: Floats
    daily: Floats
    groups: Floats
    duty: Floats
    team: Floats
    months: Floats

    @staticmethod
    def joined(several: Sequence[Measured]) -> dict[str, NDArray[Any]]:
        """Return several replications as arrays to be kept."""
        first = several[0]
        return {
            "names": np.array(list(first.values)),
            "values": np.array([list(one.values.values()) for one in several]),
            "weekly": np.array([[one.weekly[name] for name in WEEKLY] for one in several]),
            **{name: np.array([getattr(one, name) for one in several]) for name in _ARRAYS},
        }

    @classmethod
    def parted(cls, kept: Mapping[str, NDArray[Any]]) -> list[Measured]:
        """Return the replications that were kept."""
        names = kept["names"].tolist()
        each = zip(*(kept[name] for name in ("values", "weekly", *_ARRAYS)), strict=True)
        return [
            cls(dict(zip(names, values.tolist(), strict=True)), dict(zip(WEEKLY, weekly, strict=True)), *rest)
            for values, weekly, *rest in each
        ]


def daily_load(history: AnyHistory) -> Floats:
    """Return the patients waiting or in care at the end of each day, (days,)."""
    return _daily_load(history.columns("courses"), int(history.minutes // DAY_MINUTES))


def _daily_load(courses: dict[str, NDArray[Any]], days: int) -> Floats:
    if not len(courses["asked"]):
        return np.zeros(days)
    ends = np.where(np.isnan(courses["ended"]), math.inf, courses["ended"])
    ends = np.where(courses["stands"] == GAVE_UP, _gone(courses), ends)
    points = np.arange(1, days + 1) * float(DAY_MINUTES)
    began = np.searchsorted(np.sort(courses["asked"]), points, side="right")
    return np.asarray(began - np.searchsorted(np.sort(ends), points, side="right"), dtype=float)


def measure(model: Model, history: AnyHistory, warm_up_weeks: int) -> Measured:
    """Return the measures of a replication without its warm-up."""
    weeks = model.clinic.weeks
    start, end = warm_up_weeks * WEEK_MINUTES, history.minutes
    counted = weeks - warm_up_weeks
    visits, courses = history.columns("appointments"), history.columns("courses")
    if not len(courses["asked"]):
        visits, courses = _nobody(visits), _nobody(courses)
    became = visits["became"]
    happened = (became == KEPT) | (became == NO_SHOW) | (became == LATE_CANCELLED)
    kept, missed = became == KEPT, happened & (became != KEPT)
    in_window = (visits["start"] >= start) & (visits["start"] < end)
    duty = duty_of(model.team, history)
    on_duty = duty.minutes.sum(axis=0).reshape(weeks, DAYS).sum(axis=1)
    room_minutes = model.rooms * duty.open.reshape(weeks, DAYS).sum(axis=1)
    on_duty_in_all, rooms_in_all = float(on_duty[warm_up_weeks:].sum()), float(room_minutes[warm_up_weeks:].sum())

    asked = (courses["asked"] >= start) & (courses["asked"] < end)
    queueing = courses["stands"] == WAITING
    unseen = queueing & np.isnan(courses["wait"])
    waits = np.where(unseen, (end - courses["asked"]) / DAY_MINUTES, courses["wait"])
    ended = np.isin(courses["stands"], (ENDED, LEFT)) & (courses["ended"] >= start) & (courses["ended"] < end)
    later = happened & in_window & ~np.isnan(visits["late_days"])
    # An appointment is waited for until it begins, whether or not the patient comes.
    first_start = np.where(courses["stands"] == GAVE_UP, _gone(courses), courses["began"])
    first_start = np.where(queueing, math.inf, first_start)
    leaves = np.where(np.isnan(courses["ended"]), math.inf, courses["ended"])

    spent = occupancy(model, visits, happened, kept, duty)
    busy_weekly, room_weekly = (_by_week(one.start, one.minutes, weeks) for one in (spent.staff, spent.rooms))
    waiting_weekly = _present_by_week(courses["asked"], first_start, weeks)
    care_weekly = _present_by_week(courses["began"], leaves, weeks)
    revenue = float(visits["pays"][happened & in_window].sum()) / counted
    money = model.clinic.money
    paid = paid_minutes(model, duty)[:, warm_up_weeks * DAYS :].sum(axis=1) / counted
    wages = sum(minutes / 60 * one.wage_per_hour for minutes, one in zip(paid.tolist(), model.team, strict=True))
    fixed = wages + model.rooms * float(money.room_per_week) + float(money.overhead_per_week)
    cost = fixed + float(money.supplies_per_visit) * float((kept & in_window).sum()) / counted
    booked = booking_values(model, visits, happened, kept, spent.overtime, (start, end), counted)
    cost += booked["overtime_cost_per_week"] + reminder_cost(model, booked)
    cost = cost if model.clinic.states_costs else math.nan
    relieved = courses["relieved"][ended].astype(bool)
    lasting = courses["lasting"][ended].astype(bool)
    values = {
        "wait_mean_days": _mean(waits[asked]),
        "wait_p50_days": _quantile(waits[asked], 0.5),
        "wait_p90_days": _quantile(waits[asked], 0.9),
        "wait_within": _mean(waits[asked] <= float(model.clinic.goals.first_visit_within)),
        "gave_up_per_week": float((asked & (courses["stands"] == GAVE_UP)).sum()) / counted,
        "on_time": _mean(visits["late_days"][later] <= float(model.clinic.goals.visit_late_by)),
        "late_mean_days": _mean(visits["late_days"][later]),
        "left_waiting": _mean(courses["stands"][ended] == LEFT),
        "utilisation": _share(float(busy_weekly[warm_up_weeks:].sum()), on_duty_in_all),
        "treating": _share(float(spent.treating.within(start, end).minutes.sum()), on_duty_in_all),
        "room_use": _share(float(room_weekly[warm_up_weeks:].sum()), rooms_in_all),
        "waiting": float(waiting_weekly[warm_up_weeks:].mean()),
        "in_care": float(care_weekly[warm_up_weeks:].mean()),
        "requests_per_week": float(asked.sum()) / counted,
        "patients_per_week": float(((courses["began"] >= start) & (courses["began"] < end)).sum()) / counted,
        "visits_per_week": float((kept & in_window).sum()) / counted,
        "missed_per_week": float((missed & in_window).sum()) / counted,
        "relieved_per_week": float(relieved.sum()) / counted,
        "lasting_per_week": float(lasting.sum()) / counted,
        "relief": _mean(relieved),
        "lasting_relief": _mean(lasting),
        "pain_reduction": _mean(courses["pain_reduction"][ended & ~np.isnan(courses["pain_reduction"])]),
        "satisfied": _mean(courses["satisfied"][ended]),
        "hours_per_week": on_duty_in_all / counted / 60,
        "revenue_per_week": revenue,
        "cost_per_week": cost,
        "margin_per_week": revenue - cost,
        "absent_hours_per_week": float((duty.rostered - duty.minutes)[:, warm_up_weeks * DAYS :].sum()) / counted / 60,
        "moved_per_week": float((in_window & (became == MOVED)).sum()) / counted,
        **booked,
    }
    week_asked = (courses["asked"] // WEEK_MINUTES).astype(int)
    visit_week = (visits["start"][kept] // WEEK_MINUTES).astype(int)
    asked_by_week = np.bincount(week_asked, minlength=weeks)[:weeks]
    with np.errstate(invalid="ignore", divide="ignore"):
        wait_weekly = np.bincount(week_asked, weights=waits, minlength=weeks)[:weeks] / asked_by_week
        # Of a week without anybody on duty there is no share, whatever rounding has left of the sums.
        utilisation = np.where(on_duty > 0, busy_weekly / on_duty, np.nan)
        room_use = np.where(room_minutes > 0, room_weekly / room_minutes, np.nan)
    weekly = {
        "utilisation": utilisation,
        "room_use": room_use,
        "waiting": waiting_weekly,
        "wait_mean_days": wait_weekly,
        "visits": np.bincount(visit_week, minlength=weeks)[:weeks].astype(float),
    }
    ordered = np.sort(waits[asked])
    within = np.searchsorted(ordered, WAITED, side="right") / max(len(ordered), 1)
    here = spent.staff.within(start, end)
    return Measured(
        values,
        weekly,
        within if len(ordered) else np.full(len(WAITED), np.nan),
        _by_hour(here.start, here.minutes) / counted,
        _daily_load(courses, int(end // DAY_MINUTES)),
        measure_groups(model, visits, courses, waits, asked, happened & in_window, counted),
        duty.by_hour(warm_up_weeks * DAYS),
        by_practitioner(model, visits, duty, spent, warm_up_weeks),
        by_month(model, visits, courses, waits, duty, spent.overtime),
    )


def _gone(courses: dict[str, NDArray[Any]]) -> Floats:
    """Return when those left who gave up before the first visit: with the date they were offered, or while waiting."""
    return np.where(np.isnan(courses["ended"]), courses["asked"], courses["ended"])


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _nobody(columns: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name: np.empty(0) for name in columns}


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _quantile(values: Floats, q: float) -> float:
    return float(np.quantile(values, q)) if len(values) else math.nan


def _by_week(start: Floats, minutes: Floats, weeks: int) -> Floats:
    """Return the minutes of appointments that fall into each week, (weeks,)."""
    return _present_by_week(start, start + minutes, weeks) * WEEK_MINUTES


def _present_by_week(start: Floats, end: Floats, weeks: int) -> Floats:
    """Return the mean number present in each week, of those who are there from `start` to `end`, in minutes."""
    edges: Floats = np.arange(weeks + 1, dtype=float) * WEEK_MINUTES
    known = ~np.isnan(start) & (start < edges[-1])
    first: Floats = np.minimum(start[known], edges[-1])
    last: Floats = np.minimum(end[known], edges[-1])
    # Time spent up to each edge, by those who have come less those who have left.
    total: Floats = _spent(first, edges) - _spent(last, edges)
    return np.diff(total) / WEEK_MINUTES


def _spent(times: Floats, edges: Floats) -> Floats:
    """Return the sum of max(edge - time, 0) at each edge."""
    ordered = np.sort(times)
    total = np.concatenate([[0.0], np.cumsum(ordered)])
    n = np.searchsorted(ordered, edges)
    return np.asarray(n * edges - total[n])


def _by_hour(start: Floats, minutes: Floats) -> Floats:
    """Return the minutes of appointments by weekday and hour, (7, 24)."""
    busy = np.zeros(DAYS * HOURS)
    at, left = start % WEEK_MINUTES, minutes.astype(float).copy()
    while len(at):
        hour = (at // 60).astype(int) % len(busy)
        here = np.minimum(left, 60 - at % 60)
        np.add.at(busy, hour, here)
        at, left = (at + here)[left > here], (left - here)[left > here]
    return busy.reshape(DAYS, HOURS)
