"""What a report can be written in: which formats were asked for, and the writer of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from sim.errors import UsageError, did_you_mean
from sim.output.extras import installing, is_installed
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts

FORMATS = ("html", "docx", "xlsx", "pdf")
DEFAULT_FORMATS = ("html",)
FIRST_PAGE = "first-page.pdf"
"""The answer alone on one page, beside a report in PDF."""


class Needed(NamedTuple):
    """What writes a format that not everybody has installed: its module, and the package that it comes with."""

    module: str
    package: str


WRITERS = {
    "docx": Needed("docx", "python-docx"),
    "xlsx": Needed("xlsxwriter", "XlsxWriter"),
    "pdf": Needed("typst", "typst"),
}
"""By format, which is also the name of the extra of this program."""


def chosen_formats(given: Iterable[str]) -> tuple[str, ...]:
    """Return the formats named in lists separated by commas, each once; HTML if none is named.

    Raises UsageError if a format is unknown, or if what is needed to write it is not installed.
    """
    named = [word.strip().lower() for words in given for word in words.split(",")]
    for word in named:
        if word not in FORMATS:
            known = ", ".join(FORMATS)
            raise UsageError(f"--format: unknown format {word!r}; allowed: {known}.{did_you_mean(word, FORMATS)}")
    for form, needed in WRITERS.items():
        if form in named and not is_installed(needed.module):
            raise UsageError(f"--format {form} needs {needed.package}; install it with: {installing(form)}")
    return tuple(known for known in FORMATS if known in named) or DEFAULT_FORMATS


def report_file(form: str) -> str:
    """Return the name of a report's file in a format."""
    return f"report.{form}"


def formats_among(files: Iterable[str]) -> tuple[str, ...]:
    """Return the formats in which there is a report among some files; HTML if there is none."""
    there = set(files)
    return tuple(form for form in FORMATS if report_file(form) in there) or DEFAULT_FORMATS


def writers_of(files: Iterable[str]) -> tuple[str, ...]:
    """Return the packages that wrote the reports among some files, but that of HTML."""
    return tuple(WRITERS[form].package for form in formats_among(files) if form in WRITERS)


def written(
    form: str,
    document: Document,
    drawn: Mapping[str, tuple[bytes, bytes]],
    workbook: Callable[[], WorkbookParts] = WorkbookParts,
) -> bytes:
    """Return a document in a format; `drawn` holds the SVG and PNG of each of its figures by name.

    `workbook` gives what only a workbook holds: the tables as numbers, charts and inputs.
    """
    if form == "docx":
        from sim.report.document.word import render_docx

        return render_docx(document, {name: png for name, (_, png) in drawn.items()})
    if form == "xlsx":
        from sim.report.document.workbook import render_xlsx

        return render_xlsx(document, workbook())
    svg = {name: svg for name, (svg, _) in drawn.items()}
    if form == "pdf":
        from sim.report.document.pdf import render_pdf

        return render_pdf(document, svg)
    from sim.report.document.html import render_html

    return render_html(document, svg).encode()
