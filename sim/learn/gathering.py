"""From rows to patients: visits by day, what stands twice or contradicts itself, and a hash of what was read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.learn.cells import MISSING_NUMBER, UNKNOWN
from sim.learn.noted import Noted
from sim.learn.records import FollowUp, Patient, Visit
from sim.learn.visit_rows import Answers, VisitRows, came_of, in_half_points

_TRUTH = {1: True, 0: False, UNKNOWN: None}


@dataclass(frozen=True)
class Gathered:
    """All patients in the order of their names, and the hash of what is known of them."""

    patients: tuple[Patient, ...]
    sha256: str


@dataclass(frozen=True, eq=False)
class _Entry:
    """What one row says of a visit; rows that say the same share one."""

    given: tuple[str, ...]
    pain: float | None
    attended: bool
    sore: bool | None
    bruised: bool | None
    waited: int | None
    profile: str | None
    ended: str | None
    satisfied: bool | None


def gathered(rows: VisitRows, answers: Answers | None, noted: Noted) -> Gathered:
    """Return the patients; what is odd is noted, and an answer from before the first visit is a fault."""
    reader = _Visits(rows, noted)
    later = {} if answers is None else _by_patient(answers, noted)
    patients, known = [], hashlib.sha256()
    repeated: dict[bool, list[int]] = {True: [], False: []}
    for found in reader.patients():
        began = found.start if rows.are_dates else None
        answered = _followed(later.pop(found.name, []), found.start, began, answers, repeated, noted)
        patients.append(Patient(found.name, found.visits, answered, *found.course, found.before, began))
        known.update(_as_text(patients[-1]).encode())
    reader.say()
    if answers is not None:
        noted.finding(answers.table, repeated[True], _SAID[0][1], _SAID[0][2])
        what, done = (
            "further answers of a patient on one day",
            "taken as one; of two readings that differ, neither is used",
        )
        noted.finding(answers.table, repeated[False], what, done)
        strange = [row for some in later.values() for row, *_ in some]
        noted.finding(answers.table, strange, "answers of patients who are not in the visits", "left out")
    return Gathered(tuple(patients), known.hexdigest())


Course = tuple[str | None, str | None, bool | None]
"""Profile, how the course ended, and whether the patient was satisfied."""


@dataclass(frozen=True)
class _Found:
    """A patient: the row with which the visits begin, day 0 as the file has it, visits missed before it and others."""

    name: str
    start: int
    before: tuple[Visit, ...]
    visits: tuple[Visit, ...]
    course: Course


class _Visits:
    """Makes visits of rows, patient by patient; what rows say alike is made once."""

    def __init__(self, rows: VisitRows, noted: Noted) -> None:
        self._rows, self._noted = rows, noted
        self._names = rows.table.columns["patient"]
        self._pain = in_half_points(rows.pain, rows.table, noted)
        self._attended = came_of(rows, noted)
        self._alike, firsts = self._kinds()
        self._entries = [self._entry(row) for row in firsts.tolist()]
        self._visits: dict[tuple[int, _Entry], Visit] = {}
        self._odd: dict[str, list[int]] = {key: [] for key, *_ in _SAID}

    def patients(self) -> Iterator[_Found]:
        """Yield each patient by name."""
        kept = np.flatnonzero(self._attended != UNKNOWN)
        order = sorted(range(len(self._names.texts)), key=self._names.texts.__getitem__)
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        ranks = rank[self._names.codes[kept]]
        at = np.lexsort((kept, self._rows.days[kept], ranks))
        rows, days = kept[at], self._rows.days[kept][at]
        ends = (np.flatnonzero(np.diff(ranks[at], append=-1)) + 1).tolist()
        kinds = self._alike[rows]
        for begin, end in zip([0, *ends], ends, strict=False):
            own = rows[begin:end].tolist()
            yield self._one(own, days[begin:end].tolist(), [self._entries[k] for k in kinds[begin:end].tolist()])

    def _one(self, rows: list[int], days: list[int], entries: list[_Entry]) -> _Found:
        if len(set(days)) < len(days):
            days, entries = self._by_day(rows, days, entries)
        start = next((day for day, entry in zip(days, entries, strict=True) if entry.attended), None)
        if start is None:
            self._odd["never"].append(rows[0])
            start = days[0]
        elif start != 0 and not self._rows.are_dates:
            self._odd["counted"].append(rows[0])
        if len(rows) == 1:
            self._odd["single"].append(rows[0])
        visits = tuple(self._visit(day - start, entry) for day, entry in zip(days, entries, strict=True))
        before = sum(day < start for day in days)
        profiles = [entry.profile for entry in entries if entry.profile is not None]
        if len(set(profiles)) > 1:
            self._odd["profile"].append(rows[0])
        endings = [entry.ended for entry in entries if entry.ended is not None]
        satisfied = [entry.satisfied for entry in entries if entry.satisfied is not None]
        course = (
            profiles[0] if profiles else None, endings[-1] if endings else None, satisfied[-1] if satisfied else None,
        )  # fmt: skip
        name = self._names.texts[self._names.codes[rows[0]]]
        return _Found(name, start, visits[:before], visits[before:], course)

    def _by_day(self, rows: list[int], days: list[int], entries: list[_Entry]) -> tuple[list[int], list[_Entry]]:
        """Return days and what happened on them, each day once."""
        found = []
        k = 0
        while k < len(rows):
            n = k + 1
            while n < len(rows) and days[n] == days[k]:
                n += 1
            found.append((days[k], self._merged(rows[k:n], entries[k:n]) if n > k + 1 else entries[k]))
            k = n
        return [day for day, _ in found], [entry for _, entry in found]

    def _kinds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return which of the different entries each row is, and the first row with each."""
        rows, columns = self._rows, self._rows.table.columns
        known = [columns[name].codes for name in ("modality", "profile", "ended") if name in columns]
        marks = (rows.sore, rows.bruised, rows.satisfied, rows.waited)
        key = np.zeros(len(rows.table), dtype=np.int64)
        firsts = np.zeros(1, dtype=np.int64)
        for column in (np.nan_to_num(self._pain, nan=-1), self._attended, *known, *(m for m in marks if m is not None)):
            _, codes = np.unique(column, return_inverse=True)
            _, firsts, key = np.unique(key * (codes.max() + 1) + codes, return_index=True, return_inverse=True)
        return key, firsts

    def _entry(self, row: int) -> _Entry:
        rows, columns = self._rows, self._rows.table.columns
        pain, waited = self._pain[row], None if rows.waited is None else int(rows.waited[row])
        attended = bool(self._attended[row] == 1)
        return _Entry(
            rows.given[columns["modality"].codes[row]] if attended else (),
            None if np.isnan(pain) or not attended else float(pain),
            attended,
            None if rows.sore is None else _TRUTH[int(rows.sore[row])],
            None if rows.bruised is None else _TRUTH[int(rows.bruised[row])],
            None if waited is None or waited == MISSING_NUMBER else waited,
            None if rows.profiles is None else rows.profiles[columns["profile"].codes[row]],
            None if rows.endings is None else rows.endings[columns["ended"].codes[row]],
            None if rows.satisfied is None else _TRUTH[int(rows.satisfied[row])],
        )

    def _merged(self, rows: list[int], entries: list[_Entry]) -> _Entry:
        """Return what several rows of one day say: of those who came if any did; of two readings, none."""
        different = list(dict.fromkeys(entries))
        if len(different) == 1:
            self._odd["same"].extend(rows[1:])
            return different[0]
        self._odd["twice"].extend(rows[1:])
        came = [entry for entry in different if entry.attended] or different
        readings = {entry.pain for entry in came} - {None}
        return _Entry(
            tuple(sorted({name for entry in came for name in entry.given})),
            readings.pop() if len(readings) == 1 else None,
            came[0].attended,
            _any([entry.sore for entry in came]),
            _any([entry.bruised for entry in came]),
            min((entry.waited for entry in came if entry.waited is not None), default=None),
            min((entry.profile for entry in different if entry.profile is not None), default=None),
            min((entry.ended for entry in different if entry.ended is not None), default=None),
            _any([entry.satisfied for entry in different]),
        )

    def _visit(self, day: int, entry: _Entry) -> Visit:
        found = self._visits.get((day, entry))
        if found is None:
            found = Visit(day, entry.given, entry.pain, entry.attended, entry.sore, entry.bruised, entry.waited)
            self._visits[day, entry] = found
        return found

    def say(self) -> None:
        """Note what was odd in the rows of single patients."""
        for key, what, done in _SAID:
            self._noted.finding(self._rows.table, self._odd[key], what, done)


