"""A table of arms of trials, read for a synthesis: a row for an arm, or for a difference; each fault by file and line.

Rows are chosen and columns named by the user; a row without a value is left out and said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

from sim.errors import UsageError, did_you_mean, folded
from sim.estimate.estimate import Z95
from sim.scenario.typed_numbers import SHARE, Mark, how_to_write, mark_of, plain_number
from sim.tables.csv_rows import csv_rows
from sim.tables.rows import Cell, Odd, Rows, content_of, file_name, quoted
from sim.tables.workbook_rows import is_workbook, workbook_rows

Measure = Literal["pain", "change", "reduction", "share", "difference", "mixed"]

MEASURES: dict[str, Measure] = {
    "pain": "pain", "change": "change", "reduction": "reduction", "share": "share", "events": "share",
    "difference": "difference",
}  # fmt: skip
"""The columns that can hold what was found: mean pain left, its change (negative is better), its reduction, a share or
a number of patients, or a difference between arms (positive is better)."""
NUMBERS = (*MEASURES, "sd", "n", "error", "ci_low", "ci_high", "shared_error")
TEXTS = ("trial", "arm", "treatment", "year", "source", "doi")
COLUMNS = (*TEXTS, *NUMBERS)
MOST_ROWS = 2000


@dataclass(frozen=True)
class ArmRow:
    """A row: trial and arm, its `treatment` (the arm's name unless given), what was found with its error, in points (a
    fall is positive) or as events of n.

    `error` is the standard error of the mean or difference, NaN for shares; `shared_error` that of what the differences
    of a trial share; `place` where it stands; `reference`: source and DOI as they are given.
    """

    trial: str
    arm: str
    treatment: str
    measure: Measure
    value: float
    error: float
    n: float
    events: float
    shared_error: float
    place: str
    reference: str


@dataclass(frozen=True)
class ArmTable:
    """The rows that were read, what is left out and why, and what the values are; `measure`: mixed where pain is left
    in some trials and falls in others, which is the same for differences between their arms.
    """

    file: Path
    measure: Measure
    rows: tuple[ArmRow, ...]
    left_out: tuple[str, ...]


def read_arms(
    path: str | Path, columns: Mapping[str, str] | None = None, only: Mapping[str, str] | None = None
) -> ArmTable:
    """Read a table of arms, CSV or a workbook.

    `columns`: what a column is called in the file, by the name that it has here; `only`: rows that have these values in
    columns of the file. Raises UsageError by file and line.
    """
    file = Path(path)
    names = _named(columns or {})
    wanted = [names.get(name, name) for name in COLUMNS]
    required = [names.get("trial", "trial").lower()]
    if not content_of(file).strip():
        raise UsageError(f"{file_name(file)}: is empty; allowed: a heading and a row for each arm")
    rows = workbook_rows(file, required) if is_workbook(file) else csv_rows(file, [name.lower() for name in wanted])
    return _Reader(rows, names, only or {}).table(file)


def _named(columns: Mapping[str, str]) -> dict[str, str]:
    for name in columns:
        if name not in COLUMNS:
            near = did_you_mean(name, COLUMNS)
            raise UsageError(f"--columns {name}: no such column is read; allowed: {', '.join(COLUMNS)}.{near}")
    return dict(columns)


class _Reader:
    """Rows turned into arms; knows where each column stands."""

    def __init__(self, rows: Rows, names: Mapping[str, str], only: Mapping[str, str]) -> None:
        self.rows = rows
        heading = [one.strip() for one in rows.heading]
        self.at: dict[str, int] = {}
        for name in COLUMNS:
            given = names.get(name, name)
            found = [k for k, one in enumerate(heading) if one.casefold() == given.casefold()]
            if len(found) > 1:
                self._fail(rows.heading_line, f"column {given} is there twice; allowed: once")
            if found:
                self.at[name] = found[0]
            elif name in names:
                self._no_column(given, heading, f"--columns {name}={given}")
        self.only = {self._column(name, heading): value.strip() for name, value in only.items()}
        self.measure = self._measure(heading)

    def table(self, file: Path) -> ArmTable:
        """Return what was read."""
        found: list[ArmRow] = []
        left_out: list[str] = []
        not_chosen = 0
        records = [(line, self._full(line, cells)) for line, cells in self.rows.records()]
        if len(records) > MOST_ROWS:
            self._fail(self.rows.heading_line, f"{len(records):,} rows; allowed: at most {MOST_ROWS:,}")
        mark = self._mark(records)
        for line, cells in records:
            if any(folded(_text(cells[k])) != folded(value) for k, value in self.only.items()):
                not_chosen += 1
            elif not _text(cells[self.at[self.value_column]]):
                what = f"has no value in column {self.value_column}"
                left_out.append(f"{self.rows.place(line)}: {self._trial(line, cells)} {what}")
            else:
                found.append(self._row(line, cells, mark))
        if not found:
            more = "; no row has what --only asks for" if not_chosen and not left_out else ""
            self._fail(self.rows.heading_line, f"no row with a value in column {self.value_column}{more}")
        if not_chosen:
            left_out.append(f"{not_chosen} rows that --only does not ask for")
        only_once(found)
        return ArmTable(file, self.measure, tuple(found), tuple(left_out))

    def _measure(self, heading: Sequence[str]) -> Measure:
        if "trial" not in self.at:
            self._no_column("trial", heading)
        there = [name for name in MEASURES if name in self.at]
        if len(there) != 1:
            which = f"found: {', '.join(there)}" if there else f"given: {', '.join(map(quoted, heading[:12]))}"
            hint = "; name it with --columns, as --columns pain=NAME" if not there else ""
            self._fail(
                self.rows.heading_line, f"needs one column with what was found, of {', '.join(MEASURES)}; {which}{hint}"
            )
        self.value_column = there[0]
        measure = MEASURES[there[0]]
        if measure != "difference" and "arm" not in self.at:
            self._no_column("arm", heading)
        return measure

    def _column(self, name: str, heading: Sequence[str]) -> int:
        found = [k for k, one in enumerate(heading) if one.casefold() == name.casefold()]
        return found[0] if found else self._no_column(name, heading, f"--only {name}")

    def _no_column(self, name: str, heading: Sequence[str], option: str = "") -> NoReturn:
        near = did_you_mean(name, [one for one in heading if one])
        said = f"{option}: " if option else ""
        given = ", ".join(quoted(one) for one in heading[:20])
        self._fail(
            self.rows.heading_line,
            f"{said}column {name} is missing in the heading, the first line; given: {given}.{near}",
        )

    def _full(self, line: int, cells: list[Cell]) -> list[Cell]:
        if len(cells) != len(self.rows.heading):
            self._fail(line, f"has {len(cells)} columns; allowed: {len(self.rows.heading)}, as in the heading")
        return cells

    def _mark(self, records: Sequence[tuple[int, list[Cell]]]) -> Mark:
        """Return what stands before decimals in this file, if all that can be known agree."""
        marks = {
            mark_of(_text(cells[self.at[name]])) for _, cells in records for name in NUMBERS if name in self.at
        } - {""}
        return marks.pop() if len(marks) == 1 else ""

    def _trial(self, line: int, cells: Sequence[Cell]) -> str:
        trial, year = self._word(line, cells, "trial"), self._word(line, cells, "year")
        if not trial:
            self._fail(line, "column trial: must not be empty")
        return f"{trial} {year}" if year and year not in trial else trial

    def _word(self, line: int, cells: Sequence[Cell], name: str) -> str:
        cell = cells[self.at[name]] if name in self.at else ""
        if isinstance(cell, Odd):
            self._fail(line, f"column {name}: {cell.message}", name)
        return _text(cell)

    def _number(self, line: int, cells: Sequence[Cell], name: str, mark: Mark) -> float:
        """Return a number, NaN where there is none."""
        cell = cells[self.at[name]] if name in self.at else ""
        if isinstance(cell, Odd):
            self._fail(line, f"column {name}: {cell.message}", name)
        if isinstance(cell, float):
            return cell
        text = cell.strip()
        if not text:
            return math.nan
        value = plain_number(text, SHARE if name == "share" else None, mark)
        if value is None or not math.isfinite(value) or abs(value) > 1e9:
            advice = how_to_write(text)
            self._fail(
                line, f"column {name}: must be a number{f'; {advice}' if advice else ''}; given {quoted(text)}", name
            )
        return value

    def _row(self, line: int, cells: Sequence[Cell], mark: Mark) -> ArmRow:
        numbers = {name: self._number(line, cells, name, mark) for name in NUMBERS}
        for fault in _faults(self.value_column, numbers):
            self._fail(line, f"{self._trial(line, cells)}: {fault}")
        arm = self._word(line, cells, "arm")
        if self.measure != "difference" and not arm:
            self._fail(line, "column arm: must not be empty")
        value, n = numbers[self.value_column], numbers["n"]
        events = math.nan
        if self.measure == "share":
            events = value if self.value_column == "events" else value * n
            value = events / n
        trial, reference = self._trial(line, cells), [self._word(line, cells, name) for name in ("source", "doi")]
        return ArmRow(
            trial, arm, self._word(line, cells, "treatment") or arm, self.measure,
            -value if self.measure in ("pain", "change") else value, _error(numbers), n, events,
            numbers["shared_error"], self.rows.place(line), ", ".join(filter(None, reference)),
        )  # fmt: skip

    def _fail(self, line: int, message: str, name: str = "") -> NoReturn:
        raise UsageError(f"{self.rows.place(line, self.at.get(name))}: {message}")


def only_once(rows: Sequence[ArmRow]) -> None:
    """Raise UsageError if an arm, or a difference, of a trial is there twice."""
    first: dict[tuple[str, str], ArmRow] = {}
    for row in rows:
        if (before := first.setdefault((row.trial, row.arm), row)) is not row:
            what = f"arm {quoted(row.arm)}" if row.arm else "a difference"
            raise UsageError(
                f"{row.place}: {row.trial}: {what} is there twice (first in {before.place}); choose one with --only, "
                "or give the arms names of their own"
            )


def _text(cell: Cell) -> str:
    return "" if isinstance(cell, Odd) else f"{cell:.15g}" if isinstance(cell, float) else cell.strip()


def _error(numbers: Mapping[str, float]) -> float:
    """Return the standard error of a mean: as given, from its interval, or from sd and n."""
    if math.isfinite(numbers["error"]):
        return numbers["error"]
    if math.isfinite(numbers["ci_low"]):
        return (numbers["ci_high"] - numbers["ci_low"]) / (2 * Z95)
    return numbers["sd"] / math.sqrt(numbers["n"]) if math.isfinite(numbers["sd"]) else math.nan


def _faults(column: str, numbers: Mapping[str, float]) -> Iterator[str]:
    value, n, sd = numbers[column], numbers["n"], numbers["sd"]
    for name in ("sd", "error", "n", "shared_error"):
        if numbers[name] <= 0:
            yield f"column {name}: must be above 0; given {numbers[name]:g}"
    low, high = numbers["ci_low"], numbers["ci_high"]
    if math.isfinite(low) != math.isfinite(high):
        yield "give both ci_low and ci_high"
    if low >= high:
        yield f"ci_low must be below ci_high; given {low:g} and {high:g}"
    if math.isfinite(low) and not low <= value <= high:
        yield f"the value {value:g} lies outside its interval, {low:g} to {high:g}"
    if column in ("share", "events"):
        if math.isnan(n):
            yield "column n: is missing; a share needs the number of patients"
        elif column == "share" and not 0 <= value <= 1:
            yield f"column share: must be from 0 to 1; given {value:g}"
        elif column == "events" and not 0 <= value <= n:
            yield f"column events: must be from 0 to n, {n:g}; given {value:g}"
    elif math.isfinite(sd) and math.isnan(n):
        yield "column n: is missing; sd needs the number of patients"
    elif math.isnan(_error(numbers)):
        yield "has no error; give sd with n, error, or ci_low with ci_high"
    if math.isfinite(n) and n < 2:
        yield f"column n: must be at least 2; given {n:g}"
