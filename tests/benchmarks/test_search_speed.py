"""Times of a protocol search, printed and not asserted: run with `pytest -m benchmark -s`."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sim.decision.candidates import build_grid
from sim.decision.question import ask
from sim.decision.search import search
from sim.decision.tryout import Sums, Tryout
from sim.patient.arms import protocol_arm
from sim.study.prepare import prepare
from sim.study.run import block_sizes

pytestmark = pytest.mark.benchmark
PROTOCOLS, PATIENTS, WORKERS = 200, 20_000, 2


def test_every_protocol_on_every_patient(scenario):
    loaded = scenario("acute.yaml")
    question = ask(loaded, "lasting_relief", ["cost<=400"])
    candidates = build_grid(loaded).candidates[:PROTOCOLS]
    arms = {candidate.key: protocol_arm(loaded, candidate.protocol) for candidate in candidates}
    tryout = Tryout(prepare(loaded), arms, [outcome.row for outcome in question.outcomes])
    with ThreadPoolExecutor(WORKERS) as executor:
        list(tryout.sums(executor, [(0, 10)], tryout.names))
        start = time.perf_counter()
        sums = Sums.none(len(arms), len(question.outcomes))
        for part in tryout.sums(executor, block_sizes(PATIENTS), tryout.names):
            sums.add(part)
        taken = time.perf_counter() - start
    courses = len(arms) * sums.n
    print(f"\n{len(arms)} protocols x {sums.n:,} patients on {WORKERS} workers: {taken:.2f} s, "
          f"{taken / courses * 1e9:.0f} ns per course")  # fmt: skip


@pytest.mark.parametrize(
    ("objective", "budgets"),
    [("lasting_relief", ["cost<=400"]), ("cost", ["lasting_relief>=0.6"]), ("pain_reduction_day42", [])],
)
def test_the_search_in_two_stages(scenario, objective, budgets):
    loaded = scenario("acute.yaml")
    question = ask(loaded, objective, budgets)
    start = time.perf_counter()
    result = search(loaded, question, WORKERS)
    taken = time.perf_counter() - start
    print(f"\n{objective} {' '.join(budgets)}: {len(result.candidates)} candidates, {result.patients_used:,} courses "
          f"to select ({result.equal_allocation:,} if all had as many), {taken:.2f} s")  # fmt: skip
