"""The share in whom the complaint came back, day by day, as far as enough patients stand behind it."""

from __future__ import annotations

from dataclasses import dataclass

from sim.learn.cells_shown import SMALLEST_CELL, Described, is_small, not_shown
from sim.learn.describe import RETURN_DAYS, Description
from sim.units import SHARE

GRID_DAYS = 7
"""Days between the points of the curve; the days of single patients are not shown."""


@dataclass(frozen=True)
class ReturnRow:
    """A day after the last visit: the share in whom the complaint came back by then, and how many were watched."""

    day: int
    estimate: Described
    at_risk: int


def return_rows(found: Description) -> list[ReturnRow]:
    """Return the rows of the table of returns."""
    last = _last(found)
    return [_row(found, day) for day in RETURN_DAYS if day <= last]


def return_curve(found: Description) -> list[ReturnRow]:
    """Return the points of the curve, a week apart."""
    return [_row(found, day) for day in range(0, _last(found) + 1, GRID_DAYS)]


def _last(found: Description) -> int:
    """Return the last day at which at least five patients were still watched, -1 if there is none."""
    if found.returns is None or len(found.returns.curve.ends) < SMALLEST_CELL:
        return -1
    return int(found.returns.curve.ends[-SMALLEST_CELL])


def _row(found: Description, day: int) -> ReturnRow:
    assert found.returns is not None
    curve = found.returns.curve
    at_risk = curve.watched(day)
    share, error, low, high = curve.at(day)
    topic, at = "returned", f"{day} days after the last visit"
    if is_small(curve.events_by(day)):
        return ReturnRow(day, not_shown(SHARE, topic, at, "share"), at_risk)
    one = Described(
        SHARE, share, error, low, high, topic, at, "share", at_risk, at_risk, over="recorded patients"
    )  # fmt: skip
    return ReturnRow(day, one, at_risk)
