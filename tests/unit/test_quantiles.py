"""Quantile tables against scipy's distributions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import betaincinv, ndtr

from sim.patient.quantiles import (
    CELLS,
    Z_GRID,
    beta_table,
    interpolate,
    lognormal_table,
    rank_position,
    soreness_table,
    truncated_normal_table,
    z_position,
)
from sim.scenario.profile import BetaShare, LogNormalDays, TruncatedNormal
from sim.scenario.schema import SorenessDuration

Z = np.random.default_rng(3).standard_normal(20_000)


def looked_up(table):
    return np.array([interpolate(table, z_position(z)) for z in Z])


@pytest.mark.parametrize(("mean", "concentration"), [(0.7, 10), (0.15, 10), (0.38, 5), (0.73, 8), (0.5, 0.8)])
def test_beta(mean, concentration):
    law = BetaShare.model_validate({"mean": mean, "concentration": concentration})
    expected = stats.beta(mean * concentration, (1 - mean) * concentration).ppf(stats.norm.cdf(Z))
    np.testing.assert_allclose(looked_up(beta_table(law)), expected, atol=1e-5)


def test_every_point_of_a_beta_table_is_a_quantile():
    """For laws from two heaps at the ends to nearly a point, means near the ends among them."""
    random = np.random.default_rng(5)
    lower = Z_GRID <= 0
    for _ in range(300):
        mean = 1 / (1 + np.exp(-random.uniform(-8, 8)))
        alpha, beta = np.array([mean, 1 - mean]) * 10 ** random.uniform(-1.5, 5)
        law = BetaShare.model_validate({"mean": float(mean), "concentration": float(alpha + beta)})
        table = beta_table(law)
        known = betaincinv(alpha, beta, ndtr(Z_GRID[lower])), 1 - betaincinv(beta, alpha, ndtr(-Z_GRID[~lower]))
        np.testing.assert_allclose(table, np.concatenate(known), atol=1e-9)
        assert (np.diff(table) >= -1e-15).all()


@pytest.mark.parametrize(("mean", "sd", "low", "high"), [(5.6, 1.6, 2, 10), (6.0, 1.6, 2, 10), (3, 5, 0, 4)])
def test_truncated_normal(mean, sd, low, high):
    law = TruncatedNormal.model_validate({"mean": mean, "sd": sd, "low": low, "high": high})
    frozen = stats.truncnorm((low - mean) / sd, (high - mean) / sd, loc=mean, scale=sd)
    np.testing.assert_allclose(looked_up(truncated_normal_table(law)), frozen.ppf(stats.norm.cdf(Z)), atol=2e-5)


def test_lognormal_has_its_mean_and_cv():
    law = LogNormalDays.model_validate({"mean": 20, "cv": 0.4})
    sigma = np.sqrt(np.log(1.16))
    expected = stats.lognorm(sigma, scale=20 / np.sqrt(1.16))
    assert abs(expected.mean() - 20) < 1e-9
    assert abs(expected.std() - 8) < 1e-9
    np.testing.assert_allclose(looked_up(lognormal_table(law)), expected.ppf(stats.norm.cdf(Z)), rtol=2e-6)


def test_soreness_duration():
    table = soreness_table(SorenessDuration.model_validate({"mean": 36, "sd": 18}))
    u = np.random.default_rng(4).random(20_000)
    found = np.array([interpolate(table, rank_position(x)) for x in u])
    np.testing.assert_allclose(found, stats.gamma(4, scale=9).ppf(u) / 24, rtol=3e-5, atol=1e-8)


def test_no_spread_is_exact():
    assert (beta_table(BetaShare.model_validate({"mean": 0.3})) == 0.3).all()
    law = TruncatedNormal.model_validate({"mean": 5, "sd": 0, "low": 2, "high": 10})
    assert interpolate(truncated_normal_table(law), 1234.567) == 5


def test_tables_rise_and_cover_every_normal():
    law = BetaShare.model_validate({"mean": 0.7, "concentration": 10})
    assert (np.diff(beta_table(law)) >= 0).all()
    assert len(Z_GRID) == CELLS + 1
    assert interpolate(beta_table(law), z_position(40.0)) <= 1
    assert interpolate(beta_table(law), z_position(-40.0)) >= 0
