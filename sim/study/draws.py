"""Two levels of chance: draws of the uncertain inputs, and patients within each draw.

Every draw is calibrated anew and simulates patients with luck of its own, so the noise of one draw says nothing about
that of another, and both levels can be told apart. Draws for which the claims cannot be met are replaced by further
points of the same sequence: what remains follows the inputs' distribution, given that the claims can be met.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from sim.errors import CalibrationError, ScenarioError
from sim.patient.effects import ResponseParameters
from sim.scenario.quantities import with_values
from sim.study.calibrate import Recalibration
from sim.study.draw_summary import FEW, Layout, Statistic, means_of
from sim.study.inputs import Input, Points, copula, uncertain_inputs, values_at
from sim.study.moments import Moments
from sim.study.prepare import Study, is_read_by_calibration, with_numbers
from sim.study.run import block_sizes, run_block
from sim.study.saved import NOTHING_SAVED, Saved
from sim.study.tally import Tally
from sim.study.workers import Workers, open_pool

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

MOST_REPLACED = 0.05
"""Largest share of draws for which the claims may be impossible to meet."""
ENOUGH_TO_TELL = 100
"""Of fewer draws, as many may be replaced as of these: so few do not show what share is impossible."""
DRAWS = "draws"
"""The part of a run that these are, where finished work is kept."""
DRAWS_PER_TASK = 4
MOST_KEPT = 1000
"""Calibrations of single modalities that are kept for values yet to come."""
Numbered = tuple[int, Floats]
"""A draw by number, and its values of the inputs."""
Done = tuple[Numbered, tuple[Floats, Floats] | str]
"""A draw with its estimates and their noise, or why it is impossible."""


@dataclass(frozen=True)
class Draws:
    """The finished draws of a study.

    `values` of the inputs, (draws, inputs); `estimates` and the variance of their simulation noise `noise`, (draws,
    statistics of the layout); `patients` in each draw; `tried` counts the draws with those that were replaced, and
    `refusals` says why they were, most frequent first.
    """

    study: Study
    inputs: tuple[Input, ...]
    layout: Layout
    values: Floats
    estimates: Floats
    noise: Floats
    patients: int
    tried: int
    refusals: tuple[tuple[str, int], ...]

    def of(self, statistic: Statistic) -> Floats:
        """Return an estimate in every draw, (draws,)."""
        return self.estimates[:, self.layout.index[statistic]]

    def means(self, outcome: str) -> Floats:
        """Return the mean of an outcome in every draw by arm, (draws, arms)."""
        return np.stack([self.of(statistic) for statistic in means_of(outcome, self.layout.arms)], axis=1)


class Drawing:
    """How inputs become studies: each set of values is calibrated anew, beginning at the parameters of the study.

    A modality for which lately the same values were calibrated is not calibrated again.
    """

    def __init__(self, study: Study, inputs: Sequence[Input]) -> None:
        self.study = study
        self.inputs = tuple(inputs)
        self._read = {
            name: np.array([is_read_by_calibration(one.place, name) for one in inputs], dtype=bool)
            for name in study.parameters
        }
        calibrates = any(read.any() for read in self._read.values())
        self._recalibration = Recalibration(study.scenario, study.parameters) if calibrates else None
        self._lately: dict[tuple[str, bytes], ResponseParameters] = {}

    def study_at(self, values: Floats) -> Study:
        """Return the study with other values of the inputs, (inputs,).

        Raises CalibrationError or ScenarioError where there is no such study.
        """
        scenario = self.study.scenario
        try:
            drawn = with_values(scenario, dict(zip((one.place for one in self.inputs), values, strict=True)))
        except ValidationError as error:
            raise ScenarioError([fault["msg"] for fault in error.errors(include_url=False)]) from error
        if self._recalibration is None:
            return with_numbers(self.study, drawn, self.study.parameters)
        keys = {name: (name, values[read].tobytes()) for name, read in self._read.items()}
        lately = self._lately  # another thread may begin a new one
        found = self._recalibration.parameters(
            drawn, {name: lately[key] for name, key in keys.items() if key in lately}
        )
        if len(lately) > MOST_KEPT:
            self._lately = {}
        self._lately.update({keys[name]: parameters for name, parameters in found.items()})
        return with_numbers(self.study, drawn, found)


def run_draws(
    study: Study,
    workers: int | Workers = 1,
    progress: Progress = lambda done, total: None,
    saved: Saved = NOTHING_SAVED,
) -> Draws:
    """Run the draws that a study's scenario asks for; `progress` is called with draws done and expected.

    `saved` gives back what an earlier run has finished, and is given what this one has. The result depends neither on
    `workers` nor on interruptions. Raises CalibrationError if the claims cannot be met in more than 5 % of the draws,
    ScenarioError for distributions or correlations that cannot be.
    """
    scenario = study.scenario
    inputs = uncertain_inputs(scenario)
    factor = copula(scenario, inputs)
    layout = Layout(tuple(study.setting.arms), tuple(scenario.profiles))
    points = Points(scenario.seed, len(inputs))
    wanted = scenario.draws.number
    done = _Finished.of(saved.load(DRAWS), wanted)
    run = partial(_run_tasks, Drawing(study, inputs), layout, scenario.draws.patients)
    with open_pool(workers) as pool:
        while len(done.kept) < wanted:
            values = values_at(inputs, points.first(done.asked), factor)
            numbered = [(number, values[number]) for number in range(done.tried, len(values))]
            tasks = (numbered[i : i + DRAWS_PER_TASK] for i in range(0, len(numbered), DRAWS_PER_TASK))
            for found in pool.in_order(run, tasks):
                done.add(found)
                _check(done.refusals, done.tried, wanted)
                saved.save(DRAWS, done.as_arrays)
                progress(len(done.kept), wanted)
            done.asked = done.tried + wanted - len(done.kept)
    columns = [np.array([one[i] for one in done.kept]) for i in range(3)]
    return Draws(
        study, inputs, layout, columns[0], columns[1], columns[2], scenario.draws.patients, done.tried,
        tuple(done.refusals.most_common()),
    )  # fmt: skip


@dataclass
class _Finished:
    """Draws that are done: what is kept of each that could be, why others could not, how many were tried, and how
    many points of the design were asked for at once.
    """

    asked: int
    tried: int = 0
    kept: list[tuple[Floats, Floats, Floats]] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, arrays: dict[str, Any] | None, wanted: int) -> _Finished:
        """Return what was finished, or the beginning."""
        if arrays is None:
            return cls(asked=wanted)
        kept = list(zip(arrays["values"], arrays["estimates"], arrays["noise"], strict=True))
        reasons = zip(arrays["reasons"].tolist(), arrays["times"].tolist(), strict=True)
        return cls(int(arrays["asked"]), int(arrays["tried"]), kept, Counter(dict(reasons)))

    def add(self, found: list[Done]) -> None:
        """Add the draws of a task."""
        for (number, drawn), outcome in found:
            if isinstance(outcome, str):
                self.refusals[outcome] += 1
            else:
                self.kept.append((drawn, *outcome))
            self.tried = number + 1

    def as_arrays(self) -> dict[str, Any]:
        """Return all of it as arrays to be kept."""
        values, estimates, noise = (np.array([one[i] for one in self.kept]) for i in range(3))
        return {
            "values": values, "estimates": estimates, "noise": noise, "asked": np.array(self.asked),
            "tried": np.array(self.tried), "reasons": np.array(list(self.refusals), dtype=str),
            "times": np.array(list(self.refusals.values()), dtype=np.int64),
        }  # fmt: skip


def _run_tasks(drawing: Drawing, layout: Layout, patients: int, draws: list[Numbered]) -> list[Done]:
    return [(one, _run_draw(drawing, layout, patients, *one)) for one in draws]


def _run_draw(
    drawing: Drawing, layout: Layout, patients: int, number: int, values: Floats
) -> tuple[Floats, Floats] | str:
    """Return a draw's estimates and their noise, or why there is no such draw; its luck is its own."""
    try:
        study = drawing.study_at(values)
    except (CalibrationError, ScenarioError) as error:
        return in_short(str(error))
    by_profile = Moments.empty(layout.arms, len(layout.subgroups))
    whole = Tally.empty(study.setting, 1)
    for block, n in block_sizes(patients):
        done = run_block(study, block, n, draw=number + 1)
        by_profile.add(done.rows, done.starts, done.first_net, FEW)
        whole.add(done.rows, done.starts[:, [0, -1]], done.first_net, 0)
    return layout.summarise(by_profile, whole)


def in_short(message: str) -> str:
    """Return the kind of a message: its place and first words, without the numbers that differ from draw to draw."""
    place, _, rest = message.partition(": ")
    return f"{place}: {'cannot be reached' if 'cannot be reached' in rest else rest.splitlines()[0]}"


def _check(refusals: Counter[str], tried: int, wanted: int) -> None:
    refused = refusals.total()
    if refused <= MOST_REPLACED * max(tried, wanted, ENOUGH_TO_TELL):
        return
    reason, times = refusals.most_common(1)[0]
    raise CalibrationError(
        f"draws: the claims cannot be met in {refused:,} of {tried:,} draws; at most {100 * MOST_REPLACED:g} % of "
        f"draws may be replaced. Most often ({times:,} times): {reason}. Narrow the uncertainty of that input or of "
        "those that it depends on"
    )
