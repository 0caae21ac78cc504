"""Sensitivity analysis against answers that are known: test functions, prices that add up, and SciPy."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from sim.decision.sensitivity import pairs as maps
from sim.decision.sensitivity import threshold as thresholds
from sim.decision.sensitivity.assess import sensitivity
from sim.decision.sensitivity.calibration_error import CalibrationError, calibration_error, is_calibrated_anew
from sim.decision.sensitivity.idle import changed, checked_of, idle, unmoving
from sim.decision.sensitivity.indices import indices
from sim.decision.sensitivity.oneway import one_way
from sim.decision.sensitivity.pairs import pair_map
from sim.decision.sensitivity.polynomials import of_alternatives, of_number
from sim.decision.sensitivity.question import ask
from sim.decision.sensitivity.rank_correlation import rank_correlations
from sim.decision.sensitivity.response import Response
from sim.decision.sensitivity.structure import Kind
from sim.decision.sensitivity.threshold import scan_all
from sim.errors import ScenarioError
from sim.luck.nets import NET_SIZE
from sim.study.inputs import Points, uncertain_inputs, values_at
from sim.study.prepare import prepare
from sim.study.run import run_study
from sim.units import NUMBER
from tests.conftest import GIVEN_PARAMETERS, NO_HETEROGENEITY, load
from tests.oracle import pick_freeze
from tests.oracle.test_uncertainty import FIXED, formless

VISIT = "costs.visit={value: 40, uncertainty: {uniform: {low: 20, high: 70}}}"
FULL_COURSES = ("attendance.no_show=0", "attendance.drop_out=0")
A, B = 7.0, 0.1


KNOWN = {"first": (0.3139, 0.4424, 0.0), "total": (0.5576, 0.4424, 0.2437)}


def ishigami(u):
    x = -math.pi + 2 * math.pi * u
    return np.sin(x[..., 0]) + A * np.sin(x[..., 1]) ** 2 + B * x[..., 2] ** 4 * np.sin(x[..., 0])


def learnt(answer, factors, draws, seed=1):
    """Return the indices of an answer, a function of ranks (draws, factors), from so many draws."""
    ranks = Points(seed, factors, "sensitivity").first(draws)
    return indices([of_number(lambda u: u, column) for column in ranks.T], answer(ranks))


def test_indices_of_ishigami_are_within_2_percent():
    # Closed form (Ishigami and Homma 1990): shares of v1, v2 and v13 in their sum.
    v1, v2, v13 = (1 + B * math.pi**4 / 5) ** 2 / 2, A**2 / 8, B**2 * math.pi**8 * 8 / 225
    whole = v1 + v2 + v13
    assert [v1 / whole, v2 / whole] == pytest.approx([0.3139, 0.4424], abs=5e-5)
    found = learnt(ishigami, 3, 512, seed=2)
    assert found.variance == pytest.approx(whole, rel=0.02)
    assert [one.estimate for one in found.first] == pytest.approx(KNOWN["first"], rel=0.02, abs=0.005)
    assert [one.estimate for one in found.total] == pytest.approx(KNOWN["total"], rel=0.02)
    assert found.alone.lower < 0.7563 < found.alone.upper < 0.8
    assert found.unexplained.upper < 0.01


def test_indices_of_a_sum_are_its_parts_and_a_strong_input_is_as_exact_as_a_weak_one():
    weights = np.array([10.0, 2.0, 1.0, 0.5, 0.0])
    known = weights**2 / (weights**2).sum()
    found = learnt(lambda u: u @ weights, 5, 256)
    for shares in (found.first, found.total):
        assert [one.estimate for one in shares] == pytest.approx(known, abs=1e-3)
        assert all(one.lower - 1e-3 <= share <= one.upper + 1e-3 for one, share in zip(shares, known, strict=True))
    assert found.total[4].upper < 1e-4


def test_intervals_of_indices_hold_the_truth():
    """Of 60 sets of draws, each 95 % interval holds the truth in 52 or more: fewer has a chance of 1 in 400 at 95 %."""
    held = {(kind, k): 0 for kind in KNOWN for k in range(3)}
    for seed in range(60):
        found = learnt(ishigami, 3, 128, seed)
        for kind, k in held:
            share = getattr(found, kind)[k]
            held[kind, k] += share.lower - 1e-4 <= KNOWN[kind][k] <= share.upper
    assert min(held.values()) >= 52


def test_answers_with_noise_of_their_own_leave_it_unexplained():
    """A sum of two inputs, and a third of the variance by chance: neither is given the noise, nor are eight others."""

    def answer(u):
        own = 2 * u[:, 0] + u[:, 1]
        return own + own.std() / math.sqrt(2) * np.random.default_rng(5).standard_normal(len(u))

    found = learnt(answer, 10, 512)
    for share, known in zip(found.total, [0.8 * 2 / 3, 0.2 * 2 / 3, *[0.0] * 8], strict=True):
        assert share.lower - 0.01 <= known <= share.upper + 0.01
        assert share.mc_error < 0.06
    assert found.unexplained.lower < 1 / 3 < found.unexplained.upper


def test_a_total_index_may_be_all_that_is_missed():
    """A sum of two inputs, and a third of the variance by waves over both of two others that are too short to be seen:
    by themselves they do nothing, so nothing says whose the third is, and it is all of theirs.
    """

    def answer(u):
        waves = np.sin(2 * math.pi * (997 * u[:, 2] + 1009 * u[:, 3]))
        own = 2 * u[:, 0] + u[:, 1]
        return own + math.sqrt(5 / 12) * waves

    known = [0.8 * 2 / 3, 0.2 * 2 / 3, 1 / 3, 1 / 3, 0, 0]
    far = Points(9, 6, "sensitivity").first(2**14)
    assert answer(far).var() == pytest.approx(5 / 8, rel=0.02)
    held = np.zeros(6)
    for seed in range(12):
        found = learnt(answer, 6, 256, seed)
        held += [one.lower <= share <= one.upper for one, share in zip(found.total, known, strict=True)]
        assert found.total[2].estimate < 0.15  # not that it was seen
        assert found.first[2].upper < 0.1
    assert held.min() >= 10  # fewer has a chance of 1 in 500 where 95 % are held


def test_few_draws_of_many_inputs_are_as_unsure_as_they_should_be():
    """A sum of 30 inputs of which three explain most, and noise: from 24 draws nothing is known, from 64 little."""
    weights = np.array([5.0, 4.0, 3.0, *np.linspace(1, 0, 27)])
    known = weights**2 / ((weights**2).sum() * 1.25)

    def answer(u, seed):
        own = u @ weights
        noise = math.sqrt((weights**2).sum() / 12 / 4)
        return own + noise * np.random.default_rng(seed).standard_normal(len(u))

    held = []
    for seed in range(12):
        found = learnt(lambda u, seed=seed: answer(u, seed), 30, 64, seed)
        for shares in (found.first, found.total):
            held += [one.lower <= share <= one.upper for one, share in zip(shares, known, strict=True) if share > 0.03]
    assert np.mean(held) >= 0.9
    few = learnt(lambda u: answer(u, 1), 30, 24, 1)
    assert {(one.lower, one.upper) for one in (*few.first, *few.total)} == {(0.0, 1.0)}


def test_factors_that_changed_nothing_explain_nothing_and_leave_the_others_as_they_are():
    weights = np.array([3.0, 0.0, 1.0, 0.0])
    ranks = Points(1, 4, "sensitivity").first(128)
    bases = [of_number(lambda u: u, column) for column in ranks.T]
    noise = 0.5 * np.random.default_rng(2).standard_normal(128)
    found = indices(bases, ranks @ weights + noise, idle=[1, 3], checked=64)
    without = indices([bases[0], bases[2]], ranks @ weights + noise)
    assert (found.first[0], found.total[0], found.first[2], found.total[2]) == (
        without.first[0], without.total[0], without.first[1], without.total[1],
    )  # fmt: skip
    for k in (1, 3):
        assert (found.first[k].estimate, found.first[k].upper, found.total[k].estimate) == (0, 0, 0)
        # Three in 64 would go unseen with a chance of 5 %, and no more than all that is missed is theirs.
        assert found.total[k].upper == pytest.approx((1 - 0.05 ** (1 / 64)) * found.unexplained.upper, rel=1e-9)
        assert 0.9 * 3 / 64 < found.total[k].upper / found.unexplained.upper < 3 / 64


def test_a_factor_that_moves_the_answer_in_company_only_is_not_idle():
    """Of eight, the third acts only where the first lies high, and the sixth and seventh only together."""
    points = Points(5, 9, "sensitivity").first(64)

    def answer(point):
        return point[0] + (point[0] > 0.9) * point[2] + 0.1 * max(point[5] - 0.6, 0) * max(point[6] - 0.6, 0)

    answers = np.array([answer(point) for point in points])
    places = unmoving([0.9, *[0.0] * 8])
    assert places == list(range(1, 9))
    then = np.array([answer(changed(points, places, draw)) for draw in range(checked_of(64))])
    calls = []

    def with_some(draw, some):
        calls.append(draw)
        return answer(changed(points, some, draw))

    assert idle(places, answers, with_some, then) == [1, 3, 4, 7, 8]
    assert len(calls) < 64
    assert idle([1, 3, 4, 7, 8], answers, with_some, answers) == [1, 3, 4, 7, 8]


def test_a_factor_is_changed_to_the_other_side_of_the_middle():
    points = Points(3, 40, "sensitivity").first(64)
    for draw in range(64):
        then = changed(points, [7, 30], draw)
        assert ((then - 0.5) * (points[draw] - 0.5))[[7, 30]].max() < 0
        assert np.flatnonzero(then != points[draw]).tolist() == [7, 30]


def test_answers_that_no_input_explains_are_unexplained():
    found = learnt(lambda u: np.random.default_rng(6).standard_normal(len(u)), 10, 256)
    assert max(share.lower for share in (*found.first, *found.total)) < 0.01
    assert found.unexplained.upper > 0.9


def test_what_only_three_together_do_is_found_or_said_to_be_missed():
    """The product of the signs of three inputs: none explains anything by itself."""
    found = learnt(lambda u: np.sign(u[:, :3] - 0.5).prod(axis=1), 6, 512)
    assert max(share.estimate for share in found.first) < 0.02
    shown = min(share.estimate for share in found.total[:3])
    assert shown > 0.5 or found.unexplained.estimate > 0.2
    assert 1 - found.unexplained.upper < shown + 0.1


def test_indices_agree_with_those_of_points_picked_and_frozen():
    known = pick_freeze.indices(pick_freeze.run_design(ishigami, 3, 1024, seed=2), seed=2)
    assert_agree(learnt(ishigami, 3, 256, seed=2), known)


@pytest.mark.long
def test_indices_of_a_scenario_agree_with_those_of_points_picked_and_frozen():
    """The shipped scenario, from its 512 draws, against 256 points at which every factor is taken from another."""
    scenario = load("acute.yaml").scenario
    found = sensitivity(scenario, ask(scenario, None, None, None), workers=2)
    response = Response(prepare(scenario), found.inputs, found.question, scenario.draws.patients).of_draws(
        scenario.draws.patients
    )

    def answer(u):
        values = values_at(found.inputs, u[None, : len(found.inputs)])[0]
        return response.target(values, response.form_at(u[len(found.inputs) :]))

    design = pick_freeze.run_design(answer, len(found.factors), 256, scenario.seed, workers=2)
    known = pick_freeze.indices(design, scenario.seed)
    assert found.indices.variance == pytest.approx(known.variance, rel=0.15)
    assert_agree(found.indices, known)


def assert_agree(found, known):
    """Assert that each index lies within both intervals, or that they overlap; half a per cent is nothing."""
    for kind in ("first", "total"):
        for one, other in zip(getattr(found, kind), getattr(known, kind), strict=True):
            assert one.lower <= other.upper + 0.005
            assert other.lower <= one.upper + 0.005


def test_an_answer_that_never_differs_has_no_indices():
    found = learnt(lambda u: np.full(len(u), 4.2), 3, 32)
    assert found.variance == 0
    for share in (*found.first, *found.total, found.alone, found.unexplained):
        assert share.estimate == share.mc_error == share.lower == share.upper == 0


def test_a_kind_of_structure_is_one_more_input_by_its_rank():
    """The answer is a straight line over an input plus a step for each alternative: variances add up."""
    kind = Kind("fading", ("a", "b", "c"), (0.5, 0.25, 0.25))
    steps = np.array([0.0, 1.0, -2.0])
    assert kind.places(np.array([0.0, 0.4999, 0.5, 0.7499, 0.75, 1.0])).tolist() == [0, 0, 1, 1, 2, 2]
    ranks = Points(4, 2, "sensitivity").first(256)
    places = kind.places(ranks[:, 1])
    bases = [of_number(lambda u: u, ranks[:, 0]), of_alternatives(kind.weights, places)]
    found = indices(bases, 4 * ranks[:, 0] + steps[places])
    mean = steps @ kind.weights
    parts = np.array([16 / 12, (steps - mean) ** 2 @ kind.weights])
    known = parts / parts.sum()
    assert [one.estimate for one in found.first] == pytest.approx(known, abs=0.005)
    assert [one.estimate for one in found.total] == pytest.approx(known, abs=0.005)


def test_functions_of_a_number_are_orthonormal_under_its_distribution():
    ranks = (np.arange(20_000) + 0.5) / 20_000
    for quantile in (lambda u: u, stats.norm(3, 0.1).ppf, stats.beta(2, 5).ppf, stats.lognorm(0.2).ppf):
        values = of_number(quantile, ranks).values[:, :3]
        assert values.mean(axis=0) == pytest.approx(0, abs=0.01)
        assert values.T @ values / len(ranks) == pytest.approx(np.eye(3), abs=0.02)
    assert of_number(lambda u: np.full_like(u, 7.0), ranks).values.shape == (20_000, 0)


def test_rank_correlations_are_those_of_scipy():
    luck = np.random.default_rng(4)
    values = luck.normal(size=(300, 3))
    values[:, 1] += 0.8 * values[:, 0]
    answers = np.exp(values[:, 0]) + 0.3 * luck.normal(size=300)
    found = rank_correlations(values, answers)
    for k, one in enumerate(found):
        assert one.estimate == pytest.approx(stats.spearmanr(values[:, k], answers).statistic, abs=1e-12)
        assert one.lower < one.estimate < one.upper
    # The partial correlation from the inverse of the correlation matrix of all ranks.
    ranks = np.column_stack([stats.rankdata(column) for column in (*values.T, answers)])
    inverse = np.linalg.inv(np.corrcoef(ranks.T))
    for k, one in enumerate(found):
        known = -inverse[k, 3] / math.sqrt(inverse[k, k] * inverse[3, 3])
        assert one.partial == pytest.approx(known, abs=1e-9)
    assert abs(found[1].partial) < 0.15 < found[1].estimate


@pytest.fixture(scope="module")
def costs():
    """Full courses without calibrated inputs: 6 visits of dry needling and 10 of acupuncture at a price in doubt."""
    scenario = formless(*FULL_COURSES, VISIT, "cohort.size=2000")
    return scenario, prepare(scenario)


def test_a_bar_is_the_price_times_the_visits(costs):
    scenario, study = costs
    question = ask(scenario, "cost", None, "acupuncture,dry_needling")
    found = one_way(Response(study, uncertain_inputs(scenario), question, 2000))
    (bar,) = found.bars
    visits = {arm: run_study(study).tally.moments.means().of("visits", i)[0] for i, arm in enumerate(scenario.arms)}
    extra = visits["acupuncture"] - visits["dry_needling"]
    low, high = 20 + 0.025 * 50, 70 - 0.025 * 50
    assert (bar.ends[0].value, bar.ends[1].value) == pytest.approx((low, high), rel=1e-12)
    assert bar.ends[0].change.estimate == pytest.approx(extra * (low - 40), rel=1e-9)
    assert bar.ends[1].change.estimate == pytest.approx(extra * (high - 40), rel=1e-9)
    assert bar.swing.estimate == pytest.approx(extra * (high - low), rel=1e-9)
    assert bar.swing.mc_error == pytest.approx(0, abs=1e-9)  # every patient attends every visit
    run = run_study(study).tally.moments.means()
    at = [run.of("cost", scenario.arms.index(arm))[0] for arm in ("acupuncture", "dry_needling")]
    assert found.base.estimate == pytest.approx(at[0] - at[1], rel=1e-12)


def test_a_threshold_is_where_net_benefits_cross():
    """Dry needling costs 6 times its price more than usual care; it is worth that up to a price known in advance."""
    needling = "modalities.dry_needling.cost={value: 25, uncertainty: {uniform: {low: 10, high: 60}}}"
    arms = ("usual_care", "dry_needling")
    scenario = formless(*FULL_COURSES, needling, "cohort.size=2000", f"arms=[{', '.join(arms)}]")
    study, inputs = prepare(scenario), uncertain_inputs(scenario)

    def differs(outcome):
        at_25 = Response(study, inputs, ask(scenario, outcome, None, None), 2000).means(np.array([25.0]))
        return float(at_25[1] - at_25[0])

    visits = 6  # every one of them attended
    wtp = (differs("cost") + visits * (40 - 25)) / differs("lasting_relief")
    response = Response(study, inputs, ask(scenario, "lasting_relief", wtp, None), 2000)
    (scan,) = scan_all(response)
    (one,) = scan.thresholds
    assert one.at.estimate == pytest.approx(40, abs=0.01)
    assert (arms[one.below], arms[one.above]) == ("dry_needling", "usual_care")
    # Its error is that of the difference of the net benefits by the slope, which is the visits.
    benefits = response.by_patient(np.array([one.at.estimate]))
    lead = benefits[1] - benefits[0]
    nets = np.bincount(np.arange(2000) // NET_SIZE, lead - lead.mean())
    known = math.sqrt((nets**2).sum() * len(nets) / (len(nets) - 1)) / 2000 / visits
    assert one.at.mc_error == pytest.approx(known, rel=1e-6)


class Lines:
    """Arms whose measure is a straight line over one input: three take the lead one after another."""

    base = np.array([0.5])
    scenario = None
    inputs = (SimpleNamespace(range95=(0.0, 1.0), path="x", place=("costs", "x")),)
    units = (NUMBER,)
    question = SimpleNamespace(measure=SimpleNamespace(best=lambda means: int(np.argmax(means))))

    def __init__(self, *lines):
        self.lines = lines

    def by_patient(self, values):
        return np.array([[a + b * values[0]] * 2 for a, b in self.lines])

    def means(self, values):
        return self.by_patient(values).mean(axis=1)

    def at(self, place, value):
        return np.array([value])


@pytest.mark.parametrize(
    ("lines", "known"),
    [
        ([(1, -1), (0, 1)], [(0.5, 0, 1)]),
        ([(1, -2), (0.44, 0), (-1, 3.1)], [(0.28, 0, 1), (1.44 / 3.1, 1, 2)]),
        # The middle arm leads between two of the values compared only.
        ([(1.0, -10), (0.401, -0.5), (-0.8, 18)], [(0.599 / 9.5, 0, 1), (1.201 / 18.5, 1, 2)]),
        ([(1, 1), (0, 1), (0.5, 0)], []),
    ],
)
def test_thresholds_of_straight_lines(lines, known):
    (scan,) = scan_all(Lines(*lines))
    assert [(one.below, one.above) for one in scan.thresholds] == [(below, above) for _, below, above in known]
    assert [one.at.estimate for one in scan.thresholds] == pytest.approx([value for value, _, _ in known], abs=2e-4)


def test_the_error_of_a_threshold_is_that_of_calibration_over_the_slope_where_it_is_calibrated_anew():
    error = CalibrationError({}, np.array([[0.3, 0.1], [-0.1, 0.1]]))  # differences 0.2 and -0.2
    for place, known in ((("claims", "x"), 0.2 / 2), (("costs", "x"), 0.0)):
        lines = Lines((1, -1), (0, 1))
        lines.inputs = (SimpleNamespace(range95=(0.0, 1.0), path="x", place=place),)
        (scan,) = scan_all(lines, calibrated=error)
        assert scan.thresholds[0].at.mc_error == pytest.approx(known, rel=1e-6)


def test_arms_that_tie_have_no_threshold():
    (scan,) = scan_all(Lines((1, 0), (1, 0)))
    assert scan.thresholds == ()
    assert set(scan.preferred) == {0}


def test_claims_that_cannot_all_be_met_have_answers_over_their_whole_range(monkeypatch):
    """From far below what the natural course alone gives, to more than there is pain: met as nearly as can be."""
    monkeypatch.setattr(maps, "SIDE", 3)
    wide = "claims.acupuncture.pain_reduction={value: 2.9, uncertainty: {uniform: {low: 0.5, high: 6}}}"
    others = [change for change in FIXED if not change.startswith("claims.acupuncture.")]
    scenario = load("acute.yaml", [*others, "cohort.size=500", VISIT, wide]).scenario
    inputs = uncertain_inputs(scenario)
    question = ask(scenario, "qaly", 20_000.0, None)
    response = Response(prepare(scenario), inputs, question, 500)
    assert response.kinds == ()
    bar = next(one for one in one_way(response).bars if one.factor.path.endswith("pain_reduction"))
    assert tuple(end.value for end in bar.ends) == bar.factor.range95
    # Dry needling minus acupuncture falls as acupuncture gets better.
    assert bar.swing.estimate < -3 * bar.swing.mc_error < 0
    found = pair_map(response, ("costs.visit", "claims.acupuncture.pain_reduction"))
    assert (found.across.path, found.up.path) == ("costs.visit", "claims.acupuncture.pain_reduction")
    values = response.base.copy()
    values[[one.path for one in inputs].index("costs.visit")] = found.across_values[2]
    values[[one.path for one in inputs].index("claims.acupuncture.pain_reduction")] = found.up_values[0]
    means = response.means(values)
    assert found.target[0, 2] == pytest.approx(float(question.of(means)), rel=1e-12)
    assert found.preferred[0, 2] == int(np.argmax(means))
    assert np.isfinite(found.target).all()


PRICES = (
    "structure.relapse={usual: {weight: 0.5}, dear: {weight: 0.3, set: {modalities.acupuncture.cost: 60}}, "
    "cheap: {weight: 0.2, set: {modalities.acupuncture.cost: 25}}}"
)


def test_the_bar_of_a_kind_of_structure_is_what_its_alternatives_make_of_the_answer():
    scenario = load("acute.yaml", [*FULL_COURSES, *FIXED, PRICES, "cohort.size=500"]).scenario
    question = ask(scenario, "cost", None, "acupuncture,dry_needling")
    response = Response(prepare(scenario), (), question, 500)
    (kind,) = response.kinds
    assert (kind.path, kind.alternatives) == ("structure.relapse", ("usual", "dear", "cheap"))
    (bar,) = one_way(response).bars
    assert bar.factor == kind
    # Ten visits, every one attended, at 40, 60 and 25: the same for everybody, so without any error.
    assert float(scenario.modalities["acupuncture"].cost) == 40
    assert [end.change.estimate for end in bar.ends] == pytest.approx([0, 10 * 20, 10 * -15], abs=1e-9)
    assert [end.change.mc_error for end in bar.ends] == [0, 0, 0]  # not what rounding leaves
    assert (bar.swing.estimate, bar.swing.mc_error, bar.reach) == pytest.approx((10 * 35, 0, 10 * 35), abs=1e-9)
    assert {scenario.arms[end.preferred] for end in bar.ends} == {"usual_care"}


def test_an_alternative_is_what_a_run_with_its_settings_gives():
    """Nothing is calibrated, so a run with the alternative's settings gives the same to the last digits."""
    natural = [change for change in NO_HETEROGENEITY if "natural_course" in change]
    matching = "structure.matching={as_claimed: {weight: 0.5}, no_matching: {weight: 0.5, set: {response.match: 1}}}"
    changes = [*FIXED, *GIVEN_PARAMETERS, *natural, "cohort.size=1500"]
    scenario = load("acute.yaml", [*changes, matching]).scenario
    response = Response(prepare(scenario), (), ask(scenario, None, None, "acupuncture"), 1500)
    (bar,) = one_way(response).bars
    again = load("acute.yaml", [*changes, "response.match=1"]).scenario
    means = run_study(prepare(again)).tally.moments.means()
    known = means.of("pain_reduction_day42", scenario.arms.index("acupuncture"))[0]
    assert bar.ends[0].change.estimate == 0.0
    assert bar.ends[1].target == pytest.approx(known, rel=1e-10)
    assert bar.ends[1].change.estimate > 5 * bar.ends[1].change.mc_error > 0  # it acts on muscular pain in full now


