"""Draws are calibrated to their own numbers: as by an exact calibration, profile by profile."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.calibration.calibrate import calibrate
from sim.calibration.natural import natural_results
from sim.calibration.recalibrate import Recalibration
from sim.calibration.targets import Calibration
from sim.scenario.places import with_values
from sim.scenario.schema import Scenario
from sim.scenario.structure import Structure
from sim.study.draws import Drawing
from sim.study.inputs import uncertain_inputs
from sim.study.prepare import is_setting_of_calibration, is_setting_of_response, prepare
from tests.benchmarks.draws import drawn_studies, excess
from tests.conftest import load

LEFT = ("profiles", "stress_linked", "natural_course", "pain_left", "day_42")
OF_CHRONIC = ("profiles", "chronic", "natural_course", "pain_left", "day_42")


CLOSE = 0.006
"""A quarter of the doubt about the pain left."""


def left_of(scenario: Scenario, calibration: Calibration, profile: str) -> list[float]:
    """Return the pain left that untreated patients of a profile have on the days of its targets."""
    return [one.reached for one in natural_results(scenario, profile, calibration.natural[profile])]


@pytest.fixture(scope="module")
def stress() -> Scenario:
    """Nobody but stress-linked patients, whose untreated course has the same numbers as that of chronic ones."""
    scenario = load("stress.yaml").scenario
    chronic, stress_linked = (scenario.profiles[name].natural_course for name in ("chronic", "stress_linked"))
    assert chronic == stress_linked
    return scenario


@pytest.fixture(scope="module")
def near(stress: Scenario) -> Recalibration:
    return Recalibration(stress, calibrate(stress))


@pytest.mark.parametrize("left", [0.808, 0.904])
def test_a_drawn_profile_has_the_course_of_its_own_numbers(stress: Scenario, near: Recalibration, left: float) -> None:
    """Also where another profile has the same numbers before they are drawn."""
    drawn = with_values(stress, {LEFT: left})
    stated = f"{'.'.join(LEFT)}={{value: {left}, uncertainty: {{normal: {{sd: 0.025}}}}}}"
    alone = load("stress.yaml", [stated]).scenario
    exact = calibrate(alone)
    found = near.calibrated(drawn)
    assert left_of(alone, found, "stress_linked") == pytest.approx(left_of(alone, exact, "stress_linked"), abs=CLOSE)
    assert tuple(found.natural["chronic"]) == pytest.approx(tuple(near.calibration.natural["chronic"]), rel=1e-2)
    constants = [one.natural["stress_linked"].time_constant for one in (near.calibration, found)]
    assert abs(math.log(constants[1] / constants[0])) > 0.3


def test_the_numbers_of_another_profile_do_not_move_it(stress: Scenario, near: Recalibration) -> None:
    before = near.calibrated(stress).natural
    found = near.calibrated(with_values(stress, {OF_CHRONIC: 0.808})).natural
    assert found["stress_linked"] == before["stress_linked"]
    assert found["chronic"].time_constant < 0.8 * before["chronic"].time_constant


def test_profiles_drawn_alike_are_alike(stress: Scenario, near: Recalibration) -> None:
    found = near.calibrated(with_values(stress, {LEFT: 0.83, OF_CHRONIC: 0.83})).natural
    assert found["stress_linked"] == found["chronic"]


def test_so_are_the_draws_of_a_run_in_every_form(stress: Scenario) -> None:
    """A run's own way from an input to a study: the stated form, and another one."""
    study = prepare(stress)
    inputs = uncertain_inputs(stress)
    drawing = Drawing(study, inputs)
    assert LEFT in [one.place for one in inputs]
    for form in (drawing.stated, drawing.structure.forms[-1]):
        left = []
        for by in (0, 0.04):
            values = np.array([float(one.quantity) - (by if one.place == LEFT else 0) for one in inputs])
            drawn = drawing.study_at(values, form)
            left.append(left_of(drawn.scenario, drawn.calibration, "stress_linked")[0])
        assert left[1] < left[0] - 0.015, form.name


# ------------------------------------------------------------------ forms that seek other means


