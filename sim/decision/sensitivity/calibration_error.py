"""How far the measure of an arm is off because every set of inputs is calibrated on few patients.

The study itself is calibrated on many, and what few count too much there is taken off everywhere. What is left of it is
seen at ends of the ranges of single inputs, by calibrating on four times as many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.answers import Answers
from sim.decision.sensitivity.response import Response
from sim.decision.sensitivity.structure import Factor, Kind
from sim.luck.lattice import MIDDLE
from sim.scenario.schema import Scenario
from sim.study.at_work import Threads
from sim.study.checkpoint import NOTHING_SAVED
from sim.study.executors import in_order
from sim.study.prepare import is_read_by_calibration, is_setting_of_calibration

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

MOST_ENDS = 16
"""Ends of ranges at which it is looked at."""
PATIENTS = 1024
"""Patients in whom it is: the same ones with both calibrations, so few do."""


@dataclass(frozen=True)
class CalibrationError:
    """By how much few patients and many differ in the mean of the measure of every arm, (ends, arms)."""

    differences: Floats

    def of(self, arms: Sequence[int]) -> float:
        """Return the standard deviation of the error of an arm at a place, or of the first of two less the second."""
        if not len(self.differences):
            return 0.0
        first, *second = (self.differences[:, arm] for arm in arms)
        return math.sqrt(float(np.mean((first - second[0] if second else first) ** 2)))


NO_ERROR = CalibrationError(np.empty((0, 0)))


def is_calibrated_anew(factor: Factor, scenario: Scenario) -> bool:
    """Tell whether the model is calibrated anew where a factor is elsewhere."""
    if isinstance(factor, Kind):
        return any(
            is_setting_of_calibration(path) for one in scenario.structure[factor.name].values() for path in one.set
        )
    return is_read_by_calibration(factor.place)


def calibration_error(
    response: Response, workers: int = 1, progress: Progress = lambda done, total: None
) -> CalibrationError:
    """Return it, as seen at both ends of some inputs' ranges; the result does not depend on `workers`."""
    ends = [
        response.at(place, value)
        for place, one in enumerate(response.inputs)
        if is_read_by_calibration(one.place)
        for value in one.range95
    ]
    some = np.unique(np.linspace(0, len(ends) - 1, min(len(ends), MOST_ENDS)).round().astype(int))
    of_few = response.with_patients(PATIENTS, Answers(NOTHING_SAVED, "answers"))
    of_many = of_few.calibrated_on(MIDDLE)
    found: list[Floats] = []
    with Threads(workers) as executor:
        at_ends = in_order(
            executor, lambda k: of_few.means(ends[k]) - of_many.means(ends[k]), iter(some.tolist()), workers
        )
        for one in at_ends:
            found.append(one)
            progress(len(found), len(some))
    return CalibrationError(np.array(found))
