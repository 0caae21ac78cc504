"""Searching a grid of protocols: few patients for all, more for the contenders, fresh ones for the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.decision.added_up import AddedUp, Progress
from sim.decision.candidates import Candidate, Grid, build_grid
from sim.decision.frontier import FrontierPoint, efficient_frontier, not_clearly_dominated
from sim.decision.question import Question
from sim.decision.selection import Selection, Status
from sim.decision.tryout import Sums, Tryout
from sim.decision.verdict import margin_of
from sim.estimate.estimate import Z95, Estimate
from sim.luck.streams import BLOCK_SIZE
from sim.patient.arms import Arm, build_arm, protocol_arm
from sim.scenario.schema import Scenario
from sim.study.at_work import Threads, Told
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.prepare import prepare
from sim.study.run import block_sizes

Floats = NDArray[np.float64]

FIRST_BLOCK = 2**32
"""Selection has patients of its own, far from those of a run: what was selected by luck has to prove itself anew."""
LARGEST_ROUND = 16


@dataclass(frozen=True)
class Found:
    """What was found out about a candidate, or about an arm of the scenario (`candidate` is None).

    `patients`: those used to select; `means` by outcome, from `estimated_on` patients, who are fresh ones or those of
    the selection; `difference`: in the objective, this one minus the best, in the same patients.
    """

    name: str
    candidate: Candidate | None
    status: Status | None
    patients: int
    means: Mapping[str, Estimate]
    difference: Estimate
    estimated_on: int
    is_fresh: bool


@dataclass(frozen=True)
class SearchResult:
    """A finished search: `best` is the name of the candidate selected, or of the nearest if none is within budget.

    `gains`: what each member of the frontier gains over the one before, paired; NaN for the first.
    """

    scenario: Scenario
    question: Question
    grid: Grid
    candidates: tuple[Found, ...]
    arms: tuple[Found, ...]
    frontier: tuple[FrontierPoint, ...]
    gains: tuple[Estimate, ...]
    best: str
    is_within_budget: bool
    patients_used: int
    rounds: int

    @cached_property
    def by_name(self) -> dict[str, Found]:
        """Every candidate by its name."""
        return {found.name: found for found in self.candidates}

    @cached_property
    def margin(self) -> float:
        """The smallest difference in the objective that matters, in its unit."""
        best = self.by_name[self.best].means[self.question.objective.name]
        return margin_of(self.scenario, self.question.objective, abs(best.estimate))

    @cached_property
    def least(self) -> Found:
        """The candidate that takes least of those no worse than the best by any difference that matters."""
        return self._least(self.candidates) or self.by_name[self.best]

    @cached_property
    def least_arm(self) -> Found | None:
        """The same of the scenario's own arms; None if all are worse, or beyond the budget."""
        return self._least(self.arms)

    def is_as_near(self, found: Found) -> bool:
        """Tell whether one is within the budget, and behind the best by no more than the margin even by bad luck."""
        behind = -self.question.sign * found.difference.estimate + Z95 * found.difference.mc_error
        return found.is_fresh and behind <= self.margin and self.is_inside(found)

    def is_inside(self, found: Found) -> bool:
        """Tell whether the means of one are within the budgets."""
        return all(budget.sign * (found.means[budget.outcome.name].estimate - budget.limit) <= 0
                   for budget in self.question.budgets)  # fmt: skip

    def _least(self, among: Sequence[Found]) -> Found | None:
        """Return who takes least, and of several the one that has most of the objective."""
        against, objective, sign = self.question.against, self.question.objective, self.question.sign
        near = [one for one in among if self.is_as_near(one)] if self.is_within_budget else []
        spent_sign = 1 if against.better == "lower" else -1
        return min(
            near,
            key=lambda one: (spent_sign * one.means[against.name].estimate, -sign * one.means[objective.name].estimate),
            default=None,
        )

    def with_status(self, *wanted: Status) -> list[Found]:
        """Return the candidates of a status, the best objective first."""
        name, sign = self.question.objective.name, self.question.sign
        found = [one for one in self.candidates if one.status in wanted]
        return sorted(found, key=lambda one: (-sign * one.means[name].estimate, one.name))

    @property
    def equal_allocation(self) -> int:
        """Patients that giving every candidate as many as the best one had would have taken."""
        return len(self.candidates) * max(found.patients for found in self.candidates)


