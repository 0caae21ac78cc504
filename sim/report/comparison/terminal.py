"""What the terminal shows of a comparison: the primary outcome by scenario and arm, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.decision.compare import Comparison
from sim.quantities import BY_NAME
from sim.report.comparison.tables import NOT_THERE
from sim.report.comparison.text import comparison_headline
from sim.report.comparison.words import label_of
from sim.report.run.terminal import console_for, print_reports
from sim.report.words.numbers import difference_with_error, with_error

MOST_ARMS = 4
"""Arms that fit a terminal side by side; with more, there is a block of rows per scenario."""


def print_comparison(comparison: Comparison, reports: Sequence[Path]) -> None:
    """Print the primary outcome of each arm in each scenario, the answer in words, and where the reports are."""
    console = console_for()
    first, outcome = comparison.members[0], comparison.primary
    unit = first.panel.get(comparison.arms[0], outcome).unit
    what = f"{BY_NAME[outcome].label}{'' if unit.is_share else f' ({unit.on_axis})'}"
    console.print(escape(f"{what}, {comparison.patients:,} patients in each scenario"), style="bold")
    fits = len(comparison.labels) <= MOST_ARMS
    console.print(_side_by_side(comparison) if fits else _stacked(comparison))
    left_out = comparison.left_out if fits else len(comparison.members) - MOST_ARMS
    if left_out > 0:
        console.print(f"{left_out} more scenarios are in the report.")
    console.print(
        escape(f"± is the Monte Carlo standard error; in brackets: minus {label_of(first)}, with the same luck."),
        style="dim",
    )
    console.print()
    for sentence in comparison_headline(comparison):
        console.print(escape(sentence))
    print_reports(console, reports)


def _side_by_side(comparison: Comparison) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("scenario", max_width=24)
    for name in comparison.labels.values():
        table.add_column(escape(name), justify="right", max_width=18)
    for position in range(len(comparison.drawn.members)):
        label = label_of(comparison.members[position])
        table.add_row(escape(label), *(_cell(comparison, position, arm) for arm in comparison.labels))
    return table


def _stacked(comparison: Comparison) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("arm", max_width=26)
    for member in comparison.members[:MOST_ARMS]:
        table.add_column(escape(label_of(member)), justify="right", max_width=20)
    for arm, name in comparison.labels.items():
        cells = (_cell(comparison, k, arm) for k in range(min(MOST_ARMS, len(comparison.members))))
        table.add_row(escape(name), *cells)
    return table


def _cell(comparison: Comparison, position: int, arm: str) -> str:
    member, first = comparison.members[position], comparison.members[0]
    if arm not in member.scenario.arms:
        return NOT_THERE
    text = with_error(member.panel.get(arm, comparison.primary))
    if position == 0 or arm not in comparison.arms:
        return text
    found = comparison.between(arm, member.name, first.name, comparison.primary)
    is_same = found.estimate == 0 and found.mc_error == 0
    return f"{text}\n({'same' if is_same else difference_with_error(found)})"
