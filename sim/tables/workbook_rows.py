"""Rows of a sheet of an Excel workbook: one table on it, read as it was last saved, every fault with sheet and cell."""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sim.errors import UsageError
from sim.output.extras import installing, is_installed
from sim.tables.rows import Cell, Odd, Rows, content_of, file_name, quoted

ENDINGS = (".xlsx", ".xlsm")
OTHER_ENDINGS = (".xls", ".xlsb", ".ods", ".numbers")
MOST_UNPACKED = 400_000_000
MOST_CELLS = 4_000_000
_LAST_HEADING = 100
"""Rows among which the heading of a table is looked for."""
_NO_RESULT = "holds a formula without its result; open the file in Excel or LibreOffice, save it there, and try again"


def is_workbook(path: Path) -> bool:
    """Tell whether a file is to be read as a workbook; UsageError for one of another kind."""
    ending = path.suffix.lower()
    if ending in OTHER_ENDINGS:
        raise UsageError(f"{file_name(path)}: is not read; save it as an Excel workbook (.xlsx) or as CSV")
    return ending in ENDINGS


class SheetRows(Rows):
    """The rows of a sheet, whose first row with anything in it is the heading."""

    line_word = "row"

    def __init__(self, path: Path, sheet: str, rows: list[tuple[int, list[Cell]]], first_column: int) -> None:
        line, heading = rows[0]
        super().__init__(path, [_as_text(cell) for cell in heading], line)
        self.sheet = sheet
        self._rows = rows[1:]
        self._first_column = first_column

    def place(self, line: int, column: int | None = None) -> str:
        """Return file, sheet and cell, or row."""
        where = f"row {line}" if column is None else f"cell {_letters(self._first_column + column)}{line}"
        return f"{file_name(self.path)}: sheet {quoted(self.sheet)}, {where}"

    def records(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the number of each row with its cells."""
        yield from self._rows


def workbook_rows(path: Path, required: Sequence[str], unlike: Sequence[str] = ()) -> SheetRows:
    """Return the rows of the one sheet whose heading has the required names and not all of those in `unlike`.

    Raises UsageError for a workbook that cannot be read, and for whatever makes it doubtful where the table is or what
    a cell of it holds: merged cells, a second table, other things beside it.
    """
    name = file_name(path)
    if not is_installed("openpyxl"):
        raise UsageError(f"{name}: reading a workbook needs openpyxl; install it with: {installing('xlsx')}")
    data = content_of(path)
    sheets = opened_workbook(name, data, values=False).worksheets
    wanted = {column.lower() for column in required}
    tables = {sheet.title: heading for sheet in sheets if (heading := _heading(sheet, wanted))}
    if not tables:
        raise UsageError(f"{name}: is empty; allowed: a heading and a row for every draw")
    fitting = [
        title for title, found in tables.items()
        if wanted <= found and not (unlike and set(unlike) <= found)
    ]  # fmt: skip
    if len(fitting) > 1:
        shown = ", ".join(quoted(title) for title in fitting[:12])
        columns = ", ".join(required)
        raise UsageError(f"{name}: the sheets {shown} all have the columns {columns}; allowed: one of them")
    chosen = fitting[0] if fitting else next(iter(tables))
    sheet = next(sheet for sheet in sheets if sheet.title == chosen)
    values = None
    if any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row):
        values = opened_workbook(name, data, values=True)[chosen]
    return _table(path, sheet, values, wanted)


def workbook_headings(path: Path, column: str) -> list[list[str]]:
    """Return the names of the columns of every sheet that has a column, whose name is in small letters.

    Raises UsageError for a workbook that cannot be read.
    """
    if not is_installed("openpyxl"):
        return []  # which is said by whatever reads the rows
    book = opened_workbook(file_name(path), content_of(path), values=True, read_only=True)
    headings = []
    for sheet in book.worksheets:
        for row in sheet.iter_rows(max_row=_LAST_HEADING, values_only=True):
            names = ["" if value is None else str(value).strip() for value in row]
            if column in (name.lower() for name in names):
                headings.append(names)
                break
    return headings


def opened_workbook(name: str, data: bytes, *, values: bool, read_only: bool = False) -> Any:
    """Return the workbook in a file, with formulas or with their results; raises UsageError if it is none.

    One that is `read_only` is read row by row, without holding all of it.
    """
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise UsageError(f"{name}: holds {unpacked / 1e6:,.0f} MB; save the table as CSV, which may be larger")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it cannot keep (charts, validation) is of no concern here
            book = openpyxl.load_workbook(io.BytesIO(data), data_only=values, read_only=read_only)
    except UsageError:
        raise
    except zipfile.BadZipFile:
        raise UsageError(f"{name}: is no Excel workbook (.xlsx), or is locked with a password") from None
    except Exception as error:  # whatever a broken file makes of its reader
        said = quoted(str(error) or type(error).__name__)
        raise UsageError(f"{name}: cannot be read as an Excel workbook: {said}") from None
    for sheet in book.worksheets:
        if (sheet.max_row or 0) * (sheet.max_column or 0) > MOST_CELLS:
            last = f"{_letters(sheet.max_column)}{sheet.max_row}"
            raise UsageError(
                f"{name}: sheet {quoted(sheet.title)} reaches to cell {last}; allowed: at most {MOST_CELLS:,} cells; "
                "save the table as CSV"
            )
    return book


def _heading(sheet: Any, required: set[str]) -> set[str]:
    """Return the names in the first row of a sheet that has those required, else in the first with anything in it."""
    first: set[str] = set()
    for row in sheet.iter_rows(max_row=_LAST_HEADING, values_only=True):
        found = {str(value).strip().lower() for value in row if value is not None} - {""}
        if found >= required:
            return found
        first = first or found
    return first


def _table(path: Path, sheet: Any, values: Any, required: set[str]) -> SheetRows:
    """Return the table on a sheet, `values` being the same with results in place of formulas, if there are any."""
    name = f"{file_name(path)}: sheet {quoted(sheet.title)}"
    for merged in sheet.merged_cells.ranges:
        raise UsageError(f"{name}, cells {merged.coord}: are merged; allowed: a cell for every value. Split them")
    rows: list[tuple[int, list[Cell]]] = []
    for line, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(one, None if values is None else values[one.coordinate].value) for one in row]
        if any(cell != "" for cell in cells):
            rows.append((line, cells))
    first, width = _extent(rows[0][1])
    heading = next((line for line, cells in rows if {_as_text(cell).lower() for cell in cells} >= required), None)
    if heading is not None and heading != rows[0][0]:
        where = f"{_letters(first + 1)}{rows[0][0]}"
        raise UsageError(f"{name}, cell {where}: stands above the heading in row {heading}; allowed: the heading first")
    _check_alone(name, rows, first, width)
    return SheetRows(path, sheet.title, [(line, cells[first : first + width]) for line, cells in rows], first + 1)


def _extent(heading: list[Cell]) -> tuple[int, int]:
    """Return the first column of a heading, from 0, and how many columns there are to its last."""
    filled = [k for k, cell in enumerate(heading) if cell != ""]
    return filled[0], filled[-1] - filled[0] + 1


def _check_alone(name: str, rows: list[tuple[int, list[Cell]]], first: int, width: int) -> None:
    """Raise UsageError for anything on a sheet but one table: what stands beside it, or is parted from it by a gap."""
    heading_line, heading = rows[0]
    for k in range(first, first + width):
        if all(cells[k] == "" for _, cells in rows):
            following = next(j for j in range(k, first + width) if heading[j] != "")
            where = f"{_letters(following + 1)}{heading_line}"
            raise UsageError(f"{name}, cell {where}: a second table begins here; allowed: one table on a sheet")
    for k, (line, cells) in enumerate(rows):
        filled = [j for j, cell in enumerate(cells) if cell != ""]
        outside = [j for j in filled if not first <= j < first + width]
        if outside:
            where = f"{_letters(outside[0] + 1)}{line}"
            raise UsageError(f"{name}, cell {where}: stands beside the table; allowed: one table on a sheet")
        if line != heading_line + k:
            where = f"{_letters(filled[0] + 1)}{line}"
            raise UsageError(
                f"{name}, cell {where}: stands below an empty row; allowed: one table on a sheet, without empty rows"
            )


def _cell(cell: Any, result: Any) -> Cell:
    """Return what a cell holds; `result` is that of its formula."""
    value = cell.value
    if cell.data_type == "f":
        if result is None:
            return Odd(_NO_RESULT)
        value = result
    if value is None:
        return ""
    if isinstance(value, bool):
        return Odd(f"holds {str(value).upper()}; allowed: a number")
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return Odd(f"holds a date or time ({value}); give the cell the format of a number and write the number again")
    text = str(value).strip()
    return Odd(f"holds the error {text}") if cell.data_type == "e" or text in _ERRORS else text


_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})


def _as_text(cell: Cell) -> str:
    if isinstance(cell, Odd):
        return ""
    return f"{cell:.15g}" if isinstance(cell, float) else cell


def _letters(column: int) -> str:
    """Return the letters of a column, from 1."""
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
