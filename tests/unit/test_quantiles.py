"""Quantile tables against scipy's distributions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import betaincinv, ndtri

from sim.luck.quantiles import (
    CELLS,
    EXPONENTIAL,
    HALF,
    LOWER_RANKS,
    Z_GRID,
    beta_table,
    interpolate,
    lognormal_table,
    position,
    soreness_table,
    truncated_normal_table,
)
from sim.scenario.evidence import Quantity
from sim.scenario.profile import TruncatedNormal
from sim.scenario.schema import Soreness

U = np.random.default_rng(3).random(20_000)
Z = ndtri(U)


def looked_up(table):
    return np.array([interpolate.py_func(table, position.py_func(u)) for u in U])


def test_positions_rise_from_one_end_to_the_other():
    u = np.array([0.0, 2.0**-33, 1e-6, 0.01, 0.3, 0.5, 0.7, 0.99, 1 - 1e-6, 1 - 2.0**-33, 1.0])
    places = np.array([position.py_func(x) for x in u])
    assert (np.diff(places) > 0).all()
    assert (places[0], places[5], places[-1]) == (0, HALF, CELLS)
    np.testing.assert_allclose(places + places[::-1], CELLS, rtol=1e-12)
    np.testing.assert_allclose([position.py_func(u) for u in LOWER_RANKS[1:]], np.arange(1, HALF + 1), rtol=1e-12)


def test_the_normal_of_the_grid_is_nearly_one():
    """The docstring's figures: mean error 4e-7, variance 1e-7 too small; and no worse in the tails than 1e-4."""
    u = (np.arange(400_000) + 0.5) / 400_000
    found = np.array([interpolate.py_func(Z_GRID, position.py_func(x)) for x in u])
    apart = found - ndtri(u)
    assert np.abs(apart).mean() < 5e-7
    assert np.abs(apart).max() < 1e-4
    assert -2e-7 < found.var() - ndtri(u).var() < 0


def test_a_unit_exponential():
    """Relapses come of it: its mean must be that of the ranks, and near 0 its first digits must be right."""
    u = (np.arange(400_000) + 0.5) / 400_000
    found = np.array([interpolate.py_func(EXPONENTIAL, position.py_func(x)) for x in u])
    assert found.mean() == pytest.approx(-np.log1p(-u).mean(), rel=2e-6)
    apart = np.abs(found / -np.log1p(-u) - 1)
    assert apart.max() < 1e-3
    assert np.quantile(apart, 0.998) < 2e-5
    assert (np.diff(EXPONENTIAL) > 0).all()


@pytest.mark.parametrize(("mean", "concentration"), [(0.7, 10), (0.15, 10), (0.371, 1.2), (0.7, 3), (0.5, 0.8)])
def test_beta(mean, concentration):
    expected = stats.beta(mean * concentration, (1 - mean) * concentration).ppf(U)
    table = beta_table(mean, Quantity(value=concentration))
    np.testing.assert_allclose(looked_up(table), expected, atol=1e-5)


def test_every_point_of_a_beta_table_is_a_quantile():
    """For laws from two heaps at the ends to nearly a point, means near the ends among them."""
    random = np.random.default_rng(5)
    for _ in range(300):
        mean = 1 / (1 + np.exp(-random.uniform(-8, 8)))
        alpha, beta = np.array([mean, 1 - mean]) * 10 ** random.uniform(-1.5, 5)
        table = beta_table(float(mean), Quantity(value=float(alpha + beta)))
        known = betaincinv(alpha, beta, LOWER_RANKS), 1 - betaincinv(beta, alpha, LOWER_RANKS[-2::-1])
        np.testing.assert_allclose(table, np.concatenate(known), atol=1e-9)
        assert (np.diff(table) >= -1e-15).all()


@pytest.mark.parametrize(("mean", "sd", "low", "high"), [(5.6, 1.6, 2, 10), (6.0, 1.6, 2, 10), (3, 5, 0, 4)])
def test_truncated_normal(mean, sd, low, high):
    law = TruncatedNormal.model_validate({"mean": mean, "sd": sd, "low": low, "high": high})
    frozen = stats.truncnorm((low - mean) / sd, (high - mean) / sd, loc=mean, scale=sd)
    np.testing.assert_allclose(looked_up(truncated_normal_table(law)), frozen.ppf(U), atol=2e-5)


def test_lognormal_has_its_mean_and_cv():
    sigma = np.sqrt(np.log(1.16))
    expected = stats.lognorm(sigma, scale=20 / np.sqrt(1.16))
    assert abs(expected.mean() - 20) < 1e-9
    assert abs(expected.std() - 8) < 1e-9
    found, known = looked_up(lognormal_table(20.0, 0.4)), expected.ppf(U)
    np.testing.assert_allclose(found, known, rtol=4e-6)
    assert np.abs(found / known - 1).mean() < 5e-7


def test_soreness_duration():
    table = soreness_table(Soreness.model_validate({"mean": 36, "sd": 18, "points": 1.5}))
    np.testing.assert_allclose(looked_up(table), stats.gamma(4, scale=9).ppf(U) / 24, rtol=3e-5, atol=1e-8)


def test_no_spread_is_exact():
    assert (beta_table(0.3, None) == 0.3).all()
    assert (lognormal_table(1.3, 0.0) == 1.3).all()
    assert (lognormal_table(0.0, 0.4) == 0.0).all()
    law = TruncatedNormal.model_validate({"mean": 5, "sd": 0, "low": 2, "high": 10})
    assert interpolate.py_func(truncated_normal_table(law), 1234.567) == 5


def test_tables_rise_and_cover_every_normal():
    table = beta_table(0.7, Quantity(value=10.0))
    assert (np.diff(table) >= 0).all()
    assert len(Z_GRID) == CELLS + 1
    assert 0 <= table[0] < table[-1] <= 1
