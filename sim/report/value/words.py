"""Names and numbers of an assessment as people read them: labels, money, effects and willingness to pay."""

from __future__ import annotations

import math

from sim.decision.value.psa import UNIT_OF_EFFECT, Psa
from sim.plain_text import plain_name
from sim.units import GAP, MINUS, UNDEFINED, unit_named

UNITS_OF_EFFECT = "units of effect"
"""How an effect that a table does not name is called."""
_MOST_DECIMALS = 6


def labels(psa: Psa) -> dict[str, str]:
    """Return the label of every strategy by name, on one line; equal ones are told apart by a number."""
    found: dict[str, str] = {}
    for name, label in zip(psa.strategies, psa.labels, strict=True):
        plain = plain_name(label)
        taken, number = plain, 2
        while taken in found.values():
            taken, number = f"{plain} ({number})", number + 1
        found[name] = taken
    return found


def input_label(psa: Psa, name: str) -> str:
    """Return the name of a parameter as people read it, on one line."""
    if name in psa.kinds:
        return f"Form of the model: {spaced(name.removeprefix('structure.'))}"
    return psa.input_names.get(name, name)


def spaced(name: str) -> str:
    """Return the name of a kind of structure or an alternative as people read it."""
    return name.replace("_", " ")


def digits(value: float, error: float = math.nan) -> str:
    """Return a number with one digit of its error, or three of its own; never a long one."""
    if not math.isfinite(value):
        return UNDEFINED
    known = math.isfinite(error) and error > 0
    size = error if known else abs(value)
    if abs(value) >= 1e12 or (0 < size < 1e-6 and value != 0):
        return f"{value:.3g}".replace("-", MINUS)
    if value == 0:
        return "0"
    first = math.floor(math.log10(size))
    decimals = min(max((0 if known else 2) - first, 0), _MOST_DECIMALS)
    written = f"{value:,.{decimals}f}"
    return written.replace("-", MINUS) if written.strip("-0.,") else written.lstrip("-")


def money(psa: Psa, value: float, error: float = math.nan, *, signed: bool = False) -> str:
    """Return an amount of money with its symbol; whole from 100 up, unless its error is known."""
    if not math.isfinite(value):
        return UNDEFINED
    known = math.isfinite(error) and error > 0
    if known:
        number = digits(value, error)
    elif abs(value) >= 100 or value == round(value):
        number = digits(round(value), 1.0)
    else:
        number = f"{value:.2f}".replace("-", MINUS) if abs(value) >= 1 else digits(value)
    return _with_symbol(psa, _signed(number, signed))


def rounded(psa: Psa, value: float) -> str:
    """Return an amount of money with as many digits as a person can use: three, and cents only below 1."""
    if not math.isfinite(value) or abs(value) < 0.01:
        return money(psa, value)
    if abs(value) < 1:
        return _with_symbol(psa, f"{value:.2f}".replace("-", MINUS))
    return money(psa, round(value, min(0, 2 - math.floor(math.log10(abs(value))))))


def money_at(psa: Psa, value: float, error: float, scale: float) -> str:
    """Return an amount of money with its error and as many decimals as give an amount like `scale` three digits.

    Of two amounts written at one scale, the larger is never written as the smaller.
    """
    if not math.isfinite(value):
        return UNDEFINED
    first = math.floor(math.log10(scale)) if scale > 0 else 0
    plain, decimals = -_MOST_DECIMALS < first < 12, min(max(2 - first, 0), _MOST_DECIMALS)
    number = f"{value:,.{decimals}f}" if plain else f"{value:.3g}"
    written = _with_symbol(psa, number.replace("-", MINUS))
    seen = 0.0 if plain and error < 0.5 * 10.0**-decimals else error
    return _beside(written, seen, "" if _symbol(psa) else psa.currency)


def money_with_error(psa: Psa, value: float, error: float) -> str:
    """Return an amount of money with its standard error, as `$412 ± 3`."""
    if not math.isfinite(error):
        return money(psa, value)
    return _beside(money(psa, value, error), error, "" if _symbol(psa) else psa.currency)


