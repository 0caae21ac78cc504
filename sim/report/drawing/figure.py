"""A sheet: one figure measured in points from its top left corner, made of only the shapes that it needs.

Matplotlib's axes leave the fitting of labels to chance and take many times longer than what stands in them. Here every
position is known, so nothing overlaps or is cut off, and the same figure reads on a phone and on paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.report.drawing.appearance import (
    GRID,
    INK,
    NOTE_SIZE,
    PALE,
    SOFT,
    TEXT_SIZE,
    TITLE_SIZE,
    Look,
    shortened,
    text_width,
    wrapped,
)
from sim.report.drawing.shapes import Drawing, Markers, Outline, Words

if TYPE_CHECKING:
    from sim.report.table import Table

WIDTH = 4.3 * 72
"""Width of every figure in points: on a phone of 360 pixels, a point is a little more than a pixel."""
LEFT, RIGHT = 6.0, WIDTH - 6.0


class Source:
    """Where the numbers of a figure stand: the name of a table of the result, and the values that its rows have.

    >>> Source("summary", outcome="cost", statistic="mean").where
    {'outcome': 'cost', 'statistic': 'mean'}
    """

    def __init__(self, table: str, **where: Any) -> None:
        self.table, self.where = table, where

    def of(self, tables: Mapping[str, Table]) -> Table:
        """Return the rows among the tables of a result."""
        return tables[self.table].where(**self.where)


@dataclass(frozen=True)
class FigureFile:
    """A figure with what stands beside it: file stem, title, text alternative, caption and place in the report.

    `source` says which rows of the result's tables it shows.
    """

    name: str
    section: str
    title: str
    alt: str
    caption: str
    drawing: Drawing
    source: Source


@dataclass(frozen=True)
class Scale:
    """A linear map from values to points on the sheet."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a value lies, held within the scale."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)

    def of(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return where values lie, held within the scale."""
        part = (np.clip(np.asarray(values, dtype=float), self.low, self.high) - self.low) / (self.high - self.low)
        return np.asarray(self.start + part * (self.end - self.start))


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round values from at most `low` to at least `high`, about so many."""
    if not high > low:
        high = low + 1
    rough = (high - low) / max(about - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(k * step, 10) for k in range(first, last + 1)]


class Sheet:
    """A figure under construction; `y` is the cursor, in points below the top."""

    def __init__(self, title: str, note: str = "") -> None:
        self.drawing = Drawing(WIDTH)
        self.y = 4.0
        for line in wrapped(title, RIGHT - LEFT, TITLE_SIZE, bold=True):
            self.y += 15
            self.text(LEFT, self.y - 3, line, size=TITLE_SIZE, bold=True)
        for line in wrapped(note, RIGHT - LEFT, NOTE_SIZE) if note else ():
            self.y += 13
            self.text(LEFT, self.y - 2, line, size=NOTE_SIZE, colour=SOFT)
        self.y += 6

    def finish(self) -> Drawing:
        """Return what was drawn, as high as the cursor came."""
        self.drawing.height = self.y + 6
        return self.drawing

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = TEXT_SIZE,
        colour: str = INK,
        align: Literal["left", "center", "right"] = "left",
        bold: bool = False,
    ) -> None:
        """Write a line of text with its baseline at `y`."""
        self.drawing.shapes.append(Words(x, y, text, size, colour, align, bold))

    def line(self, xs: ArrayLike, ys: ArrayLike, colour: str = INK, width: float = 1.0, style: Any = "-") -> None:
        """Draw a line; NaN lifts the pen."""
        corners = np.column_stack([np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)])
        self.drawing.shapes.append(Outline(corners, colour, width, style))

    def dots(
        self,
        xs: ArrayLike,
        ys: ArrayLike,
        marker: str,
        colour: str,
        size: float = 6.0,
        *,
        edge: str = "white",
        edge_width: float = 0.8,
    ) -> None:
        """Draw markers."""
        places = np.column_stack([np.atleast_1d(xs), np.atleast_1d(ys)]).astype(float)
        self.drawing.shapes.append(Markers(places, marker, size, colour, edge, edge_width))

    def look(self, x: float, y: float, look: Look, size: float = 6.5) -> None:
        """Draw the marker of an arm."""
        self.dots([x], [y], look.marker, look.colour, size)

    def area(self, xs: ArrayLike, low: ArrayLike, high: ArrayLike, colour: str, alpha: float = 1.0) -> None:
        """Fill between two curves."""
        x, below, above = (np.asarray(a, dtype=float) for a in (xs, low, high))
        corners = np.column_stack([np.r_[x, x[::-1]], np.r_[below, above[::-1]]])
        self.drawing.shapes.append(Outline(corners, fill=colour, alpha=alpha))

    def lines(self, segments: Sequence[tuple[float, float, float, float]], colour: str, width: float) -> None:
        """Draw separate straight lines (x1, y1, x2, y2) as one shape."""
        xs = [v for x1, _, x2, _ in segments for v in (x1, x2, math.nan)]
        ys = [v for _, y1, _, y2 in segments for v in (y1, y2, math.nan)]
        if segments:
            self.line(xs, ys, colour, width)


