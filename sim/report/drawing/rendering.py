"""Figures as files: SVG that screen readers can read, and PNG."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from PIL import Image, ImageDraw, ImageFont

from sim.report.drawing.appearance import FAMILY, font_file, settings
from sim.report.drawing.figure import WIDTH, FigureFile
from sim.study.at_work import Threads

PNG_DPI = 150

_HEAD = re.compile(r"<svg [^>]*>")
_DROPPED = re.compile(r"<metadata>.*?</metadata>\s*|<defs>\s*<style[^>]*>.*?</style>\s*</defs>\s*", re.DOTALL)
_REFERENCE = re.compile(r'(?:href="#|url\(#)([^")]+)')
_ID = re.compile(r' id="([^"]*)"')
_FALLBACK = f"'{FAMILY}', Verdana, Arial, sans-serif"


def render(
    files: Sequence[FigureFile], progress: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, tuple[bytes, bytes]]:
    """Return figures as SVG and as PNG, by name; the bytes depend on nothing but the figure.

    `progress` is called with the figures drawn and all.
    """
    # Pictures are packed in a second thread, while the next ones are drawn.
    with settings(), warnings.catch_warnings(), Threads(1) as packer:
        # A label may hold letters that the font lacks: browsers find another font, the PNG shows boxes.
        warnings.filterwarnings("ignore", message="Glyph")
        drawn: dict[str, tuple[bytes, Future[bytes]]] = {}
        for file in files:
            progress(len(drawn), len(files))
            drawn[file.name] = _svg(file), packer.submit(_packed, _picture(file))
        return {name: (svg, png.result()) for name, (svg, png) in drawn.items()}


def render_svg(file: FigureFile) -> bytes:
    """Return a figure as SVG alone, as `render` does."""
    with settings():
        return _svg(file)


def _svg(file: FigureFile) -> bytes:
    drawing, written = file.drawing, io.StringIO()
    renderer: Any = RendererSVG(drawing.width, drawing.height, written, metadata={"Date": None})  # type: ignore[no-untyped-call]
    drawing.draw(renderer)
    renderer.finalize()
    return accessible(written.getvalue(), file).encode()


def _picture(file: FigureFile) -> Image.Image:
    """Return a figure as a picture. Pillow writes the text: it is ten times as quick at it as matplotlib."""
    drawing, scale = file.drawing, PNG_DPI / 72
    renderer: Any = RendererAgg(drawing.width * scale, drawing.height * scale, PNG_DPI)  # type: ignore[no-untyped-call]
    drawing.draw(renderer, with_words=False)
    picture = Image.fromarray(np.asarray(renderer.buffer_rgba())).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for words in drawing.words():
        font, anchor = _pillow_font(words.size * scale, words.bold), f"{words.align[0]}s".replace("c", "m")
        pen.text((words.x * scale, words.y * scale), words.text, words.colour, font, anchor)
    return picture


def _packed(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "png", dpi=(PNG_DPI, PNG_DPI), compress_level=2)
    return written.getvalue()


@lru_cache(maxsize=16)
def _pillow_font(size: float, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(bold)), size, layout_engine=ImageFont.Layout.BASIC)


def accessible(svg: str, file: FigureFile) -> str:
    """Return an SVG with title and description, and only the ids it needs, unique to the figure.

    A style sheet in an SVG would reach the whole page that it is put in, so its two rules become attributes.
    """
    body = _DROPPED.sub("", svg[svg.index("<svg") :])
    used = set(_REFERENCE.findall(body))
    body = _ID.sub(lambda m: f' id="{file.name}-{m[1]}"' if m[1] in used else "", body)
    body = _REFERENCE.sub(lambda m: m[0].replace(f"#{m[1]}", f"#{file.name}-{m[1]}"), body)
    body = body.replace(f"'{FAMILY}'", _FALLBACK)
    title_id, alt_id = f"{file.name}-title", f"{file.name}-desc"
    size = re.search(r'viewBox="[^"]*"', body)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
        f'aria-labelledby="{title_id} {alt_id}" width="{WIDTH / 72:g}in" {size[0] if size else ""} '
        'stroke-linejoin="round" stroke-linecap="butt">\n'
        f'<title id="{title_id}">{escape(file.title)}</title>\n<desc id="{alt_id}">{escape(file.alt)}</desc>\n'
    )
    return '<?xml version="1.0" encoding="utf-8"?>\n' + _HEAD.sub(lambda _: head, body, count=1)
