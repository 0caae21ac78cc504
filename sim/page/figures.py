"""The page's figures: every arm before and after, and what each touched input does alone."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from sim.estimate.estimate import Estimate
from sim.page.results import Comparison
from sim.quantities import BY_NAME
from sim.report.drawing.appearance import (
    GRID,
    INK,
    NOTE_SIZE,
    SOFT,
    TEXT_SIZE,
    Look,
    look_at,
    looks,
    shortened,
    text_width,
)
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Scale, Sheet, Source, nice_ticks
from sim.report.drawing.rendering import render_svg
from sim.report.drawing.row_chart import Group, Row, row_chart, spanning
from sim.report.run.pain_figures import density
from sim.report.words.numbers import difference_with_error, with_error
from sim.study.results import Panel

SPREAD_OUT = ("pain", "days", "minutes", "cost")
"""Ranges of outcomes of which the whole distribution is drawn; of the others, the mean or share."""
ROW = 62.0

T = TypeVar("T")

_PEN = threading.Lock()
"""Drawing settings belong to the whole process, so one visitor draws at a time."""


def drawn(figure: Callable[[], FigureFile]) -> tuple[FigureFile, bytes]:
    """Return a figure and its SVG; only one is drawn at a time."""
    with _PEN:
        made = figure()
        return made, render_svg(made)


def exclusively(draw: Callable[[], T]) -> T:
    """Return what a function draws, while nobody else draws."""
    with _PEN:
        return draw()


def before_and_after(comparison: Comparison, outcome: str, is_tuned: bool) -> FigureFile:
    """Return the figure of an outcome in every arm: tuned in colour, saved as an outline or a stroke."""
    return (_distributions if BY_NAME[outcome].range in SPREAD_OUT else _means)(comparison, outcome, is_tuned)


def tornado(effects: Mapping[str, Estimate], together: Estimate | None, what: str) -> FigureFile:
    """Return the figure of what each touched input does alone to `what`; the largest effect on top."""
    title = "What each change does alone"
    sheet = Sheet(title, f"Change of {what}: everything else as saved, same patients. Line: 95 % interval.")
    ordered = sorted(effects.items(), key=lambda item: -abs(item[1].estimate) if math.isfinite(item[1].estimate) else 0)
    alone, all_of_them = look_at(2, "alone", ""), look_at(0, "all", "")
    rows = [_effect_row(label, effect, alone) for label, effect in ordered]
    groups = [Group("", rows)]
    if together is not None:
        groups.insert(0, Group("", [_effect_row("All changes together", together, all_of_them)]))
    unit = next(iter(effects.values())).unit
    values = [v for group in groups for row in group.rows for v in (row.at, row.lower, row.upper)]
    row_chart(sheet, groups, spanning(values), unit.apart_at_axis, stems=True, zero=True, every_axis=False)
    words = [f"{row.label} {row.number}" for group in groups for row in group.rows]
    return FigureFile(
        "tornado",
        "page",
        title,
        f"Change of {what} by input, one row each. {'; '.join(words)}.",
        "Each row changes one input and leaves the others as saved.",
        sheet.finish(),
        Source("summary"),
    )


def _distributions(comparison: Comparison, outcome: str, is_tuned: bool) -> FigureFile:
    arms = looks(comparison.tuned.result.study.scenario)
    panels = (comparison.saved, comparison.tuned) if is_tuned else (comparison.tuned,)
    title = BY_NAME[outcome].label
    unit = comparison.tuned.get(arms[0].arm, outcome).unit
    key = "Colour: with your changes. Dashed outline and open marker: as saved. " if is_tuned else ""
    sheet = Sheet(title, f"{key}Thick line: middle 50 % of patients; thin: 90 %. Marker: mean.")
    ends = [panel.get(look.arm, outcome, p).estimate for panel in panels for look in arms for p in ("p05", "p95")]
    margin = 0.04 * (max(ends) - min(ends)) or 0.5
    ticks = nice_ticks(min(0.0, min(ends) - margin), max(0.0, max(ends) + margin), 7)
    scale = Scale(ticks[0], ticks[-1], LEFT + 10, RIGHT - 10)
    top = sheet.y
    for i in range(len(arms)):
        sheet.lines([(scale(t), top + i * ROW + 15, scale(t), top + (i + 1) * ROW - 2) for t in ticks], GRID, 0.7)
        sheet.lines([(scale(0), top + i * ROW + 15, scale(0), top + (i + 1) * ROW - 2)], SOFT, 1.2)
    words = []
    for look in arms:
        words.append(f"{look.label}: {_arm(sheet, panels, look, outcome, scale)}")
        sheet.y += ROW
    for t in ticks:
        sheet.text(scale(t), sheet.y + 10, unit.at_axis(t), size=NOTE_SIZE, colour=SOFT, align="center")
    sheet.y += 25
    sheet.text((LEFT + RIGHT) / 2, sheet.y, unit.on_axis, size=NOTE_SIZE, colour=SOFT, align="center")
    alt = f"Distribution of {BY_NAME[outcome].in_sentence} ({unit.on_axis}), one row per arm. {'. '.join(words)}."
    return FigureFile("before_and_after", "page", title, alt, _definition(outcome), sheet.finish(), Source("summary"))


def _arm(sheet: Sheet, panels: Sequence[Panel], look: Look, outcome: str, scale: Scale) -> str:
    """Draw an arm's distributions, tuned over saved; return its numbers in words."""
    *before, tuned = panels
    mean = tuned.get(look.arm, outcome)
    was = mean.unit.number(before[0].get(look.arm, outcome).estimate, mean.mc_error, bare=True) if before else ""
    number = f"{was} → {with_error(mean)}" if before else with_error(mean)
    base = sheet.y + 45
    sheet.look(LEFT + 4, sheet.y + 7.5, look)
    room = RIGHT - LEFT - text_width(number, TEXT_SIZE) - 22
    sheet.text(LEFT + 12, sheet.y + 11, shortened(look.label, room, TEXT_SIZE, bold=True), bold=True)
    sheet.text(RIGHT, sheet.y + 11, number, align="right")
    curves = [density(panel, outcome, look.arm) for panel in panels]
    highest = max((float(heights.max() / heights.sum()) for _, heights in curves if len(heights)), default=1.0)
    for panel, (xs, heights) in zip(panels, curves, strict=True):
        if not len(xs):
            continue
        inside = (xs >= scale.low) & (xs <= scale.high)
        at, y = scale.of(xs[inside]), base - 28 * heights[inside] / heights.sum() / highest
        if panel is tuned:
            sheet.area(at, y, np.full(inside.sum(), base), look.colour, 0.35)
            sheet.line(at, y, look.colour, 0.9)
    for panel, (xs, heights) in zip(before, curves, strict=False):
        if len(xs):
            inside = (xs >= scale.low) & (xs <= scale.high)
            y = base - 28 * heights[inside] / heights.sum() / highest
            sheet.line(scale.of(xs[inside]), y, INK, 1.1, (0, (3, 2)))
        at_saved = scale(panel.get(look.arm, outcome).estimate)
        sheet.dots([at_saved], [base + 6], look.marker, "white", 8, edge=INK, edge_width=1.2)
    ends = {p: scale(tuned.get(look.arm, outcome, p).estimate) for p in ("p05", "p25", "p75", "p95")}
    sheet.lines([(ends["p05"], base + 6, ends["p95"], base + 6)], INK, 1.0)
    sheet.lines([(ends["p25"], base + 6, ends["p75"], base + 6)], INK, 3.6)
    sheet.look(scale(mean.estimate), base + 6, look, 8)
    return f"mean {with_error(mean)}" + (f", saved {was}" if before else "")


