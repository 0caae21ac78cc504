"""Rows of a table, from a CSV file or a sheet of a workbook: cells with their places, not yet judged."""

from __future__ import annotations

import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sim.errors import UsageError

MOST_BYTES = 300_000_000
TABLES = (".csv", ".xlsx")
"""How the names of tables end that may stand in a scenario's place."""
_SHOWN = 60


@dataclass(frozen=True)
class Odd:
    """A cell of a workbook that is neither a number nor text, and what is to be said of it."""

    message: str


Cell: TypeAlias = str | float | Odd


class Rows(ABC):
    """A heading and the rows below it, each with the number of the line in which it begins, from 1."""

    def __init__(self, path: Path, heading: Sequence[str], heading_line: int) -> None:
        self.path = path
        self.heading = list(heading)
        self.heading_line = heading_line

    @abstractmethod
    def records(self) -> Iterator[tuple[int, list[Cell]]]:
        """Yield the line of each row with its cells; rows without anything in them are passed over."""

    @abstractmethod
    def place(self, line: int, column: int | None = None) -> str:
        """Return where a line is, or the cell in a column of it, as it stands in messages."""

    @property
    @abstractmethod
    def line_word(self) -> str:
        """What a line is called."""


def names_a_table(name: str) -> bool:
    """Tell whether a name is that of a table, by its ending."""
    return name.lower().endswith(TABLES)


def quoted(text: str) -> str:
    """Return text of a file as it stands in a message: in quotes, cut, with nothing that cannot be printed."""
    short = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    return f"'{short}'" if short.isprintable() else ascii(short)


def file_name(path: Path) -> str:
    """Return a path as it stands in a message."""
    return str(path) if str(path).isprintable() else ascii(str(path))


def lines_of(name: str, text: str, each: str) -> str:
    """Return the text of a table with line feeds at its line ends; `each` says what it has a row for.

    Raises UsageError, with the file's name and line, for a NUL character and for a text with nothing in it.
    """
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UsageError(f"{name}:{line}: holds a NUL character; allowed: CSV text in UTF-8")
    if not text.strip():
        raise UsageError(f"{name}: is empty; allowed: a heading and a row for every {each}")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def content_of(path: Path) -> bytes:
    """Return what a file holds; raises UsageError if it cannot be read or is too large."""
    name = file_name(path)
    if path.is_dir():
        raise UsageError(f"{name}: is a directory; allowed: a CSV file or an Excel workbook")
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{name}: is not a regular file; allowed: a CSV file or an Excel workbook")
        size = status.st_size
        if size > MOST_BYTES:
            most = f"{MOST_BYTES / 1e6:.0f} MB"
            raise UsageError(f"{name}: has {size / 1e6:,.0f} MB; allowed: at most {most}. Thin the draws")
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{name}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
