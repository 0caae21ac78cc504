"""Draws by chains against posteriors in closed form: skewed, of several forms, with an error at every point."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma, polygamma

from sim.learn.chains import CHAINS, apart_beyond_chance, chain_draws, effective_draws
from sim.learn.importance import Proposal, Sample, sample

SHAPE = 4.0
"""Shape of the gamma distributions whose logarithms the unknowns are: skewed to the left."""


class Skewed:
    """A posterior in closed form: unknowns that are logarithms of gamma variables, turned, about a place of its own for
    each form. The likelihood has a lognormal error with mean 1 at every point, always the same there.
    """

    def __init__(self, dimensions, forms, noise=0.0, shift=0.0):
        self.dimensions, self.noise, self.shift = dimensions, noise, shift
        luck = np.random.default_rng(3)
        self.turn = np.linalg.qr(luck.normal(size=(dimensions, dimensions)))[0]
        self.weights = np.array(forms)
        self.places = luck.normal(0, 0.5, (len(forms), dimensions))

    @property
    def means(self):
        """Means in each form, (forms, unknowns)."""
        return self.places + (digamma(SHAPE) + self.shift) * self.turn.sum(axis=0)

    @property
    def sd(self):
        """The standard deviation of every unknown within a form, whichever way it is turned."""
        return math.sqrt(polygamma(1, SHAPE))

    def log_prior(self, x, forms):
        return np.log(self.weights[forms])

    def pieces(self, points, pool, forms):
        x = (np.asarray(points) - self.places[forms]) @ self.turn.T - self.shift
        found = (SHAPE * x - np.exp(x) - math.lgamma(SHAPE)).sum(axis=1)
        ranks = np.abs(np.sin(np.asarray(points).sum(axis=1) * 1e5)) % 1e-2 * 1e2
        errors = self.noise * stats.norm.ppf(np.clip(ranks, 1e-9, 1 - 1e-9)) - self.noise**2 / 2
        return [np.array([one]) for one in found + errors]


def begun(problem, seed):
    """A few points of importance sampling, from a distribution that is off."""
    first = Proposal(
        np.zeros((len(problem.weights), problem.dimensions)), 0.5 * np.eye(problem.dimensions), problem.weights
    )
    with ThreadPoolExecutor(1) as pool:
        return sample(problem, lambda: problem, first, 1e9, pool, seed, rounds=4)


def drawn(problem, seed, wanted=400, likelihoods=None, **more) -> tuple[Sample, float]:
    with ThreadPoolExecutor(1) as pool:
        return chain_draws(problem, likelihoods or [lambda: problem], begun(problem, seed), wanted, pool, seed, **more)


@pytest.mark.parametrize("noise", [0.0, 1.2])
def test_a_skewed_posterior_of_several_forms_is_found_with_the_error_that_is_stated(noise):
    problem = Skewed(12, [0.6, 0.3, 0.1], noise)
    expected = problem.weights @ problem.means
    off, of_forms, spreads = [], [], []
    for seed in range(6):
        found, _ = drawn(problem, seed)
        assert found.effective > 250
        error = np.sqrt((problem.weights @ (problem.means - expected) ** 2 + problem.sd**2) / found.effective)
        off.append((found.x.mean(axis=0) - expected) / error)
        shares = found.of_forms(3)
        of_forms.append((shares - problem.weights) / np.sqrt(problem.weights * (1 - problem.weights)))
        apart = found.x - problem.means[found.forms]
        spreads.append(apart.std(axis=0) / problem.sd)
    assert 0.6 < np.sqrt(np.mean(np.square(off))) < 1.4
    assert np.abs(np.mean(off, axis=0)).max() < 3.5 / math.sqrt(6)
    assert np.abs(np.mean(of_forms, axis=0)).max() < 0.08
    assert np.mean(spreads) == pytest.approx(1.0, abs=0.03)


def test_the_tails_are_found_too():
    """Those of a normal distribution with the same mean and spread hold 0.3 % and 2.4 %."""
    problem = Skewed(6, [1.0])
    beyond = []
    for seed in range(8):
        found, _ = drawn(problem, seed, wanted=2000)
        apart = (found.x - problem.places[0]) @ problem.turn.T
        beyond.append([stats.loggamma(SHAPE).cdf(apart) < 0.01, stats.loggamma(SHAPE).sf(apart) < 0.01])
    assert np.mean([[lower.mean(), upper.mean()] for lower, upper in beyond], axis=0) == pytest.approx(
        [0.01, 0.01], abs=0.002
    )


def test_means_that_differ_between_two_banks_are_told_beyond_chance():
    same, other = Skewed(8, [1.0], 0.8), Skewed(8, [1.0], 0.8, shift=0.3)
    alike = [drawn(same, seed, likelihoods=[lambda: same, lambda: same])[1] for seed in range(5)]
    differ = [drawn(same, seed, likelihoods=[lambda: same, lambda: other])[1] for seed in range(5)]
    expected = np.abs(other.means[0] - same.means[0]).max() / same.sd
    assert np.median(alike) < 0.1
    assert np.median(differ) == pytest.approx(expected, rel=0.4)
    assert apart_beyond_chance(np.random.default_rng(1).normal(size=(10, CHAINS, 3)), 1) == 0.0


def test_what_correlated_draws_are_worth():
    """Autoregressive chains are worth (1 - a) / (1 + a) of their states."""
    luck, part = np.random.default_rng(1), 0.8
    found = []
    for _ in range(20):
        states = np.empty((400, CHAINS, 5))
        states[0] = luck.normal(size=states[0].shape)
        for step in range(1, len(states)):
            states[step] = part * states[step - 1] + math.sqrt(1 - part**2) * luck.normal(size=states[0].shape)
        found.append(effective_draws(states))
    assert np.mean(found) == pytest.approx(400 * CHAINS * (1 - part) / (1 + part), rel=0.08)


def test_chains_that_were_interrupted_go_on_to_the_same_draws():
    problem, kept = Skewed(4, [0.7, 0.3], 0.5), []
    whole, _ = drawn(problem, 2, keep=kept.append)

    class Counting(Skewed):
        asked = 0

        def pieces(self, points, pool, forms):
            self.asked += len(points)
            return super().pieces(points, pool, forms)

    counting = Counting(4, [0.7, 0.3], 0.5)
    half = kept[len(kept) // 2]
    again, _ = drawn(problem, 2, likelihoods=[lambda: counting], known=half)
    assert np.array_equal(whole.x, again.x)
    assert counting.asked == len(kept[-1]) - len(half)
