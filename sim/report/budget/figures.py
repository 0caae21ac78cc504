"""Figures of a budget: the payer's change by year, who gets what, money now and after, work, and one-way scenarios."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from sim.decision.budget.assess import TOTAL, Case, Impact
from sim.decision.budget.measures import HOURS_WORKED, PAYER_COST, PRACTITIONERS, STARTING
from sim.quantities import LASTING_RELIEF
from sim.report.budget.files import Member
from sim.report.budget.words import in_cell
from sim.report.drawing.appearance import INK, NOTE_SIZE, SOFT, Look, look_at, settings, text_width
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Frame, Sheet, Source, frame, legend, nice_ticks
from sim.report.drawing.row_chart import Group, Row, row_chart, spanning
from sim.units import MINUS, Unit

HEIGHT = 150.0
ON_FIRST_PAGE = "impact"
MOST_CASES = 15
_DASHED = (0, (4, 2.5))


def budget_figures(members: Sequence[Member]) -> list[FigureFile]:
    """Return every figure, scenario by scenario; the section is the name of the scenario's part of the report."""
    with settings():
        return [figure for place, one in enumerate(members) for figure in _figures(one, place, len(members) > 1)]


def _figures(member: Member, place: int, is_one_of_several: bool) -> Iterator[FigureFile]:
    end, impact = (f"_{place + 1}" if is_one_of_several else ""), member.impact
    yield _impact(member, f"{ON_FIRST_PAGE}{end}")
    yield _lines(member, f"payer{end}", "What the payer pays", PAYER_COST)
    yield _uptake(member, f"uptake{end}")
    yield _lines(member, f"hours{end}", "Hours of practitioners with patients", HOURS_WORKED)
    if impact.is_known(PRACTITIONERS):
        yield _lines(member, f"practitioners{end}", "Practitioners needed", PRACTITIONERS)
    yield _lines(member, f"helped{end}", "People with lasting relief", LASTING_RELIEF)
    if member.cases:
        yield _cases(member, f"cases{end}")


def _impact(member: Member, name: str) -> FigureFile:
    impact = member.impact
    rows = [_row(impact, year, 2) for year in range(impact.budget.years)]
    total = [_row(impact, TOTAL, 0)]
    title = "What the payer pays more, by year"
    sheet = Sheet(title, f"After the change less now, not discounted. Line: {_interval_words(impact)}.")
    unit = impact.get("change", 0, PAYER_COST).unit
    groups = [
        Group("Each year", rows, _ticks(rows)),
        *([Group("All years", total, _ticks(total))] if len(rows) > 1 else []),
    ]
    row_chart(sheet, groups, _ticks(rows), lambda v: _axis(unit, v), stems=True, zero=True)
    said = "; ".join(f"{row.label} {row.number}" for row in (*rows, *(total if len(rows) > 1 else ())))
    return FigureFile(
        name, "payer", title, f"Bars by year of what the payer pays more after the change than now: {said}.",
        "Visits count in the year in which they take place; a course that begins late in a year goes on in the next.",
        sheet.finish(),
        Source("budget", scenario=member.name, mix="change", measure=PAYER_COST, arm="all"),
    )  # fmt: skip


def _row(impact: Impact, year: int | str, look: int) -> Row:
    one = impact.get("change", year, PAYER_COST)
    _, low, high = impact.doubt("change", year, PAYER_COST)
    low, high = (one.lower, one.upper) if math.isnan(low) else (low, high)
    label = impact.years[year] if isinstance(year, int) else "All years"
    label = f"Year {label}" if label.isdigit() else label
    return Row(
        label, in_cell(one.unit, one.estimate, signed=True), look_at(look, "change", ""), one.estimate, low, high
    )


def _ticks(rows: Sequence[Row]) -> list[float]:
    return spanning([v for row in rows for v in (row.at, row.lower, row.upper)], about=4)


def _lines(member: Member, name: str, title: str, measure: str) -> FigureFile:
    impact = member.impact
    looks = [look_at(0, "now", "now"), look_at(2, "after", "after the change")]
    sheet = Sheet(title, f"By year. Bars: {_interval_words(impact)}.")
    legend(sheet, looks)
    years, unit = impact.budget.years, impact.get("now", 0, measure).unit
    points = {look.arm: [_point(impact, look.arm, year, measure) for year in range(years)] for look in looks}
    have = impact.team.practitioners if measure == PRACTITIONERS else math.nan
    values = [v for series in points.values() for point in series for v in point if math.isfinite(v)]
    plot = _framed(sheet, impact, nice_ticks(0, max([*values, 0.0 if math.isnan(have) else have, 1e-9]), 5), unit)
    if not math.isnan(have):
        sheet.line([plot.x.start, plot.x.end], [plot.y(have)] * 2, SOFT, 1.2, _DASHED)
    for look, shift in zip(looks, (-0.06, 0.06), strict=True):
        xs = [plot.x(year + shift) for year in range(years)]
        series = points[look.arm]
        sheet.lines([(x, plot.y(low), x, plot.y(high)) for x, (_, low, high) in zip(xs, series, strict=True)
                     if math.isfinite(low)], INK, 1.2)  # fmt: skip
        _series(sheet, look, xs, [plot.y(at) for at, _, _ in series])
    said = "; ".join(
        f"{impact.years[year]} {in_cell(unit, now)} now, {in_cell(unit, after)} after"
        for year, ((now, _, _), (after, _, _)) in enumerate(zip(points["now"], points["after"], strict=True))
    )
    more = f" Dashed: the {have:g} that there are." if not math.isnan(have) else ""
    caption = "Counted in the year in which the course begins." if measure == LASTING_RELIEF else "Not discounted." \
        if unit.is_money else f"Nobody waits in this sum: see simulate clinic.{more}"  # fmt: skip
    return FigureFile(
        name, "helped" if measure == LASTING_RELIEF else "payer" if unit.is_money else "work", title,
        f"Two lines by year: {said}.", caption, sheet.finish(),
        Source("budget", scenario=member.name, mix=("now", "after"), measure=measure, arm="all"),
    )  # fmt: skip


