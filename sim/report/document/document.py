"""What a report says, whatever it is written in: a title, sections, and blocks of text, tables and figures.

A document is made of plain text; escaping, layout and numbering of pages are for those who write it as HTML or Word.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # matplotlib stands behind a figure, and most who handle a document draw nothing
    from sim.report.drawing.figure import FigureFile


@dataclass(frozen=True)
class Cell:
    """A cell: what it says, and what stands below it in small, a paragraph a line; a badge names a status."""

    text: str
    detail: str = ""
    badge: bool = False


@dataclass(frozen=True)
class Row:
    """A row: its heading with an explanation and the path of an input, its cells, and the group that it belongs to."""

    head: str
    cells: tuple[Cell, ...]
    detail: str = ""
    path: str = ""
    group: str = ""


UPRIGHT_COLUMNS = 6
"""A table with more columns than this is wide: it is printed on a page on its side."""


@dataclass(frozen=True)
class Table:
    """A table: caption, headings of the columns (the first stands over the rows' headings), rows, what fills it.

    Columns of `alternatives` are to be read against each other, so they are equally wide.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    kind: Literal["numbers", "words", "inputs", "alternatives"] = "numbers"

    @property
    def is_wide(self) -> bool:
        """Whether the table has too many columns for an upright page."""
        return len(self.columns) > UPRIGHT_COLUMNS

    @property
    def groups(self) -> tuple[tuple[str, tuple[Row, ...]], ...]:
        """The rows by group, in order: each group's heading (empty if it has none) with its rows."""
        return tuple((heading, tuple(rows)) for heading, rows in groupby(self.rows, lambda row: row.group))


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    style: Literal["plain", "lead", "note", "description"] = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list; `answers` are sentences that deserve more room than plain items."""

    items: tuple[str, ...]
    style: Literal["plain", "answers"] = "plain"


@dataclass(frozen=True)
class Caution:
    """A warning that must not be overlooked: its first words, and the rest."""

    strong: str
    text: str


@dataclass(frozen=True)
class Code:
    """A command or a piece of a file, to be copied as it stands; lines and spaces are kept."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Terms, each with its value."""

    items: tuple[tuple[str, str | Code], ...]


@dataclass(frozen=True)
class Meanings:
    """Badges, each with what it means."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Gallery:
    """Figures that stand together; their captions and text alternatives come with them.

    `replay`: what the first of them shows, as JSON that a page of HTML plays; everywhere else the figure stands alone.
    """

    figures: tuple[FigureFile, ...]
    replay: str = ""


@dataclass(frozen=True)
class Columns:
    """Two columns where there is room for them: `left` is read first."""

    left: tuple[Plain, ...]
    right: tuple[Plain, ...]


Plain = Text | Bullets | Caution | Code | Facts | Meanings | Gallery | Table
Block = Plain | Columns


@dataclass(frozen=True)
class Section:
    """A part of a report: its name in links, unique in the document, its heading and its blocks."""

    id: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def plain(self) -> tuple[Plain, ...]:
        """The blocks, with those of columns one after another."""
        return tuple(
            part for block in self.blocks
            for part in ((*block.left, *block.right) if isinstance(block, Columns) else (block,))
        )  # fmt: skip


@dataclass(frozen=True)
class Document:
    """A report: title, what kind of report it is, facts at its head, the opening, and the sections of its contents."""

    title: str
    kind_line: str
    description: str
    facts: Facts
    opening: tuple[Section, ...]
    sections: tuple[Section, ...]

    @property
    def figures(self) -> tuple[FigureFile, ...]:
        """Every figure of the report, in order."""
        blocks = (block for section in (*self.opening, *self.sections) for block in section.plain)
        return tuple(figure for block in blocks if isinstance(block, Gallery) for figure in block.figures)