@dataclass(frozen=True)
class Frame:
    """A plot area on a sheet with its two scales."""

    x: Scale
    y: Scale


def frame(
    sheet: Sheet,
    box: tuple[float, float, float, float],
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
    *,
    x_limits: tuple[float, float] | None = None,
    x_text: Callable[[float], str] = lambda v: f"{v:g}",
    y_text: Callable[[float], str] | None = lambda v: f"{v:g}",
    x_title: str = "",
) -> Frame:
    """Draw grid and tick labels of a plot area in a box (left, top, right, bottom); text stands outside the box."""
    left, top, right, bottom = box
    low, high = x_limits or (x_ticks[0], x_ticks[-1])
    x = Scale(low, high if high > low else low + 1, left, right)
    y = Scale(y_ticks[0], y_ticks[-1], bottom, top)
    sheet.lines([(left, y(v), right, y(v)) for v in y_ticks], GRID, 0.7)
    sheet.lines([(x(v), bottom, x(v), bottom + 3) for v in x_ticks], SOFT, 0.8)
    sheet.lines([(left, bottom, right, bottom)], SOFT, 0.8)
    for v in x_ticks:
        sheet.text(x(v), bottom + 13, x_text(v), size=NOTE_SIZE, colour=SOFT, align="center")
    for v in y_ticks if y_text else ():
        assert y_text is not None
        sheet.text(left - 4, y(v) + 3.5, y_text(v), size=NOTE_SIZE, colour=SOFT, align="right")
    if x_title:
        sheet.text((left + right) / 2, bottom + 26, x_title, size=NOTE_SIZE, colour=SOFT, align="center")
    return Frame(x, y)


def legend(sheet: Sheet, entries: Sequence[Look]) -> None:
    """Draw a sample of each line with its name, as many to a row as fit."""
    x = LEFT
    sheet.y += 13
    for entry in entries:
        name = shortened(entry.label, RIGHT - LEFT - 34, NOTE_SIZE)
        width = 30 + text_width(name, NOTE_SIZE) + 12
        if x > LEFT and x + width - 12 > RIGHT:
            x = LEFT
            sheet.y += 15
        sheet.line([x, x + 24], [sheet.y - 3.5, sheet.y - 3.5], entry.colour, 2.0, entry.line)
        sheet.look(x + 12, sheet.y - 3.5, entry, 5.5)
        sheet.text(x + 30, sheet.y, name, size=NOTE_SIZE)
        x += width
    sheet.y += 6


def band(sheet: Sheet, left: float, right: float, top: float, bottom: float, colour: str = PALE) -> None:
    """Shade a rectangle."""
    sheet.area([left, right], [top, top], [bottom, bottom], colour)
