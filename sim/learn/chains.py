"""Draws from a posterior by many short Markov chains, where importance sampling would take too many points.

A chain's next point keeps a part of where the chain stands, and takes the rest anew from a normal distribution near the
posterior (preconditioned Crank-Nicolson; Cotter, Roberts, Stuart and White 2013, doi:10.1214/13-STS421). So only what
that distribution does not tell of the posterior decides whether the point is taken. The likelihood has an error of its
own at each point, which leaves the draws right as long as a chain keeps the likelihood that its point was taken with
(pseudo-marginal chains; Andrieu and Roberts 2009, doi:10.1214/07-AOS574).

All chains begin among the points that importance sampling has found, forget these for some steps, and are independent
of one another: how far their means differ says what their draws are worth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.learn.importance import WIDER, Proposal, Sample, beyond_chance, by_curvature, flattened, resampled
from sim.learn.problem import Problem
from sim.luck.streams import stream

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Progress = Callable[[int, int], None]

CHAINS = 64
RENEWED = np.array([0.4, 0.7, 1.0, 1.0])
"""Part of a point that is taken anew; each step takes one of these by chance."""
OTHER_FORM = 0.3
"""How often a step tries a form of the model that is drawn anew."""
SPELL, SPELLS = 10, 3
"""Steps after which the normal distribution is found anew while the chains forget where they began, and how often."""
LOOKED = 10
"""Steps after which it is looked at what the draws are worth."""
MOST_STEPS = 120
"""The most steps that count."""
FEWEST_STEPS = 40
ALIKE = 0.05
"""Part of the draws of forms that goes by their prior weights, so that none is left out for good."""


@dataclass
class _Standing:
    """Where the chains stand: points `x`, (chains, active), `forms` and `height`, logarithms of prior times
    likelihood, (chains,).
    """

    x: Floats
    forms: Whole
    height: Floats


def chain_draws(
    problem: Problem,
    likelihoods: Sequence[Callable[[], Problem]],
    found: Sample,
    wanted: float,
    pool: Executor,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
    known: Floats | None = None,
    keep: Callable[[Floats], None] = lambda log_likelihood: None,
) -> tuple[Sample, float]:
    """Return draws of a problem's posterior that are worth `wanted` independent ones, or as many as the most steps
    give, and how far means differ between the likelihoods beyond chance.

    `likelihoods` give the problem over as many banks of people, each once it is needed; every chain belongs to one of
    them. `found`: what importance sampling has found. `progress` is called with the effective draws so far and those
    wanted; `keep` with the logarithms of the likelihoods of all points so far, of which `known` has those of an earlier
    attempt. The second value is in standard deviations of the posterior, of the mean that moves furthest.
    """
    seen = _Seen(
        likelihoods, pool, np.empty(0) if known is None else known, keep, found.x, found.forms, found.log_likelihood
    )
    start = resampled(flattened(found.weights, min(CHAINS, len(found.weights) / 4))[0], CHAINS)
    x, forms = found.x[start], found.forms[start]
    standing = _Standing(x, forms, seen.look(x, forms) + problem.log_prior(x, forms))
    towards = found.proposal
    for spell in range(SPELLS):
        towards = _towards(problem, seen, standing, towards)
        for step in range(SPELL):
            progress(0, int(wanted))
            _step(problem, seen, standing, towards, seed, spell * SPELL + step)
    states: list[tuple[Floats, Whole, Floats]] = []
    towards = _towards(problem, seen, standing, towards)
    for step in range(MOST_STEPS):
        _step(problem, seen, standing, towards, seed, SPELLS * SPELL + step)
        states.append((standing.x, standing.forms, standing.height))
        if len(states) % LOOKED == 0:
            effective = effective_draws(np.array([one for one, _, _ in states]))
            progress(min(int(effective), int(wanted)), int(wanted))
            if effective >= wanted and len(states) >= FEWEST_STEPS:
                break
    x, forms, height = (np.concatenate(parts) for parts in zip(*states, strict=True))
    drawn = Sample(
        x, forms, np.full(len(x), 1 / len(x)), height - problem.log_prior(x, forms), effective,
        effective >= wanted, towards,
    )  # fmt: skip
    return drawn, apart_beyond_chance(np.array([one for one, _, _ in states]), len(likelihoods))


def effective_draws(states: Floats) -> float:
    """Return how many independent draws the states of chains, (steps, chains, unknowns), are worth, on average over the
    unknowns: the variance of an unknown over that of its mean, as far as the means of the chains differ.
    """
    steps, chains, _ = states.shape
    variance = states.reshape(steps * chains, -1).var(axis=0)
    of_mean = states.mean(axis=0).var(axis=0, ddof=1) / chains
    return float(min(1 / np.mean(of_mean / np.maximum(variance, 1e-300)), steps * chains))


def apart_beyond_chance(states: Floats, groups: int) -> float:
    """Return how far the means of two groups of chains, every other one, are apart, in standard deviations, for the
    unknown where it is furthest, beyond what chance makes of the furthest of so many; 0 for one group.
    """
    if groups < 2:
        return 0.0
    means, variance = states.mean(axis=0), states.reshape(-1, states.shape[2]).var(axis=0)
    halves = [means[k::2] for k in range(2)]
    scale = np.maximum(variance, 1e-300)
    off = (halves[0].mean(axis=0) - halves[1].mean(axis=0)) ** 2 / scale
    return beyond_chance(off, sum(half.var(axis=0, ddof=1) / len(half) for half in halves) / scale)


@dataclass
class _Seen:
    """All points that were looked at, with their forms and the logarithms of their likelihoods: those of importance
    sampling, then those of the chains, each over the bank of its chain. What an earlier attempt has left, `known`, is
    taken from there.
    """

    likelihoods: Sequence[Callable[[], Problem]]
    pool: Executor
    known: Floats
    keep: Callable[[Floats], None]
    x: Floats
    forms: Whole
    log_likelihood: Floats

    def __post_init__(self) -> None:
        self._before = len(self.x)

    def look(self, x: Floats, forms: Whole) -> Floats:
        """Return the logarithms of the likelihoods of a point for each chain, (chains,)."""
        done = len(self.x) - self._before
        found = self.known[done : done + CHAINS]
        if len(found) < CHAINS:
            found = np.empty(CHAINS)
            for k, likelihood in enumerate(self.likelihoods):
                mine = slice(k, None, len(self.likelihoods))
                found[mine] = [one.sum() for one in likelihood().pieces(x[mine], self.pool, forms[mine])]
        self.x = np.concatenate([self.x, x])
        self.forms = np.concatenate([self.forms, forms])
        self.log_likelihood = np.concatenate([self.log_likelihood, found])
        self.keep(self.log_likelihood[self._before :])
        return found


def _step(problem: Problem, seen: _Seen, standing: _Standing, towards: Proposal, seed: int, number: int) -> None:
    """Let every chain take a step, or stay."""
    luck = stream(seed, number, 0, "steps of chains")
    factor = np.linalg.cholesky(towards.scale)
    old = np.linalg.solve(factor, (standing.x - towards.centres[standing.forms]).T).T
    part = luck.choice(RENEWED, CHAINS)[:, None]
    new = np.sqrt(1 - part**2) * old + part * luck.standard_normal(old.shape)
    other = luck.choice(len(towards.forms), CHAINS, p=towards.forms)
    forms = np.where(luck.random(CHAINS) < OTHER_FORM, other, standing.forms)
    x = towards.centres[forms] + new @ factor.T
    height = seen.look(x, forms) + problem.log_prior(x, forms)
    beyond = height - _height(towards, new, forms)
    taken = np.log(luck.random(CHAINS)) < beyond - (standing.height - _height(towards, old, standing.forms))
    standing.x = np.where(taken[:, None], x, standing.x)
    standing.forms = np.where(taken, forms, standing.forms)
    standing.height = np.where(taken, height, standing.height)


def _height(towards: Proposal, white: Floats, forms: Whole) -> Floats:
    """Return the logarithm of the density that steps would have if every one were taken, (chains,)."""
    return np.asarray(np.log(towards.forms[forms]) - 0.5 * (white**2).sum(axis=1))


def _towards(problem: Problem, seen: _Seen, standing: _Standing, before: Proposal) -> Proposal:
    """Return the normal distributions near the posterior that steps are taken towards, one for each form."""
    centres, scale = by_curvature(problem, seen.x, seen.forms, seen.log_likelihood, before)
    shares = np.bincount(standing.forms, minlength=len(problem.weights)) / CHAINS
    forms = ALIKE * problem.weights / problem.weights.sum() + (1 - ALIKE) * shares
    return replace(before, centres=centres, scale=WIDER * scale, forms=forms / forms.sum())
