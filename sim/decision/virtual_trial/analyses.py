"""What a trial's analysis finds: the difference between two groups with its interval and test, by size, many at once.

Trials are nested: one of n patients in an arm has the first n of the largest one, so that all sizes are seen in the
same patients, and no patient is in two trials.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from sim.decision.virtual_trial.design import Analysis
from sim.estimate.estimates import wilson

Floats = NDArray[np.float64]


class Sums(NamedTuple):
    """Sums over the patients of a group who were assessed, by trial and size: how many, of the first reading x and the
    outcome y, their squares and their product.
    """

    n: Floats
    x: Floats
    y: Floats
    xx: Floats
    xy: Floats
    yy: Floats

    @property
    def within(self) -> tuple[Floats, Floats, Floats]:
        """Sums of squares and products about the means: of x, of x and y, and of y."""
        n = np.maximum(self.n, 1)
        return self.xx - self.x**2 / n, self.xy - self.x * self.y / n, self.yy - self.y**2 / n


@dataclass(frozen=True)
class Findings:
    """What trials found, by trial and size: the difference of two groups and its interval, NaN where it cannot be told,
    and the test against no difference as `z`: how often the critical value it is, with the sign of the difference.
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    test: Floats


def sums_of(before: Floats, values: Floats, sizes: NDArray[np.int64]) -> Sums:
    """Return the sums of the first patients of trials, `sizes` of them; `before` and `values`: (trials, patients)."""
    there = np.isfinite(values)
    x, y = np.where(there, before, 0.0), np.where(there, values, 0.0)
    return Sums(
        *(np.cumsum(one, axis=1)[:, sizes - 1] for one in (there.astype(np.float64), x, y, x * x, x * y, y * y))
    )


def compared(analysis: Analysis, one: Sums, other: Sums, is_share: bool, alpha: float) -> Findings:
    """Return the difference of a group from another, analysed as single patients; `is_share`: of shares, not means."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if analysis == "ancova":
            return _ancova(one, other, alpha)
        if analysis == "odds_ratio":
            return _odds_ratio(one, other, alpha)
        if analysis == "difference" and is_share:
            return _shares(one, other, alpha)
        return _welch(one, other, alpha)


def from_error(estimate: Floats, error: Floats, degrees: Floats, alpha: float) -> Findings:
    """Return the interval and the test of Student's t; none where there is no error or no degree of freedom."""
    degrees = np.where(degrees >= 1, degrees, np.nan)
    reach = stdtrit(degrees, 1 - alpha / 2) * np.where(error > 0, error, np.nan)
    known = np.where(np.isfinite(reach), estimate, np.nan)
    return Findings(known, known - reach, known + reach, known / reach)


def _welch(one: Sums, other: Sums, alpha: float) -> Findings:
    """Welch's t: means of groups that may scatter differently (doi:10.1093/biomet/34.1-2.28)."""
    squares = [group.within[2] / (group.n - 1) / group.n for group in (one, other)]
    total = squares[0] + squares[1]
    degrees = total**2 / (squares[0] ** 2 / (one.n - 1) + squares[1] ** 2 / (other.n - 1))
    return from_error(one.y / one.n - other.y / other.n, np.sqrt(total), degrees, alpha)


def _ancova(one: Sums, other: Sums, alpha: float) -> Findings:
    """Difference of means at the same first reading, by least squares with one slope for both groups."""
    xx, xy, yy = (a + b for a, b in zip(one.within, other.within, strict=True))
    slope, apart = xy / xx, one.x / one.n - other.x / other.n
    degrees = one.n + other.n - 3
    scatter = np.maximum(yy - slope * xy, 0.0) / degrees
    error = np.sqrt(scatter * (1 / one.n + 1 / other.n + apart**2 / xx))
    return from_error(one.y / one.n - other.y / other.n - slope * apart, error, degrees, alpha)


def _shares(one: Sums, other: Sums, alpha: float) -> Findings:
    """Difference of shares: Pearson's chi-squared test, and Newcombe's interval from those of Wilson
    (doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
    """
    z = float(ndtri(1 - alpha / 2))
    p, q = one.y / one.n, other.y / other.n
    (low, high), (low_other, high_other) = wilson(p, one.n, z), wilson(q, other.n, z)
    pooled = (one.y + other.y) / (one.n + other.n)
    error = np.sqrt(pooled * (1 - pooled) * (1 / one.n + 1 / other.n))
    estimate = p - q
    lower = estimate - np.sqrt((p - low) ** 2 + (high_other - q) ** 2)
    upper = estimate + np.sqrt((high - p) ** 2 + (q - low_other) ** 2)
    test = np.where(error > 0, estimate / error / z, 0.0)  # nobody, or everybody, in both groups: no difference
    return Findings(estimate, lower, upper, np.where(np.isfinite(estimate), test, np.nan))


def _odds_ratio(one: Sums, other: Sums, alpha: float) -> Findings:
    """Logarithm of the odds ratio, by Woolf's error, with a half added to every cell (Haldane, Anscombe)."""
    a, b, c, d = (cell + 0.5 for cell in (one.y, one.n - one.y, other.y, other.n - other.y))
    known = np.where((one.n > 0) & (other.n > 0), np.log(a / b) - np.log(c / d), np.nan)
    reach = float(ndtri(1 - alpha / 2)) * np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return Findings(known, known - reach, known + reach, known / reach)
