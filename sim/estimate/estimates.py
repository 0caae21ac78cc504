"""From tallies to estimates: each with its Monte Carlo standard error and 95 % interval; differences are paired."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from sim.estimate.by_net import Shown, rank_variance, spread_variance
from sim.estimate.estimate import Z95, ArmEstimate, Difference, Estimate
from sim.estimate.few import means_of
from sim.estimate.histograms import BINS, means_of_bins, quantile_in
from sim.estimate.moments import AVERAGED, OUTCOME_INDEX, Means, Moments
from sim.estimate.rounding import unless_rounding
from sim.estimate.tally import Tally
from sim.quantities import BY_NAME, COUNTED, OUTCOMES, ROW, Outcome
from sim.units import Unit

Floats = NDArray[np.float64]

QUANTILES: dict[str, float] = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
ALL = "all"

CONTINUOUS = ("pain", "years")
"""Ranges in which a bin holds many values; in the others it holds one."""

_GRID_INDEX = {name: index for index, name in enumerate(COUNTED)}


def estimates(tally: Tally, subgroups: Sequence[str], currency: str) -> Iterator[ArmEstimate]:
    """Yield every estimate; `subgroups` names the tally's profiles in order, empty ones are left out."""
    by_subgroup = [(name, group, means_of(tally.moments, group)) for name, group in _groups(tally, subgroups)]
    for a, arm in enumerate(tally.arms):
        for subgroup, group, means in by_subgroup:
            for outcome in OUTCOMES:
                for estimate in _of_outcome(tally, means, outcome, a, group):
                    yield replace(estimate, arm=arm, subgroup=subgroup, unit=outcome.unit.of(currency))


def differences(
    tally: Tally, subgroups: Sequence[str], currency: str, pairs: Sequence[tuple[str, str]]
) -> Iterator[Difference]:
    """Yield the paired difference of every outcome that has a mean, for the given pairs of arms."""
    by_subgroup = [(name, means_of(tally.moments, group)) for name, group in _groups(tally, subgroups)]
    for arm, versus in pairs:
        for subgroup, means in by_subgroup:
            for outcome in AVERAGED:
                found = _difference(means, outcome, (arm, versus))
                yield replace(found, subgroup=subgroup, unit=outcome.unit.of(currency))


def paired_difference(moments: Moments, outcome: str, names: tuple[str, str]) -> Difference:
    """Return the paired difference of one outcome over all patients, first arm (or scenario) minus second."""
    return _difference(means_of(moments), BY_NAME[outcome], names)


def covariance_of_means(moments: Moments, outcome: str) -> tuple[Floats, Floats]:
    """Return the means over all patients, (names,), and the covariance of their Monte Carlo errors, (names, names)."""
    means = means_of(moments)
    return means.mean[OUTCOME_INDEX[outcome]], means.covariance[OUTCOME_INDEX[outcome]]


def contrast(moments: Moments, outcome: str, weights: Mapping[str, float], unit: Unit) -> Estimate:
    """Return a weighted sum of means over all patients, by the names of the moments."""
    means = means_of(moments)
    mean, covariance = means.mean[OUTCOME_INDEX[outcome]], means.covariance[OUTCOME_INDEX[outcome]]
    weight = np.array([weights.get(name, 0.0) for name in moments.names])
    used = weight != 0
    variance = float(weight[used] @ covariance[np.ix_(used, used)] @ weight[used])
    scale = float(weight[used] ** 2 @ np.diag(covariance)[used])
    # What is left of a difference between alike courses after cancellation is rounding, not spread.
    error = 0.0 if variance < 1e-12 * scale else math.sqrt(variance)
    value = unless_rounding(float(weight[used] @ mean[used]), float(np.abs(weight[used]) @ np.abs(mean[used])))
    reach = reach95(means.degrees) * error
    return Estimate(unit, value, error, value - reach, value + reach)


def distribution(tally: Tally, outcome: str, arm: str, subgroup: int | None = None) -> tuple[Floats, NDArray[np.int64]]:
    """Return bin edges (BINS + 1,) and counts (BINS + 1,) of an outcome; the last count is of values never reached."""
    g, a = _GRID_INDEX[outcome], tally.arms.index(arm)
    counts = tally.counts[g, a].sum(axis=0) if subgroup is None else tally.counts[g, a, subgroup]
    return tally.low[g, a] + tally.width[g, a] * np.arange(BINS + 1.0), counts


def _groups(tally: Tally, subgroups: Sequence[str]) -> Iterator[tuple[str, int | None]]:
    yield ALL, None
    for p, name in enumerate(subgroups):
        if tally.n[p] > 0:
            yield name, p


