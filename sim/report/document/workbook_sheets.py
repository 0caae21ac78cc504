"""The sheets of a workbook: the answer in short, a table of data each, and how all of it is to be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, assert_never

from sim.report.document.document import (
    Bullets,
    Caution,
    Code,
    Document,
    Facts,
    Gallery,
    Meanings,
    Plain,
    Table,
    Text,
)
from sim.report.document.workbook_formats import Writer, cell_text, is_error, number_format
from sim.report.document.workbook_parts import Grid, Number, UnitOf, WorkbookParts
from sim.report.document.workbook_words import GUIDE, SHEETS, described
from sim.report.table import Table as Data

MOST_ROWS = 1_048_576
"""Rows of a sheet."""
MOST_COLUMNS = 16_384
_SAMPLE = 200
_ON_A_PAGE = 20
"""Columns that can be read on a printed page."""
_NARROW, _WIDE = 9, 44
_WORDS = 78
"""Width of the column of text on the first sheet, in characters."""
_EXPLAINED = 100
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "part": {"bold": True, "font_size": 13, "font_color": "#00456b"},
    "lead": {"bold": True},
    "note": {"italic": True, "font_color": "#555555"},
    "plain": {},
}
Line = tuple[str, str]


def sheet_names(parts: WorkbookParts) -> dict[str, str]:
    """Return the name of the sheet of every table; names differ, whatever their capitals."""
    taken = {"summary", "charts", "chart data", "inputs", "how to read this"}
    names = {}
    for table in parts.tables:
        wanted = SHEETS[table][0] if table in SHEETS else table.replace("_", " ").capitalize()[:27]
        name, number = wanted, 2
        while name.lower() in taken:
            name, number = f"{wanted} {number}", number + 1
        taken.add(name.lower())
        names[table] = name
    return names


def add_summary(writer: Writer, sheet: Any, document: Document, key: Grid | None) -> None:
    """Fill the first sheet: title, what was done, the opening in its order, and the main numbers."""
    sheet.set_column(0, 0, _WORDS)
    sheet.hide_gridlines(2)
    row = 0
    for style, text in _opening(document, has_numbers=key is not None):
        writer.text(sheet, row, 0, text, text_wrap=True, valign="top", **_LOOKS[style])
        writer.height(sheet, row, text, _WORDS, _LOOKS[style].get("font_size", 11))
        row += 1
    if key is not None:
        _key(writer, sheet, row + 1, key)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _opening(document: Document, *, has_numbers: bool) -> Iterator[Line]:
    yield "title", document.title
    yield "note", document.kind_line
    if document.description:
        yield "plain", document.description
    yield from _lines(document.facts, has_numbers)
    for section in document.opening:
        lines = [line for block in section.plain for line in _lines(block, has_numbers)]
        if lines:
            yield "plain", ""
            yield "part", section.title
            yield from lines


def _lines(block: Plain, has_numbers: bool) -> Iterator[Line]:
    """Yield the lines of a block; a table of numbers is left out where the sheet has them as numbers."""
    match block:
        case Text():
            yield block.style if block.style in _LOOKS else "plain", block.text
        case Bullets():
            yield from (("plain", item) for item in block.items)
        case Caution():
            yield "plain", f"{block.strong} {block.text}"
        case Code():
            yield "plain", block.text
        case Facts() | Meanings():
            for term, value in block.items:
                yield "plain", f"{term}: {value.text if isinstance(value, Code) else value}"
        case Table():
            if block.kind == "numbers" and has_numbers:
                return
            yield "note", block.caption
            for row in block.rows:
                cells = zip(block.columns[1:], row.cells, strict=False)
                said = (f"{head}: {' '.join(filter(None, (cell.text, cell.detail)))}" for head, cell in cells)
                yield "plain", f"{row.head}. {'; '.join(said)}"
        case Gallery():
            return
        case _:
            assert_never(block)


def _key(writer: Writer, sheet: Any, row: int, key: Grid) -> None:
    """Write the main numbers; their simulation errors stand to the right, in columns that are shown by a click."""
    writer.text(sheet, row, 0, key.title, **_LOOKS["part"])
    counted, behind = key.with_errors, len(key.columns)
    for column, heading in enumerate((*key.columns, *(f"Error (±): {key.columns[k]}" for k in counted))):
        writer.text(sheet, row + 1, column, heading, bold=True, text_wrap=True, valign="top", bottom=1)
        if column:
            hidden = {"level": 1, "hidden": True} if column >= behind else {}
            texts = (len(text) + 1 for one in key.rows if column < behind and isinstance(text := one[column], str))
            sheet.set_column(column, column, min(max(len(heading) + 2, 12, *texts), 26), None, hidden)
    if counted:
        sheet.set_column(behind + len(counted), behind + len(counted), None, None, {"collapsed": True})
    for below, cells in enumerate(key.rows, row + 2):
        if isinstance(cells[0], str):
            writer.height(sheet, below, cells[0], _WORDS)
        for column, cell in enumerate(cells):
            wrapped = {"text_wrap": True} if isinstance(cell, str) else {}
            writer.value(sheet, below, column, cell, valign="top", **wrapped)
        for column, k in enumerate(counted, behind):
            one = cells[k]
            if isinstance(one, Number):
                writer.number(sheet, below, column, one.error, number_format(one.unit, is_error=True))


def add_table_sheet(writer: Writer, name: str, table: str, data: Data, unit_of: UnitOf) -> tuple[int, int]:
    """Add a sheet with a table of data, and return how many rows and columns of it had no room."""
    sheet = writer.book.add_worksheet(name)
    columns = data.columns[:MOST_COLUMNS]
    room = MOST_ROWS - 1 if len(data) <= MOST_ROWS - 1 else MOST_ROWS - 2
    for number, row in enumerate(islice(data, room), 1):
        for k, column in enumerate(columns):
            value = row[column]
            if isinstance(value, str):
                writer.text(sheet, number, k, value)
            elif isinstance(value, bool):
                writer.value(sheet, number, k, value)
            elif value is not None:
                writer.number(sheet, number, k, value, _format(table, column, row, value, unit_of))
    missing = max(len(data) - room, 0)
    if missing:
        writer.text(sheet, MOST_ROWS - 1, 0, f"{missing:,} more rows had no room here; {table}.csv holds all.")
    for k, column in enumerate(columns):
        texts = (len(value) + 1 for value in islice(data[column], _SAMPLE) if isinstance(value, str))
        sheet.set_column(k, k, min(max(_NARROW, len(column) + 4, *texts), _WIDE))
    _page(sheet, wide=len(columns) > _ON_A_PAGE)
    sheet.freeze_panes(1, 0)
    headings = [{"header": heading, "header_format": writer.heading} for heading in _headings(columns)]
    sheet.add_table(
        0, 0, max(min(len(data), room), 1), len(columns) - 1,
        {"name": f"table_{table}", "columns": headings, "style": "Table Style Light 9"},
    )  # fmt: skip
    return missing, len(data.columns) - len(columns)


def _page(sheet: Any, *, wide: bool) -> None:
    """Have a sheet printed on its side with its headings on every page, one page wide unless that is unreadable."""
    sheet.set_landscape()
    sheet.repeat_rows(0)
    if not wide:
        sheet.fit_to_pages(1, 0)


def _format(table: str, column: str, row: Mapping[str, Any], value: float, unit_of: UnitOf) -> str:
    unit = unit_of(table, column, row)
    if unit is None:
        return "#,##0" if isinstance(value, int) and column != "seed" else "General"
    return number_format(unit, is_error=is_error(column), as_given=table in ("inputs", "draws"))


def _headings(columns: tuple[str, ...]) -> list[str]:
    """Return headings for a table: plain text, no two alike, whatever their capitals, and none empty or too long."""
    taken: set[str] = set()
    headings = []
    for column in columns:
        wanted = cell_text(column)[:240] or "column"
        heading, number = wanted, 2
        while heading.lower() in taken:
            heading, number = f"{wanted} ({number})", number + 1
        taken.add(heading.lower())
        headings.append(heading)
    return headings


def add_guide(
    writer: Writer, names: Mapping[str, str], parts: WorkbookParts, left_out: Mapping[str, tuple[int, int]]
) -> None:
    """Add the sheet that says what each sheet and column is."""
    sheet = writer.book.add_worksheet("How to read this")
    for column, (width, heading) in enumerate(((26, "Sheet or subject"), (38, "Column"), (_EXPLAINED, "What it is"))):
        sheet.set_column(column, column, width)
        writer.text(sheet, 0, column, heading, bold=True, bottom=1)
    sheet.freeze_panes(1, 0)
    for row, line in enumerate(_guide(names, parts, left_out), 1):
        for column, text in enumerate(line):
            writer.text(sheet, row, column, text, text_wrap=True, valign="top", bold=column == 0)
        writer.height(sheet, row, line[-1], _EXPLAINED)
    _page(sheet, wide=False)


def _guide(
    names: Mapping[str, str], parts: WorkbookParts, left_out: Mapping[str, tuple[int, int]]
) -> Iterator[tuple[str, str, str]]:
    yield from ((subject, "", words) for subject, words in GUIDE)
    yield "Summary", "", "The answer in words, as the report has it, and the main numbers."
    if parts.charts:
        yield "Charts", "", "The main figures as charts that can be changed and copied."
        yield "Chart data", "", "The numbers that the charts show, one block a chart; the charts follow these cells."
    shown = [(table, name, parts.tables[table]) for table, name in names.items()]
    if parts.inputs is not None:
        shown.append(("inputs", "Inputs", parts.inputs))
    for table, name, data in shown:
        rows, columns = left_out.get(table, (0, 0))
        missing = f" {rows:,} rows and {columns:,} columns had no room here." if rows or columns else ""
        file = "" if table == "inputs" else f" The file {table}.csv holds the same."
        yield name, "", f"{SHEETS[table][1] if table in SHEETS else 'A table of the result.'}{file}{missing}"
        for column, words in described(table, data.columns):
            yield name, column, words
