"""Figures of a sensitivity analysis: tornado, shares of the variance, arms over the range of an input."""

from __future__ import annotations

from collections.abc import Sequence

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.oneway import Bar
from sim.decision.sensitivity.structure import Kind
from sim.decision.sensitivity.threshold import Scan
from sim.report.drawing.appearance import (
    INK,
    NOTE_SIZE,
    SOFT,
    TEXT_SIZE,
    look_at,
    looks,
    settings,
    shortened,
    text_width,
    wrapped,
)
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Scale, Sheet, Source, band, frame, legend
from sim.report.drawing.row_chart import END, START, Group, Row, row_chart, spanning
from sim.report.sensitivity.pair_figure import pair_figure
from sim.report.sensitivity.words import Words, interval, percent
from sim.units import MINUS, unit_named

MOST_BARS = 15
MOST_PANELS = 4
LOW_COLOUR, HIGH_COLOUR, FORM_COLOUR = "#56B4E9", "#00456b", "#8a8a8a"
_DASHED = (0, (4, 2.5))


def sensitivity_figures(found: Sensitivity) -> list[FigureFile]:
    """Return every figure that there is something to show in."""
    with settings():
        drawn = []
        if found.matters(found.one_way.bars[0].factor):
            drawn.append(_tornado(found))
        if any(share.estimate > 0 for share in found.indices.total):
            drawn.append(_indices(found))
        if panels := _shown_scans(found):
            drawn.append(_ranges(found, panels))
        if found.pairs is not None:
            drawn.append(pair_figure(found, found.pairs))
        return drawn


def _tornado(found: Sensitivity) -> FigureFile:
    words, one_way = Words(found), found.one_way
    bars = [bar for bar in one_way.bars if found.matters(bar.factor)][:MOST_BARS]
    title = "What moves the result most"
    sheet = Sheet(
        title,
        f"{words.target}: {words.measure} ({words.unit}), with one input at a time at an end of its range"
        + (", or another form of the model." if found.kinds else "."),
    )
    factor = words.factor()
    values = [factor * v for bar in bars for v in (*(end.target for end in bar.ends), one_way.base.estimate)]
    ticks = spanning(values, include=())
    scale = Scale(ticks[0], ticks[-1], START, END)
    _key(sheet, has_forms=any(isinstance(bar.factor, Kind) for bar in bars))
    for bar in bars:
        _bar(sheet, words, bar, scale, ticks, one_way.base.estimate)
    for v in ticks:
        text = f"{v:,.6g}".replace("-", MINUS)
        half = text_width(text, NOTE_SIZE) / 2
        x = min(max(scale(v), LEFT + half - 4), RIGHT - half + 4)
        sheet.text(x, sheet.y + 7, text, size=NOTE_SIZE, colour=SOFT, align="center")
    sheet.y += 14
    said = "; ".join(
        f"{words.name(bar.factor)} "
        + (", ".join if isinstance(bar.factor, Kind) else " to ".join)(
            words.number(end.target, bar.swing.mc_error) for end in bar.ends
        )
        for bar in bars
    )
    idle = len(one_way.bars) - len(bars)
    return FigureFile(
        "tornado",
        "oneway",
        title,
        f"Tornado: {words.target}, {words.measure}, from the low end to the high end of each input"
        f"{' and with each alternative of each kind of structure' if found.kinds else ''}; "
        f"{words.number(one_way.base.estimate, one_way.base.mc_error)} with the inputs as they stand. {said}.",
        "Each input goes from the low to the high end of its 95 % range while the others stay as they stand; widest "
        "first. Line: all inputs as they stand."
        + (" Upright lines in a grey bar: alternatives of the form of the model." if found.kinds else "")
        + (f" {idle} more, with small bars or none, are in the tables." if idle else ""),
        sheet.finish(),
        Source("tornado"),
    )


def _key(sheet: Sheet, has_forms: bool) -> None:
    sheet.y += 12
    x = LEFT
    shown = [("input at low end", LOW_COLOUR), ("at high end", HIGH_COLOUR)]
    for name, colour in [*shown, ("other form", FORM_COLOUR)] if has_forms else shown:
        band(sheet, x, x + 16, sheet.y - 8, sheet.y, colour)
        sheet.text(x + 21, sheet.y, name, size=NOTE_SIZE)
        x += 21 + text_width(name, NOTE_SIZE) + 16
    sheet.y += 6


def _bar(sheet: Sheet, words: Words, bar: Bar, scale: Scale, ticks: Sequence[float], base: float) -> None:
    span = shortened(words.reach(bar), RIGHT - LEFT, TEXT_SIZE)
    lines = wrapped(words.name(bar.factor), RIGHT - LEFT, TEXT_SIZE, lines=2)
    if text_width(lines[-1], TEXT_SIZE) + text_width(span, TEXT_SIZE) + 12 > RIGHT - LEFT:
        lines.append("")
    for line in lines:
        sheet.y += 12.5
        sheet.text(LEFT, sheet.y - 1, line)
    sheet.text(RIGHT, sheet.y - 1, span, align="right", colour=SOFT)
    y = sheet.y + 9
    band(sheet, scale.start, scale.end, y - 5, y + 5)
    sheet.lines([(scale(v), y - 5, scale(v), y + 5) for v in ticks], "white", 1.0)
    factor = words.factor()
    middle = scale(factor * base)
    is_form = isinstance(bar.factor, Kind)
    colours = [FORM_COLOUR] * len(bar.ends) if is_form else [LOW_COLOUR, HIGH_COLOUR]
    ends = [(scale(factor * end.target), colour) for end, colour in zip(bar.ends, colours, strict=True)]
    # Where both ends lie on one side, the shorter bar stands before the longer one.
    for end, colour in sorted(ends, key=lambda one: -abs(one[0] - middle)):
        band(sheet, min(middle, end), max(middle, end), y - 5, y + 5, colour)
    if is_form:
        sheet.lines([(end, y - 5, end, y + 5) for end, _ in ends], INK, 1.0)
    sheet.lines([(middle, y - 7, middle, y + 7)], INK, 1.6)
    sheet.y += 19