def test_an_end_of_a_bar_is_what_a_run_with_that_value_gives():
    """Parameters given: nothing is calibrated, so a run with the value set gives the same to the last digits."""
    changes = [
        *GIVEN_PARAMETERS,
        "cohort.size=3000",
        "attendance.no_show={value: 0.1, uncertainty: {beta: {sd: 0.04}}}",
    ]
    scenario = formless(*changes)
    inputs = tuple(one for one in uncertain_inputs(scenario) if one.path == "attendance.no_show")
    found = one_way(Response(prepare(scenario), inputs, ask(scenario, None, None, "acupuncture"), 3000))
    (bar,) = found.bars
    again = formless(*changes[:-1], f"attendance.no_show={bar.ends[1].value!r}")
    means = run_study(prepare(again)).tally.moments.means()
    known = means.of("pain_reduction_day42", scenario.arms.index("acupuncture"))[0]
    assert bar.ends[1].target == pytest.approx(known, rel=1e-10)
    assert bar.ends[1].change.estimate < -5 * bar.ends[1].change.mc_error < 0


def test_the_values_of_a_scan_are_those_that_the_report_states():
    assert (thresholds.PARTS + 1, thresholds.FINER_PARTS + 1) == (5, 9)


def with_value(config, one, value, *changes):
    """Return a shipped scenario with an input elsewhere, as unsure as it was; None where its doubt rules that out."""
    stated = one.quantity.model_dump(mode="json", exclude_none=True, include={"uncertainty", "range"})
    try:
        scenario = load(config, [f"{one.path}={json.dumps({**stated, 'value': value})}", *changes]).scenario
        return scenario if len(uncertain_inputs(scenario)) == len(uncertain_inputs(load(config).scenario)) else None
    except ScenarioError:
        return None


