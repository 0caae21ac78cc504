"""Tables as clinics export them: CSV of any separator and encoding, and workbooks, with titles above the heading."""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import zipfile
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sim.errors import UsageError
from sim.learn.columns_in import RecordTable, Wanted, checked_heading, encoded, heading_among
from sim.output.extras import installing, is_installed
from sim.tables.rows import content_of, file_name, lines_of, quoted
from sim.tables.workbook_rows import is_workbook, opened_workbook

_SEPARATORS = (";", "\t", ",", "|")
_LAST_HEADING = 30
"""Rows among which the heading is looked for."""
_HEAD = 60_000
"""Characters among which it is looked for."""

Row = tuple[int, list[str]]


def read_table(path: Path, wanted: Wanted) -> RecordTable:
    """Return the table in a file; what stands above its heading, and a second line of heading, are passed over.

    Raises UsageError for a file that cannot be read, ScenarioError for a heading or rows that cannot be.
    """
    return _workbook(path, wanted) if is_workbook(path) else _text_file(path, wanted)


def _text_file(path: Path, wanted: Wanted) -> RecordTable:
    text = _decoded(path, content_of(path))
    heads = {
        mark: [cells for _, cells in islice(_csv_rows(path, text[:_HEAD], mark), _LAST_HEADING)] for mark in _SEPARATORS
    }
    mark = max(_SEPARATORS, key=lambda one: heading_among(heads[one], wanted)[1])
    return _table(path, None, _csv_rows(path, text, mark), wanted)


def _csv_rows(path: Path, text: str, mark: str) -> Iterator[Row]:
    """Yield the line in which each row begins, with its cells; rows without anything in them are passed over."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=mark)
    before = 0
    try:
        for cells in reader:
            if any(cells):
                yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise UsageError(f"{file_name(path)}:{reader.line_num}: cannot be read as CSV: {error}") from None


def _decoded(path: Path, data: bytes) -> str:
    """Return the text of a file, its line ends as line feeds: UTF-16 or UTF-8 by its marks, else UTF-8, else cp1252."""
    name = file_name(path)
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: is no text; save the file as CSV in UTF-8") from None
    return lines_of(name, text, "visit")


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data[1:2] == b"\0":
        return "utf-16-le"
    if data[:1] == b"\0":
        return "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _workbook(path: Path, wanted: Wanted) -> RecordTable:
    """Return the table on the sheet that has most of the columns; UsageError if several have as many."""
    name = file_name(path)
    if not is_installed("openpyxl"):
        raise UsageError(f"{name}: reading a workbook needs openpyxl; install it with: {installing('xlsx')}")
    data = content_of(path)
    book = opened_workbook(name, data, values=True, read_only=True)
    formulas = opened_workbook(name, data, values=False, read_only=True) if _has_formulas(data) else None
    scores = {}
    for sheet in book.worksheets:
        rows = [[_as_text(cell) for cell in row] for row in sheet.iter_rows(max_row=_LAST_HEADING, values_only=True)]
        scores[sheet.title] = heading_among(rows, wanted)[1]
    best = max(scores.values())
    chosen = [title for title, score in scores.items() if score == best]
    if len(chosen) > 1 and best:
        shown = ", ".join(quoted(title) for title in chosen[:12])
        raise UsageError(f"{name}: the sheets {shown} all have {best} of the columns; allowed: one of them")
    title = chosen[0]
    return _table(path, title, _sheet_rows(name, book[title], formulas and formulas[title]), wanted)


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [part for part in archive.namelist() if part.startswith("xl/worksheets/")]
        return any(b"<f>" in (content := archive.read(part)) or b"<f " in content for part in sheets)


def _sheet_rows(name: str, sheet: Any, formulas: Any) -> Iterator[Row]:
    """Yield the number of each row with its cells as text; UsageError for a formula that was never worked out."""
    others = formulas.iter_rows(values_only=True) if formulas is not None else None
    for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        formula = next(others, ()) if others is not None else ()
        for value, written in zip(row, formula, strict=False):
            if value is None and isinstance(written, str) and written.startswith("="):
                raise UsageError(
                    f"{name}: sheet {quoted(sheet.title)}, row {line}: holds a formula without its result; open the "
                    "file in Excel or LibreOffice, save it there, and try again"
                )
        cells = [_as_text(cell) for cell in row]
        if any(cells):
            yield line, cells


def _as_text(cell: Any) -> str:
    """Return a cell as it would stand in a CSV file: dates as 2024-03-01, truth as yes and no."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return f"{cell:.15g}"
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, datetime.date) else str(cell).strip()


def _table(path: Path, sheet: str | None, rows: Iterator[Row], wanted: Wanted) -> RecordTable:
    """Return the table in rows, whose heading is the one of the first of them that has most of the columns."""
    head = list(islice(rows, _LAST_HEADING))
    if not head:
        raise UsageError(f"{file_name(path)}: is empty; allowed: a heading and a row for every visit")
    k, _ = heading_among([cells for _, cells in head], wanted)
    line, cells = head[k]
    heading = _trimmed(cells)
    at = checked_heading(path, sheet, line, heading, wanted)
    passed_over = [above for above, _ in head[:k]]
    rest = head[k + 1 :]
    if rest and _is_second_heading(rest[0][1], at):
        passed_over.append(rest[0][0])
        rest = rest[1:]
    return encoded(path, sheet, heading, at, chain(rest, rows), passed_over)


def _trimmed(cells: Sequence[str]) -> list[str]:
    """Return the cells of a heading to the last that is not empty, each on one line."""
    found = [" ".join(cell.split()) for cell in cells]
    while found and not found[-1]:
        found.pop()
    return found


def _is_second_heading(cells: Sequence[str], at: dict[str, int]) -> bool:
    """Tell whether the row below the heading says what is in the columns, as units do: no date, no reading, no yes."""

    def cell(name: str) -> str:
        return cells[at[name]].strip() if name in at and at[name] < len(cells) else ""

    when = cell("date") + cell("day")
    reading = cell("pain").replace(",", "").replace(".", "")
    attended = cell("attended").casefold()
    return not any(map(str.isdigit, when)) and not reading.isdigit() and len(attended) not in (1, 2, 3, 4)
