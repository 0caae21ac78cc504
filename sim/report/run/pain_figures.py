"""Figures of pain: how far it fell, and how it went by visit and by day."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimates import ALL, distribution
from sim.quantities import (
    BY_NAME,
    DAY_42,
    DAY_133,
    PAIN_REDUCTION,
    PAIN_REDUCTION_DAY42,
    PAIN_REDUCTION_DAY133,
    Outcome,
)
from sim.report.drawing.appearance import (
    GRID,
    INK,
    NOTE_SIZE,
    SOFT,
    TEXT_SIZE,
    Look,
    looks,
    shortened,
    text_width,
    wrapped,
)
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Frame, Scale, Sheet, Source, frame, nice_ticks
from sim.report.words.numbers import format_count, with_error
from sim.scenario.schema import Scenario
from sim.study.curves import Point
from sim.study.results import Panel
from sim.units import DAYS

Floats = NDArray[np.float64]
CELL = 16
"""Bins of the tally that make one cell of a drawn distribution (0.16 points)."""


def pain_figures(panel: Panel) -> Iterator[FigureFile]:
    """Yield the figures of pain."""
    yield _reduction(panel, PAIN_REDUCTION_DAY42, f"Fall in pain by day {DAY_42}")
    yield _reduction(panel, PAIN_REDUCTION_DAY133, f"Fall in pain by day {DAY_133}")
    yield _course(panel, "day")
    yield _reduction(panel, PAIN_REDUCTION, "Fall in pain by the end of an arm's own course")
    yield _course(panel, "visit")


def _reduction(panel: Panel, outcome: str, title: str) -> FigureFile:
    arms = looks(panel.result.study.scenario)
    sheet = Sheet(
        title, "Points on the 0–10 pain scale. Shape: all patients. Thick line: middle 50 % of them; thin: 90 %."
    )
    ends = [panel.get(look.arm, outcome, p).estimate for look in arms for p in ("p05", "p95")]
    ticks = [t for t in nice_ticks(min(0.0, *ends) - 0.5, max(0.0, *ends) + 0.5, 7) if -10 <= t <= 10]
    scale = Scale(ticks[0], ticks[-1], LEFT + 10, RIGHT - 10)
    top = sheet.y
    row = 58.0
    grid = [(scale(t), top + i * row + 15, scale(t), top + (i + 1) * row - 2) for t in ticks for i in range(len(arms))]
    sheet.lines(grid, GRID, 0.7)
    sheet.lines(
        [(scale(0), top + i * row + 15, scale(0), top + (i + 1) * row - 2) for i in range(len(arms))], SOFT, 1.2
    )
    for look in arms:
        _violin(sheet, panel, look, outcome, scale)
        sheet.y += row
    for t in ticks:
        sheet.text(scale(t), sheet.y + 10, DAYS.number(t, bare=True).removesuffix(".0"), size=NOTE_SIZE,
                   colour=SOFT, align="center")  # fmt: skip
    sheet.y += 25
    sheet.text((LEFT + RIGHT) / 2, sheet.y, "points less pain (below 0: more pain)", size=NOTE_SIZE, colour=SOFT,
               align="center")  # fmt: skip
    words = [
        f"{look.label} {with_error(mean)} "
        f"(90 % of patients: {_short(panel, look.arm, outcome, 'p05')} to {_short(panel, look.arm, outcome, 'p95')})"
        for look in arms
        for mean in [panel.get(look.arm, outcome)]
    ]
    alt = f"Distribution of {BY_NAME[outcome].in_sentence}, in points, one row per arm. Mean: {'; '.join(words)}."
    caption = (
        f"{BY_NAME[outcome].definition[0].upper()}{BY_NAME[outcome].definition[1:]}. {_when(BY_NAME[outcome])} The "
        "marker is the mean, with its simulation error beside the name."
    )
    return FigureFile(
        outcome, "pain", title, alt, caption, sheet.finish(), Source("summary", outcome=outcome, subgroup=ALL)
    )


def _when(outcome: Outcome) -> str:
    if outcome.claim:
        return "Courses end on different days, so this is for comparison with claims, not of arms."
    return "The same day for every arm."


def _short(panel: Panel, arm: str, outcome: str, statistic: str) -> str:
    return DAYS.number(round(panel.get(arm, outcome, statistic).estimate, 1), bare=True)


def _violin(sheet: Sheet, panel: Panel, look: Look, outcome: str, scale: Scale) -> None:
    mean = panel.get(look.arm, outcome)
    number = with_error(mean)
    base = sheet.y + 43
    room = RIGHT - LEFT - text_width(number, TEXT_SIZE) - 22
    sheet.look(LEFT + 4, sheet.y + 7.5, look)
    sheet.text(LEFT + 12, sheet.y + 11, shortened(look.label, room, TEXT_SIZE, bold=True), bold=True)
    sheet.text(RIGHT, sheet.y + 11, number, align="right")
    xs, height_of = density(panel, outcome, look.arm)
    if len(xs):
        inside = (xs >= scale.low) & (xs <= scale.high)
        height = base - 26 * height_of / height_of.max()
        sheet.area(scale.of(xs[inside]), height[inside], np.full(inside.sum(), base), look.colour, 0.35)
        sheet.line(scale.of(xs[inside]), height[inside], look.colour, 0.9)
    ends = {p: panel.get(look.arm, outcome, p).estimate for p in ("p05", "p25", "p75", "p95")}
    y = base + 6
    sheet.lines([(scale(ends["p05"]), y, scale(ends["p95"]), y)], INK, 1.0)
    sheet.lines([(scale(ends["p25"]), y, scale(ends["p75"]), y)], INK, 3.6)
    sheet.look(scale(mean.estimate), y, look, 8)


def density(panel: Panel, outcome: str, arm: str) -> tuple[Floats, Floats]:
    """Return a smoothed histogram as middles of cells and heights, (cells,) each; empty if all patients are alike."""
    edges, counts = distribution(panel.result.tally, outcome, arm)
    cells = counts[:-1].reshape(-1, CELL).sum(axis=1).astype(float)
    middles = edges[:-1].reshape(-1, CELL).mean(axis=1) + (edges[1] - edges[0]) / 2
    filled = np.flatnonzero(cells)
    if len(filled) < 2:
        return np.empty(0), np.empty(0)
    n, width = cells.sum(), middles[1] - middles[0]
    mean = (cells * middles).sum() / n
    sd = math.sqrt((cells * (middles - mean) ** 2).sum() / n)
    bandwidth = max(0.9 * sd * n**-0.2, width) / width
    reach = np.arange(-math.ceil(3 * bandwidth), math.ceil(3 * bandwidth) + 1)
    kernel = np.exp(-0.5 * (reach / bandwidth) ** 2)
    return middles, np.convolve(cells, kernel / kernel.sum(), mode="full")[len(reach) // 2 :][: len(cells)]


def _course(panel: Panel, axis: str) -> FigureFile:
    scenario = panel.result.study.scenario
    arms = looks(scenario)
    title = "Pain day by day" if axis == "day" else "Pain after each visit"
    compares = axis == "day" and len(arms) > 1  # visits fall on other days in another arm
    reference = f" Dotted: {arms[0].label}, to compare." if compares else ""
    sheet = Sheet(title, f"Line: mean. Dark band: middle 50 % of patients; light: 90 %.{reference}")
    points = {
        look.arm: [p for p in panel.points if (p.arm, p.outcome, p.axis, p.subgroup) == (look.arm, "pain", axis, ALL)]
        for look in arms
    }
    curves = {arm: _by_statistic(of_arm) for arm, of_arm in points.items()}
    last = max(p.at for of_arm in points.values() for p in of_arm)
    columns = min(2, len(arms))
    width = (RIGHT - LEFT - 22 - (columns - 1) * 16) / columns
    for start in range(0, len(arms), columns):
        row = arms[start : start + columns]
        names = [wrapped(look.label, width - 14, TEXT_SIZE, bold=True, lines=2) for look in row]
        lines = max(len(name) for name in names)
        top = sheet.y + 13.0 * lines + 4
        for k, (look, name) in enumerate(zip(row, names, strict=True)):
            left = LEFT + 20 + k * (width + 16)
            for i, text in enumerate(name):
                sheet.text(left + 12, sheet.y + 11 + 13 * i, text, bold=True)
            sheet.look(left + 4, sheet.y + 7.5, look)
            box = (left, top, left + width - 6, top + 92)
            plot = frame(
                sheet, box, time_ticks(last, axis), [0, 2, 4, 6, 8, 10], x_limits=(0, last),
                y_text=(lambda v: f"{v:g}") if k == 0 else None,
            )  # fmt: skip
            _bands(sheet, plot, curves[look.arm], look)
            if compares and look is not arms[0]:
                at, mean = curves[arms[0].arm]["mean"]
                sheet.line(plot.x.of(at), plot.y.of(mean), SOFT, 1.1, (0, (1, 1.5)))
        sheet.y = top + 92 + 20
    sheet.y += 8
    unit = "days since the first visit" if axis == "day" else "visits (0: before the first)"
    sheet.text((LEFT + RIGHT) / 2, sheet.y, unit, size=NOTE_SIZE, colour=SOFT, align="center")
    n = max(p.n for of_arm in points.values() for p in of_arm)
    return FigureFile(
        f"pain_by_{axis}",
        "pain",
        title,
        _course_alt(arms, points, axis),
        f"Pain itself on the 0–10 scale, without the day-to-day noise of a reading; {format_count(n)} patients. "
        + (
            _rises_again(scenario)
            if axis == "day"
            else "Read the day after the visit, in those whose course still goes on; the days differ between arms."
        ),
        sheet.finish(),
        Source("trajectories", outcome="pain", axis=axis, subgroup=ALL),
    )


def _rises_again(scenario: Scenario) -> str:
    """Return in words for what pain rises again in this scenario, if it does."""
    fades = [scenario.response.context.fade, *(scenario.modalities[name].fade for name in scenario.used_modalities)]
    relapses, fading = scenario.relapse.form == "episodes", any(fade is not None for fade in fades)
    if relapses:
        return f"Pain rises again in those who relapse{', and as doses fade' if fading else ''}."
    return "Nobody relapses here; pain rises again as doses fade." if fading else "Nobody relapses here."


def _bands(sheet: Sheet, plot: Frame, curves: dict[str, tuple[Floats, Floats]], look: Look) -> None:
    at = plot.x.of(curves["mean"][0])
    y = {name: plot.y.of(values) for name, (_, values) in curves.items()}
    if len(at) == 1:
        sheet.dots(at, y["mean"], look.marker, look.colour)
        return
    sheet.area(at, y["p05"], y["p95"], look.colour, 0.16)
    sheet.area(at, y["p25"], y["p75"], look.colour, 0.30)
    sheet.line(at, y["mean"], look.colour, 2.0)
    if len(at) <= 25:
        sheet.dots(at, y["mean"], look.marker, look.colour, 4.5, edge_width=0.5)


def _by_statistic(points: Iterable[Point]) -> dict[str, tuple[Floats, Floats]]:
    found: dict[str, tuple[list[float], list[float]]] = {}
    for point in points:
        at, values = found.setdefault(point.statistic, ([], []))
        at.append(point.at)
        values.append(point.estimate)
    return {name: (np.array(at), np.array(values)) for name, (at, values) in found.items()}


def time_ticks(last: float, axis: str) -> list[float]:
    """Return ticks for an axis of days or visits: whole weeks where it is long."""
    if axis == "day" and last >= 60:
        step = 42.0 if last <= 260 else 91.0 if last <= 550 else 182.0
        return [step * k for k in range(int(last // step) + 1)]
    return [t for t in nice_ticks(0, max(last, 1.0), 4) if t <= max(last, 1.0) and t == round(t)]


def _course_alt(arms: Sequence[Look], points: dict[str, list[Point]], axis: str) -> str:
    words = []
    for look in arms:
        means = [p for p in points[look.arm] if p.statistic == "mean"]
        first, low, end = means[0], min(means, key=lambda p: p.estimate), means[-1]
        moment = "visit" if axis == "visit" else "day"
        path = f"{look.label}: from {with_error(first)} to {with_error(low)} at {moment} {low.at:g}"
        words.append(path + (f" and {with_error(end)} at {moment} {end.at:g}" if end.at != low.at else ""))
    return f"Mean pain over {axis}s in points, one panel per arm with bands. {'; '.join(words)}."