@pytest.mark.parametrize(
    ("config", "path", "wtp"),
    [
        ("acute.yaml", "modalities.dry_needling.cost", 20_000.0),
        ("literature.yaml", "claims.dry_needling.over.acupuncture", None),  # calibrated anew at every value
    ],
)
def test_a_threshold_is_where_bisection_of_fresh_ordinary_runs_finds_it(config, path, wtp):
    """Ordinary runs of other patients, calibrated as a run is, halve a part of the range ten times."""
    scenario = load(config).scenario
    (one,) = (one for one in uncertain_inputs(scenario) if one.path == path)
    question = ask(scenario, None, wtp, None)
    response = Response(prepare(scenario), (one,), question, 4096)
    (scan,) = scan_all(response, calibrated=calibration_error(response, [path]))
    (threshold,) = scan.thresholds

    def lead(value):
        run = run_study(prepare(with_value(config, one, value, "seed=77", "cohort.size=4096")))
        means = run.tally.moments.means()

        def measure(arm):
            found = means.of(question.measure.outcome.name, arm)[0]
            return found if wtp is None else wtp * found - means.of("cost", arm)[0]

        return measure(threshold.above) - measure(threshold.below)

    error = threshold.at.mc_error
    low, high = threshold.at.estimate - 10 * error, threshold.at.estimate + 10 * error
    assert lead(low) < 0 < lead(high)
    for _ in range(10):
        middle = (low + high) / 2
        low, high = (middle, high) if lead(middle) < 0 else (low, middle)
    # Both have that error, by other patients.
    assert abs((low + high) / 2 - threshold.at.estimate) < 3 * math.sqrt(2) * error


