"""The figure that carries the verdict: how many of 100 patients, at what cost, and how pain goes under each arm."""

from __future__ import annotations

import math

import numpy as np

from sim.decision.verdict import Verdict, carrying_outcome
from sim.estimate.estimates import ALL
from sim.quantities import BY_NAME, COST, DAY_42
from sim.report.drawing.appearance import INK, NOTE_SIZE, PALE, SOFT, TEXT_SIZE, Look, looks, shortened, text_width
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Sheet, Source, frame
from sim.report.run.pain_figures import time_ticks
from sim.report.words.numbers import of_hundred
from sim.study.results import Panel

SECTION = "summary"
MOST_ARMS = 8
ACROSS, DOWN = 50, 2
"""How 100 patients stand: so many side by side, in so many lines."""


def verdict_figure(panel: Panel, verdict: Verdict) -> FigureFile:
    """Return the figure of the verdict: 100 patients of each arm, its cost, and its mean pain day by day."""
    scenario = panel.result.study.scenario
    outcome = BY_NAME[carrying_outcome(scenario)]
    arms = _shown(panel, verdict, looks(scenario))
    words = outcome.of_patients
    title = f"Of 100 patients, so many {words}"
    sheet = Sheet(title, "Filled: these patients. Beside them: cost per patient.")
    told = []
    for look in arms:
        share, cost = panel.get(look.arm, outcome.name).estimate, panel.get(look.arm, COST)
        number = f"{of_hundred(share)} of 100, {cost.unit.plain(cost.estimate)}"
        _hundred(sheet, look, share, number)
        told.append(f"{look.label} {number}")
    _pain(sheet, panel, arms)
    return FigureFile(
        "verdict",
        SECTION,
        title,
        f"One row of 100 dots per arm, those filled who {words}: {'; '.join(told)}. Below: mean pain by day.",
        f"Counted: {outcome.definition}. Curves: all patients, marked on day {DAY_42}.",
        sheet.finish(),
        Source("summary", outcome=(outcome.name, COST), statistic="mean", subgroup=ALL),
    )


def _shown(panel: Panel, verdict: Verdict, arms: tuple[Look, ...]) -> list[Look]:
    """Return the arms that are shown, in the scenario's order: all, or the first, those of the verdict and the next."""
    if len(arms) <= MOST_ARMS:
        return list(arms)
    choice = verdict.choice
    wanted = [verdict.versus, verdict.arm, *(choice.arms if choice else ()), *(choice.leads[0].arms if choice else ())]
    names = list(dict.fromkeys(name for name in (*wanted, *(look.arm for look in arms)) if name))[:MOST_ARMS]
    return [look for look in arms if look.arm in names]


def _hundred(sheet: Sheet, look: Look, share: float, number: str) -> None:
    room = RIGHT - LEFT - text_width(number, TEXT_SIZE) - 22
    sheet.look(LEFT + 4, sheet.y + 7.5, look)
    sheet.text(LEFT + 12, sheet.y + 11, shortened(look.label, room, TEXT_SIZE, bold=True), bold=True)
    sheet.text(RIGHT, sheet.y + 11, number, align="right")
    step = (RIGHT - LEFT) / ACROSS
    filled = 0 if math.isnan(share) else round(100 * share)
    places = np.array([(LEFT + step * (k // DOWN + 0.5), sheet.y + 20 + step * (k % DOWN)) for k in range(100)])
    for some, colour, edge in ((places[:filled], look.colour, look.colour), (places[filled:], PALE, SOFT)):
        if len(some):
            sheet.dots(some[:, 0], some[:, 1], "o", colour, 4.6, edge=edge, edge_width=0.5)
    sheet.y += 20 + step * DOWN + 2


def _pain(sheet: Sheet, panel: Panel, arms: list[Look]) -> None:
    curves = {
        look.arm: [p for p in panel.points
                   if (p.arm, p.outcome, p.axis, p.subgroup, p.statistic) == (look.arm, "pain", "day", ALL, "mean")]
        for look in arms
    }  # fmt: skip
    last = max(p.at for points in curves.values() for p in points)
    sheet.text(LEFT, sheet.y + 12, "Mean pain by day", bold=True)
    top = sheet.y + 20
    highest = max(p.estimate for points in curves.values() for p in points)
    ticks = [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    plot = frame(
        sheet, (LEFT + 18, top, RIGHT - 8, top + 96), time_ticks(last, "day"),
        [t for t in ticks if t < highest + 2] or ticks, x_limits=(0, last),
    )  # fmt: skip
    for look in arms:
        points = curves[look.arm]
        at, mean = plot.x.of([p.at for p in points]), plot.y.of([p.estimate for p in points])
        sheet.line(at, mean, look.colour, 2.0, look.line)
        read = min(range(len(points)), key=lambda k: abs(points[k].at - DAY_42))
        sheet.dots([at[read]], [mean[read]], look.marker, look.colour, 6.0)
    sheet.y = top + 96 + 26
    sheet.text((LEFT + RIGHT) / 2, sheet.y, "days since the first visit", size=NOTE_SIZE, colour=INK, align="center")
