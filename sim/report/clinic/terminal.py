"""What the terminal shows of a clinic: the measures that matter most, and the answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.capacity.assess import Assessment
from sim.report.clinic.tables import policy_table, staffing_table
from sim.report.clinic.text import sentences
from sim.report.document.document import Table as Listed
from sim.report.run.terminal import console_for, print_reports, print_sentences
from sim.report.words.numbers import format_count
from sim.units import GAP

WIDTH = 100


def print_clinic(found: Assessment, asked_for_staff: bool, reports: Sequence[Path]) -> None:
    """Print the answer in words, the variants that were asked for, and where the reports are."""
    console = console_for(WIDTH)
    runs = found.base
    years = f"{format_count(runs.number)} replications of {found.model.clinic.weeks} weeks"
    warm_up = f"the first {runs.warm_up.weeks} left out" if runs.warm_up.weeks else "none left out"
    console.print(escape(f"{found.model.scenario.title}: {years}, {warm_up}"), style="bold")
    if not runs.warm_up.is_settled:
        console.print("The clinic had not settled by the middle of the run; simulate more weeks.", style="dim")
    tables = []
    if found.staffing is not None and asked_for_staff:
        tables.append(staffing_table(found, found.staffing))
    if found.policies is not None:
        tables.append(policy_table(found, found.policies))
    for table in tables:
        console.print()
        console.print(escape(table.caption))
        console.print(_shown(table))
    console.print()
    print_sentences(console, sentences(found))
    console.print("± is the simulation error: one standard error over replications.", style="dim")
    print_reports(console, reports)


def _shown(listed: Listed) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", overflow="fold")
    for heading in listed.columns[1:]:
        table.add_column(escape(heading), justify="right")
    for row in listed.rows:
        table.add_row(escape(row.head), *(escape(cell.text.replace(GAP, " ")) for cell in row.cells))
    return table
