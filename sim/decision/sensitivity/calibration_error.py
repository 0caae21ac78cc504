"""How far the measure of an arm is off because every set of inputs is calibrated on few patients.

The study itself is calibrated on many, and what few count too much there is taken off everywhere. What is left of it is
seen at ends of the ranges of single inputs, by calibrating on four times as many: at both ends of the widest bars for
each end by itself, as a claim that cannot be met there is met by chance in one way or another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.response import Response
from sim.decision.sensitivity.structure import Factor, Kind
from sim.luck.lattice import MIDDLE
from sim.scenario.schema import Scenario
from sim.study.at_work import Threads
from sim.study.executors import in_order
from sim.study.prepare import is_read_by_calibration, is_setting_of_calibration

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

WIDEST = 6
"""Inputs with the widest bars, at both ends of which it is looked at, for each by itself."""
MOST_OTHERS = 10
"""Ends of other inputs' ranges at which it is."""
PATIENTS = 1024
"""Patients in whom it is: the same ones with both calibrations, so few do."""


@dataclass(frozen=True)
class CalibrationError:
    """By how much few patients and many differ in the mean of the measure of every arm, (ends, arms).

    `own`: at the low and the high end of the widest bars, by the path of the input; `others`: at ends of others.
    """

    own: Mapping[str, Floats]
    others: Floats

    def of(self, arms: Sequence[int], path: str = "", end: int | None = None) -> float:
        """Return the standard error of an arm at a place, or of the first of two less the second, where an input is
        elsewhere: that of all others, but not less than its own at that `end`, or at either.
        """
        seen = np.concatenate([self.others, *([] if len(self.others) else self.own.values())])
        usual = math.sqrt(float(np.mean(_taken(seen, arms) ** 2))) if len(seen) else 0.0
        own = np.abs(_taken(self.own[path], arms)).tolist() if path in self.own else []
        return max(usual, *(float(one) for k, one in enumerate(own) if end in (None, k)), 0.0)


def _taken(differences: Floats, arms: Sequence[int]) -> Floats:
    """Return the first of two arms less the second, or a single arm, (ends,)."""
    first, *second = (differences[:, arm] for arm in arms)
    return np.asarray(first - second[0] if second else first)


def is_calibrated_anew(factor: Factor, scenario: Scenario) -> bool:
    """Tell whether the model is calibrated anew where a factor is elsewhere."""
    if isinstance(factor, Kind):
        return any(
            is_setting_of_calibration(path) for one in scenario.structure[factor.name].values() for path in one.set
        )
    return is_read_by_calibration(factor.place)


def calibration_error(
    response: Response, widest: Sequence[str], workers: int = 1, progress: Progress = lambda done, total: None
) -> CalibrationError:
    """Return it, as seen at both ends of some inputs' ranges; `widest`: paths of inputs from the widest bar on.

    The result does not depend on `workers`.
    """
    read = {one.path: place for place, one in enumerate(response.inputs) if is_read_by_calibration(one.place)}
    first = [path for path in widest if path in read][:WIDEST]
    ends = {
        path: [response.at(place, value) for value in response.inputs[place].range95] for path, place in read.items()
    }
    others = [end for path, both in ends.items() if path not in first for end in both]
    some = np.unique(np.linspace(0, len(others) - 1, min(len(others), MOST_OTHERS)).round().astype(int))
    points = [*(end for path in first for end in ends[path]), *(others[k] for k in some)]
    of_few = response.with_patients(PATIENTS)
    of_many = of_few.calibrated_on(MIDDLE)

    def difference(point: Floats) -> Floats:
        return of_few.means(point) - of_many.means(point)

    found: list[Floats] = []
    with Threads(workers) as executor:
        for one in in_order(executor, difference, iter(points), workers):
            found.append(one)
            progress(len(found), len(points))
    differences = np.array(found).reshape(len(points), len(response.question.arms))
    own = {path: differences[2 * k : 2 * k + 2] for k, path in enumerate(first)}
    return CalibrationError(own, differences[2 * len(first) :])
