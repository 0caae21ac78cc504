"""Draws of uncertain inputs, where both levels of chance are known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

from sim.errors import ScenarioError
from sim.estimate.by_draw import Statistic
from sim.estimate.estimates import ALL
from sim.quantities import BY_NAME
from sim.scenario.distributions import distribution
from sim.scenario.evidence import Uncertainty as Stated
from sim.study.draws import run_draws
from sim.study.inputs import Points, copula, uncertain_inputs, values_at
from sim.study.prepare import prepare
from sim.study.uncertainty import _estimate, patients_needed, split, uncertainty_of
from tests.conftest import GIVEN_PARAMETERS, load

ACUTE = load("acute.yaml").scenario
FIXED = (
    *(f"{one.path}.uncertainty={{fixed: true}}" for one in uncertain_inputs(ACUTE)),
    *(f"structure.{kind}={{{next(iter(one))}: {{weight: 1}}}}" for kind, one in ACUTE.structure.items()),
)
"""Makes every input certain, and the form of the model."""
LEFT = ("claims.dry_needling.pain_reduction.", "modalities.dry_needling.cost.", "costs.visit.", "structure.fading=")
FEW = tuple(change for change in FIXED if not change.startswith(LEFT))
"""Leaves a claim, two prices and how effects fade uncertain."""
VISIT_COST = "costs.visit={value: 40, uncertainty: {gamma: {sd: 8}}}"
NO_SHOW = 0.3


def formless(*overrides):
    """Return the acute scenario with certain inputs and one form of the model, so that nothing is calibrated anew."""
    return load("acute.yaml", [*FIXED, *overrides]).scenario.model_copy(update={"structure": {}})


def drawn(*overrides, number=200, patients=200, workers=1):
    changes = [*overrides, f"draws.number={number}", f"draws.patients={patients}"]
    return run_draws(prepare(load("acute.yaml", changes).scenario), workers)


LAWS = [
    ({"normal": {"sd": 0.3}}, 3.8, stats.norm(3.8, 0.3)),
    ({"normal": {"low": 2.0, "high": 5.0}}, 3.0, stats.norm(3.5, 1.5 / stats.norm.ppf(0.975))),
    ({"lognormal": {"sd": 4}}, 20.0, stats.lognorm(math.sqrt(math.log1p(0.04)), scale=20 / math.sqrt(1.04))),
    ({"beta": {"alpha": 2, "beta": 5}}, 0.3, stats.beta(2, 5)),
    ({"uniform": {"low": 1, "high": 2}}, 1.5, stats.uniform(1, 1)),
    ({"triangular": {"low": 0, "high": 4}}, 1.0, stats.triang(0.25, 0, 4)),
    ({"triangular": {"low": 0, "high": 4, "mode": 4}}, 1.0, stats.triang(1, 0, 4)),
    ({"gamma": {"sd": 3}}, 6.0, stats.gamma(4, scale=1.5)),
]


@pytest.mark.parametrize(("stated", "value", "law"), LAWS)
def test_distributions_are_those_of_scipy(stated, value, law):
    found = distribution(Stated.model_validate(stated), value)
    u = np.array([1e-6, 0.025, 0.2, 0.5, 0.9, 0.975, 1 - 1e-6])
    assert found.quantile(u) == pytest.approx(law.ppf(u), rel=1e-9)
    assert [found.below(x) for x in law.ppf(u)] == pytest.approx(u, rel=1e-6)
    assert found.sd == pytest.approx(law.std(), rel=1e-9)


@pytest.mark.parametrize("family", ["normal", "lognormal", "beta", "gamma", "uniform", "triangular"])
def test_an_sd_is_the_sd_about_the_value(family):
    found = distribution(Stated.model_validate({family: {"sd": 0.08}}), 0.3)
    u = (np.arange(400_000) + 0.5) / 400_000
    values = found.quantile(u)
    assert values.mean() == pytest.approx(0.3, rel=1e-4)
    assert found.sd == pytest.approx(0.08, rel=1e-12)
    assert values.std() == pytest.approx(0.08, rel=2e-3)


@pytest.mark.parametrize("family", ["normal", "lognormal", "beta", "gamma"])
@pytest.mark.parametrize(("low", "high"), [(0.32, 0.49), (0.01, 0.2), (0.6, 0.95)])
def test_a_range_holds_the_middle_95_percent(family, low, high):
    found = distribution(Stated.model_validate({family: {"low": low, "high": high}}), (low + high) / 2)
    assert [found.below(low), found.below(high)] == pytest.approx([0.025, 0.975], abs=1e-7)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            "claims.dry_needling.satisfied={value: 0.79, uncertainty: {beta: {sd: 0.5}}}",
            "a beta distribution with mean",
        ),
        (
            "claims.dry_needling.satisfied={value: 0.79, uncertainty: {normal: {low: 0.8, high: 0.9}}}",
            "outside its own",
        ),
        ("claims.dry_needling.pain_reduction={value: 1.2, uncertainty: {beta: {sd: 0.1}}}", "a mean between 0 and 1"),
        ("claims.dry_needling.pain_reduction={value: 3.8, uncertainty: {normal: {sd: -1}}}", "sd"),
        ("claims.dry_needling.pain_reduction={value: 3.8, uncertainty: {normal: {low: 5, high: 3}}}", "must be below"),
        ("claims.dry_needling.pain_reduction={value: -1, uncertainty: {gamma: {sd: 1}}}", "a mean above 0"),
        ("claims.dry_needling.pain_reduction={value: 3, uncertainty: {normal: {alpha: 1, beta: 2}}}", "only a beta"),
        ("claims.dry_needling.pain_reduction={value: 3, uncertainty: {normal: {sd: 1, mode: 2}}}", "only a triangular"),
    ],
)
def test_impossible_distributions_are_refused_with_their_place(override, words):
    with pytest.raises(ScenarioError, match=r"claims\.dry_needling") as caught:
        load("acute.yaml", [override])
    assert words in str(caught.value)


def test_what_is_the_same_in_every_draw_has_no_error_at_all():
    several = [one for one in uncertainty_of(drawn(*FEW, number=60)).estimates if np.isfinite(one.estimate)]
    sure = [one for one in several if one.outcome == "serious_events_per_100000" and one.subgroup == ALL]
    assert len(sure) > len(ACUTE.arms)
    assert all(one.mc_error == 0.0 for one in sure)
    assert all(one.mc_error == 0.0 or one.mc_error > 1e-9 * abs(one.estimate) for one in several)
    values = np.array([592.8, 592.8000000000001, 592.8] * 20)
    one = _estimate(Statistic("combined", "", ALL, "cost", "mean"), BY_NAME["cost"].unit, values, 0 * values, True)
    assert (one.mc_error, one.input_sd, one.upper - one.lower) == (0.0, 0.0, 0.0)


def test_a_distribution_is_cut_at_what_its_number_can_be():
    scenario = load(
        "acute.yaml", [*FIXED, "attendance.no_show={value: 0.1, uncertainty: {normal: {sd: 0.06}}}"]
    ).scenario
    (one,) = uncertain_inputs(scenario)
    values = values_at([one], Points(1, 1).first(4096))
    assert 0 <= values.min() < 0.001
    wide = load("acute.yaml", ["attendance.no_show={value: 0.1, uncertainty: {normal: {sd: 0.3}}}"]).scenario
    with pytest.raises(ScenarioError, match=r"attendance\.no_show\.uncertainty: 37 % .* at most 5 %"):
        uncertain_inputs(wide)


def test_without_uncertain_inputs_there_is_no_input_variance():
    found = uncertainty_of(drawn(*FIXED, number=20, patients=50))
    assert found.draws.inputs == ()
    assert all(one.input_sd == 0 for one in found.estimates if not math.isnan(one.input_sd))


def test_both_parts_of_the_variance_where_both_are_known():
    """Dry needling at a drawn price, six visits each missed with a known chance; so price times a binomial number."""
    free = ("modalities.dry_needling.cost=0", "arms=[dry_needling, usual_care]")
    changes = (VISIT_COST, *free, "draws.patients=100")
    scenario = formless(*changes, f"attendance.no_show={NO_SHOW}", "draws.number=512")
    found = uncertainty_of(run_draws(prepare(scenario)))
    cost = found.get("dry_needling", "cost")
    attended, spread = 6 * (1 - NO_SHOW), 6 * NO_SHOW * (1 - NO_SHOW)
    assert cost.estimate == pytest.approx(40 * attended, abs=5 * cost.mc_error)
    assert cost.input_sd == pytest.approx(8 * attended, abs=5 * cost.input_sd_error)
    noise = math.sqrt((40**2 + 8**2) * spread / 100)
    assert cost.noise_sd == pytest.approx(noise, rel=0.02)
    gamma = stats.gamma(25, scale=1.6)
    for end, p in ((cost.lower, 0.025), (cost.upper, 0.975)):
        error = attended * math.sqrt(p * (1 - p) / 512) / gamma.pdf(gamma.ppf(p))
        assert end == pytest.approx(attended * gamma.ppf(p), abs=5 * error)
    needed = patients_needed(cost, 100)
    exact = (40**2 + 8**2) * spread / (8 * attended) ** 2 * 19
    assert needed == pytest.approx(exact, rel=0.25)
    no_noise = uncertainty_of(run_draws(prepare(formless(*changes, "draws.number=256")))).get("dry_needling", "cost")
    assert no_noise.noise_share == 0
    assert no_noise.input_sd == pytest.approx(48, rel=0.02)


@pytest.mark.parametrize("patients", [256, 1000])
def test_noise_is_what_repetition_shows(patients):
    """With nothing uncertain, draws differ in their luck alone: their variance is the noise that each states."""
    found = run_draws(prepare(formless("draws.number=300", f"draws.patients={patients}")))
    for arm in ("dry_needling", "acupuncture"):
        for outcome in ("pain_reduction", "pain_reduction_day42", "relief", "soreness", "relapse_3mo", "qaly"):
            place = found.layout.index[Statistic(arm, "", ALL, outcome, "mean")]
            seen, stated = found.estimates[:, place], found.noise[:, place]
            if (arm, outcome) == ("acupuncture", "soreness"):
                assert not seen.any()
                assert not stated.any()
                continue
            error = math.sqrt(2 / 299 + stated.var(ddof=1) / 300 / stated.mean() ** 2)
            assert seen.var(ddof=1) / stated.mean() == pytest.approx(1, abs=5 * error), (arm, outcome)


def test_the_split_on_noise_of_known_size():
    rng = np.random.default_rng(3)
    shown = [split(rng.normal(0, 2, 500) + rng.normal(0, 1.5, 500), np.full(500, 2.25))[0] for _ in range(200)]
    # The variance of 500 values of variance 6.25 has a standard error of 6.25 * sqrt(2 / 499).
    assert np.mean(shown) == pytest.approx(4.0, abs=5 * 6.25 * math.sqrt(2 / 499) / math.sqrt(200))


def test_95_percent_intervals_cover_95_percent():
    """200 repetitions: the chance that the next draw of the inputs, without noise, lies in the interval of 400."""
    rng = np.random.default_rng(4)
    statistic = Statistic("a", "", ALL, "cost", "mean")
    covered = []
    for _ in range(200):
        noisy = rng.normal(0, 1, 400) + rng.normal(0, 0.7, 400)
        one = _estimate(statistic, "currency", noisy, np.full(400, 0.49), any_input=True)
        covered.append(float(ndtr(one.upper) - ndtr(one.lower)))
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01)


def test_intervals_of_the_mean_cover_its_true_value():
    """200 independent runs; with a chance of 95 % each, 181 to 198 of them cover with a probability above 99 %."""
    scenario = load("acute.yaml", [*GIVEN_PARAMETERS, f"attendance.no_show={NO_SHOW}", "cohort.size=2000"]).scenario
    from sim.estimate.estimates import estimates
    from sim.study.run import run_study

    truth, covered = 6 * (1 - NO_SHOW), 0
    calibration = prepare(scenario).calibration
    for seed in range(200):
        once = scenario.model_copy(update={"seed": seed, "arms": ("dry_needling",)})
        result = run_study(prepare(once, calibration))
        found = next(e for e in estimates(result.tally, list(scenario.profiles), "USD") if e.outcome == "visits")
        covered += found.lower <= truth <= found.upper
    assert 181 <= covered <= 198


def test_the_draws_do_not_depend_on_workers_and_more_draws_keep_the_first():
    one, two = (drawn(VISIT_COST, GIVEN_PARAMETERS[1], number=24, patients=50, workers=n) for n in (1, 2))
    for name in ("values", "estimates", "noise"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True)
    fewer, more = (run_draws(prepare(formless(VISIT_COST, f"draws.number={n}", "draws.patients=50"))) for n in (20, 40))
    assert np.array_equal(more.values[:20], fewer.values)
    assert np.array_equal(more.estimates[:20], fewer.estimates, equal_nan=True)


def test_draws_of_claims_that_cannot_all_be_met_are_kept():
    """Acupuncture's claim from far below what the natural course alone gives to far above what can be: all count."""
    wide = "claims.acupuncture.pain_reduction={value: 2.9, uncertainty: {uniform: {low: 0.5, high: 6}}}"
    others = [change for change in FIXED if not change.startswith("claims.acupuncture.")]
    found = drawn(*others, wide, number=32, patients=200)
    assert np.array_equal(found.values, values_at(found.inputs, Points(1, 4).first(32)))
    assert np.isfinite(found.means("pain_reduction")).all()
    claimed, reached = found.values[:, 0], found.means("pain_reduction")[:, found.layout.arms.index("acupuncture")]
    low, high = np.argsort(claimed)[:5], np.argsort(claimed)[-5:]
    assert reached[low].mean() > claimed[low].mean() + 1  # no less than the natural course
    assert reached[high].mean() < claimed[high].mean() - 1  # held back by the visits to relief that are claimed too


