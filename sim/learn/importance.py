"""Draws from a posterior by adaptive importance sampling.

Rounds of evenly spread points are drawn from multivariate t distributions, each with the mean and covariance of what
the rounds before it have found; all points of all rounds are weighed by the mixture they come from (deterministic
mixture weights; Cornuet, Marin, Mira and Robert 2012, doi:10.1111/j.1467-9469.2011.00756.x).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv, gammaln, ndtri

from sim.learn.problem import Problem
from sim.study.inputs import Points

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Progress = Callable[[int, int], None]

DEGREES = 8.0
"""Degrees of freedom of the proposals: tails heavier than those of any posterior that is nearly normal."""
POINTS = 256
"""Points of a round."""
MOST_ROUNDS = 20
STRONG = 1.0
"""Information, in units of the prior's, from which on the data tell more of a direction than the prior."""
TRUSTED = 8
"""Points for each unknown at which a covariance of theirs counts as much as what is known of it without them."""
WEAK = 0.3, 1.3
"""Bounds of the variance in directions that the data tell little of, in units of the prior's."""
NEEDED = 1.4
"""Points for each term of a quadric that is fitted to densities."""
FEWEST = 4
"""Points for each unknown that a covariance is told by at the least."""
WIDER = 1.15
"""By how much a proposal is wider than what it is taken from."""


@dataclass(frozen=True)
class Proposal:
    """A multivariate t distribution with DEGREES degrees of freedom: its centre, (active,), and scale matrix; and how
    often each form of the model is drawn beside it, (forms,).
    """

    centre: Floats
    scale: Floats
    forms: Floats

    def at(self, points: Floats) -> Floats:
        """Return the points of the distribution, (points, active), at points of the unit cube, (points, active + 2)."""
        chi2 = 2.0 * gammaincinv(DEGREES / 2, points[:, -2])
        normal = ndtri(points[:, :-2]) * np.sqrt(DEGREES / chi2)[:, None]
        return np.asarray(self.centre + normal @ np.linalg.cholesky(self.scale).T)

    def forms_at(self, ranks: Floats) -> Whole:
        """Return the forms at ranks between 0 and 1, (points,)."""
        reached = np.cumsum(self.forms) / self.forms.sum()
        return np.asarray(np.minimum(np.searchsorted(reached, ranks), len(reached) - 1), dtype=np.int64)

    def log_density(self, x: Floats) -> Floats:
        """Return the logarithm of the density, (points,), at points, (points, active)."""
        d, factor = len(self.centre), np.linalg.cholesky(self.scale)
        squares = (np.linalg.solve(factor, (x - self.centre).T) ** 2).sum(axis=0)
        constant = gammaln((DEGREES + d) / 2) - gammaln(DEGREES / 2) - d / 2 * math.log(DEGREES * math.pi)
        whole = constant - np.log(np.diag(factor)).sum() - (DEGREES + d) / 2 * np.log1p(squares / DEGREES)
        return np.asarray(whole)


@dataclass(frozen=True)
class Told:
    """Directions among the unknowns, as orthonormal columns of `basis`, (active, active), and of which of them the data
    tell more than the prior, `strong`, (active,).
    """

    basis: Floats
    strong: NDArray[np.bool_]

    @classmethod
    def by(cls, information: Floats) -> Told:
        """Return the directions by what the data tell beside a standard normal prior, (active, active)."""
        values, vectors = np.linalg.eigh(information)
        return cls(np.asarray(vectors), np.asarray(values > STRONG))


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
    first: Proposal,
    told: Told,
    wanted: float,
    pool: Executor,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
    rounds: int = MOST_ROUNDS,
) -> Sample:
    """Return points of a problem's posterior that are worth `wanted` independent draws, or as many as `rounds` give.

    `progress` is called with the effective draws so far and those wanted.
    """
    d = problem.dimensions
    unit = Points(seed, d + 2, "posterior")
    proposals: list[Proposal] = [first]
    x, forms, log_likelihood = np.empty((0, d)), np.empty(0, np.int64), np.empty(0)
    for number in range(rounds):
        points = unit.first((number + 1) * POINTS)[number * POINTS :]
        drawn, of = proposals[-1].at(points), proposals[-1].forms_at(points[:, -1])
        x, forms = np.concatenate([x, drawn]), np.concatenate([forms, of])
        likely = [pieces.sum() for pieces in problem.pieces(drawn, pool, of)]
        log_likelihood = np.concatenate([log_likelihood, likely])
        found = _weighed(problem, x, forms, log_likelihood, proposals, wanted)
        progress(min(int(found.effective), int(wanted)), int(wanted))
        if found.is_enough:
            break
        proposals.append(_next(problem, found, proposals, told))
    return found


def _weighed(
    problem: Problem, x: Floats, forms: Whole, log_likelihood: Floats, proposals: list[Proposal], wanted: float
) -> Sample:
    mixed = [one.log_density(x) + np.log(one.forms[forms]) for one in proposals]
    log_weights = log_likelihood + problem.log_prior(x, forms) - np.logaddexp.reduce(mixed, axis=0)
    weights = np.exp(log_weights - log_weights.max())
    weights = truncated(weights)
    effective = 1.0 / float((weights**2).sum())
    return Sample(x, forms, weights, log_likelihood, effective, effective >= wanted, proposals[-1])


