"""YAML text to a plain tree (dict, list, scalars) that remembers where every entry stands.

The tree is built from parser events, never by recursion, so deep nesting cannot exhaust the stack; what a
scenario does not need (anchors, aliases, tags, several documents) is refused with its place.
"""

from __future__ import annotations

import re
import stat
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sim.errors import ScenarioError, UsageError
from sim.scenario.references import Place
from sim.scenario.scalars import Unreadable, resolved

MAX_BYTES = 1_000_000
MAX_LINE = 20_000
MAX_DEPTH = 40
MAX_NODES = 100_000
MAX_FAULTS = 30
MOST_PARSED = 32
"""Files whose trees are kept, as many scenarios extend the same ones."""

_HALF = re.compile("[\ud800-\udfff]")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Mark(NamedTuple):
    """A place in a file, counted from 1; line 0 stands for all of it (an option of the command line)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Marks(NamedTuple):
    """Where an entry stands: its key and its value; the same for a list item and for the top level."""

    key: Mark
    value: Mark


class Span(NamedTuple):
    """Where an entry stands in a text, as positions counted from 0: its key, and its value from `start` to `end`.

    `form` is `scalar`, `flow` (braces or brackets), `block` or `nothing` (a value that is not there).
    """

    key: int
    start: int
    end: int
    form: str


@dataclass(frozen=True)
class Document:
    """A plain tree, and the marks of every entry by its path; if it is of one text, that and the spans in it."""

    tree: Any
    places: dict[Place, Marks]
    spans: dict[Place, Span] = field(default_factory=dict)
    text: str = ""


def read_tree(file: Path, shown: str) -> Document:
    """Read a file whose top level is a mapping; `shown` is its name in messages.

    Raises UsageError for a file that cannot be read, ScenarioError for one that is not plain YAML 1.2.
    """
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UsageError(f"{shown}: is a directory; name a scenario file in it")
        if not stat.S_ISREG(status.st_mode):
            raise UsageError(f"{shown}: is not a regular file")
        if status.st_size > MAX_BYTES:
            given = f"{status.st_size:,} bytes"
            raise UsageError(f"{shown}: is too large for a scenario ({given}; at most {MAX_BYTES:,})")
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{shown}: cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BYTES:
        raise UsageError(f"{shown}: is too large for a scenario (at most {MAX_BYTES:,} bytes)")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{shown}:{line}: is not text in UTF-8; save it as UTF-8") from error
    document = _parsed(text, shown)
    if not isinstance(document.tree, dict):
        mark = document.places[()].value
        raise ScenarioError([f"{mark}: the top level must be a mapping of sections, as `cohort: ...`"])
    return replace(document, tree=dict(document.tree), places=dict(document.places))


@lru_cache(maxsize=MOST_PARSED)
def _parsed(text: str, shown: str) -> Document:
    """Parse a file's text once, however many scenarios extend it; nobody may change what is below its top level."""
    return parse_tree(text, shown)


def parse_tree(text: str, shown: str, *, numbered: bool = True) -> Document:
    """Parse text to a tree of any kind; without `numbered`, marks hold no line (for values of options).

    Raises ScenarioError that names the place of every fault.
    """
    builder = _Builder(shown, numbered, text)
    unprintable = _UNPRINTABLE.search(text)
    if unprintable:
        before = text[: unprintable.start()]
        mark = builder.mark(before.count("\n"), len(before) - before.rfind("\n") - 1)
        code = ord(unprintable.group())
        raise ScenarioError([f"{mark}: control character U+{code:04X}: a scenario is a plain text file"])
    # The scanner takes time that grows with the square of some kinds of line.
    for number, line in enumerate(text.split("\n")):
        if len(line) > MAX_LINE:
            raise ScenarioError([f"{builder.mark(number, 0)}: a line of more than {MAX_LINE:,} characters"])
    try:
        # The parser of the "safe" type yields the same events a third faster: it keeps no comments.
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
        return builder.finished()
    except YAMLError as error:
        raise ScenarioError([*builder.faults, builder.syntax_fault(error)]) from error
    except (ValueError, OverflowError, AssertionError) as error:  # as "\UFFFFFFFF", %YAML 1.3
        mark = builder.latest
        raise ScenarioError([*builder.faults, f"{mark}: after this place: not readable as YAML"]) from error


def _whole(text: str) -> str:
    """Return text with characters put together that JSON spells as two halves."""
    with suppress(UnicodeError):  # a half without the other is refused
        return text.encode("utf-16", "surrogatepass").decode("utf-16") if _HALF.search(text) else text
    return text


@dataclass
class _Open:
    """A mapping or list that is being filled."""

    place: Place
    content: dict[str, Any] | list[Any]
    key: str | None = None
    key_mark: Mark | None = None
    key_at: int = 0


