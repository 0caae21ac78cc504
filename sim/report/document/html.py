"""A document as one HTML file that needs nothing else, readable on a phone, on paper and by a screen reader."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from sim.report.document.document import Code, Columns, Document, Gallery, Plain, Table

_ERROR = re.compile(r"\s±\s(?:&lt;\s)?[\d.,]+")


def render_html(document: Document, drawn: Mapping[str, bytes]) -> str:
    """Return a document as HTML; `drawn` holds the SVG of each of its figures by name."""
    svg = {figure.name: _inline(drawn[figure.name]) for figure in document.figures}
    template = _environment().get_template("report.html.j2")
    script = _script() if any(block.replay for block in _blocks(document) if isinstance(block, Gallery)) else ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return template.render(
        document=document, svg=svg, has_errors=_has_errors(document), script=Markup(script),
        script_hash=f"sha256-{digest}",
    )  # fmt: skip


def _script() -> str:
    """Return the script that plays a replay; a page without one has no script at all."""
    return (files("sim.report") / "templates" / "replay.js").read_text(encoding="utf-8")


def _blocks(document: Document) -> Iterator[Plain]:
    return (block for section in (*document.opening, *document.sections) for block in section.plain)


def _has_errors(document: Document) -> bool:
    """Tell whether a table has a number with its error, which can be hidden then."""
    cells = (
        cell for block in _blocks(document) if isinstance(block, Table) for row in block.rows for cell in row.cells
    )
    return any(_ERROR.search(text) for cell in cells for text in (cell.text, cell.detail))


def _inline(svg: bytes) -> Markup:
    """Return an SVG for use inside HTML; its text was escaped when it was written."""
    text = svg.decode()
    return Markup(text[text.index("<svg") :])


def _errors_apart(text: str) -> Markup:
    """Return text in which each ± with its number can be hidden."""
    return Markup(_ERROR.sub(r'<span class="error">\g<0></span>', str(escape(text))))


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["errors_apart"] = _errors_apart
    environment.filters["macro_name"] = lambda block: type(block).__name__.lower()
    environment.tests["code"] = lambda value: isinstance(value, Code)
    environment.tests["columns"] = lambda value: isinstance(value, Columns)
    return environment
