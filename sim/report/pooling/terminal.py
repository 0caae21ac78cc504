"""What the terminal shows of a synthesis: a row for each effect, the mean, and the answer in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.errors import visible
from sim.estimate.estimate import Z95
from sim.plain_text import plain_text
from sim.report.pooling.result import PoolingResult
from sim.report.pooling.text import sentences
from sim.report.pooling.words import Words
from sim.report.run.terminal import console_for, print_reports, print_sentences

MOST_ROWS = 40


def print_pooling(result: PoolingResult, reports: Sequence[Path]) -> None:
    """Print the effects, the sentences, what was left out and where the reports are."""
    console = console_for()
    words, found, effects = Words(result.asked.question), result.found, result.found.effects
    console.print(escape(f"{words.subject}: {words.what} ({words.unit})"), style="bold")
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("trial", overflow="fold")
    table.add_column("arm", overflow="fold")
    for heading in ("found", "95 % interval", "share in mean"):
        table.add_column(heading, justify="right", no_wrap=True)
    for k in range(min(len(effects.values), MOST_ROWS)):
        value, reach = float(effects.values[k]), Z95 * float(effects.errors[k])
        table.add_row(
            escape(plain_text(effects.trials[k])), escape(plain_text(effects.labels[k])), words.number(value),
            words.span((value - reach, value + reach)), f"{100 * found.weights[k]:.0f} %",
        )  # fmt: skip
    table.add_section()
    table.add_row("mean", "", words.number(found.mean), words.span(found.interval), "")
    if math.isfinite(found.prediction[0]):
        table.add_row("a new group", "", "", words.span(found.prediction), "")
    console.print(table)
    print_sentences(console, sentences(result.asked, found, result.without, result.claim))
    for note in result.asked.notes:
        console.print(escape(f"note: {visible(note)}"), soft_wrap=True, style="dim")
    print_reports(console, reports)