def is_whole(outcome: Outcome) -> bool:
    """Tell whether a time is counted in whole numbers of visits, inside which its quantiles are interpolated."""
    return outcome.kind == "time" and outcome.range == "visits"


def reach95(degrees: float) -> float:
    """Return how many standard errors a 95 % interval reaches to either side (Student's t); NaN without degrees."""
    return float(stdtrit(degrees, 0.975)) if degrees > 0 else math.nan


def _of_outcome(tally: Tally, means: Means, outcome: Outcome, a: int, group: int | None) -> Iterator[ArmEstimate]:
    if outcome.kind != "time":
        yield _of_mean(tally, means, outcome, a, group)
    if outcome.name not in _GRID_INDEX:
        return
    n, g = means.n, _GRID_INDEX[outcome.name]
    members = slice(None) if group is None else slice(group, group + 1)
    counts, offsets = tally.counts[g, a, members].sum(axis=0), tally.offsets[g, a, members].sum(axis=0)
    low, width = float(tally.low[g, a]), float(tally.width[g, a])
    if outcome.kind == "number":
        sd = tally.moments.spread(outcome.row, a, group)
        shown = spread_variance(tally.nets, a, outcome.row, group) if n > 1 else None
        if shown is None:
            error, reach = _spread_error(means_of_bins(counts, offsets, low, width), n), Z95
        else:
            error, reach = sd * math.sqrt(float(shown.variance) / n), reach95(shown.degrees)
        # Dividing by n - 1 is right for independent patients, and too much for those that are evenly spread.
        least = sd * math.sqrt(1 - 1 / n) - reach * error
        yield _estimate(outcome, "sd", sd, error, max(least, 0.0), sd + reach * error)
    seen, whole, shares = counts.cumsum(), is_whole(outcome), np.array(list(QUANTILES.values()))
    middle = np.array([quantile_in(seen, offsets, low, width, share, whole) for share in shares])
    shown = rank_variance(tally.nets, a, outcome.row, group, *_alike(middle, low, width, whole), shares)
    times, errors = _rank_errors(shown, shares, n)
    for name, p, value, reach in zip(QUANTILES, shares, middle.tolist(), times * errors, strict=True):
        # Of a run that has p exactly below a value, the quantile is between that value and the next.
        ends = (p - reach, p + reach + (0 if whole else 1 / n))
        if outcome.range in CONTINUOUS:
            # The estimate is the mean of its bin, the ends are where they lie in theirs.
            lower, upper = (_within_bin(seen, low, width, share) for share in ends)
            lower, upper = min(lower, value), max(upper, value)
        else:
            lower, upper = (quantile_in(seen, offsets, low, width, share, whole) for share in ends)
        if n == 1 or (outcome.range in CONTINUOUS and not 0 < ends[0] < ends[1] < 1):
            lower = upper = math.nan  # too few patients: an end may be beyond the last of them
        error = 0.0 if lower == upper else (upper - lower) / (2 * times)
        yield _estimate(outcome, name, value, error, lower, upper)


def _of_mean(tally: Tally, means: Means, outcome: Outcome, a: int, group: int | None) -> ArmEstimate:
    mean, error = means.of(outcome.name, a)
    reach = reach95(means.degrees)
    lower, upper = mean - reach * error, mean + reach * error
    if outcome.kind == "share" or (outcome.is_share_of and mean >= 0):
        members = slice(None) if group is None else slice(group, group + 1)
        of_them: float = max(means.n, means.seen_n)
        if outcome.is_share_of:
            of_them = float(tally.moments.total[ROW[outcome.is_share_of], a, members].sum())
        # As many independent patients would give this error.
        seen = float(means.seen[OUTCOME_INDEX[outcome.name], a])
        alike = seen * (1 - seen) / error**2 if error > 0 else of_them
        lower, upper = (float(end) for end in wilson(mean, alike, reach if error > 0 else Z95))
    return _estimate(outcome, "mean", mean, error, lower, upper)


def _alike(quantiles: Floats, low: float, width: float, whole: bool) -> tuple[Floats, Floats]:
    """Return the ends of what is counted as equal to each quantile: its bin, or the whole number that it is of."""
    if whole:
        number = np.floor(quantiles + 0.5)
        return number - 0.5, number + 0.5
    edge = low + width * np.floor((quantiles - low) / width)
    return edge, edge + width


