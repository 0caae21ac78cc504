"""One patient on the page: what was typed, checked field by field, and what the model expects after it.

Nothing of it is kept for other visitors, in a file or in the address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sim.api.looking import in_order, looked_ahead, pain_of, so_far
from sim.errors import UsageError
from sim.learn.outlook import STOP, Outlook, Way, faults_of, with_kind
from sim.page.results import study_of
from sim.report.outlook.text import pain_text, shown_day
from sim.report.words.numbers import of_hundred
from sim.scenario.schema import Scenario

DAY, GIVEN, PAIN = "day", "given", "pain"
"""The fields of a row."""
ROWS, MOST_ROWS = 3, 40
"""Rows that are there from the beginning, and at most."""
LONGEST = 20
"""Characters of a number that are read."""
_NO_DAY = "a day is a whole number, counted from the first visit, which is day 0"
HEADS = ("Way to go on", "Pain", "Of all of the kind", "Reading, 90 %", "In relief", "Relief lost later")


@dataclass(frozen=True)
class Row:
    """A line as it was typed: the day, what was done by the names of modalities, and the pain before it."""

    day: str = ""
    given: tuple[str, ...] = ()
    pain: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.day.strip() or self.given or self.pain.strip())


FIRST = Row("0")
"""The first line as it is there from the beginning: its day is known, and nothing of it counts yet."""


@dataclass(frozen=True)
class Typed:
    """What one visitor has typed: the kind of patient, None for any of the cohort, and lines by day.

    A state is never changed: every step returns the next one.
    """

    profile: str | None = None
    rows: tuple[Row, ...] = (FIRST, *(Row() for _ in range(ROWS - 1)))

    def with_field(self, number: int, name: str, value: Any) -> Typed:
        """Return the state with other text or names in a field of a row; one row is always left to be filled."""
        rows = [replace(row, **{name: value}) if k == number else row for k, row in enumerate(self.rows)]
        if not rows[-1].is_empty and len(rows) < MOST_ROWS:
            rows.append(Row())
        return replace(self, rows=tuple(rows))

    def without_row(self, number: int) -> Typed:
        """Return the state without a row; one is always left."""
        rows = tuple(row for k, row in enumerate(self.rows) if k != number)
        return replace(self, rows=rows or (FIRST,))


@dataclass(frozen=True)
class Checked:
    """What was done and reported by day; what cannot be, in words, by row and field; and rows with nothing but a day,
    which do not count.
    """

    visits: Mapping[int, tuple[str, ...]]
    readings: Mapping[int, float]
    faults: Mapping[tuple[int, str], str]
    unfinished: tuple[int, ...]


def checked(scenario: Scenario, typed: Typed) -> Checked:
    """Return what was typed as days and numbers, or what is wrong with it, in the words of `simulate outlook`."""
    visits: dict[int, tuple[str, ...]] = {}
    readings: dict[int, float] = {}
    faults: dict[tuple[int, str], str] = {}
    unfinished: list[int] = []
    row_of: dict[int, int] = {}
    for k, row in enumerate(typed.rows):
        if row.is_empty or row == FIRST:
            continue
        if not (row.given or row.pain.strip()):
            unfinished.append(k)
            continue
        pain = _pain(row, k, faults)
        day = _day(row, k, list(row_of), faults)
        if day is None:
            continue
        row_of[day] = k
        if row.given:
            visits[day] = row.given
        if pain is not None:
            readings[day] = pain
    for fault in faults_of(scenario, so_far(typed.profile, visits, readings)):
        if fault.day is not None:
            faults.setdefault((row_of[fault.day], fault.about), fault.text)
    return Checked(visits, readings, faults, tuple(unfinished))


def _day(row: Row, number: int, before: Sequence[int], faults: dict[tuple[int, str], str]) -> int | None:
    text = row.day.strip()
    if not re.fullmatch(r"-?[0-9]{1,6}", text):
        faults[number, DAY] = f"given {_shown(text)}; {_NO_DAY}"
        return None
    day = int(text)
    if day in before:
        faults[number, DAY] = f"day {day} is named twice; a day has one reading"
        return None
    try:
        in_order([*before, day])
    except UsageError as error:
        faults[number, DAY] = str(error)
        return None
    return day


def _pain(row: Row, number: int, faults: dict[tuple[int, str], str]) -> float | None:
    text = row.pain.strip()
    if not text:
        return None
    try:
        return pain_of(text.replace(",", ".") if len(text) <= LONGEST else "")  # a long one is none
    except UsageError as error:
        faults[number, PAIN] = f"given {_shown(text)}; {error}"
        return None


def _shown(text: str) -> str:
    if not text:
        return "nothing"
    return f"“{text if len(text) <= LONGEST else text[: LONGEST - 1] + '…'}”"


def outlook_of(scenario: Scenario, typed: Typed) -> Outlook:
    """Return what the model expects of the patient; raises UsageError for what cannot be."""
    found = checked(scenario, typed)
    study = study_of(with_kind(scenario, typed.profile))
    return looked_ahead(study, typed.profile, found.visits, found.readings)


def ways_table(found: Outlook) -> list[tuple[str, ...]]:
    """Return the rows of the table of HEADS: what is expected of every way to go on, beside all of the kind."""
    day = shown_day(found)
    rows: list[tuple[str, ...]] = []
    for way in found.ways:
        then, of_all = way.on(day), next(one for one in way.of_all if one.day == way.on(day).day)
        rows.append((
            how(found, way), pain_text(then), f"{of_all.pain.estimate:.2f}",
            f"{then.reading[0]:.0f} to {then.reading[-1]:.0f}", f"{of_hundred(then.relief.estimate)} of 100",
            f"{of_hundred(way.lost.estimate)} of 100",
        ))  # fmt: skip
    return rows


def how(found: Outlook, way: Way) -> str:
    """Return whether a way stops, goes on with what was done last, switches to something else, or begins it."""
    had = [frozenset(one.modalities) for one in found.so_far.visits if one.modalities]
    if way.name == STOP:
        return way.label
    given = {frozenset(names) for names in found.scenario.protocols[way.name].visit_modalities}
    word = "Begin" if not had else "Go on" if had[-1] in given else "Switch"
    return f"{word}: {way.label}"
