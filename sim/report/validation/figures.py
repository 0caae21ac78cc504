"""Forest plots of a validation: published figures with their intervals, and what was predicted, trial by trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from sim.learn.trials import Trials
from sim.learn.validation import Comparison, Validation
from sim.report.drawing.appearance import Look, look_at, settings
from sim.report.drawing.figure import FigureFile, Sheet, Source
from sim.report.drawing.row_chart import Group, Row, row_chart, spanning
from sim.report.validation.words import HELD, arm_name, number, outcome_name, published_interval, unit_of
from sim.units import MINUS, POINTS, Unit

KEY = (
    "Mark with a line: published, with its 95 % interval. Upright line: predicted. Grey band: {band}. Numbers: "
    "published / predicted."
)
BAND = "where the model expects 95 of 100 such trials"
BAND_OF_ERRORS = f"95 % of {HELD} about what is predicted"
CAPTION = "The grey band holds {held}. What else differs between trials is not in it."
WITH_DOUBT = "the doubt about the inputs, the sampling error of the trial and the simulation error"
ERRORS_ALONE = (
    "the sampling error of the trial and the simulation error alone: the inputs are taken as they stand, and the doubt "
    "about them is not in it"
)


def validation_figures(found: Validation) -> list[FigureFile]:
    """Return every forest plot that has something to show: sure arms, differences, and marked ones."""
    first = found.sets[0]
    sure = [one for one in first.arms if one.is_sure]
    apart = [one for one in first.differences if one.is_sure]
    marked = [one for one in first.arms if not one.is_sure]
    with settings():
        drawn = []
        if sure:
            drawn.append(_forest(found, sure, "forest", "Published and predicted", "arms", certain=True))
        if apart:
            drawn.append(_forest(found, apart, "forest_differences", "Differences within a trial", "differences",
                                 certain=True))  # fmt: skip
        if marked:
            drawn.append(_forest(found, marked, "forest_marked", "Figures that are not sure", "marked", certain=False))
        return drawn


def _forest(
    found: Validation, rows: Sequence[Comparison], name: str, title: str, section: str, *, certain: bool
) -> FigureFile:
    trials = found.trials
    doubt = found.holds_doubt
    key = KEY.format(band=BAND if doubt else BAND_OF_ERRORS)
    alone = f" Where no error was published, the band is the {'doubt' if doubt else 'simulation error'} alone."
    sheet = Sheet(title, key if certain else f"{key}{alone}")
    groups = [
        _group(trials, label, unit, list(members))
        for (label, unit), members in groupby(rows, lambda one: _heading(trials, one))
    ]
    ticks = spanning([0.0, 1.0])
    row_chart(sheet, groups, ticks, lambda v: f"{v:g}", zero=any(one.versus for one in rows))
    said = "; ".join(
        f"{trials.trials[one.asked.trial].label}, {arm_name(trials, one)}, day {one.asked.published.day}: published "
        f"{number(one, one.published)}, predicted {number(one, one.predicted)}"
        for one in rows
    )
    where = {"evidence": found.sets[0].label, "is_sure": certain, "is_difference": bool(rows[0].versus)}
    return FigureFile(
        name, section, title, f"Forest plot of {len(rows)} published figures and predictions. {said}.",
        CAPTION.format(held=WITH_DOUBT if doubt else ERRORS_ALONE), sheet.finish(), Source("validation", **where),
    )  # fmt: skip


def _heading(trials: Trials, one: Comparison) -> tuple[str, Unit]:
    unit = unit_of(one.asked.published)
    what = f"{outcome_name(one.asked.published)}{' (points)' if unit == POINTS else ''}"
    return f"{trials.trials[one.asked.trial].label}: {what}", unit


def _group(trials: Trials, label: str, unit: Unit, members: Sequence[Comparison]) -> Group:
    arms = list(trials.trials[members[0].asked.trial].arms)
    factor = 1.0 if unit == POINTS else 100.0
    rows = [_row(trials, one, look_at(arms.index(one.asked.arm), one.asked.arm, ""), factor) for one in members]
    ends = [end for row in rows for end in (row.at, row.lower, row.upper, row.also or 0.0, *(row.also_range or ()))]
    apart = bool(members[0].versus)
    text: Callable[[float], str] = lambda v: f"{v:g}{'' if unit == POINTS else ' %'}".replace("-", MINUS)  # noqa: E731
    return Group(label, rows, ticks=spanning(ends, include=(0.0,) if apart else ()), tick_text=text)


def _row(trials: Trials, one: Comparison, look: Look, factor: float) -> Row:
    low, high = published_interval(one)
    return Row(
        f"{arm_name(trials, one)}, day {one.asked.published.day}",
        f"{number(one, one.published)} / {number(one, one.predicted)}",
        look,
        factor * one.published,
        factor * low,
        factor * high,
        also=factor * one.predicted,
        also_range=(factor * one.lower, factor * one.upper),
    )
