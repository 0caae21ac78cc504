"""What the workbook of a run holds: its main numbers arm by arm, charts, inputs, and the units of its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.estimate.estimates import ALL
from sim.quantities import BY_NAME, shown_in
from sim.report.document.workbook_parts import (
    Chart,
    Grid,
    UnitOf,
    Value,
    WorkbookParts,
    by,
    curves,
    number_of,
    usual_unit,
)
from sim.report.table import Table
from sim.report.words.input_table import input_data
from sim.scenario.places import quantities
from sim.scenario.schema import Scenario
from sim.units import POINTS, SHARE, Unit, unit_named

MEDIAN, MEAN = "p50", "mean"


def run_workbook(scenario: Scenario, name: str, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a run holds."""
    return WorkbookParts(
        tables,
        _units(scenario),
        key_grid(tables["summary"], scenario.primary.outcome, [(name, "", scenario)]),
        tuple(_charts(tables, scenario)),
        input_data([(name, scenario)]),
    )


def key_grid(summary: Table, primary: str, scenarios: Sequence[tuple[str, str, Scenario]]) -> Grid:
    """Return the main outcomes arm by arm; of several scenarios, each with its name and label, in rows of their own."""
    names = list(dict.fromkeys((primary, *shown_in("key"))))
    arms = list(dict.fromkeys(arm for _, _, scenario in scenarios for arm in scenario.arms))
    labels = {arm: scenario.arm_label(arm) for _, _, scenario in reversed(scenarios) for arm in scenario.arms}
    several = len(scenarios) > 1
    at = by(summary, ("scenario", "arm", "outcome", "statistic"), subgroup=ALL, statistic=(MEAN, MEDIAN))
    rows: list[tuple[Value, ...]] = []
    for outcome in (BY_NAME[one] for one in names):
        is_time = outcome.kind == "time"
        for name, label, scenario in scenarios:
            cells = [number_of(at.get((name, arm, outcome.name, MEDIAN if is_time else MEAN))) for arm in arms]
            head = f"{outcome.label} (median)" if is_time else outcome.label
            unit = unit_words(outcome.unit.of(scenario.costs.currency))
            rows.append((head, *((label,) if several else ()), unit, *cells))
    scenario_column = ("Scenario",) if several else ()
    return Grid("The main numbers", ("Outcome", *scenario_column, "Unit", *(labels[arm] for arm in arms)), tuple(rows))


def unit_words(unit: Unit) -> str:
    """Return what a unit is called beside a number that has no symbol."""
    if unit.is_share:
        return f"%{unit.name.removeprefix(SHARE.name)}" if unit != SHARE else "% of patients"
    return unit.on_axis


def arm_chart(summary: Table, outcome: str, scenario: Scenario, name: str) -> Chart:
    """Return an outcome by arm as columns."""
    at = by(summary, ("arm",), scenario=name, outcome=outcome, statistic=MEAN, subgroup=ALL)
    of, label = BY_NAME[outcome], BY_NAME[outcome].label
    unit = of.unit.of(scenario.costs.currency)
    rows = tuple((scenario.arm_label(arm), number_of(at.get((arm,)))) for arm in scenario.arms)
    return Chart("columns", Grid(label, ("Arm", label), rows), "Arm", unit.mean_title)


def _charts(tables: Mapping[str, Table], scenario: Scenario) -> list[Chart]:
    summary, points = tables["summary"], tables["trajectories"]
    name = summary["scenario"][0]
    series = [
        (scenario.arm_label(arm), {"arm": arm, "axis": "day", "statistic": MEAN, "subgroup": ALL})
        for arm in scenario.arms
    ]
    pain = curves(points.where(outcome="pain"), "Pain day by day", ("at", "Day"), series, "estimate", POINTS)
    relief = [(label, {key: of[key] for key in ("arm", "axis", "subgroup")}) for label, of in series]
    shares = curves(points.where(outcome="relief"), "Patients in relief by day", ("at", "Day"), relief, "estimate",
                    SHARE)  # fmt: skip
    shown = dict.fromkeys((scenario.primary.outcome, *shown_in("gain")))
    lines = [Chart("lines", pain, "Day", "Mean pain, in points"), Chart("lines", shares, "Day", "Share of patients")]
    return [lines[0], *(arm_chart(summary, outcome, scenario, name) for outcome in shown), lines[1]]


def _units(scenario: Scenario) -> UnitOf:
    """Return the unit of every number in the tables of a run: of a draw, those of its inputs and outcomes."""
    currency = scenario.costs.currency
    inputs = {placed.path: unit_named(placed.quantity.unit).of(currency) for placed in quantities(scenario)}

    def unit_of(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
        if table == "examples":
            return POINTS if column == "pain" else None
        if table != "draws":
            return usual_unit(table, column, row)
        outcome = BY_NAME.get(column.rpartition(".")[2])
        return inputs.get(column) or (outcome.unit.of(currency) if outcome and "." in column else None)

    return unit_of
