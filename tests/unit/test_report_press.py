"""The press: prints any report that can be drawn, in the formats asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sim.report.document.document import Document, Facts, Gallery, Section, Text
from sim.report.document.printing import printed
from sim.report.drawing.figure import FigureFile, Sheet


@dataclass(frozen=True)
class Leaflet:
    """A report unlike a run's."""

    words: str

    def draw(self) -> Document:
        figure = FigureFile("empty", "one", "A title", "Nothing is seen.", "A caption.", Sheet("A title").finish())
        section = Section("one", "One", (Text(self.words), Gallery((figure,))))
        return Document("A leaflet", "Leaflets", "", Facts(()), (), (section,))


def test_any_report_is_printed_with_its_figures_to_the_same_bytes() -> None:
    once, again = (printed(Leaflet("Some words."), ("html", "docx")) for _ in range(2))
    assert once == again
    assert list(once.reports) == ["report.html", "report.docx"]
    assert list(once.figures) == ["empty"]
    assert b"Some words." in once.reports["report.html"]
    assert once.figures["empty"][1].startswith(b"\x89PNG")


def test_only_the_formats_asked_for_are_written() -> None:
    assert list(printed(Leaflet("Some words."), ("docx",)).reports) == ["report.docx"]
