"""How the report looks: a colour, a marker and a line for every arm, fonts and sizes, and text that fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.ft2font import FT2Font

from sim.scenario.schema import Scenario

FAMILY = "DejaVu Sans"
INK, SOFT, GRID, PALE = "#1a1a1a", "#4d4d4d", "#d9d9d9", "#f1f1f1"
TITLE_SIZE, TEXT_SIZE, NOTE_SIZE = 12.5, 10.5, 10.0

# Okabe and Ito's colours, ordered so that neighbours differ in lightness as well as in hue.
_COLOURS = ("#000000", "#E69F00", "#0072B2", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#B3A500")
_MARKERS = ("s", "o", "^", "D", "v", "P", "X", "p", "h")
_LINES: tuple[Any, ...] = ("-", (0, (6, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)), (0, (2.5, 1.5)))


@dataclass(frozen=True)
class Look:
    """How an arm (or a scenario) is drawn: its colour, and its marker and line, which tell it apart without colour."""

    arm: str
    label: str
    colour: str
    marker: str
    line: Any


def looks(scenario: Scenario) -> tuple[Look, ...]:
    """Return the look of every arm; it depends only on the arm's place in the scenario."""
    labels = [scenario.arm_label(arm) for arm in scenario.arms]
    return tuple(
        look_at(i, arm, label if labels.count(label) == 1 else f"{label} ({arm})")
        for i, (arm, label) in enumerate(zip(scenario.arms, labels, strict=True))
    )


def look_at(place: int, name: str, label: str) -> Look:
    """Return the look of whatever stands at a place in a list: an arm, or a scenario of a comparison."""
    return Look(
        arm=name,
        label=label,
        colour=_COLOURS[place % len(_COLOURS)],
        marker=_MARKERS[place % len(_MARKERS)],
        line=_LINES[place % len(_LINES)],
    )


@contextmanager
def settings() -> Iterator[None]:
    """Draw with matplotlib's own defaults, whatever the user's settings; text is never read as mathematics."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": FAMILY,
                "text.parse_math": False,
                "svg.fonttype": "none",
                "svg.hashsalt": "coursesim",
                "path.simplify": False,
            }
        )
        yield


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line of text in points."""
    return sum(_advance(character, bold) for character in text) * size


def shortened(text: str, width: float, size: float, *, bold: bool = False) -> str:
    """Return text cut to a width in points, with an ellipsis where it was cut."""
    if text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(text + "…", size, bold=bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, width: float, size: float, *, bold: bool = False, lines: int = 99) -> list[str]:
    """Return text as lines no wider than a width in points; what does not fit the last line is cut."""
    found: list[str] = []
    words = text.split(" ")
    while words and len(found) < lines - 1:
        line, count = "", 0
        for word in words:
            longer = f"{line} {word}".strip()
            if line and text_width(longer, size, bold=bold) > width:
                break
            line, count = longer, count + 1
        found.append(shortened(line, width, size, bold=bold))
        words = words[count:]
    if words:
        found.append(shortened(" ".join(words), width, size, bold=bold))
    return found


def dodged(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return positions near the wanted ones, in their order, at least `gap` apart and within bounds if they fit."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    placed = [0.0] * len(wanted)
    below = low - gap
    for i in order:
        below = placed[i] = max(wanted[i], below + gap)
    above = high + gap
    for i in reversed(order):
        above = placed[i] = min(placed[i], above - gap)
    return placed


def font_file(bold: bool) -> Path:
    """Return the file of the font, which comes with matplotlib."""
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")


@lru_cache(maxsize=2)
def _font(bold: bool) -> FT2Font:
    font = FT2Font(str(font_file(bold)))
    font.set_size(100, 72)
    return font


@lru_cache(maxsize=4096)
def _advance(character: str, bold: bool) -> float:
    """Return the width of a character per point of size; one em for a character that the font lacks."""
    font = _font(bold)
    if not font.get_char_index(ord(character)):
        return 1.0
    return font.load_char(ord(character)).linearHoriAdvance / 65536 / 100