def variant_of(settings: str, *overrides: str) -> tuple[Recalibration, Scenario]:
    """Return the recalibration of a scenario with an alternative that sets something, and the scenario so set."""
    alternatives = f"structure.course={{stated: {{weight: 0.5}}, other: {{weight: 0.5, set: {settings}}}}}"
    scenario = load(
        "stress.yaml", ["cohort.profiles={chronic: 0.5, stress_linked: 0.5}", alternatives, *overrides]
    ).scenario
    structure = Structure(scenario)
    chosen = dict(structure.forms[0].chosen) | {"course": "other"}
    form = next(one for one in structure.forms if dict(one.chosen) == chosen)
    return Recalibration(scenario, calibrate(scenario)), structure.variant(form)


COURSE = "profiles.stress_linked.natural_course"


@pytest.mark.parametrize(
    "settings",
    [
        f"{{{COURSE}.plateau.mean: 0.6}}",
        f"{{{COURSE}.time_constant.mean: 60}}",
        f"{{{COURSE}.plateau.mean: 0.6, {COURSE}.time_constant.mean: 60}}",
        f"{{{COURSE}.pain_left: {{day_42: 0.8, day_182: 0.7}}}}",
    ],
    ids=["plateau", "time constant", "both", "other days"],
)
def test_a_form_may_set_a_mean_of_the_natural_course(settings: str) -> None:
    """What is then still sought is found as by an exact calibration of that form, whose draws work too."""
    near, variant = variant_of(settings)
    exact = calibrate(variant)
    of_form = near.of_variant(variant)
    for found in (of_form.calibration, of_form.calibrated(variant)):
        for profile in ("chronic", "stress_linked"):
            assert left_of(variant, found, profile) == pytest.approx(left_of(variant, exact, profile), abs=CLOSE), (
                profile
            )
    places = {one.place: one for one in exact.claims if not one.modality}
    told = {one.place: one for one in of_form.calibration.claims if not one.modality}
    assert set(told) == set(places)
    for place, one in told.items():
        assert one.reached == pytest.approx(places[place].reached, abs=CLOSE), place


def test_a_form_may_seek_a_mean_that_the_scenario_gives() -> None:
    near, variant = variant_of(f"{{{COURSE}.plateau.mean: null}}", f"{COURSE}.plateau.mean=0.6")
    found = near.of_variant(variant)
    of_form, exact = (left_of(variant, one, "stress_linked") for one in (found.calibration, calibrate(variant)))
    assert of_form == pytest.approx(exact, abs=CLOSE)


# ------------------------------------------------------------------ many forms, and what draws miss


def test_what_is_found_in_a_form_does_not_depend_on_those_before_it() -> None:
    """Workers come to the forms in any order, and share what they find of them."""
    study = prepare(load("acute.yaml").scenario)
    inputs = uncertain_inputs(study.scenario)
    values = np.array([float(one.quantile(np.array([0.3]))[0]) for one in inputs])
    forms = Structure(study.scenario).forms[1::5]
    found = []
    for order in (forms, forms[::-1]):
        drawing = Drawing(study, inputs)
        found.append({form: drawing.study_at(values, form).calibration for form in order})
    for form in forms:
        assert found[0][form].natural == found[1][form].natural, form.name
        assert repr(found[0][form].parameters) == repr(found[1][form].parameters), form.name


def test_draws_miss_little_more_than_could_be_missed() -> None:
    """Looked at on many more patients than draws are calibrated on."""
    stated, studies = drawn_studies(12)
    found: dict[str, list[float]] = {}
    for study in studies:
        for name, one in excess(study, stated):
            found.setdefault(name, []).append(one)
    assert {name: len(each) for name, each in found.items()} == {"natural course": 36, "response": 24}
    for name, each in found.items():
        assert np.mean(each) < 0.12, name
        assert max(each) < 1, name


def test_forms_that_calibrate_alike_are_told_by_what_they_set() -> None:
    structure = Structure(load("acute.yaml").scenario)
    chosen = {
        "relapse": "no_relapse",
        "fading": "no_fading",
        "matching": "no_matching",
        "several_modalities": "weighted",
    }
    form = next(one for one in structure.forms if dict(one.chosen) == chosen)
    assert dict(structure.simplest(form, is_setting_of_calibration).chosen) == chosen | {"several_modalities": "best"}
    stated = {kind: next(iter(one)) for kind, one in structure.scenario.structure.items()}
    responds = stated | {"fading": "no_fading", "matching": "no_matching"}  # the context effect fades no more either
    assert dict(structure.simplest(form, is_setting_of_response).chosen) == responds
