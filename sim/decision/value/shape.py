"""How a table of draws is laid out: a row for every draw and strategy, or columns for every strategy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import UsageError
from sim.tables.csv_rows import csv_rows
from sim.tables.rows import file_name, quoted
from sim.tables.workbook_rows import is_workbook, workbook_headings

DRAW, STRATEGY, COST, EFFECT, NET_BENEFIT = "draw", "strategy", "cost", "effect", "net_benefit"
LONG = (DRAW, STRATEGY, COST, EFFECT)
_BETWEEN = r"[ _.:]"


@dataclass(frozen=True)
class Shape:
    """The columns of a table: `measures` of every strategy, costs and then effects, or the net benefit alone.

    `wide` holds for every strategy the column of each measure; empty where a row is about one strategy.
    """

    measures: tuple[str, ...]
    wide: dict[str, tuple[str, ...]]

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that are read."""
        if self.wide:
            return (DRAW, *(column for columns in self.wide.values() for column in columns))
        return (DRAW, STRATEGY, *self.measures)


def shape_of(path: Path, effects: Sequence[str]) -> Shape:
    """Return the layout of a table; `effects` are the names of effects that were asked for, and may be empty.

    An effect is a column of its name; the first may be what the column `effect` is called instead. A heading without a
    strategy, with `cost_NAME` and `effect_NAME` (or `net_benefit_NAME`) for every strategy, is wide. Of a workbook it
    is that of the first sheet that has one. Raises UsageError for a measure that a strategy does not have.
    """
    if not is_workbook(path):
        headings = [[name.strip() for name in csv_rows(path, LONG).heading]]
    else:
        headings = workbook_headings(path, DRAW)
    found = (_shape(path, heading, effects) for heading in headings)
    return next((one for one in found if one), Shape((COST, EFFECT, *effects[1:]), {}))


def _shape(path: Path, heading: Sequence[str], effects: Sequence[str]) -> Shape | None:
    """Return the layout of a table by its heading, None if it is none."""
    first = effects[0] if effects else EFFECT
    lower = [name.lower() for name in heading]
    if STRATEGY in lower:
        if NET_BENEFIT in lower and COST not in lower and not effects[1:]:
            return Shape((NET_BENEFIT,), {})
        own = [name for name in effects if name in heading and name.lower() not in LONG]
        return Shape((COST, first if first in own else EFFECT, *effects[1:]), {})
    for measures in ((NET_BENEFIT,), (COST, EFFECT, *effects[1:]), (COST, first, *effects[1:])):
        found = [_of_measure(heading, measure) for measure in measures]
        if all(found):
            return Shape(measures, _together(path, measures, found))
    return None


def _of_measure(heading: Sequence[str], measure: str) -> dict[str, str]:
    """Return the column of a measure for every strategy that has one."""
    words = _BETWEEN.join(map(re.escape, re.split(r"[ _]", measure)))
    form = re.compile(rf"{words}{_BETWEEN}+(.+)", re.IGNORECASE)
    return {match[1]: name for name in heading if (match := form.fullmatch(name))}


def _together(path: Path, measures: Sequence[str], found: Sequence[dict[str, str]]) -> dict[str, tuple[str, ...]]:
    strategies = list(dict.fromkeys(name for columns in found for name in columns))
    for name in strategies:
        for measure, columns in zip(measures, found, strict=True):
            if name not in columns:
                place = file_name(path) if is_workbook(path) else f"{file_name(path)}:1"
                raise UsageError(f"{place}: strategy {quoted(name)} has no column {quoted(f'{measure}_{name}')}")
    return {name: tuple(columns[name] for columns in found) for name in strategies}