def _indices(found: Sensitivity) -> FigureFile:
    words = Words(found)
    order = sorted(range(len(found.factors)), key=lambda k: -found.indices.total[k].estimate)
    order = [k for k in order if found.indices.total[k].estimate > 0][:MOST_BARS]
    look = look_at(2, "alone", "alone")
    rows = []
    for k in order:
        first, total = found.indices.first[k], found.indices.total[k]
        low, high = (min(max(100 * end, 0.0), 100.0) for end in (first.lower, first.upper))
        total_ends = tuple(min(max(100 * end, 0.0), 100.0) for end in (total.lower, total.upper))
        number = f"{percent(first.estimate)} / {percent(total.estimate)}"
        rows.append(
            Row(words.name(found.factors[k]), number, look, max(100 * first.estimate, 0.0), low, high,
                also=min(100 * total.estimate, 100.0), also_range=(total_ends[0], total_ends[1]))
        )  # fmt: skip
    title = "How much of the doubt each input explains"
    sheet = Sheet(
        title,
        f"Share of the variance of {words.target}, {words.measure}. Mark and first number: by itself; upright "
        "line and second number: with others. With 95 % intervals.",
    )
    row_chart(sheet, [Group("", rows)], [0, 20, 40, 60, 80, 100], lambda v: f"{v:g} %")
    said = "; ".join(
        f"{words.name(found.factors[k])} {percent(found.indices.first[k].estimate)} "
        f"({interval(found.indices.first[k])}) alone, {percent(found.indices.total[k].estimate)} with others"
        for k in order
    )
    return FigureFile(
        "indices",
        "variance",
        title,
        f"First-order and total Sobol indices of each input: {said}.",
        "First-order index (mark): how much less the result would vary if this input were known. Total index (upright "
        "line, on the grey band of its interval): how much it would still vary if all other inputs were known.",
        sheet.finish(),
        Source("indices"),
    )


def _shown_scans(found: Sensitivity) -> list[Scan]:
    """Return the scans to draw: inputs with a threshold, else those that matter most."""
    if len(found.question.arms) < 2:
        return []
    by_path = {scan.input.path: scan for scan in found.scans}
    ordered = [by_path[bar.factor.path] for bar in found.one_way.bars if bar.factor.path in by_path]
    return [scan for scan in ordered if scan.thresholds][:MOST_PANELS] or [scan for scan in ordered if _moves(scan)][:2]


def _moves(scan: Scan) -> bool:
    return bool((scan.means != scan.means[0]).any())


def _ranges(found: Sensitivity, scans: Sequence[Scan]) -> FigureFile:
    words, arms = Words(found), looks(found.scenario)
    title = "When another arm is preferred"
    unit = found.question.measure.unit.after if found.question.measure.unit.is_share else words.unit
    sheet = Sheet(
        title, f"{words.measure[0].upper()}{words.measure[1:]} ({unit}) over the range of an input. Dashed: threshold."
    )
    legend(sheet, arms)
    factor = words.factor()
    said = []
    for scan in scans:
        sheet.y += 17
        sheet.text(LEFT, sheet.y - 4, shortened(words.name(scan.input), RIGHT - LEFT, TEXT_SIZE, bold=True), bold=True)
        y_ticks = spanning((factor * scan.means).ravel(), include=(), about=4)
        share = unit_named(scan.input.quantity.unit).factor
        x_values = share * scan.values
        x_ticks = [v for v in spanning(x_values, include=(), about=7) if x_values[0] <= v <= x_values[-1]]
        left = LEFT + max(text_width(f"{v:,.6g}", NOTE_SIZE) for v in y_ticks) + 8
        box = (left, sheet.y + 6, RIGHT - 12, sheet.y + 116)
        plot = frame(
            sheet, box, x_ticks, y_ticks, x_limits=(float(x_values[0]), float(x_values[-1])),
            x_text=lambda v: f"{v:,.6g}", y_text=lambda v: f"{v:,.6g}".replace("-", MINUS),
            x_title=words.input_unit(scan.input),
        )  # fmt: skip
        for threshold in scan.thresholds:
            x = plot.x(share * threshold.at.estimate)
            sheet.line([x, x], [plot.y.start, plot.y.end], SOFT, 1.2, _DASHED)
        for a, look in enumerate(arms):
            xs, ys = plot.x.of(x_values), plot.y.of(factor * scan.means[:, a])
            sheet.line(xs, ys, look.colour, 1.8, look.line)
            sheet.dots(xs[a % 2 :: 2], ys[a % 2 :: 2], look.marker, look.colour, 5.0)
        sheet.y = box[3] + 30
        at = ", ".join(words.value(scan.input, one.at.estimate) for one in scan.thresholds) or "none in range"
        ends = ", ".join(
            f"{look.label} {words.level(float(scan.means[0, a]))} to {words.level(float(scan.means[-1, a]))}"
            for a, look in enumerate(arms)
        )
        span = words.span(scan.input, float(scan.values[0]), float(scan.values[-1]))
        said.append(f"{words.name(scan.input)} from {span}: {ends}; threshold {at}")
    return FigureFile(
        "thresholds",
        "thresholds",
        title,
        f"A line per arm over the range of an input. {'. '.join(said)}.",
        "One input at a time goes through its 95 % range, the others stay as they stand. Where lines cross at the best "
        "end, the preferred arm changes.",
        sheet.finish(),
        Source("scan"),
    )
