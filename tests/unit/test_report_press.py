"""Any report is written with its figures in the formats asked for."""

from __future__ import annotations

from sim.report.document.document import Document, Facts, Gallery, Section, Text
from sim.report.document.printing import printed
from sim.report.drawing.figure import FigureFile, Sheet, Source


def leaflet(words: str) -> Document:
    """Return a report unlike a run's."""
    drawing = Sheet("A title").finish()
    figure = FigureFile("empty", "one", "A title", "Nothing is seen.", "A caption.", drawing, Source("none"))
    section = Section("one", "One", (Text(words), Gallery((figure,))))
    return Document("A leaflet", "Leaflets", "", Facts(()), (), (section,))


def test_any_report_is_printed_with_its_figures_to_the_same_bytes() -> None:
    once, again = (printed(leaflet("Some words."), ("html", "docx")) for _ in range(2))
    assert once == again
    assert list(once.reports) == ["report.html", "report.docx"]
    assert list(once.figures) == ["empty"]
    assert b"Some words." in once.reports["report.html"]
    assert once.figures["empty"][1].startswith(b"\x89PNG")


def test_only_the_formats_asked_for_are_written() -> None:
    assert list(printed(leaflet("Some words."), ("docx",)).reports) == ["report.docx"]
