"""What the workbook of a comparison holds: the main numbers scenario by scenario, charts, and all inputs."""

from __future__ import annotations

from collections.abc import Mapping

from sim.decision.compare import Comparison
from sim.estimate.estimates import ALL
from sim.quantities import BY_NAME, COST, shown_in
from sim.report.comparison.words import label_of
from sim.report.document.workbook_parts import Chart, Grid, WorkbookParts, by, curves, number_of
from sim.report.run.workbook import MEAN, key_grid
from sim.report.table import Table
from sim.report.words.input_table import input_data
from sim.units import POINTS

MOST_CURVES = 12
"""Curves that can be told apart in one chart."""


def comparison_workbook(comparison: Comparison, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a comparison holds."""
    scenarios = [(member.name, label_of(member), member.scenario) for member in comparison.members]
    return WorkbookParts(
        tables,
        key=key_grid(tables["summary"], comparison.primary, scenarios),
        charts=tuple(_charts(comparison, tables)),
        inputs=input_data([(name, scenario) for name, _, scenario in scenarios]),
    )


def _charts(comparison: Comparison, tables: Mapping[str, Table]) -> list[Chart]:
    every = dict.fromkeys((comparison.primary, *shown_in("scenarios"), COST))
    shown = [outcome for outcome in every if comparison.is_compared(outcome)]
    drawn = [_outcome(comparison, tables["summary"], outcome) for outcome in shown]
    if sum(len(member.scenario.arms) for member in comparison.members) <= MOST_CURVES:
        drawn.append(Chart("lines", _pain(comparison, tables["trajectories"]), "Day", "Mean pain, in points"))
    return drawn


def _outcome(comparison: Comparison, summary: Table, outcome: str) -> Chart:
    """Return an outcome as columns: a group for every scenario, a colour for every arm."""
    scenario = comparison.members[0].scenario
    at = by(summary, ("scenario", "arm"), outcome=outcome, statistic=MEAN, subgroup=ALL)
    rows = tuple(
        (label_of(member), *(number_of(at.get((member.name, arm))) for arm in comparison.labels))
        for member in comparison.members
    )
    columns = ("Scenario", *comparison.labels.values())
    unit = BY_NAME[outcome].unit.of(scenario.costs.currency)
    return Chart("columns", Grid(BY_NAME[outcome].label, columns, rows), "Scenario", unit.mean_title)


def _pain(comparison: Comparison, points: Table) -> Grid:
    series = [
        (f"{label_of(member)}: {member.scenario.arm_label(arm)}", {"scenario": member.name, "arm": arm})
        for member in comparison.members
        for arm in member.scenario.arms
    ]
    shown = points.where(outcome="pain", axis="day", statistic=MEAN, subgroup=ALL)
    return curves(shown, "Pain day by day", ("at", "Day"), series, "estimate", POINTS)
