"""Draws from a posterior by adaptive importance sampling.

Rounds of evenly spread points are drawn from multivariate t distributions, each with the mean and covariance of what
the rounds before it have found; all points of all rounds are weighed by the mixture they come from (deterministic
mixture weights; Cornuet, Marin, Mira and Robert 2012, doi:10.1111/j.1467-9469.2011.00756.x).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, gammaincinv, gammaln, ndtri

from sim.learn.problem import Problem
from sim.study.inputs import Points

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Progress = Callable[[int, int], None]

FEWEST_DEGREES = 8
"""Degrees of freedom of the proposals, or one for each unknown if these are more: tails heavier than those of any
posterior that is nearly normal."""
POINTS = 256
"""Points of a round."""
MOST_ROUNDS = 12
FEWEST = 4
"""Points for each unknown that a covariance of weighted points is told by at the least."""
TRUSTED = 8
"""Points for each unknown at which a covariance of theirs counts as much as the curvature of the densities."""
CURVES, LEANS = 0.05, 2.0
"""How far the curvature and the slope of a posterior are thought to be from those of the proposal before, as standard
deviations where the proposal has curvature 1."""
FLATTEST = 0.3
"""Least curvature that is believed, in units of that of the proposal before."""
SWEEPS = 8
OUTLYING = 3.0
"""Standard deviations from the quadric from which on a point counts for less and less."""
WIDER = 1.1
"""By how much a proposal is wider than what it is taken from."""


@dataclass(frozen=True)
class Proposal:
    """Multivariate t distributions, one for each form of the model: their `centres`, (forms, active), the `scale`
    matrix that they share, and how often each form is drawn, `forms` (forms,), summing to 1.
    """

    centres: Floats
    scale: Floats
    forms: Floats

    @property
    def likeliest(self) -> Floats:
        """The centre of the form that is drawn most often, (active,)."""
        return np.asarray(self.centres[int(np.argmax(self.forms))])

    @property
    def _degrees(self) -> float:
        return float(max(FEWEST_DEGREES, len(self.scale)))

    def at(self, points: Floats) -> tuple[Floats, Whole]:
        """Return points of the distributions, (points, active), with their forms, (points,), at points of the unit
        cube, (points, active + 2).
        """
        reached = np.cumsum(self.forms) / self.forms.sum()
        forms = np.asarray(np.minimum(np.searchsorted(reached, points[:, -1]), len(reached) - 1), dtype=np.int64)
        chi2 = 2.0 * gammaincinv(self._degrees / 2, points[:, -2])
        normal = ndtri(points[:, :-2]) * np.sqrt(self._degrees / chi2)[:, None]
        return np.asarray(self.centres[forms] + normal @ np.linalg.cholesky(self.scale).T), forms

    def log_density(self, x: Floats, forms: Whole) -> Floats:
        """Return the logarithm of the density of points, (points, active), with their forms, (points,)."""
        d, degrees, factor = len(self.scale), self._degrees, np.linalg.cholesky(self.scale)
        squares = (np.linalg.solve(factor, (x - self.centres[forms]).T) ** 2).sum(axis=0)
        constant = gammaln((degrees + d) / 2) - gammaln(degrees / 2) - d / 2 * math.log(degrees * math.pi)
        whole = constant - np.log(np.diag(factor)).sum() - (degrees + d) / 2 * np.log1p(squares / degrees)
        return np.asarray(whole + np.log(self.forms[forms]))


@dataclass(frozen=True)
class Sample:
    """Weighted points from a posterior: `x`, (points, active), the `forms` of the model they are of, (points,),
    `weights` that sum to 1, and the logarithm of the likelihood of all data at each.

    `effective`: how many independent draws they are worth; `is_enough`: whether that is what was wanted.
    """

    x: Floats
    forms: Whole
    weights: Floats
    log_likelihood: Floats
    effective: float
    is_enough: bool
    proposal: Proposal

    def of_forms(self, number: int) -> Floats:
        """Return how likely each of a number of forms is, (forms,)."""
        return np.asarray(np.bincount(self.forms, self.weights, minlength=number), dtype=np.float64)


def sample(
    problem: Problem,
    likelihood: Callable[[], Problem],
    first: Proposal,
    wanted: float,
    pool: Executor,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
    rounds: int = MOST_ROUNDS,
    known: Floats | None = None,
    keep: Callable[[Floats], None] = lambda log_likelihood: None,
) -> Sample:
    """Return points of a problem's posterior that are worth `wanted` independent draws, or as many as `rounds` give.

    `likelihood` gives the problem over the people whom it is averaged over, once it is needed. `progress` is called
    with the effective draws so far and those wanted; `keep` with the logarithms of the likelihoods after each round,
    of which `known` has those of an earlier attempt.
    """
    d = problem.dimensions
    before = np.empty(0) if known is None else known
    unit = Points(seed, d + 2, "posterior")
    proposals: list[Proposal] = [first]
    x, forms, log_likelihood = np.empty((0, d)), np.empty(0, np.int64), np.empty(0)
    for number in range(rounds):
        drawn, of = proposals[-1].at(unit.first((number + 1) * POINTS)[number * POINTS :])
        x, forms = np.concatenate([x, drawn]), np.concatenate([forms, of])
        likely = before[number * POINTS : (number + 1) * POINTS]
        if len(likely) < POINTS:
            likely = np.array([pieces.sum() for pieces in likelihood().pieces(drawn, pool, of)])
        log_likelihood = np.concatenate([log_likelihood, likely])
        keep(log_likelihood)
        found = _weighed(problem, x, forms, log_likelihood, proposals, wanted)
        progress(min(int(found.effective), int(wanted)), int(wanted))
        proposals.append(_next(problem, found, proposals[-1], len(proposals) % 2 == 0))
        if found.is_enough:
            break
    return replace(found, proposal=proposals[-1])


def _weighed(
    problem: Problem, x: Floats, forms: Whole, log_likelihood: Floats, proposals: list[Proposal], wanted: float
) -> Sample:
    mixed = [one.log_density(x, forms) for one in proposals]
    log_weights = log_likelihood + problem.log_prior(x, forms) - np.logaddexp.reduce(mixed, axis=0)
    weights = truncated(np.exp(log_weights - log_weights.max()))
    effective = 1.0 / float((weights**2).sum())
    return Sample(x, forms, weights, log_likelihood, effective, effective >= wanted, proposals[-1])


def truncated(weights: Floats) -> Floats:
    """Return weights, summing to 1, of which none stands for all: truncated importance sampling (Ionides 2008,
    doi:10.1198/106186008X320456).
    """
    kept = np.minimum(weights, weights.mean() * math.sqrt(len(weights)))
    return np.asarray(kept / kept.sum())


def _next(problem: Problem, found: Sample, before: Proposal, by_moments: bool) -> Proposal:
    """Return where to draw next: by the curvature of the posterior, and in turn by the means and covariances of what
    was found, as far as there are enough points for these.
    """
    d = problem.dimensions
    weights, worth = flattened(found.weights, min(FEWEST * d, 0.25 * len(found.weights)))
    forms = 0.5 * problem.weights + 0.5 * np.bincount(found.forms, weights, minlength=len(problem.weights))
    centres, scale = by_curvature(problem, found.x, found.forms, found.log_likelihood, before)
    if by_moments and found.effective >= FEWEST * d:
        trust = worth / (worth + TRUSTED * d)
        apart = found.x - centres[found.forms]
        mean = weights @ apart
        covariance = (weights[:, None] * (apart - mean)).T @ (apart - mean)
        centres, scale = centres + mean, trust * covariance + (1 - trust) * scale
    return Proposal(centres, WIDER * scale + 1e-9 * np.eye(d), forms / forms.sum())


def by_curvature(
    problem: Problem, x: Floats, forms: Whole, log_likelihood: Floats, before: Proposal
) -> tuple[Floats, Floats]:
    """Return the means for each form, (forms, active), and the covariance of the normal distributions whose densities
    are nearest to the posterior's: a quadric through the logarithm of the density at all points, with a height and a
    slope for each form, found by ridge regression towards the quadric of the proposal before.

    Densities tell a curvature from far fewer points than their scatter does.
    """
    n, d = x.shape
    scale = before.scale / WIDER
    factor = np.linalg.cholesky(scale)
    y = np.linalg.solve(factor, (x - before.centres[forms]).T).T
    pairs = np.triu_indices(d)
    present = np.unique(forms)
    of = (forms[:, None] == present).astype(float)
    own = (of[:, 1:, None] * y[:, None, :]).reshape(n, -1)
    curved = -y[:, pairs[0]] * y[:, pairs[1]] * np.where(pairs[0] == pairs[1], 0.5, 1.0)
    design = np.column_stack([of, y, own, curved])
    spread = np.concatenate(
        [np.full(of.shape[1], 1e3), np.full(d + own.shape[1], LEANS), np.full(curved.shape[1], CURVES)]
    )
    height = log_likelihood + problem.log_prior(x, forms)
    of_before = -0.5 * (y**2).sum(axis=1)
    wanted = height - height.max() - of_before
    found, off, variance = of_before, np.zeros(n), 1.0
    for _ in range(SWEEPS):
        # By what was fitted: chosen by their own heights, points would be those whose errors are favourable.
        beyond = np.maximum(found.max() - found - d / 2 - 1, 0.0) / (d / 2 + 1)
        near = 1.0 / (1.0 + beyond**2)
        weight = near / (1.0 + off**2 / (OUTLYING**2 * variance))
        left = (design.T * (weight / variance)) @ design + np.diag(1 / spread**2)
        fitted = np.linalg.solve(left, design.T @ (weight * wanted) / variance)
        found = design @ fitted + of_before
        off = wanted - design @ fitted
        variance = max((1.5 * float(np.median(np.abs(off[near >= np.median(near)])))) ** 2, 1e-3)
    curvature = np.zeros((d, d))
    curvature[pairs] = fitted[len(fitted) - curved.shape[1] :]
    values, vectors = np.linalg.eigh(np.eye(d) + curvature + np.triu(curvature, 1).T)
    narrowed = (vectors / np.maximum(values, FLATTEST)) @ vectors.T
    slopes = np.tile(fitted[len(present) : len(present) + d], (len(before.centres), 1))
    slopes[present[1:]] += fitted[len(present) + d : len(present) + d + own.shape[1]].reshape(-1, d)
    centres = before.centres + slopes @ narrowed @ factor.T
    return np.asarray(centres), np.asarray(factor @ narrowed @ factor.T)


def flattened(weights: Floats, least: float) -> tuple[Floats, float]:
    """Return weights, summing to 1, to the highest power with which they are worth so many points, and what they are
    worth.
    """
    power = 1.0
    while True:
        flat = weights**power
        flat /= flat.sum()
        worth = 1.0 / float((flat**2).sum())
        if worth >= least or power <= 0.01:
            return flat, worth
        power *= 0.8


def beyond_chance(moves: Floats, chance: Floats) -> float:
    """Return how far the furthest of several means has moved, beyond what chance makes of the furthest of so many.

    `moves` of each, squared, and their variances by `chance`, (unknowns,), which alone would move the furthest of so
    many much further than each by itself.
    """
    furthest = chdtri(1, 1 - 0.5 ** (1 / len(moves)))
    return math.sqrt(max(float((moves - furthest * chance).max(initial=0.0)), 0.0))


def resampled(weights: Floats, number: int, offset: float = 0.5) -> NDArray[np.int64]:
    """Return `number` places of weighted points such that each comes as often as its weight says (systematic
    resampling).

    >>> resampled(np.array([0.5, 0.0, 0.5]), 4).tolist()
    [0, 0, 2, 2]
    """
    at = (np.arange(number) + offset) / number
    return np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)
