"""Forest plots of a synthesis: every trial with the pooled mean below, and the mean without each trial."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.estimate.estimate import Z95
from sim.learn.contrasts import Asked
from sim.learn.synthesis import Pooled
from sim.plain_text import plain_text
from sim.report.drawing.appearance import look_at, settings
from sim.report.drawing.figure import FigureFile, Sheet, Source, nice_ticks
from sim.report.drawing.row_chart import Group, Row, row_chart
from sim.report.pooling.words import Words
from sim.units import MINUS

MOST_ROWS = 40
_DECADE = math.log(10)
_MANY_DECADES = 2


def pooling_figures(asked: Asked, found: Pooled, without: dict[str, Pooled]) -> list[FigureFile]:
    """Return the forest plot, and that of leave-one-out where there is one."""
    with settings():
        drawn = [_forest(asked, found)]
        if without:
            drawn.append(_leave_one_out(asked, found, without))
        return drawn


def _forest(asked: Asked, found: Pooled) -> FigureFile:
    words, effects = Words(asked.question), found.effects
    order = sorted(range(len(effects.values)), key=lambda k: -abs(found.weights[k]))[:MOST_ROWS]
    shown = [k for k in range(len(effects.values)) if k in order]
    twice = {name for name in effects.trials if effects.trials.count(name) > 1}
    rows = []
    for k in shown:
        value, reach = float(effects.values[k]), Z95 * float(effects.errors[k])
        label = plain_text(effects.trials[k]) + (
            f", {plain_text(effects.labels[k])}" if effects.trials[k] in twice else ""
        )
        number = f"{words.number(value)}, {100 * found.weights[k]:.0f} %"
        rows.append(_row(words, 0, label, number, value, (value - reach, value + reach)))
    together = [
        _row(words, 2, "Mean", words.number(found.mean), found.mean, found.interval),
    ]
    if math.isfinite(found.prediction[0]):
        together.append(_row(words, 4, "A new group of patients", "", found.mean, found.prediction))
    title = f"{words.subject}: {words.what}"
    left = len(effects.values) - len(shown)
    sheet = Sheet(title, f"In {words.unit}, with 95 % intervals. After the number: the trial's share in the mean.")
    _chart(sheet, words, [Group("", rows), Group("All together", together)])
    said = "; ".join(f"{row.label} {row.number}" for row in (*rows, *together))
    caption = (
        "Mean: with its 95 % interval. A new group: where the result of a further group of patients is expected, its "
        "own chance apart." + (f" {left} trials with the least weight are in the table." if left else "")
    )
    return FigureFile("forest", "effects", title, f"Forest plot. {said}.", caption, sheet.finish(), Source("effects"))


def _leave_one_out(asked: Asked, found: Pooled, without: dict[str, Pooled]) -> FigureFile:
    words = Words(asked.question)
    rows = [
        _row(words, 2, f"without {plain_text(name)}", words.number(one.mean), one.mean, one.interval)
        for name, one in list(without.items())[:MOST_ROWS]
    ]
    rows.append(_row(words, 0, "all trials", words.number(found.mean), found.mean, found.interval))
    title = "What one trial does to the mean"
    sheet = Sheet(title, f"{words.subject}: {words.what}, in {words.unit}, with 95 % intervals.")
    _chart(sheet, words, [Group("", rows)])
    said = "; ".join(f"{row.label} {row.number}" for row in rows)
    return FigureFile(
        "leave_one_out", "leave_one_out", title, f"Leave-one-out. {said}.",
        "Each row: the mean of all other trials.", sheet.finish(), Source("leave_one_out"),
    )  # fmt: skip


def _row(words: Words, place: int, label: str, number: str, value: float, ends: tuple[float, float]) -> Row:
    low, high = (_at(words, end) for end in ends)
    return Row(label, number, look_at(place, label, label), _at(words, value), low, high)


def _at(words: Words, value: float) -> float:
    """Return where a number stands: odds ratios by their logarithm."""
    return value if words.question.scale == "log_odds_ratio" else words.shown(value)


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Return logarithms of round ratios from at most `low` to at least `high`: of 1, 2 and 5, or of decades if many."""
    first, last = math.floor(low / _DECADE), math.ceil(high / _DECADE)
    if last - first > _MANY_DECADES:
        step = math.ceil((last - first) / 6)
        return [_DECADE * k for k in range(first, last + step, step)]
    round_ones = sorted(math.log(m) + _DECADE * k for k in range(first, last + 1) for m in (1, 2, 5))
    inner = [k for k, one in enumerate(round_ones) if low < one < high]
    start, stop = (inner[0] - 1, inner[-1] + 1) if inner else (0, len(round_ones) - 1)
    return round_ones[max(start, 0) : stop + 1]


def _chart(sheet: Sheet, words: Words, groups: Sequence[Group]) -> None:
    ends = [end for group in groups for row in group.rows for end in (row.at, row.lower, row.upper)]
    finite = [end for end in ends if math.isfinite(end)]
    nothing = [] if words.nothing is None else [0.0]
    low, high = min([*finite, *nothing]), max([*finite, *nothing])
    ticks = _ratio_ticks(low, high) if words.question.scale == "log_odds_ratio" else nice_ticks(low, high)

    def text(value: float) -> str:
        if words.question.scale == "log_odds_ratio":
            return f"{float(f'{math.exp(value):.1g}'):,g}"
        return f"{value:g}{' %' if words.question.scale == 'logit' else ''}".replace("-", MINUS)

    row_chart(sheet, groups, ticks, text, zero=words.nothing is not None, every_axis=False)
