"""What the terminal shows of a validation: a row for each published figure, and the answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.learn.validation import Comparison, Validation
from sim.report.run.terminal import console_for, print_reports, print_sentences
from sim.report.validation.document import title_of
from sim.report.validation.text import sentences
from sim.report.validation.words import HELD, arm_name, number, outcome_name, span, z_text


def print_validation(found: Validation, left_out: Sequence[str], reports: Sequence[Path]) -> None:
    """Print published and predicted figures, the sentences and where the reports are."""
    console = console_for()
    console.print(escape(f"{title_of(found.trials)}: {found.sets[0].label} evidence"), style="bold")
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("trial", overflow="fold")
    table.add_column("arm, day: outcome", overflow="fold")
    holds_doubt = found.holds_doubt
    for heading in ("published", "predicted", "expected, 95 %" if holds_doubt else "errors alone, 95 %", "z"):
        table.add_column(heading, justify="right", no_wrap=True)
    for one in found.sets[0].comparisons:
        if one.is_sure or not one.versus:
            table.add_row(*_cells(found, one))
    console.print(table)
    expected = "Expected: doubt about the inputs, sampling error and simulation error together."
    alone = f"Errors alone: {HELD} about what is predicted; the inputs are taken as they stand."
    console.print(f"{expected if holds_doubt else alone} * not sure, not counted.", style="dim")
    console.print()
    print_sentences(console, [*sentences(found), *left_out])
    print_reports(console, reports)


def _cells(found: Validation, one: Comparison) -> tuple[str, ...]:
    mark = "" if one.is_sure else "*"
    published = one.asked.published
    what = f"{arm_name(found.trials, one)}, day {published.day}: {outcome_name(published)}"
    return (
        escape(found.trials.trials[one.asked.trial].label), escape(what), f"{number(one, one.published)}{mark}",
        number(one, one.predicted), span(one, one.lower, one.upper), z_text(one.z),
    )  # fmt: skip
