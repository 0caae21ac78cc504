"""Columns of a table, checked: every fault names its place in the file and column, and says what is allowed.

Arrow reads a plain CSV file, in seconds for a million rows. What it cannot read is read again row by row, which finds
the line, and understands numbers as people write them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from sim.decision.value.psa import Floats
from sim.errors import UsageError, did_you_mean
from sim.scenario.typed_numbers import SHARE, Mark, how_to_write, mark_of, plain_number
from sim.tables.csv_rows import CsvRows, csv_rows
from sim.tables.rows import Cell, Odd, Rows, quoted
from sim.tables.workbook_rows import is_workbook, workbook_rows

LARGEST = 1e12


@dataclass(frozen=True)
class Columns:
    """Columns of a table by name: numbers, (rows,), and text without the spaces around it, as codes of its values."""

    rows: Rows
    names: list[str]
    codes: dict[str, tuple[NDArray[np.int64], list[str]]]
    numbers: dict[str, Floats]

    def coded(self, column: str) -> tuple[NDArray[np.int64], list[str]]:
        """Return a column of text as (rows,) places in the list of its values, in the order of first appearance."""
        return self.codes[column]

    def line(self, row: int) -> int:
        """Return the line of the file in which a row begins, from 1."""
        return next(line for k, (line, _) in enumerate(self.rows.records()) if k == row)

    def fail(self, row: int, column: str, message: str) -> NoReturn:
        """Raise the error about a row and column."""
        place = self.rows.place(self.line(row), self.names.index(column))
        raise UsageError(f"{place}: column {column}: {message}")


def read_columns(
    path: Path, required: Sequence[str], words: Sequence[str], others: bool = False, unlike: Sequence[str] = ()
) -> Columns:
    """Return the required columns, those in `words` as text and the rest as numbers, and with `others` all others too.

    Required names may be written in capitals. Of a workbook it is the one sheet that has them; a sheet that has all of
    the columns `unlike` as well is another table. Raises UsageError.
    """
    rows = workbook_rows(path, required, unlike) if is_workbook(path) else csv_rows(path, required)
    names = _names(rows, required)
    wanted = [name for name in names if name in required or (others and name)]
    found = _by_arrow(rows, names, wanted, words) if isinstance(rows, CsvRows) else None
    found = _by_row(rows, names, wanted, words) if found is None else found
    if not len(found.codes[words[0]][0]):
        raise UsageError(f"{rows.place(rows.heading_line)}: has a heading but no rows; allowed: a row for every draw")
    return found


def _names(rows: Rows, required: Sequence[str]) -> list[str]:
    """Return the names of the columns, required ones as they are asked for; raises UsageError for a bad heading."""
    place = rows.place(rows.heading_line)
    heading = rows.heading
    names = [name.lower() if name.lower() in required else name for name in heading]
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise UsageError(f"{place}: column {quoted(twice[0])} is there twice; allowed: once")
    for name in required:
        if name not in names:
            given = ", ".join(quoted(cell) for cell in heading[:12])
            near = did_you_mean(name, [cell for cell in heading if cell.lower() not in required])
            raise UsageError(f"{place}: column {name} is missing; needed: {', '.join(required)}; given: {given}.{near}")
    long = next((name for name in names if len(name) > 100), None)
    if long is not None:
        raise UsageError(f"{place}: column {quoted(long)} has a name of {len(long)} characters; allowed: at most 100")
    return names


def _by_arrow(rows: CsvRows, names: list[str], wanted: list[str], words: Sequence[str]) -> Columns | None:
    """Return the columns, or None if there is anything in them that only reading row by row can judge."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow

    body = rows.text[rows.body :].encode()
    if not body.strip() or rows.delimiter != ",":
        return None
    read = [name if name in wanted else f"\0{k}" for k, name in enumerate(names)]
    types = {name: pa.string() if name in words else pa.float64() for name in wanted}
    try:
        table = arrow.read_csv(
            pa.BufferReader(body),
            read_options=arrow.ReadOptions(column_names=read),
            parse_options=arrow.ParseOptions(newlines_in_values=b'"' in body),
            convert_options=arrow.ConvertOptions(
                include_columns=wanted, column_types=types, null_values=[], strings_can_be_null=False
            ),
        ).combine_chunks()
    except pa.ArrowInvalid:
        return None
    numbers = {name: table[name].to_numpy().astype(np.float64) for name in wanted if name not in words}
    if any(not (np.abs(values) <= LARGEST).all() for values in numbers.values()):
        return None
    codes = {}
    for name in words:
        trimmed = pc.utf8_trim_whitespace(table[name]).combine_chunks()
        encoded = trimmed.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        if "" in values:
            return None
        codes[name] = (encoded.indices.to_numpy().astype(np.int64), values)
    return Columns(rows, names, codes, numbers)