def test_each_draw_takes_a_form_of_the_model_by_its_weight_and_is_simulated_in_it():
    kinds = ("structure.relapse={episodes: {weight: 0.75}, no_relapse: {weight: 0.25, set: {relapse.form: none}}}",
             "structure.several_modalities={best: {weight: 1}}")  # fmt: skip
    found = drawn(*FIXED, *kinds, number=32, patients=100)
    by = found.by_alternative()
    assert set(by) == {("relapse", "episodes"), ("relapse", "no_relapse")}  # kinds with one alternative are left out
    assert sum(by["relapse", "no_relapse"]) == 8  # of 32 ranks of a Sobol sequence, 8 are in every quarter
    assert (by["relapse", "episodes"] != by["relapse", "no_relapse"]).all()
    relapses = found.means("relapses").sum(axis=1)
    assert (relapses[by["relapse", "no_relapse"]] == 0).all()
    assert (relapses[by["relapse", "episodes"]] > 0).all()
    assert found.forms[0].weight == pytest.approx(0.25 if by["relapse", "no_relapse"][0] else 0.75)


def test_correlated_inputs():
    pair = "[claims.dry_needling.pain_reduction, claims.acupuncture.pain_reduction]"
    scenario = load("acute.yaml", [f"draws.correlations=[{{between: {pair}, correlation: 0.8}}]"]).scenario
    inputs = uncertain_inputs(scenario)
    values = values_at(inputs, Points(1, len(inputs)).first(4096), copula(scenario, inputs))
    paths = [one.path for one in inputs]
    a, b = (values[:, paths.index(f"claims.{m}.pain_reduction")] for m in ("dry_needling", "acupuncture"))
    assert np.corrcoef(a, b)[0, 1] == pytest.approx(0.8, abs=0.02)
    assert a.std() == pytest.approx(0.6, rel=0.02)
    other = values[:, paths.index("relapse.shape")]
    assert np.corrcoef(a, other)[0, 1] == pytest.approx(0, abs=0.03)


