"""Tables of a sensitivity analysis: every input by itself, all inputs at once, and thresholds."""

from __future__ import annotations

import math

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.oneway import Bar, Moved
from sim.report.document import Cell, Row, Table
from sim.report.sensitivity.words import Words, interval, matters, percent
from sim.report.style import MINUS, UNDEFINED, plain_text


def one_way_table(found: Sensitivity) -> Table:
    """Return the target at both ends of every input's range."""
    words = Words(found)
    rows = tuple(
        Row(
            words.input(bar.input),
            (
                Cell(words.value(bar.input, bar.input.quantity.value), _distribution(bar)),
                *(_end(words, bar, end) for end in (bar.low, bar.high)),
                Cell(words.with_error(bar.swing, bar.swing_error, is_change=True) if matters(found, bar) else "none"),
            ),
            path=bar.input.path,
        )
        for bar in found.one_way.bars
    )
    columns = ("Input", "As it stands", "At its low end", "At its high end", "From low to high")
    return Table(f"{words.target}, {words.measure}, by one input at a time", columns, rows)


def index_table(found: Sensitivity) -> Table:
    """Return what share of the variance every input explains, and its rank correlation with the target."""
    words = Words(found)
    order = sorted(range(len(found.inputs)), key=lambda k: -found.indices.total[k].value)
    rows = []
    for k in order:
        first, total, rank = found.indices.first[k], found.indices.total[k], found.ranks[k]
        cells = (
            Cell(percent(first.value), interval(first)),
            Cell(percent(total.value), interval(total)),
            Cell(correlation(rank.value), f"{correlation(rank.lower)} to {correlation(rank.upper)}"),
            Cell(correlation(rank.partial)),
        )
        rows.append(Row(words.input(found.inputs[k]), cells, path=found.inputs[k].path))
    columns = (
        "Input", "Alone (first-order index)", "With others (total index)", "Rank correlation", "With the others held",
    )  # fmt: skip
    return Table(
        "Share of the variance of the target that each input explains, 95 % interval below", columns, tuple(rows)
    )


def threshold_table(found: Sensitivity) -> Table:
    """Return the values of each input at which the preferred arm changes."""
    words = Words(found)
    rows = []
    order = [bar.input.path for bar in found.one_way.bars]
    for scan in sorted(found.scans, key=lambda one: (not one.thresholds, order.index(one.input.path))):
        span = words.span(scan.input, float(scan.values[0]), float(scan.values[-1]))
        if not scan.thresholds:
            cells = (Cell("none in range"), Cell(words.arm(scan.preferred[0])))
        else:
            at = "; ".join(words.threshold(scan.input, one) for one in scan.thresholds)
            arms = [scan.thresholds[0].below, *(one.above for one in scan.thresholds)]
            cells = (Cell(at), Cell(", then ".join(words.arm(arm) for arm in arms)))
        rows.append(Row(words.input(scan.input), (Cell(span), *cells), path=scan.input.path))
    columns = ("Input", "Range", "Threshold ± simulation error", "Preferred, from low to high")
    return Table("The values at which the preferred arm changes, one input at a time", columns, tuple(rows), "words")


def correlation(value: float) -> str:
    """Return a correlation with two decimals and its sign."""
    if math.isnan(value):
        return UNDEFINED
    written = f"{value:+.2f}"
    return "0.00" if not written.strip("+-0.") else written.replace("-", MINUS)


def _end(words: Words, bar: Bar, end: Moved) -> Cell:
    detail = f"at {words.value(bar.input, end.value)}"
    if end.is_cut:
        detail += f" (not {words.value(bar.input, end.wanted, bare=True)}: the claims cannot be met there)"
    return Cell(words.number(end.target, bar.swing_error), detail)


def _distribution(bar: Bar) -> str:
    uncertainty = bar.input.quantity.uncertainty
    return plain_text(uncertainty.describe()) if uncertainty else ""
