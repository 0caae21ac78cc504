"""What the workbook of a virtual trial holds: patients needed, charts of power, and the units of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.decision.virtual_trial.assess import VirtualTrial
from sim.decision.virtual_trial.needed import Needed, by_formula
from sim.report.document.workbook_parts import Chart, Grid, Number, Value, WorkbookParts, usual_unit
from sim.report.table import Table
from sim.report.trial.words import versus
from sim.report.words.input_table import input_data
from sim.units import PATIENTS, POINTS, SHARE, Unit

_POINTS = ("published_sd", "published_sd_error", "model_sd", "model_sd_error")


def trial_workbook(found: VirtualTrial, name: str, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a virtual trial holds."""
    key = _needed(found) if found.comparisons else None
    charts = tuple(Chart("lines", grid, "Patients in the arm", "Chance to succeed") for grid in _powers(found))
    return WorkbookParts(tables, _unit, key, charts, input_data([(name, found.scenario)]))


def _needed(found: VirtualTrial) -> Grid:
    rows: list[tuple[Value, ...]] = []
    for one in found.comparisons:
        for k, needed in enumerate(one.needed):
            formula = by_formula(needed.power, one.by_formula[k])
            rows.append((
                versus(found, one), found.design.measures[one.measure].label, Number(needed.power, SHARE),
                _number(needed), _number(formula),
                _number(one.assured[k]) if one.assured else "",
            ))  # fmt: skip
    columns = ("Comparison", "Outcome", "Chance to succeed", "Patients at the stated inputs", "By the formula",
               "Over the doubt in them")  # fmt: skip
    return Grid("Patients in the arm that it takes", columns, tuple(rows))


def _number(needed: Needed) -> Value:
    if needed.where == "found":
        return Number(needed.number.estimate, PATIENTS, needed.number.mc_error)
    words = {"fewer": "fewer than the least tried", "more": "more than the most tried", "never": "no number is enough"}
    return words[needed.where]


def _powers(found: VirtualTrial) -> list[Grid]:
    grids = []
    for one in found.comparisons:
        title = f"Power: {versus(found, one)}, {found.design.measures[one.measure].in_sentence}"
        columns = ["Patients in the arm", "At the stated inputs", "By the formula"]
        columns += ["Over the doubt in them"] if one.assured else []
        rows: list[tuple[Value, ...]] = []
        for at in one.sizes:
            row: list[Value] = [
                at.size,
                Number(at.power.estimate, SHARE, at.power.mc_error),
                Number(at.formula.estimate, SHARE, at.formula.mc_error),
            ]
            if at.assurance is not None:
                row.append(Number(at.assurance.estimate, SHARE, at.assurance.mc_error))
            rows.append(tuple(row))
        grids.append(Grid(title, tuple(columns), tuple(rows)))
    return grids


def _unit(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
    if column in _POINTS:
        return POINTS
    if column == "power":
        return SHARE
    return usual_unit(table, column, row)
