"""Plot areas of an assessment's figures, and lines within them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.decision.value.assess import Assessment
from sim.decision.value.psa import Floats
from sim.report.drawing.appearance import NOTE_SIZE, SOFT, Look, shortened, text_width
from sim.report.drawing.figure import LEFT, RIGHT, Frame, Sheet, frame, nice_ticks
from sim.report.value.words import currency_words, digits, money

BAND = "#c4c4c4"
DASHED = (0, (4, 2.5))


def over_wtp(sheet: Sheet, found: Assessment, ticks: Sequence[float], y_text: Callable[[float], str]) -> Frame:
    """Return a frame over willingness to pay, with the one of interest marked."""
    wtp, psa = found.curves.wtp, found.psa
    low, high = float(wtp[0]), float(wtp[-1])
    x_ticks = [v for v in nice_ticks(low, high, 5) if low <= v <= high]
    title = f"Willingness to pay ({currency_words(psa)} per {psa.per})"
    plot = framed(
        sheet, x_ticks, ticks, (low, high), x_text=lambda v: f"{v:,.6g}", y_text=y_text, x_title=title, height=180
    )
    x = plot.x(found.question.price)
    sheet.line([x, x], [plot.y.start, plot.y.end], SOFT, 1.2, DASHED)
    return plot


def framed(
    sheet: Sheet, x_ticks: Sequence[float], y_ticks: Sequence[float], x_limits: tuple[float, float], *,
    x_text: Callable[[float], str], y_text: Callable[[float], str], x_title: str, height: float,
) -> Frame:  # fmt: skip
    """Return a frame of this height below what is drawn, with room for its labels, of which some may be left out."""
    left = LEFT + max(text_width(y_text(v), NOTE_SIZE) for v in y_ticks) + 8
    half = max((text_width(x_text(v), NOTE_SIZE) / 2 for v in x_ticks), default=0.0)
    top = sheet.y + 8
    box = (max(left, LEFT + half), top, RIGHT - max(half, 12), top + height)
    while len(x_ticks) > 2 and 2 * (half + 4) * (len(x_ticks) - 1) > box[2] - box[0]:
        x_ticks = x_ticks[::2]
    middle = (box[0] + box[2]) / 2
    words = shortened(x_title, 2 * min(middle - LEFT, RIGHT - middle), NOTE_SIZE)
    plot = frame(sheet, box, x_ticks, y_ticks, x_limits=x_limits, x_text=x_text, y_text=y_text, x_title=words)
    sheet.y = box[3] + 34
    return plot


def curve(sheet: Sheet, look: Look, xs: Floats, ys: Floats) -> None:
    """Draw a line with a marker now and then, shifted by the look so that those of two lines do not hide each other."""
    sheet.line(xs, ys, look.colour, 1.8, look.line)
    first = (sum(map(ord, look.marker)) % 5) / 5
    marks = np.unique(np.linspace(first / 5 * (len(xs) - 1), len(xs) - 1, 6).astype(np.int64))
    marks = marks[np.isfinite(ys[marks])]
    if len(marks):
        sheet.dots(xs[marks], ys[marks], look.marker, look.colour, 5.5)


def axis_money(found: Assessment, value: float) -> str:
    """Return an amount of money as it stands at an axis."""
    return money(found.psa, value) if value == round(value) else digits(value)
