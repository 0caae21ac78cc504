"""The working year of a clinic: days on which nobody works, weekly rosters in turn, and illness."""

from __future__ import annotations

import calendar
import itertools
import re
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Frozen, Number, Quantity

YEAR_DAYS = 365
YEAR_WEEKS = 52
_COMMON_YEAR = 2023
"""Any year without a 29 February: dates are counted in it."""

_DATE = r"[0-9]{1,2}-[0-9]{1,2}"
_STRETCH = re.compile(rf"(?:({_DATE})(?: to ({_DATE}))?|(day|week) ([0-9]{{1,3}})(?: to ([0-9]{{1,3}}))?)")
_EXAMPLES = "12-25, 12-24 to 12-31, day 359 or week 30 to 31"


class Stretch(NamedTuple):
    """Days in a row that come back every year: by day of the year (from 1) or by week of the year (from 1)."""

    by: Literal["day", "week"]
    first: int
    last: int


def read_stretch(written: str) -> Stretch:
    """Return the days that `12-25`, `12-24 to 12-31`, `day 359` or `week 30 to 31` stand for.

    Raises PydanticCustomError if it is written otherwise, lies outside the year or ends before it begins.
    """
    found = _STRETCH.fullmatch(" ".join(written.split()))
    if found is None:
        raise PydanticCustomError("stretch", "days of the year are written as {examples}", {"examples": _EXAMPLES})
    date, last_date, by, number, last_number = found.groups()
    if date:
        first, last = _day_of_year(date), _day_of_year(last_date or date)
        stretch = Stretch("day", first, last)
    else:
        stretch = Stretch("week" if by == "week" else "day", int(number), int(last_number or number))
        most = YEAR_WEEKS if by == "week" else YEAR_DAYS
        if not (1 <= stretch.first <= most and 1 <= stretch.last <= most):
            raise _outside(f"{by}s of the year go from 1 to {most}")
    if stretch.last < stretch.first:
        raise PydanticCustomError(
            "stretch", "it ends before it begins; over the turn of the year write two, as [12-24 to 12-31, 01-01]"
        )
    return stretch


def _day_of_year(date: str) -> int:
    month, day = (int(part) for part in date.split("-"))
    if not 1 <= month <= 12:
        raise _outside(f"there is no month {month}; dates are written as month-day")
    days = calendar.monthrange(_COMMON_YEAR, month)[1]
    if not 1 <= day <= days:
        raise _outside(f"month {month} has {days} days in the clinic's year of {YEAR_DAYS} days")
    return sum(calendar.monthrange(_COMMON_YEAR, m)[1] for m in range(1, month)) + day


def _outside(why: str) -> PydanticCustomError:
    return PydanticCustomError("stretch", "outside the year: {why}", {"why": why})


def _written(given: Any) -> Any:
    if isinstance(given, int) and not isinstance(given, bool):
        given = f"day {given}"
    if not isinstance(given, str):
        raise PydanticCustomError("stretch", "days of the year are written as {examples}", {"examples": _EXAMPLES})
    read_stretch(given)
    return " ".join(given.split())


def _listed(given: Any) -> Any:
    return tuple(given) if isinstance(given, list | tuple) else (given,)


DaysOff = Annotated[
    tuple[
        Annotated[
            str,
            BeforeValidator(_written),
            WithJsonSchema(
                {
                    "anyOf": [
                        {"type": "string", "pattern": f"^{_STRETCH.pattern}$"},
                        {"type": "integer", "minimum": 1, "maximum": YEAR_DAYS},
                    ],
                    "description": f"days of the year, as {_EXAMPLES}; 1 January is the first Monday simulated",
                }
            ),
        ],
        ...,
    ],
    Field(max_length=100),
    BeforeValidator(_listed),
]
"""Days of every year on which nobody works: dates, days of the year, or weeks of the year."""


def is_off(days_off: tuple[Stretch, ...], day: int) -> bool:
    """Tell whether a day, counted from the first Monday on, is among days off.

    Weeks are counted through, 52 to a year; the days of the year go on with 365.25 to a year.
    """
    year = int((day + 0.5) / 365.25)
    of_year = day - round(365.25 * year) + 1
    week = day // 7 % YEAR_WEEKS + 1
    return any(one.first <= (week if one.by == "week" else of_year) <= one.last for one in days_off)


class Illness(Frozen):
    """How often a practitioner falls ill, and for how long: spells begin at random, their lengths are geometric.

    The clinic hears of a spell, and of how long it will be, before its first day begins.
    """

    spells_per_year: Annotated[Quantity, Number("spells a year", ge=0, le=52)] = Field(
        title="Spells of illness of a practitioner in a year"
    )
    days: Annotated[Quantity, Number("days", ge=1, le=365)] = Field(
        default_factory=lambda: Quantity(value=5, unit="days", source="assumption", status="assumption"),
        title="Days that a spell of illness lasts, weekends among them: mean",
    )


def ordered_spans(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Return the hours of a day in order.

    Raises PydanticCustomError if they overlap.
    """
    ordered = sorted(spans)
    if any(one[1] > other[0] for one, other in itertools.pairwise(ordered)):
        raise PydanticCustomError("hours", "hours of one day must not overlap")
    return tuple(ordered)
