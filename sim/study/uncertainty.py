"""From draws to uncertainty: how far doubt about the inputs moves each estimate, and what of it is simulation noise.

The variance between draws is that of the inputs plus that of the noise, since every draw has luck of its own; the
noise is known from the patients within the draws, and what remains is due to the inputs (O'Hagan, Stevenson and Madan
2007, doi:10.1002/hec.1199).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.estimate.by_draw import Statistic
from sim.estimate.estimate import Estimate, Over
from sim.estimate.estimates import ALL
from sim.quantities import BY_NAME
from sim.study.draws import Draws
from sim.units import Unit

Floats = NDArray[np.float64]

INTERVAL = (0.025, 0.975)
GOOD_SHARE = 0.05
"""Share of the variance between draws that simulation noise may have for the number of patients to be called enough."""


@dataclass(frozen=True)
class UncertainEstimate(Estimate):
    """An estimate under uncertain inputs; `versus` is empty but for a paired difference.

    `estimate`: mean over draws; `mc_error`: its standard error; `lower`, `upper`: 95 % uncertainty interval, with the
    noise taken out; `input_sd`: standard deviation due to the inputs, with its standard error `input_sd_error`;
    `noise_sd`: that of simulation noise within a draw; `noise_share`: its share of the variance between draws.
    NaN where an estimate is undefined or not reached in some draw.
    """

    arm: str
    versus: str
    subgroup: str
    outcome: str
    statistic: str
    input_sd: float
    input_sd_error: float
    noise_sd: float
    noise_share: float
    over: Over = field(default="draws", kw_only=True)

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "arm", "versus", "subgroup", "outcome", "statistic", *Estimate.COLUMNS,
        "input_sd", "input_sd_error", "noise_sd", "noise_share",
    )  # fmt: skip


@dataclass(frozen=True)
class Uncertainty:
    """What the draws of a study say: every estimate with its uncertainty."""

    draws: Draws
    estimates: tuple[UncertainEstimate, ...]

    @cached_property
    def _by_statistic(self) -> dict[Statistic, UncertainEstimate]:
        return {Statistic(e.arm, e.versus, e.subgroup, e.outcome, e.statistic): e for e in self.estimates}

    def get(self, arm: str, outcome: str, statistic: str = "mean", versus: str = "") -> UncertainEstimate:
        """Return an estimate over all patients; KeyError if there is none."""
        return self._by_statistic[Statistic(arm, versus, ALL, outcome, statistic)]

    def difference(self, arm: str, versus: str, outcome: str) -> UncertainEstimate:
        """Return the paired difference `arm` minus `versus`, whichever way it is kept."""
        kept = self._by_statistic.get(Statistic(arm, versus, ALL, outcome, "mean"))
        if kept is not None:
            return kept
        found = self._by_statistic[Statistic(versus, arm, ALL, outcome, "mean")]
        return replace(found, arm=arm, versus=versus, estimate=-found.estimate, lower=-found.upper, upper=-found.lower)

    def chance_ahead(self, outcome: str, margin: float) -> dict[str, float]:
        """Return by arm the share of draws in which its mean is best by more than a margin, in the outcome's unit."""
        means = self.draws.means(outcome)
        if BY_NAME[outcome].better == "lower":
            means = -means
        if means.shape[1] < 2:
            return dict.fromkeys(self.draws.layout.arms, 0.0)
        ordered = np.sort(means, axis=1)
        is_ahead = (means == ordered[:, -1:]) & (ordered[:, -1:] - ordered[:, -2:-1] > margin)
        return dict(zip(self.draws.layout.arms, map(float, is_ahead.mean(axis=0)), strict=True))


def uncertainty_of(draws: Draws) -> Uncertainty:
    """Return every estimate of the draws with its uncertainty."""
    currency = draws.study.scenario.costs.currency
    any_input = len(draws.inputs) > 0
    found = [
        _estimate(statistic, BY_NAME[statistic.outcome].unit.of(currency), draws.estimates[:, i], draws.noise[:, i],
                  any_input)
        for i, statistic in enumerate(draws.layout.statistics)
    ]  # fmt: skip
    return Uncertainty(draws, tuple(found))


def split(values: Floats, noise: Floats) -> tuple[float, float]:
    """Return the variance of values between draws that is due to the inputs, and the mean variance of their noise.

    `values` and the variances of their noise, (draws,). The first is never below 0.
    """
    between, within = float(values.var(ddof=1)), float(noise.mean())
    return max(between - within, 0.0), within


def patients_needed(found: UncertainEstimate, patients: int) -> int | None:
    """Return the patients per draw with which noise is 5 % of the variance between draws; None if inputs do nothing."""
    if not found.input_sd > 0 or not math.isfinite(found.noise_sd):
        return None
    needed = patients * (found.noise_sd / found.input_sd) ** 2 * (1 - GOOD_SHARE) / GOOD_SHARE
    size = 10 ** max(math.floor(math.log10(max(needed, 1))) - 1, 0)
    return max(int(math.ceil(needed / size) * size), 10)


def _estimate(statistic: Statistic, unit: Unit, values: Floats, noise: Floats, any_input: bool) -> UncertainEstimate:
    nothing = math.nan
    if not (np.isfinite(values).all() and np.isfinite(noise).all()):
        defined = values[~np.isnan(values)]
        lower, upper = _quantiles(defined) if len(defined) == len(values) else (nothing, nothing)
        return UncertainEstimate(
            unit, nothing, nothing, lower, upper, *statistic, nothing, nothing, nothing, nothing
        )  # fmt: skip
    n = len(values)
    mean, between = float(values.mean()), float(values.var(ddof=1))
    inputs, within = split(values, noise)
    if between < 1e-18 * mean * mean:
        between = 0.0  # what is left of a constant is rounding
    if not any_input or between == 0:
        inputs = 0.0
    kept = math.sqrt(inputs / between) if between > 0 else 0.0
    lower, upper = _quantiles(mean + kept * (values - mean))
    # The error of a variance, by its own fourth moment; that of the noise is small beside it.
    fourth = float(((values - mean) ** 4).mean())
    error = math.sqrt(max(fourth - between**2, 0.0) / n) / (2 * math.sqrt(inputs)) if inputs > 0 else 0.0
    share = min(within / between, 1.0) if between > 0 else 0.0
    return UncertainEstimate(
        unit, mean, math.sqrt(between / n), lower, upper, *statistic, math.sqrt(inputs), error, math.sqrt(within), share
    )


def _quantiles(values: Floats) -> tuple[float, float]:
    ordered = np.sort(values)
    low, high = (ordered[_rank(p, len(ordered))] for p in INTERVAL)
    return float(low), float(high)


def _rank(p: float, n: int) -> int:
    """Return the index of a quantile among `n` ordered draws, the outer one of two."""
    return math.floor(p * (n - 1)) if p < 0.5 else math.ceil(p * (n - 1))


def inputs_table(draws: Draws) -> Sequence[dict[str, float | int]]:
    """Return a record per draw: its number, the values of the inputs, and the means of every arm and outcome."""
    means = [
        (statistic, i)
        for i, statistic in enumerate(draws.layout.statistics)
        if statistic.statistic == "mean" and not statistic.versus and statistic.subgroup == ALL
    ]
    return [
        {"draw": k + 1}
        | {one.path: float(value) for one, value in zip(draws.inputs, draws.values[k], strict=True)}
        | {f"{s.arm}.{s.outcome}": float(draws.estimates[k, i]) for s, i in means}
        for k in range(len(draws.values))
    ]
