"""The year in a clinic report: what each month brings, the season's peak, and the fullest and emptiest hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.capacity.assess import Assessment
from sim.capacity.season import Month, month_margin, month_total, month_wait, months
from sim.estimate.estimate import Estimate
from sim.report.clinic.files import busy_minutes, duty_minutes
from sim.report.clinic.words import number
from sim.report.document.document import Cell, Row, Table
from sim.report.table import Table as Data
from sim.scenario.clinic import MONTHS, WEEKDAYS
from sim.units import PATIENTS, SHARE, VISITS, Unit, money

COLUMNS = (
    "year", "month", "month_name", "days", "is_counted", "measure", "unit", "estimate", "mc_error", "lower", "upper",
    "n",
)  # fmt: skip
HEADINGS = {
    "asked": "Ask", "wait_mean_days": "Wait, mean (days)", "visits": "Visits", "revenue": "Revenue", "wages": "Wages",
    "other_cost": "Other cost", "margin": "Margin",
}  # fmt: skip
LISTED_HOURS = 5
LEAST_ON_DUTY = 15.0
"""Minutes on duty in a mean week below which an hour is not called full or empty."""


def of_month(found: Assessment, month: Month) -> dict[str, Estimate]:
    """Return what a month brings, by measure."""
    runs, currency = found.base, money(found.model.scenario.costs.currency)
    margin = month_margin(runs, month, currency)
    units: dict[str, Unit] = {"asked": PATIENTS, "gave_up": PATIENTS, "visits": VISITS}
    total = {
        name: month_total(runs, month, name, units.get(name, currency))
        for name in ("asked", "gave_up", "visits", "revenue", "wages", "rooms_and_other", "supplies", "reminders")
    }
    return total | {"wait_mean_days": month_wait(runs, month), "margin": margin}


def month_table(found: Assessment) -> Table:
    """Return people, visits and money by month."""
    listed = months(found.base)
    years = listed[-1].year
    rows = []
    for month in listed:
        of = of_month(found, month)
        other = Cell(
            _plain(sum(of[name].estimate for name in ("rooms_and_other", "supplies", "reminders")), of["wages"].unit)
        )
        shown = [Cell(number(of[name])) for name in ("asked", "wait_mean_days", "visits", "revenue", "wages")]
        notes = [] if month.is_counted else ["the clinic is still filling"]
        if month is listed[-1] and month.days < 30:  # a twelfth of a year has 30 or 31 days
            notes.append(f"{month.days} days")
        name = f"{month.name} of year {month.year}" if years > 1 else month.name
        rows.append(Row(name, (*shown, other, Cell(number(of["margin"]))), ", ".join(notes)))
    return Table(
        "Month by month, equal twelfths of the year: people who ask and how long they wait, visits and money.",
        ("Month", *HEADINGS.values()), tuple(rows),
    )  # fmt: skip


def _plain(value: float, unit: Unit) -> str:
    return unit.number(value)


def month_data(found: Assessment) -> Data:
    """Return what each month brings, a measure a row."""
    return Data(COLUMNS, list(_rows(found)))


def _rows(found: Assessment) -> Iterator[dict[str, Any]]:
    for month in months(found.base):
        when = {
            "year": month.year, "month": month.number % MONTHS + 1, "month_name": month.name, "days": month.days,
            "is_counted": month.is_counted,
        }  # fmt: skip
        for name, estimate in of_month(found, month).items():
            yield when | {"measure": name} | estimate.record() | {"n": found.base.number}


def hour_shares(found: Assessment) -> list[tuple[float, str]]:
    """Return the share of practitioners' time that is booked by hour of a mean week, fullest first, with its name."""
    busy, duty = busy_minutes(found.base), duty_minutes(found.base)
    listed = [
        (float(busy[day, hour] / duty[day, hour]), f"{WEEKDAYS[day].capitalize()} {hour:02}:00")
        for day, hour in np.argwhere(duty >= LEAST_ON_DUTY).tolist()
    ]
    return sorted(listed, key=lambda pair: -pair[0])


def hour_table(found: Assessment) -> Table | None:
    """Return the fullest and the emptiest hours of a mean week side by side; None if there are too few hours."""
    listed = hour_shares(found)
    if len(listed) < 2 * LISTED_HOURS:
        return None
    rows = []
    for place in range(LISTED_HOURS):
        (full, full_name), (idle, idle_name) = listed[place], listed[-1 - place]
        cells = (Cell(full_name), Cell(SHARE.number(full)), Cell(idle_name), Cell(SHARE.number(idle)))
        rows.append(Row(str(place + 1), cells))
    return Table(
        "The fullest and the emptiest hours of a mean week, by the share of practitioners' time that is booked.",
        ("Rank", "Fullest", "Booked", "Emptiest", "Booked then"), tuple(rows), "words",
    )  # fmt: skip