@pytest.mark.parametrize(
    ("config", "of_others"),
    [("acute.yaml", 6), *(pytest.param(one, 1, marks=pytest.mark.long) for one in ("chronic.yaml", "stress.yaml"))],
)
def test_an_end_of_a_bar_is_an_ordinary_run_with_that_value_within_the_error_of_calibration(config, of_others):
    """Ordinary runs are calibrated anew, on sixteen times as many patients; patients and luck are the same."""
    scenario = load(config).scenario
    inputs, question = uncertain_inputs(scenario), ask(scenario, None, None, None)
    response = Response(prepare(scenario), inputs, question, 2048)
    widest = [bar.factor.path for bar in one_way(response, workers=2).bars]
    calibrated = calibration_error(response, widest, workers=2)
    target = [scenario.arms.index(arm) for arm in question.target]
    ends = [(place, end) for place, one in enumerate(inputs) if is_calibrated_anew(one, scenario) for end in range(2)]
    wide = [one for one in ends if inputs[one[0]].path in calibrated.own]
    held = []
    for place, end in [*wide, *[one for one in ends if one not in wide][::of_others]]:
        one = inputs[place]
        value = one.range95[end]
        if (elsewhere := with_value(config, one, value)) is None:
            continue
        ordinary = Response(prepare(elsewhere), uncertain_inputs(elsewhere), question, 2048)
        off = question.of(response.means(response.at(place, value)) - ordinary.means(ordinary.base))
        error = calibrated.of(target, one.path, end)
        assert error > 0
        held.append(abs(off) <= 1.96 * error)
        assert abs(off) < (3 if one.path in calibrated.own else 7) * error, one.path
    assert len(held) >= 20
    assert np.mean(held) >= 0.85


