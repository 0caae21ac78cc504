"""What the workbook of a synthesis holds: every trial, and the pooled result."""

from __future__ import annotations

from collections.abc import Mapping

from sim.estimate.estimate import Z95
from sim.learn.contrasts import Asked
from sim.learn.synthesis import Pooled
from sim.plain_text import plain_text
from sim.report.document.workbook_parts import Grid, Number, Value, WorkbookParts
from sim.report.pooling.words import Words
from sim.report.table import Table
from sim.units import NUMBER, POINTS, Unit


def pooling_workbook(asked: Asked, found: Pooled, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of a synthesis holds; shares are in per cent, odds ratios as such."""
    words, effects = Words(asked.question), found.effects
    unit: Unit = POINTS if asked.question.scale == "points" else NUMBER

    def row(label: str, value: float, ends: tuple[float, float]) -> tuple[Value, ...]:
        return (plain_text(label), *(Number(words.shown(one), unit) for one in (value, *ends)))

    rows = [
        row(trial, float(value), (float(value - Z95 * error), float(value + Z95 * error)))
        for trial, value, error in zip(effects.trials, effects.values, effects.errors, strict=True)
    ]
    rows += [row("Mean", found.mean, found.interval), row("A new group of patients", found.mean, found.prediction)]
    columns = ("Trial", f"{words.what.capitalize()} ({words.unit})", "From", "To")
    return WorkbookParts(tables, key=Grid(words.subject, columns, tuple(rows)))