def _by_row(rows: Rows, names: list[str], wanted: list[str], words: Sequence[str]) -> Columns:
    """Return the columns, read and checked cell by cell; raises UsageError for the first fault."""
    at = {name: names.index(name) for name in wanted}
    read: dict[str, list[str]] = {name: [] for name in words}
    figures = _Figures(rows, {name: k for name, k in at.items() if name not in words})
    for line, cells in _full(rows, len(names)):
        for name in words:
            read[name].append(_word(cells[at[name]], rows, line, at[name], name))
        figures.add(line, cells)
    codes = {}
    for name, values in read.items():
        known: dict[str, int] = {}
        codes[name] = (np.array([known.setdefault(value, len(known)) for value in values], dtype=np.int64), list(known))
    return Columns(rows, names, codes, figures.numbers())


def _full(rows: Rows, width: int) -> Iterator[tuple[int, list[Cell]]]:
    for line, cells in rows.records():
        if len(cells) != width:
            hint = ""
            if isinstance(rows, CsvRows) and rows.delimiter == "," and len(cells) > width:
                hint = ". With decimal commas, separate columns by semicolons"
            raise UsageError(f"{rows.place(line)}: has {len(cells)} columns; allowed: {width}, as in the heading{hint}")
        yield line, cells


def _word(cell: Cell, rows: Rows, line: int, column: int, name: str) -> str:
    fault = cell.message if isinstance(cell, Odd) else ""
    text = "" if isinstance(cell, Odd) else f"{cell:.15g}" if isinstance(cell, float) else cell.strip()
    if not text:
        raise UsageError(f"{rows.place(line, column)}: column {name}: {fault or 'must not be empty'}")
    return text


class _Figures:
    """Columns of numbers, kept as they are written until it is known what stands before their decimals."""

    def __init__(self, rows: Rows, at: dict[str, int]) -> None:
        self._rows = rows
        self._at = at
        self._lines: list[int] = []
        self._cells: dict[str, list[Cell]] = {name: [] for name in at}
        self._marks: set[Mark] = set()

    def add(self, line: int, cells: list[Cell]) -> None:
        self._lines.append(line)
        for name, k in self._at.items():
            cell = cells[k]
            cell = cell.strip() if isinstance(cell, str) else cell
            self._cells[name].append(cell)
            if isinstance(cell, str):
                self._marks.add(mark_of(cell))

    def numbers(self) -> dict[str, Floats]:
        """Return the numbers by column; raises UsageError for the first that is none, line by line."""
        marks: set[Mark] = self._marks - {""}
        if not marks and isinstance(self._rows, CsvRows) and self._rows.delimiter == ",":
            marks = {"."}
        mark: Mark = marks.pop() if len(marks) == 1 else ""
        found: dict[str, list[float]] = {name: [] for name in self._at}
        in_percent = {name: any(_is_percent(cell) for cell in cells) for name, cells in self._cells.items()}
        for k, line in enumerate(self._lines):
            for name, cells in self._cells.items():
                try:
                    found[name].append(_number(cells[k], mark, in_percent[name]))
                except ValueError as fault:
                    shown = name if name.isprintable() else ascii(name)
                    place = self._rows.place(line, self._at[name])
                    raise UsageError(f"{place}: column {shown}: {fault}") from None
        return {name: np.array(values, dtype=np.float64) for name, values in found.items()}


def _is_percent(cell: Cell) -> bool:
    return isinstance(cell, str) and cell.endswith("%")


def _number(cell: Cell, mark: Mark, in_percent: bool) -> float:
    """Return the number in a cell of a column, of which others are `in_percent` perhaps; ValueError says why not."""
    if isinstance(cell, Odd):
        raise ValueError(cell.message)
    value = cell if isinstance(cell, float) else plain_number(cell, SHARE, mark)
    if value is not None and abs(value) <= LARGEST and (not in_percent or abs(value) <= 1 or _is_percent(cell)):
        return value
    given = quoted(f"{cell:.15g}" if isinstance(cell, float) else cell)
    if value is None:
        advice = how_to_write(str(cell), SHARE)
        raise ValueError(f"must be a finite number{f'; {advice}' if advice else ''}; given {given}")
    if not abs(value) <= LARGEST:
        raise ValueError(f"must be from -{LARGEST:.0e} to {LARGEST:.0e}; given {given}")
    share = f"{value:.15g} % or {value / 100:.15g}"
    raise ValueError(f"others in this column are in per cent; write {share}; given {given}")