def search(
    scenario: Scenario,
    question: Question,
    workers: int = 1,
    progress: Progress = lambda what, done, total: None,
    saved: Saved = NOTHING_SAVED,
) -> SearchResult:
    """Search a scenario's grid; the result depends neither on `workers` nor on interruptions.

    `progress` is called with what is being done, and with the courses run and to be run of it; `saved` gives back what
    an earlier search has finished, and is given what this one has. Raises ScenarioError for a grid without candidates,
    a course of the scenario's own beyond the horizon, or an entry rule that hardly anybody passes.
    """
    grid = build_grid(scenario)
    progress("calibrating", 0, 0)
    study = prepare(scenario)
    outcomes = question.outcomes
    rows = [outcome.row for outcome in outcomes]
    arms = {candidate.key: protocol_arm(scenario, candidate.protocol) for candidate in grid.candidates}
    tryout = Tryout(study, arms, rows, alone=True)
    with Threads(workers) as executor:
        added = AddedUp(executor, progress, saved)
        selected = _select(tryout, executor, question, progress, added)
        chosen = [tryout.names[i] for i in selected.to_estimate]
        own = {f"arm {name}": build_arm(scenario, name) for name in scenario.arms}
        fresh_arms: dict[str, Arm] = {**own, **{name: arms[name] for name in chosen}}
        fresh = Tryout(study, fresh_arms, rows)
        best = tryout.names[selected.best]
        blocks = list(block_sizes(scenario.cohort.size))
        sums = added.over(blocks, fresh, fresh.names, "fresh", "estimating the best on fresh patients", best)
        anew = _fresh(fresh, sums, best, question, scenario)
        on_frontier = _frontier(chosen, anew, question)
        errors = _step_errors(fresh, added, [point.name for point in on_frontier], blocks)
    unit = question.objective.unit.of(scenario.costs.currency)
    candidates = []
    for index, candidate in enumerate(grid.candidates):
        status, patients = selected.selection.status[index], int(selected.patients[index])
        means, difference, n, is_fresh = anew.get(candidate.key) or selected.estimates(index, question, scenario)
        candidates.append(Found(candidate.key, candidate, status, patients, means, difference, n, is_fresh))
    return SearchResult(
        scenario=scenario,
        question=question,
        grid=grid,
        candidates=tuple(candidates),
        arms=tuple(Found(name, None, None, 0, *anew[f"arm {name}"]) for name in scenario.arms),
        frontier=on_frontier,
        gains=tuple(
            Estimate.normal(unit, point.extra_gain, error) for point, error in zip(on_frontier, errors, strict=True)
        ),
        best=best,
        is_within_budget=selected.is_within_budget,
        patients_used=int(selected.patients.sum()),
        rounds=selected.rounds,
    )


Estimated = tuple[Mapping[str, Estimate], Estimate, int, bool]


@dataclass
class _Selected:
    """How the selection ended: sums and patients by candidate, and the mean of the objective of all after each round.

    `history`: patients to sums of the objective, (candidates,), for those who were still in.
    """

    selection: Selection
    sums: Floats
    squares: Floats
    patients: NDArray[np.int64]
    history: dict[int, Floats]
    best: int
    is_within_budget: bool
    to_estimate: list[int]
    rounds: int

    def estimates(self, index: int, question: Question, scenario: Scenario) -> Estimated:
        """Return what the selection's own patients say about a candidate that was left early."""
        n = int(self.patients[index])
        means = {}
        for r, outcome in enumerate(question.outcomes):
            mean, error = _mean_of_independent(self.sums[index, r], self.squares[index, r], n)
            means[outcome.name] = Estimate.normal(outcome.unit.of(scenario.costs.currency), mean, error)
        common = min(n, int(self.patients[self.best]))
        totals = self.history[common]
        error = math.sqrt(self.selection.variance[index, self.best] / common)
        unit = means[question.objective.name].unit
        return means, Estimate.normal(unit, float(totals[index] - totals[self.best]) / common, error), n, False


