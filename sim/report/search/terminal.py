"""What the terminal shows of a protocol search: the best, its ties and the frontier, and the answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.decision.search import Found, SearchResult
from sim.decision.selection import Status
from sim.report.run.terminal import console_for, print_reports
from sim.report.search.text import label, wrapped_sentences
from sim.report.words.numbers import format_count, with_error
from sim.units import GAP

WIDTH = 80
MOST_ROWS = 30


def print_search(result: SearchResult, reports: Sequence[Path]) -> None:
    """Print the table, the sentences and where the reports are."""
    console = console_for(WIDTH)
    question = result.question
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("protocol", max_width=28)
    table.add_column("status", max_width=13)
    for outcome in (question.objective, question.against):
        table.add_column(escape(outcome.in_sentence), justify="right", max_width=18)
    for found, status in _rows(result):
        means = [found.means[outcome.name] for outcome in (question.objective, question.against)]
        table.add_row(escape(label(result, found)), status, *(with_error(mean).replace(GAP, " ") for mean in means))
    console.print(escape(f"{result.scenario.title}: {len(result.candidates)} candidates"), style="bold")
    console.print(table)
    patients = format_count(result.scenario.cohort.size)
    console.print(f"Estimates from {patients} fresh patients; ± is the Monte Carlo standard error.", style="dim")
    console.print()
    for line in wrapped_sentences(result, min(console.width, 100)):
        console.print(escape(line), soft_wrap=True)
    print_reports(console, reports)


def _rows(result: SearchResult) -> list[tuple[Found, str]]:
    """Return what is listed: the best, ties, those not separated, the rest of the frontier, the scenario's own arms."""
    best = result.by_name[result.best]
    contenders = [best, *result.with_status(Status.TIE, Status.OPEN)]
    listed = {one.name for one in contenders}
    frontier = [result.by_name[point.name] for point in result.frontier if point.name not in listed]
    on_frontier = {point.name for point in result.frontier}
    rows = [(one, str(one.status) + (", frontier" if one.name in on_frontier else "")) for one in contenders]
    rows += [(one, "frontier" if one.status is Status.WORSE else f"frontier, {one.status}") for one in frontier]
    return [*rows[:MOST_ROWS], *((arm, "own arm") for arm in result.arms)]
