"""Estimates from a clinic's records, with the error that few patients leave; small cells are not shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.estimate.estimate import Z95, Estimate
from sim.units import Unit

Floats = NDArray[np.float64]

SMALLEST_CELL = 5
"""Fewest patients of whom a number is shown."""


@dataclass(frozen=True)
class Described(Estimate):
    """A number that records give: its topic, what it is of, and how many patients and observations stand behind it.

    The error is over recorded patients: with others of the same kind the number would differ by about that much. One
    that would show something of fewer than five patients is NaN, and `patients` None.
    """

    topic: str
    at: str
    statistic: str
    patients: int | None
    observations: int | None

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "topic", "at", "statistic", "unit", "estimate", "standard_error", "lower", "upper", "patients", "observations",
    )  # fmt: skip

    @property
    def standard_error(self) -> float:
        """What `mc_error` is where nothing is simulated."""
        return self.mc_error

    @property
    def is_shown(self) -> bool:
        """Whether enough patients stand behind it."""
        return self.patients is not None


def is_small(count: int) -> bool:
    """Tell whether a number of patients is too small to be shown; nobody at all is no patient."""
    return 0 < count < SMALLEST_CELL


def not_shown(unit: Unit, topic: str, at: str, statistic: str) -> Described:
    """Return what stands in the place of a number of too few patients."""
    nan = math.nan
    return Described(unit, nan, nan, nan, nan, topic, at, statistic, None, None, over="recorded patients")


def mean_of(unit: Unit, topic: str, at: str, values: ArrayLike, statistic: str = "mean") -> Described:
    """Return the mean of a value a patient, with the interval of Student's t."""
    given = np.asarray(values, dtype=np.float64)
    n = len(given)
    if n < SMALLEST_CELL:
        return not_shown(unit, topic, at, statistic)
    error = float(given.std(ddof=1) / math.sqrt(n))
    return _with_t(unit, float(given.mean()), error, n - 1, topic, at, statistic, n, n)


def spread_of(unit: Unit, topic: str, at: str, values: ArrayLike) -> Described:
    """Return the standard deviation of a value a patient; its error and interval are those of a normal variable."""
    from scipy.special import chdtri

    given = np.asarray(values, dtype=np.float64)
    n = len(given)
    if n < SMALLEST_CELL:
        return not_shown(unit, topic, at, "sd")
    sd = float(given.std(ddof=1))
    low, high = (sd * math.sqrt((n - 1) / float(chdtri(n - 1, p))) for p in (0.025, 0.975))
    error = sd / math.sqrt(2 * (n - 1))
    return Described(unit, sd, error, low, high, topic, at, "sd", n, n, over="recorded patients")


def ratio_of(
    unit: Unit, topic: str, at: str, totals: ArrayLike, counts: ArrayLike, statistic: str = "mean"
) -> Described:
    """Return the mean of observations of which a patient has several: (patients,) their totals and how many there are.

    The error is that of a ratio of sums over patients, so that what one patient does again and again is no new luck.
    """
    total, count = np.asarray(totals, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    n = int(np.count_nonzero(count))
    if n < SMALLEST_CELL:
        return not_shown(unit, topic, at, statistic)
    value, error = _ratio(total, count)
    return _with_t(unit, value, error, n - 1, topic, at, statistic, n, int(count.sum()))


def share_of_patients(
    unit: Unit, topic: str, at: str, hits: ArrayLike, trials: ArrayLike | None = None, statistic: str = "share"
) -> Described:
    """Return a share of observations: (patients,) how many of a patient's are hits, of how many (one unless given).

    The interval is Wilson's, for as many independent observations as would have the same error. Not shown where fewer
    than five patients have a hit, but some do.
    """
    hit = np.asarray(hits, dtype=np.float64)
    trial = np.ones(len(hit)) if trials is None else np.asarray(trials, dtype=np.float64)
    hit, trial = hit[trial > 0], trial[trial > 0]
    n, some = len(trial), int(np.count_nonzero(hit))
    if n < SMALLEST_CELL or is_small(some):
        return not_shown(unit, topic, at, statistic)
    value, error = _ratio(hit, trial)
    effective = value * (1 - value) / error**2 if error > 0 else float(n)
    low, high = wilson(value, effective)
    observations = int(trial.sum())
    return Described(unit, value, error, low, high, topic, at, statistic, n, observations, over="recorded patients")


def parts_of_a_whole(shares: Sequence[Described]) -> list[Described]:
    """Return shares that add up to all patients; if a single one is not shown, neither is the smallest of the others,
    so that the first cannot be worked out from them.
    """
    shown = [one for one in shares if one.is_shown and one.estimate > 0]
    if len(shares) - sum(one.is_shown for one in shares) != 1 or not shown:
        return list(shares)
    smallest = min(shown, key=lambda one: one.estimate)
    return [not_shown(one.unit, one.topic, one.at, one.statistic) if one is smallest else one for one in shares]


def wilson(share: float, n: float) -> tuple[float, float]:
    """Return the ends of Wilson's 95 % interval of a share of `n` observations (doi:10.1080/01621459.1927.10502953)."""
    square = Z95 * Z95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z95 / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def _ratio(total: Floats, count: Floats) -> tuple[float, float]:
    """Return a ratio of sums with its standard error over patients."""
    n, whole = np.count_nonzero(count), count.sum()
    value = float(total.sum() / whole)
    rest = total - value * count
    return value, float(math.sqrt(float(rest @ rest) * n / (n - 1)) / whole) if n > 1 else math.nan


def _with_t(
    unit: Unit, value: float, error: float, freedom: int, topic: str, at: str, statistic: str, n: int, observations: int
) -> Described:
    from scipy.special import stdtrit

    half = float(stdtrit(freedom, 0.975)) * error
    return Described(
        unit, value, error, value - half, value + half, topic, at, statistic, n, observations, over="recorded patients"
    )