CLAIM, OTHER, THIRD = "claims.dry_needling.pain_reduction", "claims.acupuncture.pain_reduction", "relapse.shape"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (f"[{{between: [{CLAIM}, followup.horizon], correlation: 0.5}}]", "followup.horizon is no uncertain input"),
        (f"[{{between: [{CLAIM}, {OTHER}], correlation: 0.5}}, {{between: [{OTHER}, {CLAIM}], correlation: 0.4}}]",
         "the same two inputs"),
        (f"[{{between: [{CLAIM}, {OTHER}], correlation: 0.9}}, {{between: [{CLAIM}, {THIRD}], correlation: 0.9}}, "
         f"{{between: [{OTHER}, {THIRD}], correlation: -0.9}}]", "cannot all hold at once"),
    ],
)  # fmt: skip
def test_impossible_correlations(given, words):
    scenario = load("acute.yaml", [f"draws.correlations={given}"]).scenario
    with pytest.raises(ScenarioError, match=r"draws\.correlations") as caught:
        copula(scenario, uncertain_inputs(scenario))
    assert words in str(caught.value)


def test_differences_are_paired_within_draws():
    found = uncertainty_of(drawn(number=20, patients=200))
    for outcome in ("pain_reduction_day42", "cost", "relapse_3mo"):
        assert outcome in BY_NAME
        difference = found.difference("dry_needling", "acupuncture", outcome)
        apart = found.get("dry_needling", outcome).estimate - found.get("acupuncture", outcome).estimate
        assert difference.estimate == pytest.approx(apart, abs=1e-9)
        assert difference.estimate == -found.difference("acupuncture", "dry_needling", outcome).estimate
    single = found.get("dry_needling", "pain_reduction_day42").noise_sd
    assert (
        found.difference("combined", "dry_needling", "pain_reduction_day42").noise_sd < 0.8 * single
    )  # 1.4 if unpaired
