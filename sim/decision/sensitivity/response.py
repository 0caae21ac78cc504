"""The answer as a function of the inputs: every set of values is calibrated anew and run on the same patients.

All answers share patients and luck (common random numbers), so that they differ in nothing but the inputs, and a small
change of an input gives a small change of the answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.question import Question
from sim.errors import CalibrationError, ScenarioError
from sim.study.draws import Drawing
from sim.study.inputs import Input
from sim.study.prepare import Study
from sim.study.run import block_sizes, run_block

Floats = NDArray[np.float64]


class Response:
    """The measure of a question under every arm, as a function of the inputs' values, (inputs,), in their order."""

    def __init__(self, study: Study, inputs: tuple[Input, ...], question: Question, patients: int) -> None:
        self.question = question
        self.inputs = inputs
        self.patients = patients
        self.base = np.array([one.quantity.value for one in inputs])
        self._drawing = Drawing(study, inputs)

    def by_patient(self, values: Floats) -> Floats:
        """Return the measure of every patient, (arms, patients), in the same order of patients for all values.

        Raises CalibrationError or ScenarioError where the values cannot be.
        """
        study = self._drawing.study_at(values)
        rows = (run_block(study, block, n).rows for block, n in block_sizes(self.patients))
        return np.concatenate([self.question.measure.of(one) for one in rows], axis=1)

    def means(self, values: Floats) -> Floats:
        """Return the mean of the measure under every arm, (arms,); raises what `by_patient` raises."""
        return np.asarray(self.by_patient(values).mean(axis=1))

    def target(self, values: Floats) -> float:
        """Return the mean of the question's target; raises what `by_patient` raises."""
        return float(self.question.of(self.means(values)))

    def means_or_none(self, values: Floats) -> Floats | None:
        """Return the mean of the measure under every arm, (arms,); None where the values cannot be."""
        try:
            return self.means(values)
        except (CalibrationError, ScenarioError):
            return None

    def at(self, place: int, value: float) -> Floats:
        """Return the base values with one of them changed, (inputs,)."""
        values = self.base.copy()
        values[place] = value
        return values

    def is_possible(self, values: Floats) -> bool:
        """Tell whether the claims can be met at these values; nothing is simulated."""
        try:
            self._drawing.study_at(values)
        except (CalibrationError, ScenarioError):
            return False
        return True
