"""A table of data: what a CSV file of an output directory holds, and what a notebook shows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from sim.plain_text import plain_text
from sim.units import Unit

if TYPE_CHECKING:
    import pandas
    import pyarrow

_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets begin a formula with; the last four are the wide forms of the first four."""
_DIGITS = ".10g"
"""How numbers are written in files."""
_SHOWN = 20
"""Rows that a notebook shows."""
_WORDS = {"True": True, "False": False}


class Table:
    """Rows of named values; numbers have the ten digits that a file holds, an undefined number is NaN.

    A row is a mapping from column to a number, a truth value or a text; `table["cost"]` is a column, `table.where(arm=
    "dry_needling")` the rows that have a value, `len(table)` counts rows.

    >>> table = Table(("arm", "cost"), [{"arm": "a", "cost": 1 / 3}, {"arm": "b", "cost": float("nan")}])
    >>> table["cost"]
    [0.3333333333, nan]
    >>> print(table.where(arm="b").to_csv(), end="")
    arm,cost
    b,
    """

    def __init__(self, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
        self.columns = tuple(columns)
        self._rows = [{column: _as_in_a_file(row[column]) for column in self.columns} for row in rows]

    @classmethod
    def from_csv(cls, text: str) -> Table:
        """Return the table that `to_csv` wrote.

        >>> Table.from_csv("arm,cost\\na,2.5\\nb,\\n")["cost"]
        [2.5, nan]
        """
        columns, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
        return cls(columns, (dict(zip(columns, map(_read, row), strict=True)) for row in rows))

    def to_csv(self) -> str:
        """Return the table as CSV with line feeds; an undefined number is empty, one never reached is `inf`.

        Text that a spreadsheet would take for a formula gets an apostrophe before it, after leading spaces too.
        """
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([_cell(column) for column in self.columns])
        writer.writerows([_cell(value) for value in row.values()] for row in self._rows)
        return text.getvalue()

    def to_pandas(self) -> pandas.DataFrame:
        """Return the table as a pandas DataFrame; ImportError without pandas, which is loaded only here."""
        import pandas

        return pandas.DataFrame({column: self[column] for column in self.columns}, columns=list(self.columns))

    def to_arrow(self) -> pyarrow.Table:
        """Return the table as an Arrow table; a column of numbers and texts becomes one of texts."""
        import pyarrow

        return pyarrow.table({column: _of_one_kind(self[column]) for column in self.columns})

    def where(self, **wanted: Any) -> Table:
        """Return the rows whose columns have these values; a tuple, list or set allows several.

        Raises KeyError for a column that is not there.

        >>> len(Table(("arm",), [{"arm": "a"}, {"arm": "b"}, {"arm": "c"}]).where(arm=("a", "b")))
        2
        """
        for column in wanted:
            if column not in self.columns:
                raise KeyError(f"no column {column!r}; there is: {', '.join(self.columns)}")
        allowed = {c: set(v) if isinstance(v, tuple | list | set | frozenset) else {v} for c, v in wanted.items()}
        return Table(self.columns, (row for row in self._rows if all(row[c] in v for c, v in allowed.items())))

    def __getitem__(self, column: str) -> list[Any]:
        if column not in self.columns:
            raise KeyError(f"no column {column!r}; there is: {', '.join(self.columns)}")
        return [row[column] for row in self._rows]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(row) for row in self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.to_csv() == other.to_csv()

    def __hash__(self) -> int:
        return hash(self.to_csv())

    def __repr__(self) -> str:
        return f"<Table of {len(self):,} rows: {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(column)}</th>" for column in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_short(value))}</td>" for value in row.values()) + "</tr>"
            for row in self._rows[:_SHOWN]
        )
        more = f"<p>{len(self) - _SHOWN:,} more rows</p>" if len(self) > _SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def json_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record for JSON: numbers have the digits of a CSV file, undefined or never reached ones are null.

    >>> json_record({"arm": "a", "cost": 1 / 3, "days": float("inf")})
    {'arm': 'a', 'cost': 0.3333333333, 'days': None}
    """
    return {key: _json_value(value) for key, value in record.items()}


def _json_value(value: Any) -> Any:
    found = _as_in_a_file(value)
    return None if isinstance(found, float) and not math.isfinite(found) else found


def _as_in_a_file(value: Any) -> Any:
    if isinstance(value, Unit):
        return value.name
    return float(f"{value:{_DIGITS}}") if isinstance(value, float) else value


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:{_DIGITS}}"
    if isinstance(value, str):
        # On one line: some programs take a carriage return for the end of a row, quotes or not.
        text = value if value.isascii() and value.isprintable() else plain_text(value)
        return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
    return value


def _read(cell: str) -> Any:
    if cell == "":
        return math.nan
    if cell in _WORDS:
        return _WORDS[cell]
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip().startswith(_FORMULA) else cell


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _of_one_kind(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if not (isinstance(value, float) and math.isnan(value))}
    if kinds <= {int, float} or (len(kinds) <= 1 and str not in kinds):
        return values
    return ["" if isinstance(value, float) and math.isnan(value) else str(value) for value in values]