def truncated(weights: Floats) -> Floats:
    """Return weights, summing to 1, of which none stands for all: truncated importance sampling (Ionides 2008,
    doi:10.1198/106186008X320456).
    """
    kept = np.minimum(weights, weights.mean() * math.sqrt(len(weights)))
    return np.asarray(kept / kept.sum())


def _next(problem: Problem, found: Sample, proposals: Sequence[Proposal], told: Told) -> Proposal:
    """Return where to draw next: in turn by the means and covariances of what was found, and by its curvature."""
    power = 1.0
    least = min(FEWEST * problem.dimensions, 0.25 * len(found.weights))
    while (flat := _flattened(found.weights, power))[1] < least and power > 0.01:
        power *= 0.8
    weights, worth = flat
    by_moments = _by_moments(found.x, weights, worth, told)
    by_curvature = _by_curvature(found) if len(proposals) % 2 else None
    centre, scale = by_curvature or by_moments
    forms = 0.5 * problem.weights + 0.5 * np.bincount(found.forms, weights, minlength=len(problem.weights))
    wider = WIDER * (DEGREES - 2) / DEGREES
    return Proposal(centre, wider * scale + 1e-9 * np.eye(len(centre)), forms)


def _by_moments(x: Floats, weights: Floats, worth: float, told: Told) -> tuple[Floats, Floats]:
    """Return the mean and covariance of weighted points that are worth so many.

    Where few points carry most of the weight, weights were flattened before, so that a proposal that is too narrow
    grows where it was found to be so. A covariance of few points is too narrow in some direction by chance, so the more
    it is kept to what the data tell of the directions the fewer points there are: full among those they tell, none
    between these and the others.
    """
    d = x.shape[1]
    trust = worth / (worth + TRUSTED * d)
    y = x @ told.basis
    mean = weights @ y
    apart = y - mean
    whole = (weights[:, None] * apart).T @ apart
    simple = np.where(np.outer(told.strong, told.strong) | np.eye(d, dtype=bool), whole, 0.0)
    weak = ~told.strong
    simple[weak, weak] = np.clip(simple[weak, weak], *WEAK)
    scale = trust * whole + (1 - trust) * simple
    centre = np.where(told.strong, mean, trust * mean)
    return np.asarray(told.basis @ centre), np.asarray(told.basis @ scale @ told.basis.T)


def _by_curvature(found: Sample) -> tuple[Floats, Floats] | None:
    """Return the mean and covariance of the normal distribution whose density is nearest to the posterior's, by least
    squares on the logarithm of the likelihood at the likelier points; None where there are too few of them.

    Densities tell a curvature from far fewer points than their scatter does.
    """
    n, d = found.x.shape
    pairs = np.triu_indices(d)
    terms = 1 + d + len(pairs[0])
    if n < NEEDED * terms:
        return None
    height = found.log_likelihood - 0.5 * (found.x**2).sum(axis=1)
    likely = np.argsort(height)[-max(int(NEEDED * terms), n // 2) :]
    x = found.x[likely]
    second = x[:, pairs[0]] * x[:, pairs[1]]
    weight = np.exp(np.maximum((height[likely] - height.max()) / (2 * d), -6.0))
    names = np.unique(found.forms[likely])
    design = np.column_stack([found.forms[likely][:, None] == names, x, second])
    penalty = np.diag(np.concatenate([np.zeros(len(names)) + 1e-6, np.full(d, 1e-3), np.full(len(pairs[0]), 0.1)]))
    left, right = design * weight[:, None], found.log_likelihood[likely] - found.log_likelihood[likely].max()
    fitted = np.linalg.solve(left.T @ design + penalty, left.T @ right)
    curvature = np.zeros((d, d))
    curvature[pairs] = -fitted[len(names) + d :]
    values, vectors = np.linalg.eigh(curvature + curvature.T + np.eye(d))
    precision = np.clip(values, 1 / WEAK[1], None)
    scale = (vectors / precision) @ vectors.T
    centre = scale @ fitted[len(names) : len(names) + d]
    away = vectors.T @ (centre - x[-1])
    if float((away**2 * precision).sum()) > 4 * d:  # the quadric has its top far from all that was likely
        return None
    return np.asarray(centre), np.asarray(scale)


def _flattened(weights: Floats, power: float) -> tuple[Floats, float]:
    """Return weights to a power, summing to 1, and how many points they are worth."""
    flat = weights**power
    flat /= flat.sum()
    return flat, 1.0 / float((flat**2).sum())


def resampled(weights: Floats, number: int, offset: float = 0.5) -> NDArray[np.int64]:
    """Return `number` places of weighted points such that each comes as often as its weight says (systematic
    resampling).

    >>> resampled(np.array([0.5, 0.0, 0.5]), 4).tolist()
    [0, 0, 2, 2]
    """
    at = (np.arange(number) + offset) / number
    return np.minimum(np.searchsorted(np.cumsum(weights), at), len(weights) - 1)
