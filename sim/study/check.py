"""Check a calibration on patients of its own: fresh luck, drawn relapses, readings and judgements."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.calibration.targets import Calibration, ClaimResult
from sim.estimate.estimate import Estimate
from sim.estimate.estimates import ALL, contrast, estimates
from sim.patient.setting import reference_protocol
from sim.quantities import PAIN_REDUCTION, VISITS_TO_RELIEF
from sim.scenario.evidence import Quantity
from sim.scenario.schema import Scenario
from sim.study.prepare import prepare
from sim.study.run import run_study, with_nets
from sim.units import POINTS, unit_named

STATISTIC = {VISITS_TO_RELIEF: "p50"}


@dataclass(frozen=True)
class CheckedClaim:
    """A claim, what calibration reached on its even spread of patients, and what random patients give.

    `simulated` is NaN for the natural course, which is no arm.
    """

    result: ClaimResult
    simulated: Estimate


@dataclass(frozen=True)
class CheckedCalibration:
    """A calibration and its check on `patients` random patients of the reference cohort."""

    calibration: Calibration
    claims: tuple[CheckedClaim, ...]
    patients: int


def check_calibration(scenario: Scenario) -> CheckedCalibration:
    """Calibrate, then run each modality's reference course on the scenario's number of patients."""
    study = prepare(reference_scenario(scenario))
    result = with_nets(run_study(study))
    found = {
        (e.arm, e.outcome, e.statistic): e
        for e in estimates(result.tally, list(scenario.profiles), scenario.costs.currency)
        if e.subgroup == ALL
    }
    moments = result.tally.moments
    checked = []
    for claim in study.calibration.claims:
        if not claim.modality:
            checked.append(CheckedClaim(claim, _unknown(claim)))
        elif claim.name.startswith("over") and _against(claim.modality) not in moments.names:
            checked.append(CheckedClaim(claim, _unknown(claim)))  # no sham among the modalities
        elif claim.name.startswith("over"):
            weights = {claim.modality: 1.0, _against(claim.modality): -1.0}
            checked.append(CheckedClaim(claim, contrast(moments, PAIN_REDUCTION, weights, POINTS)))
        else:
            checked.append(CheckedClaim(claim, found[claim.modality, claim.name, STATISTIC.get(claim.name, "mean")]))
    return CheckedCalibration(study.calibration, tuple(checked), result.patients)


def _unknown(claim: ClaimResult) -> Estimate:
    return Estimate.normal(unit_named(claim.claimed.unit), math.nan, math.nan)


def reference_scenario(scenario: Scenario) -> Scenario:
    """Return the scenario that the claims describe: their cohort and courses, one arm per modality, fully attended.

    Where an effect is counted from sham or from another modality, that is an arm of its own, at the same visits.
    """
    none = Quantity(value=0.0)
    never = dict.fromkeys(type(scenario.attendance).model_fields, none)
    protocols = {name: reference_protocol(claims.course) for name, claims in scenario.claims.items()}
    sham = next((name for name, given in scenario.parameters.items() if given.ceiling and float(given.ceiling) == 0
                 and scenario.modalities[name].needling), None)  # fmt: skip
    for name, claims in scenario.claims.items():
        other = next(iter(claims.over or {}), sham if claims.over_sham else None)
        if other is not None:
            course = claims.course.model_copy(update={"each_visit": (other,)})
            protocols[_against(name)] = reference_protocol(course)
    return scenario.model_copy(
        update={
            "cohort": scenario.cohort.model_copy(update={"profiles": scenario.calibration.profiles, "include": None}),
            "arms": tuple(protocols),
            "protocols": protocols,
            "policies": {},
            "attendance": scenario.attendance.model_copy(update=never),
            "primary": scenario.primary.model_copy(update={"arms": None}),
        }
    )


def _against(modality: str) -> str:
    return f"against_{modality}"
