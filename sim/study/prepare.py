"""Studies: scenarios made ready to run, calibrated once for all that differ in nothing that calibration looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.calibration.calibrate import READ_BY_CALIBRATION, calibrate, used_profiles
from sim.calibration.targets import Calibration
from sim.errors import CalibrationError, ScenarioError
from sim.patient.cohort import NO_ENTRY_RULE, CohortLaw, cohort_law, share_passing
from sim.patient.effects import Response, ResponseParameters
from sim.patient.pathway import Rules
from sim.patient.setting import Setting, build_response, build_rules, build_setting, with_numbers_of
from sim.scenario.references import Place
from sim.scenario.schema import Scenario
from sim.study.kept import kept


def is_read_by_calibration(place: Place) -> bool:
    """Tell whether calibration looks at a number."""
    return place[0] in READ_BY_CALIBRATION and place[-1] not in COUNTED_ONLY


def is_setting_of_calibration(path: str) -> bool:
    """Tell whether calibration looks at what a form of the model sets; each visit of a claim's course gives one
    modality only.
    """
    return path.split(".")[0] in READ_BY_CALIBRATION and path != "relapse.several_modalities"


def is_setting_of_response(path: str) -> bool:
    """Tell whether a form of the model sets on what it depends how strongly a patient responds."""
    return path.split(".")[0] == "response"


COUNTED_ONLY = ("cost", "minutes", "first_visit_cost", "serious_events")
"""Numbers of a modality that are counted and change nothing that happens."""

LEAST_PASSING = 0.01
"""Share of people who must pass an entry rule for it to be taken."""


@dataclass(frozen=True)
class Study:
    """A scenario made ready to run: calibrated, and turned into the engine's arrays."""

    scenario: Scenario
    calibration: Calibration
    setting: Setting
    law: CohortLaw

    @property
    def parameters(self) -> Mapping[str, ResponseParameters]:
        """The response parameters by modality."""
        return self.calibration.parameters

    @cached_property
    def response(self) -> Response:
        """The ceilings of an average patient, as the engine reads them."""
        return build_response(self.scenario, self.parameters)

    @cached_property
    def rules(self) -> Rules:
        """The assumptions that all arms share, as the engine reads them."""
        return build_rules(self.scenario, self.parameters)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what the study was prepared from: a seventh of the size, and quickly prepared again."""
        return prepare, (self.scenario, self.calibration)


def prepare(scenario: Scenario, calibration: Calibration | None = None) -> Study:
    """Make a scenario ready to run; calibrate it unless its calibration is known.

    Raises ScenarioError for a course beyond the horizon, or an entry rule that hardly anybody passes.
    """
    setting = build_setting(scenario)
    found = calibration or kept(read_by_calibration(scenario), lambda: calibrate(scenario), Calibration)
    law = law_of(scenario, found)
    _check_entry(scenario, law)
    return Study(scenario, found, setting, law)


def read_by_calibration(scenario: Scenario) -> str:
    """Return all that calibration reads of a scenario, to the last digit."""
    return repr([[getattr(scenario, name) for name in READ_BY_CALIBRATION], used_profiles(scenario)])


def law_of(scenario: Scenario, calibration: Calibration, like: CohortLaw | None = None) -> CohortLaw:
    """Return the distributions that a scenario's patients are drawn from.

    `like`: where those of profiles that nobody has are taken from, if it is given.
    """
    include = scenario.cohort.include
    least = NO_ENTRY_RULE if include is None else include.reported_pain_at_least
    return cohort_law(scenario, dict(scenario.cohort.profiles), calibration.natural, least, like)


def _check_entry(scenario: Scenario, law: CohortLaw) -> None:
    if law.least_reading <= 0:
        return
    if faults := [
        f"cohort.include.reported_pain_at_least: of {scenario.profile_label(name)} fewer than "
        f"{100 * LEAST_PASSING:g} % report as much as {law.least_reading:g} points; allowed: less"
        for name, share in scenario.cohort.profiles.items()
        if share > 0 and share_passing(law, list(scenario.profiles).index(name)) < LEAST_PASSING
    ]:
        raise ScenarioError(faults)


def with_numbers(study: Study, scenario: Scenario, calibration: Calibration) -> Study:
    """Return the study of a scenario that differs in the values of its quantities only, with its own calibration.

    Raises ScenarioError for a course beyond the horizon.
    """
    law = law_of(scenario, calibration, study.law)
    return Study(scenario, calibration, with_numbers_of(scenario, study.setting), law)


def prepare_all(scenarios: Mapping[str, Scenario]) -> list[Study]:
    """Make several scenarios ready to run; those that calibrate alike share one calibration.

    Raises what `prepare` raises, with the name of the scenario before it.
    """
    studies: list[Study] = []
    for name, scenario in scenarios.items():
        alike = next((study for study in studies if _calibrate_alike(study.scenario, scenario)), None)
        try:
            studies.append(prepare(scenario, alike.calibration if alike else None))
        except ScenarioError as error:
            raise ScenarioError(f"{name}: {fault}" for fault in error.faults) from error
        except CalibrationError as error:
            raise CalibrationError(f"{name}: {error}") from error
    return studies


def _calibrate_alike(one: Scenario, other: Scenario) -> bool:
    reads_the_same = all(getattr(one, name) == getattr(other, name) for name in READ_BY_CALIBRATION)
    return reads_the_same and used_profiles(one) == used_profiles(other)
