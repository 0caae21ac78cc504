"""Without noise the search finds what trying every protocol finds, and its estimates are those of a run."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sim.decision.candidates import build_grid
from sim.decision.frontier import efficient_frontier, not_clearly_dominated
from sim.decision.question import ask
from sim.decision.search import search
from sim.decision.selection import Status
from sim.patient.arms import protocol_arm
from sim.patient.setting import build_setting
from sim.quantities import BY_NAME
from sim.study.prepare import Study, prepare
from sim.study.results import build_panel
from sim.study.run import run_block, run_study
from tests.conftest import GIVEN_PARAMETERS, NO_HETEROGENEITY

TOY = (
    *GIVEN_PARAMETERS, *NO_HETEROGENEITY, "relapse.form=none", "cohort.profiles={acute_strain: 1}", "cohort.size=300",
)  # fmt: skip
GRID = ("search.visits=[1, 2, 3, 5, 8]", "search.every_days=[3.5, 7]")


def brute_force(scenario, outcome, allowed=lambda means: True):
    """Return the best mean of every candidate that is allowed, by running each as the only arm."""
    prepared = prepare(scenario)
    found = {}
    for candidate in build_grid(scenario).candidates:
        setting = build_setting(scenario, {"only": protocol_arm(scenario, candidate.protocol)})
        rows = run_block(Study(scenario, prepared.calibration, setting, prepared.law), 0, 300).rows[0]
        means = {name: rows[BY_NAME[name].row].mean() for name in ("pain_reduction", "cost", "visits")}
        if allowed(means):
            found[candidate.key] = means[outcome]
    return found


@pytest.mark.parametrize(
    ("budgets", "allowed"),
    [
        ((), lambda means: True),
        (("cost<=400",), lambda means: means["cost"] <= 400),
        (("cost<=330", "visits>=3"), lambda means: means["cost"] <= 330 and means["visits"] >= 3),
    ],
)
def test_a_search_without_noise_finds_the_optimum_of_brute_force(scenario, budgets, allowed):
    loaded = scenario("acute.yaml", *TOY, *GRID)
    expected = brute_force(loaded, "pain_reduction", allowed)
    result = search(loaded, ask(loaded, "pain_reduction", budgets))
    best = max(expected.values())
    assert expected[result.best] == pytest.approx(best, rel=1e-12)
    assert {one.name for one in result.with_status(Status.BEST, Status.TIE)} == {
        name for name, value in expected.items() if value > best - 1e-9
    }
    over = {one.name for one in result.with_status(Status.OVER)}
    assert over.isdisjoint(expected)
    assert len(over) <= len(result.candidates) - len(expected)
    assert result.patients_used == 4096 * len(result.candidates)


def test_less_is_better_where_the_outcome_says_so(scenario):
    loaded = scenario("acute.yaml", *TOY, *GRID)
    expected = brute_force(loaded, "cost", lambda means: means["pain_reduction"] >= 3)
    result = search(loaded, ask(loaded, "cost", ["pain_reduction>=3"]))
    assert expected[result.best] == min(expected.values())


def test_estimates_are_those_of_a_run_with_the_protocol_as_an_arm(scenario):
    extra = (*GIVEN_PARAMETERS, "cohort.size=9000", "search.visits=[2, 4]", "search.every_days=[7]")
    loaded = scenario("acute.yaml", *extra)
    result = search(loaded, ask(loaded, "pain_reduction_day42", ["cost<=300"]))
    best = result.by_name[result.best]
    protocols = {**loaded.protocols, "found": best.candidate.protocol}
    arms = ("usual_care", "found")
    panel = build_panel(run_study(prepare(loaded.model_copy(update={"protocols": protocols, "arms": arms}))))
    for outcome, mean in best.means.items():
        expected = panel.get("found", outcome)
        assert mean.estimate == pytest.approx(expected.estimate, rel=1e-12)
        assert mean.mc_error == pytest.approx(expected.mc_error, rel=1e-6, abs=1e-12)
    own = next(arm for arm in result.arms if arm.name == "usual_care")
    difference = panel.difference("usual_care", "found", "pain_reduction_day42")
    assert own.difference.estimate == pytest.approx(difference.estimate, rel=1e-9)
    assert own.difference.mc_error == pytest.approx(difference.mc_error, rel=1e-6)


def test_the_frontier_is_what_a_loop_over_all_pairs_finds():
    generator = np.random.Generator(np.random.SFC64(5))
    gain, cost = generator.random(60).round(2), generator.random(60).round(2)
    points = efficient_frontier([str(i) for i in range(60)], gain, cost)
    found = {(gain[int(p.name)], cost[int(p.name)]) for p in points}
    expected = {
        (g, c)
        for g, c in zip(gain, cost, strict=True)
        if not any((h >= g and d <= c and (h > g or d < c)) for h, d in zip(gain, cost, strict=True))
    }
    assert found == expected
    for before, point in pairwise(points):
        i, j = int(before.name), int(point.name)
        assert point.per_gain == pytest.approx((cost[j] - cost[i]) / (gain[j] - gain[i]))


def test_only_what_is_dominated_beyond_doubt_is_left_off_the_frontier():
    generator = np.random.Generator(np.random.SFC64(6))
    noise = generator.standard_normal((3, 400))
    gain = np.array([1.0, 0.99, 0.0])[:, None] + 0.3 * noise
    assert not_clearly_dominated(gain, np.array([5.0, 5.0, 5.0])[:, None] + np.zeros((3, 400))) == [0, 1]
