"""What must not change the outcome of a search: workers, the order of the grid, prices, candidates that are no good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from sim.decision.question import ask
from sim.decision.search import FIRST_BLOCK, search
from sim.decision.selection import Status
from sim.decision.tryout import Tryout
from sim.luck.streams import BLOCK_SIZE
from sim.patient.arms import protocol_arm
from sim.quantities import BY_NAME
from sim.report.search.files import candidate_table
from sim.scenario.cohort import MAX_PATIENTS
from sim.study.prepare import prepare
from tests.conftest import GIVEN_PARAMETERS

SMALL = (
    *GIVEN_PARAMETERS,
    "cohort.size=5000",
    "search.visits=[2, 3, 4, 6]",
    "search.every_days=[3.5, 7]",
    "search.use=[dry_needling, both, in_turn]",
)


def run(scenario, *overrides, objective="lasting_relief", budgets=("cost<=350",), workers=1, **asked):
    loaded = scenario("acute.yaml", *SMALL, *overrides)
    return search(loaded, ask(loaded, objective, budgets, **asked), workers)


def test_any_number_of_workers_gives_the_same_bytes(scenario):
    first = run(scenario, indifference=0.001, workers=1)
    assert first.rounds > 2
    for workers in (2, 5):
        again = run(scenario, indifference=0.001, workers=workers)
        assert candidate_table(again) == candidate_table(first)
        assert repr(again.frontier) == repr(first.frontier)


def test_the_order_of_the_grid_makes_no_difference(scenario):
    first = run(scenario)
    turned = run(
        scenario,
        "search.visits=[6, 4, 3, 2]",
        "search.every_days=[7, 3.5]",
        "search.use=[in_turn, both, dry_needling]",
        "search.stop_after_relief=[2, never]",
    )
    assert candidate_table(turned) == candidate_table(first)


def test_a_candidate_that_is_no_good_does_not_change_the_best(scenario):
    none = "search.sequences.nothing={each_visit: []}"
    use = "search.use=[dry_needling, both, in_turn, nothing]"
    first, more = run(scenario), run(scenario, none, use)
    assert len(more.candidates) > len(first.candidates)
    assert more.best == first.best
    assert more.by_name[first.best].means == first.by_name[first.best].means
    assert all(one.status is not Status.TIE for one in more.candidates if one.candidate.sequence == "nothing")


def test_twice_the_prices_and_twice_the_budget_give_the_same_choice(scenario):
    doubled = (
        "costs.visit=80",
        *(f"modalities.{name}.{entry}" for name, entry in (
            ("dry_needling", "cost=50"), ("acupuncture", "cost=70"),
            ("dry_needling", "first_visit_cost=20"), ("acupuncture", "first_visit_cost=60"),
        )),
    )  # fmt: skip
    single = tuple(
        change.replace(f"={value}", f"={int(value) // 2}")
        for change, value in zip(doubled, ("80", "50", "70", "20", "60"), strict=True)
    )
    first = run(scenario, *single)
    second = run(scenario, *doubled, budgets=("cost<=700",))
    assert second.best == first.best
    for one, two in zip(first.candidates, second.candidates, strict=True):
        assert two.means["cost"].estimate == pytest.approx(2 * one.means["cost"].estimate)


def test_a_looser_budget_is_never_worse(scenario):
    gains = []
    for limit in (200, 300, 400, 600):
        result = run(scenario, budgets=(f"cost<={limit}",))
        gains.append(result.by_name[result.best].means["lasting_relief"].estimate)
    assert all(later > earlier - 0.01 for earlier, later in pairwise(gains))


def test_whoever_is_estimated_afresh_is_estimated_on_patients_who_did_not_select(scenario):
    loaded = scenario("acute.yaml", *SMALL, "cohort.size=4096")
    result = search(loaded, ask(loaded, "lasting_relief", ["cost<=350"]))
    assert FIRST_BLOCK > MAX_PATIENTS // BLOCK_SIZE
    arms = {one.name: protocol_arm(loaded, one.candidate.protocol) for one in result.candidates}
    study, rows = prepare(loaded), [BY_NAME["lasting_relief"].row]
    with ThreadPoolExecutor(1) as executor:
        screened, fresh = (
            Tryout(study, arms, rows, alone).values(executor, block, 4096).mean(axis=2)[:, 0]
            for block, alone in ((FIRST_BLOCK, True), (0, False))
        )
    seen = set()
    for one, first, anew in zip(result.candidates, screened, fresh, strict=True):
        if one.is_fresh or one.patients == 4096:
            seen.add(one.is_fresh)
            assert one.means["lasting_relief"].estimate == pytest.approx(anew if one.is_fresh else first, rel=1e-12)
    assert seen == {True, False}
    assert abs(screened - fresh).max() > 0
