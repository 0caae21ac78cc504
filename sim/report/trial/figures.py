"""Figures of a virtual trial: power by size, and what trials of a size find."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.decision.virtual_trial.assess import Comparison, VirtualTrial
from sim.report.drawing.appearance import INK, NOTE_SIZE, SOFT, look_at, settings
from sim.report.drawing.figure import FigureFile, Frame, Sheet, Source, legend, nice_ticks
from sim.report.trial.files import bins_of, which
from sim.report.trial.words import arm_label, difference_text, is_ratio, patients, plain_percent, versus
from sim.report.value.frames import DASHED, framed
from sim.units import MINUS

MOST = 8
"""Comparisons that have figures, at most: the first of them."""
BAR, PALER = "#0072B2", "#bcd6e8"


def trial_figures(found: VirtualTrial) -> Iterator[FigureFile]:
    """Yield both figures of each of the first comparisons, then that of the type-I error."""
    with settings():
        for one in found.comparisons[:MOST]:
            yield _power(found, one)
            yield _estimates(found, one)
        yield _type_one(found)


def _type_one(found: VirtualTrial) -> FigureFile:
    design = found.design
    arm = arm_label(found.scenario, design.reference)
    title = "Type-I error by the number of patients"
    sheet = Sheet(
        title, f"{arm} against itself. Bars: 95 % interval of the simulation. Dashed: the level of the tests."
    )
    looks = [look_at(k, measure.name, measure.label) for k, measure in enumerate(design.measures)]
    legend(sheet, looks)
    at = np.array(design.sizes, dtype=np.float64)
    low, high = float(at[0]), float(at[-1]) if len(at) > 1 else float(at[0]) + 1
    top = max(design.alpha, *(error.upper for of in found.type_one for error in of.errors))
    ticks = [v for v in nice_ticks(low, high, 5) if low <= v <= high] or [low]
    plot = framed(
        sheet, ticks, nice_ticks(0.0, top, 5), (low, high), x_text=lambda v: f"{v:,.6g}",
        y_text=lambda v: f"{100 * v:g} %", x_title="Patients in the arm", height=140,
    )  # fmt: skip
    sheet.line([plot.x.start, plot.x.end], [plot.y(design.alpha)] * 2, SOFT, 1.2, DASHED)
    for look, of in zip(looks, found.type_one, strict=True):
        xs, ys = plot.x.of(at), plot.y.of([error.estimate for error in of.errors])
        bars = [(x, plot.y(one.lower), x, plot.y(one.upper)) for x, one in zip(xs.tolist(), of.errors, strict=True)]
        sheet.lines(bars, look.colour, 1.0)
        sheet.line(xs, ys, look.colour, 1.6, look.line)
        sheet.dots(xs, ys, look.marker, look.colour, 5.0)
    said = "; ".join(
        f"{look.label} {plain_percent(of.errors[0].estimate)} to {plain_percent(of.errors[-1].estimate)}"
        for look, of in zip(looks, found.type_one, strict=True)
    )
    return FigureFile(
        "type_one", "type_one", title,
        f"Share of trials that find {arm} to differ from itself, from {design.sizes[0]:,} to {design.sizes[-1]:,} "
        f"patients in the arm: {said}; {plain_percent(design.alpha)} is right.",
        "Other patients of the same arm, by the same analysis.",
        sheet.finish(), Source("power", statistic="type_one_error"),
    )  # fmt: skip


def figure_name(found: VirtualTrial, one: Comparison, what: str) -> str:
    """Return the name of a figure of a comparison."""
    several = len(found.design.measures) > 1
    return f"{what}_{one.arm}" + (f"_{found.design.measures[one.measure].name}" if several else "")


def _power(found: VirtualTrial, one: Comparison) -> FigureFile:
    measure = found.design.measures[one.measure]
    title = "Power by the number of patients"
    sheet = Sheet(title, f"{versus(found, one)}: {measure.in_sentence}. Bars: 95 % interval of the simulation.")
    at = np.array([each.size for each in one.sizes], dtype=np.float64)
    lines = {"At the stated inputs": [each.power for each in one.sizes]}
    assured = [each.assurance for each in one.sizes if each.assurance is not None]
    if assured:
        lines["Over the doubt in them (assurance)"] = assured
    looks = [look_at(k + 1, label, label) for k, label in enumerate(lines)]
    formula = look_at(0, "formula", "By the formula")
    legend(sheet, [*looks, formula])
    low, high = float(at[0]), float(at[-1]) if len(at) > 1 else float(at[0]) + 1
    ticks = [v for v in nice_ticks(low, high, 5) if low <= v <= high] or [low]
    plot = framed(
        sheet, ticks, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0], (low, high), x_text=lambda v: f"{v:,.6g}",
        y_text=lambda v: f"{100 * v:.0f} %", x_title="Patients in the arm", height=180,
    )  # fmt: skip
    for level in (0.8, 0.9):
        sheet.line([plot.x.start, plot.x.end], [plot.y(level)] * 2, SOFT, 0.9, DASHED)
    known = np.array([each.formula.estimate for each in one.sizes])
    sheet.line(plot.x.of(at), _within(plot, known), formula.colour, 1.2, formula.line)
    for x, y in zip(plot.x.of(at).tolist(), _within(plot, known).tolist(), strict=True):
        if np.isfinite(y):
            sheet.look(x, y, formula, 4.5)
    for look, estimates in zip(looks, lines.values(), strict=True):
        ys = np.array([each.estimate for each in estimates])
        bars = [
            (float(x), float(plot.y(each.lower)), float(x), float(plot.y(each.upper)))
            for x, each in zip(plot.x.of(at), estimates, strict=True)
        ]
        sheet.lines(bars, look.colour, 1.0)
        sheet.line(plot.x.of(at), plot.y.of(ys), look.colour, 1.8, look.line)
        sheet.dots(plot.x.of(at), plot.y.of(ys), look.marker, look.colour, 5.0)
    said = "; ".join(
        f"{label.lower()} from {plain_percent(each[0].estimate)} to {plain_percent(each[-1].estimate)}"
        for label, each in lines.items()
    )
    return FigureFile(
        figure_name(found, one, "power"), "power", title,
        f"Chance that the trial succeeds, from {one.sizes[0].size:,} to {one.sizes[-1].size:,} patients in the arm: "
        f"{said}.",
        "Dashed: 80 % and 90 %. Sizes are seen in the same trials, so neighbouring points move together.",
        sheet.finish(), Source("power", **which(found, one)),
    )  # fmt: skip


def _within(plot: Frame, values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), plot.y.of(np.nan_to_num(values)), np.nan)


def _estimates(found: VirtualTrial, one: Comparison) -> FigureFile:
    at, edges, shares = bins_of(found, one)
    measure = found.design.measures[one.measure]
    ratio = is_ratio(found.design, one.measure)
    unit = one.difference.unit.of(found.scenario.costs.currency)
    title = "What trials of that size find"
    sheet = Sheet(
        title, f"{versus(found, one)}: {measure.in_sentence}; {patients(found.design, at.size)}. "
        "Line: the true difference. Dashed: no difference.",
    )  # fmt: skip
    ends = [float(edges[0]), float(edges[-1]), 0.0, one.difference.estimate]
    ticks = nice_ticks(min(v for v in ends if np.isfinite(v)), max(v for v in ends if np.isfinite(v)), 5)
    top = nice_ticks(0.0, float(shares.max()) or 1.0, 4)

    def text(value: float) -> str:
        if ratio:
            return f"{np.exp(value):.2g}"
        return unit.apart_at_axis(value)

    title_below = "Odds ratio found" if ratio else f"Difference found ({unit.of_differences})"
    plot = framed(
        sheet, ticks, top, (ticks[0], ticks[-1]), x_text=text, y_text=lambda v: f"{100 * v:g} %".replace("-", MINUS),
        x_title=title_below, height=150,
    )  # fmt: skip
    for low, high, share in zip(edges[:-1].tolist(), edges[1:].tolist(), shares.tolist(), strict=True):
        if share > 0:
            wrong = (low + high) / 2 * measure.sign < 0
            xs = [plot.x(low), plot.x(high)]
            sheet.area(xs, [plot.y(0.0)] * 2, [plot.y(share)] * 2, PALER if wrong else BAR)
    for value, style in ((0.0, DASHED), (one.difference.estimate, "-")):
        if np.isfinite(value):
            sheet.line([plot.x(value)] * 2, [plot.y.start, plot.y.end], INK, 1.4, style)
    if float(edges[0]) < 0 < float(edges[-1]):
        sheet.text(plot.x.start, sheet.y + 4, "Pale: the wrong way round.", size=NOTE_SIZE, colour=SOFT)
        sheet.y += 8
    return FigureFile(
        figure_name(found, one, "estimates"), "power", title,
        f"Share of trials by the difference that they find, with {patients(found.design, at.size)}; the true "
        f"difference is {difference_text(found, one)}, and {plain_percent(at.power.estimate)} of the trials succeed.",
        "Every trial has patients of its own, so that estimates scatter as those of real trials would.",
        sheet.finish(), Source("estimates", **which(found, one)),
    )  # fmt: skip