def _within_bin(seen: NDArray[np.int64], low: float, width: float, share: float) -> float:
    """Return the value below which a share of the patients are, as if those of each bin were spread evenly over it."""
    rank = min(max(share, 0.0), 1.0) * float(seen[-1])
    cell = int(np.searchsorted(seen, rank))
    before = float(seen[cell - 1]) if cell > 0 else 0.0
    return low + width * (cell + (rank - before) / max(float(seen[cell]) - before, 1.0))


def _rank_errors(shown: Shown | None, shares: Floats, n: int) -> tuple[float, Floats]:
    """Return how many errors an interval reaches, and the errors of the shares of patients below each quantile; those
    of independent patients, if they are not shown.
    """
    if shown is None:
        return Z95, np.sqrt(shares * (1 - shares) / n)
    return reach95(shown.degrees), np.sqrt(shown.variance / n)


def _estimate(outcome: Outcome, statistic: str, value: float, error: float, lower: float, upper: float) -> ArmEstimate:
    return ArmEstimate(outcome.unit, value, error, lower, upper, "", "", outcome.name, statistic)


def _difference(means: Means, outcome: Outcome, arms: tuple[str, str]) -> Difference:
    a, b = (means.names.index(arm) for arm in arms)
    index = OUTCOME_INDEX[outcome.name]
    covariance, spread = means.covariance[index], means.spread[index]
    error = math.sqrt(difference_variance(covariance[a, a], covariance[b, b], covariance[a, b]))
    unpaired = math.sqrt((spread[a] + spread[b]) / means.n)
    of_a, of_b = float(means.mean[index, a]), float(means.mean[index, b])
    value, reach = unless_rounding(of_a - of_b, abs(of_a) + abs(of_b)), reach95(means.degrees) * error
    if error == 0 and value == 0 and not _is_alike(means, a, b):
        reach = _reach_of_none(means, outcome, a, b)
    return Difference(outcome.unit, value, error, value - reach, value + reach, *arms, "", outcome.name, unpaired)


def _is_alike(means: Means, a: int, b: int) -> bool:
    """Tell whether nothing whatever differs between two arms in any patient."""
    own = np.diagonal(means.covariance, axis1=1, axis2=2)
    apart = difference_variance(own[:, a], own[:, b], means.covariance[:, a, b])
    return not (np.nan_to_num(apart).any() or np.nan_to_num(means.mean[:, a] - means.mean[:, b]).any())


def _reach_of_none(means: Means, outcome: Outcome, a: int, b: int) -> float:
    """Return how large a difference may be though no patient shows any: as far as Wilson's interval of nobody reaches,
    times what one patient may make: 1 for a share, otherwise what two patients differ by.
    """
    index, n = OUTCOME_INDEX[outcome.name], float(max(means.n, means.seen_n))
    mean, spread = float(means.mean[index, a]), means.spread[index]
    size = 1.0 if outcome.unit.is_share else math.sqrt(spread[a] + spread[b])
    if outcome.is_share_of and spread[a] > 0:
        n *= mean * (1 - mean) / spread[a]  # as many as it is a share of
    return size * Z95**2 / (n + Z95**2)


def difference_variance(var_a: Any, var_b: Any, covariance: Any) -> Any:
    """Return the variance of a paired difference of means; arrays of any one shape, or numbers."""
    variance = np.maximum(var_a + var_b - 2 * covariance, 0.0)
    return np.where(variance < 1e-12 * (var_a + var_b), 0.0, variance)


def wilson(share: Any, n: Any, z: float) -> tuple[Any, Any]:
    """Return the interval of a share that reaches z standard errors (Wilson 1927): never beyond 0 and 1, never empty at
    0 or 1; arrays of any one shape, or numbers.
    """
    z2 = z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = z / (1 + z2 / n) * np.sqrt(np.maximum(share * (1 - share), 0.0) / n + z2 / (4 * n * n))
    # At 0 and 1 an end is the share itself, but for rounding.
    return np.where(share > 0, np.maximum(middle - reach, 0.0), 0.0), np.where(
        share < 1, np.minimum(middle + reach, 1.0), 1.0
    )


def _spread_error(bins: tuple[Floats, NDArray[np.int64]], n: int) -> float:
    """Return the standard error of a standard deviation, sqrt((m4 - sd**4) / n) / (2 sd), from the means of bins."""
    at, counts = bins
    apart = at - float((at * counts).sum()) / n
    variance = float((apart**2 * counts).sum()) / (n - 1) if n > 1 else math.nan
    if not variance > 0:
        return variance
    fourth = float((apart**4 * counts).sum()) / n
    return math.sqrt(max(fourth - variance**2, 0.0) / n / variance) / 2
