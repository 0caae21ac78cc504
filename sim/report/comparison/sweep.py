"""Figures of an outcome against one varied number: a line per arm, a panel per scenario file and evidence set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sim.decision.compare import Comparison, Member
from sim.estimate.estimates import ALL
from sim.quantities import BY_NAME
from sim.report.drawing.appearance import TEXT_SIZE, Look, looks, wrapped
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Sheet, Source, frame, legend
from sim.report.drawing.row_chart import spanning
from sim.report.words.numbers import with_error
from sim.scenario.variants import path_words

LEAST_VALUES = 3


def sweep_figures(comparison: Comparison, outcomes: Sequence[str]) -> Iterator[FigureFile]:
    """Yield a figure per outcome, if a single number was varied over at least three values."""
    panels = _panels(comparison.members)
    if panels is None:
        return
    path = comparison.members[0].variant.varied[0][0]
    words = path_words(path)
    for outcome in outcomes:
        yield _sweep(comparison, outcome, panels, words)


def _panels(members: Sequence[Member]) -> dict[tuple[int, str], list[tuple[float, Member]]] | None:
    """Return the scenarios by file and evidence set, each with its value; None if no single number was varied."""
    panels: dict[tuple[int, str], list[tuple[float, Member]]] = {}
    for member in members:
        if len(member.variant.varied) != 1:
            return None
        try:
            value = float(member.variant.varied[0][1])
        except ValueError:
            return None
        panels.setdefault((member.variant.base, member.variant.evidence), []).append((value, member))
    if len(next(iter(panels.values()))) < LEAST_VALUES:
        return None
    return {key: sorted(panel, key=lambda one: one[0]) for key, panel in panels.items()}


def _sweep(
    comparison: Comparison, outcome: str, panels: dict[tuple[int, str], list[tuple[float, Member]]], words: str
) -> FigureFile:
    known = BY_NAME[outcome]
    scenario = comparison.members[0].scenario
    arms = [look for look in looks(scenario) if look.arm in comparison.arms]
    found = [m.panel.get(look.arm, outcome) for panel in panels.values() for _, m in panel for look in arms]
    unit = found[0].unit
    ticks = spanning([v for one in found for v in (one.estimate, one.lower, one.upper)], include=())
    title = f"{known.label} by “{words}”"
    sheet = Sheet(title, "Band: 95 % interval.")
    legend(sheet, arms)
    said = []
    for panel in panels.values():
        member = panel[0][1]
        heading = f"{member.scenario.title}, {member.variant.evidence} evidence"
        if len(panels) > 1:
            for line in wrapped(heading, RIGHT - LEFT, TEXT_SIZE, bold=True, lines=2):
                sheet.y += 14
                sheet.text(LEFT, sheet.y, line, bold=True)
        box = (LEFT + 44, sheet.y + 10, RIGHT - 10, sheet.y + 150)
        values = [value for value, _ in panel]
        shown = values if len(values) <= 7 else values[:: math.ceil(len(values) / 7)]
        plot = frame(sheet, box, shown, ticks, x_limits=(values[0], values[-1]), y_text=unit.at_axis, x_title=words)
        for look in arms:
            estimates = [m.panel.get(look.arm, outcome) for _, m in panel]
            _curve(sheet, look, plot.x.of(values).tolist(), [
                tuple(plot.y(v) for v in (e.estimate, e.lower, e.upper)) if math.isfinite(e.estimate) else None
                for e in estimates
            ])  # fmt: skip
            steps = "; ".join(f"{value:g}: {with_error(e)}" for value, e in zip(values, estimates, strict=True))
            said.append(f"{heading}, {look.label}: {steps}")
        sheet.y = box[3] + 34
    return FigureFile(
        f"sweep_{outcome}",
        "results",
        title,
        f"Lines of {known.in_sentence} against {words}, one per arm. {'. '.join(said)}.",
        f"{known.definition[0].upper()}{known.definition[1:]}.",
        sheet.finish(),
        Source("summary", outcome=outcome, statistic="mean", subgroup=ALL),
    )


def _curve(sheet: Sheet, look: Look, xs: list[float], ys: list[tuple[float, ...] | None]) -> None:
    drawn = [(x, *y) for x, y in zip(xs, ys, strict=True) if y is not None]
    if not drawn:
        return
    at, middle, low, high = (list(part) for part in zip(*drawn, strict=True))
    sheet.area(at, low, high, look.colour, 0.25)
    sheet.line(at, middle, look.colour, 1.8, look.line)
    sheet.dots(at, middle, look.marker, look.colour, 5.5)
