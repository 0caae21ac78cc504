"""The press: prints any job that draws a document, here or in a process of its own, to the same bytes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from matplotlib.figure import Figure

from sim.report.document import Document, Facts, Gallery, Section, Text
from sim.report.press import Printed, press
from sim.report.sheet import FigureFile

FORMATS = ("html", "docx")


@dataclass(frozen=True)
class Leaflet:
    """A job unlike a run."""

    words: str

    def draw(self) -> Document:
        if not self.words:
            raise ValueError("nothing to say")
        figure = FigureFile("empty", "one", "A title", "Nothing is seen.", "A caption.", Figure(figsize=(4.3, 1)))
        section = Section("one", "One", (Text(self.words), Gallery((figure,))))
        return Document("A leaflet", "Leaflets", "", Facts(()), (), (section,))


def printed(job: Leaflet, parallel: bool, formats: tuple[str, ...] = FORMATS) -> Printed:
    with press(parallel, formats) as start:
        return start(job)()


def test_any_job_is_printed_to_the_same_bytes_here_and_there() -> None:
    here, there = printed(Leaflet("Some words."), False), printed(Leaflet("Some words."), True)
    assert here == there
    assert list(here.reports) == ["report.html", "report.docx"]
    assert list(here.figures) == ["empty"]
    assert b"Some words." in here.reports["report.html"]
    assert here.figures["empty"][1].startswith(b"\x89PNG")


def test_only_the_formats_asked_for_are_written() -> None:
    assert list(printed(Leaflet("Some words."), False, ("docx",)).reports) == ["report.docx"]


def test_a_job_that_fails_elsewhere_says_why() -> None:
    with pytest.raises(RuntimeError, match="nothing to say"):
        printed(Leaflet(""), True)
