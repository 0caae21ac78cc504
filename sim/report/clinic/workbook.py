"""What the workbook of a clinic holds: its measures by variant, charts, inputs, and the units of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.capacity.assess import Assessment
from sim.capacity.catalogue import MEASURE, measures_of
from sim.report.clinic.words import people, treatment_words
from sim.report.document.workbook_parts import Chart, Grid, UnitOf, WorkbookParts, by, curves, number_of, usual_unit
from sim.report.run.workbook import unit_words
from sim.report.table import Table
from sim.report.words.input_table import input_data
from sim.units import MINUTES, PATIENTS, SHARE, Unit

_OF_WEEKS = ("mean", "p05", "p95")


def clinic_workbook(assessed: Assessment, name: str, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a clinic holds."""
    charts = tuple(_charts(tables))
    inputs = input_data([(name, assessed.model.scenario)])
    return WorkbookParts(tables, _units(assessed), _key(assessed, tables["summary"]), charts, inputs)


def _key(assessed: Assessment, summary: Table) -> Grid:
    """Return the measures of the clinic as it is, then of its variants."""
    scenario = assessed.model.scenario
    here = (len(assessed.model.team), "+".join(assessed.model.arms))
    variants = list(dict.fromkeys((here, *zip(summary["practitioners"], summary["treatment"], strict=True))))
    at = by(summary, ("practitioners", "treatment", "measure"))
    rows = tuple(
        (one.label, unit_words(one.unit.of(scenario.costs.currency)),
         *(number_of(at.get((*variant, one.name))) for variant in variants))
        for one in measures_of(assessed.model.clinic)
    )  # fmt: skip

    def called(variant: tuple[int, str]) -> str:
        number, treatment = variant
        given = treatment_words(assessed) if treatment == here[1] else scenario.arm_label(treatment)
        return f"{people(number)}: {given}"

    return Grid("The clinic in numbers", ("Measure", "Unit", *map(called, variants)), rows)


def _charts(tables: Mapping[str, Table]) -> list[Chart]:
    waits = curves(tables["waits"], "How long people wait for a first visit", ("days", "Days"),
                   [("Share who wait at most so long", {})], "share", SHARE)  # fmt: skip
    weekly = tables["weekly"]
    load = curves(weekly, "How full the clinic is, week by week", ("week", "Week"),
                  [("Practitioners", {"measure": "utilisation"}), ("Rooms", {"measure": "room_use"})], "mean",
                  SHARE)  # fmt: skip
    waiting = curves(weekly, "Who waits for a first visit", ("week", "Week"), [("Mean", {"measure": "waiting"})],
                     "mean", PATIENTS)  # fmt: skip
    return [
        Chart("lines", waits, "Days from asking to the first visit", "Share of those who ask"),
        Chart("lines", waiting, "Week", "People with a first visit to come"),
        Chart("lines", load, "Week", "Share of the time booked"),
    ]


def _units(assessed: Assessment) -> UnitOf:
    currency = assessed.model.scenario.costs.currency

    def unit_of(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
        if table == "weekly" and column in _OF_WEEKS:
            known = MEASURE.get(row["measure"])  # a week also has its visits, a plain count
            return known.unit.of(currency) if known else None
        if table == "replications" and column in MEASURE:
            return MEASURE[column].unit.of(currency)
        if table == "waits" and column == "mc_error":
            return SHARE
        if table == "calendar" and column.startswith("minutes"):
            return MINUTES
        return usual_unit(table, column, row)

    return unit_of
