"""Prices in other currencies, converted at a stated rate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import UsageError, visible
from sim.quantities import BY_NAME
from sim.scenario.evidence import MONEY, Quantity, Spread, Uncertainty
from sim.scenario.load import Loaded, shown_path
from sim.scenario.places import quantities, with_values
from sim.scenario.schema import Scenario
from sim.scenario.typed_numbers import plain_number
from sim.units import CURRENCY

_FORM = re.compile(r"\s*([^=\s]{1,8})\s*=\s*([0-9][0-9.,_]*|[.,][0-9]+)\s*([^=\s\d.,_][^=\s]{0,7})\s*")
_LEAST, _MOST = 1e-6, 1e6


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency is in another."""

    currency: str
    factor: float
    target: str

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.factor:g} {self.target}"


def rates_from(given: Sequence[str]) -> tuple[Rate, ...]:
    """Return stated rates, each written as `USD=0.92 EUR` (1 USD is 0.92 EUR), all into one currency.

    Raises UsageError for anything else.

    >>> rates_from(["USD=0.92 EUR"])[0].factor
    0.92
    """
    rates = tuple(_rate(text) for text in given)
    targets = list(dict.fromkeys(rate.target for rate in rates))
    if len(targets) > 1:
        raise UsageError(f"--rate: give all rates into one currency; given into {' and '.join(targets)}")
    names = [rate.currency for rate in rates]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"--rate: {visible(twice)} is given twice")
    return rates


def _rate(text: str) -> Rate:
    found = _FORM.fullmatch(text)
    factor = plain_number(found[2].replace("_", ""), mark=".") if found else None
    if found is None or factor is None:
        raise UsageError(
            f"--rate {visible(text[:60])}: must read 'CURRENCY=NUMBER CURRENCY' in quotes, as 'USD=0.92 EUR'"
        )
    if not _LEAST <= factor <= _MOST:
        raise UsageError(f"--rate {visible(text[:60])}: must be between {_LEAST:g} and {_MOST:g}, is {factor:g}")
    if found[1] == found[3]:
        raise UsageError(f"--rate {visible(text[:60])}: is from a currency into itself")
    return Rate(found[1], factor, found[3])


def rates_for(loaded: Sequence[Loaded], rates: Sequence[Rate]) -> list[Rate | None]:
    """Return the rate at which the prices of each scenario are to be converted, None where they stay as they are.

    Raises UsageError for rates that do not fit, and for a comparison about money in several currencies.
    """
    if not rates:
        _check_primary(loaded)
        return [None] * len(loaded)
    target, by_currency = rates[0].target, {rate.currency: rate for rate in rates}
    here = [one.scenario.costs.currency for one in loaded]
    for one, currency in zip(loaded, here, strict=True):
        if currency not in (target, *by_currency):
            raise UsageError(
                f"--rate: prices are in {currency} in {shown_path(one.files[0])}; "
                f"give what it is in {target}, as {currency}=0.92 {target}"
            )
    if unused := next((name for name in by_currency if name not in here), None):
        raise UsageError(f"--rate {by_currency[unused]}: no scenario has prices in {unused}")
    return [by_currency.get(currency) for currency in here]


def converted(scenario: Scenario, rate: Rate) -> Scenario:
    """Return a scenario with all its prices in the other currency, with their doubts; each says what it was."""
    prices = {one.place: _priced(one.quantity, rate) for one in quantities(scenario) if one.number == MONEY}
    changed = with_values(scenario, prices)
    return changed.model_copy(update={"costs": changed.costs.model_copy(update={"currency": rate.target})})


def _priced(price: Quantity, rate: Rate) -> Quantity:
    if price.value == 0 and not price.is_uncertain:
        return price
    was = f"{price.value:g} {rate.currency}, at {rate}"
    return price.model_copy(
        update={
            "value": price.value * rate.factor,
            "range": price.range and tuple(end * rate.factor for end in price.range),
            "uncertainty": price.uncertainty and _scaled(price.uncertainty, rate),
            "note": f"{price.note.rstrip('.')}; {was}" if price.note else was,
        }
    )


def _scaled(uncertainty: Uncertainty, rate: Rate) -> Uncertainty:
    spread = uncertainty.spread
    if spread is None:
        return uncertainty
    if uncertainty.family == "beta":
        raise UsageError(
            f"--rate {rate}: a price with a beta distribution lies between 0 and 1 and cannot be converted"
        )
    ends = {name: value * rate.factor for name, value in spread.model_dump(exclude_none=True).items()}
    return uncertainty.model_copy(update={str(uncertainty.family): Spread(**ends)})


def _check_primary(loaded: Sequence[Loaded]) -> None:
    """Refuse a comparison that is about money in several currencies."""
    currencies = list(dict.fromkeys(one.scenario.costs.currency for one in loaded))
    primary = BY_NAME[loaded[0].scenario.primary.outcome]
    if len(currencies) > 1 and primary.unit == CURRENCY:
        raise UsageError(
            f"{primary.in_sentence} cannot be compared in {' and '.join(currencies)}: "
            f"state a rate, as --rate '{currencies[1]}=0.92 {currencies[0]}'"
        )
