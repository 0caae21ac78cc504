"""What the workbook of a description holds beside its tables: the main numbers, and pain and attendance as charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.learn.cells_shown import Described
from sim.learn.describe import Description
from sim.report.description.tables import first_estimates
from sim.report.document.workbook_parts import Chart, Grid, Number, WorkbookParts, usual_unit
from sim.report.table import Table
from sim.units import Unit, unit_named


def description_workbook(found: Description, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a description holds."""
    rows = tuple((label, _number(one), one.patients or 0) for label, one in first_estimates(found) if one.is_shown)
    key = Grid("In numbers", ("", "Number", "Patients"), rows) if rows else None
    charts = (
        _by_visit(found, "pain", "mean", "Reported pain, visit by visit", "Points"),
        _by_visit(found, "still coming", "share", "Who goes on coming", "Share of those who began"),
    )
    return WorkbookParts(tables, _unit_of, key, tuple(chart for chart in charts if chart is not None))


def _number(one: Described) -> Number:
    return Number(one.estimate, one.unit, one.mc_error)


def _by_visit(found: Description, topic: str, statistic: str, title: str, up: str) -> Chart | None:
    shown = [one for one in found.about(topic, None, statistic) if one.is_shown]
    rows = tuple((int(one.at.removeprefix("visit ")), Number(one.estimate, one.unit)) for one in shown)
    return Chart("lines", Grid(title, ("Visit", up), rows), "Visit", up) if rows else None


def _unit_of(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
    if column == "standard_error" and row.get("unit"):
        return unit_named(str(row["unit"]))
    return usual_unit(table, column, row)
