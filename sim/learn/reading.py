"""Reading a clinic's records: a table of visits, and one of what patients said later."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from sim.errors import ScenarioError, UsageError, did_you_mean, folded
from sim.learn import cells
from sim.learn.columns_in import RecordTable, Wanted
from sim.learn.dates import Days, Order, days_of
from sim.learn.gathering import Gathered, gathered
from sim.learn.noted import Noted
from sim.learn.records import Moment, Records
from sim.learn.tables_in import read_table
from sim.learn.visit_rows import Answers, VisitRows
from sim.tables.rows import file_name

VISITS = ("patient", "date|day", "modality", "pain")
MORE_OF_VISITS = ("attended", "profile", "soreness", "bruising", "ended", "satisfied", "booked")
FOLLOWUP = ("patient", "date|day")
MORE_OF_FOLLOWUP = ("pain", "returned")
MOST_DAYS = 40_000
HALF_POINTS_FROM = 0.1
"""Share of readings with a half point from which on patients are taken to answer in half points."""
_ENDINGS = (".csv", ".xlsx", ".txt", ".tsv")


def read_records(
    visits: Path, followup: Path | None = None, *, columns: Mapping[str, str] | None = None,
    moment: Moment = "before", modalities: Mapping[str, str] | None = None,
    known_modalities: Collection[str] | None = None, known_profiles: Collection[str] | None = None,
    dates: Order | None = None,
) -> Records:  # fmt: skip
    """Return the records in a table of visits, or in a directory with `visits` and `followup` in it.

    `columns` gives what the files call a column, by the program's names; `modalities` the scenario's names for the
    file's; `known_modalities` and `known_profiles` are those of the scenario, None if any will do; `dates` says how
    dates are meant that could be meant in two ways. Raises UsageError for files that cannot be read and ScenarioError
    with a line for each fault; what is odd but can be read is in `findings`.
    """
    called = dict(columns or {})
    strange = [name for name in called if name not in _names()]
    if strange:
        near = did_you_mean(strange[0], _names())
        raise UsageError(f"columns: there is no column {strange[0]!r}; there is: {', '.join(_names())}.{near}")
    first, second = _files(visits, followup)
    table = read_table(first, Wanted(VISITS, MORE_OF_VISITS, called))
    answers = None if second is None else read_table(second, Wanted(FOLLOWUP, MORE_OF_FOLLOWUP, called))
    if not len(table):
        raise UsageError(f"{table.name}: has no row below its heading; allowed: a row for every visit")
    _check_called(called, table, answers)
    noted = Noted()
    _say_of_file(table, noted)
    if answers is not None:
        _say_of_file(answers, noted)
    when = _when(table, answers, dates, noted)
    rows = _visit_rows(table, when, modalities or {}, known_modalities, known_profiles, noted)
    later = None if answers is None else _answers(answers, when, noted)
    noted.raise_faults()
    found = gathered(rows, later, noted)
    noted.raise_faults()
    step = _step(rows.pain)
    return _records(found, moment, step, noted, rows.attended is not None)


def _names() -> list[str]:
    every = (*VISITS, *MORE_OF_VISITS, *FOLLOWUP, *MORE_OF_FOLLOWUP)
    return list(dict.fromkeys(name for entry in every for name in entry.split("|")))


def _files(visits: Path, followup: Path | None) -> tuple[Path, Path | None]:
    """Return the file of visits and that of answers, looked for in a directory if that is given."""
    if not visits.is_dir():
        return visits, followup
    found = _in_directory(visits, "visits")
    if found is None:
        raise UsageError(f"{file_name(visits)}: holds no visits.csv or visits.xlsx")
    return found, followup if followup is not None else _in_directory(visits, "followup")


def _in_directory(directory: Path, stem: str) -> Path | None:
    found = sorted(
        file for file in directory.iterdir() if file.stem.casefold() == stem and file.suffix.casefold() in _ENDINGS
    )
    if len(found) > 1:
        shown = ", ".join(file.name for file in found)
        raise UsageError(f"{file_name(directory)}: holds {shown}; allowed: one of them")
    return found[0] if found else None


def _check_called(called: Mapping[str, str], table: RecordTable, answers: RecordTable | None) -> None:
    """Raise ScenarioError for a column that is in neither file under the name that was given for it."""
    tables = [table] if answers is None else [table, answers]
    there = [name for one in tables for name in one.heading]
    plain = {folded(name) for name in there}
    faults = [
        f"{table.name}: there is no column {theirs!r}, which --columns gives for {ours}; there is: "
        f"{', '.join(dict.fromkeys(name for name in there if name))}.{did_you_mean(theirs, there)}"
        for ours, theirs in called.items() if folded(theirs) not in plain
    ]  # fmt: skip
    if faults:
        raise ScenarioError(faults)


def _say_of_file(table: RecordTable, noted: Noted) -> None:
    if table.passed_over:
        lines = table.passed_over
        noted.of_file(table, len(lines), "lines about the table that hold no row", "passed over", lines)
    if table.unread:
        shown = ", ".join(table.unread[:12])
        noted.of_file(table, len(table.unread), f"columns that are not known: {shown}", "not read")


class _When:
    """On which day each row of both tables is: days since the year 1 where dates are given, else as counted."""

    def __init__(self) -> None:
        self.days: dict[tuple[str, str], Days] = {}
        self.are_dates: dict[str, bool] = {}


def _when(table: RecordTable, answers: RecordTable | None, order: Order | None, noted: Noted) -> _When:
    """Return the days of all rows; a fault for those without one."""
    when = _When()
    dated: list[tuple[RecordTable, str]] = []
    for one in (table, answers) if answers is not None else (table,):
        when.are_dates[one.name] = "date" in one.columns
        if "date" in one.columns:
            dated.append((one, "date"))
            if "day" in one.columns:
                noted.of_file(one, 1, "a column of days beside one of dates", "not read; the dates are")
        else:
            when.days[one.name, "day"] = cells.whole_numbers(one, "day", MOST_DAYS, noted)
    if "booked" in table.columns:
        if _are_waits(table):
            when.days[table.name, "booked"] = cells.whole_numbers(table, "booked", MOST_DAYS, noted)
        else:
            dated.append((table, "booked"))
    for (one, name), days in zip(dated, days_of(dated, order, noted), strict=True):
        when.days[one.name, name] = days
    for one in (table, answers) if answers is not None else (table,):
        name = "date" if when.are_dates[one.name] else "day"
        column = one.columns[name]
        for code, text in enumerate(column.texts):
            if cells.is_missing(text):
                noted.fault(one, column.rows_of(code), f"{name}: must not be empty")
    if answers is not None and when.are_dates[answers.name] and not when.are_dates[table.name]:
        raise UsageError(f"{answers.name}: has dates, and {table.name} days; allowed: dates in both, or days")
    return when


def _are_waits(table: RecordTable) -> bool:
    """Tell whether the column `booked` holds the days that patients waited, and not dates."""
    texts = [text for text in table.columns["booked"].texts if not cells.is_missing(text)]
    return all(len(text) < 5 and cells.number_in(text) is not None for text in texts)


def _visit_rows(
    table: RecordTable, when: _When, called: Mapping[str, str], known: Collection[str] | None,
    profiles: Collection[str] | None, noted: Noted,
) -> VisitRows:  # fmt: skip
    _refuse_nameless(table, noted)
    days = when.days[table.name, "date" if when.are_dates[table.name] else "day"]
    attended = cells.yes_or_no(table, "attended", noted) if "attended" in table.columns else None
    if attended is not None and not np.any(attended != cells.UNKNOWN):
        attended = None
    if attended is None:
        noted.of_file(table, len(table), "rows without a word on who came", "each is taken as a visit that took place")
    optional = {
        name: cells.yes_or_no(table, name, noted) if name in table.columns else None
        for name in ("soreness", "bruising", "satisfied")
    }
    return VisitRows(
        table, days, when.are_dates[table.name],
        given=cells.treatments(table, called, known, noted),
        pain=cells.readings(table, "pain", noted),
        attended=attended,
        sore=optional["soreness"], bruised=optional["bruising"], satisfied=optional["satisfied"],
        profiles=cells.profiles(table, profiles, noted) if "profile" in table.columns else None,
        endings=cells.endings(table, noted) if "ended" in table.columns else None,
        waited=_waited(table, when, days, noted),
    )  # fmt: skip


def _waited(table: RecordTable, when: _When, days: Days, noted: Noted) -> Days | None:
    """Return (rows,) days from booking to the visit, `MISSING_NUMBER` where not recorded, None without the column."""
    if "booked" not in table.columns:
        return None
    booked = when.days[table.name, "booked"]
    known = booked != cells.MISSING_NUMBER
    if _are_waits(table):
        waited = booked.copy()
    elif when.are_dates[table.name]:
        waited = np.where(known & (days != cells.MISSING_NUMBER), days - booked, cells.MISSING_NUMBER)
    else:
        noted.of_file(table, len(table), "dates of booking beside days of visits", "not read")
        return None
    odd = known & (waited < 0) & (waited != cells.MISSING_NUMBER)
    noted.finding(table, np.flatnonzero(odd), "visits that were booked after they took place", "wait taken as unknown")
    waited[odd] = cells.MISSING_NUMBER
    return waited


def _answers(table: RecordTable, when: _When, noted: Noted) -> Answers:
    _refuse_nameless(table, noted)
    if not len(table):
        noted.of_file(table, 0, "no row below the heading", "nobody counts as followed up")
    return Answers(
        table, when.days[table.name, "date" if when.are_dates[table.name] else "day"], when.are_dates[table.name],
        pain=cells.readings(table, "pain", noted) if "pain" in table.columns else None,
        returned=cells.yes_or_no(table, "returned", noted) if "returned" in table.columns else None,
    )  # fmt: skip


def _refuse_nameless(table: RecordTable, noted: Noted) -> None:
    column = table.columns["patient"]
    for code, text in enumerate(column.texts):
        if not text:
            noted.fault(table, column.rows_of(code), "patient: must not be empty")


def _step(pain: cells.Floats) -> float:
    known = pain[~np.isnan(pain)]
    return 0.5 if len(known) and np.mean(known != np.round(known)) >= HALF_POINTS_FROM else 1.0


def _records(found: Gathered, moment: Moment, step: float, noted: Noted, has_attendance: bool) -> Records:
    return Records(found.patients, moment, step, noted.findings, found.sha256, has_attendance)
