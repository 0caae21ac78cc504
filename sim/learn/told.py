"""What the data tell of each unknown: prior beside posterior, what they say nothing about, and what trades off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimate import Z95
from sim.learn.between_therapies import HELD
from sim.learn.overlap import overlap
from sim.learn.posterior import Posterior

Floats = NDArray[np.float64]

NOTHING_SAID = 0.9
"""Overlap of prior and posterior from which on the data say next to nothing of an unknown."""
TRADE_OFF = 0.6
"""Correlation from which on two unknowns are said to trade off."""


@dataclass(frozen=True)
class Told:
    """What is told of one unknown: medians and 95 % intervals before and after, in its own unit.

    `overlap`: share that prior and posterior have in common, 1 where nothing was learnt, with its standard error,
    `overlap_error`, by chance in the draws; `narrower`: posterior over
    prior standard deviation, on the scale of the prior; `worth`: the prior is worth as much as the records of so many
    patients, infinite where these say nothing, NaN without records; `mc_error`: Monte Carlo standard error of the
    posterior mean; `is_held`: whether it is a difference between therapies that is not learnt from who chose theirs.
    """

    path: str
    prior: float
    prior_lower: float
    prior_upper: float
    posterior: float
    lower: float
    upper: float
    mc_error: float
    overlap: float
    overlap_error: float
    narrower: float
    worth: float
    is_held: bool

    @property
    def says_something(self) -> bool:
        """Whether the data say anything of it to speak of, beyond what chance in the draws explains."""
        return self.overlap + Z95 * self.overlap_error < NOTHING_SAID


@dataclass(frozen=True)
class TradeOff:
    """Two unknowns of which the data tell a combination better than each: their correlation given the data."""

    one: str
    other: str
    correlation: float


def told(posterior: Posterior, patients: int) -> tuple[Told, ...]:
    """Return what is told of each unknown that the data could say anything about.

    `patients`: how many have records that were read.
    """
    prior = posterior.prior
    sd = np.sqrt(np.diag(prior.covariance))
    ends = prior.values(prior.mean + np.array([0.0, -Z95, Z95])[:, None] * sd)
    held = np.abs(posterior.held).sum(axis=0) > 0 if len(posterior.held) else np.zeros(len(sd), dtype=bool)
    found = []
    shown = {*posterior.active, *range(len(prior.inputs), len(prior.paths)), *np.flatnonzero(held).tolist()}
    for k in sorted(shown):
        z, values = posterior.z[:, k], posterior.values[:, k]
        narrower = float(z.std() / sd[k])
        draws = min(posterior.effective, len(z))
        more = 1 / max(narrower, 1e-3) ** 2 - 1
        worth = patients / more if more > 0.02 else math.inf
        low, middle, high = (float(one) for one in np.quantile(values, [0.025, 0.5, 0.975]))
        found.append(
            Told(
                prior.paths[k], float(ends[0, k]), float(ends[1, k]), float(ends[2, k]), middle, low, high,
                float(values.std() / math.sqrt(draws)),
                *overlap(float(prior.mean[k]), float(sd[k]), float(z.mean()), float(z.std()), draws),
                narrower, worth if patients else math.nan,
                bool(held[k]) and (prior.paths[k].split(".")[-1] in HELD or prior.paths[k] == "response.rho"),
            )
        )  # fmt: skip
    return tuple(found)


def trade_offs(posterior: Posterior) -> tuple[TradeOff, ...]:
    """Return the pairs of unknowns that trade off given the data and did not before, the strongest first."""
    z = posterior.z[:, list(posterior.active)]
    if z.shape[1] < 2:
        return ()
    after = np.asarray(np.corrcoef(z.T))
    sd = np.sqrt(np.diag(posterior.prior.covariance))
    before = posterior.prior.covariance / np.outer(sd, sd)
    paths = posterior.prior.paths
    found = []
    for a, b in combinations(range(len(posterior.active)), 2):
        i, j = posterior.active[a], posterior.active[b]
        if abs(after[a, b]) >= TRADE_OFF and abs(after[a, b]) > abs(before[i, j]) + 0.1:
            found.append(TradeOff(paths[i], paths[j], float(after[a, b])))
    return tuple(sorted(found, key=lambda one: -abs(one.correlation)))
