"""A report in every format that is asked for, with its figures drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sim.report.document.document import Document
from sim.report.document.formats import FIRST_PAGE, report_file, written
from sim.report.document.workbook_parts import WorkbookParts


@dataclass(frozen=True)
class Printed:
    """Reports by file name, and per figure name its SVG and PNG."""

    reports: dict[str, bytes]
    figures: dict[str, tuple[bytes, bytes]]


def printed(
    document: Document,
    formats: Sequence[str],
    workbook: Callable[[], WorkbookParts] = WorkbookParts,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Printed:
    """Draw every figure of a report and write it in every format; `workbook` gives what only a workbook holds.

    `progress` is called with what is being done, how much of it is done and how much there is.
    """
    from sim.report.drawing.rendering import render

    drawn = render(document.figures, partial(progress, "drawing the figures"))
    reports = {}
    for form in formats:
        progress(f"writing {report_file(form)}", 0, 0)
        reports[report_file(form)] = written(form, document, drawn, workbook)
    if "pdf" in formats:
        from sim.report.document.pdf import render_pdf

        svg = {name: svg for name, (svg, _) in drawn.items()}
        reports[FIRST_PAGE] = render_pdf(document, svg, only_first_page=True)
    return Printed(reports, drawn)
