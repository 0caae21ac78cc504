"""What the terminal shows of a description: the answer in words, the numbers that matter most, and what looked odd."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.errors import visible
from sim.learn.describe import Description
from sim.report.description.tables import first_table
from sim.report.description.text import HIDDEN, sentences
from sim.report.run.terminal import console_for, print_reports, print_sentences
from sim.report.words.numbers import format_count
from sim.units import GAP

WIDTH = 80


def print_description(found: Description, name: str, reports: Sequence[Path]) -> None:
    """Print sentences, a table, what looked odd with its lines, and where the reports are."""
    console = console_for(WIDTH)
    console.print(escape(visible(f"Records: {name}")), style="bold")
    console.print()
    print_sentences(console, sentences(found))
    shown = first_table(found)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    for heading in ("number", "95 % interval", "patients"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in shown.rows:
        number, patients = row.cells
        cells = (number.text, number.detail, patients.text)
        table.add_row(escape(row.head), *(escape(cell.replace(GAP, " ")) for cell in cells))
    console.print(table)
    console.print("± is the standard error over the recorded patients.", style="dim")
    if found.is_any_hidden:
        console.print(HIDDEN, style="dim")
    _print_findings(console, found)
    print_reports(console, reports)


def _print_findings(console: Console, found: Description) -> None:
    if not found.records.findings:
        return
    console.print()
    console.print("What looked odd (lines are named here only, not in the report)", style="bold")
    for one in found.records.findings:
        more = ", ..." if one.count > len(one.rows) else ""
        lines = f" (line{'s' if len(one.rows) > 1 else ''} {', '.join(map(str, one.rows))}{more})" if one.rows else ""
        said = f"{one.file}: {one.what}: {format_count(one.count)}{lines}; {one.done}."
        print_sentences(console, [visible(said)])
