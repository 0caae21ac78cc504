"""From tallies to estimates: each with its Monte Carlo standard error and 95 % interval; differences are paired."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.patient.outcomes import BY_NAME, OUTCOMES, Outcome
from sim.study.moments import RATIOS, Moments
from sim.study.tally import BINS, GRID_ROWS, Tally

Floats = NDArray[np.float64]

Z95 = 1.959963984540054
QUANTILES: dict[str, float] = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
ALL = "all"

_RATIO_INDEX = {outcome.name: index for index, outcome in enumerate(RATIOS)}
_GRID_INDEX = {name: index for index, name in enumerate(GRID_ROWS)}


@dataclass(frozen=True)
class Estimate:
    """One number of a run, in `unit`, with its Monte Carlo standard error and 95 % interval.

    NaN stands for undefined (nobody to average over); inf for a time that is not reached.
    """

    arm: str
    subgroup: str
    outcome: str
    statistic: str
    unit: str
    estimate: float
    mc_error: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Difference:
    """The paired difference `arm` minus `versus` of a mean, share or ratio.

    `unpaired_error` is the standard error that two independent cohorts of the same size would have given.
    """

    arm: str
    versus: str
    subgroup: str
    outcome: str
    unit: str
    estimate: float
    mc_error: float
    lower: float
    upper: float
    unpaired_error: float

    def reversed(self) -> Difference:
        """Return `versus` minus `arm`."""
        return replace(
            self, arm=self.versus, versus=self.arm, estimate=-self.estimate, lower=-self.upper, upper=-self.lower
        )


def estimates(tally: Tally, subgroups: Sequence[str], currency: str) -> Iterator[Estimate]:
    """Yield every estimate; `subgroups` names the tally's profiles in order, empty ones are left out."""
    for a, arm in enumerate(tally.arms):
        for subgroup, members in _members(tally, subgroups):
            for outcome in OUTCOMES:
                for estimate in _of_outcome(tally, outcome, a, members):
                    yield replace(estimate, arm=arm, subgroup=subgroup, unit=unit_of(outcome, currency))


def differences(
    tally: Tally, subgroups: Sequence[str], currency: str, pairs: Sequence[tuple[str, str]]
) -> Iterator[Difference]:
    """Yield the paired difference of every outcome that has a mean, for the given pairs of arms."""
    for arm, versus in pairs:
        for subgroup, members in _members(tally, subgroups):
            for outcome in OUTCOMES:
                if outcome.kind != "time":
                    found = _difference(tally.moments, outcome, (arm, versus), members)
                    yield replace(found, subgroup=subgroup, unit=unit_of(outcome, currency))


def paired_difference(moments: Moments, outcome: str, names: tuple[str, str]) -> Difference:
    """Return the paired difference of one outcome over all patients, first arm (or scenario) minus second."""
    return _difference(moments, BY_NAME[outcome], names, np.ones(len(moments.n), dtype=bool))


def covariance_of_means(moments: Moments, outcome: str) -> tuple[Floats, Floats]:
    """Return the means over all patients, (names,), and the covariance of their Monte Carlo errors, (names, names)."""
    members = np.ones(len(moments.n), dtype=bool)
    names, n = range(len(moments.names)), int(moments.n.sum())
    pairs = [[_mean_and_variance(moments, BY_NAME[outcome], a, b, members) for b in names] for a in names]
    return np.array([pairs[a][a][0] for a in names]), np.array([[found[1] for found in row] for row in pairs]) / n


def unit_of(outcome: Outcome, currency: str) -> str:
    """Return the unit of an outcome with the scenario's currency in place."""
    return currency if outcome.unit == "currency" else outcome.unit


def distribution(tally: Tally, outcome: str, arm: str, subgroup: int | None = None) -> tuple[Floats, NDArray[np.int64]]:
    """Return bin edges (BINS + 1,) and counts (BINS + 1,) of an outcome; the last count is of values never reached."""
    g, a = _GRID_INDEX[outcome], tally.arms.index(arm)
    counts = tally.counts[g, a].sum(axis=0) if subgroup is None else tally.counts[g, a, subgroup]
    return tally.low[g, a] + tally.width[g, a] * np.arange(BINS + 1.0), counts


