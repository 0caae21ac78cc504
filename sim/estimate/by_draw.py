"""What is kept of one draw: every estimate over its patients, with the variance of its simulation noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.estimate.estimate import Z95
from sim.estimate.estimates import ALL, QUANTILES, difference_variance, is_whole
from sim.estimate.histograms import quantile_in
from sim.estimate.moments import AVERAGED, Moments
from sim.estimate.tally import Tally
from sim.quantities import BY_NAME, COUNTED

Floats = NDArray[np.float64]

FEW = 2
"""Nets from which on the noise of a draw comes from the differences between nets: over many draws, even a rough
estimate in each averages out.
"""


class Statistic(NamedTuple):
    """What an estimate is of: `versus` is empty but for a paired difference."""

    arm: str
    versus: str
    subgroup: str
    outcome: str
    statistic: str


@dataclass(frozen=True)
class Layout:
    """The estimates that are kept of every draw, in order.

    Means of every outcome by arm, for all patients and by profile; their paired differences between every arm and
    each later one, for all patients; quantiles by arm, for all patients.
    """

    arms: tuple[str, ...]
    subgroups: tuple[str, ...]

    @cached_property
    def statistics(self) -> tuple[Statistic, ...]:
        """What each estimate is of."""
        found = [
            Statistic(arm, "", subgroup, outcome.name, "mean")
            for subgroup in (ALL, *self.subgroups)
            for outcome in AVERAGED
            for arm in self.arms
        ]
        found += [Statistic(later, arm, ALL, outcome.name, "mean") for outcome in AVERAGED for arm, later in self.pairs]
        found += [
            Statistic(arm, "", ALL, outcome, quantile)
            for outcome in _COUNTED
            for arm in self.arms
            for quantile in QUANTILES
        ]
        return tuple(found)

    @cached_property
    def index(self) -> dict[Statistic, int]:
        """Position of each estimate."""
        return {statistic: i for i, statistic in enumerate(self.statistics)}

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every arm with each later one."""
        return tuple((arm, later) for i, arm in enumerate(self.arms) for later in self.arms[i + 1 :])

    def summarise(self, moments: Moments, whole: Tally) -> tuple[Floats, Floats]:
        """Return every estimate and the variance of its noise, (statistics,).

        `moments` are those of the patients by profile, `whole` holds the same patients in one group.
        """
        groups = [moments.estimated(group, FEW) for group in (None, *range(len(moments.n)))]
        values = [mean.ravel() for *_, mean, _ in groups]
        variances = [np.diagonal(covariance, axis1=1, axis2=2).ravel() for *_, covariance in groups]
        a, b = np.triu_indices(len(self.arms), 1)
        n, _, mean, covariance = groups[0]
        values.append((mean[:, b] - mean[:, a]).ravel())
        own = np.diagonal(covariance, axis1=1, axis2=2)
        paired = difference_variance(own[:, b], own[:, a], covariance[:, b, a])
        variances.append(paired.ravel())
        shares = np.array(list(QUANTILES.values()))
        reach = Z95 * np.sqrt(shares * (1 - shares) / max(n, 1))
        found = np.empty((len(_COUNTED), len(self.arms), len(shares), 2))
        _fill_quantiles(
            whole.counts[:, :, 0].copy(),
            whole.offsets[:, :, 0].copy(),
            whole.low,
            whole.width,
            shares,
            reach,
            found,
        )
        values.append(found[..., 0].ravel())
        variances.append((found[..., 1] ** 2).ravel())
        return np.concatenate(values), np.concatenate(variances)


_COUNTED = [name for name in COUNTED if name in BY_NAME]
_COUNTED_GRIDS = np.array([grid for grid, name in enumerate(COUNTED) if name in BY_NAME])
_WHOLE_NUMBERS = np.array([is_whole(BY_NAME[name]) for name in _COUNTED])


@compiled
def _fill_quantiles(
    counts: NDArray[np.int64],
    offsets: NDArray[np.int64],
    lows: Floats,
    widths: Floats,
    shares: Floats,
    reach: Floats,
    found: Floats,
) -> None:
    for i in range(len(_COUNTED_GRIDS)):
        g, whole = _COUNTED_GRIDS[i], _WHOLE_NUMBERS[i]
        for a in range(counts.shape[1]):
            seen, of_bins, low, width = counts[g, a].cumsum(), offsets[g, a], lows[g, a], widths[g, a]
            for q in range(len(shares)):
                lower = quantile_in(seen, of_bins, low, width, shares[q] - reach[q], whole)
                upper = quantile_in(seen, of_bins, low, width, shares[q] + reach[q], whole)
                found[i, a, q, 0] = quantile_in(seen, of_bins, low, width, shares[q], whole)
                found[i, a, q, 1] = 0.0 if lower == upper else (upper - lower) / (2 * Z95)


def means_of(outcome: str, arms: Sequence[str]) -> list[Statistic]:
    """Return the statistics that are an outcome's means over all patients, by arm."""
    return [Statistic(arm, "", ALL, BY_NAME[outcome].name, "mean") for arm in arms]
