"""Virtual trials against independent results: the analyses of other packages, normal outcomes, and textbooks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import confint_proportions_2indep

from sim.decision.virtual_trial.analyses import Sums, compared, sums_of
from sim.decision.virtual_trial.assess import run_virtual_trial
from sim.decision.virtual_trial.clusters import by_therapist, compared_by_therapist
from sim.decision.virtual_trial.design import Design, Wanted, design_of
from sim.decision.virtual_trial.formula import Formula
from sim.decision.virtual_trial.groups import Group, Seen, seen_in
from sim.decision.virtual_trial.moments import kept_of, moments_of
from sim.decision.virtual_trial.needed import needed
from sim.decision.virtual_trial.run import tasks_of
from sim.study.prepare import prepare
from tests.conftest import GIVEN_PARAMETERS

RNG = np.random.default_rng(20261129)
ALL = np.array([40])
ERRORS = 4.5
"""Monte Carlo errors within which a share must lie of what theory says."""


def groups(n: int, trials: int, apart: float, r: float, sd: float = 2.0) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """Two groups of normal patients in many trials: first readings and outcomes with correlation r."""
    found = []
    for shift in (apart, 0.0):
        before = RNG.normal(6, 1.5, (trials, n))
        noise = RNG.normal(0, sd * math.sqrt(1 - r * r), (trials, n))
        found.append((before, shift + r * sd * (before - 6) / 1.5 + noise))
    return tuple(found)


def found_in(analysis, one, other, sizes=ALL, is_share=False):
    return compared(analysis, sums_of(*one, sizes), sums_of(*other, sizes), is_share, 0.05)


def hits(found) -> np.ndarray:
    return np.abs(found.test) > 1


def as_many_as(share: np.ndarray, expected: float) -> bool:
    return abs(share.mean() - expected) < ERRORS * math.sqrt(expected * (1 - expected) / len(share))


def a_design(**changes) -> Design:
    from tests.conftest import load

    return replace(design_of(load("acute.yaml").scenario, Wanted(arms="usual_care,dry_needling", n="40")), **changes)


# ---------------------------------------------------------------- single trials, as other packages analyse them


def test_welch_and_ancova_are_those_of_scipy_and_statsmodels() -> None:
    one, other = groups(40, 3, 0.7, 0.6)
    one[1][0, :5] = np.nan  # missing assessments
    welch, ancova = (found_in(analysis, one, other) for analysis in ("difference", "ancova"))
    for k in range(3):
        known = np.isfinite(one[1][k])
        theirs = stats.ttest_ind(one[1][k][known], other[1][k], equal_var=False)
        low, high = theirs.confidence_interval(0.95)
        assert [welch.lower[k, 0], welch.upper[k, 0]] == pytest.approx([low, high])
        assert (abs(welch.test[k, 0]) > 1) == (theirs.pvalue < 0.05)
        before = np.r_[one[0][k][known], other[0][k]]
        table = np.column_stack([np.ones_like(before), before, np.r_[np.ones(known.sum()), np.zeros(40)]])
        fitted = OLS(np.r_[one[1][k][known], other[1][k]], table).fit()
        assert ancova.estimate[k, 0] == pytest.approx(fitted.params[2])
        low, high = fitted.conf_int()[2]
        assert [ancova.lower[k, 0], ancova.upper[k, 0]] == pytest.approx([low, high])


def test_shares_are_those_of_scipy_and_statsmodels() -> None:
    one, other = np.zeros((1, 70)), np.zeros((1, 80))
    one[0, :56], other[0, :48] = 1, 1  # Newcombe 1998, example (a): 56/70 against 48/80
    sums = [Sums(*(np.array([[v]]) for v in (len(x[0]), 0.0, x.sum(), 0.0, 0.0, x.sum()))) for x in (one, other)]
    found = compared("difference", *sums, True, 0.05)
    low, high = confint_proportions_2indep(56, 70, 48, 80, compare="diff", method="newcomb")
    assert [found.lower.item(), found.upper.item()] == pytest.approx([low, high], abs=1e-9)
    assert [round(low, 4), round(high, 4)] == [0.0524, 0.3339]  # as printed there
    chi2 = stats.chi2_contingency([[56, 14], [48, 32]], correction=False)
    assert (found.test.item() * stats.norm.ppf(0.975)) ** 2 == pytest.approx(chi2.statistic)
    odds = compared("odds_ratio", *sums, True, 0.05)
    assert odds.estimate.item() == pytest.approx(math.log(56.5 * 32.5 / (14.5 * 48.5)))


def test_means_of_therapists_are_compared_by_students_t() -> None:
    one, other = groups(24, 4, 0.5, 0.0)
    therapist = np.arange(24) % 6
    seen = [Seen(x, y[None], therapist) for x, y in (one, other)]
    found = compared_by_therapist(*(by_therapist(each, 0, 24, 6) for each in seen), False, 0.05)
    for k in range(4):
        means = [[y[k][therapist == j].mean() for j in range(6)] for _, y in (one, other)]
        theirs = stats.ttest_ind(*means)
        assert [found.lower[k], found.upper[k]] == pytest.approx(list(theirs.confidence_interval(0.95)))


# ---------------------------------------------------------------- many trials of normal patients, as theory says


@pytest.mark.parametrize(("analysis", "r"), [("difference", 0.6), ("ancova", 0.6)])
def test_power_of_normal_outcomes_is_that_of_the_formula_and_of_statsmodels(analysis: str, r: float) -> None:
    trials, n = 20_000, 40
    apart = 1.0 if analysis == "difference" else 0.8
    one, other = groups(n, trials, apart, r)
    share = hits(found_in(analysis, one, other))[:, 0]
    moments = [
        moments_of(kept_of(Sums(*(x[:, 0] for x in sums_of(*each, ALL))), None).sum(axis=0)) for each in (one, other)
    ]
    design = a_design(analyses=(analysis,))
    formula = Formula(design, 0, *moments, (1.0, 1.0))
    expected = formula.power(n)
    assert as_many_as(share, expected)
    left = 1 - r * r if analysis == "ancova" else 1.0
    theirs = TTestIndPower().power(effect_size=apart / (2.0 * math.sqrt(left)), nobs1=n, alpha=0.05)
    assert expected == pytest.approx(theirs, abs=0.02)  # moments are those of the sample
    wanted = TTestIndPower().solve_power(effect_size=formula.effect / (moments[0].sd * math.sqrt(left)), power=0.8,
                                         alpha=0.05)  # fmt: skip
    assert formula.needed(0.8) == pytest.approx(wanted, rel=0.02)


def test_ancova_needs_fewer_patients_as_1_less_r_squared_says() -> None:
    r, trials = 0.7, 8000
    sizes = np.arange(5, 160, 5)
    one, other = groups(int(sizes[-1]), trials, 0.8, r)
    numbers = []
    for analysis in ("difference", "ancova"):
        power = hits(found_in(analysis, one, other, sizes)).mean(axis=0)
        numbers.append(needed(0.8, sizes.astype(float), power[None]).number.estimate)
    assert numbers[1] / numbers[0] == pytest.approx(1 - r * r, rel=0.05)


@pytest.mark.parametrize("ignored", [False, True])
def test_therapists_inflate_variances_by_the_design_effect(ignored: bool) -> None:
    """And where they are ignored a test against no difference is wrong as often as that says."""
    trials, therapists, n, icc = 20_000, 8, 64, 0.1
    therapist = np.arange(n) % therapists
    seen = []
    for _ in range(2):
        own = RNG.normal(0, math.sqrt(icc), (trials, therapists))[:, therapist]
        seen.append(
            Seen(np.zeros((trials, n)), (own + RNG.normal(0, math.sqrt(1 - icc), (trials, n)))[None], therapist)
        )
    effect = 1 + (n / therapists - 1) * icc
    if ignored:
        size = np.array([n])
        found = compared("difference", *(sums_of(one.before, one.values[0], size) for one in seen), False, 0.05)
        expected = 2 * stats.norm.sf(1.96 / math.sqrt(effect))
        assert as_many_as(hits(found)[:, 0], expected)
        assert expected > 0.1
        return
    found = compared_by_therapist(*(by_therapist(one, 0, n, therapists) for one in seen), False, 0.05)
    assert found.estimate.var() == pytest.approx(2 / n * effect, rel=0.05)
    assert as_many_as(hits(found), 0.05)
    whole = Sums(*(x[:, 0] for x in sums_of(seen[0].before, seen[0].values[0], np.array([n]))))
    kept = kept_of(whole, by_therapist(seen[0], 0, n, therapists))
    assert moments_of(kept.sum(axis=0)).icc == pytest.approx(icc, abs=0.005)


def test_patients_who_come_twice_would_be_seen() -> None:
    """A pool of P patients from which n are drawn again and again has a difference of its own: variances are as if
    there were n / P more of them, and the type-I error is no longer 5 %.
    """
    n, trials = 40, 4000
    errors = []
    for pool in range(60):
        rng = np.random.default_rng(pool)
        drawn = [rng.choice(rng.normal(0, 1, 40), (trials // 60, n)) for _ in range(2)]
        found = found_in("difference", *((np.zeros_like(y), y) for y in drawn))
        errors.append(hits(found).mean())
    expected = 2 * stats.norm.sf(1.96 / math.sqrt(2))
    assert np.mean(errors) == pytest.approx(expected, abs=0.05)
    assert np.mean(errors) > 0.1


# ---------------------------------------------------------------- trials of the model


@pytest.fixture(scope="module")
def itself():
    from tests.conftest import load

    scenario = load("acute.yaml", GIVEN_PARAMETERS).scenario
    wanted = Wanted(arms="usual_care,usual_care", n="15,60,240", outcome="pain_reduction_day42,responder_day42",
                    trials=6000)  # fmt: skip
    return run_virtual_trial(scenario, design_of(scenario, wanted), 0, 2)[0]


def test_an_arm_against_itself_differs_in_5_of_100_trials(itself) -> None:
    for of in itself.type_one:
        for size, error in zip(itself.design.sizes, of.errors, strict=True):
            far = abs(error.estimate - 0.05) / math.sqrt(0.05 * 0.95 / itself.design.trials)
            if of.measure == 0 or size > 15:  # with few patients the chi-squared test is not exact
                assert far < ERRORS, (size, error.estimate)


def test_luck_that_groups_share_would_be_seen() -> None:
    """With the same patients in both groups, as in a run, an arm would hardly ever be found to differ from itself."""
    from tests.conftest import load

    scenario = load("acute.yaml", GIVEN_PARAMETERS).scenario
    design = design_of(scenario, Wanted(arms="usual_care,usual_care", n="60", trials=400))
    study = prepare(scenario)
    task = next(tasks_of(design, 400))
    first = seen_in(study, design, Group("usual_care"), 0, task, 0.0)
    again = seen_in(study, design, Group("usual_care", 1), 0, task, 0.0)
    assert not np.array_equal(first.before, again.before)
    shared = found_in("ancova", (first.before, first.values[0]), (first.before, first.values[0]), np.array([60]))
    assert not hits(shared).any()
    apart = found_in("ancova", (first.before, first.values[0]), (again.before, again.values[0]), np.array([60]))
    assert np.nanstd(apart.estimate) > 0.2


def test_patients_of_trials_are_as_those_of_a_run_and_drawn_alone(itself) -> None:
    """The mean of their fall in pain is a run's, and means of trials scatter as those of independent patients."""
    from sim.study.run import run_study
    from tests.conftest import load

    scenario = load("acute.yaml", (*GIVEN_PARAMETERS, "cohort.size=40000")).scenario
    study = prepare(scenario)
    design = replace(a_design(sizes=(60,)), trials=2000)
    means, spread = [], []
    for task in tasks_of(design, 2000):
        seen = seen_in(study, design, Group("dry_needling"), 0, task, 0.0)
        means.append(seen.values[0].mean(axis=1))
        spread.append(seen.values[0].var())
    found = np.concatenate(means)
    result = run_study(study).tally.moments.means()
    from sim.estimate.moments import OUTCOME_INDEX

    k = OUTCOME_INDEX["pain_reduction_day42"]
    arm = scenario.arms.index("dry_needling")
    assert found.mean() == pytest.approx(result.mean[k, arm], abs=ERRORS * found.std() / math.sqrt(2000))
    assert found.var() == pytest.approx(np.mean(spread) / 60, rel=ERRORS * math.sqrt(2 / 2000))


def test_power_of_the_model_is_near_the_formula_where_groups_are_large() -> None:
    from tests.conftest import load

    scenario = load("acute.yaml", GIVEN_PARAMETERS).scenario
    wanted = Wanted(arms="usual_care,acupuncture", n="60,150", analysis="difference", trials=4000)
    found = run_virtual_trial(scenario, design_of(scenario, wanted), 0, 2)[0]
    for at in found.comparisons[0].sizes:
        assert abs(at.power.estimate - at.formula.estimate) < ERRORS * at.power.mc_error
        assert abs(at.coverage.estimate - 0.95) < ERRORS * at.coverage.mc_error
