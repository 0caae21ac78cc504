"""A document as a Word file, with real headings, tables whose heading rows are marked, and figures told in words."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any, assert_never

import docx
from docx.document import Document as File
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.text.paragraph import Paragraph

import sim
from sim.report.document.document import (
    Bullets,
    Caution,
    Code,
    Document,
    Facts,
    Gallery,
    Meanings,
    Plain,
    Section,
    Table,
    Text,
)
from sim.report.document.printable import printable_parts
from sim.report.document.word_styles import MARGIN, PAGE_HEIGHT, PAGE_WIDTH, element, set_up
from sim.report.document.word_tables import add_table
from sim.report.document.zipped import refuse_an_old_clock, undated
from sim.report.drawing.figure import FigureFile

FIGURE_WIDTH = Cm(8.1)
"""Width of a figure that stands beside another one: its smallest letters have 7.5 points."""
SINGLE_WIDTH = Cm(9.6)
"""Width of a figure that stands alone."""
_STYLES = {"plain": "Normal", "lead": "Lead", "note": "Note", "description": "Description"}


def render_docx(document: Document, pictures: Mapping[str, bytes]) -> bytes:
    """Return a document as a .docx file; `pictures` holds the PNG of each of its figures by name.

    The bytes depend on the document only, not on the time or the machine.
    """
    document = printable_parts(document)
    file = docx.Document()
    set_up(file)
    _describe(file, document)
    file.add_paragraph(document.title, "Title")
    file.add_paragraph(document.kind_line, "Subtitle")
    if document.description:
        file.add_paragraph(document.description, "Description")
    _pairs(file, document.facts.items)
    for section in (*document.opening, *document.sections):
        _section(file, section, pictures)
    written = io.BytesIO()
    refuse_an_old_clock()
    file.save(written)
    return undated(written.getvalue())


def _describe(file: File, document: Document) -> None:
    properties = file.core_properties
    properties.title = document.title[:255]
    properties.subject = document.kind_line[:255]
    properties.author = properties.last_modified_by = f"coursesim {sim.__version__}"
    properties.language, properties.comments = "en", ""
    core: Any = properties._element
    for date in core.xpath("dcterms:created | dcterms:modified"):
        core.remove(date)


def _section(file: File, section: Section, pictures: Mapping[str, bytes]) -> None:
    """Add a section: one with a wide table lies on its side, heading and all."""
    wide = any(isinstance(block, Table) and block.is_wide for block in section.plain)
    page = file.sections[-1]
    if wide != (page.orientation == WD_ORIENT.LANDSCAPE):
        page = file.add_section(WD_SECTION.NEW_PAGE)
        page.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        page.page_width, page.page_height = (PAGE_HEIGHT, PAGE_WIDTH) if wide else (PAGE_WIDTH, PAGE_HEIGHT)
    file.add_heading(section.title, level=1)
    width = (PAGE_HEIGHT if wide else PAGE_WIDTH) - 2 * MARGIN
    for block, following in zip_longest(section.plain, section.plain[1:]):
        assert block is not None
        _block(file, block, width, pictures)
        if isinstance(block, Text) and following is not None and not isinstance(following, Text):
            file.paragraphs[-1].paragraph_format.keep_with_next = True


def _block(file: File, block: Plain, width: int, pictures: Mapping[str, bytes]) -> None:
    match block:
        case Text():
            file.add_paragraph(block.text, _STYLES[block.style])
        case Bullets():
            for item in block.items:
                file.add_paragraph(item, "List Bullet")
        case Caution():
            paragraph = file.add_paragraph(style="Caution")
            paragraph.add_run(block.strong).bold = True
            paragraph.add_run(f" {block.text}")
        case Code():
            file.add_paragraph(block.text, "Code")
        case Facts() | Meanings():
            _pairs(file, block.items)
        case Gallery():
            _gallery(file, block.figures, width, pictures)
        case Table():
            add_table(file, block, width)
        case _:
            assert_never(block)


def _pairs(file: File, items: Sequence[tuple[str, str | Code]]) -> None:
    for number, (term, value) in enumerate(items, 1):
        paragraph = file.add_paragraph(style="Fact")
        paragraph.paragraph_format.keep_with_next = number < len(items)
        paragraph.add_run(term).bold = True
        paragraph.add_run("\t")
        if isinstance(value, Code):
            paragraph.add_run(value.text, "Command")
        else:
            paragraph.add_run(value)


def _gallery(file: File, figures: Sequence[FigureFile], width: int, pictures: Mapping[str, bytes]) -> None:
    """Add figures, several of them side by side in a table without lines."""
    if len(figures) == 1:
        paragraph = file.add_paragraph(style="Figure")
        paragraph.paragraph_format.keep_with_next = True
        _picture(paragraph, figures[0], SINGLE_WIDTH, pictures)
        file.add_paragraph(figures[0].caption, "Caption")
        return
    beside = max(1, width // FIGURE_WIDTH)
    rows = -(-len(figures) // beside)
    table = file.add_table(rows, beside)
    table.autofit = False
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    if look is not None:
        look.attrib.clear()  # nothing in it heads anything
        look.set(qn("w:val"), "0000")
    for number, row in enumerate(table.rows):
        row._tr.get_or_add_trPr().append(element("cantSplit"))
        for figure, cell in zip(figures[number * beside :], row.cells, strict=False):
            cell.width = width // beside
            paragraph = cell.paragraphs[0]
            paragraph.style = "Figure"
            _picture(paragraph, figure, FIGURE_WIDTH, pictures)
            cell.add_paragraph(figure.caption, "Caption")
    file.add_paragraph(style="Table End")


def _picture(paragraph: Paragraph, figure: FigureFile, width: int, pictures: Mapping[str, bytes]) -> None:
    """Add a picture with its title and text alternative."""
    shape: Any = paragraph.add_run().add_picture(io.BytesIO(pictures[figure.name]), width=width)
    described = shape._inline.docPr
    described.set("name", figure.name)
    described.set("descr", figure.alt)
    described.set("title", figure.title)
