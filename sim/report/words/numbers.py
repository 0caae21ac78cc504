"""Numbers as people read them: as many digits as mean something, the unit, and the Monte Carlo error beside them."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import Protocol

NOT_REACHED = "not reached"
UNDEFINED = "–"
MINUS = "\N{MINUS SIGN}"
GAP = "\N{NO-BREAK SPACE}"

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_WORDS = {
    "NRS points": "points",
    "share": "%",
    "share of relieved": "%",
    "share of patients": "%",
    "QALY": "QALY",
    "days": "days",
    "visits": "visits",
    "minutes": "minutes",
    "hours": "hours",
    "patients": "patients",
    "relapses": "relapses",
    "events": "events",
    "events per 100 visits": "per 100 visits",
}


class Uncertain(Protocol):
    """A number with its Monte Carlo error and unit: an estimate, a difference or a point of a curve."""

    @property
    def estimate(self) -> float:
        """The number, in `unit`."""

    @property
    def mc_error(self) -> float:
        """Its Monte Carlo standard error, in `unit`."""

    @property
    def unit(self) -> str:
        """The unit, as the panel names it."""


@dataclass(frozen=True)
class Style:
    """How numbers of one unit are written: factor, most decimals, decimals without an error, what stands around."""

    factor: float
    decimals: int
    unsure: int
    before: str = ""
    after: str = ""
    gap: str = GAP
    is_money: bool = False


def style_of(unit: str) -> Style:
    """Return how numbers in a unit of the panel are written; an unknown unit is taken for a currency."""
    if unit.startswith("share"):
        return Style(100.0, 2, 1, after="%")
    points, plain = Style(1.0, 3, 2), Style(1.0, 2, 2)
    known = {"NRS points": points, "relapses": points, "QALY": Style(1.0, 4, 4), "": plain, "visits": plain}
    if unit in known:
        return known[unit]
    if unit in _WORDS:
        return Style(1.0, 1, 1)
    symbol = _SYMBOLS.get(unit)
    return Style(1.0, 2, 2, before=symbol or "", after="" if symbol else plain_text(unit), is_money=True)


def unit_words(unit: str) -> str:
    """Return a unit as it stands in a sentence or on an axis."""
    return _WORDS.get(unit, plain_text(unit))


def plain_text(text: str) -> str:
    """Return text on one line, without characters that cannot be shown or written to XML."""
    return " ".join(printable(text).split())


def printable(text: str) -> str:
    """Return text with its lines and spaces, a space in place of what cannot be shown or written to XML, or is not
    seen, as marks that would turn round the direction of whatever is written after them.
    """
    hidden = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return "".join(" " if c != "\n" and unicodedata.category(c) in hidden else c for c in text)


def format_value(value: float, unit: str, error: float = math.nan, *, signed: bool = False, bare: bool = False) -> str:
    """Return a number in its unit, with no more decimals than its error leaves meaningful.

    `signed` puts a plus before gains; `bare` leaves out the unit. NaN is a dash, infinity is "not reached".

    >>> format_value(0.9104, "share", 0.002, bare=True), format_value(412.3, "USD"), format_value(math.inf, "days")
    ('91.0', '$412', 'not reached')
    """
    if math.isnan(value):
        return UNDEFINED
    if math.isinf(value):
        return NOT_REACHED
    style = style_of(unit)
    decimals = _decimals(value * style.factor, error * style.factor, style)
    number = _number(value * style.factor, decimals)
    sign = MINUS if number.startswith("-") else "+" if signed and number.strip("0.,") else ""
    body = number.lstrip("-")
    if bare:
        return f"{sign}{body}"
    after = f"{style.gap}{style.after}" if style.after else ""
    return f"{sign}{style.before}{body}{after}"


def format_error(value: float, error: float, unit: str) -> str:
    """Return a Monte Carlo error without its unit: with the decimals of its number, or its first digit if smaller."""
    if math.isnan(error) or math.isinf(error):
        return UNDEFINED
    style = style_of(unit)
    decimals = _decimals(value * style.factor, error * style.factor, style)
    if error == 0:
        return "0"
    written = _number(error * style.factor, decimals)
    return written if written.strip("0.,") else f"{float(f'{error * style.factor:.1g}'):.9f}".rstrip("0")


def with_error(found: Uncertain) -> str:
    """Return an estimate with its Monte Carlo error."""
    return format_estimate(found.estimate, found.mc_error, found.unit)


def difference_with_error(found: Uncertain) -> str:
    """Return a difference with its sign and Monte Carlo error; one between shares is in percentage points (pp)."""
    written = format_estimate(found.estimate, found.mc_error, found.unit, signed=True)
    return written.removesuffix("%") + "pp" if found.unit.startswith("share") and written.endswith("%") else written


def format_estimate(value: float, error: float, unit: str, *, signed: bool = False) -> str:
    """Return a number with its Monte Carlo error, as `3.42 ± 0.02`, `91.0 ± 0.2 %` or `$412 ± 1`.

    >>> format_estimate(3.4218, 0.0204, "NRS points").replace(GAP, " ")
    '3.42 ± 0.02'
    """
    if not math.isfinite(value):
        return format_value(value, unit)
    style = style_of(unit)
    number = format_value(value, unit, error, signed=signed, bare=True)
    number = _with_symbol(number, style)
    after = f"{style.gap}{style.after}" if style.after else ""
    return f"{number}{GAP}±{GAP}{format_error(value, error, unit)}{after}"


def format_interval(lower: float, upper: float, unit: str, error: float = math.nan) -> str:
    """Return an interval, as `3.38 to 3.46`; an empty string if its ends are not known."""
    if math.isnan(lower) or math.isnan(upper):
        return ""
    style = style_of(unit)
    if not error > 0 and upper > lower:
        error = (upper - lower) / 4
    low, high = (_with_symbol(format_value(end, unit, error, bare=True), style) for end in (lower, upper))
    after = f"{style.gap}{style.after}" if style.after and math.isfinite(upper) else ""
    return f"{low} to {high}{after}"


def format_count(count: int) -> str:
    """Return a whole number with commas between thousands.

    >>> format_count(20000)
    '20,000'
    """
    return f"{count:,d}"


def format_share(share: float, error: float = math.nan) -> str:
    """Return a share as a percentage."""
    return format_value(share, "share", error)


def of_hundred(share: float) -> str:
    """Return a share as a count of people among 100, for sentences.

    >>> of_hundred(0.34), of_hundred(0.001), of_hundred(0.999)
    ('34', 'fewer than 1', 'more than 99')
    """
    if math.isnan(share):
        return "an unknown number"
    count = round(100 * share)
    if count == 0 and share > 0:
        return "fewer than 1"
    return "more than 99" if count == 100 and share < 1 else str(count)


def _with_symbol(number: str, style: Style) -> str:
    if not style.before or not number[-1].isdigit():
        return number
    sign = number[0] if number[0] in f"+{MINUS}" else ""
    return f"{sign}{style.before}{number[len(sign) :]}"


def _decimals(value: float, error: float, style: Style) -> int:
    """Return the decimals to show: enough for one digit of the error, never more than the unit deserves."""
    if style.decimals == 4:
        return 4
    known = math.isfinite(error) and error > 0
    if not known and value == round(value):
        return 0
    if style.is_money:
        return 0 if abs(value) >= 100 or (known and error >= 1) else 2
    if known:
        return min(style.decimals, max(0, math.ceil(-math.log10(error))))
    return style.unsure


def _number(value: float, decimals: int) -> str:
    written = f"{value:,.{decimals}f}"
    return written.removeprefix("-") if not written.strip("-0.,") else written
