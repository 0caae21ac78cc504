"""What is drawn in a figure: shapes in points from the top left, handed straight to matplotlib's renderers.

Its figures, axes and artists cost more time in bookkeeping than in drawing; here there are none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform
from numpy.typing import NDArray

from sim.report.drawing.appearance import FAMILY, text_width


@dataclass(frozen=True)
class Words:
    """A line of text with its baseline at `y`."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    align: Literal["left", "center", "right"]
    bold: bool


@dataclass(frozen=True)
class Outline:
    """A line through corners (n, 2), NaN lifting the pen; with `fill`, the area inside instead."""

    corners: NDArray[np.float64]
    colour: str = "none"
    width: float = 0.0
    style: Any = "-"
    fill: str | None = None
    alpha: float = 1.0


@dataclass(frozen=True)
class Markers:
    """The same marker at several places (n, 2)."""

    places: NDArray[np.float64]
    marker: str
    size: float
    colour: str
    edge: str
    edge_width: float


class Drawing:
    """Shapes on white, drawn in the order in which they were added; `width` and `height` are in points."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.height = 0.0
        self.shapes: list[Words | Outline | Markers] = []
        self._anchor = Text()

    def words(self) -> list[Words]:
        """Return the lines of text."""
        return [shape for shape in self.shapes if isinstance(shape, Words)]

    def draw(self, renderer: RendererBase, *, with_words: bool = True) -> None:
        """Draw every shape, or all but the words."""
        scale = _pixels_per_point(renderer)
        place = Affine2D().scale(scale, -scale).translate(0, self.height * scale)
        gc = renderer.new_gc()
        _outline(renderer, gc, Outline(self._corners(), fill="white"), place)
        for shape in self.shapes:
            if isinstance(shape, Words):
                if with_words:
                    self._words(renderer, gc, shape, place)
            elif isinstance(shape, Outline):
                _outline(renderer, gc, shape, place)
            else:
                _markers(renderer, gc, shape, place)
        gc.restore()

    def _corners(self) -> NDArray[np.float64]:
        return np.array([(0.0, 0.0), (self.width, 0.0), (self.width, self.height), (0.0, self.height)])

    def _words(self, renderer: RendererBase, gc: GraphicsContextBase, words: Words, place: Transform) -> None:
        anchor = self._anchor
        x, y = place.transform((words.x, words.y))
        anchor.set_position((x, y))
        anchor.set_horizontalalignment(words.align)
        part = {"left": 0.0, "center": 0.5, "right": 1.0}[words.align]
        if part:
            x -= part * text_width(words.text, words.size, bold=words.bold) * _pixels_per_point(renderer)
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        gc.set_foreground(_rgba(words.colour), isRGBA=True)
        gc.set_alpha(1.0)
        renderer.draw_text(gc, x, y, words.text, font(words.size, words.bold), 0, ismath=False, mtext=anchor)


def _outline(renderer: RendererBase, gc: GraphicsContextBase, shape: Outline, place: Transform) -> None:
    if shape.fill is not None:
        gc.set_linewidth(0)
        gc.set_alpha(shape.alpha)
        codes = np.full(len(shape.corners) + 1, Path.LINETO, dtype=Path.code_type)
        codes[0], codes[-1] = Path.MOVETO, Path.CLOSEPOLY
        path = Path(np.vstack([shape.corners, shape.corners[:1]]), codes)
        renderer.draw_path(gc, path, place, _rgba(shape.fill, shape.alpha))
        return
    gc.set_alpha(1.0)
    gc.set_foreground(_rgba(shape.colour), isRGBA=True)
    gc.set_linewidth(shape.width)
    is_solid = shape.style == "-"
    gc.set_capstyle("butt")
    gc.set_joinstyle("round")
    dashes = None if is_solid else [d * shape.width for d in shape.style[1]]
    gc.set_dashes(0, dashes)
    renderer.draw_path(gc, Path(shape.corners), place, None)
    gc.set_dashes(0, None)


def _markers(renderer: RendererBase, gc: GraphicsContextBase, shape: Markers, place: Transform) -> None:
    style = marker_style(shape.marker)
    size = shape.size * _pixels_per_point(renderer)
    gc.set_alpha(1.0)
    gc.set_foreground(_rgba(shape.edge), isRGBA=True)
    gc.set_linewidth(shape.edge_width)
    gc.set_joinstyle("miter")
    gc.set_capstyle("butt")
    fill = _rgba(shape.colour) if style.is_filled() else None
    renderer.draw_markers(
        gc, style.get_path(), style.get_transform() + Affine2D().scale(size), Path(shape.places), place, fill
    )


def _pixels_per_point(renderer: RendererBase) -> float:
    return float(renderer.points_to_pixels(1.0))  # type: ignore[arg-type]


@lru_cache(maxsize=32)
def font(size: float, bold: bool) -> FontProperties:
    """Return the font of a size in points."""
    return FontProperties(family=FAMILY, size=size, weight="bold" if bold else "normal")


@lru_cache(maxsize=32)
def marker_style(marker: str) -> MarkerStyle:
    """Return a marker's shape."""
    return MarkerStyle(marker)


@lru_cache(maxsize=256)
def _rgba(colour: str, alpha: float = 1.0) -> tuple[float, float, float, float]:
    return to_rgba(colour, alpha)
