"""What the drawn courses of single patients say, against what must be true of them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.calibration.targets import Calibration
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from sim.study.prepare import prepare
from sim.study.run import run_study
from sim.study.trajectories import examples, trace_first_block


def study_of(*settings: str, calibration: Calibration | None = None):
    scenario = load_scenario("acute.yaml", ["cohort.size=2000", *settings], outcomes=OUTCOME_NAMES).scenario
    return prepare(scenario, calibration)


def courses_of(*settings: str):
    study = study_of(*settings)
    patients = examples(run_study(study), trace_first_block(study))
    return [(one, course) for one in patients for course in one.courses.values()]


def test_the_days_of_relapses_are_those_on_which_pain_is_back() -> None:
    """If a relapse brings all pain back, the diary is at the baseline on its days."""
    seen = 0
    for patient, course in courses_of("relapse.rebound=1", "relapse.scale_without_needling=100"):
        at = course.path[course.relapse_days.astype(int)]
        assert at == pytest.approx(np.full(len(at), patient.baseline_pain), abs=1e-9)
        seen += len(at)
    assert seen > 5


def test_the_first_relapse_is_on_the_same_day_whatever_it_brings_back() -> None:
    """Pain alone would not tell: without a rebound a new episode begins at the pain that there is."""
    first, calibration = [], study_of().calibration
    for rebound in (0, 1):
        study = study_of(f"relapse.rebound={rebound}", "relapse.scale_without_needling=50", calibration=calibration)
        relapses = trace_first_block(study, 2000).traces["dry_needling"].relapses
        first.append(np.where(relapses[-1] > 0, (relapses > 0).argmax(axis=0), -1))
    assert (first[0] == first[1]).all()
    assert (first[0] > 0).sum() > 500
