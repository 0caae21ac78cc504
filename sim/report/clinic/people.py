"""Each practitioner by name: when they work, how full their hours are, and what is left idle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.capacity.assess import Assessment
from sim.capacity.replicate import Replications, mean_of, ratio_of
from sim.capacity.shares import OF_PRACTITIONER
from sim.capacity.week import DAYS, Worker
from sim.estimate.estimate import Estimate
from sim.report.clinic.words import number, skills_words
from sim.report.document.document import Cell, Row, Table
from sim.report.table import Table as Data
from sim.scenario.clinic import WEEKDAYS
from sim.units import HOURS, SHARE, VISITS

COLUMNS = ("practitioner", "group", "measure", "unit", "estimate", "mc_error", "lower", "upper", "n")
HEADINGS = {
    "share_booked": "Booked", "hours_on_duty": "On duty (hours)", "hours_booked": "Booked (hours)",
    "hours_with_patients": "With patients (hours)", "hours_idle": "Idle (hours)", "visits": "Visits",
    "hours_absent": "Absent (hours)", "moved": "Moved", "hours_overtime": "Overtime (hours)",
}  # fmt: skip
ALWAYS = ("share_booked", "hours_on_duty", "hours_booked", "hours_with_patients", "hours_idle", "visits")


def loads(runs: Replications, worker: int) -> dict[str, Estimate]:
    """Return what a practitioner does in a mean counted week, by measure."""
    of = {name: _values(runs, worker, name) for name in OF_PRACTITIONER}
    return {
        "share_booked": ratio_of(of["booked"], of["on_duty"], SHARE),
        "hours_on_duty": mean_of(of["on_duty"] / 60, HOURS),
        "hours_booked": mean_of(of["booked"] / 60, HOURS),
        "hours_with_patients": mean_of(of["with_patients"] / 60, HOURS),
        "hours_idle": mean_of((of["on_duty"] - of["booked"]) / 60, HOURS),
        "visits": mean_of(of["visits"], VISITS),
        "hours_absent": mean_of(of["absent"] / 60, HOURS),
        "moved": mean_of(of["moved"], VISITS),
        "hours_overtime": mean_of(of["overtime"] / 60, HOURS),
    }


def _values(runs: Replications, worker: int, name: str) -> NDArray[np.float64]:
    at = OF_PRACTITIONER.index(name)
    return np.array([one.team[worker, at] for one in runs.measured])


def load_table(found: Assessment) -> Table:
    """Return how full the hours of each practitioner are."""
    shown = [*ALWAYS]
    team, clinic = found.model.team, found.model.clinic
    if any(one.off or one.illness[0] for one in team):
        shown.append("hours_absent")
    if any(one.illness[0] for one in team) and clinic.booking.form == "appointments":
        shown.append("moved")
    if found.model.runs_over:
        shown.append("hours_overtime")
    rows = []
    for worker, one in enumerate(team):
        estimates = loads(found.base, worker)
        rows.append(Row(one.label, tuple(Cell(number(estimates[name])) for name in shown)))
    return Table(
        "What each practitioner does in a mean week. Missed appointments are in the time booked, and a minute counts "
        "once; idle is what nobody has booked.",
        ("Practitioner", *(HEADINGS[name] for name in shown)), tuple(rows),
    )  # fmt: skip


def team_table(found: Assessment) -> Table:
    """Return who works when, and what is asked of whom."""
    rows = [
        Row(
            one.label,
            (
                Cell(", ".join(sorted(skills_words(found.model, frozenset({s})) for s in one.skills)) or "reviews"),
                Cell(_hours(one), _away(found, one)),
                Cell(f"{one.minutes / 60:.4g}"),
            ),
        )
        for one in found.model.team
    ]
    return Table("Who works when.", ("Practitioner", "Gives", "Works", "Hours a week"), tuple(rows), "words")


def load_data(found: Assessment) -> Data:
    """Return what each practitioner does, a measure a row."""
    return Data(COLUMNS, list(_rows(found)))


def _rows(found: Assessment) -> Iterator[dict[str, Any]]:
    for worker, one in enumerate(found.model.team):
        for name, estimate in loads(found.base, worker).items():
            who = {"practitioner": one.label, "group": one.group, "measure": name}
            yield who | estimate.record() | {"n": found.base.number}


def _away(found: Assessment, worker: Worker) -> str:
    """Return when a practitioner is away, a reason a line; an empty text if never."""
    clinic = found.model.clinic
    lines = []
    if clinic.closed:
        lines.append(f"Closed: {', '.join(clinic.closed)}")
    if leave := clinic.practitioners[worker.group].leave:
        lines.append(f"On leave: {', '.join(leave)}")
    spells, days = worker.illness
    if spells:
        lines.append(f"Ill: {spells:g} times a year for {days:g} days on average")
    return "\n".join(lines)


def _hours(worker: Worker) -> str:
    """Return the working week in words, or those of a roster one after another."""
    weeks = [worker.spans[at : at + DAYS] for at in range(0, len(worker.spans), DAYS)]
    if len(weeks) == 1:
        return _week(weeks[0])
    return ". ".join(f"Week {place}: {_week(week)}" for place, week in enumerate(weeks, 1)) + "; then again."


def _week(week: tuple[tuple[tuple[int, int], ...], ...]) -> str:
    """Return a week in words: days that are alike together."""
    alike: dict[tuple[tuple[int, int], ...], list[str]] = {}
    for day, spans in zip(WEEKDAYS, week, strict=True):
        if spans:
            alike.setdefault(spans, []).append(day.capitalize())
    return "; ".join(
        f"{', '.join(days)} {' and '.join(f'{clock(start)} to {clock(end)}' for start, end in listed)}"
        for listed, days in alike.items()
    )


def clock(minute: float) -> str:
    """Return a minute of a day as a time, `09:05`."""
    return f"{int(minute) // 60:02}:{int(minute) % 60:02}"
