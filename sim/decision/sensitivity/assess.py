"""Everything that a sensitivity analysis finds: one factor at a time, all of them at once, thresholds and a map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.answers import Answers
from sim.decision.sensitivity.oneway import OneWay, one_way
from sim.decision.sensitivity.pairs import PairMap, pair_map
from sim.decision.sensitivity.question import Question
from sim.decision.sensitivity.rank_correlation import RankCorrelation, rank_correlations
from sim.decision.sensitivity.response import Response
from sim.decision.sensitivity.sobol import Design, Indices, indices, run_design
from sim.decision.sensitivity.structure import Factor, Kind, kinds_of
from sim.decision.sensitivity.threshold import Scan, scan_all
from sim.errors import UsageError
from sim.scenario.schema import Scenario
from sim.study.at_work import Threads
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.executors import in_order
from sim.study.inputs import Input, Points, copula, uncertain_inputs, values_at
from sim.study.prepare import prepare

Floats = NDArray[np.float64]

USUAL_ROWS = 256
"""Rows of the design where the scenario asks for no draws itself."""

Step = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sensitivity:
    """What the answer depends on.

    `inputs` are the uncertain ones, `kinds` the kinds of structure with alternatives. `indices` are those of `factors`,
    by place; `ranks` those of `inputs`. `scans` only if thresholds were wanted. `rows` of the design and
    `rows_patients` in each answer of it, `patients` in all other answers. `pairs` is None with fewer than two inputs.
    """

    scenario: Scenario
    question: Question
    inputs: tuple[Input, ...]
    kinds: tuple[Kind, ...]
    patients: int
    one_way: OneWay
    indices: Indices
    ranks: tuple[RankCorrelation, ...]
    rows: int
    rows_patients: int
    scans: tuple[Scan, ...]
    pairs: PairMap | None

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The inputs, then the kinds of structure."""
        return (*self.inputs, *self.kinds)


def sensitivity(
    scenario: Scenario,
    question: Question,
    *,
    pair: tuple[str, str] | None = None,
    thresholds: bool = False,
    workers: int = 1,
    step: Step = lambda what: None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    saved: Saved = NOTHING_SAVED,
) -> Sensitivity:
    """Return what the scenario's answer to a question depends on.

    `pair` are the paths of the map's two inputs, by default the two that matter most. `progress` is called with what
    is being done and how much of it. Raises UsageError where nothing is uncertain, ScenarioError where the scenario
    cannot be at some values of its inputs. `saved` gives back what an earlier analysis has found, and is given what
    this one has. The result depends neither on `workers` nor on interruptions.
    """
    inputs, kinds = uncertain_inputs(scenario), kinds_of(scenario)
    if not inputs and not kinds:
        raise UsageError(
            "sensitivity: no input of this scenario has a distribution, so nothing can be varied; "
            "add an `uncertainty` to the inputs that are in doubt"
        )
    if thresholds and question.measure.better is None:
        raise UsageError(
            f"--threshold: {question.measure.outcome.name} is neither good nor bad, so no arm is preferred by it"
        )

    answers, quick_answers = Answers(saved, "answers"), Answers(saved, "quick-answers")

    def part(what: str) -> Progress:
        def tell(done: int, total: int) -> None:
            answers.keep()
            quick_answers.keep()
            progress(what, done, total)

        return tell

    cholesky = copula(scenario, inputs)
    step("calibrating")
    study = prepare(scenario)
    response = Response(study, inputs, question, scenario.cohort.size, answers)
    bars = one_way(response, workers, part("inputs one by one"))
    scans = scan_all(response, workers, part("looking for thresholds")) if thresholds else ()
    pairs = None
    if len(inputs) > 1:
        of_inputs = [bar.factor.path for bar in bars.bars if isinstance(bar.factor, Input)]
        chosen = pair or (of_inputs[0], of_inputs[1])
        pairs = pair_map(response, chosen, workers, part("two inputs at once"))
    rows = scenario.draws.number or USUAL_ROWS
    quick = Response(study, inputs, question, scenario.draws.patients, quick_answers)
    design = run_design(
        quick.target_at, len(inputs) + len(kinds), rows, scenario.seed, workers, part("all inputs at once")
    )
    drawn = _draws(quick, design, cholesky, scenario.seed, workers, part("inputs that go together"))
    return Sensitivity(
        scenario, question, inputs, kinds, scenario.cohort.size, bars, indices(design, scenario.seed),
        rank_correlations(*drawn), rows, scenario.draws.patients, scans, pairs,
    )  # fmt: skip


def _draws(
    response: Response, design: Design, cholesky: Floats, seed: int, workers: int, progress: Progress
) -> tuple[Floats, Floats, Floats]:
    """Return draws of the inputs' values, (draws, inputs), the answers, (draws,), and the forms, (draws, terms).

    Where the inputs are independent, those of the design; inputs that go together are drawn once more, together.
    """
    inputs, kinds = response.inputs, response.kinds
    together = not np.array_equal(cholesky, np.eye(len(inputs)))
    both = np.concatenate([design.a, design.b])
    points = Points(seed, len(inputs) + len(kinds)).first(len(both)) if together else both
    values = values_at(inputs, points[:, : len(inputs)], cholesky)
    ranks = points[:, len(inputs) :]
    forms = _indicators(kinds, ranks)
    if not together:
        return values, np.concatenate([design.at_a, design.at_b]), forms
    answers: list[float] = []

    def answer(draw: int) -> float:
        return response.target(values[draw], response.form_at(ranks[draw]))

    with Threads(workers) as executor:
        for one in in_order(executor, answer, iter(range(len(values))), workers):
            answers.append(one)
            progress(len(answers), len(values))
    return values, np.array(answers), forms


def _indicators(kinds: tuple[Kind, ...], ranks: Floats) -> Floats:
    """Return for every alternative but the first of its kind whether a draw has it, (draws, terms)."""
    columns = [
        kind.places(ranks[:, k]) == place for k, kind in enumerate(kinds) for place in range(1, len(kind.alternatives))
    ]
    return np.stack(columns, axis=1).astype(np.float64) if columns else np.empty((len(ranks), 0))
