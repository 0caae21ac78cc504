"""Units: how numbers in one are written, what one is called in a sentence, and how a difference in it is worded.

A number is written with as many digits as its Monte Carlo error leaves meaningful; shares are percentages, and
differences between shares are percentage points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

NOT_REACHED: Final = "not reached"
UNDEFINED: Final = "–"
MINUS: Final = "\N{MINUS SIGN}"
GAP: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Unit:
    """A unit of outcomes, measures and inputs.

    `name` is how files write it, `noun` what follows a number in a sentence, `one` a single one of it, as it follows
    "per". A number is multiplied by `factor` and has at most `decimals`, or `unsure` decimals where its error is not
    known; `before` or `after` is the symbol beside it. `worth_finding` is the smallest difference worth finding.
    `short_ticks`: whether numbers at an axis have four digits, whatever their decimals. `plain_decimals`: as many
    decimals as a person can use.
    """

    name: str
    noun: str = ""
    one: str = ""
    factor: float = 1.0
    decimals: int = 1
    unsure: int = 1
    before: str = ""
    after: str = ""
    is_money: bool = False
    worth_finding: float = 1.0
    short_ticks: bool = False
    axis: str = ""
    plain_decimals: int = 0

    def __str__(self) -> str:
        return self.name

    @property
    def is_share(self) -> bool:
        """Whether it is a share of something, written as a percentage."""
        return self.factor == _PERCENT

    @property
    def on_axis(self) -> str:
        """What it is called on an axis, or in brackets after a label."""
        return self.axis or self.noun

    @property
    def of_differences(self) -> str:
        """What differences are in: percentage points for shares."""
        return "percentage points" if self.is_share else self.on_axis

    @property
    def mean_title(self) -> str:
        """What a mean in this unit is, as the title of an axis."""
        if self.is_share:
            of = self.name.removeprefix("share")
            return f"Share{of} patients" if of else "Share of patients"
        return "Mean, in points" if self == POINTS else f"Mean ({self.on_axis})"

    def of(self, currency: str) -> Unit:
        """Return this unit, or the unit of a currency if it is the one that stands for any."""
        return money(currency) if self == CURRENCY else self

    def number(self, value: float, error: float = math.nan, *, signed: bool = False, bare: bool = False) -> str:
        """Return a number, with no more decimals than its error leaves meaningful.

        `signed` puts a plus before gains; `bare` leaves out the symbol. NaN is a dash, infinity is "not reached".

        >>> SHARE.number(0.9104, 0.002, bare=True), money("USD").number(412.3), DAYS.number(math.inf)
        ('91.0', '$412', 'not reached')
        """
        if math.isnan(value):
            return UNDEFINED
        if math.isinf(value):
            return NOT_REACHED
        number = _written(value * self.factor, self._decimals(value * self.factor, error * self.factor))
        sign = MINUS if number.startswith("-") else "+" if signed and number.strip("0.,") else ""
        body = number.lstrip("-")
        return f"{sign}{body}" if bare else f"{sign}{self.before}{body}{self._behind}"

    def error(self, value: float, error: float) -> str:
        """Return the error of a number, bare: with the decimals of the number, or its first digit if smaller."""
        if math.isnan(error) or math.isinf(error):
            return UNDEFINED
        if error == 0:
            return "0"
        scaled = error * self.factor
        written = _written(scaled, self._decimals(value * self.factor, scaled))
        return written if written.strip("0.,") else f"{float(f'{scaled:.1g}'):.9f}".rstrip("0")

    def with_error(self, value: float, error: float, *, signed: bool = False) -> str:
        """Return a number with its Monte Carlo error; a constant, whose error is 0, alone.

        >>> POINTS.with_error(3.4218, 0.0204).replace(GAP, " "), SHARE.with_error(0.9104, 0.002).replace(GAP, " ")
        ('3.42 ± 0.02', '91.0 ± 0.2 %')
        >>> money("USD").with_error(412.3, 1.2).replace(GAP, " ")
        '$412 ± 1'
        """
        if not math.isfinite(value) or error == 0:
            return self.number(value, signed=signed)
        number = self._with_symbol(self.number(value, error, signed=signed, bare=True))
        return f"{number}{GAP}±{GAP}{self.error(value, error)}{self._behind}"

    def plain(self, value: float) -> str:
        """Return a number with as many digits as a person can use, without its error.

        >>> POINTS.plain(4.4883), SHARE.plain(0.618).replace(GAP, " "), money("USD").plain(390.2), VISITS.plain(6.0)
        ('4.5', '62 %', '$390', '6')
        >>> SHARE.plain(0.998).replace(GAP, " "), VISITS.plain(151.2)
        ('>99 %', '151')
        """
        if not math.isfinite(value):
            return self.number(value)
        scaled = value * self.factor
        if self.is_share and scaled not in (0, _PERCENT) and round(scaled) in (0, _PERCENT):
            return f"{'<' if scaled < 1 else '>'}{1 if scaled < 1 else 99}{self._behind}"
        decimals = 0 if scaled == round(scaled) or abs(scaled) >= 100 else self.plain_decimals
        if self.is_money and abs(scaled) < 10:
            decimals = 2
        return f"{self._with_symbol(_written(scaled, decimals).replace('-', MINUS))}{self._behind}"

    def amount_plain(self, value: float) -> str:
        """Return the size of a difference in words, with as many digits as a person can use."""
        written = self.plain(value)
        if self.is_share:
            return self._in_points(written, "percentage point" if written[:2] == f"1{GAP}" else "percentage points")
        return self.in_words(written)

    def interval(self, lower: float, upper: float, error: float = math.nan) -> str:
        """Return an interval, as `3.38 to 3.46`; an empty string if its ends are not known."""
        if math.isnan(lower) or math.isnan(upper):
            return ""
        if not error > 0 and upper > lower:
            error = (upper - lower) / 4
        low, high = (self._with_symbol(self.number(end, error, bare=True)) for end in (lower, upper))
        return f"{low} to {high}{self._behind if math.isfinite(upper) else ''}"

    def difference(self, value: float, error: float) -> str:
        """Return a difference with its sign and error; one between shares is in percentage points (pp)."""
        return self._in_points(self.with_error(value, error, signed=True), "pp")

    def difference_in_words(self, value: float, error: float) -> str:
        """Return a difference with its sign, error and unit, as `+5.0 ± 0.3 percentage points`."""
        return self.in_words(self._in_points(self.with_error(value, error, signed=True), "percentage points"))

    def amount(self, value: float, error: float = math.nan, *, gap: str = " ") -> str:
        """Return the size of a difference in words, as `1 percentage point`, `0.4 points` or `$12`."""
        written = self.number(value, error)
        if self.is_share:
            return self._in_points(written, "percentage point" if value * self.factor == 1 else "percentage points")
        noun = self.one if value == 1 else self.noun
        return f"{written}{gap}{noun}" if self.noun and not self._has_symbol else written

    def in_words(self, written: str) -> str:
        """Return a written number with its unit behind it, unless a symbol stands there."""
        return f"{written} {self.noun}" if self.noun and not self._has_symbol else written

    def at_axis(self, value: float) -> str:
        """Return a number as it stands at an axis."""
        if self.is_share:
            return self.number(round(value, 4)).replace(".0", "")
        return f"{value:,.4g}".replace("-", MINUS) if self.short_ticks else self.number(value)

    def apart_at_axis(self, value: float) -> str:
        """Return a difference with its sign as it stands at an axis, without symbol."""
        scaled = round(value * self.factor, 9 if self.factor == 1 else 6)
        return f"{scaled:+g}".replace("-", MINUS) if scaled else "0"

    def as_given(self, value: float) -> str:
        """Return an input with the digits that it was given with, shares as percentages."""
        number = f"{value * self.factor:,.6g}".replace("-", MINUS)
        if self.is_share:
            return f"{number} % {self.name.removeprefix('share').strip()}".strip()
        return f"{self.before}{number}" if self.before else f"{number} {self.noun}".strip()

    @property
    def _behind(self) -> str:
        return f"{GAP}{self.after}" if self.after else ""

    @property
    def _has_symbol(self) -> bool:
        return bool(self.before or self.after)

    def _in_points(self, written: str, points: str) -> str:
        return f"{written.removesuffix('%')}{points}" if self.is_share and written.endswith("%") else written

    def _with_symbol(self, number: str) -> str:
        if not self.before or not number[-1].isdigit():
            return number
        sign = number[0] if number[0] in f"+{MINUS}" else ""
        return f"{sign}{self.before}{number[len(sign) :]}"

    def _decimals(self, value: float, error: float) -> int:
        """Return the decimals to show: enough for one digit of the error, never more than the unit deserves."""
        if self == QALYS:
            return self.decimals
        known = math.isfinite(error) and error > 0
        if not known and value == round(value):
            return 0
        if self.is_money:
            return 0 if abs(value) >= 100 or (known and error >= 1) else 2
        if known:
            return min(self.decimals, max(0, math.ceil(-math.log10(error))))
        return self.unsure


_PERCENT = 100.0
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def share_of(whom: str = "") -> Unit:
    """Return the unit of a share, of all or of those named."""
    name = f"share {whom}".strip()
    return Unit(name, factor=_PERCENT, decimals=2, after="%", axis="%", worth_finding=0.01)


def money(code: str) -> Unit:
    """Return the unit of a currency by its code; it has a symbol if it is widely known."""
    symbol, noun = _SYMBOLS.get(code, ""), code
    after = "" if symbol else noun
    return Unit(code, noun, noun, decimals=2, unsure=2, before=symbol, after=after, is_money=True)


SHARE: Final = share_of()
SHARE_OF_RELIEVED: Final = share_of("of relieved")
POINTS: Final = Unit(
    "NRS points", "points", "point", decimals=3, unsure=2, worth_finding=0.1, short_ticks=True, plain_decimals=1
)
QALYS: Final = Unit("QALY", "QALY", "QALY", decimals=4, unsure=4, worth_finding=0.001, plain_decimals=3)
DAYS: Final = Unit("days", "days", "day", short_ticks=True)
HOURS: Final = Unit("hours", "hours", "hour")
MINUTES: Final = Unit("minutes", "minutes", "minute", short_ticks=True)
VISITS: Final = Unit(
    "visits", "visits", "visit", decimals=2, unsure=2, worth_finding=0.1, short_ticks=True, plain_decimals=1
)
PATIENTS: Final = Unit("patients", "patients", "patient")
RELAPSES: Final = Unit("relapses", "relapses", "relapse", decimals=3, unsure=2, worth_finding=0.01, plain_decimals=2)
EVENTS: Final = Unit("events", "events", "event")
EVENTS_PER_100_VISITS: Final = Unit(
    "events per 100 visits", "events per 100 visits", "event per 100 visits", axis="per 100 visits"
)
NUMBER: Final = Unit("", decimals=2, unsure=2)
"""A plain number."""
CURRENCY: Final = money("currency")
"""Stands for the currency of a scenario, whichever it is."""

_KNOWN = {
    unit.name: unit
    for unit in (
        SHARE, SHARE_OF_RELIEVED, POINTS, QALYS, DAYS, HOURS, MINUTES, VISITS, PATIENTS, RELAPSES, EVENTS,
        EVENTS_PER_100_VISITS, NUMBER, CURRENCY,
    )
}  # fmt: skip


def unit_named(name: str) -> Unit:
    """Return the unit of a name in a file; one that is not known is written behind its numbers, as a currency is."""
    if name in _KNOWN:
        return _KNOWN[name]
    return share_of(name.removeprefix("share").strip()) if name.startswith("share") else money(name)


def _written(value: float, decimals: int) -> str:
    written = f"{value:,.{decimals}f}"
    return written.removeprefix("-") if not written.strip("-0.,") else written
