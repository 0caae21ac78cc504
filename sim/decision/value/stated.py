"""What an analysis states about its money: discount rate, price year, perspective, and the rate of a currency."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.decision.value.psa import Psa
from sim.errors import UsageError
from sim.plain_text import plain_text
from sim.scenario.rates import Rate, rates_from
from sim.tables.rows import quoted

HIGHEST_DISCOUNT = 0.5
PRICE_YEARS = (1900, 2100)
_LONGEST = 60


@dataclass(frozen=True)
class Stated:
    """The discount rate a year; the year of the prices, who pays and the rate of conversion where they were stated."""

    discount: float = 0.0
    price_year: int | None = None
    perspective: str = ""
    rate: Rate | None = None

    def over_years(self, years: float) -> float:
        """Return what 1 a year is worth over so many years; that of the first year is not discounted.

        >>> Stated(0.05).over_years(2.5), Stated().over_years(2.5)
        (2.405895691609977, 2.5)
        """
        whole = math.floor(years)
        kept = [(1 + self.discount) ** -k for k in range(whole + 1)]
        return math.fsum(kept[:whole]) + (years - whole) * kept[whole]


def stated(
    discount: float = 0.0, price_year: int | None = None, perspective: str | None = None, rate: Sequence[str] = ()
) -> Stated:
    """Return what is stated; raises UsageError for what cannot be."""
    if not 0 <= discount <= HIGHEST_DISCOUNT:
        raise UsageError(f"--discount {discount:g}: must be from 0 to {HIGHEST_DISCOUNT:g}; for 3 % write 0.03")
    if price_year is not None and not PRICE_YEARS[0] <= price_year <= PRICE_YEARS[1]:
        raise UsageError(f"--price-year {price_year}: must be from {PRICE_YEARS[0]} to {PRICE_YEARS[1]}")
    if perspective is not None and not (perspective.isprintable() and 0 < len(perspective.strip()) <= _LONGEST):
        raise UsageError(f"--perspective {quoted(perspective)}: must be 1 to {_LONGEST} characters that can be printed")
    rates = rates_from(rate)
    if len(rates) > 1:
        raise UsageError("--rate: all costs are in one currency; give one rate")
    return Stated(discount, price_year, plain_text(perspective or ""), rates[0] if rates else None)


def in_other_currency(psa: Psa, rate: Rate | None) -> Psa:
    """Return draws with their costs at a rate; raises UsageError for a rate from a currency that they are not in."""
    if rate is None:
        return psa
    check_currency(psa.currency, rate)
    return replace(psa, cost=psa.cost * rate.factor, currency=rate.target)


def check_currency(currency: str, rate: Rate | None) -> None:
    """Raise UsageError for a rate from another currency than the costs are in."""
    if rate is not None and currency != rate.currency:
        here = f"in {quoted(currency)}" if currency else "in no stated currency (--currency)"
        raise UsageError(f"--rate {rate}: costs are {here}; allowed: a rate from the currency that they are in")
