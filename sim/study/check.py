"""Check a calibration on patients of its own: fresh luck, the whole kernel, no closed forms."""

from __future__ import annotations

from dataclasses import dataclass

from sim.scenario.schema import Scenario
from sim.study.calibrate import Calibration, ClaimResult, reference_scenario
from sim.study.estimates import ALL, Estimate, estimates
from sim.study.prepare import prepare
from sim.study.run import run_study


@dataclass(frozen=True)
class CheckedClaim:
    """A claim, what calibration reached on its even spread of patients, and what random patients give."""

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
    result = run_study(study)
    found = {
        (e.arm, e.outcome, e.statistic): e
        for e in estimates(result.tally, list(scenario.profiles), scenario.costs.currency)
        if e.subgroup == ALL
    }
    statistic = {"visits_to_relief": "p50"}
    checked = tuple(
        CheckedClaim(claim, found[claim.modality, claim.name, statistic.get(claim.name, "mean")])
        for claim in study.calibration.claims
    )
    return CheckedCalibration(study.calibration, checked, result.patients)
