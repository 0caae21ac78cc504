"""What is said of a file while it is read: faults that end the reading, and findings that go with the records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError
from sim.learn.columns_in import RecordTable
from sim.learn.records import Finding

Rows = NDArray[np.int64] | Sequence[int]
MOST_NAMED = 5
"""Rows that are named of those in which the same is found."""
_MOST_FAULTS = 20


class Noted:
    """Faults and findings of the files, collected so that all of them can be said at once."""

    def __init__(self) -> None:
        self._faults: list[tuple[str, int, str]] = []
        self._findings: list[Finding] = []

    def fault(self, table: RecordTable, rows: Rows, message: str) -> None:
        """Note what cannot be in some rows, of which the first is shown with its place."""
        if len(rows):
            lines = [int(line) for line in table.lines[np.sort(np.asarray(rows))]]
            where = table.place(int(np.min(rows)))
            self._faults.append((table.name, lines[0], f"{where}: {message}{_also(lines[1:], table)}"))

    def finding(self, table: RecordTable, rows: Rows, what: str, done: str, *, count: int | None = None) -> None:
        """Note something odd in some rows, and what was done about it."""
        if len(rows):
            lines = table.lines[np.sort(np.asarray(rows))[:MOST_NAMED]]
            found = Finding(what, len(rows) if count is None else count, done, table.path.name, tuple(map(int, lines)))
            self._findings.append(found)

    def of_file(self, table: RecordTable, count: int, what: str, done: str, lines: Sequence[int] = ()) -> None:
        """Note something odd about a file, with its lines if it is about some."""
        self._findings.append(Finding(what, count, done, table.path.name, tuple(lines[:MOST_NAMED])))

    def raise_faults(self) -> None:
        """Raise ScenarioError with all faults, by file and line, if there are any."""
        if not self._faults:
            return
        faults = [message for _, _, message in sorted(self._faults)]
        if len(faults) > _MOST_FAULTS:
            faults = [*faults[:_MOST_FAULTS], f"and {len(faults) - _MOST_FAULTS} more faults of this kind"]
        raise ScenarioError(faults)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order in which files are read."""
        return tuple(self._findings)


def _also(lines: Sequence[int], table: RecordTable) -> str:
    if not lines:
        return ""
    word = "line" if table.sheet is None else "row"
    shown = ", ".join(map(str, lines[: MOST_NAMED - 1]))
    more = len(lines) - (MOST_NAMED - 1)
    return f" (also in {word}{'s' if len(lines) > 1 else ''} {shown}{f' and {more} more' if more > 0 else ''})"
