"""Figures of single patients: one patient's course under every arm, with the same luck."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from sim.quantities import DAY_42
from sim.report.drawing.appearance import INK, NOTE_SIZE, PALE, SOFT, TEXT_SIZE, Look, looks, text_width, wrapped
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Frame, Sheet, Source, band, frame
from sim.report.words.numbers import of_hundred
from sim.study.results import Panel
from sim.study.trajectories import ExampleCourse, ExamplePatient
from sim.units import DAYS

STANDING = ("has less pain than most", "is in the middle", "has more pain than most")
EVENTS: dict[str, tuple[str, str, str]] = {
    "reading": ("o", "white", "what the patient reports"),
    "relief": ("*", INK, "first visit with relief"),
    "sore": ("^", "#D55E00", "sore"),
    "bruised": ("s", "#CC79A7", "bruise"),
    "missed": ("x", INK, "visit missed"),
    "switched": (">", "#0072B2", "switch of treatment"),
    "relapse": ("v", "#D55E00", "relapse"),
}
"""Marker, colour and words of what can happen; the names are used below and in the legend."""
LANES = {"sore": 0, "missed": 0, "bruised": 1, "switched": 2}


def patient_figures(panel: Panel) -> Iterator[FigureFile]:
    """Yield a figure for each of the panel's example patients."""
    whole = len(panel.examples) == len(STANDING)
    for i, patient in enumerate(panel.examples):
        yield _patient(panel, patient, i + 1, STANDING[i] if whole else "")


