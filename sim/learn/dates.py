"""Dates as clinics write them: what a column means is decided from all of it, and never guessed."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.learn.cells import MISSING_NUMBER, is_missing
from sim.learn.columns_in import RecordTable, TextColumn
from sim.learn.noted import Noted
from sim.tables.rows import quoted

Order = Literal["day-first", "month-first"]
Days = NDArray[np.int64]

_TIME = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?"
_MONTHS = {
    name: month
    for month, names in enumerate(
        ("jan jän", "feb", "mar mär mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"), 1
    )
    for name in names.split()
}
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_TURN = 70
"""Years of two digits below this are of the 2000s."""
_EXCEL_DAY_0 = datetime.date(1899, 12, 30).toordinal()


@dataclass(frozen=True)
class _Form:
    """A way to write dates: what it is called, its pattern, and which group holds year, month and day."""

    name: str
    pattern: re.Pattern[str]
    parts: tuple[int, int, int] | None


_ISO = _Form("year-month-day", re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_TIME}"), (1, 2, 3))
_ISO_SLASHED = _Form("year/month/day", re.compile(rf"(\d{{4}})/(\d{{1,2}})/(\d{{1,2}}){_TIME}"), (1, 2, 3))
_ISO_DOTTED = _Form("year.month.day", re.compile(rf"(\d{{4}})\.(\d{{1,2}})\.(\d{{1,2}})\.?{_TIME}"), (1, 2, 3))
_COMPACT = _Form("year, month and day without marks", re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})"), (1, 2, 3))
_DOTTED = _Form("day.month.year", re.compile(rf"(\d{{1,2}})\.\s?(\d{{1,2}})\.\s?(\d{{4}}|\d{{2}}){_TIME}"), (3, 2, 1))
_NAMED = _Form(
    "day, month's name, year",
    re.compile(rf"(\d{{1,2}})[-./ ]+([^\W\d_]{{3,9}})\.?[-./ ,]+(\d{{4}}|\d{{2}}){_TIME}"),
    (3, 2, 1),
)
_SERIAL = _Form("Excel's number of a day", re.compile(r"(\d{5})(?:[.,]\d+)?"), None)
_SLASHED = _Form("with slashes", re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}|\d{{2}}){_TIME}"), None)
_HYPHENED = _Form("with hyphens", re.compile(rf"(\d{{1,2}})-(\d{{1,2}})-(\d{{4}}|\d{{2}}){_TIME}"), None)
_EITHER_WAY = (_SLASHED, _HYPHENED)
"""Forms of which the first number may be the day or the month."""
_FORMS = (_ISO, _ISO_SLASHED, _ISO_DOTTED, _COMPACT, _DOTTED, _NAMED, _SERIAL, _SLASHED, _HYPHENED)


def days_of(columns: Sequence[tuple[RecordTable, str]], order: Order | None, noted: Noted) -> list[Days]:
    """Return the days of columns of dates, (rows,) counted from the year 1, `MISSING_NUMBER` for empty cells.

    Whether 03/04/2024 is in April or in March is decided from all columns together. Faults: cells that are no date,
    dates that there are not, several forms in one column, and columns that could be meant either way.
    """
    forms = [_one_form(table, name, noted) for table, name in columns]
    day_first = _is_day_first([(*of, forms[k]) for k, of in enumerate(columns)], order, noted)
    return [_days(table, name, form, day_first, noted) for (table, name), form in zip(columns, forms, strict=True)]


def _form_of(text: str) -> _Form | None:
    return next((form for form in _FORMS if form.pattern.fullmatch(text)), None)


def _one_form(table: RecordTable, name: str, noted: Noted) -> _Form | None:
    """Return how most dates of a column are written; each date in another form is a fault, and so is what is none."""
    column = table.columns[name]
    forms = [_form_of(text) for text in column.texts]
    counts = np.bincount(column.codes, minlength=len(forms))
    totals = {form: sum(int(counts[k]) for k, one in enumerate(forms) if one is form) for form in _FORMS}
    usual = max(_FORMS, key=lambda form: totals[form]) if any(totals.values()) else None
    example = next((text for text, form in zip(column.texts, forms, strict=True) if form is usual), "")
    for code, (text, form) in enumerate(zip(column.texts, forms, strict=True)):
        if is_missing(text) or (form is usual and usual is not None):
            continue
        rows = column.rows_of(code)
        if form is not None and usual is not None:
            message = (
                f"{name}: {quoted(text)} is written {_how(form)}, {totals[usual]:,} others {_how(usual)}, as "
                f"{quoted(example)}; allowed: one form in a column"
            )
        elif usual is None and re.fullmatch(r"-?\d{1,4}", text):
            message = f"{name}: {quoted(text)} is a number; if it counts days, say so with --columns day={name}"
        else:
            message = f"{name}: must be a date, as 2024-03-28 or 28.03.2024; given {quoted(text)}"
        noted.fault(table, rows, message)
    return usual


def _how(form: _Form) -> str:
    return form.name if form in _EITHER_WAY else f"as {form.name}"


def _is_day_first(columns: Sequence[tuple[RecordTable, str, _Form | None]], order: Order | None, noted: Noted) -> bool:
    """Return whether the day stands first where it could be the month; a fault if that cannot be told."""
    if order is not None:
        return order == "day-first"
    shown: dict[bool, list[tuple[RecordTable, str, int]]] = {True: [], False: []}
    open_ = []
    for table, name, form in columns:
        if form not in _EITHER_WAY or form is None:
            continue
        for code, text in enumerate(table.columns[name].texts):
            if (match := form.pattern.fullmatch(text)) is None:
                continue
            first, second = int(match[1]), int(match[2])
            if first > 12 >= second:
                shown[True].append((table, name, code))
            elif second > 12 >= first:
                shown[False].append((table, name, code))
            elif first != second:
                open_.append((table, name, code))
    if shown[True] and shown[False]:
        minority = min(shown.values(), key=lambda some: sum(_many(*one) for one in some))
        other = shown[minority is not shown[True]]
        example = quoted(other[0][0].columns[other[0][1]].texts[other[0][2]])
        word, others = ("day", "month") if minority is shown[True] else ("month", "day")
        for table, name, code in minority:
            text = quoted(table.columns[name].texts[code])
            message = (
                f"{name}: {text} can only have the {word} first, and {example} only the {others}; allowed: one order"
            )
            noted.fault(table, table.columns[name].rows_of(code), message)
    elif open_ and not shown[True] and not shown[False]:
        table, name, code = open_[0]
        text = quoted(table.columns[name].texts[code])
        message = (
            f"{name}: {text} may be day/month or month/day, and no date in the file tells which; say it with "
            "--dates day-first or --dates month-first"
        )
        noted.fault(table, table.columns[name].rows_of(code)[:1], message)
    return bool(shown[True])


def _many(table: RecordTable, name: str, code: int) -> int:
    return len(table.columns[name].rows_of(code))


def _days(table: RecordTable, name: str, form: _Form | None, day_first: bool, noted: Noted) -> Days:
    column = table.columns[name]
    values = []
    for code, text in enumerate(column.texts):
        match = None if form is None else form.pattern.fullmatch(text)
        value = None if match is None or form is None else _day(match, form, day_first)
        if match is not None and value is None:
            _refuse(table, name, column, code, noted)
        values.append(MISSING_NUMBER if value is None else value)
    return np.array(values, dtype=np.int64)[column.codes]


def _refuse(table: RecordTable, name: str, column: TextColumn, code: int, noted: Noted) -> None:
    message = f"{name}: there is no such day between {_FIRST_YEAR} and {_LAST_YEAR}: {quoted(column.texts[code])}"
    noted.fault(table, column.rows_of(code), message)


def _day(match: re.Match[str], form: _Form, day_first: bool) -> int | None:
    """Return the day of a date, counted from the year 1; None if there is no such day."""
    if form is _SERIAL:
        ordinal = _EXCEL_DAY_0 + int(match[1])
        return ordinal if _FIRST_YEAR <= datetime.date.fromordinal(ordinal).year <= _LAST_YEAR else None
    year, month, day = (match[k] for k in form.parts or ((3, 2, 1) if day_first else (3, 1, 2)))
    number = _MONTHS.get(month.casefold()[:3]) if form is _NAMED else int(month)
    full = int(year) + (0 if len(year) == 4 else 2000 if int(year) < _TURN else 1900)
    if number is None or not _FIRST_YEAR <= full <= _LAST_YEAR:
        return None
    try:
        return datetime.date(full, number, int(day)).toordinal()
    except ValueError:
        return None