def effect(psa: Psa, value: float, error: float = math.nan, *, signed: bool = False) -> str:
    """Return an effect without its unit; a share is a percentage."""
    factor = _factor(psa)
    return _signed(digits(factor * value, factor * error), signed) + (f"{GAP}%" if factor > 1 else "")


def effect_with_error(psa: Psa, value: float, error: float, *, signed: bool = False) -> str:
    """Return an effect with its standard error, as `0.62 ± 0.01`."""
    factor = _factor(psa)
    number = effect(psa, value, error, signed=signed)
    if not math.isfinite(error):
        return number
    after = f"{GAP}%" if factor > 1 else ""
    return f"{number.removesuffix(after)}{GAP}±{GAP}{_error(factor * error)}{after}"


def per_effect(psa: Psa, price: float, error: float = math.nan) -> str:
    """Return money per unit of effect, as `$20,000 per QALY`."""
    if psa.only_net:
        return "the price behind the net benefits"
    return f"{money(psa, price, error)} per {psa.per}"


def extra_effect(psa: Psa, value: float) -> str:
    """Return what a strategy gains or avoids per patient, as it follows a verb."""
    number = effect(psa, value)
    if number.endswith("%"):
        return f"{number.removesuffix('%')}percentage points of {psa.effect_name}"
    return f"{number} {psa.effect_name if psa.effect_unit != UNIT_OF_EFFECT else UNITS_OF_EFFECT} per patient"


def discounted(rate: float) -> str:
    """Return at which rate a year money is discounted, or that it is not."""
    return f"discounted at {100 * rate:.3g}{GAP}% a year" if rate else "not discounted"


def percent(share: float) -> str:
    """Return a share as a percentage that is 0 or 100 only if it is exactly so."""
    number = f"{100 * share:.1f}" if share in (0.0, 1.0) or 0.0005 <= share < 0.9995 else ""
    if not number:
        number = "<0.1" if share < 0.5 else ">99.9"
    return f"{number.removesuffix('.0')}{GAP}%"


def whole_percent(share: float) -> str:
    """Return a share in whole per cent, which is 0 or 100 only if it is exactly so."""
    if share in (0.0, 1.0) or 0.005 <= share < 0.995:
        return f"{100 * share:.0f}{GAP}%"
    return percent(share)


def effect_words(psa: Psa) -> str:
    """Return the name of the effect with its unit, for the heading of a column or an axis."""
    if psa.only_net:
        return "in the net benefit"
    name, unit = psa.effect_name, psa.effect_unit
    if unit == UNIT_OF_EFFECT:
        return UNITS_OF_EFFECT
    unit = "%" if _factor(psa) > 1 else unit
    return name if unit.lower() in (name.lower(), name.lower().removesuffix("s"), "") else f"{name} ({unit})"


def currency_words(psa: Psa) -> str:
    """Return the currency as it stands on an axis."""
    return _symbol(psa) or psa.currency or "cost"


def _factor(psa: Psa) -> float:
    return unit_named(psa.effect_unit).factor


def _symbol(psa: Psa) -> str:
    return unit_named(psa.currency).before


def _with_symbol(psa: Psa, number: str) -> str:
    symbol = _symbol(psa)
    if not symbol:
        return f"{number}{GAP}{psa.currency}" if psa.currency else number
    sign = number[0] if number[0] in f"+{MINUS}" else ""
    return f"{sign}{symbol}{number[len(sign) :]}"


def _signed(number: str, signed: bool) -> str:
    return f"+{number}" if signed and number[0] != MINUS and number.strip("0.,") else number


def _error(error: float) -> str:
    return "0" if error == 0 else digits(error, error)


def _beside(number: str, error: float, after: str) -> str:
    body = number.removesuffix(f"{GAP}{after}") if after else number
    return f"{body}{GAP}±{GAP}{_error(error)}" + (f"{GAP}{after}" if after else "")
