"""Estimates, differences and counts as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.estimate.estimate import Estimate


def with_error(found: Estimate) -> str:
    """Return an estimate with its Monte Carlo error.

    >>> from sim.estimate.estimate import Estimate
    >>> from sim.units import GAP, POINTS
    >>> with_error(Estimate.normal(POINTS, 3.4218, 0.0204)).replace(GAP, " ")
    '3.42 ± 0.02'
    """
    return found.unit.with_error(found.estimate, found.mc_error)


def difference_with_error(found: Estimate) -> str:
    """Return a difference with its sign and Monte Carlo error; one between shares is in percentage points (pp)."""
    return found.unit.difference(found.estimate, found.mc_error)


def in_plain_words(found: Estimate) -> str:
    """Return a number with its unit and as many digits as a person can use, without its error.

    >>> from sim.estimate.estimate import Estimate
    >>> from sim.units import POINTS
    >>> in_plain_words(Estimate.normal(POINTS, 4.4883, 0.003))
    '4.5 points'
    """
    return found.unit.in_words(found.unit.plain(found.estimate))


def capital(words: str) -> str:
    """Return words as they begin a sentence."""
    return f"{words[:1].upper()}{words[1:]}"


def format_count(count: int) -> str:
    """Return a whole number with commas between thousands."""
    return f"{count:,d}"


def of_hundred(share: float) -> str:
    """Return a share as a count of people among 100, for sentences.

    >>> of_hundred(0.894), of_hundred(0.002), of_hundred(0.999)
    ('89', 'fewer than 1', 'more than 99')
    """
    if math.isnan(share):
        return "an unknown number"
    count = round(100 * share)
    if count == 0 and share > 0:
        return "fewer than 1"
    return "more than 99" if count == 100 and share < 1 else str(count)


def all_of(names: Sequence[str]) -> str:
    """Return names as a list within a sentence.

    >>> all_of(["one"]), all_of(["one", "two", "three"])
    ('one', 'one, two and three')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
