"""What the terminal shows of a fit: prior and posterior, and the answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.report.fit.result import FitResult
from sim.report.fit.text import sentences
from sim.report.fit.words import span_text, value_text, worth_words
from sim.report.run.terminal import console_for, print_reports, print_sentences


def print_fit(result: FitResult, reports: Sequence[Path]) -> None:
    """Print what was learnt of each input, the sentences and where the reports are."""
    console = console_for()
    console.print(escape(f"Learnt from {result.found.about}"), style="bold")
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("input", overflow="fold")
    for heading in ("before", "with the data", "95 %"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("what the data say", overflow="fold")
    for one in sorted(result.found.told, key=lambda one: (one.is_held, one.overlap)):
        table.add_row(
            escape(result.names.get(one.path, one.path)), value_text(one.prior, one.path),
            value_text(one.posterior, one.path), span_text(one.lower, one.upper, one.path),
            ", ".join(filter(None, worth_words(one))),
        )  # fmt: skip
    console.print(table)
    console.print()
    print_sentences(console, sentences(result.found, result.names))
    print_reports(console, reports)
