"""What a workbook holds beside the words of a report: tables, a table of the main numbers, charts, and the inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.report.table import Table
from sim.units import SHARE, Unit, unit_named

IN_ROWS_UNIT = frozenset(
    ("estimate", "mc_error", "lower", "upper", "claimed", "doubt", "reached", "error", "simulated", "input_sd",
     "input_sd_error", "noise_sd", "unpaired_error", "base", "value"),
)  # fmt: skip
"""Columns whose numbers are in the unit that their row names."""
SHARES = frozenset(
    ("share", "weight", "noise_share", "cohort", "tied", "probability_best", "share_of_draws_that_would_change",
     "probability_better", "explained", "share_costs_more_gains_more", "share_costs_less_gains_more",
     "share_costs_less_gains_less", "share_costs_more_gains_less", "share_no_difference"),
)  # fmt: skip
"""Columns that are shares wherever they stand."""


@dataclass(frozen=True)
class Number:
    """A number with its unit, and its simulation error where that is known."""

    value: float
    unit: Unit
    error: float = math.nan


Value = str | bool | int | float | Number


@dataclass(frozen=True)
class Grid:
    """A small table for people: its title, the headings of its columns, and rows as long as these."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]

    @property
    def with_errors(self) -> tuple[int, ...]:
        """The places of the columns that have numbers with a simulation error."""
        return tuple(
            k for k in range(len(self.columns))
            if any(isinstance(cell, Number) and math.isfinite(cell.error) for cell in (row[k] for row in self.rows))
        )  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """A chart of a grid: its first column is across, every other one a series under its heading.

    `columns` and `bars` stand over names; `lines` and `points` over numbers. `joined` names the series of points that a
    line joins.
    """

    kind: Literal["columns", "bars", "lines", "points"]
    grid: Grid
    across: str
    up: str
    joined: frozenset[str] = frozenset()


UnitOf = Callable[[str, str, Mapping[str, Any]], Unit | None]
"""The unit of a number, by the name of its table, its column and its row; None for a plain number."""


def usual_unit(table: str, column: str, row: Mapping[str, Any]) -> Unit | None:
    """Return the unit that a row names for its numbers, or that of a column that is a share everywhere.

    >>> usual_unit("summary", "mc_error", {"unit": "days"}).name, usual_unit("ranks", "tied", {}).name
    ('days', 'share')
    """
    if column in IN_ROWS_UNIT and row.get("unit"):
        return unit_named(str(row["unit"]))
    return SHARE if column in SHARES else None


@dataclass(frozen=True)
class WorkbookParts:
    """The tables of a result by name, with the units of their numbers; the main numbers, charts and inputs."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    unit_of: UnitOf = usual_unit
    key: Grid | None = None
    charts: tuple[Chart, ...] = ()
    inputs: Table | None = None


def number_of(row: Mapping[str, Any] | None, column: str = "estimate", error: str = "mc_error") -> Value:
    """Return the number that a row holds in its unit; an empty text without a row."""
    if row is None:
        return ""
    return Number(row[column], unit_named(row["unit"]), row.get(error, math.nan))


def by(table: Table, columns: Sequence[str], **where: Any) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the rows that have these values by what they have in some columns; the first of several alike."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in table.where(**where):
        rows.setdefault(tuple(row[column] for column in columns), row)
    return rows


def curves(
    table: Table,
    title: str,
    across: tuple[str, str],
    series: Sequence[tuple[str, Mapping[str, Any]]],
    column: str,
    unit: Unit | None,
) -> Grid:
    """Return a grid of curves: the column `across` (its name and heading), then a column for each of the `series`.

    A series is a heading and the values that its rows have. What a curve does not have at a place is empty.
    """
    name, heading = across
    found_at = [{row[name]: row[column] for row in table.where(**where)} for _, where in series]
    places = sorted({place for at in found_at for place in at})
    return Grid(
        title,
        (heading, *(label for label, _ in series)),
        tuple(
            (place, *(_in(at.get(place, math.nan), unit) for at in found_at))
            for place in places
        ),
    )  # fmt: skip


def _in(value: float, unit: Unit | None) -> Value:
    return value if unit is None else Number(value, unit)
