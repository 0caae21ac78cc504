"""What a report can be written in: which formats were asked for, and the writer of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec

from sim.errors import UsageError, did_you_mean
from sim.report.document.document import Document

FORMATS = ("html", "docx")
DEFAULT_FORMATS = ("html",)


def chosen_formats(given: Iterable[str]) -> tuple[str, ...]:
    """Return the formats named in lists separated by commas, each once; HTML if none is named.

    Raises UsageError if a format is unknown, or if what is needed to write it is not installed.
    """
    named = [word.strip().lower() for words in given for word in words.split(",")]
    for word in named:
        if word not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"--format: unknown format {word!r}; allowed: {known}.{did_you_mean(word, FORMATS)}")
    if "docx" in named and find_spec("docx") is None:
        raise UsageError("--format docx needs python-docx; install it with: pip install 'coursesim[docx]'")
    return tuple(known for known in FORMATS if known in named) or DEFAULT_FORMATS


def report_file(form: str) -> str:
    """Return the name of a report's file in a format."""
    return f"report.{form}"


def written(form: str, document: Document, drawn: Mapping[str, tuple[bytes, bytes]]) -> bytes:
    """Return a document in a format; `drawn` holds the SVG and PNG of each of its figures by name."""
    if form == "docx":
        from sim.report.document.word import render_docx

        return render_docx(document, {name: png for name, (_, png) in drawn.items()})
    from sim.report.document.html import render_html

    return render_html(document, {name: svg for name, (svg, _) in drawn.items()}).encode()