@dataclass
class _Builder:
    """Builds the tree from events, with a stack of its own."""

    shown: str
    numbered: bool
    text: str
    faults: list[str] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    places: dict[Place, Marks] = field(default_factory=dict)
    spans: dict[Place, Span] = field(default_factory=dict)
    end: int = 0
    root: Any = None
    documents: int = 0
    latest: Mark = field(init=False)

    def __post_init__(self) -> None:
        self.latest = self.mark(0, 0)

    def mark(self, line: int, column: int) -> Mark:
        """Return a mark from positions counted from 0."""
        return Mark(self.shown, line + 1, column + 1) if self.numbered else Mark(self.shown)

    def finished(self) -> Document:
        """Return the document, or raise what was wrong with it."""
        if self.documents == 0:
            self.faults.append(f"{self.mark(0, 0)}: is empty")
        if self.faults:
            raise ScenarioError(self.faults)
        return Document(self.root, self.places, self.spans, self.text)

    def take(self, event: Any) -> None:
        """Add what the event tells to the tree."""
        mark = self.latest = self.mark(event.start_mark.line, event.start_mark.column)
        if isinstance(event, NodeEvent):
            self._refuse_extras(event, mark)
        if isinstance(event, ScalarEvent):
            value = resolved(event.value) if event.implicit[0] else _whole(event.value)
            if isinstance(value, Unreadable):
                self._fault(mark, value.reason)
            elif isinstance(value, str) and _UNPRINTABLE.search(value):
                self._fault(mark, "control character in a text")
            top = self.stack[-1] if self.stack else None
            form = "scalar"
            if not event.value and event.implicit[0]:
                form = "nothing"
                if top and top.key_mark and top.key is not None:
                    mark = top.key_mark  # the parser puts a value that is not there where the next entry begins
            self._node(value, mark, event, form)
            self.end = self._end(event) if form == "scalar" else self.end
        elif isinstance(event, MappingStartEvent):
            self._open({}, mark, event)
        elif isinstance(event, SequenceStartEvent):
            self._open([], mark, event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            place = self.stack.pop().place
            if self.spans[place].form == "flow":
                self.end = event.end_mark.index
            self.spans[place] = self.spans[place]._replace(end=self.end)
        elif isinstance(event, AliasEvent):
            self._node(None, mark, event, "nothing")
        elif isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop(mark, "a second document begins; a scenario is one document")
            if event.tags or event.version not in (None, (1, 2)):
                self._stop(mark, "directives (%...) are not allowed")

    def syntax_fault(self, error: YAMLError) -> str:
        """Return a parser's error as one line with its place."""
        mark, problem = self.latest, str(error)
        if isinstance(error, MarkedYAMLError):
            at = error.problem_mark or error.context_mark
            if at is not None:
                mark = self.mark(at.line, at.column)
            problem = "; ".join(part for part in (error.context, error.problem) if part)
        return f"{mark}: not readable as YAML: {' '.join(problem.split())[:200]}"

    def _fault(self, mark: Mark, message: str) -> None:
        self.faults.append(f"{mark}: {message}")
        if len(self.faults) >= MAX_FAULTS:
            raise ScenarioError([*self.faults, "... and perhaps more"])

    def _stop(self, mark: Mark, message: str) -> None:
        raise ScenarioError([*self.faults, f"{mark}: {message}"])

    def _refuse_extras(self, event: Any, mark: Mark) -> None:
        if isinstance(event, AliasEvent):
            self._fault(mark, f"aliases (*{event.anchor}) are not allowed; write the value again")
        elif event.anchor is not None:
            self._fault(mark, f"anchors (&{event.anchor}) are not allowed")
        if getattr(event, "ctag", None) is not None:
            self._fault(mark, "tags (!...) are not allowed")

    def _open(self, content: dict[str, Any] | list[Any], mark: Mark, event: Any) -> None:
        place = self._node(content, mark, event, "flow" if event.flow_style else "block")
        self.stack.append(_Open(place, content))
        if len(self.stack) > MAX_DEPTH:
            self._stop(mark, f"nested more than {MAX_DEPTH} levels deep")

    def _node(self, value: Any, mark: Mark, event: Any, form: str) -> Place:
        """Put a value, or a key, where it belongs; return the value's path."""
        span = Span(event.start_mark.index, event.start_mark.index, self._end(event), form)
        if not self.stack:
            self.root, self.places[()], self.spans[()] = value, Marks(mark, mark), span
            return ()
        top = self.stack[-1]
        if isinstance(top.content, list):
            place: Place = (*top.place, len(top.content))
            top.content.append(value)
            self._record(place, mark, mark, span)
            return place
        if top.key is None:
            self._key(top, value, mark)
            top.key_at = span.start
            return top.place
        place = (*top.place, top.key)
        top.content[top.key] = value
        self._record(place, top.key_mark or mark, mark, span._replace(key=top.key_at))
        top.key = None
        return place

    def _end(self, event: Any) -> int:
        """Return where an event's text ends; that of a text over indented lines goes on to what follows it."""
        end: int = event.end_mark.index
        if not isinstance(event, ScalarEvent) or event.style not in ("|", ">"):
            return end
        lines = self.text[event.start_mark.index : end].splitlines(keepends=True)
        inside = [line for line in lines[1:] if line.strip()]
        indent = len(inside[0]) - len(inside[0].lstrip(" ")) if inside else 0
        outside = next(
            (k for k, line in enumerate(lines) if k and line.strip() and not line.startswith(" " * indent)), len(lines)
        )
        return int(event.start_mark.index) + len("".join(lines[:outside]).rstrip())

    def _record(self, place: Place, key: Mark, value: Mark, span: Span) -> None:
        self.places[place], self.spans[place] = Marks(key, value), span
        if len(self.places) > MAX_NODES:
            self._stop(value, f"more than {MAX_NODES:,} entries")

    def _key(self, top: _Open, value: Any, mark: Mark) -> None:
        if isinstance(value, dict | list):
            self._stop(mark, "a key must be text, not a mapping or a list")
        if not isinstance(value, str):
            self._fault(mark, "a key must be text; put it in quotes")
            value = f"({len(self.faults)})"
        if value in top.content:
            first = self.places[(*top.place, value)].key
            where = f" (first at {first.line}:{first.column})" if first.line else ""
            self._fault(mark, f"duplicate key '{value}'{where}")
        top.key, top.key_mark = value, mark