_SAID = (
    ("same", "rows that repeat another one in full", "each counted once"),
    (
        "twice", "further rows of a patient on one day",
        "taken as one visit with all that was given; of two readings that differ, neither is used",
    ),
    ("counted", "patients whose first visit is not on day 0", "their days are counted anew from their first visit"),
    ("never", "patients who never came", "kept for appointments missed; not among those who began"),
    ("single", "patients with a single row", "kept; they say nothing about change"),
    ("profile", "patients with several profiles", "the first one is used"),
)  # fmt: skip


def _any(given: list[bool | None]) -> bool | None:
    known = [one for one in given if one is not None]
    return any(known) if known else None


_Row = tuple[int, int, float | None, bool | None]


def _by_patient(answers: Answers, noted: Noted) -> dict[str, list[_Row]]:
    """Return the answers by patient: row, day as the file has it, pain, and whether the complaint has come back."""
    table = answers.table
    pain = None if answers.pain is None else in_half_points(answers.pain, table, noted)
    names = table.columns["patient"]
    found: dict[str, list[_Row]] = {}
    silent = []
    for row, (code, day) in enumerate(zip(names.codes.tolist(), answers.days.tolist(), strict=True)):
        reading = None if pain is None or np.isnan(pain[row]) else float(pain[row])
        returned = None if answers.returned is None else _TRUTH[int(answers.returned[row])]
        if reading is None and returned is None:
            silent.append(row)
        found.setdefault(names.texts[code], []).append((row, day, reading, returned))
    noted.finding(table, silent, "follow-ups without an answer", "kept as asked and not answered")
    return found


