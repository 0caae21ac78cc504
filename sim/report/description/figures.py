"""Figures of a description: pain by visit, who goes on coming, missed appointments, and returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.learn.cells_shown import Described
from sim.learn.describe import Description
from sim.report.description.returns import return_curve
from sim.report.drawing.appearance import INK, NOTE_SIZE, SOFT, look_at, settings
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Frame, Sheet, Source, frame, nice_ticks
from sim.report.drawing.row_chart import Group, Row, row_chart, spanning
from sim.report.words.numbers import capital, format_count, with_error
from sim.units import SHARE

_PLACE = 2
_SHARES = [0, 0.25, 0.5, 0.75, 1.0]
_MOST_COUNTS = 8
"""Numbers of patients that fit below an axis."""


def description_figures(found: Description) -> list[FigureFile]:
    """Return every figure that there is something to show in."""
    with settings():
        drawn = (_pain(found), _coming(found), _no_shows(found), _spacing(found), _returns(found))
        return [figure for figure in drawn if figure is not None]


def _by_visit(found: Description, topic: str, statistic: str) -> list[tuple[int, Described]]:
    return [(int(one.at.removeprefix("visit ")), one) for one in found.about(topic, None, statistic) if one.is_shown]


def _pain(found: Description) -> FigureFile | None:
    points = _by_visit(found, "pain", "mean")
    if len(points) < 2:
        return None
    title = "Reported pain, visit by visit"
    sheet = Sheet(title, "Mean in points, of whoever came and was asked. Band: 95 % interval. Below: patients.")
    low, high = min(one.lower for _, one in points), max(one.upper for _, one in points)
    ticks = nice_ticks(max(0.0, min(low, 2.0)), min(10.0, high), 5)
    plot = _frame(sheet, [float(k) for k, _ in points], ticks, "visit")
    _band(sheet, plot, [(float(k), one) for k, one in points])
    _counts(sheet, plot, [(float(k), one.patients or 0) for k, one in points])
    said = "; ".join(f"visit {k} {with_error(one)}" for k, one in points)
    return FigureFile(
        "pain_by_visit", "pain", title, f"Mean reported pain by visit: {said}.",
        "Whoever comes to a late visit is not the same as all who came to the first: those who got well, and those who "
        "gave up, have left.",
        sheet.finish(), Source("summary", topic="pain"),
    )  # fmt: skip


def _coming(found: Description) -> FigureFile | None:
    points = _by_visit(found, "still coming", "share")
    if len(points) < 2:
        return None
    title = "Who goes on coming"
    sheet = Sheet(title, "Share of all who began who came to so many visits. Band: 95 % interval.")
    plot = _frame(sheet, [float(k) for k, _ in points], _SHARES, "visits", percent=True)
    _band(sheet, plot, [(float(k), one) for k, one in points])
    said = "; ".join(f"{k} visits {with_error(one)}" for k, one in points)
    return FigureFile(
        "still_coming", "attendance", title, f"Share of patients who came to so many visits: {said}.",
        "A course that was planned to be short ends here like one that was broken off.",
        sheet.finish(), Source("summary", topic="still coming"),
    )  # fmt: skip


def _no_shows(found: Description) -> FigureFile | None:
    return _rows(
        found, "no-shows", "no_shows", "attendance", "Appointments missed", "Share missed. Line: 95 % interval.",
        "The longer ahead a visit is booked, the more may come between; who books late may also be another kind of "
        "patient.",
        leave_out=("patients who missed none",),
    )  # fmt: skip


def _spacing(found: Description) -> FigureFile | None:
    return _rows(
        found, "spacing", "spacing", "spacing", "Days from one visit to the next",
        "Share of all gaps between visits that took place. Line: 95 % interval.",
        "A visit that was missed makes the gap longer.", leave_out=("all", "as usual, or a day off"),
    )  # fmt: skip


def _nearest(at_risk: Mapping[int, int], day: float) -> int:
    """Return how many are watched on the day that is nearest to one."""
    return at_risk[min(at_risk, key=lambda one: abs(one - day))]


def _rows(
    found: Description, topic: str, name: str, section: str, title: str, note: str, caption: str,
    leave_out: Sequence[str],
) -> FigureFile | None:  # fmt: skip
    shown = [one for one in found.about(topic) if one.is_shown and one.at not in leave_out]
    if not shown:
        return None
    sheet = Sheet(title, note)
    look = look_at(_PLACE, topic, topic)
    rows = [Row(capital(one.at), with_error(one), look, one.estimate, one.lower, one.upper) for one in shown]
    ticks = spanning([min(one.upper, 1.0) for one in shown])
    row_chart(sheet, [Group("", rows)], ticks, SHARE.at_axis)
    said = "; ".join(f"{one.at} {with_error(one)}" for one in shown)
    return FigureFile(
        name, section, title, f"{title}: {said}.", caption, sheet.finish(), Source("summary", topic=topic),
    )  # fmt: skip


def _returns(found: Description) -> FigureFile | None:
    rows = return_curve(found)
    shown = [(float(row.day), row.estimate) for row in rows if row.estimate.is_shown]
    if len(shown) < 2 or found.returns is None:
        return None
    title = "When the complaint came back"
    sheet = Sheet(title, "Share in whom it had come back, as far as they were asked. Band: 95 % interval.")
    last = shown[-1][0]
    step = next(days for days in (7, 14, 30, 60, 90, 180, 360, 720, 1800, 20_000) if last / days <= 5)
    days = [float(step * k) for k in range(int(last // step) + 1)]
    highest = max((one.upper if one.upper == one.upper else one.estimate) for _, one in shown)
    plot = _frame(
        sheet, days, nice_ticks(0, min(1.0, max(0.05, highest)), 5), "days since the last visit", percent=True,
        limits=(0, max(last, 1.0)),
    )  # fmt: skip
    _band(sheet, plot, shown)
    at_risk = {row.day: row.at_risk for row in rows}
    _counts(sheet, plot, [(day, _nearest(at_risk, day)) for day in days])
    return FigureFile(
        "returns", "returns", title,
        f"Share in whom the complaint came back, by days since the last visit: by day {last:g} "
        f"{with_error(shown[-1][1])}. {format_count(found.returns.asked)} patients were asked.",
        "Turnbull's estimate, as Kaplan and Meier's but for intervals: it came back between the last no and the first "
        "yes, and when in between is not known. Below the axis: patients still watched.",
        sheet.finish(), Source("returns"),
    )  # fmt: skip


def _frame(
    sheet: Sheet, across: Sequence[float], up: Sequence[float], title: str, *, percent: bool = False,
    limits: tuple[float, float] | None = None,
) -> Frame:  # fmt: skip
    top = sheet.y + 6
    box = (LEFT + 36, top, RIGHT - 10, top + 170)
    step = max(1, -(-len(across) // 12)) if limits is None else 1
    text = SHARE.at_axis if percent else lambda value: f"{value:g}"
    plot = frame(
        sheet, box, list(across)[::step], up, x_limits=limits or (across[0] - 0.3, across[-1] + 0.3), y_text=text,
        x_title=title,
    )  # fmt: skip
    sheet.y = box[3] + 30
    return plot


def _band(sheet: Sheet, plot: Frame, points: Sequence[tuple[float, Described]]) -> None:
    look = look_at(_PLACE, "", "")
    xs, middle, low, high = [], [], [], []
    for x, one in points:
        known = one.lower == one.lower
        xs.append(x)
        middle.append(one.estimate)
        low.append(one.lower if known else one.estimate)
        high.append(one.upper if known else one.estimate)
    sheet.area(plot.x.of(xs), plot.y.of(low), plot.y.of(high), look.colour, 0.25)
    sheet.line(plot.x.of(xs), plot.y.of(middle), look.colour, 1.8)
    if len(points) <= 25:
        sheet.dots(plot.x.of(xs), plot.y.of(middle), "o", look.colour, 5.0)


def _counts(sheet: Sheet, plot: Frame, counts: Sequence[tuple[float, int]]) -> None:
    """Write numbers of patients below the axis, as many as fit."""
    step = -(-len(counts) // _MOST_COUNTS)
    sheet.y += 12
    for x, count in counts[::step]:
        sheet.text(plot.x(x), sheet.y, format_count(count), size=NOTE_SIZE, colour=SOFT, align="center")
    sheet.text(LEFT, sheet.y, "n", size=NOTE_SIZE, colour=INK)
    sheet.y += 4
