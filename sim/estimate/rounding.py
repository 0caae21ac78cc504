"""Numbers that differ by rounding only count as equal, as sums of the same numbers in another order do."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-12
"""Part of the size of what is added up by which two sums may differ and count as equal."""


def unless_rounding(value: float, size: float) -> float:
    """Return a value, or 0 where it is no more than rounding may leave of numbers of a `size`.

    >>> unless_rounding(0.1 + 0.2 - 0.3, size=0.3)
    0.0
    """
    return 0.0 if abs(value) <= ROUNDING * size else value


def each_unless_rounding(values: Floats, sizes: Floats) -> Floats:
    """Return the same of every one of several values."""
    return np.where(np.abs(values) <= ROUNDING * sizes, 0.0, values)


def levelled(values: Sequence[float], size: float | None = None) -> list[float]:
    """Return values of which those that differ by rounding only are the same, the lowest of them.

    `size`: that of the numbers that they are sums or differences of, by default of the largest value; what is no more
    than its rounding is 0.

    >>> levelled([0.3, 0.1 + 0.2, 0.4])
    [0.3, 0.3, 0.4]
    """
    size = max(map(abs, values), default=0.0) if size is None else size
    found, within = [unless_rounding(float(one), size) for one in values], ROUNDING * size
    order = sorted(range(len(found)), key=found.__getitem__)
    for before, k in itertools.pairwise(order):
        if found[k] - found[before] <= within:
            found[k] = found[before]
    return found
