"""What a prior and a posterior have in common, by draws: without a bias to speak of, and with its error."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from sim.learn.overlap import common, overlap


def shared(shift, ratio):
    """Return what N(0, 1) and N(shift, ratio²) have in common, by the places where their densities cross."""
    if ratio == 1:
        return 2 * norm.cdf(-abs(shift) / 2)
    a, b = 1 / ratio**2 - 1, -2 * shift / ratio**2
    c = shift**2 / ratio**2 + 2 * math.log(ratio)
    low, high = sorted((-b + sign * math.sqrt(b * b - 4 * a * c)) / (2 * a) for sign in (-1, 1))
    wide, narrow = (norm, norm(shift, ratio)) if ratio < 1 else (norm(shift, ratio), norm)
    return wide.cdf(high) - wide.cdf(low) + narrow.cdf(low) + narrow.sf(high)


CASES = [(0, 1), (0.1, 1), (0.5, 1), (-1, 1), (0, 0.8), (0.25, 0.6), (0, 0.3), (1, 0.5), (0.4, 1.3)]


@pytest.mark.parametrize(("shift", "ratio"), CASES)
def test_what_normal_distributions_have_in_common_is_the_closed_form(shift, ratio):
    assert common(np.array([shift]), np.array([ratio]))[0] == pytest.approx(shared(shift, ratio), abs=1e-4)
    found, error = overlap(3.0, 2.0, 3.0 + 2 * shift, 2 * ratio, 1e9)
    assert found == pytest.approx(shared(shift, ratio), abs=2e-4)
    assert error < 1e-3


def by_draws(shift, ratio, draws, times=300):
    """Return the overlaps with their errors that as many posteriors of so many draws show, and the uncorrected ones."""
    luck = np.random.default_rng(8)
    z = shift + ratio * luck.standard_normal((times, draws))
    plain = common(z.mean(axis=1), z.std(axis=1))
    return np.array([overlap(0, 1, one.mean(), one.std(), draws) for one in z]).T, plain


@pytest.mark.parametrize("draws", [131, 400])
def test_the_same_distribution_is_nearly_all_in_common_within_its_error(draws):
    (found, errors), plain = by_draws(0, 1, draws)
    assert 1 - found.mean() < 0.75 * (1 - plain.mean())
    assert (1 - found).mean() < 1.25 * errors.mean()
    assert np.mean(found + 2 * errors >= 1) > 0.8
    assert np.mean(found + 3 * errors >= 1) > 0.97
    assert found.max() <= 1


@pytest.mark.parametrize(("shift", "ratio"), [(0.25, 0.99), (0.5, 1), (0, 0.8), (1, 0.5)])
def test_errors_are_what_repetition_shows_and_there_is_no_bias(shift, ratio):
    (found, errors), _ = by_draws(shift, ratio, 200)
    assert found.mean() == pytest.approx(shared(shift, ratio), abs=0.2 * found.std())
    assert errors.mean() == pytest.approx(found.std(), rel=0.15)
    assert 0.88 < np.mean(np.abs(found - shared(shift, ratio)) < 2 * errors) < 0.99
