"""Row charts: a label and a number on one line, and below it a mark on a track; groups of rows share a scale."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sim.report.drawing.appearance import INK, NOTE_SIZE, SOFT, TEXT_SIZE, Look, shortened, text_width
from sim.report.drawing.figure import LEFT, RIGHT, Scale, Sheet, band, nice_ticks

ROW_HEIGHT = 29.0
START, END = LEFT + 10, RIGHT - 16


@dataclass(frozen=True)
class Row:
    """A row: its label, the number as text, and the mark with its interval (NaN where unknown).

    `versus` follows the label after a minus sign. `also` is a second value to mark (a claim), with `also_range` where
    it has one.
    """

    label: str
    number: str
    look: Look
    at: float
    lower: float = math.nan
    upper: float = math.nan
    versus: str = ""
    also: float | None = None
    also_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Group:
    """Rows under a heading; `ticks` gives the group a scale of its own."""

    title: str
    rows: Sequence[Row]
    ticks: Sequence[float] | None = None
    tick_text: Callable[[float], str] | None = None


def row_chart(
    sheet: Sheet,
    groups: Sequence[Group],
    ticks: Sequence[float],
    tick_text: Callable[[float], str],
    *,
    stems: bool = False,
    zero: bool = False,
    shaded: tuple[float, float] | None = None,
    every_axis: bool = True,
) -> None:
    """Draw groups of rows; `stems` draws bars from zero, `zero` a line at zero, `shaded` a zone behind the marks."""
    for index, group in enumerate(groups):
        own = group.ticks or ticks
        scale = Scale(own[0], own[-1], START, END)
        if group.title:
            sheet.y += 17
            sheet.text(LEFT, sheet.y - 5, shortened(group.title, RIGHT - LEFT, TEXT_SIZE, bold=True), bold=True)
        for row in group.rows:
            _row(sheet, row, scale, own, stems, zero, shaded)
        if every_axis or group.ticks or index == len(groups) - 1:
            _axis(sheet, scale, own, group.tick_text or tick_text)
        sheet.y += 4


def spanning(values: Iterable[float], *, include: Sequence[float] = (0.0,), about: int = 5) -> list[float]:
    """Return ticks that span the finite values and the ones to include."""
    finite = [v for v in values if math.isfinite(v)]
    low, high = min([*finite, *include], default=0.0), max([*finite, *include], default=1.0)
    return nice_ticks(low, high, about)


def _row(
    sheet: Sheet,
    row: Row,
    scale: Scale,
    ticks: Sequence[float],
    stems: bool,
    zero: bool,
    shaded: tuple[float, float] | None,
) -> None:
    text_y, y = sheet.y + 11, sheet.y + 20
    room = RIGHT - LEFT - text_width(row.number, TEXT_SIZE) - 20
    sheet.text(LEFT + 12, text_y, _fitted(row, room))
    sheet.text(RIGHT, text_y, row.number, align="right")
    sheet.look(LEFT + 4, text_y - 3.5, row.look)
    band(sheet, scale.start, scale.end, y - 5, y + 5)
    if shaded:
        band(sheet, scale(shaded[0]), scale(shaded[1]), y - 5, y + 5, "#dcdcdc")
    sheet.lines([(scale(v), y - 5, scale(v), y + 5) for v in ticks], "white", 1.0)
    if zero:
        sheet.lines([(scale(0), y - 5, scale(0), y + 5)], INK, 1.2)
    if row.also_range:
        band(sheet, scale(row.also_range[0]), scale(row.also_range[1]), y - 3.5, y + 3.5, "#bdbdbd")
    if row.also is not None:
        sheet.lines([(scale(row.also), y - 7, scale(row.also), y + 7)], INK, 2.2)
    if math.isfinite(row.at):
        if stems:
            sheet.lines([(scale(0), y, scale(row.at), y)], row.look.colour, 3.0)
        if math.isfinite(row.lower) and math.isfinite(row.upper):
            sheet.lines([(scale(row.lower), y, scale(row.upper), y)], INK, 1.8)
        sheet.look(scale(row.at), y, row.look, 7.5)
    sheet.y += ROW_HEIGHT


def _fitted(row: Row, room: float) -> str:
    """Return the label of a row in the room there is; of two names, the longer gives way."""
    if not row.versus:
        return shortened(row.label, room, TEXT_SIZE)
    room -= text_width(" − ", TEXT_SIZE)
    first, second = (text_width(name, TEXT_SIZE) for name in (row.label, row.versus))
    share = max(room / 2, room - second) if first > room / 2 else first
    return f"{shortened(row.label, share, TEXT_SIZE)} − {shortened(row.versus, room - min(first, share), TEXT_SIZE)}"


def _axis(sheet: Sheet, scale: Scale, ticks: Sequence[float], tick_text: Callable[[float], str]) -> None:
    for v in ticks:
        words = tick_text(v)
        half = text_width(words, NOTE_SIZE) / 2
        x = min(max(scale(v), LEFT + half - 4), RIGHT - half + 4)
        sheet.text(x, sheet.y + 7, words, size=NOTE_SIZE, colour=SOFT, align="center")
    sheet.y += 11
