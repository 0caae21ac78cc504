"""What the terminal shows of an assessment: strategies with their ICERs, and the answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.decision.frontier import Place
from sim.decision.value.assess import Assessment
from sim.plain_text import plain_text
from sim.report.run.terminal import console_for, print_reports, print_sentences
from sim.report.value.reference import against_sentences
from sim.report.value.text import OTHER_ANSWER, sentences
from sim.report.value.words import effect_with_error, effect_words, labels, money, money_with_error, percent
from sim.report.words.numbers import format_count
from sim.units import GAP

WIDTH = 80
MOST_ROWS = 20


def print_value(found: Assessment, title: str, reports: Sequence[Path], *, is_scenario: bool) -> None:
    """Print the table, the sentences and where the reports are."""
    console = console_for(WIDTH)
    psa, named, at = found.psa, labels(found.psa), found.question.at
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("strategy", max_width=24, overflow="fold")
    shown = ("net benefit", "best in") if psa.only_net else ("cost", effect_words(psa), "ICER", "best in")
    for heading in shown:
        table.add_column(escape(heading), justify="right", max_width=19)
    for one in found.strategies[:MOST_ROWS]:
        ratio = "" if one.ratio is None else money(psa, one.ratio.estimate)
        if one.place is not Place.FRONTIER:
            ratio = str(one.place).removesuffix(" as another").replace("extendedly", "ext.")
        best = percent(float(found.curves.best[at, psa.strategies.index(one.strategy)]))
        cells: tuple[str, ...] = (
            money_with_error(psa, one.cost.estimate, one.cost.mc_error),
            effect_with_error(psa, one.effect.estimate, one.effect.mc_error), ratio, best,
        )  # fmt: skip
        if psa.only_net:
            cells = (money_with_error(psa, -one.cost.estimate, one.cost.mc_error), best)
        table.add_row(escape(named[one.strategy]), *(escape(cell.replace(GAP, " ")) for cell in cells))
    console.print(escape(f"{plain_text(title)}: {format_count(psa.draws)} draws"), style="bold")
    console.print(table)
    console.print("± is the standard error over the draws.", style="dim")
    if len(found.strategies) > MOST_ROWS:
        console.print(f"{len(found.strategies) - MOST_ROWS} more strategies are in the report.", style="dim")
    console.print()
    print_sentences(console, [*sentences(found), *against_sentences(found), *((OTHER_ANSWER,) if is_scenario else ())])
    print_reports(console, reports)