def _followed(
    given: list[_Row], start: int, began: int | None, answers: Answers | None, repeated: dict[bool, list[int]],
    noted: Noted,
) -> tuple[FollowUp, ...]:  # fmt: skip
    """Return what a patient said later, by day from the first visit; rows beyond the first of a day are `repeated`."""
    if answers is None or not given:
        return ()
    # Days of a table of dates are counted from the first visit's date; a clinic's own days have the visits' day 0.
    origin = start if answers.are_dates or began is None else 0
    by_day: dict[int, list[_Row]] = {}
    for one in given:
        by_day.setdefault(one[1] - origin, []).append(one)
    found = []
    for day in sorted(by_day):
        several = by_day[day]
        if day < 0:
            message = "is before the patient's first visit; allowed: answers from then on"
            noted.fault(answers.table, [row for row, *_ in several], message)
        readings = {reading for _, _, reading, _ in several} - {None}
        alike = len({one[1:] for one in several}) == 1
        repeated[alike] += [row for row, *_ in several[1:]]
        returned = _any([one for *_, one in several])
        found.append(FollowUp(day, readings.pop() if len(readings) == 1 else None, returned))
    return tuple(found)


def _as_text(patient: Patient) -> str:
    """Return all that is known of a patient, as it is hashed."""
    parts = (patient.name, patient.profile, patient.ended, patient.satisfied, patient.began)
    visits = (
        (v.day, v.modalities, v.pain, v.attended, v.sore, v.bruised, v.waited)
        for some in (patient.missed_before, patient.visits) for v in some
    )  # fmt: skip
    return repr((parts, *visits, *((one.day, one.pain, one.returned) for one in patient.followup)))
