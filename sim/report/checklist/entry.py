"""Items of a reporting standard with what answers them; what nobody has said stays open, for all to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sim.report.document.document import Cell, Row, Table
from sim.report.table import Table as Data

State = Literal["answered", "in part", "open"]
OPEN = "open: not stated"
COLUMNS = ("standard", "item", "section", "asks", "state", "answer")


@dataclass(frozen=True)
class Entry:
    """An item of a standard: its number there, its section, what it asks for in short, and what answers it.

    `answer` is empty where it is open; `missing` says what is left open, and where it can be stated.
    """

    item: str
    section: str
    asks: str
    answer: str = ""
    missing: str = ""

    @property
    def state(self) -> State:
        """Whether it is answered, in part, or open."""
        if not self.answer:
            return "open"
        return "in part" if self.missing else "answered"

    @property
    def shown(self) -> str:
        """The answer, or that it is open."""
        return self.answer or OPEN.capitalize()


def entry_table(entries: Sequence[Entry], caption: str) -> Table:
    """Return a check list as a table of a report."""
    rows = tuple(
        Row(
            f"{one.item} {one.asks}",
            (Cell(one.state, badge=True), Cell(one.shown, f"Missing: {one.missing}" if one.missing else "")),
            group=one.section,
        )
        for one in entries
    )
    return Table(caption, ("Item", "State", "Here"), rows, "words")


def entry_data(entries: Sequence[Entry], standard: str, short: str) -> Data:
    """Return a check list as a table of data; `short` stands before the numbers of its items."""
    rows: list[dict[str, Any]] = [
        {
            "standard": standard, "item": f"{short} {one.item}", "section": one.section, "asks": one.asks,
            "state": one.state,
            "answer": f"{one.answer} Missing: {one.missing}" if one.answer and one.missing else one.answer or OPEN,
        }
        for one in entries
    ]  # fmt: skip
    return Data(COLUMNS, rows)


def count_words(entries: Sequence[Entry]) -> str:
    """Return how many items are answered, in part and open."""
    states = [one.state for one in entries]
    answered, part, left = (states.count(state) for state in ("answered", "in part", "open"))
    return f"{answered} of {len(states)} items are answered, {part} in part, {left} are open."
