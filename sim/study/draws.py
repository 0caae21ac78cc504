"""Two levels of chance: draws of the uncertain inputs, and patients within each draw.

Every draw takes one form of the model, is calibrated anew and simulates patients with luck of its own, so the noise of
one draw says nothing about that of another, and both levels can be told apart. Claims that cannot all be met are met as
nearly as their doubts allow, so no draw is ever replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from sim.calibration.least_squares import EXACT, ROUGH
from sim.calibration.recalibrate import Known, Recalibration
from sim.calibration.targets import Calibration
from sim.errors import ScenarioError
from sim.estimate.by_draw import FEW, Layout, Statistic, means_of
from sim.estimate.moments import Moments
from sim.estimate.tally import Tally
from sim.luck.lattice import COARSE
from sim.scenario.places import with_values
from sim.scenario.structure import Form, Structure
from sim.study.at_work import Told, worked
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.executors import Workers, open_pool
from sim.study.given_draws import GivenDraws, given_draws
from sim.study.inputs import Input, Points, copula, uncertain_inputs, values_at
from sim.study.kept import kept
from sim.study.prepare import (
    Study,
    is_read_by_calibration,
    is_setting_of_calibration,
    is_setting_of_response,
    read_by_calibration,
    with_numbers,
)
from sim.study.run import block_sizes, run_block

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

DRAWS = "draws"
"""The part of a run that these are, where finished work is kept."""
DRAWS_PER_TASK = 4
MOST_KEPT = 1000
"""Calibrations that are kept for the same values to come again, as where a price alone is varied."""
Numbered = tuple[int, Floats, Form]
"""A draw by number, its values of the inputs, and its form of the model."""
Done = tuple[Numbered, tuple[Floats, Floats]]
"""A draw with its estimates and their noise."""


@dataclass(frozen=True)
class Draws:
    """The finished draws of a study.

    `values` of the inputs, (draws, inputs); `forms`: the form of the model in each; `estimates` and the variance of
    their simulation noise `noise`, (draws, statistics of the layout); `patients` in each draw.
    """

    study: Study
    inputs: tuple[Input, ...]
    layout: Layout
    values: Floats
    forms: tuple[Form, ...]
    estimates: Floats
    noise: Floats
    patients: int

    def of(self, statistic: Statistic) -> Floats:
        """Return an estimate in every draw, (draws,)."""
        return self.estimates[:, self.layout.index[statistic]]

    def means(self, outcome: str) -> Floats:
        """Return the mean of an outcome in every draw by arm, (draws, arms)."""
        return np.stack([self.of(statistic) for statistic in means_of(outcome, self.layout.arms)], axis=1)

    def by_alternative(self) -> dict[tuple[str, str], NDArray[np.bool_]]:
        """Return which draws took each alternative, (draws,), by kind and name; kinds with one alternative left out."""
        structure = self.study.scenario.structure
        return {
            (kind, name): np.array([(kind, name) in form.chosen for form in self.forms])
            for kind, alternatives in structure.items()
            if len(alternatives) > 1
            for name in alternatives
        }


_FINDING = Lock()


class Drawing:
    """How inputs become studies: each set of values is calibrated anew, beginning at the parameters of the study."""

    def __init__(self, study: Study, inputs: Sequence[Input], patients: int = COARSE, is_near: bool = False) -> None:
        """`patients`: on how many evenly spread ones each is calibrated. `is_near`: whether few inputs are elsewhere,
        so that each is sought to the end from the study's own parameters; if not, from where a table of what is missed
        around them says.
        """
        self.study = study
        self.inputs = tuple(inputs)
        self.structure = Structure(study.scenario)
        self.stated = Form(tuple((kind, next(iter(one))) for kind, one in study.scenario.structure.items()), 1.0)
        self._calibrates = any(is_read_by_calibration(one.place) for one in inputs) or bool(self.structure.kinds)
        self._recalibrations: dict[tuple[tuple[str, str], ...], Recalibration] = {}
        self._read = np.array([is_read_by_calibration(one.place) for one in inputs], dtype=bool)
        self._patients, self._left = patients, EXACT if is_near else ROUGH
        self._steps = {one.place: one.step for one in inputs if not is_near and is_read_by_calibration(one.place)}
        self._drawn: dict[tuple[tuple[str, str], ...], tuple[int, ...]] = {}
        self._lately: dict[tuple[tuple[tuple[str, str], ...], bytes], Calibration] = {}

    def study_at(self, values: Floats, form: Form | None = None) -> Study:
        """Return the study with other values of the inputs, (inputs,), and with a form of the model, the stated one if
        none is named.

        Raises ScenarioError where there is no such study.
        """
        form = form or self.stated
        variant = self.structure.variant(form) if form != self.stated else self.study.scenario
        given = {self.inputs[k].place: float(values[k]) for k in self._drawn_in(form)}
        try:
            drawn = with_values(variant, given)
        except ValidationError as error:
            raise ScenarioError([fault["msg"] for fault in error.errors(include_url=False)]) from error
        if not self._calibrates:
            return with_numbers(self.study, drawn, self.study.calibration)
        key = form.chosen, values[self._read].tobytes()
        lately = self._lately  # another thread may begin a new one
        if key not in lately:
            if len(lately) >= MOST_KEPT:
                self._lately = {}
            lately[key] = self._recalibration(form).calibrated(drawn)
        return with_numbers(self.study, drawn, lately[key])

    def _drawn_in(self, form: Form) -> tuple[int, ...]:
        """Return which inputs a form does not set itself."""
        if form.chosen not in self._drawn:
            places = enumerate(one.place for one in self.inputs)
            self._drawn[form.chosen] = tuple(k for k, place in places if not self.structure.sets(form, place))
        return self._drawn[form.chosen]

    def _recalibration(self, form: Form) -> Recalibration:
        """Return that of a form, found once: a thread that needs one which another is finding waits for it.

        What is found of a form must not depend on which others were found before it.
        """
        simplest = self.structure.simplest(form, is_setting_of_calibration)
        found = self._recalibrations
        if simplest.chosen not in found:
            with _FINDING:
                responds = self.structure.simplest(form, is_setting_of_response)
                for one in (self.stated, responds, simplest):
                    if one.chosen not in found:
                        found[one.chosen] = self._found(one, found.get(responds.chosen))
        return found[simplest.chosen]

    def _found(self, form: Form, like: Recalibration | None) -> Recalibration:
        """Return that of a form, of which an earlier command may know most; `like`: that of a form in which patients
        respond as in this one.
        """
        stated, calibration, inputs = self.study.scenario, self.study.calibration, self._steps
        first = self._recalibrations.get(self.stated.chosen)

        def find(known: Known | None = None) -> Recalibration:
            if first is None:
                return Recalibration(
                    stated, calibration, patients=self._patients, left=self._left, inputs=inputs, given=known
                )
            return first.of_variant(self.structure.variant(form), like, known)

        scenarios = [stated, self.structure.variant(form), *([like.scenario] if like else [])]
        read = [
            *map(read_by_calibration, scenarios),
            calibration.parameters,
            calibration.natural,
            inputs,
            self._patients,
            self._left,
        ]
        return find(kept(repr(read), lambda: find().known, Known))


@dataclass(frozen=True)
class Planned:
    """What the draws of a study are, before any is run: how inputs become studies, the `values` of the inputs,
    (draws, inputs), and the form of the model in each.
    """

    drawing: Drawing
    values: Floats
    forms: tuple[Form, ...]


def plan_draws(study: Study, given: GivenDraws | None = None, number: int | None = None) -> Planned:
    """Return the draws that a study's scenario asks for, or another `number`; `given` and what is raised are as for
    `run_draws`.
    """
    scenario = study.scenario
    inputs = uncertain_inputs(scenario)
    factor = copula(scenario, inputs)
    drawing = Drawing(study, inputs)
    wanted = scenario.draws.number if number is None else number
    points = Points(scenario.seed, len(inputs)).first(wanted)
    ranks = Points(scenario.seed, len(scenario.structure), "structure").first(wanted)
    values = values_at(inputs, points, factor)
    forms = [drawing.structure.chosen(of_draw) for of_draw in ranks]
    if (given := given or given_draws(scenario)) is not None:
        values = given.put_into(inputs, values)
        forms = [given.form(number, form) for number, form in enumerate(forms)]
    return Planned(drawing, values, tuple(forms))


def run_draws(
    study: Study,
    workers: int | Workers = 1,
    progress: Progress = lambda done, total: None,
    saved: Saved = NOTHING_SAVED,
    given: GivenDraws | None = None,
) -> Draws:
    """Run the draws that a study's scenario asks for; `progress` is called with draws done and expected.

    `given`: joint draws of some inputs, by default those of the scenario's own file, if it names one. `saved` gives
    back what an earlier run has finished, and is given what this one has. The result depends neither on
    `workers` nor on interruptions. Raises ScenarioError for distributions or correlations that cannot be.
    """
    layout = Layout(tuple(study.setting.arms), tuple(study.scenario.profiles))
    planned, wanted = plan_draws(study, given), study.scenario.draws.number
    drawing, values, forms = planned.drawing, planned.values, planned.forms
    scenario, inputs = study.scenario, drawing.inputs
    done = _Finished.of(saved.load(DRAWS))
    run = partial(_run_tasks, drawing, layout, scenario.draws.patients)
    with open_pool(workers) as pool:
        numbered = [(number, values[number], forms[number]) for number in range(len(done.kept), wanted)]
        tasks = (numbered[i : i + DRAWS_PER_TASK] for i in range(0, len(numbered), DRAWS_PER_TASK))
        told = Told(progress, len(done.kept), wanted)
        for found in pool.in_order(run, tasks, told.under_way):
            done.kept += [outcome for _, outcome in found]
            saved.save(DRAWS, done.as_arrays)
            told.finished(len(done.kept))
    estimates, noise = (np.array([one[i] for one in done.kept]) for i in range(2))
    return Draws(study, inputs, layout, values, forms, estimates, noise, scenario.draws.patients)


@dataclass
class _Finished:
    """Draws that are done: the estimates of each and their noise."""

    kept: list[tuple[Floats, Floats]] = field(default_factory=list)

    @classmethod
    def of(cls, arrays: dict[str, Any] | None) -> _Finished:
        """Return what was finished, or the beginning."""
        return cls() if arrays is None else cls(list(zip(arrays["estimates"], arrays["noise"], strict=True)))

    def as_arrays(self) -> dict[str, Any]:
        """Return all of it as arrays to be kept."""
        estimates, noise = (np.array([one[i] for one in self.kept]) for i in range(2))
        return {"estimates": estimates, "noise": noise}


def _run_tasks(drawing: Drawing, layout: Layout, patients: int, draws: list[Numbered]) -> list[Done]:
    found: list[Done] = []
    for one in draws:
        found.append((one, _run_draw(drawing, layout, patients, *one)))
        worked()
    return found


def _run_draw(
    drawing: Drawing, layout: Layout, patients: int, number: int, values: Floats, form: Form
) -> tuple[Floats, Floats]:
    """Return a draw's estimates and their noise; its luck is its own."""
    study = drawing.study_at(values, form)
    by_profile = Moments.empty(layout.arms, len(layout.subgroups))
    whole = Tally.empty(study.setting, study.rules, 1)
    for block, n in block_sizes(patients):
        done = run_block(study, block, n, draw=number + 1)
        by_profile.add(done.rows, done.starts, done.first_net, FEW)
        whole.add(done.rows, done.starts[:, [0, -1]], done.first_net, 0)
    return layout.summarise(by_profile, whole)
