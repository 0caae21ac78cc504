"""What the terminal shows of check lists: how much is answered, and every item that is open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from sim.report.checklist.entry import count_words
from sim.report.checklist.result import ChecklistResult
from sim.report.run.terminal import console_for, print_reports, print_sentences


def print_checklist(result: ChecklistResult, reports: Sequence[Path]) -> None:
    """Print the state of each check list, and what is missing where."""
    console = console_for()
    for name, entries in result.entries.items():
        console.print(escape(f"{result.heading(name)}: {count_words(entries)}"), style="bold")
        print_sentences(
            console,
            [f"{one.state}: {one.item} {one.asks} ({one.missing})" for one in entries if one.state != "answered"],
        )
        console.print()
    print_reports(console, reports)
