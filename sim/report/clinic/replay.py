"""A week of a clinic as a picture, and what a page needs to play it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence

from sim.capacity.assess import Assessment
from sim.capacity.recorded_week import Visit
from sim.report.drawing.appearance import GRID, INK, NOTE_SIZE, SOFT, shortened, text_width
from sim.report.drawing.figure import LEFT, RIGHT, WIDTH, FigureFile, Scale, Sheet, Source, band
from sim.scenario.clinic import DAY_MINUTES

ROW = 14.0
"""Height of a practitioner's row."""
NUMBER_SIZE = 8.0
MOST_SHOWN = 8
"""Practitioners that the picture has room for; the replay has all."""
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LABELS = 84.0
_TREATED, _FREE = "#08519c", "#dfe6ee"


class Replay:
    """A recorded week drawn: a panel a day, a row a practitioner, and the same week as JSON."""

    def __init__(self, found: Assessment) -> None:
        assert found.week is not None
        self._found, self._week = found, found.week
        self._labels = [one.label for one in found.model.team]
        week = self._week
        self._days = [
            day for day in range(7)
            if any(hours[day] for hours in week.hours) or any(_on(one, day) for one in week.visits)
        ]  # fmt: skip
        ends = [minute for hours in week.hours for day in hours for span in day for minute in span]
        for one in week.visits:
            day = max(one.start, 0.0) // DAY_MINUTES * DAY_MINUTES
            ends += [int(one.start - day), math.ceil(min(one.ends - day, DAY_MINUTES))]
        ends = [minute for minute in ends if 0 <= minute <= DAY_MINUTES]
        self._first = min(ends, default=8 * 60) // 60 * 60
        self._last = max(-(-max(ends, default=18 * 60) // 60) * 60, self._first + 60)
        self._panels: list[tuple[int, float, float]] = []
        self._height = 1.0

    @property
    def is_shown(self) -> bool:
        """Whether anything happens in the week."""
        return bool(self._days)

    def figure(self) -> FigureFile:
        """Return the picture of the week."""
        week = self._week
        title = f"A week as it went: week {week.number} of the first replication"
        sheet = Sheet(title, "Dark: with a patient, with the number of the room. Outlined: nobody came. Pale: free. "
                             "Blank: not on duty.")  # fmt: skip
        x = Scale(self._first, self._last, LEFT + _LABELS, RIGHT - 2)
        shown = self._labels[:MOST_SHOWN]
        for day in self._days:
            self._panel(sheet, x, day, shown)
        hours = [h for h in range(self._first // 60, self._last // 60 + 1) if (h - self._first // 60) % 2 == 0]
        for hour in hours:
            sheet.text(x(hour * 60), sheet.y + 8, f"{hour:02}", size=NOTE_SIZE, colour=SOFT, align="center")
        sheet.text(LEFT, sheet.y + 8, "Hour", size=NOTE_SIZE, colour=SOFT)
        sheet.y += 14
        drawing = sheet.finish()
        self._height = drawing.height
        most = f" The picture has the first {MOST_SHOWN} practitioners." if len(self._labels) > MOST_SHOWN else ""
        came = sum(one.came for one in week.visits)
        return FigureFile(
            "week", "week", title,
            f"A panel a day, a row a practitioner, time from left to right. {came} appointments with a patient, "
            f"{len(week.visits) - came} to which nobody came. "
            + " ".join(f"{DAY_NAMES[day]}: {self._said(day)}." for day in self._days),
            "Of the weeks that count and have visits, the one with a number nearest the mean. Appointments that were "
            f"given back are not shown.{most}",
            drawing, Source("weekly", week=week.number),
        )  # fmt: skip

    def _panel(self, sheet: Sheet, x: Scale, day: int, shown: Sequence[str]) -> None:
        sheet.y += 13
        sheet.text(LEFT, sheet.y - 2, DAY_NAMES[day], size=NOTE_SIZE, bold=True)
        sheet.text(RIGHT - 2, sheet.y - 2, self._said(day), size=NOTE_SIZE, colour=SOFT, align="right")
        sheet.y += 2
        top = sheet.y
        for worker, label in enumerate(shown):
            y = sheet.y
            sheet.text(LEFT, y + ROW - 4, _short(label), size=NOTE_SIZE)
            for start, end in self._week.hours[worker][day]:
                band(sheet, x(start), x(end), y + 1, y + ROW - 1, _FREE)
            for one in sorted(self._week.visits, key=lambda one: one.came):  # who came is drawn over who did not
                if one.worker == worker and _on(one, day):
                    self._bar(sheet, x, one, day, y)
            sheet.y += ROW
        bottom = sheet.y
        hours = range(self._first, self._last + 1, 60)
        sheet.lines([(x(minute), bottom, x(minute), bottom + 2) for minute in hours], SOFT, 0.6)
        sheet.lines([(x(self._first), bottom, x(self._last), bottom)], GRID, 0.8)
        self._panels.append((day, top, bottom))
        sheet.y += 6

    def _bar(self, sheet: Sheet, x: Scale, one: Visit, day: int, y: float) -> None:
        begins, ends = (one.begins, one.ends) if one.came else (one.start, one.end)
        left, right = x(begins - day * DAY_MINUTES) + 0.3, x(ends - day * DAY_MINUTES) - 0.3
        top, bottom = y + 1.5, y + ROW - 1.5
        if not one.came:
            band(sheet, left, right, top, bottom, "white")
            sheet.line([left, right, right, left, left], [top, top, bottom, bottom, top], INK, 0.8)
            return
        band(sheet, left, right, top, bottom, _TREATED)
        if right - left >= NUMBER_SIZE * 0.8 * len(str(one.room + 1)):
            sheet.text((left + right) / 2, bottom - 2.5, str(one.room + 1), size=NUMBER_SIZE, colour="white",
                       align="center")  # fmt: skip

    def _said(self, day: int) -> str:
        """Return a day in short: how many were seen and missed, and how many wait for a first visit at its end."""
        week, end = self._week, (day + 1) * DAY_MINUTES
        of_day = [one for one in week.visits if _on(one, day)]
        came = sum(one.came for one in of_day)
        wait = sum(one.since < end <= one.until for one in week.waiting)
        return f"{came} seen, {len(of_day) - came} missed, {wait} wait at its end"

    def data(self) -> str:
        """Return the week as JSON for the page; the figure has been drawn before."""
        week = self._week
        return json.dumps(
            {
                "workers": self._labels,
                "hours": week.hours,
                "visits": [_visit(one) for one in week.visits],
                "waiting": [
                    {
                        "patient": one.patient, "since": round(one.since, 2),
                        "until": round(one.until, 2) if math.isfinite(one.until) else None,
                    }
                    for one in week.waiting
                ],
                "first": self._first,
                "last": self._last,
                "left": (LEFT + _LABELS) / WIDTH,
                "right": (RIGHT - 2) / WIDTH,
                "days": [
                    {"day": day, "top": top / self._height, "bottom": bottom / self._height}
                    for day, top, bottom in self._panels
                ],
            },
            separators=(",", ":"),
        )  # fmt: skip


def _short(label: str) -> str:
    """Return a label as short as the picture wants it; the number at its end stays."""
    name, gap, number = label.rpartition(" ")
    end = f"{gap}{number}" if name and number.isdigit() else ""
    return shortened(label.removesuffix(end), _LABELS - 6 - text_width(end, NOTE_SIZE), NOTE_SIZE) + end


def _on(one: Visit, day: int) -> bool:
    return one.start // DAY_MINUTES == day


def _visit(one: Visit) -> dict[str, float | bool]:
    times = {name: round(getattr(one, name), 2) for name in ("start", "end", "begins", "ends", "made")}
    return times | {name: getattr(one, name) for name in ("worker", "room", "patient", "visit", "came")}


def week_shown(found: Assessment) -> tuple[FigureFile, str] | None:
    """Return the picture of the recorded week and its JSON; None if there is none, or nobody works in it."""
    if found.week is None:
        return None
    replay = Replay(found)
    return (replay.figure(), replay.data()) if replay.is_shown else None
