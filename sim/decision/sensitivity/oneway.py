"""One factor at a time: how far the target moves between the ends of each input's range, and between the alternatives
of each kind of structure (a tornado).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.calibration_error import CalibrationError, is_calibrated_anew
from sim.decision.sensitivity.question import Question
from sim.decision.sensitivity.response import Response
from sim.decision.sensitivity.structure import Factor, Kind
from sim.estimate.clusters import error_of_mean
from sim.estimate.estimate import Estimate
from sim.estimate.rounding import unless_rounding
from sim.scenario.schema import Scenario
from sim.scenario.structure import Form
from sim.study.at_work import Threads
from sim.study.executors import in_order
from sim.study.inputs import Input

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Moved:
    """The target with a factor elsewhere than in the base case.

    `value` of the input, or the place of the alternative in its kind; `target` and its paired distance `change` from
    the base case; `preferred`: the position of the best arm.
    """

    value: float
    target: float
    change: Estimate
    preferred: int


@dataclass(frozen=True)
class Bar:
    """A factor with the target at its ends: low and high end of an input's 95 % range, or every alternative of a kind.

    `swing`: how far the target moves from the low end to the high end, below 0 where it falls; for a kind, from the
    alternative where it is lowest to the one where it is highest; a paired difference.
    """

    factor: Factor
    ends: tuple[Moved, ...]
    swing: Estimate

    @property
    def reach(self) -> float:
        """The largest distance between any two of the ends and the base case."""
        changes = (0.0, *(end.change.estimate for end in self.ends))
        return max(changes) - min(changes)

    def with_errors(self, errors: Sequence[float]) -> Bar:
        """Return the bar with errors of their own at its ends, where they differ from the base case in any patient."""
        added = [error if end.change.mc_error else 0.0 for end, error in zip(self.ends, errors, strict=True)]
        ends = [replace(end, change=_wider(end.change, one)) for end, one in zip(self.ends, added, strict=True)]
        first, last = _outermost(self.factor, self.ends)
        return Bar(self.factor, tuple(ends), _wider(self.swing, math.hypot(added[first], added[last])))


@dataclass(frozen=True)
class OneWay:
    """The target in the base case, the measure of every arm there, and a bar for each factor, widest first.

    `means` and `errors` (arms,) are those of the measure in the base case.
    """

    base: Estimate
    means: Floats
    errors: Floats
    bars: tuple[Bar, ...]

    def with_calibration_error(self, question: Question, scenario: Scenario, error: CalibrationError) -> OneWay:
        """Return the same with that error at all ends for which the model is calibrated anew."""
        target = [question.arms.index(arm) for arm in question.target]

        def at_ends(bar: Bar) -> list[float]:
            return [error.of(target, bar.factor.path, end) for end in range(len(bar.ends))]

        bars = [bar.with_errors(at_ends(bar)) if is_calibrated_anew(bar.factor, scenario) else bar for bar in self.bars]
        return replace(self, bars=tuple(bars))


def one_way(response: Response, workers: int = 1, progress: Progress = lambda done, total: None) -> OneWay:
    """Return how the target moves with each factor by itself; the result does not depend on `workers`."""
    base = response.by_patient(response.base)
    target = response.question.of(base)
    bars: list[Bar] = []
    factors: tuple[Factor, ...] = (*response.inputs, *response.kinds)
    with Threads(workers) as executor:
        for bar in in_order(executor, lambda factor: _bar(response, factor, target), iter(factors), workers):
            bars.append(bar)
            progress(len(bars), len(factors))
    bars.sort(key=lambda bar: -bar.reach)
    errors = np.array([error_of_mean(values) for values in base])
    return OneWay(_mean(response, target), base.mean(axis=1), errors, tuple(bars))


def _wider(one: Estimate, error: float) -> Estimate:
    """Return an estimate with another error, independent of its own, added to it."""
    return Estimate.normal(one.unit, one.estimate, math.hypot(one.mc_error, error))


def _mean(response: Response, values: Floats) -> Estimate:
    """Return the mean of a number per patient, (patients,), in the unit of the measure."""
    error = unless_rounding(error_of_mean(values), float(np.abs(values).max()))
    return Estimate.normal(response.question.measure.unit, float(values.mean()), error)


def _bar(response: Response, factor: Factor, base: Floats) -> Bar:
    points = _points(response, factor)
    where = [response.by_patient(values, form) for _, values, form in points]
    targets = [response.question.of(values) for values in where]
    ends = tuple(
        Moved(
            value, float(target.mean()), _mean(response, target - base),
            response.question.measure.best(values.mean(axis=1)),
        )
        for (value, _, _), values, target in zip(points, where, targets, strict=True)
    )  # fmt: skip
    first, last = _outermost(factor, ends)
    return Bar(factor, ends, _mean(response, targets[last] - targets[first]))


def _outermost(factor: Factor, ends: Sequence[Moved]) -> tuple[int, int]:
    """Return between which ends a bar reaches: of a kind, those where the target is lowest and highest."""
    order = sorted(range(len(ends)), key=lambda k: ends[k].target) if isinstance(factor, Kind) else range(len(ends))
    return order[0], order[-1]


def _points(response: Response, factor: Factor) -> list[tuple[float, Floats, Form | None]]:
    """Return what a factor is at its ends, the values of all inputs there, and the form; None is the stated one."""
    if isinstance(factor, Input):
        place = response.inputs.index(factor)
        return [(value, response.at(place, value), None) for value in factor.range95]
    return [(float(k), response.base, response.form_with(factor, k)) for k in range(len(factor.alternatives))]
