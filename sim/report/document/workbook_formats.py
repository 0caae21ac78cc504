"""How a workbook writes its cells: numbers in their units, text that is never a formula, empty and unreached ones."""

from __future__ import annotations

import math
from functools import cached_property
from textwrap import wrap
from typing import Any

from sim.plain_text import plain_text
from sim.report.document.workbook_parts import Number, Value
from sim.units import NOT_REACHED, QALYS, Unit

MOST_CHARACTERS = 32_767
"""Characters that a cell can hold."""
_LINE, _HIGHEST = 1.36, 409
"""Height of a line by the size of its letters, and the most that a row can have, in points."""
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def number_format(
    unit: Unit | None,
    value: float = math.nan,
    error: float = math.nan,
    *,
    is_error: bool = False,
    as_given: bool = False,
) -> str:
    """Return the number format of a unit: per cent for shares, the symbol for money; `as_given` cuts no digit off.

    A value of 100 in money has no cents, and a whole number without error no decimals.

    >>> from sim.units import POINTS, SHARE, money
    >>> number_format(SHARE), number_format(POINTS), number_format(money("USD"), 412.3)
    ('0.0%', '#,##0.00', '"$"#,##0')
    """
    if unit is None:
        return "General"
    if unit.is_share:
        return "0.0####%" if as_given else "0.00%" if is_error else "0.0%"
    if as_given and not unit.before:
        return "General"  # unknown units are many, and stand beside the number
    if unit.is_money:
        before, after = (f'"{_literal(part)}"' if part else "" for part in (unit.before, unit.after))
        is_whole = abs(value) >= 100 or (error == 0 and value.is_integer())
        cents = "" if is_whole and not is_error else ".00"
        return f"{before}#,##0{cents}{f' {after}' if after else ''}"
    is_whole = error == 0 and value.is_integer()
    decimals = 0 if is_whole else unit.unsure + (1 if is_error and unit != QALYS else 0)
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"


def is_error(column: str) -> bool:
    """Return whether a column holds errors, by its name."""
    return column.endswith("error") or column in ("doubt", "input_sd", "noise_sd")


def cell_text(text: str) -> str:
    """Return text for a cell: on one line, without what cannot be shown, no longer than a cell can be."""
    plain = plain_text(text)
    return plain if len(plain) <= MOST_CHARACTERS else f"{plain[: MOST_CHARACTERS - 1]}…"


def _literal(text: str) -> str:
    """Return text to stand in quotes in a number format."""
    return "".join(c for c in plain_text(text) if c not in '"\\')


class Writer:
    """Writes cells of a workbook, each kind of value in its own way; `book` is of XlsxWriter."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def look(self, **properties: Any) -> Any:
        """Return the format that has these properties; the same one each time."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(dict(properties))
        return self._formats[key]

    def height(self, sheet: Any, row: int, text: str, width: int, size: int = 11) -> None:
        """Make a row as high as text takes in a column so many characters wide; office programs differ in whether
        they do so themselves.
        """
        lines = len(wrap(cell_text(text), max(int(width * 10.5 / size), 1))) or 1
        sheet.set_row(row, min(lines * size * _LINE, _HIGHEST))

    @cached_property
    def heading(self) -> Any:
        """The format of the heading of a column."""
        return self.look(bold=True, text_wrap=True, valign="top", bottom=1)

    def text(self, sheet: Any, row: int, column: int, text: str, **properties: Any) -> None:
        """Write text as text, whatever it begins with; marked as such, so that editing does not make it a formula."""
        plain = cell_text(text)
        if plain.startswith(_FORMULA):  # plain text has no spaces at its ends
            properties["quote_prefix"] = True
        if plain:
            sheet.write_string(row, column, plain, self.look(**properties) if properties else None)

    def value(self, sheet: Any, row: int, column: int, value: Value, **properties: Any) -> None:
        """Write a value: NaN leaves the cell empty, infinity is "not reached"."""
        if isinstance(value, Number):
            self.number(
                sheet,
                row,
                column,
                value.value,
                number_format(value.unit, float(value.value), value.error),
                **properties,
            )
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, self.look(**properties) if properties else None)
        elif isinstance(value, int | float):
            self.number(sheet, row, column, value, "General", **properties)
        else:
            self.text(sheet, row, column, value, **properties)

    def number(self, sheet: Any, row: int, column: int, value: float, shown: str, **properties: Any) -> None:
        """Write a number as a number, if it is one, shown in a number format."""
        if math.isinf(value):
            sheet.write_string(row, column, NOT_REACHED, self.look(align="right", **properties))
        elif not math.isnan(value):
            properties |= {"num_format": shown}
            sheet.write_number(row, column, value, self.look(**properties))
