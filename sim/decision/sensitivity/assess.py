"""Everything that a sensitivity analysis finds: one input at a time, all of them at once, thresholds and a map."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.oneway import OneWay, one_way
from sim.decision.sensitivity.pairs import PairMap, pair_map
from sim.decision.sensitivity.question import Question
from sim.decision.sensitivity.rank_correlation import RankCorrelation, rank_correlations
from sim.decision.sensitivity.response import Response
from sim.decision.sensitivity.sobol import Design, Indices, indices, run_design
from sim.decision.sensitivity.threshold import Scan, scan_all
from sim.errors import UsageError
from sim.scenario.schema import Scenario
from sim.study.inputs import Input, Points, copula, uncertain_inputs, values_at
from sim.study.prepare import prepare
from sim.study.workers import in_order

Floats = NDArray[np.float64]

USUAL_ROWS = 256
"""Rows of the design where the scenario asks for no draws itself."""

Step = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sensitivity:
    """What the answer depends on: `indices` and `ranks` by place in `inputs`; `scans` only if thresholds were wanted.

    `rows` of the design and `rows_patients` in each answer of it, `patients` in all other answers; `tried` counts rows
    with those replaced because the claims cannot be met there. `pairs` is None with a single input.
    """

    scenario: Scenario
    question: Question
    inputs: tuple[Input, ...]
    patients: int
    one_way: OneWay
    indices: Indices
    ranks: tuple[RankCorrelation, ...]
    rows: int
    rows_patients: int
    tried: int
    scans: tuple[Scan, ...]
    pairs: PairMap | None


def sensitivity(
    scenario: Scenario,
    question: Question,
    *,
    pair: tuple[str, str] | None = None,
    thresholds: bool = False,
    workers: int = 1,
    step: Step = lambda what: None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Sensitivity:
    """Return what the scenario's answer to a question depends on.

    `pair` are the paths of the map's two inputs, by default the two that matter most. `progress` is called with what
    is being done and how much of it. Raises UsageError where nothing is uncertain, CalibrationError where the claims
    cannot be met for too many inputs. The result does not depend on `workers`.
    """
    inputs = uncertain_inputs(scenario)
    if not inputs:
        raise UsageError(
            "sensitivity: no input of this scenario has a distribution, so nothing can be varied; "
            "add an `uncertainty` to the inputs that are in doubt"
        )
    if thresholds and question.measure.better is None:
        raise UsageError(
            f"--threshold: {question.measure.outcome.name} is neither good nor bad, so no arm is preferred by it"
        )

    def part(what: str) -> Progress:
        return lambda done, total: progress(what, done, total)

    factor = copula(scenario, inputs)
    step("calibrating")
    study = prepare(scenario)
    response = Response(study, inputs, question, scenario.cohort.size)
    bars = one_way(response, workers, part("inputs one by one"))
    scans = scan_all(response, workers, part("looking for thresholds")) if thresholds else ()
    pairs = None
    if len(inputs) > 1:
        chosen = pair or (bars.bars[0].input.path, bars.bars[1].input.path)
        pairs = pair_map(response, chosen, workers, part("two inputs at once"))
    rows = scenario.draws.number or USUAL_ROWS
    quick = Response(study, inputs, question, scenario.draws.patients)
    design = run_design(
        lambda point: quick.target(values_at(inputs, point[None])[0]),
        len(inputs), rows, scenario.seed, workers, part("all inputs at once"),
    )  # fmt: skip
    drawn = _draws(quick, design, factor, scenario.seed, workers, part("inputs that go together"))
    return Sensitivity(
        scenario, question, inputs, scenario.cohort.size, bars, indices(design, scenario.seed),
        rank_correlations(*drawn), rows, scenario.draws.patients, design.tried, scans, pairs,
    )  # fmt: skip


def _draws(
    response: Response, design: Design, factor: Floats, seed: int, workers: int, progress: Progress
) -> tuple[Floats, Floats]:
    """Return draws of the inputs' values, (draws, inputs), and the answers, (draws,).

    Where the inputs are independent, those of the design; inputs that go together are drawn once more, together.
    """
    inputs = response.inputs
    if np.array_equal(factor, np.eye(len(inputs))):
        return values_at(inputs, np.concatenate([design.a, design.b])), np.concatenate([design.at_a, design.at_b])
    values = values_at(inputs, Points(seed, len(inputs)).first(2 * len(design.a)), factor)
    kept: list[int] = []
    answers: list[Floats] = []
    with ThreadPoolExecutor(workers) as executor:
        for k, answer in enumerate(in_order(executor, response.means_or_none, iter(values), workers)):
            if answer is not None:
                kept.append(k)
                answers.append(answer)
            progress(k + 1, len(values))
    return values[kept], response.question.of(np.array(answers).T)
