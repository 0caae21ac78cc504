"""What the workbook of a validation holds: published and predicted figures, a chart, and the units of its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.learn.validation import Validation
from sim.report.document.workbook_parts import Chart, Grid, Number, UnitOf, Value, WorkbookParts, usual_unit
from sim.report.table import Table
from sim.report.validation.words import full_name, outcome_name, unit_of
from sim.report.words.input_table import input_data
from sim.units import SHARE, Unit, unit_named

_IN_UNIT = frozenset(
    ("published", "sampling_error", "predicted", "off", "draws_mean", "doubt", "lower", "upper", "published_sd",
     "predicted_sd", "sd_error"),
)  # fmt: skip


def validation_workbook(found: Validation, name: str, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a validation holds."""
    key = _key(found)
    sure = tuple(row for row, one in zip(key.rows, found.sets[0].arms, strict=True) if one.is_sure)
    shown = Grid(
        "Published and predicted", ("Arm", "Published", "Predicted"), tuple((row[0], *row[2:4]) for row in sure)
    )
    charts = (Chart("bars", shown, "Arm", "Points (shares in per cent)"),) if sure else ()
    return WorkbookParts(tables, _units(), key, charts, input_data([(name, found.sets[0].scenario)]))


def _key(found: Validation) -> Grid:
    rows: list[tuple[Value, ...]] = []
    for one in found.sets[0].arms:
        unit = unit_of(one.asked.published)
        rows.append((
            full_name(found.trials, one), outcome_name(one.asked.published),
            Number(one.published, unit, one.sampling_error), Number(one.predicted, unit, one.mc_error),
            Number(one.lower, unit), Number(one.upper, unit),
        ))  # fmt: skip
    held = "Expected" if found.holds_doubt else "Sampling and simulation error"
    columns = ("Arm", "Outcome", "Published", "Predicted", f"{held} from", f"{held} to")
    return Grid("Published and predicted", columns, tuple(rows))


def _units() -> UnitOf:
    def unit(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
        if column == "rank":
            return SHARE
        if column in _IN_UNIT and table == "validation":
            return unit_named(str(row["unit"]))
        return usual_unit(table, column, row)

    return unit
