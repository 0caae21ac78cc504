"""Tables of a Word report: a heading row that comes again on every page, columns as wide as what stands in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Literal

from docx.document import Document as File
from docx.oxml.ns import qn
from docx.shared import Pt

from sim.report.document.document import Cell, Row, Table
from sim.report.document.word_styles import SHADE, TABLE_STYLE, element
from sim.units import GAP

TWIPS = 635
"""EMU in a twip, the unit of widths in a table: a twentieth of a point."""
_LETTER = 8.5 * 0.52 * 20
_PATH_LETTER = 6.5 * 0.62 * 20
"""Width of a letter of the table's text and of its paths, in twips, about."""
_MARGINS = 2 * 57 + 20
_FIRST = (0.17, 0.4)
"""Least and largest part of the width for the first column of a table of numbers."""
_LONGEST = 18
"""Letters of a word that a column of words must hold on one line; longer ones may break."""


def add_table(file: File, table: Table, width: int) -> None:
    """Add a table with its caption above, `width` EMU wide."""
    caption = file.add_paragraph(table.caption, "Caption")
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(8)
    widths = column_widths(table, width // TWIPS)
    made = element("tbl")
    made.append(_properties(table, sum(widths)))
    grid = element("tblGrid")
    for wide in widths:
        grid.append(element("gridCol", w=wide))
    made.append(grid)
    made.append(_heading(table, widths))
    for heading, rows in table.groups:
        if heading:
            made.append(_group(heading, widths))
        for row in rows:
            made.append(_row(table, row, widths))
    caption._p.addnext(made)
    file.add_paragraph(style="Table End")


def column_widths(table: Table, width: int) -> list[int]:
    """Return the columns' widths in twips, which add up to `width`.

    Columns of numbers are alike, and leave the first what they do not need. Columns of words get room by how much there
    is to say, and none below its longest word as far as that goes.
    """
    said = [list(_said(table, number)) for number in range(len(table.columns))]
    least = [_MARGINS + _LETTER * max(min(_longest(text), _LONGEST) for text in column) for column in said]
    path = _PATH_LETTER * max((len(row.path) for row in table.rows), default=0)
    least[0] = max(least[0], min(path, 0.38 * width))
    if table.kind == "numbers" and len(said) > 1:
        rest = len(said) - 1
        narrow, wide = (width * share for share in _FIRST)
        first = min(max(width - 1.05 * rest * max(least[1:]), narrow), wide)
        found = [round(first), *[round((width - first) / rest)] * rest]
    elif (spare := width - sum(least)) < 0:
        found = [round(width * low / sum(least)) for low in least]
    else:
        wanted = [math.sqrt(1 + sum(map(len, column))) for column in said]
        wanted[0] = 0 if path and len(wanted) > 1 else wanted[0]  # room for the paths is room enough
        found = [round(low + spare * want / sum(wanted)) for low, want in zip(least, wanted, strict=True)]
    return [width - sum(found[1:]), *found[1:]]


def _said(table: Table, column: int) -> Iterator[str]:
    """Yield every text in a column but the paths, whose letters are of another width."""
    yield table.columns[column]
    for row in table.rows:
        if column == 0:
            yield from (row.head, row.detail)
        elif column <= len(row.cells):
            yield from (row.cells[column - 1].text, row.cells[column - 1].detail)


def _longest(text: str) -> int:
    return max(map(len, text.split(" ")))


def _properties(table: Table, width: int) -> Any:
    properties = element("tblPr")
    properties.append(element("tblStyle", val=TABLE_STYLE.replace(" ", "")))
    properties.append(element("tblW", w=width, type="dxa"))
    properties.append(element("tblLayout", type="fixed"))
    properties.append(element("tblLook", val="00A0", firstRow=1, lastRow=0, firstColumn=1, lastColumn=0))
    properties.append(element("tblCaption", val=table.caption))
    return properties


def _heading(table: Table, widths: Sequence[int]) -> Any:
    row = _new_row(heading=True)
    for number, (title, wide) in enumerate(zip(table.columns, widths, strict=True)):
        side: Literal["left", "right"] = "right" if number and table.kind == "numbers" else "left"
        row.append(_cell(wide, [_paragraph(title, "Table Heading", side, keep=True)], at_bottom=True))
    return row


def _group(heading: str, widths: Sequence[int]) -> Any:
    row = _new_row()
    row.append(_cell(sum(widths), [_paragraph(heading, "Table Heading", keep=True)], span=len(widths)))
    return row


def _row(table: Table, given: Row, widths: Sequence[int]) -> Any:
    row = _new_row()
    head = [_paragraph(given.head, "Table Heading"), *_details(given.detail)]
    if given.path:
        head.append(_paragraph(given.path, "Table Path"))
    row.append(_cell(widths[0], head))
    side: Literal["left", "right"] = "right" if table.kind == "numbers" else "left"
    for cell, wide in zip_longest(given.cells, widths[1:], fillvalue=None):
        cell = cell or Cell("")
        # A number may part from its error where the column is narrow, but not from its unit.
        text = cell.text.replace(f"{GAP}±", " ±")
        row.append(_cell(wide or 0, [_paragraph(text, "Table Text", side), *_details(cell.detail, side)]))
    return row


def _details(detail: str, side: Literal["left", "right"] = "left") -> list[Any]:
    return [_paragraph(line, "Table Detail", side) for line in detail.splitlines()]


def _new_row(*, heading: bool = False) -> Any:
    row, properties = element("tr"), element("trPr")
    properties.append(element("cantSplit"))
    if heading:
        properties.append(element("tblHeader"))
    row.append(properties)
    return row


def _cell(width: int, paragraphs: Sequence[Any], *, span: int = 1, at_bottom: bool = False) -> Any:
    cell, properties = element("tc"), element("tcPr")
    properties.append(element("tcW", w=width, type="dxa"))
    if span > 1:
        properties.append(element("gridSpan", val=span))
        properties.append(element("shd", val="clear", color="auto", fill=SHADE))
    if at_bottom:
        properties.append(element("vAlign", val="bottom"))
    cell.append(properties)
    for paragraph in paragraphs:
        cell.append(paragraph)
    return cell


def _paragraph(text: str, style: str, side: Literal["left", "right"] = "left", *, keep: bool = False) -> Any:
    paragraph, properties = element("p"), element("pPr")
    properties.append(element("pStyle", val=style.replace(" ", "")))
    if keep:
        properties.append(element("keepNext"))
    if side == "right":
        properties.append(element("jc", val="right"))
    paragraph.append(properties)
    run, words = element("r"), element("t")
    words.set(qn("xml:space"), "preserve")
    words.text = text
    run.append(words)
    paragraph.append(run)
    return paragraph
