"""Columns of a user's table, each as the different texts in it and which of them stands in which row.

A clinic's file has many rows and few different cells, so each different text is kept, and judged, once.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError, did_you_mean, folded
from sim.tables.rows import file_name, quoted

Codes = NDArray[np.int32]
Lines = NDArray[np.int64]


@dataclass(frozen=True)
class TextColumn:
    """A column: (rows,) places in the list of its different texts, each without the spaces around it."""

    codes: Codes
    texts: list[str]

    def rows_of(self, code: int) -> NDArray[np.int64]:
        """Return the rows in which a text stands."""
        return np.flatnonzero(self.codes == code)


@dataclass(frozen=True)
class RecordTable:
    """A user's table: its known columns by the program's names, and the line in which each row begins, from 1.

    `passed_over`: lines above or below the heading that hold no row; `unread`: columns that nothing is read from;
    `heading`: all columns as the file names them.
    """

    path: Path
    sheet: str | None
    columns: Mapping[str, TextColumn]
    lines: Lines
    passed_over: tuple[int, ...]
    unread: tuple[str, ...]
    heading: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def name(self) -> str:
        """How the file is called in messages."""
        return file_name(self.path)

    def place(self, row: int) -> str:
        """Return where a row stands, as it is said in messages."""
        return place(self.path, self.sheet, int(self.lines[row]))


def place(path: Path, sheet: str | None, line: int) -> str:
    """Return where a line of a file, or a row of a sheet, is, as it is said in messages."""
    name = file_name(path)
    return f"{name}:{line}" if sheet is None else f"{name}: sheet {quoted(sheet)}, row {line}"


@dataclass(frozen=True)
class Wanted:
    """Which columns are looked for: `required`, of which an entry `a|b` is met by either, and `optional` ones.

    `called` has what the user's files call them, by the program's names.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    called: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """All names, those of alternatives one by one."""
        return [name for entry in (*self.required, *self.optional) for name in entry.split("|")]

    def found(self, heading: Sequence[str]) -> dict[str, list[int]]:
        """Return where in a heading each column stands, by the program's names."""
        plain = [folded(cell) for cell in heading]
        places = {}
        for name in self.names:
            mapped = folded(self.called[name]) if name in self.called else None
            wanted = mapped if mapped in plain else name
            if at := [k for k, cell in enumerate(plain) if cell == wanted]:
                places[name] = at
        return places


def heading_among(rows: Sequence[Sequence[str]], wanted: Wanted) -> tuple[int, int]:
    """Return the first row that has the most of the columns that are wanted, and how many it has."""
    scores = [len(wanted.found(row)) for row in rows]
    best = max(scores, default=0)
    return (scores.index(best) if scores else 0), best


def checked_heading(path: Path, sheet: str | None, line: int, heading: Sequence[str], wanted: Wanted) -> dict[str, int]:
    """Return the place of each column that is there; raises ScenarioError for one that is missing or there twice."""
    at = place(path, sheet, line)
    found = wanted.found(heading)
    faults = [
        f"{at}: column {quoted(heading[where[0]])} is there {len(where)} times; allowed: once"
        for where in found.values() if len(where) > 1
    ]  # fmt: skip
    given = [cell for cell in heading if cell]
    rest = [cell for k, cell in enumerate(heading) if cell and k not in {where[0] for where in found.values()}]
    for entry in wanted.required:
        names = entry.split("|")
        if not any(name in found for name in names):
            shown = ", ".join(quoted(cell) for cell in given[:12]) or "nothing"
            near = next((said for name in names if (said := did_you_mean(name, rest))), "")
            faults.append(
                f"{at}: column {' or '.join(names)} is missing; given: {shown}. Say what the file calls it with "
                f"--columns {names[0]}=NAME.{near}"
            )
    if faults:
        raise ScenarioError(faults)
    return {name: where[0] for name, where in found.items()}


def encoded(
    path: Path, sheet: str | None, heading: Sequence[str], at: Mapping[str, int],
    rows: Iterator[tuple[int, Sequence[str]]], passed_over: Sequence[int],
) -> RecordTable:  # fmt: skip
    """Return the table of rows, each with its line; raises ScenarioError for rows longer than the heading."""
    width, least = len(heading), max(at.values()) + 1
    columns = {name: _Texts() for name in at}
    lines = array("q")
    faults: list[str] = []
    while chunk := list(islice(rows, _CHUNK)):
        cells = [some if len(some) >= least else [*some, *[""] * (least - len(some))] for _, some in chunk]
        if any(len(some) > width for some in cells):
            faults += [_too_long(path, sheet, line, some, width) for line, some in chunk if any(some[width:])]
        lines.extend([line for line, _ in chunk])
        for name, k in at.items():
            columns[name].add([some[k] for some in cells])
        if len(faults) > _MOST_LONG_ROWS:
            break
    if faults:
        raise ScenarioError(faults[:_MOST_LONG_ROWS])
    made = {name: texts.column() for name, texts in columns.items()}
    unread = tuple(cell for k, cell in enumerate(heading) if cell and k not in at.values())
    numbers = np.array(lines, dtype=np.int64)
    return RecordTable(path, sheet, made, numbers, tuple(passed_over), unread, tuple(heading))


class _Texts(dict[str, int]):
    """The different texts of a column, numbered as they appear, and the number of each row's."""

    def __init__(self) -> None:
        super().__init__()
        self._codes = array("i")

    def __missing__(self, text: str) -> int:
        self[text] = len(self)
        return self[text]

    def add(self, cells: Sequence[str]) -> None:
        self._codes.extend(map(self.__getitem__, cells))

    def column(self) -> TextColumn:
        """Return the column, whose texts are without the spaces around them."""
        trimmed: dict[str, int] = {}
        places = [trimmed.setdefault(text.strip(), len(trimmed)) for text in self]
        codes = np.array(self._codes, dtype=np.int32)
        return TextColumn(np.array(places, dtype=np.int32)[codes] if places else codes, list(trimmed))


def _too_long(path: Path, sheet: str | None, line: int, cells: Sequence[str], width: int) -> str:
    return (
        f"{place(path, sheet, line)}: has {len(cells)} cells; allowed: {width}, as in the heading. Decimal commas need "
        "semicolons between columns"
    )


_CHUNK = 10_000
"""Rows that are taken apart at once."""
_MOST_LONG_ROWS = 10
"""Rows that are too long of which each is named; where there are more, the file is read in a wrong way."""
