"""Figures of events over time: relief by day and by visit, and the loss of relief."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sim.estimate.estimates import ALL
from sim.quantities import DAY_42
from sim.report.drawing.appearance import NOTE_SIZE, SOFT, Look, dodged, looks, shortened
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Scale, Sheet, Source, frame, nice_ticks
from sim.report.words.numbers import format_count, with_error
from sim.study.curves import Point
from sim.study.results import Panel
from sim.units import SHARE

LABEL_WIDTH = 108.0
LABEL_HEIGHT = 27.0


@dataclass(frozen=True)
class _Curve:
    look: Look
    points: list[Point]

    @property
    def end(self) -> Point:
        return self.points[-1]


def time_figures(panel: Panel) -> Iterator[FigureFile]:
    """Yield the figures of relief and relapse."""
    yield _relief(panel, "day")
    if (relapse := _relapse(panel)) is not None:
        yield relapse
    yield _relief(panel, "visit")


def _relief(panel: Panel, axis: str) -> FigureFile:
    curves = _curves(panel, "relief", axis)
    by_day = axis == "day"
    title = "Who has been in relief, day by day" if by_day else "Who has been in relief, visit by visit of the course"
    sheet = Sheet(title, "Share of all patients who have been in relief at some time, at the latest by then.")
    last = max(curve.end.at for curve in curves)
    unit = "visits" if axis == "visit" else "days since the first visit"
    _plot(sheet, curves, last, [0, 0.25, 0.5, 0.75, 1.0], unit, steps=True)
    halves = [f"{curve.look.label} {_half(curve, axis)}" for curve in curves]
    ends = [f"{c.look.label} {with_error(c.end)}" for c in curves]
    return FigureFile(
        f"relief_by_{axis}",
        "relief",
        title,
        f"Rising steps, one line per arm: share of patients who have been in relief. By "
        f"{f'day {last:g}' if by_day else 'the end of the course'}: {'; '.join(ends)}. Half of the patients have "
        f"been in relief by: {'; '.join(halves)}.",
        f"{_relief_words(panel)} {_counted_from(by_day)} It need not last. Numbers at the right: share at the end, "
        "with its simulation error.",
        sheet.finish(),
        Source("trajectories", outcome="relief", axis=axis, subgroup=ALL),
    )


def _counted_from(by_day: bool) -> str:
    if by_day:
        return "It counts from its first day, whoever looks."
    return "Here it counts from the first visit after which it is there, for comparison with claims."


def _relapse(panel: Panel) -> FigureFile | None:
    curves = _curves(panel, "relapse", "day")
    if not curves:
        return None
    title = "Relapse within three months of relief"
    sheet = Sheet(title, f"Share who have lost relief, of those in whom it began by day {DAY_42}. Band: 95 % interval.")
    highest = max((p.upper for curve in curves for p in curve.points), default=0.0)
    ticks = nice_ticks(0, min(max(highest, 0.05), 1.0), 5)
    _plot(sheet, curves, max(c.end.at for c in curves), ticks, "days since relief began", steps=False)
    ends = [f"{c.look.label} {with_error(c.end)} of {format_count(c.end.n)}" for c in curves]
    absent = [look.label for look in looks(panel.result.study.scenario) if look not in [c.look for c in curves]]
    nobody = f" Nobody was in relief by day {DAY_42} under {', '.join(absent)}." if absent else ""
    return FigureFile(
        "relapse",
        "relief",
        title,
        f"Rising curves, one per arm: share who have lost relief within {curves[0].end.at:g} days of its beginning, of "
        f"those in whom it began by day {DAY_42}. {'; '.join(ends)}.{nobody}",
        f"Relief is lost by a relapse, or as doses fade. Many of these patients come into relief again.{nobody}",
        sheet.finish(),
        Source("trajectories", outcome="relapse", subgroup=ALL),
    )


def _curves(panel: Panel, outcome: str, axis: str) -> list[_Curve]:
    found = []
    for look in looks(panel.result.study.scenario):
        of_arm = [p for p in panel.points if (p.arm, p.outcome, p.axis, p.subgroup) == (look.arm, outcome, axis, ALL)]
        if of_arm:
            found.append(_Curve(look, of_arm))
    return found


def _plot(
    sheet: Sheet, curves: Sequence[_Curve], last: float, y_ticks: Sequence[float], unit: str, *, steps: bool
) -> None:
    top = sheet.y + 6
    height = max(170.0, LABEL_HEIGHT * len(curves))
    box = (LEFT + 36, top, RIGHT - LABEL_WIDTH - 16, top + height)
    step = next(s for s in (1, 2, 3, 5, 7, 10, 14, 21, 30, 60, 91, 182, 365, 730) if last / s <= 5)
    x_ticks = [float(step * k) for k in range(int(last // step) + 1)]
    plot = frame(
        sheet, box, x_ticks, y_ticks, x_limits=(0, max(last, 1.0)), y_text=lambda v: f"{100 * v:.3g} %", x_title=unit
    )
    ends = [plot.y(curve.end.estimate) for curve in curves]
    places = dodged(ends, LABEL_HEIGHT, top + 6, box[3] - 6)
    for curve, end, place in zip(curves, ends, places, strict=True):
        _curve(sheet, plot.x.of([p.at for p in curve.points]).tolist(), curve, plot.y, steps)
        at = plot.x(curve.end.at)
        sheet.line([at, box[2] + 3, box[2] + 11], [end, end, place], SOFT, 0.7)
        sheet.look(box[2] + 16, place, curve.look)
        left = box[2] + 23
        sheet.text(left, place - 1, shortened(curve.look.label, RIGHT - left, NOTE_SIZE), size=NOTE_SIZE)
        number = with_error(curve.end)
        sheet.text(left, place + 11, number, size=NOTE_SIZE, colour=SOFT)
    sheet.y = box[3] + 28


def _curve(sheet: Sheet, xs: list[float], curve: _Curve, y: Scale, steps: bool) -> None:
    ys = y.of([p.estimate for p in curve.points])
    look = curve.look
    if not steps:
        sheet.area(xs, y.of([p.lower for p in curve.points]), y.of([p.upper for p in curve.points]), look.colour, 0.25)
        sheet.line(xs, ys, look.colour, 1.8, look.line)
        return
    across = [x for pair in zip(xs, [*xs[1:], xs[-1]], strict=True) for x in pair]
    sheet.line(across, [v for v in ys for _ in range(2)], look.colour, 1.6, look.line)
    if len(xs) <= 25:
        sheet.dots(xs[1:], ys[1:], look.marker, look.colour, 4.5, edge_width=0.5)


def _half(curve: _Curve, axis: str) -> str:
    reached = next((p for p in curve.points if p.estimate >= 0.5), None)
    return (
        f"{axis} {reached.at:g}" if reached else f"not reached ({SHARE.number(curve.end.estimate, curve.end.mc_error)})"
    )


def _relief_words(panel: Panel) -> str:
    relief = panel.result.study.scenario.relief
    if relief.points is not None:
        return f"Relief: pain at least {relief.points.value:g} points lower than at the start."
    least = relief.percent.value if relief.percent is not None else math.nan
    return f"Relief: pain at least {least:g} % lower than at the start."
