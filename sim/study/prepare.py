"""Studies: scenarios made ready to run, calibrated once for all that differ in nothing that calibration looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.errors import CalibrationError, ScenarioError
from sim.patient.cohort import CohortLaw, cohort_law
from sim.patient.effects import Response, ResponseParameters
from sim.patient.setting import Setting, build_response, build_setting, with_numbers_of
from sim.scenario.references import Place
from sim.scenario.schema import Scenario
from sim.study.calibrate import Calibration, calibrate

READ_BY_CALIBRATION = (
    "claims", "parameters", "calibration", "profiles", "modalities", "response", "reading_sd", "relief",
    "satisfaction", "soreness_duration", "relapse", "followup", "pain_free_below", "utility",
)  # fmt: skip
"""Sections that calibration looks at; it runs a cohort, arms and attendance of its own, and counts no costs."""


OF_ONE_MODALITY = ("claims", "parameters", "modalities")
"""Sections of which the calibration of a modality reads its own entry only."""


def is_read_by_calibration(place: Place, modality: str) -> bool:
    """Tell whether the calibration of a modality looks at a number."""
    section, *rest = place
    return section in READ_BY_CALIBRATION and (section not in OF_ONE_MODALITY or rest[0] == modality)


@dataclass(frozen=True)
class Study:
    """A scenario made ready to run: calibrated, and turned into the kernel's arrays."""

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
        """How patients respond, as the kernel reads it."""
        return build_response(self.scenario, self.parameters, self.setting.needs.visits)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what the study was prepared from: a seventh of the size, and quickly prepared again."""
        return prepare, (self.scenario, self.calibration)


def prepare(scenario: Scenario, calibration: Calibration | None = None) -> Study:
    """Make a scenario ready to run; calibrate it unless its calibration is known.

    Raises CalibrationError for a claim that cannot be met, ScenarioError for a course beyond the horizon.
    """
    setting = build_setting(scenario)
    law = cohort_law(scenario, dict(scenario.cohort.profiles))
    return Study(scenario, calibration or calibrate(scenario), setting, law)


def with_numbers(study: Study, scenario: Scenario, parameters: Mapping[str, ResponseParameters]) -> Study:
    """Return the study of a scenario that differs in the values of its quantities only, with parameters found for it.

    Raises ScenarioError for a course beyond the horizon.
    """
    law = cohort_law(scenario, dict(scenario.cohort.profiles))
    return Study(scenario, Calibration(dict(parameters), ()), with_numbers_of(scenario, study.setting), law)


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
    return all(getattr(one, name) == getattr(other, name) for name in READ_BY_CALIBRATION)