def _select(tryout: Tryout, executor: Executor, question: Question, progress: Progress, added: AddedUp) -> _Selected:
    names, outcomes = tryout.names, question.outcomes
    limits = [(outcomes.index(budget.outcome), budget.limit, budget.sign) for budget in question.budgets]
    told = Told(partial(progress, f"screening {len(names)} candidates"), 0, len(names) * BLOCK_SIZE)
    told.finished(0)
    values = tryout.values(executor, FIRST_BLOCK, BLOCK_SIZE, told.under_way)
    over = np.array([sign * (values[:, row] - limit) for row, limit, sign in limits]).reshape(
        len(limits), *values[:, 0].shape
    )
    selection = Selection.begin(question.plan, question.sign * values[:, 0], over)
    sums, squares = values.sum(axis=2), (values**2).sum(axis=2)
    patients = np.full(len(names), BLOCK_SIZE)
    history = {BLOCK_SIZE: sums[:, 0].copy()}
    contenders = not_clearly_dominated(question.sign * values[:, 0], values[:, 1])
    blocks, rounds = 1, 1
    while members := selection.members:
        more = min(max(2, blocks // 4), LARGEST_ROUND, question.max_patients // BLOCK_SIZE - blocks)
        if more <= 0:
            selection.give_up()
            break
        chosen = [(FIRST_BLOCK + blocks + step, BLOCK_SIZE) for step in range(more)]
        said = f"comparing {len(members)} of {len(names)} candidates"
        part = added.over(chosen, tryout, [names[i] for i in members], f"round {rounds}", said)
        sums[members] += part.total
        squares[members] += part.square
        patients[members] += part.n
        blocks, rounds = blocks + more, rounds + 1
        history[blocks * BLOCK_SIZE] = sums[:, 0].copy()
        beyond = np.array([sign * (part.total[:, row] - limit * part.n) for row, limit, sign in limits])
        selection.add(part.n, question.sign * part.total[:, 0], beyond.reshape(len(limits), len(members)))
    leading = [i for i, status in enumerate(selection.status) if status in (Status.BEST, Status.LEADING)]
    best = leading[0] if leading else _nearest(question, sums / patients[:, None])
    shown = {i for i, status in enumerate(selection.status) if status in (Status.TIE, Status.OPEN)}
    to_estimate = sorted(shown | {best} | set(contenders))
    return _Selected(selection, sums, squares, patients, history, best, bool(leading), to_estimate, rounds)


def _nearest(question: Question, means: Floats) -> int:
    """Return the candidate that is least above the budgets, each relative to its limit."""
    excess = np.zeros(len(means))
    for budget, tolerance in zip(question.budgets, question.plan.tolerances, strict=True):
        row = question.outcomes.index(budget.outcome)
        beyond = budget.sign * (means[:, row] - budget.limit) / max(abs(budget.limit), tolerance)
        excess = np.maximum(excess, beyond)
    return int(np.lexsort((-question.sign * means[:, 0], excess))[0])


def _fresh(tryout: Tryout, sums: Sums, best: str, question: Question, scenario: Scenario) -> dict[str, Estimated]:
    """Return the estimates of every arm of the last tryout; differences are paired with the best."""
    found: dict[str, Estimated] = {}
    b = tryout.names.index(best)
    for a, name in enumerate(tryout.names):
        means = {}
        for r, outcome in enumerate(question.outcomes):
            means[outcome.name] = Estimate.normal(outcome.unit.of(scenario.costs.currency), *sums.mean(a, r))
        unit = means[question.objective.name].unit
        difference = Estimate.normal(unit, *sums.difference(a, b))
        found[name] = means, difference, sums.n, True
    return found


def _mean_of_independent(total: float, square: float, n: int) -> tuple[float, float]:
    """Return a mean over independent patients and its standard error."""
    spread = float(square - total * total / n)
    return float(total) / n, math.sqrt(max(spread, 0.0) / (n - 1) / n)


def _frontier(chosen: Sequence[str], anew: Mapping[str, Estimated], question: Question) -> tuple[FrontierPoint, ...]:
    gains = [question.sign * anew[name][0][question.objective.name].estimate for name in chosen]
    spent = [anew[name][0][question.against.name].estimate for name in chosen]
    return efficient_frontier(chosen, gains, spent)


def _step_errors(
    tryout: Tryout, added: AddedUp, names: Sequence[str], blocks: Sequence[tuple[int, int]]
) -> list[float]:
    """Return the standard errors of what each member of the frontier gains over the one before, NaN for the first."""
    errors = [math.nan]
    for step, (before, after) in enumerate(pairwise(names)):
        said = "estimating the steps of the frontier"
        sums = added.over(blocks, tryout, (before, after), f"step {step}", said, before)
        errors.append(sums.difference(1, 0)[1])
    return errors
