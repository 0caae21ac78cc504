"""Tables of a budget: by year, by year and arm, every measure over all years, work, and one-way scenarios."""

from __future__ import annotations

from collections.abc import Sequence

from sim.decision.budget.assess import ALL, LATER, THE_CHANGE, TOTAL, Case, Impact
from sim.decision.budget.ledger import MIXES
from sim.decision.budget.measures import (
    HOURS_WORKED,
    MEASURE,
    MEASURES,
    PAYER_COST,
    PRACTITIONERS,
    ROOMS,
    STARTING,
    Who,
)
from sim.quantities import LASTING_RELIEF
from sim.report.budget.words import in_cell, range_words, with_error
from sim.report.document.document import Cell, Row, Table
from sim.units import UNDEFINED

WHOSE: dict[Who, str] = {
    "people": "People", "payer": "The payer", "patients": "Patients", "clinic": "The clinic",
    "work": "Hours, practitioners and rooms", "helped": "People helped, counted where their course begins",
}  # fmt: skip


def year_table(impact: Impact) -> Table:
    """Return by year who begins and what the payer pays now and after, with the range of the change."""
    rows = []
    for year in impact.years:
        now, after = (impact.get(mix, year, PAYER_COST) for mix in ("now", "after"))
        change = impact.get("change", year, PAYER_COST)
        people = impact.get("after", year, STARTING)
        if year == LATER and now.estimate == after.estimate == 0:
            continue
        cells = (
            Cell("" if year == LATER else in_cell(people.unit, people.estimate)),
            Cell(with_error(now), range_words(impact, "now", year, PAYER_COST)),
            Cell(with_error(after), range_words(impact, "after", year, PAYER_COST)),
            Cell(with_error(change, signed=True), range_words(impact, "change", year, PAYER_COST)),
        )
        rows.append(Row(year_words(year), cells, "from courses that begin in these years" if year == LATER else ""))
    columns = ("Year", "People who begin", "Payer now", "Payer after", "Change")
    note = ", below 95 % of the draws" if impact.draws else ""
    return Table(f"What the payer pays, by year ± simulation error{note}", columns, tuple(rows))


def arm_table(impact: Impact) -> Table:
    """Return by year and arm who gets what, what the payer pays and the hours it takes, now and after."""
    rows = []
    for year in impact.years[:-1]:
        for arm in impact.rows:
            if arm == THE_CHANGE and impact.get("change", year, PAYER_COST, arm).estimate == 0:
                continue
            cells = [
                Cell(in_cell(one.unit, one.estimate)) if arm != THE_CHANGE or measure == PAYER_COST else Cell("")
                for measure in (STARTING, PAYER_COST, HOURS_WORKED) for mix in ("now", "after")
                for one in (impact.get(mix, year, measure, arm),)
            ]  # fmt: skip
            helped = impact.get("change", year, LASTING_RELIEF, arm)
            cells.append(Cell("" if arm == THE_CHANGE else in_cell(helped.unit, helped.estimate, signed=True)))
            rows.append(Row(impact.arm_label(arm), tuple(cells), group=year_words(year)))
    columns = ("Arm", "People now", "People after", "Payer now", "Payer after", "Hours now", "Hours after",
               "Lasting relief, change")  # fmt: skip
    return Table("By year and arm", columns, tuple(rows))


def measure_table(impact: Impact) -> Table:
    """Return every measure over all years, with its simulation error and its range over the draws."""
    rows = []
    for one in MEASURES:
        if not impact.is_known(one.name):
            cells = tuple(Cell(UNDEFINED) for _ in MIXES)
            rows.append(Row(one.label, cells, "not stated what it takes", group=WHOSE[one.of]))
            continue
        cells = tuple(
            Cell(
                with_error(impact.get(mix, TOTAL, one.name), signed=mix == "change"),
                range_words(impact, mix, TOTAL, one.name),
            )
            for mix in MIXES
        )
        rows.append(Row(one.label, cells, one.definition, group=WHOSE[one.of]))
    draws = "; below, 95 % of the draws" if impact.draws else ""
    return Table(f"All years together ± simulation error{draws}", ("Measure", "Now", "After", "Change"), tuple(rows))


def work_table(impact: Impact) -> Table:
    """Return hours, practitioners and rooms by year, now and after."""
    rows = []
    for measure in (HOURS_WORKED, PRACTITIONERS, ROOMS):
        if not impact.is_known(measure):
            continue
        for mix in ("now", "after"):
            cells = tuple(
                Cell(in_cell(one.unit, one.estimate), range_words(impact, mix, year, measure))
                for year in range(impact.budget.years)
                for one in (impact.get(mix, year, measure),)
            )
            rows.append(Row(mix.capitalize(), cells, group=MEASURE[measure].label))
    columns = ("Mix", *impact.years[: impact.budget.years])
    return Table("What it takes, by year", columns, tuple(rows))


def case_rows_table(impact: Impact, cases: Sequence[Case]) -> Table:
    """Return what the payer, practitioners and patients have more in each one-way scenario."""
    named = [("As stated", "", impact), *((one.name.replace("_", " "), "; ".join(one.settings), one.impact)
                                          for one in cases)]  # fmt: skip
    rows = tuple(
        Row(
            name,
            tuple(
                Cell(with_error(one.get("change", TOTAL, measure, ALL), signed=True))
                for measure in (PAYER_COST, HOURS_WORKED, LASTING_RELIEF)
            ),
            settings,
        )
        for name, settings, one in named
    )
    columns = ("One-way scenario", "Payer pays more", "Hours more", "More with lasting relief")
    return Table("Change over all years ± simulation error, with one thing stated otherwise", columns, rows)


def scenario_table(named: Sequence[tuple[str, Impact]]) -> Table:
    """Return the main changes of several scenarios side by side."""
    rows = tuple(
        Row(
            one.scenario.title,
            tuple(
                Cell(in_cell(found.unit, found.estimate, signed=True), range_words(one, "change", TOTAL, measure))
                for measure in (PAYER_COST, HOURS_WORKED, LASTING_RELIEF)
                for found in (one.get("change", TOTAL, measure),)
            ),
            name,
        )
        for name, one in named
    )
    columns = ("Scenario", "Payer pays more", "Hours more", "More with lasting relief")
    return Table("Change over all years", columns, rows)


def year_words(year: str) -> str:
    """Return what a year, all of them or what falls later is called in a table."""
    return f"Year {year}" if year.isdigit() and len(year) < 4 else year[:1].upper() + year[1:]
