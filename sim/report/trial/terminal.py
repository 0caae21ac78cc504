"""What the terminal shows of a virtual trial: power by size, and the answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.report.run.terminal import console_for, print_reports, print_sentences
from sim.report.trial.result import TrialResult
from sim.report.trial.text import sentences
from sim.report.trial.words import arm_label, percent, versus
from sim.report.words.numbers import format_count

MOST_SENTENCES = 12


def print_trial(result: TrialResult, reports: Sequence[Path]) -> None:
    """Print what trials of each size do, the sentences and where the reports are."""
    console = console_for()
    found = result.found
    console.print(escape(f"{result.title}: {format_count(found.design.trials)} trials of each size"), style="bold")
    for one in found.comparisons:
        measure = found.design.measures[one.measure]
        console.print(escape(f"\n{versus(found, one)}: {measure.in_sentence}"))
        table = _table("patients in arm", "power", "formula", "assurance", "type-I error")
        for at, error in zip(one.sizes, found.type_one[one.measure].errors, strict=True):
            table.add_row(
                format_count(at.size), percent(at.power), percent(at.formula), percent(at.assurance),
                percent(error),
            )  # fmt: skip
        console.print(table)
    if not found.comparisons:
        table = _table("patients in arm", "outcome", "trials that find a difference")
        for of in found.type_one:
            for size, error in zip(found.design.sizes, of.errors, strict=True):
                table.add_row(format_count(size), escape(found.design.measures[of.measure].label), percent(error))
        console.print(escape(f"\n{arm_label(found.scenario, found.design.reference)} against itself"))
        console.print(table)
    console.print("± is the Monte Carlo standard error, over trials; of assurance, over draws.", style="dim")
    console.print()
    print_sentences(console, sentences(found, result.published)[:MOST_SENTENCES])
    print_reports(console, reports)


def _table(*headings: str) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table
