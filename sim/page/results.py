"""From values to results: the saved and the tuned scenario on the same patients, and each touched input alone.

What is kept between calls depends on scenarios alone, so visitors may share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import combinations
from pathlib import Path

from sim.calibration.calibrate import READ_BY_CALIBRATION, calibrate, used_profiles
from sim.calibration.lately import Lately
from sim.calibration.targets import Calibration
from sim.estimate.estimate import Estimate
from sim.estimate.estimates import contrast, differences, estimates
from sim.page.inputs import Input, inputs_of
from sim.page.tuning import OPTION, overrides
from sim.quantities import BY_NAME, OUTCOME_NAMES
from sim.report.run.result import Run
from sim.scenario.edit import rewritten
from sim.scenario.load import Loaded, Merged, checked, read_scenario
from sim.scenario.schema import Scenario
from sim.study.draws import run_draws
from sim.study.joint import JointResult, run_joint
from sim.study.prepare import Study, prepare
from sim.study.results import Panel, build_panel
from sim.study.run import Result, run_study, with_nets
from sim.units import Unit

PATIENTS = 5_000
"""Patients on the page unless asked otherwise."""
MOST_PATIENTS = 200_000


@dataclass(frozen=True)
class Target:
    """What is looked at: an outcome in one arm, or the difference of two arms, the first minus the second."""

    outcome: str
    arms: tuple[str, ...]

    def weights(self, position: int, sign: float) -> dict[str, float]:
        """Return the weights of the arms in the study at a position."""
        return {f"{position}:{arm}": sign * (1 if k == 0 else -1) for k, arm in enumerate(self.arms)}


@dataclass(frozen=True)
class Saved:
    """The scenario as it was saved, with the options of the command line, and what can be tuned in it."""

    name: str
    merged: Merged
    options: tuple[str, ...]
    loaded: Loaded
    _lately: Lately[Loaded] = field(init=False, default_factory=lambda: Lately(16), repr=False, compare=False)

    @classmethod
    def read(cls, config: str, options: Sequence[str] = ()) -> Saved:
        """Read a scenario file; raises what the loader raises."""
        merged = read_scenario(config)
        loaded = checked(merged, [("--set", option) for option in options], OUTCOME_NAMES)
        return cls(loaded.name, merged, tuple(options), loaded)

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """Everything that can be tuned."""
        return inputs_of(self.loaded.scenario)

    @property
    def file(self) -> Path:
        """The file that was named."""
        return self.merged.files[0]

    @property
    def tuned_name(self) -> str:
        """The name of the tuned scenario in files."""
        return f"{self.name}_tuned"

    def with_values(self, values: Mapping[str, str], patients: int) -> Loaded:
        """Return the scenario with values in place, text by path, for so many patients; raises ScenarioError."""
        wanted = [*overrides(values), f"cohort.size={patients}"]
        given = [*(("--set", option) for option in self.options), *((OPTION, override) for override in wanted)]
        return self._lately.get(repr(wanted), lambda: checked(self.merged, given, OUTCOME_NAMES))

    def study(self, values: Mapping[str, str], patients: int) -> Study:
        """Return the scenario with values in place, ready to run.

        Raises ScenarioError for values that cannot be.
        """
        return study_of(self.with_values(values, patients).scenario)

    def tuned_file(self, values: Mapping[str, str], patients: int | None) -> str:
        """Return the text of the scenario file with values written into it; comments and all other lines stay.

        Raises ScenarioError for a value that cannot be written.
        """
        size = [f"cohort.size={patients}"] if patients is not None else []
        return rewritten(self.merged, [*self.options, *overrides(values), *size])


@dataclass(frozen=True)
class Comparison:
    """The saved and the tuned scenario on the same patients with the same luck."""

    saved: Panel
    tuned: Panel
    joint: JointResult

    def change(self, arm: str, outcome: str) -> Estimate:
        """Return how far an outcome of an arm moved."""
        return contrast(self.joint.across[arm], outcome, {"1": 1.0, "0": -1.0}, _unit(self.saved, outcome))

    def effect(self, target: Target) -> Estimate:
        """Return how far the target moved; its arms are those that the scenarios were compared for."""
        return _effect(self.joint, 1, target, _unit(self.saved, target.outcome))


def compared(saved: Study, tuned: Study, target: Target) -> Comparison:
    """Run the saved and the tuned scenario; their panels hold what concerns all patients."""
    joint = _joint((_Key(saved.scenario), _Key(tuned.scenario)), target.arms)
    return Comparison(_light_panel(joint.results[0]), _light_panel(joint.results[1]), joint)


def effects_of(studies: Sequence[Study], target: Target) -> list[Estimate]:
    """Return how far the target is from that of the first study in each of the others, on the same patients."""
    joint = _joint(tuple(_Key(study.scenario) for study in studies), target.arms)
    unit = BY_NAME[target.outcome].unit.of(studies[0].scenario.costs.currency)
    return [_effect(joint, position, target, unit) for position in range(1, len(studies))]


def full_panel(study: Study, workers: int = 1) -> Panel:
    """Return the panel of a run as `simulate --config` makes it."""
    drawn = run_draws(study, workers) if study.scenario.draws.number else None
    return build_panel(run_study(study, workers), drawn)


def run_of(study: Study, name: str) -> Run:
    """Return the run of a study."""
    return Run(full_panel(study), name, {}, {"scenario": f"{name}.yaml"})


def study_of(scenario: Scenario) -> Study:
    """Return a scenario ready to run; those made lately, and their calibrations, are kept."""
    return _study(_Key(scenario))


def warm_up(saved: Saved) -> Study:
    """Run the saved scenario once for a few patients, so that everything is compiled; return it ready to run.

    Raises what makes the scenario impossible to run.
    """
    study = saved.study({}, 100)
    compared(study, study, Target(study.scenario.primary.outcome, study.scenario.arms[:1]))
    return study


class _Key:
    """A scenario as a key: two with the same content are the same."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.content = self._content()

    def _content(self) -> str:
        return self.scenario.model_dump_json()

    def __hash__(self) -> int:
        return hash(self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.content == other.content


_NOT_READ = {"minutes", "cost", "first_visit_cost", "serious_events"}
"""What calibration does not read of a modality."""


class _CalibrationKey(_Key):
    """A scenario as a key to its calibration: what that reads, and the profiles whose natural course it seeks."""

    def _content(self) -> str:
        read = self.scenario.model_dump_json(
            include=set(READ_BY_CALIBRATION), exclude={"modalities": {"__all__": _NOT_READ}}
        )
        return f"{read} {' '.join(used_profiles(self.scenario))}"


@lru_cache(maxsize=64)
def _calibration(key: _CalibrationKey) -> Calibration:
    return calibrate(key.scenario)


@lru_cache(maxsize=64)
def _study(key: _Key) -> Study:
    return prepare(key.scenario, _calibration(_CalibrationKey(key.scenario)))


_PANELS: Lately[Panel] = Lately(16)


@lru_cache(maxsize=8)
def _joint(keys: tuple[_Key, ...], together: tuple[str, ...]) -> JointResult:
    return run_joint([_study(key) for key in keys], together=together)


def _light_panel(result: Result) -> Panel:
    """Return the panel of a run without kinds of patient, curves and single patients."""
    return _PANELS.get(_Key(result.study.scenario).content, lambda: _made_light(with_nets(result)))


def _made_light(result: Result) -> Panel:
    scenario = result.study.scenario
    pairs = [(later, earlier) for earlier, later in combinations(scenario.arms, 2)]
    currency = scenario.costs.currency
    return Panel(
        result=result,
        estimates=tuple(estimates(result.tally, [], currency)),
        differences=tuple(differences(result.tally, [], currency, pairs)),
        points=(),
        examples=(),
    )


def _effect(joint: JointResult, position: int, target: Target, unit: Unit) -> Estimate:
    weights = target.weights(position, 1) | target.weights(0, -1)
    return contrast(joint.together, target.outcome, weights, unit)


def _unit(panel: Panel, outcome: str) -> Unit:
    return BY_NAME[outcome].unit.of(panel.result.study.scenario.costs.currency)
