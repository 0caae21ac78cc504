"""Calibration looks at the very course that the kernel runs, and finds the same parameters from wherever it begins."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.patient import outcomes as o
from sim.patient.arms import protocol_arm
from sim.patient.cohort import cohort_law
from sim.patient.effects import ResponseParameters
from sim.patient.patients import ready, run_arm
from sim.patient.setting import build_response, build_setting
from sim.study.calibrate import Recalibration, calibrate, reference_scenario
from sim.study.lattice import even_luck
from sim.study.reference_course import ReferenceCourse, median_of_cumulative
from sim.study.roots import falling_root, root_of_two
from tests.conftest import GIVEN_PARAMETERS, load


def kernel_rows(scenario, modality, ceiling, half_life):
    """Run the kernel on the evenly spread patients of the calibration."""
    reference = reference_scenario(scenario)
    arm = protocol_arm(reference, reference.protocols[modality])
    alone = reference.model_copy(update={"modalities": {modality: reference.modalities[modality]}})
    setting = build_setting(alone, {modality: protocol_arm(alone, reference.protocols[modality])})
    course = ReferenceCourse(scenario, modality)
    luck, cohort = even_luck(), course.patients.cohort
    events = np.ones((arm.longest, len(luck.profile)))  # nobody has one
    luck = luck._replace(soreness=events, bruising=events)
    found = {modality: ResponseParameters(ceiling, half_life, 0.0, 1.0)}
    response = build_response(alone, found, arm.longest)
    days = cohort_law(scenario, dict(scenario.calibration.profiles)).soreness_days
    patients = ready(luck, cohort, response, setting.days)
    return course, run_arm(setting.arms[modality], patients, response, setting.rules, days)


@pytest.mark.parametrize("name", ["article.yaml", "literature.yaml"])
@pytest.mark.parametrize("modality", ["dry_needling", "acupuncture"])
@pytest.mark.parametrize(("ceiling", "half_life"), [(0.4, 5.0), (0.9, 0.5)])
def test_the_reference_course_is_the_kernels(name, modality, ceiling, half_life):
    course, rows = kernel_rows(load(name).scenario, modality, ceiling, half_life)
    end = course.end(ceiling, half_life)
    assert end.pain == pytest.approx(rows[o.PAIN_END], abs=1e-12)
    assert len(end.hazard) == int(rows[o.RELIEF].sum())
    relieved = [(rows[o.VISITS_TO_RELIEF] <= k).mean() for k in range(course.visits + 1)]
    assert course.median_visits(ceiling, half_life) == median_of_cumulative(np.array(relieved))


def test_slopes_are_those_of_the_curves():
    end = ReferenceCourse(load("article.yaml").scenario, "dry_needling").end(0.8, 1.0)
    for curve, at, tolerance in ((end.satisfied, 1.7, 2e-3), (end.relapse, math.log(400), 1e-5)):
        ahead, behind = curve(at + 1e-4)[0], curve(at - 1e-4)[0]
        assert curve(at)[1] == pytest.approx((ahead - behind) / 2e-4, rel=tolerance)


CHANGES = (
    "claims.dry_needling.pain_reduction=3.5",
    "claims.dry_needling.satisfied=0.7",
    "claims.acupuncture.pain_reduction=2.95",
    "claims.acupuncture.relapse_3mo=0.3",
    "profiles.chronic.natural_course.time_constant.mean=50",
    "relapse.shape=0.8",
    "response.match=0.1",
)


@pytest.mark.parametrize("name", ["article.yaml", "literature.yaml"])
@pytest.mark.parametrize("changes", [*((one,) for one in CHANGES), CHANGES])
def test_calibrating_from_nearby_meets_the_claims(name, changes):
    """On fewer patients, so not to the last digit: within a hundredth of a point, 0.3 % of patients, 0.06 visits."""
    base = load(name).scenario
    changed = load(name, changes).scenario
    found = Recalibration(base, calibrate(base).parameters).parameters(changed)
    exact = calibrate(changed)
    for modality, parameters in found.items():
        course = ReferenceCourse(changed, modality)
        end = course.end(parameters.ceiling, parameters.half_life)
        targets = {claim.name: claim.reached for claim in exact.claims if claim.modality == modality}
        assert course.pain_reduction(parameters.ceiling, parameters.half_life) == pytest.approx(
            targets["pain_reduction"], abs=0.01
        )
        assert course.median_visits(parameters.ceiling, parameters.half_life) == pytest.approx(
            targets["visits_to_relief"], abs=0.06
        )
        assert end.satisfied(parameters.satisfaction_threshold)[0] == pytest.approx(targets["satisfied"], abs=0.003)
        assert end.relapse(math.log(parameters.relapse_scale))[0] == pytest.approx(targets["relapse_3mo"], abs=0.003)


@pytest.mark.parametrize("name", ["article.yaml", "literature.yaml"])
def test_a_scenario_gets_its_own_parameters_back(name):
    scenario = load(name).scenario
    exact = calibrate(scenario).parameters
    for modality, found in Recalibration(scenario, exact).parameters(scenario).items():
        assert tuple(found) == pytest.approx(tuple(exact[modality]), rel=1e-3)


def test_parameters_that_are_all_given_are_taken_as_given():
    scenario = load("article.yaml", GIVEN_PARAMETERS).scenario
    near = calibrate(load("article.yaml").scenario).parameters
    assert Recalibration(scenario, near).parameters(scenario) == calibrate(scenario).parameters


def test_newton_and_brackets_find_the_same_parameters(monkeypatch):
    base, changed = load("article.yaml").scenario, load("article.yaml", CHANGES).scenario
    recalibration = Recalibration(base, calibrate(base).parameters)
    by_newton = recalibration.parameters(changed)
    monkeypatch.setattr("sim.study.calibrate.root_of_two", lambda *_: None)
    for modality, found in recalibration.parameters(changed).items():
        assert tuple(found) == pytest.approx(tuple(by_newton[modality]), rel=1e-5)


def test_a_falling_root():
    assert falling_root(lambda x: (-(x**3), -3 * x * x), (-5, 9), -8.0, 0.0) == pytest.approx(2.0, abs=1e-9)
    step = falling_root(lambda x: (1.0 if x < 0.3 else 0.0, 0.0), (-12.0, 12.0), 0.5, 5.0)
    assert step == pytest.approx(0.3, abs=1e-9)


def test_a_root_of_two():
    bounds = ((-10.0, 10.0), (-10.0, 10.0))
    found = root_of_two(lambda x, y: (x + math.exp(y) - 3, x * y - 0.5), (2.0, 0.5), bounds)
    assert found is not None
    x, y = found
    assert abs(x + math.exp(y) - 3) < 1e-9
    assert abs(x * y - 0.5) < 1e-9
    assert root_of_two(lambda x, y: (x * x + 1, y), (1.0, 1.0), bounds) is None
