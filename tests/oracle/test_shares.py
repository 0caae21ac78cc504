"""Scales and thresholds that shares are met with, and courses of which only those who relapse are run again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from sim.calibration.reference import EvenPatients, ReferenceCourse
from sim.calibration.shares import relapse_with, satisfied_with, scale_for_relapse, threshold_for_share
from sim.luck.lattice import COARSE
from sim.study.draws import Drawing
from sim.study.inputs import uncertain_inputs
from sim.study.kept import KEPT_IN
from sim.study.prepare import prepare
from tests.conftest import load
from tests.known import known

LOW, HIGH = 0.0, math.log(1e6)


@pytest.mark.parametrize("share", [0.05, 0.34, 0.9, 0.999])
@pytest.mark.parametrize("power", [0.6, 1.0, 3.0])
def test_a_scale_is_that_of_another_method(share: float, power: float) -> None:
    rng = np.random.default_rng(1)
    used_up, fades = rng.gamma(0.5, 2.0, 1021), rng.random(1021) < 0.03
    known = math.log(200.0)

    def off(scale: float) -> float:
        return float(np.where(fades, 1.0, -np.expm1(-math.exp(power * (known - scale)) * used_up)).mean()) - share

    found = scale_for_relapse(share, used_up, fades, power, known, LOW, HIGH)
    if off(LOW) <= 0:
        assert found == LOW
    else:
        assert found == pytest.approx(brentq(off, LOW, HIGH, xtol=1e-12), abs=1e-8)
        assert relapse_with(math.exp(power * (known - found)), used_up, fades) == pytest.approx(share, abs=1e-9)


def test_where_relief_fades_in_more_the_scale_is_the_longest() -> None:
    assert scale_for_relapse(0.3, np.ones(10), np.arange(10) < 4, 1.0, math.log(200.0), LOW, HIGH) == HIGH


@pytest.mark.parametrize("share", [1e-4, 0.2, 0.79, 1 - 1e-4])
@pytest.mark.parametrize("width", [0.05, 1.0, 2.0])
def test_a_threshold_is_that_of_another_method(share: float, width: float) -> None:
    reduction = np.random.default_rng(2).normal(3.0, 2.0, 1021)

    def off(threshold: float) -> float:
        calm, troubled = (float(expit((reduction - threshold - less) / width).mean()) for less in (0.0, 1.5))
        return 0.8 * calm + 0.2 * troubled - share

    found = threshold_for_share(share, reduction, width, 1.5, 0.8, -40.0, 40.0)
    assert found == pytest.approx(brentq(off, -40.0, 40.0, xtol=1e-12), abs=1e-7)
    assert satisfied_with(found, reduction, width, 1.5, 0.8) == pytest.approx(share, abs=1e-9)


def test_a_threshold_beyond_what_is_looked_for_is_none() -> None:
    assert math.isnan(threshold_for_share(0.99, np.zeros(10), 100.0, 0.0, 1.0, -40.0, 40.0))


@pytest.mark.parametrize("settings", [(), ("relief={points: 1.0}",), ("claims.dry_needling.course.visits=14",)])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.98])
def test_a_course_of_which_some_are_run_again_is_that_of_all(settings: tuple[str, ...], share: float) -> None:
    """To the bit, whether the course ends before day 42 or, with 14 visits, after it."""
    scenario = load("article.yaml", list(settings)).scenario
    article = load("article.yaml").scenario
    found = known(article)
    patients = EvenPatients(scenario, scenario.calibration.profiles, found.natural, COARSE)
    course = ReferenceCourse(patients, "dry_needling")
    parameters, end = course.end_with_relapse(share, found.parameters["dry_needling"])
    whole = course.end(parameters)
    np.testing.assert_array_equal(end.rows, whole.rows)
    assert end.relapse == pytest.approx(whole.relapse, abs=1e-9)


def test_draws_are_the_same_with_what_an_earlier_command_has_kept(tmp_path, monkeypatch) -> None:
    study = prepare(load("stress.yaml").scenario)
    inputs = uncertain_inputs(study.scenario)
    values = np.array([one.quantile(np.array([0.6]))[0] for one in inputs])
    forms = Drawing(study, inputs).structure.forms[:3]
    anew = [Drawing(study, inputs).study_at(values, form).calibration for form in forms]
    monkeypatch.setenv(KEPT_IN, str(tmp_path))
    for _ in range(2):
        again = [Drawing(study, inputs).study_at(values, form).calibration for form in forms]
        assert [repr(one) for one in again] == [repr(one) for one in anew]
    assert list(tmp_path.iterdir())
