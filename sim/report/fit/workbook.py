"""What the workbook of a fit holds beside its tables: what is expected of each arm, as numbers and as a chart."""

from __future__ import annotations

from collections.abc import Mapping

from sim.learn.fit import Fit
from sim.plain_text import plain_text
from sim.quantities import BY_NAME
from sim.report.document.workbook_parts import Chart, Grid, Number, Value, WorkbookParts
from sim.report.table import Table
from sim.report.words.input_table import input_data


def fit_workbook(found: Fit, name: str, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a fit holds."""
    scenario = found.study.scenario
    outcome = BY_NAME[scenario.primary.outcome]
    unit = outcome.unit.of(scenario.costs.currency)
    rows: list[tuple[Value, ...]] = []
    for arm in scenario.arms:
        both = (of.get(arm, outcome.name) for of in (found.before, found.after))
        numbers = (Number(one.estimate, unit, one.mc_error) for one in both)
        rows.append((plain_text(scenario.arm_label(arm)), *numbers))
    key = Grid(outcome.label, ("Arm", "Before", "With the data"), tuple(rows))
    chart = Chart("columns", key, "Arm", outcome.label)
    return WorkbookParts(tables, key=key, charts=(chart,), inputs=input_data([(name, scenario)]))
