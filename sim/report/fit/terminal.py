"""What the terminal shows of a fit: prior and posterior, and the answer in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.learn.fit import Fit
from sim.learn.trials import Trials
from sim.report.fit.result import FitResult
from sim.report.fit.text import sentences
from sim.report.fit.words import span_text, value_text, worth_words
from sim.report.run.terminal import console_for, print_reports, print_sentences
from sim.report.validation.words import arm_name, number, outcome_name, span, z_text


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
    if result.found.trials is not None:
        console.print(_results(result.found, result.found.trials))
    console.print()
    print_sentences(console, sentences(result.found, result.names))
    print_reports(console, reports)


def _results(found: Fit, trials: Trials) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("published results", overflow="fold")
    for heading in ("published", "expected", "95 %", "z"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in found.results:
        if math.isfinite(one.z):
            published, trial = one.asked.published, trials.trials[one.asked.trial].label
            what = f"{trial}, {arm_name(trials, one)}, day {published.day}: {outcome_name(published)}"
            table.add_row(
                escape(what), number(one, one.published), number(one, one.predicted), span(one, one.lower, one.upper),
                z_text(one.z), "held out" if one.is_held_out else "read",
            )  # fmt: skip
    return table