def _means(comparison: Comparison, outcome: str, is_tuned: bool) -> FigureFile:
    arms = looks(comparison.tuned.result.study.scenario)
    title = BY_NAME[outcome].label
    key = " Upright stroke: as saved." if is_tuned else ""
    sheet = Sheet(
        title, f"Marker: with your changes. Line: 95 % interval.{key}" if is_tuned else "Line: 95 % interval."
    )
    rows, words = [], []
    for look in arms:
        found, was = (panel.get(look.arm, outcome) for panel in (comparison.tuned, comparison.saved))
        saved = was.unit.number(was.estimate, was.mc_error, bare=True)
        number = f"{saved} → {with_error(found)}" if is_tuned else with_error(found)
        also = was.estimate if is_tuned and math.isfinite(was.estimate) else None
        rows.append(Row(look.label, number, look, found.estimate, found.lower, found.upper, also=also))
        words.append(f"{look.label}: {with_error(found)}" + (f", saved {saved}" if is_tuned else ""))
    unit = comparison.tuned.get(arms[0].arm, outcome).unit
    values = [v for row in rows for v in (row.at, row.lower, row.upper, row.at if row.also is None else row.also)]
    row_chart(sheet, [Group("", rows)], spanning(values, include=()), unit.at_axis)
    alt = f"{title} ({unit.on_axis}), one row per arm. {'. '.join(words)}."
    return FigureFile("before_and_after", "page", title, alt, _definition(outcome), sheet.finish(), Source("summary"))


def _effect_row(label: str, effect: Estimate, look: Look) -> Row:
    return Row(label, difference_with_error(effect), look, effect.estimate, effect.lower, effect.upper)


def _definition(outcome: str) -> str:
    text = BY_NAME[outcome].definition
    return f"{text[0].upper()}{text[1:]}."
