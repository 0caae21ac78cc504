"""The calendar of a mean week: how full each hour of each day is."""

from __future__ import annotations

import numpy as np

from sim.capacity.assess import Assessment
from sim.report.clinic.files import busy_minutes, duty_minutes
from sim.report.drawing.appearance import GRID, INK, NOTE_SIZE, SOFT
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Sheet, Source, band
from sim.scenario.clinic import WEEKDAYS

CELL_HEIGHT = 19.0
_SHADES = ("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
"""From nobody booked to everybody; they rise in darkness, so they read in grey."""


def calendar_figure(found: Assessment) -> FigureFile:
    """Return the heat map of a mean week; hours in which nobody works are blank."""
    busy, duty = busy_minutes(found.base), duty_minutes(found.base)
    hours = np.flatnonzero((duty + busy).sum(axis=0) > 0)
    first, last = (int(hours[0]), int(hours[-1])) if len(hours) else (8, 17)
    days = [d for d in range(7) if (duty + busy)[d].sum() > 0] or [0]
    title = "The week at a glance"
    sheet = Sheet(title, "Share of practitioners' time booked, in per cent, by hour of a mean week.")
    left = LEFT + 42
    width = min((RIGHT - left) / len(days), 70.0)
    top = sheet.y + 16
    for column, day in enumerate(days):
        x = left + (column + 0.5) * width
        sheet.text(x, sheet.y + 10, WEEKDAYS[day].capitalize(), size=NOTE_SIZE, colour=SOFT, align="center")
    fullest, emptiest = ("", -1.0), ("", 2.0)
    for row, hour in enumerate(range(first, last + 1)):
        y = top + row * CELL_HEIGHT
        sheet.text(left - 5, y + 13, f"{hour:02}:00", size=NOTE_SIZE, colour=SOFT, align="right")
        for column, day in enumerate(days):
            x = left + column * width
            if duty[day, hour] <= 0:
                continue
            share = float(busy[day, hour] / duty[day, hour])
            shade = min(int(min(share, 0.9999) * len(_SHADES)), len(_SHADES) - 1)
            band(sheet, x, x + width, y, y + CELL_HEIGHT, _SHADES[shade])
            colour = "white" if shade >= len(_SHADES) - 2 else INK
            sheet.text(x + width / 2, y + 13.5, f"{100 * share:.0f}", size=NOTE_SIZE, colour=colour, align="center")
            when = f"{WEEKDAYS[day].capitalize()} {hour:02}:00"
            fullest = max(fullest, (when, share), key=lambda pair: pair[1])
            emptiest = min(emptiest, (when, share), key=lambda pair: pair[1])
    rows = last - first + 1
    bottom = top + rows * CELL_HEIGHT
    sheet.lines([(left, top + k * CELL_HEIGHT, left + width * len(days), top + k * CELL_HEIGHT)
                 for k in range(rows + 1)], GRID, 0.6)  # fmt: skip
    sheet.lines([(left + k * width, top, left + k * width, bottom) for k in range(len(days) + 1)], GRID, 0.6)
    sheet.y = bottom + 4
    return FigureFile(
        "calendar", "load", title,
        f"Heat map of a mean week, a column a day and a row an hour. Fullest: {fullest[0]}, {100 * fullest[1]:.0f} %; "
        f"emptiest: {emptiest[0]}, {100 * emptiest[1]:.0f} %.",
        "Of the minutes that practitioners are on duty. Appointments that patients miss count as booked. Blank: nobody "
        "works.",
        sheet.finish(), Source("calendar"),
    )  # fmt: skip
