"""What the workbook of a budget holds: the main numbers by year, charts, inputs, and the units of its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.decision.budget.assess import LATER
from sim.decision.budget.ledger import MIXES
from sim.decision.budget.measures import HOURS_WORKED, MEASURE, PAYER_COST, STARTING
from sim.quantities import LASTING_RELIEF
from sim.report.budget.files import Member
from sim.report.document.workbook_parts import Chart, Grid, Number, Value, WorkbookParts, usual_unit
from sim.report.table import Table
from sim.report.words.input_table import input_data
from sim.units import Unit, unit_named

MAIN = (PAYER_COST, HOURS_WORKED, LASTING_RELIEF)
IN_UNIT = ("draws_mean", "draws_lower", "draws_upper", "beyond_base")


def budget_workbook(members: Sequence[Member], tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a budget holds; its main numbers and charts are those of the first scenario."""
    inputs = input_data([(one.name, one.impact.scenario) for one in members])
    return WorkbookParts(tables, _unit, _key(members[0]), tuple(_charts(members[0])), inputs)


def _key(member: Member) -> Grid:
    impact, rows = member.impact, []
    for year in impact.years:
        if year == LATER:
            continue
        rows.append((year, *(_number(member, mix, year, measure) for measure in MAIN for mix in MIXES)))
    headings = [f"{MEASURE[name].label}, {mix}" for name in MAIN for mix in MIXES]
    return Grid("By year, everything together", ("Year", *headings), tuple(rows))


def _charts(member: Member) -> list[Chart]:
    years = member.impact.years[: member.impact.budget.years]
    money = Grid(
        "What the payer pays", ("Year", "Now", "After", "Change"),
        tuple((year, *(_number(member, mix, year, PAYER_COST) for mix in MIXES)) for year in years),
    )  # fmt: skip
    arms = Grid(
        "People who begin after the change, by arm", ("Year", *map(member.impact.arm_label, member.impact.arms)),
        tuple((year, *(_number(member, "after", year, STARTING, arm) for arm in member.impact.arms)) for year in years),
    )  # fmt: skip
    currency = member.impact.scenario.costs.currency
    return [Chart("columns", money, "Year", currency), Chart("columns", arms, "Year", "People")]


def _number(member: Member, mix: str, year: str, measure: str, arm: str = "all") -> Value:
    one = member.impact.get(mix, year, measure, arm)
    return Number(one.estimate, one.unit, one.mc_error)


def _unit(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
    if column in IN_UNIT and row.get("unit"):
        return unit_named(str(row["unit"]))
    return usual_unit(table, column, row)
