"""Rows of a CSV file, as programs and spreadsheets write them: columns separated by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.errors import UsageError
from sim.tables.rows import Cell, Rows, content_of, file_name, lines_of

_DELIMITERS = (",", ";", "\t")
_NAMED_DELIMITER = re.compile(r'"?sep=([,;\t])"?[,;\t ]*', re.IGNORECASE)
"""The line with which Excel is told what separates columns."""


class CsvRows(Rows):
    """The rows of a text; `body` is where the line after the heading begins in it."""

    def __init__(self, path: Path, text: str, heading: Sequence[str], body: int, delimiter: str) -> None:
        super().__init__(path, heading, text.count("\n", 0, max(body - 1, 0)) + 1)
        self.text = text
        self.body = body
        self.delimiter = delimiter

    line_word = "line"

    def place(self, line: int, column: int | None = None) -> str:
        """Return file and line."""
        return f"{file_name(self.path)}:{line}"

    def records(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the line in which each row begins, with its cells; UsageError for what is no CSV."""
        line = self.text.count("\n", 0, self.body)
        reader = csv.reader(io.StringIO(self.text[self.body :], newline="\n"), delimiter=self.delimiter)
        before = 0
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield line + before + 1, list(cells)
                before = reader.line_num
        except csv.Error as error:
            place = f"{file_name(self.path)}:{line + reader.line_num}"
            raise UsageError(f"{place}: cannot be read as CSV: {error}") from None


def csv_rows(path: Path, required: Sequence[str]) -> CsvRows:
    """Return the rows of a CSV file; what separates columns is what separates most of the required names.

    Raises UsageError for a file that is no CSV.
    """
    text = _text(path)
    start = len(text) - len(text.lstrip("\r\n \t"))
    named = _NAMED_DELIMITER.fullmatch(text[start : _next_line(text, start)].strip("\r\n"))
    if named is not None:
        start = _next_line(text, start)
    body = _next_line(text, start)
    first = text[start:body].strip("\r\n")
    try:
        headings = {mark: _cells(first, mark) for mark in ((named[1],) if named is not None else _DELIMITERS)}
    except csv.Error as error:
        line = text.count("\n", 0, start) + 1
        raise UsageError(f"{file_name(path)}:{line}: the heading cannot be read: {error}") from None
    delimiter = max(headings, key=lambda mark: sum(name.lower() in required for name in headings[mark]))
    return CsvRows(path, text, headings[delimiter], body, delimiter)


def _text(path: Path) -> str:
    name, data = file_name(path), content_of(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: is not UTF-8 text; save the file as CSV in UTF-8") from None
    return lines_of(name, text, "draw")


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _next_line(text: str, start: int) -> int:
    """Return where the line after the one at `start` begins."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end + 1
