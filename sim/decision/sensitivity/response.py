"""The answer as a function of the inputs and of the form of the model: every point is calibrated anew and run on the
same patients.

All answers share patients and luck (common random numbers), so that they differ in nothing but what was put in, and a
small change of an input gives a small change of the answer.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.answers import Answers
from sim.decision.sensitivity.question import Question
from sim.decision.sensitivity.structure import Kind, form_at, form_with, kinds_of
from sim.scenario.schema import Scenario
from sim.scenario.structure import Form
from sim.study.checkpoint import NOTHING_SAVED
from sim.study.draws import Drawing
from sim.study.inputs import Input
from sim.study.prepare import Study
from sim.study.run import block_sizes, run_block
from sim.units import unit_named

Floats = NDArray[np.float64]


class Response:
    """The measure of a question under every arm, as a function of the inputs' values, (inputs,), and of the form.

    `units` are those of the inputs; `kinds` are the kinds of structure that have alternatives; without a form, the
    model has the stated one.
    """

    def __init__(
        self, study: Study, inputs: tuple[Input, ...], question: Question, patients: int, answers: Answers | None = None
    ) -> None:
        """`answers`: those that have been found, and are to be kept."""
        self.question = question
        self.inputs = inputs
        currency = study.scenario.costs.currency
        self.units = tuple(unit_named(one.quantity.unit).of(currency) for one in inputs)
        self.kinds = kinds_of(study.scenario)
        self.patients = patients
        self.base = np.array([one.quantity.value for one in inputs])
        self._drawing = Drawing(study, inputs, is_near=True)
        self._answers = answers or Answers(NOTHING_SAVED, "answers")

    @property
    def scenario(self) -> Scenario:
        """The scenario, with its inputs as they stand."""
        return self._drawing.study.scenario

    def of_draws(self, patients: int, answers: Answers | None = None) -> Response:
        """Return the function of so many patients at points where all inputs are elsewhere, calibrated as draws are."""
        return self._with(Drawing(self._drawing.study, self.inputs), patients, answers)

    def with_patients(self, patients: int) -> Response:
        """Return the same function of so many patients."""
        return self._with(self._drawing, patients)

    def calibrated_on(self, patients: int) -> Response:
        """Return the same function with every point calibrated on so many evenly spread patients."""
        return self._with(Drawing(self._drawing.study, self.inputs, patients, is_near=True), self.patients)

    def _with(self, drawing: Drawing, patients: int, answers: Answers | None = None) -> Response:
        other = copy(self)
        other._drawing, other.patients = drawing, patients
        other._answers = answers or Answers(NOTHING_SAVED, "answers")
        return other

    def by_patient(self, values: Floats, form: Form | None = None) -> Floats:
        """Return the measure of every patient, (arms, patients), in the same order of patients at all points.

        Raises ScenarioError where the values cannot be.
        """
        study, measure = self._drawing.study_at(values, form), self.question.measure
        rules = measure.enough_of(study.rules)
        rows = (run_block(study, block, n, rules=rules).rows for block, n in block_sizes(self.patients))
        found = np.concatenate([measure.of(one) for one in rows], axis=1)
        self._answers.of(self._place(values, form), lambda: np.asarray(found.mean(axis=1)))
        return found

    def means(self, values: Floats, form: Form | None = None) -> Floats:
        """Return the mean of the measure under every arm, (arms,), kept from before if it was asked for already.

        Raises what `by_patient` raises.
        """
        place = self._place(values, form)
        return self._answers.of(place, lambda: np.asarray(self.by_patient(values, form).mean(axis=1)))

    def _place(self, values: Floats, form: Form | None) -> tuple[Any, ...]:
        return values.tolist(), (form or self._drawing.stated).chosen

    def target(self, values: Floats, form: Form | None = None) -> float:
        """Return the mean of the question's target; raises what `by_patient` raises."""
        return float(self.question.of(self.means(values, form)))

    def at(self, place: int, value: float) -> Floats:
        """Return the base values with one of them changed, (inputs,)."""
        values = self.base.copy()
        values[place] = value
        return values

    def form_at(self, ranks: Any) -> Form:
        """Return the form at ranks between 0 and 1, one for each of `kinds`."""
        return form_at(self._drawing.structure, self.kinds, ranks)

    def form_with(self, kind: Kind, place: int) -> Form:
        """Return the stated form but for one kind, which has the alternative at a place."""
        return form_with(self._drawing.structure, self._drawing.stated, kind, place)
