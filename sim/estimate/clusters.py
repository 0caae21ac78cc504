"""Units of patients that are independent of each other: nets, or single patients; and the errors that follow from them.

Patients of a net are spread evenly, so they are not independent of each other; nets are. Fewer than `FEW` nets tell too
little of each other: then patients are taken to be independent, which makes errors too large rather than too small.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.luck.nets import NET_SIZE

Floats = NDArray[np.float64]

FEW = 10
"""Nets from which on the errors come from the differences between nets."""


def unit_starts(n: int, patients: int) -> NDArray[np.int64]:
    """Return the first column of each unit, of `n` columns in a run of so many patients."""
    return np.arange(0, n, NET_SIZE if patients >= FEW * NET_SIZE else 1)


def error_of_mean(values: Floats) -> float:
    """Return the standard error of the mean of a number per patient of a run, (patients,), in columns net by net."""
    n = len(values)
    starts = unit_starts(n, n)
    if len(starts) < 2:
        return math.nan
    residuals = np.add.reduceat(values - values.mean(), starts)
    return math.sqrt(float((residuals**2).sum()) * len(starts) / (len(starts) - 1)) / n


def variance_over_units(totals: Floats, patients: int) -> Floats:
    """Return the variance of a mean of terms that add up to 0, times the number of patients, NaN for a single unit.

    `totals` (..., units): of the terms of all patients of each unit.
    """
    units = totals.shape[-1]
    if units < 2:
        return np.full(totals.shape[:-1], math.nan)
    return np.asarray((totals**2).sum(axis=-1) * (units / (units - 1) / patients))


def errors_from_sums(
    n: int, units: int, size_squares: float, total: Floats, square: Floats, by_size: Floats, terms: Floats | None = None
) -> Floats:
    """Return the standard errors of means of `n` patients in `units`, NaN for a single one; arrays of any one shape.

    `size_squares`: squares of the sizes of units, summed; `total`; over units, the `square` of totals and totals times
    sizes (`by_size`). What is left of `terms` that cancel (`square`, unless given) is rounding, not spread.
    """
    mean = total / n
    if units < 2:
        return np.full(np.shape(mean), math.nan)
    spread = square - 2 * mean * by_size + mean * mean * size_squares
    spread = np.where(spread < 1e-12 * (square if terms is None else terms), 0.0, spread)
    return np.asarray(np.sqrt(spread * units / (units - 1)) / n)
