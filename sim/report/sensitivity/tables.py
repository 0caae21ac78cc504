"""Tables of a sensitivity analysis: every input by itself, all inputs at once, and thresholds."""

from __future__ import annotations

import math

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.oneway import Bar, Moved
from sim.decision.sensitivity.structure import Kind
from sim.report.document.document import Cell, Row, Table
from sim.report.sensitivity.words import Words, alternative, interval, percent
from sim.study.inputs import Input
from sim.units import MINUS, UNDEFINED


def one_way_table(found: Sensitivity) -> Table:
    """Return the target at both ends of every input's range."""
    words = Words(found)
    rows = tuple(
        Row(
            words.name(one),
            (
                Cell(words.value(one, one.quantity.value), _distribution(one)),
                *(_end(words, bar, end) for end in bar.ends),
                Cell(words.with_error(bar.swing, is_change=True) if found.matters(bar.factor) else "none"),
            ),
            path=one.path,
        )
        for bar in found.one_way.bars
        if isinstance(one := bar.factor, Input)
    )
    columns = ("Input", "As it stands", "At its low end", "At its high end", "From low to high")
    return Table(f"{words.target}, {words.measure}, by one input at a time", columns, rows)


def structure_table(found: Sensitivity) -> Table:
    """Return the target, and the arm that is preferred, with every alternative of each kind of structure."""
    words, question = Words(found), found.question
    has_best = question.measure.better is not None and len(question.arms) > 1
    rows = []
    for bar in found.one_way.bars:
        if not isinstance(bar.factor, Kind):
            continue
        for end, weight in zip(bar.ends, bar.factor.weights, strict=True):
            cells = (
                Cell(f"{100 * weight:.3g} %"),
                Cell(words.number(end.target, bar.swing.mc_error)),
                Cell(words.with_error(end.change, is_change=True) if end.change.estimate else "none"),
                *((Cell(words.arm(end.preferred)),) if has_best else ()),
            )
            rows.append(Row(alternative(bar.factor, end), cells, group=words.name(bar.factor)))
    columns = ("Alternative", "Weight", "Result", "Change ± error", *(("Preferred",) if has_best else ()))
    caption = f"{words.target}, {words.measure}, by the form of the model, one kind at a time"
    return Table(caption, columns, tuple(rows))


def index_table(found: Sensitivity) -> Table:
    """Return what share of the variance every factor explains, and for inputs the rank correlation with the target."""
    words, factors = Words(found), found.factors
    order = sorted(range(len(factors)), key=lambda k: -found.indices.total[k].estimate)
    rows = []
    for k in order:
        first, total = found.indices.first[k], found.indices.total[k]
        cells = [Cell(percent(first.estimate), interval(first)), Cell(percent(total.estimate), interval(total))]
        if k < len(found.ranks):
            rank = found.ranks[k]
            cells.append(Cell(correlation(rank.estimate), f"{correlation(rank.lower)} to {correlation(rank.upper)}"))
            cells.append(Cell(correlation(rank.partial)))
        else:  # alternatives have no order
            cells += [Cell(UNDEFINED), Cell(UNDEFINED)]
        rows.append(Row(words.name(factors[k]), tuple(cells), path=factors[k].path))
    columns = (
        "Input", "Alone (first-order index)", "With others (total index)", "Rank correlation", "With the others held",
    )  # fmt: skip
    return Table(
        "Share of the variance of the target that each input or kind of structure explains, 95 % interval below",
        columns,
        tuple(rows),
    )


def threshold_table(found: Sensitivity) -> Table:
    """Return the values of each input at which the preferred arm changes."""
    words = Words(found)
    rows = []
    order = [bar.factor.path for bar in found.one_way.bars]
    for scan in sorted(found.scans, key=lambda one: (not one.thresholds, order.index(one.input.path))):
        span = words.span(scan.input, float(scan.values[0]), float(scan.values[-1]))
        if not scan.thresholds:
            cells = (Cell("none in range"), Cell(words.arm(scan.preferred[0])))
        else:
            at = "; ".join(words.threshold(scan.input, one) for one in scan.thresholds)
            arms = [scan.thresholds[0].below, *(one.above for one in scan.thresholds)]
            cells = (Cell(at), Cell(", then ".join(words.arm(arm) for arm in arms)))
        rows.append(Row(words.name(scan.input), (Cell(span), *cells), path=scan.input.path))
    columns = ("Input", "Range", "Threshold ± error", "Preferred, from low to high")
    return Table("The values at which the preferred arm changes, one input at a time", columns, tuple(rows), "words")


def correlation(value: float) -> str:
    """Return a correlation with two decimals and its sign."""
    if math.isnan(value):
        return UNDEFINED
    written = f"{value:+.2f}"
    return "0.00" if not written.strip("+-0.") else written.replace("-", MINUS)


def _end(words: Words, bar: Bar, end: Moved) -> Cell:
    return Cell(words.number(end.target, bar.swing.mc_error), words.where(bar.factor, end))


def _distribution(one: Input) -> str:
    uncertainty = one.quantity.uncertainty
    return uncertainty.describe() if uncertainty else ""
