"""What the terminal shows of the outlook of one patient."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.learn.outlook import Outlook
from sim.report.outlook.text import CAUTION, pain_text, sentences, shown_day
from sim.report.run.terminal import console_for, print_reports, print_sentences


def print_outlook(found: Outlook, reports: Sequence[Path]) -> None:
    """Print what is expected of each way to go on, the sentences and where the reports are."""
    console = console_for()
    day = shown_day(found)
    console.print(escape(f"The outlook of one patient: what is expected on day {day}"), style="bold")
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("way to go on", overflow="fold")
    for heading in ("pain", "reading, 90 %", "in relief", "lost later"):
        table.add_column(heading, justify="right", no_wrap=True)
    for way in found.ways:
        then = way.on(day)
        table.add_row(
            escape(way.label), pain_text(then),
            f"{then.reading[0]:.0f} to {then.reading[-1]:.0f}", f"{100 * then.relief.estimate:.0f} %",
            f"{100 * way.lost.estimate:.0f} %",
        )  # fmt: skip
    console.print(table)
    console.print()
    print_sentences(console, [*sentences(found)[:2], CAUTION])
    print_reports(console, reports)
