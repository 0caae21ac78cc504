"""Numbers keep their sources, and the shipped evidence sets are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from sim.errors import CalibrationError, ScenarioError
from sim.scenario.evidence import Source, Uncertainty
from sim.scenario.places import quantities
from sim.calibration.calibrate import calibrate
from sim.study.reference_course import ReferenceCourse, chance_of_reading, expected_reading, normal_table
from tests.conftest import load

SHIPPED = ("article", "literature", "acute", "chronic", "stress", "reference")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_number_names_a_known_source(name):
    scenario = load(f"{name}.yaml").scenario
    found = list(quantities(scenario))
    assert len(found) > 70
    for place, quantity, _ in found:
        assert quantity.source != "scenario", place
        for source in quantity.source.split(", "):
            assert source in scenario.sources, (place, source)
    for finding in scenario.findings:
        assert all(source in scenario.sources for source in finding.source.split(", "))
    assert all(isinstance(source, Source) for source in scenario.sources.values())


def test_every_number_of_the_article_carries_its_quote():
    for place, quantity, _ in quantities(load("article.yaml").scenario):
        if quantity.source == "article":
            assert quantity.quote, place
            assert quantity.status in ("claim", "assumption"), place


def test_a_changed_number_loses_its_quote_and_source():
    override = "claims.dry_needling.pain_reduction=4.4"
    claim = load("acute.yaml", [override]).scenario.claims["dry_needling"].pain_reduction
    assert (claim.value, claim.source, claim.status, claim.quote) == (4.4, "scenario", "scenario", None)
    renamed = "claims.dry_needling.pain_reduction={source: our clinic}"
    claim = load("acute.yaml", [renamed]).scenario.claims["dry_needling"].pain_reduction
    assert (claim.value, claim.source, claim.status, claim.quote) == (3.8, "our clinic", "unverified", None)


def test_the_derived_claims_of_the_literature_are_the_sum_of_their_parts():
    """Natural course, then what sham needling adds, then acupuncture over sham (0.5) and dry needling over it (0.4)."""
    whole = load("literature.yaml").scenario
    bare = load("literature.yaml", ["response.context.ceiling=0"]).scenario
    natural = ReferenceCourse(bare, "acupuncture").pain_reduction(1e-12, 1.4)
    with_context = ReferenceCourse(whole, "acupuncture").pain_reduction(1e-12, 1.4)
    assert natural == pytest.approx(1.73, abs=0.01)
    assert with_context - natural == pytest.approx(1.18, abs=0.01)
    assert float(whole.claims["acupuncture"].pain_reduction) == pytest.approx(with_context + 0.5, abs=0.01)
    assert float(whole.claims["dry_needling"].pain_reduction) == pytest.approx(with_context + 0.9, abs=0.01)


def test_sham_share_of_the_literature_is_its_own_arithmetic():
    context = float(load("literature.yaml").scenario.response.context.ceiling)
    assert context == pytest.approx((2.36 - 0.69) / (6.48 - 0.69), abs=0.001)


@pytest.mark.parametrize("sd", [0.0, 0.3, 1.55, 4.0])
def test_expected_reading_against_simulation(sd):
    noise = np.random.default_rng(1).standard_normal(400_000)
    for pain in (0.0, 0.7, 5.0, 9.8):
        readings = np.clip(pain + sd * noise, 0, 10)
        error = max(readings.std() / np.sqrt(len(readings)), 1e-12)
        assert abs(float(expected_reading(np.array([pain]), sd)[0]) - readings.mean()) < 5 * error
        for limit in (-0.1, 0.0, 2.0, 9.99, 10.0):
            chance, _ = chance_of_reading(np.array([pain]), np.array([limit]), 0.0, sd, normal_table())
            seen = (readings <= limit).mean()
            assert abs(chance - seen) < 5 * np.sqrt(max(seen * (1 - seen), 1e-9) / len(readings)) + 1e-12


def test_calibration_meets_claims_closely():
    for claim in calibrate(load("reference.yaml").scenario).claims:
        assert abs(claim.error) < (0.01 if claim.name == "visits_to_relief" else 2e-5)


def test_a_range_settles_for_its_nearest_reachable_point():
    found = {
        (c.modality, c.name): c
        for c in calibrate(load("reference.yaml", ["claims.dry_needling.pain_reduction=3.2"]).scenario).claims
    }
    median = found["dry_needling", "visits_to_relief"].reached
    assert 1.5 < median <= 2
    bare = ["claims.dry_needling.pain_reduction=3.2", "claims.dry_needling.visits_to_relief=1.5"]
    with pytest.raises(CalibrationError, match=r"visits_to_relief.*nearest reachable value is 1\.\d\d visits"):
        calibrate(load("reference.yaml", bare).scenario)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("claims.acupuncture.pain_reduction=9", r"claims\.acupuncture\.pain_reduction: 9 points .* 5\.\d\d points"),
        ("claims.acupuncture.pain_reduction=0.2", r"nearest reachable value is 2\.\d\d points"),
        ("claims.dry_needling.visits_to_relief=6", r"claims\.dry_needling\.visits_to_relief: a median of 6 visits"),
    ],
)
def test_claims_out_of_reach(override, words):
    with pytest.raises(CalibrationError, match=words):
        calibrate(load("reference.yaml", [override]).scenario)


@pytest.mark.parametrize("course", ["{visits: 6, each_visit: []}", "{visits: 6, alternate: [dry_needling, []]}"])
def test_the_course_of_a_claim_must_needle_at_every_visit(course):
    with pytest.raises(ScenarioError, match="at every visit"):
        load("reference.yaml", [f"claims.dry_needling.course={course}"])


def test_given_parameters_take_the_place_of_their_claims():
    given = "parameters.acupuncture={half_life: 2.0, relapse_scale: 300}"
    calibration = calibrate(load("reference.yaml", [given]).scenario)
    assert calibration.parameters["acupuncture"].half_life == 2
    assert calibration.parameters["acupuncture"].relapse_scale == 300
    targets = {claim.name: claim.is_target for claim in calibration.claims if claim.modality == "acupuncture"}
    assert targets == {"pain_reduction": True, "visits_to_relief": False, "satisfied": True, "relapse_3mo": False}
    reached = {claim.name: claim.reached for claim in calibration.claims if claim.modality == "acupuncture"}
    assert reached["pain_reduction"] == pytest.approx(2.9, abs=1e-6)


@pytest.mark.parametrize(
    "wrong", [{}, {"normal": {"sd": -1}}, {"normal": {"sd": 1}, "beta": {"sd": 1}}, {"uniform": {"low": 2, "high": 1}},
              {"uniform": {"low": 1}}, {"gauss": {"sd": 1}}, {"normal": {}}, {"normal": {"sd": 1, "low": 0, "high": 2}}]
)  # fmt: skip
def test_impossible_uncertainties_are_refused(wrong):
    with pytest.raises(ValidationError):
        Uncertainty.model_validate(wrong)
