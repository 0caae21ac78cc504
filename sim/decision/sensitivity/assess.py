"""Everything that a sensitivity analysis finds: one factor at a time, all of them at once, thresholds and a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.answers import Answers
from sim.decision.sensitivity.calibration_error import calibration_error
from sim.decision.sensitivity.idle import changed, checked_of, idle, unmoving
from sim.decision.sensitivity.indices import Indices, indices
from sim.decision.sensitivity.oneway import OneWay, one_way
from sim.decision.sensitivity.pairs import PairMap, pair_map
from sim.decision.sensitivity.polynomials import Basis, of_alternatives, of_number
from sim.decision.sensitivity.question import Question
from sim.decision.sensitivity.rank_correlation import RankCorrelation, rank_correlations
from sim.decision.sensitivity.response import Response
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

USUAL_DRAWS = 512
"""Draws of all factors at once where the scenario asks for none itself."""
LEAST_DRAWS = 16
USUAL_PATIENTS = 4096
"""Most patients in an answer unless more are asked for: differences are paired, so fewer do than in a run."""

Step = Callable[[str], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sensitivity:
    """What the answer depends on.

    `inputs` are the uncertain ones, `kinds` the kinds of structure with alternatives. `indices` are those of `factors`,
    by place; `ranks` those of `inputs`. `idle`: the factors that make no difference, by themselves or in company.
    `scans` only if thresholds were wanted. `draws` of all factors at once, with `draws_patients` in each, `patients` in
    all other answers. `pairs` is None with fewer than two inputs.
    """

    scenario: Scenario
    question: Question
    inputs: tuple[Input, ...]
    kinds: tuple[Kind, ...]
    patients: int
    one_way: OneWay
    idle: tuple[Factor, ...]
    indices: Indices
    ranks: tuple[RankCorrelation, ...]
    draws: int
    draws_patients: int
    scans: tuple[Scan, ...]
    pairs: PairMap | None

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The inputs, then the kinds of structure."""
        return (*self.inputs, *self.kinds)

    def matters(self, factor: Factor) -> bool:
        """Tell whether a factor makes any difference to the target."""
        return factor not in self.idle


def sensitivity(
    scenario: Scenario,
    question: Question,
    *,
    patients: int | None = None,
    pair: tuple[str, str] | None = None,
    thresholds: bool = False,
    workers: int = 1,
    step: Step = lambda what: None,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    saved: Saved = NOTHING_SAVED,
) -> Sensitivity:
    """Return what the scenario's answer to a question depends on.

    `patients` in answers with one or two factors elsewhere: by default those of the scenario, at most USUAL_PATIENTS.
    `pair` are the paths of the map's two inputs, by default the two that matter most. `progress` is called with what is
    being done and how much of it. Raises UsageError where nothing is uncertain, ScenarioError where the scenario cannot
    be at some values of its inputs. `saved` gives back what an earlier analysis has found, and is given what this one
    has. The result depends neither on `workers` nor on interruptions.
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

    known, quickly_known = Answers(saved, "answers"), Answers(saved, "quick-answers")

    def part(what: str) -> Progress:
        def tell(done: int, total: int) -> None:
            known.keep()
            quickly_known.keep()
            progress(what, done, total)

        return tell

    cholesky = copula(scenario, inputs)
    step("calibrating")
    study = prepare(scenario)
    patients = patients or min(scenario.cohort.size, USUAL_PATIENTS)
    response = Response(study, inputs, question, patients, known)
    bars = one_way(response, workers, part("inputs one by one"))
    widest = [bar.factor.path for bar in bars.bars]
    calibrated = calibration_error(response, widest, workers, part("error of calibration"))
    bars = bars.with_calibration_error(question, scenario, calibrated)
    scans = scan_all(response, workers, part("looking for thresholds"), calibrated) if thresholds else ()
    pairs = None
    if len(inputs) > 1:
        of_inputs = [bar.factor.path for bar in bars.bars if isinstance(bar.factor, Input)]
        chosen = pair or (of_inputs[0], of_inputs[1])
        pairs = pair_map(response, chosen, workers, part("two inputs at once"))
    draws = max(scenario.draws.number or USUAL_DRAWS, LEAST_DRAWS)
    quick = response.of_draws(scenario.draws.patients, quickly_known)
    points = Points(scenario.seed, len(inputs) + len(kinds), "sensitivity").first(draws)
    answers = _answers(quick, points, workers, part("all inputs at once"))
    factors: tuple[Factor, ...] = (*inputs, *kinds)
    still = _idle(quick, bars, factors, points, answers, workers, part("inputs that move nothing"))
    found = indices(_bases(inputs, kinds, points), answers, still, checked_of(draws))
    if not np.array_equal(cholesky, np.eye(len(inputs))):
        answers = _answers(quick, points, workers, part("inputs that go together"), cholesky)
    values = values_at(inputs, points[:, : len(inputs)], cholesky)
    ranks = rank_correlations(values, answers, _indicators(kinds, points[:, len(inputs) :]))
    return Sensitivity(
        scenario, question, inputs, kinds, patients, bars, tuple(factors[k] for k in still), found, ranks, draws,
        scenario.draws.patients, scans, pairs,
    )  # fmt: skip


def _bases(inputs: tuple[Input, ...], kinds: tuple[Kind, ...], points: Floats) -> list[Basis]:
    """Return the functions of every factor at points of the unit cube, (points, factors)."""
    ranks = iter(points.T)
    numbers = [of_number(one.quantile, next(ranks)) for one in inputs]
    return numbers + [of_alternatives(kind.weights, kind.places(next(ranks))) for kind in kinds]


def _idle(
    response: Response,
    bars: OneWay,
    factors: tuple[Factor, ...],
    points: Floats,
    answers: Floats,
    workers: int,
    progress: Progress,
) -> list[int]:
    """Return the places of factors that make no difference to the answers, (draws,), at points, (draws, factors)."""
    reaches = {bar.factor.path: bar.reach for bar in bars.bars}
    still = unmoving([reaches[one.path] for one in factors])
    if not still:
        return []

    def answer(draw: int, some: Sequence[int]) -> float:
        return float(_answers(response, changed(points, some, draw)[None])[0])

    moved = np.array([changed(points, still, draw) for draw in range(checked_of(len(points)))])
    found = idle(still, answers, answer, _answers(response, moved, workers, progress))
    # What makes other answers differ is one of them if there are no others.
    return [] if len(found) == len(factors) and np.ptp(answers) else found


def _answers(
    response: Response,
    points: Floats,
    workers: int = 1,
    progress: Progress = lambda done, total: None,
    cholesky: Floats | None = None,
) -> Floats:
    """Return the target at points of the unit cube, (draws, factors), with inputs that go together by a factor."""
    n, answers = len(response.inputs), list[float]()
    values = values_at(response.inputs, points[:, :n], cholesky)

    def answer(draw: int) -> float:
        return response.target(values[draw], response.form_at(points[draw, n:]))

    with Threads(workers) as executor:
        for one in in_order(executor, answer, iter(range(len(points))), workers):
            answers.append(one)
            progress(len(answers), len(points))
    return np.array(answers)


def _indicators(kinds: tuple[Kind, ...], ranks: Floats) -> Floats:
    """Return for every alternative but the first of its kind whether a draw has it, (draws, terms)."""
    columns = [
        kind.places(ranks[:, k]) == place for k, kind in enumerate(kinds) for place in range(1, len(kind.alternatives))
    ]
    return np.stack(columns, axis=1).astype(np.float64) if columns else np.empty((len(ranks), 0))
