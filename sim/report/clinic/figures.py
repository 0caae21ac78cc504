"""Figures of a clinic: the calendar, waits, load by week, and what staffing or treatment changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sim.capacity.assess import Assessment
from sim.capacity.catalogue import MEASURE
from sim.capacity.measures import WAITED
from sim.capacity.replicate import Replications, mean_of
from sim.estimate.estimate import Estimate
from sim.report.clinic.calendar_figure import calendar_figure
from sim.report.clinic.words import number, of, people, target_words, whole_days
from sim.report.drawing.appearance import INK, NOTE_SIZE, PALE, SOFT, Look, look_at, settings, text_width
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Frame, Sheet, Source, band, frame, legend, nice_ticks
from sim.units import HOURS, SHARE

HEIGHT = 170.0
_SAID = (
    ("1 hour", 1 / 24), ("4 hours", 4 / 24), ("1 day", 1.0), ("3 days", 3.0), ("7 days", 7.0), ("14 days", 14.0),
    ("28 days", 28.0),
)  # fmt: skip
"""Waits whose shares the figure says in words."""
_DASHED = (0, (4, 2.5))


def clinic_figures(found: Assessment) -> list[FigureFile]:
    """Return every figure that there is something to show in."""
    with settings():
        return list(_figures(found))


def _figures(found: Assessment) -> Iterator[FigureFile]:
    asked = not math.isnan(found.base.estimate("wait_mean_days").estimate)
    if asked and found.model.clinic.booking.form == "appointments":
        yield _waits(found)
    if asked:
        yield _waiting(found)
    yield calendar_figure(found)
    yield _load(found)
    if found.staffing is not None and len(found.staffing.runs) > 1:
        if asked and found.model.clinic.booking.form == "appointments":
            yield _staffing(found)
        yield _frontier(found)
    if found.policies is not None:
        yield _treatments(found)


def _waits(found: Assessment) -> FigureFile:
    runs = found.base
    goal = float(found.model.clinic.goals.first_visit_within)
    waits = np.stack([one.waits for one in runs.measured])
    mean = waits.mean(axis=0)
    low, high = np.quantile(waits, (0.05, 0.95), axis=0)
    reached, longest = np.flatnonzero(mean >= 0.995), round(WAITED[-1])
    last = min(max(math.ceil(WAITED[reached[0]]) if len(reached) else longest, math.ceil(goal) + 1, 7), longest)
    title = "How soon people start"
    sheet = Sheet(title, "Share of those who ask whose first free date is within so many days. "
                         "Band: nine in ten replications.")  # fmt: skip
    plot = _frame(sheet, last, [0, 0.25, 0.5, 0.75, 1.0], "days from asking to the first visit", _percent)
    shown = last >= WAITED
    xs = plot.x.of(WAITED[shown])
    sheet.area(xs, plot.y.of(low[shown]), plot.y.of(high[shown]), "#0072B2", 0.25)
    sheet.line(xs, plot.y.of(mean[shown]), "#00456b", 2.0)
    x = plot.x(goal)
    sheet.line([x, x], [plot.y(0), plot.y(1)], SOFT, 1.2, _DASHED)
    words = f"within {whole_days(goal)}: {of(runs, 'wait_within')}"
    is_right = x + 6 + text_width(words, NOTE_SIZE) <= RIGHT - 2
    sheet.text(
        x + 6 if is_right else x - 6,
        plot.y(0.05 if np.interp(goal, WAITED, mean) > 0.5 else 0.93),
        words,
        size=NOTE_SIZE,
        align="left" if is_right else "right",
    )
    said = "; ".join(
        f"{words} {SHARE.number(float(np.interp(days, WAITED, mean)), 0.005)}" for words, days in _SAID if days <= last
    )
    return FigureFile(
        "waits", "waiting", title,
        f"Rising curve: share of those who ask who are offered a first visit within so long. {said}.",
        "People who go elsewhere because the first free date is too late are counted with that date. "
        f"Dashed: the goal of {whole_days(goal)}.",
        sheet.finish(), Source("waits"),
    )  # fmt: skip


def _waiting(found: Assessment) -> FigureFile:
    title = "Who waits for a first visit"
    sheet = Sheet(title, "People with a first visit to come, by week. Line: mean; band: nine in ten replications.")
    mean, low, high = found.base.weekly("waiting")
    ticks = nice_ticks(0, max(float(high.max()), 1.0), 5)
    plot = _frame(sheet, len(mean), ticks, "week")
    _warm_up(sheet, plot, found.base.warm_up.weeks, ticks)
    xs = plot.x.of(np.arange(len(mean)) + 0.5)
    sheet.area(xs, plot.y.of(low), plot.y.of(high), "#0072B2", 0.25)
    sheet.line(xs, plot.y.of(mean), "#00456b", 2.0)
    return FigureFile(
        "waiting", "waiting", title,
        f"Line by week: people waiting for their first visit. Week 1 {mean[0]:.0f}, middle {mean[len(mean) // 2]:.0f}, "
        f"last {mean[-1]:.0f}; {of(found.base, 'waiting')} on average over the weeks that are counted.",
        f"{_grey(found.base)} A line that rises to the end means that the clinic cannot keep up.",
        sheet.finish(), Source("weekly", measure="waiting"),
    )  # fmt: skip


def _load(found: Assessment) -> FigureFile:
    title = "How full the clinic is, week by week"
    sheet = Sheet(title, "Share of the time booked. Line: mean; band: nine in ten replications.")
    entries = [look_at(2, "utilisation", "practitioners"), look_at(4, "room_use", "rooms")]
    legend(sheet, entries)
    series = [found.base.weekly(look.arm) for look in entries]
    top = max(1.0, *(float(high.max()) for _, _, high in series))
    ticks = [0, 0.25, 0.5, 0.75, 1.0] if top <= 1.0 else nice_ticks(0, top, 5)
    weeks = len(series[0][0])
    plot = _frame(sheet, weeks, ticks, "week", _percent)
    _warm_up(sheet, plot, found.base.warm_up.weeks, ticks)
    xs = plot.x.of(np.arange(weeks) + 0.5)
    for look, (mean, low, high) in zip(entries, series, strict=True):
        sheet.area(xs, plot.y.of(low), plot.y.of(high), look.colour, 0.22)
        sheet.line(xs, plot.y.of(mean), look.colour, 1.8, look.line)
    return FigureFile(
        "load", "load", title,
        f"Two lines by week. Practitioners' time booked: {of(found.base, 'utilisation')} on average; rooms in use: "
        f"{of(found.base, 'room_use')}.",
        f"{_grey(found.base)} Rooms: of the hours in which anybody works.",
        sheet.finish(), Source("weekly", measure=("utilisation", "room_use")),
    )  # fmt: skip


def _staffing(found: Assessment) -> FigureFile:
    staffing = found.staffing
    assert staffing is not None
    target = staffing.target
    name = target.measure if target else "wait_p90_days"
    measure = MEASURE[name]
    share = measure.unit.is_share
    title = "Staffing"
    unit = "" if share or measure.unit.is_money else f" ({measure.unit.on_axis})"
    sheet = Sheet(title, f"{measure.label}{unit}, with the 95 % interval, by number of practitioners.")
    estimates = [runs.estimate(name) for runs in staffing.runs]
    ends = [v for one in estimates for v in (one.lower, one.upper) if math.isfinite(v)]
    ends += [target.value] if target else []
    ticks = nice_ticks(min(0.0, *ends), max(*ends, 0.01), 5)
    plot = _numbered(sheet, staffing.numbers, ticks, _percent if share else _plain)
    if target:
        y = plot.y(target.value)
        sheet.line([plot.x.start, plot.x.end], [y, y], SOFT, 1.2, _DASHED)
    xs = [plot.x(n) for n in staffing.numbers]
    sheet.line(xs, plot.y.of([one.estimate for one in estimates]), "#00456b", 1.4)
    for x, one in zip(xs, estimates, strict=True):
        _bar(sheet, plot, x, one)
    if target and staffing.smallest is not None:
        at = staffing.numbers.index(staffing.smallest)
        turn = np.linspace(0, 2 * np.pi, 33)
        y = plot.y(estimates[at].estimate)
        sheet.line(xs[at] + 9 * np.cos(turn), y + 9 * np.sin(turn), INK, 1.6)
    said = "; ".join(f"{people(n)} {number(one)}" for n, one in zip(staffing.numbers, estimates, strict=True))
    aim = f" Dashed: the target ({target_words(target)}); ring: the smallest staffing that meets it." if target else ""
    return FigureFile(
        "staffing", "staffing", title, f"{measure.label} by number of practitioners: {said}.",
        f"Rooms stay as they are: {found.model.rooms}.{aim}", sheet.finish(), Source("summary"),
    )  # fmt: skip


@dataclass(frozen=True)
class _Point:
    look: Look
    label: str
    hours: Estimate
    lasting: Estimate


def _frontier(found: Assessment) -> FigureFile:
    staffing = found.staffing
    assert staffing is not None
    points = [
        _Point(
            look_at(2, str(n), str(n)), people(n), runs.estimate("hours_per_week"), runs.estimate("lasting_per_week")
        )
        for n, runs in zip(staffing.numbers, staffing.runs, strict=True)
    ]
    title = "Lasting relief for practitioners' hours"
    sheet = Sheet(title, "Lastingly relieved patients a week, by hours on duty a week.")
    _points(sheet, points, "practitioners' hours on duty a week", joined=True)
    return FigureFile(
        "frontier", "staffing", title, _said(points),
        "Where the line is flat, more hours bring nobody lasting relief: rooms or demand set the limit.",
        sheet.finish(), Source("summary"),
    )  # fmt: skip


def _treatments(found: Assessment) -> FigureFile:
    policies = found.policies
    assert policies is not None
    points = []
    for place, (arm, runs) in enumerate(zip(policies.arms, policies.runs, strict=True)):
        label = found.model.scenario.arm_label(arm)
        used = runs.values("utilisation") * runs.values("hours_per_week")
        points.append(
            _Point(look_at(place, arm, label), label, mean_of(used, HOURS), runs.estimate("lasting_per_week"))
        )
    title = "Lasting relief for the hours it takes"
    sheet = Sheet(title, "Lastingly relieved patients a week, by practitioners' hours booked a week.")
    legend(sheet, [point.look for point in points])
    _points(sheet, points, "practitioners' hours booked a week", joined=False)
    return FigureFile(
        "treatments", "treatments", title, _said(points),
        "Up and to the left is better: more patients with lasting relief, in fewer hours. Bars: 95 % intervals.",
        sheet.finish(), Source("summary"),
    )  # fmt: skip


def _points(sheet: Sheet, points: Sequence[_Point], x_title: str, *, joined: bool) -> None:
    xs = [v for p in points for v in (p.hours.lower, p.hours.upper, p.hours.estimate) if math.isfinite(v)]
    ys = [v for p in points for v in (p.lasting.lower, p.lasting.upper, 0.0) if math.isfinite(v)]
    x_ticks, y_ticks = nice_ticks(min(0.0, *xs), max(xs), 5), nice_ticks(min(ys), max(*ys, 0.5), 5)
    box = (LEFT + 36, sheet.y + 8, RIGHT - 12, sheet.y + 8 + HEIGHT)
    plot = frame(sheet, box, x_ticks, y_ticks, x_title=x_title)
    places = [(plot.x(p.hours.estimate), plot.y(p.lasting.estimate)) for p in points]
    if joined:
        sheet.line([x for x, _ in places], [y for _, y in places], "#00456b", 1.4)
    for point, (x, y) in zip(points, places, strict=True):
        low, high = plot.y(point.lasting.lower), plot.y(point.lasting.upper)
        sheet.line([x, x], [low, high], INK, 1.2)
        if not joined:
            left, right = plot.x(point.hours.lower), plot.x(point.hours.upper)
            sheet.line([left, right], [y, y], INK, 1.2)
        sheet.look(x, y, point.look, 7.0)
        if joined:
            # The line rises or is flat, so there is room below and to the right of a point.
            sheet.text(
                min(x + 7, RIGHT - text_width(point.look.label, NOTE_SIZE)), y + 16, point.look.label, size=NOTE_SIZE
            )
    sheet.y = box[3] + 30


def _said(points: Sequence[_Point]) -> str:
    return (
        "Points: "
        + "; ".join(f"{p.label} {number(p.lasting)} patients a week in {number(p.hours)} hours" for p in points)
        + "."
    )


def _frame(sheet: Sheet, last: float, ticks: Sequence[float], title: str, y_text: object = None) -> Frame:
    top = sheet.y + 6
    box = (LEFT + 40, top, RIGHT - 10, top + HEIGHT)
    step = next(s for s in (1, 2, 3, 5, 7, 10, 13, 14, 21, 26, 52, 104, 208) if last / s <= 6)
    x_ticks = [float(step * k) for k in range(int(last // step) + 1)]
    text = y_text if callable(y_text) else _plain
    plot = frame(sheet, box, x_ticks, ticks, x_limits=(0, float(last)), y_text=text, x_title=title)
    sheet.y = box[3] + 30
    return plot


def _numbered(sheet: Sheet, numbers: Sequence[int], ticks: Sequence[float], y_text: object) -> Frame:
    top = sheet.y + 6
    box = (LEFT + 44, top, RIGHT - 12, top + HEIGHT)
    step = max(1, math.ceil(len(numbers) / 12))
    x_ticks = [float(n) for n in numbers[::step]]
    text = y_text if callable(y_text) else _plain
    plot = frame(
        sheet, box, x_ticks, ticks, x_limits=(numbers[0] - 0.4, numbers[-1] + 0.4), y_text=text, x_title="practitioners"
    )
    sheet.y = box[3] + 30
    return plot


def _bar(sheet: Sheet, plot: Frame, x: float, one: Estimate) -> None:
    if math.isnan(one.estimate):
        return
    if math.isfinite(one.lower):
        sheet.line([x, x], [plot.y(one.lower), plot.y(one.upper)], INK, 1.4)
    sheet.dots([x], [plot.y(one.estimate)], "o", "#00456b", 7)


def _warm_up(sheet: Sheet, plot: Frame, weeks: int, ticks: Sequence[float]) -> None:
    if weeks:
        band(sheet, plot.x(0), plot.x(weeks), plot.y(ticks[-1]), plot.y(ticks[0]), PALE)


def _grey(runs: Replications) -> str:
    if not runs.warm_up.weeks:
        return "All weeks are counted."
    return f"Grey: the first {runs.warm_up.weeks} weeks, while the clinic fills; they are not counted."


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _plain(value: float) -> str:
    return f"{value:,.6g}"