def _uptake(member: Member, name: str) -> FigureFile:
    impact = member.impact
    title = "Who gets what after the change"
    looks = [look_at(k, arm, impact.arm_label(arm)) for k, arm in enumerate(impact.arms)]
    sheet = Sheet(title, "Share of the people who begin in the year. Small marks at the left: now, in the first year.")
    legend(sheet, looks)
    years = impact.budget.years
    shares = {
        (mix, look.arm): [_share(impact, mix, year, look.arm) for year in range(years)]
        for mix in ("now", "after")
        for look in looks
    }
    top = max(value for series in shares.values() for value in series)
    plot = _framed(sheet, impact, nice_ticks(0, max(top, 0.01), 5), None)
    for look in looks:
        sheet.dots([plot.x.start + 5], [plot.y(shares["now", look.arm][0])], look.marker, look.colour, 4.5)
        xs = [plot.x(year) for year in range(years)]
        _series(sheet, look, xs, [plot.y(v) for v in shares["after", look.arm]])
    said = "; ".join(
        f"{look.label} {shares['now', look.arm][0]:.0%} now, {shares['after', look.arm][0]:.0%} in the first and "
        f"{shares['after', look.arm][-1]:.0%} in the last year" for look in looks
    )  # fmt: skip
    return FigureFile(
        name, "people", title, f"A line by arm: {said}.".replace("%", " %"), "As the scenario states it.",
        sheet.finish(), Source("budget", scenario=member.name, measure=STARTING),
    )  # fmt: skip


def _cases(member: Member, name: str) -> FigureFile:
    base = member.impact.get("change", TOTAL, PAYER_COST)
    title = "With one thing stated otherwise"
    sheet = Sheet(title, "What the payer pays more over all years. Upright line: as stated.")
    shown = sorted(member.cases, key=lambda case: -abs(_at(case) - base.estimate))[:MOST_CASES]
    look, unit = look_at(2, "case", ""), base.unit
    rows = [
        Row(case.name.replace("_", " "), in_cell(unit, _at(case), signed=True), look, _at(case), also=base.estimate)
        for case in shown
    ]
    ticks = spanning([*(row.at for row in rows), base.estimate], about=4)
    row_chart(sheet, [Group("", rows)], ticks, lambda v: _axis(unit, v), stems=True, zero=True)
    left = len(member.cases) - len(shown)
    said = "; ".join(f"{row.label} {row.number}" for row in rows)
    return FigureFile(
        name, "cases", title,
        f"Bars of what the payer pays more; as stated {in_cell(unit, base.estimate, signed=True)}: {said}.",
        "The same patients with the same luck; what moves it most stands first."
        + (f" {left} more are in the table." if left else ""),
        sheet.finish(), Source("cases", scenario=member.name, measure=PAYER_COST, mix="change"),
    )  # fmt: skip


def _at(case: Case) -> float:
    return case.impact.get("change", TOTAL, PAYER_COST).estimate


def _share(impact: Impact, mix: str, year: int, arm: str) -> float:
    people = impact.get(mix, year, STARTING).estimate
    return impact.get(mix, year, STARTING, arm).estimate / people if people else 0.0


def _point(impact: Impact, mix: str, year: int, measure: str) -> tuple[float, float, float]:
    one = impact.get(mix, year, measure)
    _, low, high = impact.doubt(mix, year, measure)
    return (one.estimate, one.lower, one.upper) if math.isnan(low) else (one.estimate, low, high)


def _series(sheet: Sheet, look: Look, xs: Sequence[float], ys: Sequence[float]) -> None:
    sheet.line(xs, ys, look.colour, 1.8, look.line)
    sheet.dots(xs, ys, look.marker, look.colour, 6.0)


def _framed(sheet: Sheet, impact: Impact, y_ticks: Sequence[float], unit: Unit | None) -> Frame:
    years = impact.budget.years
    words = [_axis(unit, v) for v in y_ticks]
    left = LEFT + max(text_width(word, NOTE_SIZE) for word in words) + 8
    box = (left, sheet.y + 8, RIGHT - 14, sheet.y + 8 + HEIGHT)
    step = math.ceil(years / 7)
    plot = frame(
        sheet, box, [float(year) for year in range(0, years, step)], y_ticks, x_limits=(-0.4, years - 0.6),
        x_text=lambda v: impact.years[int(np.rint(v))], y_text=lambda v: _axis(unit, v),
        x_title="year",
    )  # fmt: skip
    sheet.y = box[3] + 34
    return plot


def _axis(unit: Unit | None, value: float) -> str:
    """Return a number at an axis: large ones in thousands or millions."""
    if unit is None:
        return f"{100 * value:g} %"
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= size:
            body = f"{abs(value) / size:g}{letter}"
            break
    else:
        body = f"{abs(value):g}"
    return f"{MINUS if value < 0 else ''}{unit.before}{body}"


def _interval_words(impact: Impact) -> str:
    return "95 % of the draws" if impact.draws else "95 % interval of the simulation"
