"""Cells of a clinic's table: readings of pain, yes and no, whole numbers, words from a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.errors import did_you_mean, folded
from sim.learn.columns_in import RecordTable, TextColumn
from sim.learn.noted import Noted
from sim.tables.rows import quoted

Floats = NDArray[np.float64]
Small = NDArray[np.int8]
T = TypeVar("T")

UNKNOWN = -1
"""Stands for neither yes nor no."""
HIGHEST = 10.0
_MOST_ODD = 0.05
"""Share of readings that may be impossible; with more of them the column is not what it is taken for."""

_MISSING = frozenset(
    folded(word)
    for word in ("", "na", "n/a", "nan", "null", "none", "missing", "unknown", "k.A.", "keine Angabe", "#N/A")
)
_YES = frozenset(("yes", "y", "true", "t", "1", "ja", "j", "wahr", "x", "attended", "present", "oui", "si", "sí"))
_NO = frozenset(("no", "n", "false", "f", "0", "nein", "falsch", "no_show", "missed", "absent", "dna", "non"))
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?|[+-]?[.,]\d+")
_OF_TEN = re.compile(r"\s*/\s*10$")
_ENDINGS = {
    "completed": ("completed", "complete", "finished", "done", "as planned", "abgeschlossen"),
    "relieved": ("relieved", "recovered", "discharged relieved", "better", "well", "symptom free", "beschwerdefrei"),
    "dropped_out": ("dropped out", "drop out", "dropout", "dropped", "lost", "stopped", "abgebrochen", "abbruch"),
}


def is_missing(text: str) -> bool:
    """Tell whether a cell says that there is nothing: empty, a dash, n/a and such words."""
    return folded(text) in _MISSING


def number_in(text: str) -> float | None:
    """Return the number in a cell, with a decimal point or comma, None if it is none."""
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def judged(column: TextColumn, read: Callable[[str], T]) -> list[T]:
    """Return what each different text of a column is."""
    return [read(text) for text in column.texts]


def readings(table: RecordTable, name: str, noted: Noted) -> Floats:
    """Return (rows,) readings of pain, NaN where none was written down.

    What cannot be a reading (11, "3-4") is left out and said, unless there is much of it, which is a fault.
    """
    column = table.columns[name]
    values, odd = [], []
    for code, text in enumerate(column.texts):
        value = None if is_missing(text) else number_in(_OF_TEN.sub("", text))
        fits = value is not None and 0 <= value <= HIGHEST
        values.append(value if value is not None and fits else np.nan)
        if not fits and not is_missing(text):
            odd.append(code)
    found = np.array(values)[column.codes] if len(column.codes) else np.zeros(0)
    rows = np.flatnonzero(np.isin(column.codes, odd))
    known = len(rows) + np.count_nonzero(~np.isnan(found))
    if len(rows) > _MOST_ODD * known:
        for code in odd:
            _refuse_reading(table, name, column.rows_of(code), column.texts[code], noted)
    else:
        # What stands in the cells is of single patients, so the lines are named and not the cells.
        noted.finding(table, rows, f"{name} that is no reading from 0 to 10", "taken as not recorded")
    return found


def _refuse_reading(table: RecordTable, name: str, rows: NDArray[np.int64], text: str, noted: Noted) -> None:
    value = number_in(text)
    hint = ". A scale from 0 to 100 must be divided by ten first" if value is not None and 10 < value <= 100 else ""
    noted.fault(table, rows, f"{name}: must be a number from 0 to 10, or empty; given {quoted(text)}{hint}")


def yes_or_no(table: RecordTable, name: str, noted: Noted) -> Small:
    """Return (rows,) 1 for yes, 0 for no, UNKNOWN for neither; other words are faults."""
    column = table.columns[name]
    values = []
    for code, text in enumerate(column.texts):
        plain = folded(text)
        if plain in _YES:
            values.append(1)
        elif plain in _NO:
            values.append(0)
        else:
            values.append(UNKNOWN)
            if not is_missing(text):
                noted.fault(table, column.rows_of(code), f"{name}: must be yes or no, or empty; given {quoted(text)}")
    return np.array(values, dtype=np.int8)[column.codes]


def whole_numbers(table: RecordTable, name: str, most: int, noted: Noted) -> NDArray[np.int64]:
    """Return (rows,) whole numbers, `MISSING_NUMBER` for empty cells; anything else is a fault."""
    column = table.columns[name]
    values = []
    for code, text in enumerate(column.texts):
        value = None if is_missing(text) else number_in(text)
        fits = value is not None and value == int(value) and abs(value) <= most
        values.append(int(value) if value is not None and fits else MISSING_NUMBER)
        if not fits and not is_missing(text):
            message = f"{name}: must be a whole number of days, at most {most:,}; given {quoted(text)}"
            noted.fault(table, column.rows_of(code), message)
    return np.array(values, dtype=np.int64)[column.codes]


MISSING_NUMBER = np.iinfo(np.int64).min


def endings(table: RecordTable, noted: Noted) -> list[str | None]:
    """Return how a course ended for each different text of the column `ended`; other words are faults."""
    column = table.columns["ended"]
    known = {folded(word): name for name, words in _ENDINGS.items() for word in words} | {n: n for n in _ENDINGS}
    return _words(table, "ended", column, known, list(_ENDINGS), "", noted)


def profiles(table: RecordTable, known: Collection[str] | None, noted: Noted) -> list[str | None]:
    """Return the profile for each different text of the column `profile`; faults for those that are not known."""
    column = table.columns["profile"]
    if known is None:
        return [None if is_missing(text) else folded(text) or None for text in column.texts]
    return _words(table, "profile", column, {folded(one): one for one in known}, known, "of the scenario", noted)


def _words(
    table: RecordTable, name: str, column: TextColumn, known: Mapping[str, str], allowed: Collection[str], whose: str,
    noted: Noted,
) -> list[str | None]:  # fmt: skip
    found: list[str | None] = []
    for code, text in enumerate(column.texts):
        found.append(known.get(folded(text)))
        if found[-1] is None and not is_missing(text):
            given = f"{quoted(text)} is none {whose}".strip()
            message = f"{name}: {given}; allowed: {', '.join(allowed)}, or empty.{did_you_mean(text, known)}"
            noted.fault(table, column.rows_of(code), message)
    return found


def treatments(
    table: RecordTable, called: Mapping[str, str], known: Collection[str] | None, noted: Noted
) -> list[tuple[str, ...]]:
    """Return the modalities for each different text of the column `modality`, in the order of their names.

    `called` gives the scenario's names for the file's; `known` are those of the scenario, None if any will do.
    """
    column = table.columns["modality"]
    own = {folded(theirs): ours for theirs, ours in called.items()}
    names = None if known is None else {folded(name): name for name in known}
    found = []
    for code, text in enumerate(column.texts):
        parts, strange = _given(text, own, names)
        found.append(tuple(sorted(set(parts))))
        for part in strange:
            near = did_you_mean(part, names or ())
            message = (
                f"modality: {quoted(part)} is none of the scenario; allowed: {', '.join(known or ())}, several with a "
                f"plus, or empty. Say which is meant with --modalities {quoted(part)}=NAME.{near}"
            )
            noted.fault(table, column.rows_of(code), message)
    return found


def _given(text: str, own: Mapping[str, str], names: Mapping[str, str] | None) -> tuple[list[str], list[str]]:
    """Return the modalities in a cell by the scenario's names, and the parts of it that are none."""
    whole = own.get(folded(text))
    parts = re.split(r"\+", whole if whole is not None else text)
    found, strange = [], []
    for part in map(str.strip, parts):
        name = own.get(folded(part), part)
        if is_missing(name) or folded(name) in _NOTHING:
            continue
        plain = folded(name)
        if names is None:
            found.append(plain)
        elif plain in names:
            found.append(names[plain])
        else:
            strange.append(part)
    return found, strange


_NOTHING = frozenset(("nothing", "no_needling", "no_treatment", "keine", "nichts"))
