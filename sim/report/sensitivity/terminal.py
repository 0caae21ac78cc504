"""What the terminal shows of a sensitivity analysis: a row per input, and the answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.decision.sensitivity.assess import Sensitivity
from sim.report.run.terminal import console_for, print_reports, print_sentences
from sim.report.sensitivity.text import sentences
from sim.report.sensitivity.words import Words, percent
from sim.report.words.numbers import format_count
from sim.units import GAP

WIDTH = 80
MOST_ROWS = 12


def print_sensitivity(found: Sensitivity, reports: Sequence[Path]) -> None:
    """Print the table, the sentences and where the reports are."""
    console = console_for(WIDTH)
    words = Words(found)
    shown = [bar for bar in found.one_way.bars if found.matters(bar.factor)][:MOST_ROWS]
    scans = {scan.input.path: scan for scan in found.scans}
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("input", overflow="fold")
    for heading in ("low to high", "at low", "at high", "explains", *(["threshold"] if scans else [])):
        table.add_column(heading, justify="right", max_width=16)
    for bar in shown:
        share = found.indices.first[found.factors.index(bar.factor)]
        cells = [
            words.reach(bar),
            words.bare(bar.ends[0].target, bar.swing.mc_error),
            " / ".join(words.bare(end.target, bar.swing.mc_error) for end in bar.ends[1:]),
            percent(share.estimate),
        ]
        if scans:
            scan = scans.get(bar.factor.path)
            at = [words.value(scan.input, one.at.estimate, bare=True) for one in scan.thresholds] if scan else []
            cells.append(", ".join(at) or "none")
        table.add_row(escape(words.name(bar.factor)), *(escape(cell.replace(GAP, " ")) for cell in cells))
    title = f"{found.scenario.title}: {words.target}, {words.measure} ({words.unit})"
    console.print(escape(title), style="bold")
    if shown:
        console.print(table)
        console.print(
            "At low, at high: the result with that input at an end of its 95 % range.\n"
            "Explains: its share of the variance, by itself."
            + (
                "\nForm of the model: the result with the first alternative, and with the others."
                if found.kinds
                else ""
            ),
            style="dim",
        )
    if len(found.one_way.bars) > len(shown):
        more = len(found.one_way.bars) - len(shown)
        console.print(f"{format_count(more)} more, which matter less or not at all, are in the report.", style="dim")
    console.print()
    print_sentences(console, sentences(found))
    print_reports(console, reports)
