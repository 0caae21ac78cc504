"""What the workbook of a protocol search holds: the frontier, its chart, inputs, and the units of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.decision.search import SearchResult
from sim.quantities import BY_NAME
from sim.report.document.workbook_parts import Chart, Grid, Number, UnitOf, Value, WorkbookParts, usual_unit
from sim.report.search.text import label, words
from sim.report.table import Table
from sim.report.words.input_table import input_data
from sim.units import Unit

FRONTIER, OTHERS, ARMS = "On the frontier", "Other candidates", "Arms of the scenario"


def search_workbook(result: SearchResult, name: str, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a search holds."""
    return WorkbookParts(tables, _units(result), _key(result), (_chart(result),), input_data([(name, result.scenario)]))


def _of(result: SearchResult) -> tuple[Unit, Unit]:
    """Return the units of what is gained and of what is spent."""
    question, currency = result.question, result.scenario.costs.currency
    return question.objective.unit.of(currency), question.against.unit.of(currency)


def _key(result: SearchResult) -> Grid:
    question = result.question
    gained, spent = _of(result)
    best = result.by_name[result.best]
    shown = {point.name: result.by_name[point.name] for point in result.frontier} | {best.name: best}
    shown |= {one.name: one for one in result.arms}
    rows: list[tuple[Value, ...]] = []
    for one in shown.values():
        gain, cost = one.means[question.objective.name], one.means[question.against.name]
        less = one.difference
        rows.append(
            (
                f"{label(result, one)}{f': {words(result, one)}' if words(result, one) else ''}",
                str(one.status or "arm of the scenario"),
                Number(gain.estimate, gained, gain.mc_error),
                Number(cost.estimate, spent, cost.mc_error),
                "" if one.name == result.best else Number(less.estimate, gained, less.mc_error),
            )
        )
    columns = ("Protocol", "Status", question.objective.label, question.against.label, "Minus the best")
    return Grid("The frontier, the best, and the scenario's own arms", columns, tuple(rows))


def _chart(result: SearchResult) -> Chart:
    question = result.question
    gained, spent = _of(result)
    line = {point.name for point in result.frontier}
    places = [
        (one.means[question.against.name].estimate, one.means[question.objective.name].estimate,
         FRONTIER if one.name in line else OTHERS if one.candidate else ARMS)
        for one in (*result.candidates, *result.arms)
    ]  # fmt: skip
    series = (FRONTIER, OTHERS, ARMS)
    rows = tuple(
        (Number(cost, spent), *(Number(gain, gained) if one == group else "" for one in series))
        for cost, gain, group in sorted(places)
    )
    grid = Grid("What more money or time buys", (question.against.label, *series), rows)
    across, up = (
        f"{outcome.label} ({unit.on_axis})" if unit.on_axis else outcome.label
        for outcome, unit in ((question.against, spent), (question.objective, gained))
    )
    return Chart("points", grid, across, up, frozenset((FRONTIER,)))


def _units(result: SearchResult) -> UnitOf:
    gained, spent = _of(result)
    currency = result.scenario.costs.currency

    def unit_of(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
        outcome = BY_NAME.get(column.removesuffix("_mc_error"))
        if table in ("candidates", "frontier") and outcome is not None:
            return outcome.unit.of(currency)
        if column.startswith(("difference", "extra_gain")):
            return gained
        return spent if column == "extra_cost" else usual_unit(table, column, row)

    return unit_of
