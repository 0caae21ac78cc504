"""Value of strategies and of information against closed forms and tables worked by hand."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.special import ndtr

from sim.decision.frontier import Place, efficient_frontier, standings
from sim.decision.value.acceptability import curves
from sim.decision.value.assess import assess
from sim.decision.value.efficiency import average, efficiency, ratio_of_means
from sim.decision.value.information import partial_values
from sim.decision.value.psa import Psa
from sim.decision.value.question import ask
from sim.decision.value.smooth import fit, spline_basis
from sim.decision.value.subjects import ALL_INPUTS, FORM
from sim.luck.streams import stream
from sim.units import NUMBER

WEIGHTS = (3.0, 1.0, 0.3, 0.0)
NOISE = 1.0
AHEAD = 1.0


def draws_of(seed, purpose="value"):
    return stream(seed, 0, 0, purpose)


def psa_of(cost, effect, parameters=None, names="abcdefgh", **more):
    cost, effect = np.asarray(cost, dtype=float), np.asarray(effect, dtype=float)
    labels = tuple(names[: cost.shape[1]])
    return Psa(labels, labels, cost, effect, parameters or {}, **more)


def constant(cost, effect, n=12):
    return psa_of(np.tile(cost, (n, 1)), np.tile(effect, (n, 1)))


def gaussian(n, seed):
    """Two strategies whose net benefits, at 1 per unit of effect, differ by a weighted sum of normal inputs."""
    generator = draws_of(seed)
    inputs = generator.standard_normal((n, len(WEIGHTS)))
    difference = AHEAD + inputs @ np.array(WEIGHTS) + NOISE * generator.standard_normal(n)
    common = generator.standard_normal(n)
    effect = np.stack([common, common + difference], axis=1)
    return psa_of(np.zeros((n, 2)), effect, {f"x{k}": inputs[:, k] for k in range(len(WEIGHTS))})


def unit_loss(mean, sd):
    """Return the EVPI of two strategies whose net benefits differ by a normal number."""
    if sd == 0:
        return 0.0
    density = math.exp(-((mean / sd) ** 2) / 2) / math.sqrt(2 * math.pi)
    return sd * density - abs(mean) * float(ndtr(-abs(mean) / sd))


def test_evpi_of_two_normal_strategies_is_the_unit_normal_loss_integral():
    sd = math.sqrt(sum(w * w for w in WEIGHTS) + NOISE**2)
    scores = []
    for seed in range(60):
        found = curves(gaussian(2000, seed), np.array([1.0]))
        scores.append((found.evpi[0] - unit_loss(AHEAD, sd)) / found.evpi_error[0])
    assert abs(np.mean(scores)) < 5 / math.sqrt(60)
    assert 0.75 < np.std(scores) < 1.25


def test_evpi_of_three_strategies_is_the_mean_of_the_best_less_the_best_mean():
    generator = draws_of(3)
    psa = psa_of(generator.normal(1000, 200, (500, 3)), generator.normal(1, 0.02, (500, 3)))
    found = curves(psa, np.array([0.0, 9000.0]))
    for k, price in enumerate((0.0, 9000.0)):
        net = price * psa.effect - psa.cost
        assert found.evpi[k] == pytest.approx(net.max(axis=1).mean() - net.mean(axis=0).max(), rel=1e-12)
        wins = np.bincount(net.argmax(axis=1), minlength=3) / 500
        assert found.best[k] == pytest.approx(wins, abs=1e-12)
        assert found.evpi_error[k] == pytest.approx(
            (net.max(axis=1) - net[:, net.mean(axis=0).argmax()]).std(ddof=1) / math.sqrt(500)
        )


def test_evppi_of_normal_inputs_is_the_closed_form_and_its_error_is_honest():
    together = math.sqrt(sum(w * w for w in WEIGHTS))
    expected = np.array([*(unit_loss(AHEAD, w) for w in WEIGHTS), unit_loss(AHEAD, together)])
    values, errors = [], []
    for seed in range(80):
        psa = gaussian(1500, seed)
        found = partial_values(psa, curves(psa, np.array([1.0])), 0)
        assert [one.name for one in found] == ["x0", "x1", "x2", "x3", ALL_INPUTS]
        values.append([one.value[0] for one in found])
        errors.append([one.error[0] for one in found])
    values, errors = np.array(values), np.array(errors)
    large = [0, 1, 4]
    scores = (values - expected)[:, large] / errors[:, large]
    # The standard deviation of 80 scores has a standard error of 0.08; 1.25 leaves three of them.
    assert ((np.std(scores, axis=0) > 0.75) & (np.std(scores, axis=0) < 1.25)).all()
    assert (np.abs(np.mean(scores, axis=0)) < 5 / math.sqrt(80)).all()
    # An input that could not change the choice is worth nothing, up to a bias much below the error of the others.
    assert (values[:, 2:4].mean(axis=0) < 0.005).all()
    assert (values >= 0).all()


def test_the_error_of_evppi_would_show_an_estimate_that_is_wrong():
    psa = gaussian(5000, 1)
    psa = psa_of(psa.cost, psa.effect, {"x0": 2.0 * psa.parameters["x1"]})
    (found,) = partial_values(psa, curves(psa, np.array([1.0])), 0)
    assert abs(found.value[0] - unit_loss(AHEAD, WEIGHTS[0])) > 5 * found.error[0]
    assert abs(found.value[0] - unit_loss(AHEAD, WEIGHTS[1])) < 5 * found.error[0]


def test_evppi_of_a_bent_relation_between_three_strategies():
    generator = draws_of(9)
    x = generator.uniform(-1, 1, 20_000)
    effect = np.stack([np.zeros_like(x), x**2 - 0.4, np.sin(3 * x) - 0.1], axis=1)
    noisy = effect + generator.normal(0, 0.5, effect.shape)
    psa = psa_of(np.zeros_like(effect), noisy, {"x": x})
    (found,) = partial_values(psa, curves(psa, np.array([1.0])), 0)
    grid = (np.arange(200_000) + 0.5) / 100_000 - 1
    exact = np.stack([np.zeros_like(grid), grid**2 - 0.4, np.sin(3 * grid) - 0.1])
    expected = exact.max(axis=0).mean() - exact.mean(axis=1).max()
    assert abs(found.value[0] - expected) < 5 * found.error[0]
    assert found.error[0] < 0.05 * expected


def test_products_of_inputs_are_found_when_inputs_are_taken_together():
    generator = draws_of(10)
    x, y = generator.standard_normal((2, 10_000))
    psa = psa_of(np.zeros((10_000, 2)), np.stack([np.zeros(10_000), x * y], axis=1), {"x": x, "y": y})
    found = {one.name: one for one in partial_values(psa, curves(psa, np.array([1.0])), 0)}
    expected = 1 / math.pi  # E max(0, XY) = E|XY| / 2 and E|X| = sqrt(2 / pi)
    assert found[ALL_INPUTS].value[0] == pytest.approx(expected, abs=5 * found[ALL_INPUTS].error[0])
    assert found["x"].value[0] < 0.05 * expected


def test_switches_are_where_the_choice_changes():
    generator = draws_of(11)
    x = generator.uniform(0, 1, 5000)
    effect = np.stack([0.3 + 0 * x, x, 1.4 - x + generator.normal(0, 0.01, 5000)], axis=1)
    psa = psa_of(np.zeros((5000, 3)), effect, {"x": x})
    (found,) = partial_values(psa, curves(psa, np.array([1.0])), 0)
    (switch,) = found.switches
    assert (switch.below, switch.above) == ("c", "b")
    assert switch.value == pytest.approx(0.7, abs=0.02)


def test_a_straight_line_is_fitted_as_a_straight_line_and_noise_as_little():
    x = draws_of(12).standard_normal(400)
    basis = spline_basis([x])
    line = (5 + 2 * x)[:, None]
    found = fit(basis, line)
    assert found.fitted == pytest.approx(line, abs=1e-9)
    assert found.left_out == pytest.approx(line, abs=1e-9)
    assert found.explained == pytest.approx([1.0])
    assert basis.columns.T @ basis.columns / 400 == pytest.approx(np.eye(basis.terms), abs=1e-9)
    assert basis.columns.mean(axis=0) == pytest.approx(np.zeros(basis.terms), abs=1e-12)
    assert (basis.penalty < 1e-9).sum() == 1


def test_noise_is_smoothed_away():
    # Without a penalty the 9 terms of the spline would explain 9 times the variance of a mean; a straight line one.
    explained = []
    for seed in range(40):
        x, noise = draws_of(seed, "noise").standard_normal((2, 1000))
        basis = spline_basis([x])
        assert basis.terms == 9
        fitted = fit(basis, noise[:, None]).fitted
        explained.append(1000 * float(((fitted - noise.mean()) ** 2).mean()))
    assert np.mean(explained) < 2.0


def test_columns_that_depend_on_others_are_left_out():
    x = draws_of(13).standard_normal(2000)
    assert spline_basis([x, 3 * x + 1]).terms < 2 * spline_basis([x, x**2]).terms
    twins = np.array([0.0, 1.0] * 500)
    assert spline_basis([twins]).terms == 1


# Worked by hand. Costs in order: A 100, B 200, C 300, D 400, E 150, F 500, G 200, H 500.
# Effects:                       A 1,   B 2,   C 2.5, D 5,   E 0.5, F 5,   G 2,   H 8.
# E costs more than A and gives less: dominated by A. G is B again. F costs what H costs and gives less: dominated by H.
# A to B 100 per unit, B to C 200, C to D 40, D to H 33.3. B to C costs more per unit than C to D: C goes, then
# B to D is 200/3 = 66.7 and A to B is 100: B goes. A to D is 75 and D to H is 33.3: D goes. A to H is 400/7 = 57.1.
HAND_COST = [100, 200, 300, 400, 150, 500, 200, 500]
HAND_EFFECT = [1, 2, 2.5, 5, 0.5, 5, 2, 8]


def test_dominance_by_hand():
    found = {one.name: one for one in standings("ABCDEFGH", HAND_EFFECT, HAND_COST, mixtures=True)}
    assert [name for name, one in found.items() if one.place is Place.FRONTIER] == ["A", "H"]
    assert (found["E"].place, found["E"].by) == (Place.DOMINATED, ("A",))
    assert (found["F"].place, found["F"].by) == (Place.DOMINATED, ("H",))
    assert (found["G"].place, found["G"].by) == (Place.SAME, ("B",))
    for name in "BCD":
        assert (found[name].place, found[name].by) == (Place.EXTENDED, ("A", "H"))
    (first, last) = efficient_frontier("ABCDEFGH", HAND_EFFECT, HAND_COST, mixtures=True)
    assert (first.name, last.name, last.extra_cost, last.extra_gain) == ("A", "H", 400, 7)
    assert last.per_gain == 400 / 7


def test_rounding_decides_neither_who_is_dominated_nor_whether_there_is_an_error():
    """0.1 + 0.2 is more than 0.3 by rounding only, and a price that is the same in every draw is known."""
    found = standings(["A", "B", "C"], [0.3, 0.1 + 0.2, 0.5], [100.0, 200.0, 300.0], mixtures=True)
    assert [one.place for one in found] == [Place.FRONTIER, Place.DOMINATED, Place.FRONTIER]
    assert [one.name for one in efficient_frontier("ABC", [0.3, 0.1 + 0.2, 0.5], [100.0, 200.0, 300.0])] == ["A", "C"]
    alike = standings(["A", "B"], [0.3, 0.1 + 0.2], [100.0, 100.0])
    assert [one.place for one in alike] == [Place.FRONTIER, Place.SAME]
    for constant in (163765.1, 0.1 + 0.2, 1e-300):
        known = average(np.full(1001, constant), NUMBER)
        assert (known.estimate, known.mc_error) == (constant, 0.0)
    rounded = np.array([0.3, 0.1 + 0.2] * 500)
    assert average(rounded, NUMBER).mc_error == 0.0


def test_icers_by_hand():
    # A 100 for 1; B 200 for 2 (ICER 100); C 290 for 2.5 (ICER 180); D 800 for 4 (ICER 340); E 250 for 2.1: going
    # from B to E costs 500 a unit, from E to C 100: extendedly dominated by B and C. F: saves 50, loses 2.
    found = efficiency(constant([100, 200, 290, 800, 250, 50], [1, 2, 2.5, 4, 2.1, -1]))
    assert [(one.strategy, one.place) for one in found] == [
        ("f", Place.FRONTIER), ("a", Place.FRONTIER), ("b", Place.FRONTIER), ("c", Place.FRONTIER),
        ("d", Place.FRONTIER), ("e", Place.EXTENDED),
    ]  # fmt: skip
    assert [one.ratio.estimate for one in found if one.ratio] == pytest.approx([25, 100, 180, 340])
    assert [one.versus for one in found] == [None, "f", "a", "b", "c", None]
    assert found[-1].by == ("b", "c")


@pytest.mark.parametrize(
    ("cost", "effect", "places"),
    [
        ([100, 100], [1, 2], ["dominated", "frontier"]),
        ([100, 200], [1, 1], ["frontier", "dominated"]),
        ([100, 100], [1, 1], ["frontier", "same as another"]),
        ([-50, -100], [1, 0], ["frontier", "frontier"]),
        ([-50, -100], [1, 1], ["dominated", "frontier"]),
        ([0, 100, 200], [0, 1, 2], ["frontier", "frontier", "frontier"]),
        ([0, 101, 200], [0, 1, 2], ["frontier", "extendedly dominated", "frontier"]),
        ([0, 99, 200], [0, 1, 2], ["frontier", "frontier", "frontier"]),
        ([0.1, 0.2, 0.3], [0.1, 0.2, 0.3], ["frontier", "frontier", "frontier"]),
    ],
)
def test_ties_equal_costs_equal_effects_and_negative_costs(cost, effect, places):
    assert [str(one.place) for one in standings("abc"[: len(cost)], effect, cost, mixtures=True)] == places


def test_extended_dominance_is_what_a_search_over_all_mixtures_finds():
    for seed in range(30):
        generator = draws_of(seed, "mixtures")
        gain, cost = generator.random(12).round(2).tolist(), generator.random(12).round(2).tolist()
        names = [str(k) for k in range(12)]
        found = standings(names, gain, cost, mixtures=True)
        for i, one in enumerate(found):
            alone = any(gain[k] >= gain[i] and cost[k] <= cost[i] and (gain[k], cost[k]) != (gain[i], cost[i])
                        for k in range(12))  # fmt: skip
            mixed = False
            for j, k in combinations(range(12), 2):
                low, high = sorted((j, k), key=lambda m: gain[m])
                if gain[low] < gain[i] < gain[high]:
                    share = (gain[i] - gain[low]) / (gain[high] - gain[low])
                    mixed = mixed or cost[low] + share * (cost[high] - cost[low]) < cost[i] - 1e-9
            assert (one.place is Place.DOMINATED) == alone, (seed, i)
            assert (one.place is Place.EXTENDED) == (mixed and not alone and one.place is not Place.SAME), (seed, i)
        points = efficient_frontier(names, gain, cost, mixtures=True)
        ratios = [point.per_gain for point in points[1:]]
        assert all(a <= b + 1e-9 for a, b in pairwise(ratios))


def test_fieller_limits_solve_their_equation_and_cover():
    generator = draws_of(20)
    gain = generator.normal(2, 0.5, 400)
    cost = 3 * gain + generator.normal(100, 20, 400)
    found = ratio_of_means(cost, gain, NUMBER)
    shared, c, e = np.cov(cost, gain), cost.mean(), gain.mean()
    for r in (found.lower, found.upper):
        spread = shared[0, 0] - 2 * r * shared[0, 1] + r * r * shared[1, 1]
        assert (c - r * e) ** 2 == pytest.approx(1.959963984540054**2 * spread, rel=1e-9)
    assert found.lower < found.estimate < found.upper
    error = math.sqrt((shared[0, 0] - 2 * found.estimate * shared[0, 1] + found.estimate**2 * shared[1, 1]) / 400) / e
    assert found.mc_error == pytest.approx(error)


def test_a_gain_that_may_be_nothing_has_no_finite_interval():
    generator = draws_of(21)
    found = ratio_of_means(generator.normal(100, 5, 300), generator.normal(0.1, 1, 300), NUMBER)
    assert math.isfinite(found.estimate)
    assert math.isnan(found.lower)
    assert math.isnan(found.upper)


def test_the_clinic_counts_patients_for_whom_another_strategy_is_better():
    psa = gaussian(4000, 5)
    strategies = efficiency(psa)
    found = assess(psa, strategies, ask(psa, strategies, "0:2", 1.0, 200, 3.0))
    share = float((psa.effect[:, 1] < psa.effect[:, 0]).mean())
    assert found.preferred == 1
    assert found.perfect.chance == pytest.approx(share)
    assert found.perfect.per_year == pytest.approx(200 * found.perfect.estimate)
    assert found.perfect.over_years == pytest.approx(600 * found.perfect.estimate)
    assert [one.name for one in found.inputs[:2]] == ["x0", "x1"]
    assert found.inputs[0].is_beyond_noise
    assert not found.inputs[-1].is_beyond_noise
    # x0 alone changes the choice where 1 + 3 x0 < 0.
    assert found.inputs[0].chance == pytest.approx(float(ndtr(-1 / 3)), rel=0.1)


def test_the_example_of_the_veterans_health_economics_centre():
    # herc.research.va.gov, "Cost-Effectiveness Analysis"; the R package dampack gives the same.
    found = efficiency(constant([55000, 35000, 25000, 10000, 12000, 5000], [5, 4, 3, 2, 1.5, 1]))
    named = dict(zip("abcdef", ("E", "D", "C", "B", "A", "UC"), strict=True))
    places = {named[one.strategy]: one.place for one in found}
    assert [named[one.strategy] for one in found[:4]] == ["UC", "B", "D", "E"]
    assert [one.ratio.estimate for one in found if one.ratio] == [5000, 12500, 20000]
    assert places["C"] is Place.EXTENDED
    assert places["A"] is Place.DOMINATED


def test_a_published_analysis_of_eleven_strategies_has_the_icers_that_another_program_gives():
    # Treatment of Clostridioides difficile, as analysed by the R package dampack 1.0 (vignettes/cdiff_icers.csv).
    known = {
        "s3": (57336.0060, 12.939964, None), "s27": (57541.2526, 13.014064, 2769.85),
        "s33": (57642.2588, 13.038912, 4065.03), "s31": (57934.0743, 13.096626, 5056.22),
        "s43": (58072.1137, 13.112858, 8504.22), "s44": (58665.7823, 13.128333, 38362.65),
        "s39": (57814.6471, 13.046279, Place.EXTENDED), "s4": (57887.4815, 12.997066, Place.DOMINATED),
        "s13": (58018.6252, 13.065041, Place.DOMINATED), "s37": (58081.7948, 13.102971, Place.DOMINATED),
        "s20": (58634.2026, 13.110057, Place.DOMINATED),
    }  # fmt: skip
    psa = psa_of(*(np.tile([row[k] for row in known.values()], (10, 1)) for k in (0, 1)), names="abcdefghijk")
    names = dict(zip(psa.strategies, known, strict=True))
    found = efficiency(psa)
    assert [names[one.strategy] for one in found[:6]] == ["s3", "s27", "s33", "s31", "s43", "s44"]
    for one in found:
        expected = known[names[one.strategy]][2]
        if isinstance(expected, Place):
            assert one.place is expected
        elif expected is not None:
            assert one.ratio is not None
            assert one.ratio.estimate == pytest.approx(expected, rel=2e-4)


def two_forms():
    """Two strategies of which the second is worth 1 more in the first form of the model, and 2 less in the second."""
    places = np.array([0.0, 0.0, 0.0, 1.0] * 50)
    luck = draws_of(22).normal(0, 0.1, 200)
    effect = np.stack([luck, luck + np.where(places == 0, 1.0, -2.0)], axis=1)
    cost = np.tile([10.0, 10.5], (200, 1))
    return psa_of(cost, effect, {"structure.kind": places}, kinds={"structure.kind": ("usual", "other", "never drawn")})


def test_the_answer_in_each_form_of_the_model_is_that_of_its_draws():
    psa = two_forms()
    strategies = efficiency(psa)
    found = assess(psa, strategies, ask(psa, strategies, "0:2", 1.0))
    assert [(one.kind, one.alternative, one.draws, one.preferred) for one in found.by_form] == [
        ("structure.kind", "usual", 150, 1), ("structure.kind", "other", 50, 0),
    ]  # fmt: skip
    assert found.preferred == 0  # 0.75 * 1 - 0.25 * 2 - 0.5 = -0.25 on average
    for one in found.by_form:
        of_these = psa.parameters["structure.kind"] == ("usual", "other").index(one.alternative)
        net = psa.net_benefit(1.0)[of_these]
        assert one.net_benefit == pytest.approx(net.mean(axis=0), rel=1e-12)
        assert one.best == pytest.approx(np.bincount(net.argmax(axis=1), minlength=2) / one.draws)
        assert one.evpi.estimate == pytest.approx(net.max(axis=1).mean() - net.mean(axis=0).max(), abs=1e-12)
        assert one.evpi.mc_error < 0.01
        assert [c.estimate for c in one.cost] == [10.0, 10.5]
        assert one.effect[1].mc_error == pytest.approx(psa.effect[of_these, 1].std(ddof=1) / math.sqrt(one.draws))


def test_knowing_the_form_is_worth_the_mean_of_its_best_answers_less_the_best_mean():
    # Form by form the second strategy is 0.5 ahead with a chance of 3 / 4, else 2.5 behind: worth 0.75 * 0.5.
    psa = two_forms()
    (found,) = partial_values(psa, curves(psa, np.array([1.0])), 0)
    assert found.value[0] == pytest.approx(0.375, abs=1e-6)
    assert found.other[0] == pytest.approx(0.75)
    assert found.switches == ()  # alternatives have no order


def test_several_kinds_of_structure_are_worth_more_together_than_each():
    """A second strategy is ahead by the product of two signs, one of each kind: neither kind alone tells anything."""
    one, other = np.array([0.0, 1.0] * 200), np.array([0.0, 0.0, 1.0, 1.0] * 100)
    luck = draws_of(23).normal(0, 0.1, 400)
    effect = np.stack([luck, luck + (2 * one - 1) * (2 * other - 1)], axis=1)
    kinds = {"structure.fading": ("usual", "none"), "structure.matching": ("as_stated", "none")}
    psa = psa_of(np.zeros((400, 2)), effect, dict(zip(kinds, (one, other), strict=True)), kinds=kinds)
    strategies = efficiency(psa)
    found = assess(psa, strategies, ask(psa, strategies, "0:2", 1.0))
    assert [worth.name for worth in found.groups] == [FORM]
    assert found.groups[0].estimate == pytest.approx(0.5, abs=1e-3)  # ahead or behind by 1, each in half of the draws
    assert all(worth.estimate < 0.05 for worth in found.inputs)
    assert found.perfect.estimate == pytest.approx(0.5, abs=1e-3)
