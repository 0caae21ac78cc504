"""The press: draws the figures of a report and writes it in every format that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sim.report.document.document import Document
from sim.report.document.formats import report_file, written


class Report(Protocol):
    """A report to be made of results; drawing it loads what it takes only then."""

    def draw(self) -> Document:
        """Return the document with its figures."""


@dataclass(frozen=True)
class Printed:
    """Reports by file name, and per figure name its SVG and PNG."""

    reports: dict[str, bytes]
    figures: dict[str, tuple[bytes, bytes]]


def printed(report: Report, formats: Sequence[str]) -> Printed:
    """Draw every figure and write the report in every format."""
    from sim.report.run.figures import render

    document = report.draw()
    drawn = render(document.figures)
    return Printed({report_file(form): written(form, document, drawn) for form in formats}, drawn)
