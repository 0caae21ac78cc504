"""What the terminal shows of a budget: the payer by year, and the answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.plain_text import plain_text
from sim.report.budget.files import Member
from sim.report.budget.tables import year_table
from sim.report.budget.text import sentences
from sim.report.run.terminal import console_for, print_reports, print_sentences
from sim.report.words.numbers import format_count
from sim.units import GAP

WIDTH = 100


def print_budget(members: Sequence[Member], reports: Sequence[Path]) -> None:
    """Print a table and the sentences for every scenario, and where the reports are."""
    console = console_for(WIDTH)
    for one in members:
        impact, shown = one.impact, year_table(one.impact)
        drawn = f", {format_count(impact.draws)} draws of the inputs" if impact.draws else ""
        console.print(escape(f"{plain_text(impact.scenario.title)}: {format_count(impact.patients)} patients{drawn}"),
                      style="bold")  # fmt: skip
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for place, heading in enumerate((*shown.columns, "95 % of draws") if impact.draws else shown.columns):
            table.add_column(escape(heading.lower()), justify="left" if place == 0 else "right", no_wrap=True)
        for row in shown.rows:
            *money, change = (cell.text for cell in row.cells)
            cells = [row.head, *(text.partition("±")[0].strip() for text in money), change]
            cells += [row.cells[-1].detail] if impact.draws else []
            table.add_row(*(escape(cell.replace(GAP, " ")) for cell in cells))
        console.print(table)
        console.print("± is the simulation error of the change.", style="dim")
        console.print()
        print_sentences(console, sentences(impact, one.cases))
        console.print()
    print_reports(console, reports)