def test_an_error_of_calibration_widens_what_is_calibrated_anew_only():
    scenario = load("acute.yaml", ["cohort.size=1000", "draws.number=20", "draws.patients=100", VISIT]).scenario
    question = ask(scenario, "cost", None, "dry_needling,acupuncture")
    response = Response(prepare(scenario), uncertain_inputs(scenario), question, 1000)
    rebound = np.array([[0, 1.0, 9.0, 0], [0, 5.0, 5.0, 0]])
    error = CalibrationError({"relapse.rebound": rebound}, np.array([[3.0, 0, 1, 0], [-3, 0, 1, 0], [0, 4, 1, 0]]))
    plain, of_target = one_way(response), error.of([1, 2])
    assert [error.of([1, 2], "relapse.rebound", end) for end in (0, 1, None)] == [8, of_target, 8]
    assert error.of([1, 2], "relapse.shape", 0) == of_target
    assert CalibrationError({"relapse.rebound": rebound}, np.empty((0, 4))).of([2]) == pytest.approx(math.sqrt(53))
    assert CalibrationError({}, np.empty((0, 4))).of([2]) == 0
    assert of_target == pytest.approx(math.sqrt((1 + 1 + 9) / 3), rel=1e-12)
    assert error.of([0]) == pytest.approx(math.sqrt(6), rel=1e-12)
    found = plain.with_calibration_error(question, scenario, error)
    assert (found.base, found.means.tolist()) == (plain.base, plain.means.tolist())
    for before, after in zip(plain.bars, found.bars, strict=True):
        path = before.factor.path
        is_anew = path not in ("costs.visit", "costs.visit_minutes", "structure.several_modalities") and not (
            path.startswith(("modalities", "satisfaction")) and path.split(".")[-1] != "fade"
        )
        added = [0.0] * len(before.ends)
        for k, (one, other) in enumerate(zip(before.ends, after.ends, strict=True)):
            if is_anew and one.change.mc_error:
                added[k] = 8.0 if (path, k) == ("relapse.rebound", 0) else of_target
            assert other.change.estimate == one.change.estimate
            assert other.change.mc_error == pytest.approx(math.hypot(one.change.mc_error, added[k]), rel=1e-9), path
        targets = [one.target for one in before.ends]
        outer = (targets.index(min(targets)), targets.index(max(targets)))
        known = math.hypot(*(added[k] for k in outer)) if outer[0] != outer[1] else math.hypot(added[0], added[-1])
        assert after.swing.mc_error == pytest.approx(math.hypot(before.swing.mc_error, known), rel=1e-9), path
