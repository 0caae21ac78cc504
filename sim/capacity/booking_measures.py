"""How people booked and came in one replication: missed visits, reminders, second bookings, calls, overtime."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.capacity.history import NO_SHOW, WITHDRAWN
from sim.capacity.model import Model
from sim.scenario.clinic import DAY_MINUTES

Columns = Mapping[str, NDArray[Any]]
Booleans = NDArray[np.bool_]
Floats = NDArray[np.float64]


def days_booked_ahead(visits: Columns) -> NDArray[np.int64]:
    """Return the days between the day on which each appointment was made and its own."""
    return np.asarray(visits["start"] // DAY_MINUTES - visits["made"] // DAY_MINUTES, dtype=np.int64)


def is_reminded(model: Model, visits: Columns) -> Booleans:
    """Return which appointments were booked early enough to be reminded of."""
    reminded_from = math.inf if model.attendance is None else model.attendance.reminded_from
    return np.asarray(days_booked_ahead(visits) >= reminded_from)


def booking_values(
    model: Model, visits: Columns, happened: Booleans, kept: Booleans, overtime: Floats, window: tuple[float, float],
    weeks: int,
) -> dict[str, float]:  # fmt: skip
    """Return the measures of booking and coming over the counted weeks.

    `happened`: appointments that stood, of which some were `kept`; `overtime`: minutes of each; `window`: first and
    last minute that count.
    """
    start, end = window
    in_window = (visits["start"] >= start) & (visits["start"] < end)
    here = happened & in_window
    ahead = days_booked_ahead(visits)
    called = visits["is_called"].astype(bool) & (visits["made"] >= start) & (visits["made"] < end)
    seen_late = here & (ahead > 0) if model.clinic.booking.form == "walk_in" else np.zeros(len(here), bool)
    twice = _booked_twice(visits, happened) if model.overbooks else np.zeros(len(here), bool)
    hours = overtime / 60
    wages = hours * np.array([one.wage_per_hour for one in model.team])[visits["worker"].astype(np.int64)]
    return {
        "no_show_share": _share(visits["became"] == NO_SHOW, here),
        "reminders_per_week": float((here & is_reminded(model, visits)).sum()) / weeks,
        "double_booked_per_week": float((here & twice).sum()) / weeks,
        "delay_mean_minutes": _mean(visits["delay"][kept & in_window]),
        "cancelled_per_week": float(((visits["became"] == WITHDRAWN) & in_window).sum()) / weeks,
        "called_per_week": float(called.sum()) / weeks,
        "overtime_hours_per_week": float(hours[kept & in_window].sum()) / weeks,
        "overtime_cost_per_week": model.overtime_factor * float(wages[kept & in_window].sum()) / weeks,
        "another_day_per_week": float(seen_late.sum()) / weeks,
    }


def reminder_cost(model: Model, values: dict[str, float]) -> float:
    """Return what the reminders of a week cost."""
    reminders = model.clinic.reminders
    return 0.0 if reminders is None else float(reminders.cost_each) * values["reminders_per_week"]


def _booked_twice(visits: Columns, happened: Booleans) -> Booleans:
    """Return which appointments stood in a slot with another one."""
    slots = np.stack([visits["worker"].astype(float), visits["start"]])
    found = np.zeros(len(happened), bool)
    _, inverse, count = np.unique(slots[:, happened], axis=1, return_inverse=True, return_counts=True)
    found[happened] = count[inverse.reshape(-1)] > 1
    return found


def _share(values: Booleans, of: Booleans) -> float:
    return _mean(values[of])


def _mean(values: NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else math.nan
