"""Tables of a clinic report: every measure, numbers of practitioners, and treatments side by side."""

from __future__ import annotations

import math

from sim.capacity.assess import Assessment
from sim.capacity.booking_catalogue import BOOKING_MEASURES
from sim.capacity.catalogue import ABSENCE_MEASURES, MEASURE, RATIOS, measures_of
from sim.capacity.replicate import Replications, unit_of
from sim.capacity.variants import Policies, Staffing
from sim.estimate.estimate import Estimate
from sim.report.clinic.words import interval, number, of, signed
from sim.report.document.document import Cell, Row, Table
from sim.report.words.numbers import in_plain_words
from sim.units import DAYS, HOURS, MINUTES, POINTS

GROUPS = (
    (
        "Waiting",
        ("wait_mean_days", "wait_p50_days", "wait_p90_days", "wait_within", "gave_up_per_week", "waiting"),
    ),
    ("Spacing of visits", ("on_time", "late_mean_days", "left_waiting")),
    ("How full the clinic is", ("utilisation", "treating", "room_use", "hours_per_week", "in_care")),
    ("Absence", tuple(one.name for one in ABSENCE_MEASURES)),
    ("Patients", ("requests_per_week", "patients_per_week", "visits_per_week", "missed_per_week")),
    (
        "What comes of it",
        ("relieved_per_week", "lasting_per_week", "relief", "lasting_relief", "pain_reduction", "satisfied"),
    ),
    (
        "Money",
        ("revenue_per_week", "cost_per_week", "margin_per_week", "cost_per_lasting", "margin_per_lasting"),
    ),
    ("Booking and coming", tuple(one.name for one in BOOKING_MEASURES)),
)  # fmt: skip
FIRST = ("wait_within", "utilisation", "visits_per_week", "lasting_per_week", "margin_per_week", "cost_per_lasting")
"""Rows of the table on the first page."""
FIRST_WITHOUT_COSTS = ("wait_within", "utilisation", "visits_per_week", "lasting_per_week", "revenue_per_week")
"""Rows of the table on the first page where no cost is stated."""
VARIANT_ROWS = (
    "wait_p50_days", "wait_p90_days", "wait_within", "on_time", "utilisation", "room_use", "visits_per_week",
    "lasting_per_week", "margin_per_week", "cost_per_lasting",
)  # fmt: skip


def measure_table(found: Assessment) -> Table:
    """Return every measure with its error and interval."""
    rows = []
    shown = {one.name for one in measures_of(found.model.clinic)}
    for group, names in GROUPS:
        for name in (name for name in names if name in shown):
            one = found.base.estimate(name)
            cells = (Cell(_with_unit(number(one), one)), Cell(interval(one)))
            rows.append(Row(MEASURE[name].label, cells, MEASURE[name].definition, group=group))
    return Table(
        "The clinic in numbers, over the weeks that are counted.",
        ("Measure", "Estimate ± error", "95 % interval"),
        tuple(rows),
    )


def first_table(found: Assessment) -> Table:
    """Return the few numbers that a planner looks at first."""
    names = FIRST if found.model.clinic.states_costs else FIRST_WITHOUT_COSTS
    estimates = {name: found.base.estimate(name) for name in names}
    rows = [
        Row(MEASURE[name].label, (Cell(in_plain_words(one)),))
        for name, one in estimates.items()
        if math.isfinite(one.estimate)
    ]
    return Table("The clinic in short", ("Measure", "Of an average week"), tuple(rows))


def staffing_table(found: Assessment, staffing: Staffing) -> Table:
    """Return numbers of practitioners side by side."""
    columns = ["Measure", *(str(n) for n in staffing.numbers)]
    rows = [
        Row(_label(found, name), tuple(Cell(of(runs, name)) for runs in staffing.runs), MEASURE[name].definition)
        for name in _rows_of(staffing.target.measure if staffing.target else None)
    ]
    if staffing.target is not None:
        words = {"met": "met", "missed": "not met", "undecided": "undecided"}
        rows.append(Row("Target", tuple(Cell(words[verdict]) for verdict in staffing.verdicts)))
    rows.append(Row("Years simulated", tuple(Cell(str(runs.number)) for runs in staffing.runs)))
    return Table(
        f"Numbers of practitioners side by side{_weeks(staffing.runs[0])}.", tuple(columns), tuple(rows), "alternatives"
    )


def policy_table(found: Assessment, policies: Policies) -> Table:
    """Return treatments side by side, with paired differences from the first one."""
    labels = [found.model.scenario.arm_label(arm) for arm in policies.arms]
    rows = []
    for name in _rows_of(None):
        cells = []
        for index, runs in enumerate(policies.runs):
            detail = ""
            if index and name not in RATIOS:
                one = policies.difference(index, name)
                detail = f"{signed(one)} against {labels[0]}"
            cells.append(Cell(of(runs, name), detail))
        rows.append(Row(_label(found, name), tuple(cells), MEASURE[name].definition))
    return Table(
        f"Treatments side by side, in the same clinic{_weeks(policies.runs[0])}.",
        ("Measure", *labels),
        tuple(rows),
        "alternatives",
    )


def _weeks(runs: Replications) -> str:
    """Return which weeks are counted: those that every variant has settled by."""
    return f", the first {runs.warm_up.weeks} weeks left out for all" if runs.warm_up.weeks else ""


def _rows_of(target: str | None) -> tuple[str, ...]:
    return VARIANT_ROWS if target is None or target in VARIANT_ROWS else (target, *VARIANT_ROWS)


def _label(found: Assessment, name: str) -> str:
    unit = unit_of(found.model, name)
    bare = unit.is_share or unit.is_money
    return MEASURE[name].label if bare else f"{MEASURE[name].label} ({unit.on_axis})"


def _with_unit(text: str, found: Estimate) -> str:
    return f"{text} {found.unit.on_axis}" if found.unit in (DAYS, HOURS, MINUTES, POINTS) else text
