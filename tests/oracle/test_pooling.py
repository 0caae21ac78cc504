"""Pooling against statsmodels, PyMARE, quadrature and sums by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from sim.learn.arm_table import read_arms
from sim.learn.contrasts import effects_of
from sim.learn.synthesis import Effects, at_spread, leave_one_out, pool, restricted

pymare = pytest.importorskip("pymare")
meta_analysis = pytest.importorskip("statsmodels.stats.meta_analysis")

BCG = (
    (-0.8893, -1.5854, -1.3481, -1.4416, -0.2175, -0.7861, -1.6209, 0.0120, -0.4694, -1.3713, -0.3394, 0.4459, -0.0173),
    (0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069, 0.2230, 0.0040, 0.0564, 0.0730, 0.0124, 0.5325, 0.0714),
)
"""Log risk ratios of tuberculosis after vaccination and their variances, 13 trials (Colditz 1994)."""
EYSENCK = (
    (2.38, 2.11, 1.47, 1.93, 2.84, 2.26, 2.24, 1.21), (0.31, 0.60, 0.23, 0.44, 0.30, 0.67, 0.36, 0.29),
)  # fmt: skip
ALIKE = ((0.30, 0.31, 0.29, 0.32, 0.30), (0.04, 0.05, 0.06, 0.04, 0.05))
EXAMPLES = {"bcg": BCG, "eight": EYSENCK, "alike": ALIKE}


def effects(values, variances):
    names = tuple(f"trial {k}" for k in range(len(values)))
    return Effects(names, names, np.array(values), np.diag(variances))


@pytest.mark.parametrize("name", EXAMPLES)
def test_pooling_is_that_of_pymare(name):
    values, variances = EXAMPLES[name]
    found = pool(effects(values, variances))
    data = pymare.Dataset(
        y=np.array(values)[:, None], v=np.array(variances)[:, None], X=np.ones((len(values), 1)), add_intercept=False
    )
    theirs = pymare.estimators.VarianceBasedLikelihoodEstimator(method="REML").fit_dataset(data).summary()
    fixed = theirs.get_fe_stats()
    spread = theirs.get_re_stats()
    assert found.tau**2 == pytest.approx(float(np.ravel(spread["tau^2"])[0]), abs=2e-5)
    assert found.mean == pytest.approx(fixed["est"].item(), abs=1e-5)
    assert found.tau_interval[0] ** 2 == pytest.approx(float(np.ravel(spread["ci_l"])[0]), abs=1e-5)
    assert found.tau_interval[1] ** 2 == pytest.approx(float(np.ravel(spread["ci_u"])[0]), abs=1e-5)
    other = theirs.get_heterogeneity_stats()
    assert found.q == pytest.approx(other["Q"].item())
    assert found.p == pytest.approx(other["p(Q)"].item())
    assert 100 * found.i2 == pytest.approx(max(other["I^2"].item(), 0))


@pytest.mark.parametrize("name", EXAMPLES)
def test_intervals_are_those_of_statsmodels_at_its_spread(name):
    values, variances = map(np.array, EXAMPLES[name])
    theirs = meta_analysis.combine_effects(values, variances, method_re="iterated")
    at = at_spread(effects(values, variances), math.sqrt(theirs.tau2))
    assert at.mean == pytest.approx(theirs.mean_effect_re)
    assert math.sqrt(at.variance) == pytest.approx(theirs.sd_eff_w_re)
    df = len(values) - 1
    reach = stats.t.ppf(0.975, df) * math.sqrt(at.variance * at.squares / df)
    low, high = theirs.conf_int(use_t=True)[3]  # that of random effects, scaled, with t
    assert (at.mean - reach, at.mean + reach) == (pytest.approx(low, rel=1e-6), pytest.approx(high, rel=1e-6))


def test_the_published_figures_of_the_vaccine_trials():
    """Viechtbauer 2010 (doi:10.18637/jss.v036.i03): mean -0.7145 (0.1798), tau^2 0.3132, I^2 of Q 92 %."""
    found = pool(effects(*BCG))
    assert (round(found.mean, 4), round(found.error, 4)) == (-0.7145, 0.1798)
    assert found.tau**2 == pytest.approx(0.3132, abs=2e-4)
    assert tuple(round(one, 2) for one in found.normal) == (-1.07, -0.36)
    assert found.tau_interval[0] ** 2 == pytest.approx(0.1197, abs=1e-3)
    assert found.tau_interval[1] ** 2 == pytest.approx(1.1115, abs=1e-3)


def test_trials_more_alike_than_chance_keep_the_wider_interval():
    found = pool(effects(*ALIKE))
    assert found.tau == 0
    assert found.hartung_knapp[1] < found.normal[1]
    assert found.interval == found.normal


def arms(tmp_path, rows, heading="trial,arm,treatment,n,reduction,sd"):
    file = tmp_path / "arms.csv"
    file.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return read_arms(file)


THREE = [
    "A,one,needle,50,2.0,2.0", "A,two,needle,50,3.0,2.0", "A,sham,sham,25,1.0,1.0",
    "B,one,needle,100,2.0,1.0", "B,sham,sham,100,1.0,1.0",
]  # fmt: skip


def test_a_three_arm_trial_by_hand(tmp_path):
    """Two differences share the control of A: covariance 1/25 = 0.04, variances 4/50 + 0.04 = 0.12; B has 0.02."""
    asked = effects_of(arms(tmp_path, THREE), "needle", "sham")
    effects = asked.effects
    assert effects.trials == ("A", "A", "B")
    assert effects.values.tolist() == [1.0, 2.0, 1.0]
    assert effects.covariance == pytest.approx(np.array([[0.12, 0.04, 0], [0.04, 0.12, 0], [0, 0, 0.02]]))
    # The two of A together: mean 1.5 with variance (0.12 + 0.04) / 2 = 0.08, so weights 12.5 and 50.
    at = at_spread(effects, 0.0)
    assert at.mean == pytest.approx((1.5 * 12.5 + 1.0 * 50) / 62.5)
    assert at.variance == pytest.approx(1 / 62.5)
    assert at.weights == pytest.approx([0.1, 0.1, 0.8])
    # With a spread of tau^2 = 0.1: variances 0.22 and covariance 0.09 in A, together 0.155; B 0.12.
    at = at_spread(effects, math.sqrt(0.1))
    first, second = 1 / 0.155, 1 / 0.12
    assert at.mean == pytest.approx((1.5 * first + second) / (first + second))
    assert at.variance == pytest.approx(1 / (first + second))


def test_an_arm_given_in_two_halves_counts_once(tmp_path):
    """Splitting a needled arm in two halves alike changes nothing of the mean and its error without spread."""
    halves = ["A,one,needle,50,2.0,2.0", "A,two,needle,50,2.0,2.0", "A,sham,sham,80,1.0,2.0",
              "B,one,needle,100,2.5,1.0", "B,sham,sham,100,1.0,1.0"]  # fmt: skip
    whole = ["A,one,needle,100,2.0,2.0", *halves[2:]]
    found = [at_spread(effects_of(arms(tmp_path, rows), "needle", "sham").effects, 0.0) for rows in (halves, whole)]
    assert found[0].mean == pytest.approx(found[1].mean)
    assert found[0].variance == pytest.approx(found[1].variance)


def test_the_order_of_rows_changes_nothing(tmp_path):
    first, other = (pool(effects_of(arms(tmp_path, rows), "needle", "sham").effects) for rows in (THREE, THREE[::-1]))
    assert first.mean == pytest.approx(other.mean, abs=1e-9)
    assert first.tau == pytest.approx(other.tau, abs=1e-6)


def test_shares_are_pooled_as_log_odds(tmp_path):
    rows = ["A,needle,50,30", "A,sham,50,20", "B,needle,40,25", "B,sham,42,21"]
    table = arms(tmp_path, rows, "trial,arm,n,events")
    ratios = effects_of(table, "needle", "sham").effects
    assert ratios.values == pytest.approx([math.log(30 * 30 / 20 / 20), math.log(25 * 21 / 15 / 21)])
    assert np.diag(ratios.covariance) == pytest.approx([2 / 30 + 2 / 20, 1 / 25 + 1 / 15 + 2 / 21])
    means = effects_of(table, "needle").effects
    assert means.values == pytest.approx([math.log(1.5), math.log(25 / 15)])
    theirs = [meta_analysis.effectsize_2proportions(30, 50, 20, 50, statistic="odds-ratio"),
              meta_analysis.effectsize_2proportions(25, 40, 21, 42, statistic="odds-ratio")]  # fmt: skip
    for k, (value, variance) in enumerate(theirs):
        assert ratios.values[k] == pytest.approx(float(np.ravel(value)[0]))
        assert ratios.covariance[k, k] == pytest.approx(float(np.ravel(variance)[0]))


def test_a_prior_on_the_spread_is_integrated_as_quadrature_does():
    values, variances = map(np.array, EYSENCK)
    scale = 0.5

    def joint(tau, mean):
        total = variances + tau**2
        return math.exp(
            -0.5 * float(((values - mean) ** 2 / total).sum()) - 0.5 * float(np.log(total).sum())
            - tau**2 / (2 * scale**2) + 6
        )  # fmt: skip

    def moment(f):
        return integrate.dblquad(lambda tau, mean: f(tau, mean) * joint(tau, mean), -1, 5, 0, 4, epsabs=1e-8)[0]

    mass = moment(lambda tau, mean: 1)
    mean = moment(lambda tau, mean: mean) / mass
    variance = moment(lambda tau, mean: (mean - 2) ** 2) / mass - (mean - 2) ** 2
    new = moment(lambda tau, mean: tau**2) / mass + variance
    found = pool(effects(*EYSENCK), "half_normal", scale)
    assert found.mean == pytest.approx(mean, abs=1e-4)
    assert found.error == pytest.approx(math.sqrt(variance), abs=2e-4)
    assert found.new_sd == pytest.approx(math.sqrt(new), abs=5e-4)
    below = integrate.dblquad(lambda tau, mean: joint(tau, mean), -1, found.interval[0], 0, 4, epsabs=1e-9)[0] / mass
    assert below == pytest.approx(0.025, abs=2e-4)
    below = integrate.dblquad(lambda mean, tau: joint(tau, mean), 0, found.tau, -1, 5, epsabs=1e-9)[0] / mass
    assert below == pytest.approx(0.5, abs=1e-3)


def test_the_restricted_likelihood_has_its_maximum_there():
    one = effects(*BCG)
    tau = restricted(one)
    best = at_spread(one, tau).log_likelihood
    for near in (0.99 * tau, 1.01 * tau, 0.0, 3 * tau):
        assert at_spread(one, near).log_likelihood < best


def test_leaving_one_out_is_pooling_the_others():
    one = effects(*BCG)
    found = leave_one_out(pool(one))
    values, variances = (np.delete(np.array(part), 4) for part in BCG)
    assert found["trial 4"].mean == pytest.approx(pool(effects(values, variances)).mean)
    assert len(found) == 13


def test_the_interval_of_the_mean_holds_what_it_says():
    """Of 400 syntheses of six trials, the interval of the mean holds the truth in about 95 of 100."""
    rng = np.random.default_rng(5)
    held, runs = 0, 400
    for _ in range(runs):
        variances = rng.uniform(0.02, 0.2, 6)
        found = pool(effects(rng.normal(0.4, 0.3, 6) + rng.normal(0, np.sqrt(variances)), variances))
        held += found.interval[0] <= 0.4 <= found.interval[1]
    assert abs(held / runs - 0.95) <= 4 * math.sqrt(0.95 * 0.05 / runs)


def test_with_the_prior_that_is_true_everything_holds_what_it_says():
    """Spreads from the prior itself: ranges of the mean, of the spread and of a new trial hold 95 of 100."""
    rng = np.random.default_rng(6)
    runs, held = 400, np.zeros(3)
    for _ in range(runs):
        tau, variances = abs(rng.normal(0, 0.5)), rng.uniform(0.02, 0.2, 5)
        true = rng.normal(0.4, tau, 6)
        found = pool(effects(true[:5] + rng.normal(0, np.sqrt(variances)), variances), "half_normal", 0.5)
        ends = (found.interval, 0.4), (found.tau_interval, tau), (found.prediction, true[5])
        held += [low <= value <= high for (low, high), value in ends]
    assert np.abs(held / runs - 0.95).max() <= 4 * math.sqrt(0.95 * 0.05 / runs)