def _members(tally: Tally, subgroups: Sequence[str]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    yield ALL, np.ones(len(tally.n), dtype=bool)
    for p, name in enumerate(subgroups):
        if tally.n[p] > 0:
            yield name, np.arange(len(tally.n)) == p


def _of_outcome(tally: Tally, outcome: Outcome, a: int, members: NDArray[np.bool_]) -> Iterator[Estimate]:
    n = int(tally.n[members].sum())
    if outcome.kind != "time":
        mean, variance = _mean_and_variance(tally.moments, outcome, a, a, members)
        error = math.sqrt(variance / n) if n > 1 else math.nan
        lower, upper = mean - Z95 * error, mean + Z95 * error
        if outcome.kind == "share":
            lower, upper = _wilson(mean, n)
        elif outcome.unit == "share of relieved":
            lower, upper = max(lower, 0.0), min(upper, 1.0)
        yield _estimate(outcome, "mean", mean, error, lower, upper)
    if outcome.name not in _GRID_INDEX:
        return
    g = _GRID_INDEX[outcome.name]
    counts, sums = tally.counts[g, a][members].sum(axis=0), tally.sums[g, a][members].sum(axis=0)
    if outcome.kind == "number":
        sd = math.sqrt(variance)
        yield _estimate(outcome, "sd", sd, *_sd_error(counts, sums, mean, sd, n))
    find = _interpolated if outcome.name == "visits_to_relief" else _bin_mean
    for name, p in QUANTILES.items():
        reach = Z95 * math.sqrt(p * (1 - p) / n)
        middle, lower, upper = (find(counts, sums, share) for share in (p, p - reach, p + reach))
        same = lower == upper
        error = 0.0 if same else (upper - lower) / (2 * Z95)
        yield _estimate(outcome, name, middle, error, lower, upper)


def _estimate(outcome: Outcome, statistic: str, value: float, error: float, lower: float, upper: float) -> Estimate:
    return Estimate("", "", outcome.name, statistic, outcome.unit, value, error, lower, upper)


def _mean_and_variance(
    moments: Moments, outcome: Outcome, a: int, b: int, members: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return the mean in arm `a` and the covariance per patient of its terms between arms `a` and `b`.

    A ratio R = X / Y is linearised: its terms are (x - R y) * n / Y (delta method).
    """
    n = int(moments.n[members].sum())
    if outcome.kind != "ratio":
        total_a, total_b = (float(moments.total[outcome.row, arm, members].sum()) for arm in (a, b))
        product = float(moments.cross[outcome.row, a, b, members].sum())
        return total_a / n, _covariance(product, total_a, total_b, n)
    r, f = _RATIO_INDEX[outcome.name], outcome.factor
    xa, xb = (float(moments.total[outcome.row, arm, members].sum()) for arm in (a, b))
    ya, yb = (float(moments.total[outcome.per, arm, members].sum()) for arm in (a, b))
    if ya == 0 or yb == 0:
        return (f * xa / ya if ya else math.nan), math.nan
    ratio_a, ratio_b = xa / ya, xb / yb
    xx = float(moments.cross[outcome.row, a, b, members].sum())
    yy = float(moments.cross[outcome.per, a, b, members].sum())
    xy, yx = (float(moments.ratio_cross[r, i, j, members].sum()) for i, j in ((a, b), (b, a)))
    # Summed so that swapping the two gives the same bits.
    product = xx - (ratio_b * xy + ratio_a * yx) + ratio_a * ratio_b * yy
    if n < 2:
        return f * ratio_a, math.nan
    if abs(product) < 1e-12 * (xx + ratio_a * ratio_b * yy):
        product = 0.0  # what is left of a constant ratio after cancellation is rounding, not spread
    return f * ratio_a, product * f * f * n * n / (ya * yb) / (n - 1)


def _covariance(product: float, total_a: float, total_b: float, n: int) -> float:
    if n < 2:
        return math.nan
    covariance = (product - total_a * total_b / n) / (n - 1)
    # What is left of a constant after cancellation is rounding, not spread.
    return 0.0 if abs(covariance) < 1e-12 * abs(product) / n else covariance


def _difference(moments: Moments, outcome: Outcome, arms: tuple[str, str], members: NDArray[np.bool_]) -> Difference:
    n = int(moments.n[members].sum())
    a, b = (moments.names.index(arm) for arm in arms)
    mean_a, var_a = _mean_and_variance(moments, outcome, a, a, members)
    mean_b, var_b = _mean_and_variance(moments, outcome, b, b, members)
    _, covariance = _mean_and_variance(moments, outcome, a, b, members)
    variance = max(var_a + var_b - 2 * covariance, 0.0) if not math.isnan(covariance) else math.nan
    if variance < 1e-12 * (var_a + var_b):
        variance = 0.0
    error, unpaired = math.sqrt(variance / n), math.sqrt((var_a + var_b) / n)
    value = mean_a - mean_b
    return Difference(
        *arms, "", outcome.name, outcome.unit, value, error, value - Z95 * error, value + Z95 * error, unpaired
    )


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927): never beyond 0 and 1, never empty at 0 or 1."""
    z2 = Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = Z95 / (1 + z2 / n) * math.sqrt(max(share * (1 - share), 0.0) / n + z2 / (4 * n * n))
    return max(middle - reach, 0.0), min(middle + reach, 1.0)


def _sd_error(counts: NDArray[np.int64], sums: Floats, mean: float, sd: float, n: int) -> tuple[float, float, float]:
    """Return the standard error of a standard deviation, and its interval: sqrt((m4 - sd**4) / n) / (2 sd)."""
    if not sd > 0:
        return 0.0, sd, sd
    filled = counts[:BINS] > 0
    at = sums[:BINS][filled] / counts[:BINS][filled]
    fourth = float(((at - mean) ** 4 * counts[:BINS][filled]).sum()) / n
    error = math.sqrt(max(fourth - sd**4, 0.0) / n) / (2 * sd)
    return error, max(sd - Z95 * error, 0.0), sd + Z95 * error


def _bin_mean(counts: NDArray[np.int64], sums: Floats, share: float) -> float:
    """Return the quantile as the mean of the values in its bin; inf in the bin of values never reached."""
    cumulative = np.cumsum(counts)
    rank = min(max(math.ceil(share * cumulative[-1]), 1), int(cumulative[-1]))
    cell = int(np.searchsorted(cumulative, rank))
    return math.inf if cell == BINS else float(sums[cell] / counts[cell])


def _interpolated(counts: NDArray[np.int64], sums: Floats, share: float) -> float:
    """Return the quantile of a whole number, interpolated inside its unit-wide bin (k - 1/2, k + 1/2)."""
    per_unit = BINS // 256
    by_number = counts[:BINS].reshape(-1, per_unit).sum(axis=1)
    cumulative = np.cumsum(by_number) / counts.sum()
    share = max(share, 0.0)
    if share > cumulative[-1]:
        return math.inf
    k = int(np.searchsorted(cumulative, share))
    before = cumulative[k - 1] if k > 0 else 0.0
    return k - 0.5 + (share - before) / (cumulative[k] - before) if cumulative[k] > before else k - 0.5
