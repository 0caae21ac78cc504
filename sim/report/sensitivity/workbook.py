"""What the workbook of a sensitivity analysis holds: the inputs that move most, charts, and the units of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.structure import Kind
from sim.report.document.workbook_parts import Chart, Grid, Number, UnitOf, Value, WorkbookParts, usual_unit
from sim.report.sensitivity.words import Words
from sim.report.table import Table
from sim.report.words.input_table import input_data
from sim.scenario.places import quantities
from sim.units import SHARE, Unit, unit_named

MOST_BARS = 15
"""Inputs that a chart shows."""
_OF_TARGET = ("target", "change", "swing", "estimate")


def sensitivity_workbook(found: Sensitivity, name: str, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a sensitivity analysis holds."""
    charts = tuple(chart for chart in (_tornado(found), _indices(found)) if chart.grid.rows)
    return WorkbookParts(tables, _units(found), _key(found), charts, input_data([(name, found.scenario)]))


def _key(found: Sensitivity) -> Grid:
    words, unit = Words(found), found.question.measure.unit
    rows: list[tuple[Value, ...]] = []
    for bar in found.one_way.bars:
        ends = [end.target for end in bar.ends]
        rows.append((words.name(bar.factor), words.reach(bar), Number(min(ends), unit), Number(max(ends), unit),
                     Number(bar.swing.estimate, unit, bar.swing.mc_error)))  # fmt: skip
    title = f"{words.target}: {words.measure} ({words.unit}), with one input at a time over its range"
    return Grid(title, ("Input", "From, to", "Lowest result", "Highest result", "Difference"), tuple(rows))


def _tornado(found: Sensitivity) -> Chart:
    """Return how far each input's ends lie from the base case; of a form of the model, its lowest and highest."""
    words, unit, base = Words(found), found.question.measure.unit, found.one_way.base.estimate
    rows: list[tuple[Value, ...]] = []
    for bar in found.one_way.bars[:MOST_BARS]:
        ends = [end.target - base for end in bar.ends]
        shown = (min(*ends, 0.0), max(*ends, 0.0)) if isinstance(bar.factor, Kind) else (ends[0], ends[-1])
        rows.append((words.name(bar.factor), *(Number(end, unit) for end in shown)))
    columns = ("Input", "At its low end", "At its high end")
    up = f"Change of the result ({words.unit})" if words.unit else "Change of the result"
    return Chart("bars", Grid("What moves the result most", columns, tuple(rows)), "Input", up)


def _indices(found: Sensitivity) -> Chart:
    words, indices = Words(found), found.indices
    order = sorted(range(len(found.factors)), key=lambda k: -indices.total[k].estimate)[:MOST_BARS]
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            words.name(found.factors[k]),
            Number(indices.first[k].estimate, SHARE),
            Number(indices.total[k].estimate, SHARE),
        )
        for k in order
    )
    columns = ("Input", "By itself", "Together with others")
    return Chart("bars", Grid("Share of the spread that each input explains", columns, rows), "Input", "Share")


def _units(found: Sensitivity) -> UnitOf:
    currency = found.scenario.costs.currency
    inputs = {placed.path: unit_named(placed.quantity.unit).of(currency) for placed in quantities(found.scenario)}
    target = found.question.measure.unit

    def unit_of(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
        if table == "indices":
            return SHARE if column.startswith(("first", "total")) else None
        if table in ("scan", "thresholds", "map") and column in ("value", "low", "high", "threshold"):
            return inputs.get(row["input"])
        if table == "map" and column in ("across", "up"):
            return inputs.get(row[f"{column}_input"])
        if table != "inputs" and column.startswith(_OF_TARGET):
            return target
        return usual_unit(table, column, row)

    return unit_of
