"""What the workbook of an outlook holds beside its tables: what is expected of each way, and pain day by day."""

from __future__ import annotations

from collections.abc import Mapping

from sim.learn.outlook import Outlook
from sim.plain_text import plain_text
from sim.report.document.workbook_parts import Chart, Grid, Number, Value, WorkbookParts
from sim.report.outlook.text import shown_day
from sim.report.table import Table
from sim.report.words.input_table import input_data
from sim.units import POINTS, SHARE


def outlook_workbook(found: Outlook, name: str, tables: Mapping[str, Table]) -> WorkbookParts:
    """Return what the workbook of an outlook holds."""
    day = shown_day(found)
    labels = tuple(plain_text(way.label) for way in found.ways)
    rows: list[tuple[Value, ...]] = []
    for label, way in zip(labels, found.ways, strict=True):
        then = way.on(day)
        rows.append((
            label, Number(then.pain.estimate, POINTS, then.pain.mc_error),
            Number(then.relief.estimate, SHARE, then.relief.mc_error),
            Number(way.lost.estimate, SHARE, way.lost.mc_error),
        ))  # fmt: skip
    key = Grid(
        f"What is expected on day {day}", ("Way to go on", "Pain", "In relief", "Relief lost later"), tuple(rows)
    )
    by_day: list[tuple[Value, ...]] = []
    for k, one in enumerate(found.ways[0].expected):
        by_day.append((one.day, *(Number(way.expected[k].pain.estimate, POINTS) for way in found.ways)))
    days = Grid("Expected pain, day by day", ("Day", *labels), tuple(by_day))
    chart = Chart("lines", days, "Day", "Points")
    return WorkbookParts(tables, key=key, charts=(chart,), inputs=input_data([(name, found.scenario)]))
