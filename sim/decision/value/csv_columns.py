"""Columns of a CSV file, checked: every fault names file, line and column, and says what is allowed.

Arrow reads the file, in seconds for a million rows. What it cannot read is read again row by row, which finds the line.
"""

from __future__ import annotations

import csv
import io
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from sim.decision.value.psa import Floats
from sim.errors import UsageError, did_you_mean

MOST_BYTES = 300_000_000
LARGEST = 1e12
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_SHOWN = 60


@dataclass(frozen=True)
class Columns:
    """Columns of a file by name: numbers, (rows,), and text without the spaces around it, as codes of its values."""

    path: Path
    codes: dict[str, tuple[NDArray[np.int64], list[str]]]
    numbers: dict[str, Floats]
    text: str

    def coded(self, column: str) -> tuple[NDArray[np.int64], list[str]]:
        """Return a column of text as (rows,) places in the list of its values, in the order of first appearance."""
        return self.codes[column]

    def line(self, row: int) -> int:
        """Return the line of the file in which a row begins, from 1."""
        return next(line for k, (line, _) in enumerate(_records(self.path, self.text)) if k == row)

    def fail(self, row: int, column: str, message: str) -> NoReturn:
        """Raise the error about a row and column."""
        raise UsageError(f"{file_name(self.path)}:{self.line(row)}: column {column}: {message}")


def read_columns(path: Path, required: Sequence[str], words: Sequence[str], others: bool = False) -> Columns:
    """Return the required columns, those in `words` as text and the rest as numbers, and with `others` all others too.

    Raises UsageError.
    """
    text = _text(path)
    heading = _heading(path, text)
    _check_heading(path, heading, required)
    wanted = [name for name in heading if name in required or (others and name)]
    found = _by_arrow(path, text, heading, wanted, words)
    found = _by_row(path, text, heading, wanted, words) if found is None else found
    if not len(found.codes[words[0]][0]):
        raise UsageError(f"{file_name(path)}: has a heading but no rows; allowed: a row for every draw")
    return found


def quoted(text: str) -> str:
    """Return text of a file as it stands in a message: in quotes, cut, with nothing that cannot be printed."""
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    return f"'{short}'" if short.isprintable() else ascii(short)


def file_name(path: Path) -> str:
    """Return a path as it stands in a message."""
    return str(path) if str(path).isprintable() else ascii(str(path))


def _text(path: Path) -> str:
    name = file_name(path)
    if path.is_dir():
        raise UsageError(f"{name}: is a directory; allowed: a CSV file")
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{name}: is not a regular file; allowed: a CSV file")
        size = status.st_size
        if size > MOST_BYTES:
            most = f"{MOST_BYTES / 1e6:.0f} MB"
            raise UsageError(f"{name}: has {size / 1e6:,.0f} MB; allowed: at most {most}. Thin the draws")
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{name}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{name}:{line}: is not UTF-8 text; save the file as CSV in UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UsageError(f"{name}:{line}: holds a NUL character; allowed: CSV text in UTF-8")
    if not text.strip():
        raise UsageError(f"{name}: is empty; allowed: a heading and a row for every draw")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _heading(path: Path, text: str) -> list[str]:
    first = text[: _body(text)].strip("\r\n")
    try:
        cells = next(csv.reader([first]))
    except csv.Error as error:
        raise UsageError(f"{file_name(path)}:1: the heading cannot be read: {error}") from None
    return [cell.strip() for cell in cells]


def _body(text: str) -> int:
    """Return where the line after the heading begins; blank lines before the heading are passed over."""
    start = len(text) - len(text.lstrip("\r\n \t"))
    end = text.find("\n", start)
    return len(text) if end < 0 else end + 1


def _check_heading(path: Path, heading: list[str], required: Sequence[str]) -> None:
    place = f"{file_name(path)}:1"
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(heading) == 1 and mark in heading[0]:
            raise UsageError(
                f"{place}: columns are separated by {name}; allowed: commas between columns, and a decimal point"
            )
    twice = [name for name in heading if name and heading.count(name) > 1]
    if twice:
        raise UsageError(f"{place}: column {quoted(twice[0])} is there twice; allowed: once")
    for name in required:
        if name not in heading:
            given = ", ".join(quoted(cell) for cell in heading[:12])
            near = did_you_mean(name, [cell for cell in heading if cell not in required])
            raise UsageError(f"{place}: column {name} is missing; needed: {', '.join(required)}; given: {given}.{near}")
    long = next((name for name in heading if len(name) > 100), None)
    if long is not None:
        raise UsageError(f"{place}: column {quoted(long)} has a name of {len(long)} characters; allowed: at most 100")


def _by_arrow(path: Path, text: str, heading: list[str], wanted: list[str], words: Sequence[str]) -> Columns | None:
    """Return the columns, or None if there is anything in them that only reading row by row can judge."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow

    body = text[_body(text) :].encode()
    if not body.strip():
        return None
    names = [name if name in wanted else f"\0{k}" for k, name in enumerate(heading)]
    types = {name: pa.string() if name in words else pa.float64() for name in wanted}
    try:
        table = arrow.read_csv(
            pa.BufferReader(body),
            read_options=arrow.ReadOptions(column_names=names),
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
    return Columns(path, codes, numbers, text)


def _by_row(path: Path, text: str, heading: list[str], wanted: list[str], words: Sequence[str]) -> Columns:
    """Return the columns, read and checked cell by cell; raises UsageError for the first fault."""
    at = {name: heading.index(name) for name in wanted}
    read: dict[str, list[str]] = {name: [] for name in words}
    numbers: dict[str, list[float]] = {name: [] for name in wanted if name not in words}
    for line, cells in _records(path, text):
        place = f"{file_name(path)}:{line}"
        if len(cells) != len(heading):
            raise UsageError(f"{place}: has {len(cells)} columns; allowed: {len(heading)}, as in the heading")
        for name, k in at.items():
            cell = cells[k].strip()
            if name in read:
                if not cell:
                    raise UsageError(f"{place}: column {name}: must not be empty")
                read[name].append(cell)
            else:
                numbers[name].append(_number(cell, f"{place}: column {name if name.isprintable() else ascii(name)}"))
    codes = {}
    for name, values in read.items():
        known: dict[str, int] = {}
        codes[name] = (np.array([known.setdefault(value, len(known)) for value in values], dtype=np.int64), list(known))
    return Columns(path, codes, {name: np.array(values) for name, values in numbers.items()}, text)


def _number(cell: str, place: str) -> float:
    if not _NUMBER.fullmatch(cell):
        hint = " with a decimal point" if re.fullmatch(r"[+-]?\d+,\d+", cell) else ""
        raise UsageError(f"{place}: must be a finite number{hint}; given {quoted(cell)}")
    value = float(cell)
    if not abs(value) <= LARGEST:
        raise UsageError(f"{place}: must be from -{LARGEST:.0e} to {LARGEST:.0e}; given {quoted(cell)}")
    return value


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line in which each row begins, with its cells; rows without anything in them are passed over."""
    start = _body(text)
    line = text.count("\n", 0, start)
    reader = csv.reader(io.StringIO(text[start:], newline="\n"))
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line + before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        place = f"{file_name(path)}:{line + reader.line_num}"
        raise UsageError(f"{place}: cannot be read as CSV: {error}") from None
