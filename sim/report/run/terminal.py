"""What the terminal shows: one screen that answers which arm, how much better, how sure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sim.errors import visible
from sim.quantities import BY_NAME, VISITS_ATTENDED, shown_in
from sim.report.run.summary import headline
from sim.report.run.tables import outside_text
from sim.report.run.uncertainty import uncertainty_sentences
from sim.report.words.numbers import difference_with_error, with_error
from sim.study.results import Panel
from sim.units import GAP

COLUMNS = shown_in("terminal")
WIDTH = 100


def print_table(panel: Panel, reports: Sequence[Path]) -> None:
    """Print the arms side by side, the answer in words, and where the reports are."""
    scenario, result = panel.result.study.scenario, panel.result
    console = console_for()
    shown = [name for name in COLUMNS if name != scenario.primary.outcome]
    table = _arms(panel, shown)
    while shown and console.measure(table, options=console.options.update(width=WIDTH)).maximum > console.width:
        shown.remove(VISITS_ATTENDED if VISITS_ATTENDED in shown else shown[0])  # the report has them
        table = _arms(panel, shown)
    patients = f"{result.patients:,} patient{'s' if result.patients != 1 else ''}"
    console.print(escape(f"{scenario.title}: {patients}"), style="bold")
    console.print()
    console.print(table)
    console.print()
    console.print("± is the Monte Carlo standard error; differences are paired: same patients, same luck.", style="dim")
    console.print()
    for sentence in (*headline(panel), *filter(None, (outside_text(panel),))):
        console.print(escape(sentence))
    if panel.uncertainty is not None:
        console.print()
        for sentence in uncertainty_sentences(panel):
            console.print(escape(sentence))
    print_reports(console, reports)


def _heading(outcome: str) -> str:
    """Return an outcome's label in short lines."""
    label = BY_NAME[outcome].label.lower()
    return "\n".join(textwrap.wrap(label, 14))


def _arms(panel: Panel, shown: Sequence[str]) -> Table:
    """Return the arms side by side: the primary outcome, its difference from the first arm, and what else is shown."""
    scenario = panel.result.study.scenario
    primary, first = scenario.primary.outcome, scenario.arms[0]
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    longest = max(len(scenario.arm_label(arm)) for arm in scenario.arms)
    table.add_column("arm", min_width=min(longest, 24), max_width=30)
    table.add_column(_heading(primary), justify="right", no_wrap=True)
    if len(scenario.arms) > 1:
        table.add_column(escape(f"minus\n{scenario.arm_label(first).lower()}"), justify="right", no_wrap=True)
    for name in shown:
        table.add_column(_heading(name), justify="right", no_wrap=True)
    for arm in scenario.arms:
        cells = [escape(scenario.arm_label(arm)), with_error(panel.get(arm, primary))]
        if len(scenario.arms) > 1:
            cells.append("" if arm == first else difference_with_error(panel.difference(arm, first, primary)))
        table.add_row(*cells, *(with_error(panel.get(arm, name)) for name in shown))
    return table


class _AsPrinted(Console):
    """A console that lays out what will be printed: what stands for a character that cannot be may be longer."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(as_printed(self, text), **options)


def as_printed(console: Console, text: str) -> str:
    """Return a text as the stream of a console prints it."""
    encoding, errors = getattr(console.file, "encoding", None), getattr(console.file, "errors", None)
    if not encoding or errors in (None, "strict") or encoding.lower().startswith("utf"):
        return text
    return text.encode(encoding, errors).decode(encoding)


def console_for(width: int = WIDTH) -> Console:
    """Return a console for standard output, of a fixed width where it is no terminal."""
    import sys

    terminal = sys.stdout.isatty()
    return _AsPrinted(highlight=False, width=None if terminal else width)


def print_sentences(console: Console, sentences: Iterable[str]) -> None:
    """Print sentences, each from a new line; no line breaks within a number and its unit."""
    for sentence in sentences:
        together = as_printed(console, sentence.replace(GAP, "\x00"))
        for line in textwrap.wrap(together, min(console.width, WIDTH)):
            console.print(escape(line.replace("\x00", " ")), soft_wrap=True)


def print_reports(console: Console, reports: Sequence[Path]) -> None:
    """Print where the reports are, after an empty line."""
    console.print()
    for report in reports:
        console.print(f"report: {escape(visible(str(report)))}", soft_wrap=True, highlight=False)
