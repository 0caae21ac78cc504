"""Numbers as people read them: as many digits as mean something, the unit, and the Monte Carlo error beside them."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

NOT_REACHED = "not reached"
UNDEFINED = "–"
MINUS = "\N{MINUS SIGN}"

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
    "events per 100 visits": "per 100 visits",
}


@dataclass(frozen=True)
class Style:
    """How numbers of one unit are written: factor, largest number of decimals, and what stands around them."""

    factor: float
    decimals: int
    before: str = ""
    after: str = ""
    gap: str = "\N{NO-BREAK SPACE}"


def style_of(unit: str) -> Style:
    """Return how numbers in a unit of the panel are written; an unknown unit is taken for a currency."""
    if unit.startswith("share"):
        return Style(100.0, 1, after="%")
    plain = {"NRS points": Style(1.0, 2), "QALY": Style(1.0, 4), "": Style(1.0, 2)}
    if unit in plain:
        return plain[unit]
    if unit in _WORDS:
        return Style(1.0, 1)
    symbol = _SYMBOLS.get(unit)
    return Style(1.0, 2, before=symbol) if symbol else Style(1.0, 2, after=plain_text(unit))


def unit_words(unit: str) -> str:
    """Return a unit as it stands in a sentence or on an axis."""
    return _WORDS.get(unit, plain_text(unit))


def plain_text(text: str) -> str:
    """Return text on one line, without characters that cannot be shown or written to XML."""
    kept = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") else c for c in text)
    return " ".join(kept.split())


def format_value(value: float, unit: str, error: float = math.nan, *, signed: bool = False, bare: bool = False) -> str:
    """Return a number in its unit, with no more decimals than its error leaves meaningful.

    `signed` puts a plus before gains; `bare` leaves out the unit. NaN is a dash, infinity is "not reached".
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
    """Return a Monte Carlo error with as many decimals as its number, without its unit."""
    if math.isnan(error) or math.isinf(error):
        return UNDEFINED
    style = style_of(unit)
    decimals = _decimals(value * style.factor, error * style.factor, style)
    if error == 0:
        return "0"
    written = _number(error * style.factor, decimals)
    if not written.strip("0.,"):
        return f"<{10.0**-decimals:.{decimals}f}"
    return written


def format_estimate(value: float, error: float, unit: str, *, signed: bool = False) -> str:
    """Return a number with its Monte Carlo error, as `3.42 ± 0.02`, `91.0 ± 0.2 %` or `$412 ± 1`."""
    if not math.isfinite(value):
        return format_value(value, unit)
    style = style_of(unit)
    after = f"{style.gap}{style.after}" if style.after else ""
    number = format_value(value, unit, error, signed=signed, bare=True)
    if style.before:
        sign = number[0] if number[0] in f"+{MINUS}" else ""
        number = f"{sign}{style.before}{number[len(sign) :]}"
    gap = "\N{NO-BREAK SPACE}"
    return f"{number}{gap}±{gap}{format_error(value, error, unit)}{after}"


def format_interval(lower: float, upper: float, unit: str, error: float = math.nan) -> str:
    """Return an interval, as `3.38 to 3.46`; an empty string if its ends are not known."""
    if math.isnan(lower) or math.isnan(upper):
        return ""
    low, high = (format_value(end, unit, error, bare=True) for end in (lower, upper))
    style = style_of(unit)
    after = f"{style.gap}{style.after}" if style.after and math.isfinite(upper) else ""
    if style.before:
        low, high = (f"{style.before}{end}" if end[0].isdigit() else end for end in (low, high))
    return f"{low} to {high}{after}"


def format_count(count: int) -> str:
    """Return a whole number with commas between thousands."""
    return f"{count:,d}"


def format_share(share: float, error: float = math.nan) -> str:
    """Return a share as a percentage."""
    return format_value(share, "share", error)


def of_hundred(share: float) -> str:
    """Return a share as a count of people among 100, for sentences."""
    if math.isnan(share):
        return "an unknown number"
    count = round(100 * share)
    if count == 0 and share > 0:
        return "fewer than 1"
    return "more than 99" if count == 100 and share < 1 else str(count)


def _decimals(value: float, error: float, style: Style) -> int:
    """Return the decimals to show: enough for one digit of the error, never more than the unit deserves."""
    if style.decimals == 4:
        return 4
    is_money = bool(style.before) or (style.after not in ("", "%"))
    if is_money:
        return 0 if abs(value) >= 100 or value == round(value) else 2
    if math.isfinite(error) and error > 0:
        return min(style.decimals, max(0, math.ceil(-math.log10(error))))
    return min(style.decimals, 1 if abs(value) >= 100 else style.decimals)


def _number(value: float, decimals: int) -> str:
    written = f"{value:,.{decimals}f}"
    return written.removeprefix("-") if not written.strip("-0.,") else written