def _patient(panel: Panel, patient: ExamplePatient, index: int, standing: str) -> FigureFile:
    scenario = panel.result.study.scenario
    title = f"A patient who {standing}" if standing else f"Patient {patient.number}"
    profile = scenario.profile_label(patient.profile)
    baseline = DAYS.number(patient.baseline_pain, bare=True)
    note = f"Patient {patient.number}: {profile}, pain {baseline} at the start. Line: pain; shaded: the course."
    sheet = Sheet(title, note)
    arms = looks(scenario)
    columns = min(2, len(arms))
    width = (RIGHT - LEFT - 22 - (columns - 1) * 16) / columns
    last = max(float(course.path_days[-1]) for course in patient.courses.values())
    ticks = (
        [42.0 * k for k in range(int(last // 42) + 1)] if last < 260 else [91.0 * k for k in range(int(last // 91) + 1)]
    )
    seen: set[str] = set()
    for start in range(0, len(arms), columns):
        row = arms[start : start + columns]
        names = [wrapped(look.label, width - 14, TEXT_SIZE, bold=True, lines=2) for look in row]
        lanes = max(
            (LANES[n] + 1 for n in LANES for look in row if getattr(patient.courses[look.arm], n).any()), default=0
        )
        top = sheet.y + 13.0 * max(len(name) for name in names) + 5 + 7.5 * lanes
        for k, (look, name) in enumerate(zip(row, names, strict=True)):
            left = LEFT + 20 + k * (width + 16)
            for i, text in enumerate(name):
                sheet.text(left + 12, sheet.y + 11 + 13 * i, text, bold=True)
            sheet.look(left + 4, sheet.y + 7.5, look)
            course = patient.courses[look.arm]
            box = (left, top, left + width - 6, top + 84)
            shade = left + (width - 6) * min(course.end_day / last, 1)
            band(sheet, left, shade, box[1], box[3], PALE)
            plot = frame(
                sheet, box, ticks, [0, 2, 4, 6, 8, 10], x_limits=(0, last),
                y_text=(lambda v: f"{v:g}") if k == 0 else None,
            )  # fmt: skip
            seen |= _course(sheet, plot, course, look)
        sheet.y = top + 84 + 20
    sheet.y += 8
    sheet.text((LEFT + RIGHT) / 2, sheet.y, "days since the first visit", size=NOTE_SIZE, colour=SOFT, align="center")
    _legend(sheet, seen)
    words = [f"{look.label}: {_words(patient.courses[look.arm])}" for look in arms]
    return FigureFile(
        f"patient_{index}",
        "patients",
        title,
        f"Pain of one simulated patient over {last:g} days, {baseline} points at the start. {'; '.join(words)}.",
        _caption(patient, standing, relapses=scenario.relapse.form == "episodes"),
        sheet.finish(),
        Source("examples", patient=patient.number),
    )


def _caption(patient: ExamplePatient, standing: str, *, relapses: bool) -> str:
    said = []
    if standing:
        said.append(
            f"Chosen by pain on day {DAY_42}, averaged over the arms: {of_hundred(patient.less_pain)} of 100 patients "
            "have less."
        )
    said.append(
        "The same simulated person with the same luck under every arm; one of many, and no forecast for anybody."
    )
    if relapses:
        count = sum(len(course.relapse_days) > 0 for course in patient.courses.values())
        said.append(
            f"A relapse begins a new episode, from which pain falls again: there is one in {count} of these "
            f"{len(patient.courses)} courses, and in {of_hundred(patient.relapsing)} of 100 of all."
        )
    return " ".join(said)


def _course(sheet: Sheet, plot: Frame, course: ExampleCourse, look: Look) -> set[str]:
    """Draw a course; return which events are seen in it."""
    sheet.line(plot.x.of(course.path_days), plot.y.of(course.path), look.colour, 1.8)
    seen: set[str] = set()
    days = course.visit_days + 1
    read = np.isfinite(course.reading) & course.attended
    if read.any():
        _mark(sheet, "reading", plot.x.of(days[read]), plot.y.of(course.reading[read]), 4.0)
        seen.add("reading")
    top = plot.y.end
    for name, lane in LANES.items():
        happened = getattr(course, name)
        if happened.any():
            xs = plot.x.of(days[happened])
            _mark(sheet, name, xs, np.full(len(xs), top - 5 - 7 * lane), 5.0)
            seen.add(name)
    if course.relieved.any():
        first = int(np.argmax(course.relieved))
        _mark(sheet, "relief", [plot.x(days[first])], [plot.y(float(course.pain[first]))], 10.0)
        seen.add("relief")
    if len(course.relapse_days):
        at = np.interp(course.relapse_days, course.path_days, course.path)
        _mark(sheet, "relapse", plot.x.of(course.relapse_days), plot.y.of(at) - 6, 7.0)
        seen.add("relapse")
    return seen


def _mark(sheet: Sheet, name: str, xs: object, ys: object, size: float) -> None:
    marker, colour, _ = EVENTS[name]
    edge = INK if name == "reading" else colour if marker == "x" else "white"
    width = 1.6 if marker == "x" else 0.8 if name == "reading" else 0.5
    sheet.dots(xs, ys, marker, colour, size, edge=edge, edge_width=width)  # type: ignore[arg-type]


def _legend(sheet: Sheet, seen: set[str]) -> None:
    sheet.y += 17
    x = LEFT
    for name, (_, _, words) in EVENTS.items():
        if name not in seen:
            continue
        needed = 14 + text_width(words, NOTE_SIZE)
        if x > LEFT and x + needed > RIGHT:
            x, sheet.y = LEFT, sheet.y + 15
        _mark(sheet, name, [x + 5], [sheet.y - 3.5], 9.0 if name == "relief" else 6.0)
        sheet.text(x + 13, sheet.y, words, size=NOTE_SIZE, colour=SOFT)
        x += needed + 14


def _words(course: ExampleCourse) -> str:
    """Return what happened in a course, in a few words."""
    attended = int(course.attended.sum())
    end = course.pain[np.isfinite(course.pain)]
    left = DAYS.number(float(end[-1]) if len(end) else math.nan, bare=True)
    parts = [f"{attended} visit{'s' if attended != 1 else ''}, pain {left} after the last"]
    if course.relieved.any():
        parts.append(f"relief first found at visit {int(np.argmax(course.relieved)) + 1}")
    else:
        parts.append("no relief found at a visit")
    for name, word in (("sore", "sore"), ("bruised", "bruised"), ("missed", "missed")):
        if count := int(getattr(course, name).sum()):
            parts.append(f"{word} {count} time{'s' if count != 1 else ''}")
    if len(course.relapse_days):
        days = [f"{day:.0f}" for day in course.relapse_days]
        parts.append(f"relapse on day {days[0]}" if len(days) == 1 else f"relapses on days {', '.join(days)}")
    return ", ".join(parts)
