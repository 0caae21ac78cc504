"""A search is never led to the longest spacing by delay itself: along spacing alone the best is shorter, seeded."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sim.decision.candidates import build_grid
from sim.decision.question import ask
from sim.decision.search import search
from sim.decision.tryout import Tryout
from sim.estimate.clusters import error_of_mean
from sim.luck.streams import BLOCK_SIZE
from sim.patient.arms import protocol_arm
from sim.quantities import ROW
from sim.study.prepare import prepare
from tests.conftest import load

BLOCKS = 2
OUTCOMES = ("pain_reduction_day42", "lasting_relief", "qaly", "pain_reduction")


@pytest.fixture(scope="module")
def lines():
    """Return the grid of `acute.yaml` on common patients, in lines along which nothing but the spacing differs.

    By sequence, visits and rule, a list from the shortest spacing on: values, (outcomes, patients). A line needs three
    spacings to have an inside.
    """
    scenario = load("acute.yaml").scenario
    candidates = build_grid(scenario).candidates
    arms = {one.key: protocol_arm(scenario, one.protocol) for one in candidates}
    tryout = Tryout(prepare(scenario), arms, [ROW[name] for name in OUTCOMES])
    with ThreadPoolExecutor(2) as executor:
        values = np.concatenate([tryout.values(executor, block, BLOCK_SIZE) for block in range(BLOCKS)], axis=2)
    found = defaultdict(list)
    for one, of_arm in sorted(zip(candidates, values, strict=True), key=lambda pair: pair[0].every_days):
        found[one.sequence, one.first_visits, one.visits, one.stop_after_relief].append(of_arm)
    return {rest: line for rest, line in found.items() if len(line) >= 3}


def longest_minus_best_of_shorter(lines, outcome):
    """Return by line the paired difference of the mean of the longest spacing, in standard errors."""
    row, found = OUTCOMES.index(outcome), {}
    for rest, line in lines.items():
        best = max((values[row] for values in line[:-1]), key=np.mean)
        difference = line[-1][row] - best
        found[rest] = difference.mean() / error_of_mean(difference)
    return found


def test_along_spacing_alone_the_objective_is_best_inside_the_grid_or_at_its_short_end(lines):
    """Pain on day 42: a visit as late as that has had no effect yet, and one after it none at all."""
    found = longest_minus_best_of_shorter(lines, "pain_reduction_day42")
    as_planned = {rest: errors for rest, errors in found.items() if rest[3] is None}
    assert len(as_planned) > 25
    assert max(as_planned.values()) < -5, max(as_planned, key=as_planned.get)
    # Who is discharged once relief has held has fewer visits where they are closer together.
    assert max(found.values()) < 5, max(found, key=found.get)


@pytest.mark.parametrize("outcome", ["lasting_relief", "qaly"])
def test_along_spacing_alone_no_outcome_over_time_is_better_for_the_longest_spacing(lines, outcome):
    found = longest_minus_best_of_shorter(lines, outcome)
    assert max(found.values()) < 5, max(found, key=found.get)


def test_an_outcome_that_rewards_delay_would_be_noticed(lines):
    """At the end of its own course a longer course has had more of the natural course, too."""
    found = longest_minus_best_of_shorter(lines, "pain_reduction")
    assert max(found.values()) > 5


def test_the_search_without_a_budget_does_not_choose_the_longest_spacing():
    scenario = load("acute.yaml").scenario
    result = search(scenario, ask(scenario), workers=2)
    best = result.by_name[result.best].candidate
    offered = [one.every_days for one in build_grid(scenario).candidates if one.visits == best.visits]
    assert best.every_days < max(offered)
    assert best.every_days < max(scenario.search.every_days)
