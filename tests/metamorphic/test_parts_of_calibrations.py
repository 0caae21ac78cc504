"""Calibrations that share natural courses or responses with earlier ones are those of scenarios calibrated alone."""

from __future__ import annotations

import pytest

from sim.calibration import calibrate as calibrating
from sim.calibration.calibrate import calibrate, forget_what_was_found
from sim.calibration.lately import Lately
from tests.conftest import load

CHANGES = (
    "claims.dry_needling.pain_reduction=4.1",
    "claims.acupuncture.relapse_3mo=0.4",
    "claims.acupuncture.satisfied=0.7",
    "claims.dry_needling.pain_reduction={value: 3.8, source: article, uncertainty: {normal: {sd: 0.9}}}",
    "parameters.dry_needling={ceiling: 0.4}",
    "profiles.chronic.baseline_pain.mean=6.4",
    "profiles.acute_strain.natural_course.pain_left.day_42=0.5",
    "profiles.chronic.natural_course={plateau: {concentration: 3, mean: 0.6}}",
    "relapse.scale_without_needling=300",
    "relief.percent=40",
    "response.rho=0.2",
    "response.context.ceiling=0.2",
    "satisfaction.width=1.5",
    "modalities.dry_needling.adverse_events.soreness.per_course=0.1",
    "calibration.profiles={acute_strain: 0.2, chronic: 0.8}",
    "cohort.profiles={chronic: 1}",
)


def scenario(changes):
    return load("acute.yaml", list(changes)).scenario


def told(found):
    """Return a calibration to the last digit; what is not a number is itself."""
    return repr((dict(found.parameters), dict(found.natural), found.claims))


@pytest.fixture(autouse=True)
def nothing_known():
    forget_what_was_found()
    yield
    forget_what_was_found()


def test_what_is_shared_is_what_would_be_found_alone():
    asked = [scenario([])]
    for change in CHANGES:
        asked += [scenario([change]), scenario([])]
    shared = [told(calibrate(one)) for one in asked]
    assert set(shared[::2]) == {shared[0]}
    for change, one, found in zip(CHANGES, asked[1::2], shared[1::2], strict=True):
        forget_what_was_found()
        assert found == told(calibrate(one)), change


def test_a_claim_has_its_own_modality_fitted_only(monkeypatch):
    fitted = []
    fit = calibrating.fit_response
    monkeypatch.setattr(calibrating, "fit_response", lambda *given: fitted.append(given[1]) or fit(*given))
    calibrate(scenario([]))
    of_all = set(fitted)
    fitted.clear()
    calibrate(scenario([CHANGES[0]]))
    assert fitted == ["dry_needling"]
    assert {"dry_needling", "acupuncture"} < of_all


def test_the_latest_are_kept():
    lately = Lately(2)
    found = [lately.get(read, lambda read=read: read.upper()) for read in "abac"]
    assert found == ["A", "B", "A", "C"]
    assert lately.get("a", lambda: "found anew") == "A"
    assert lately.get("b", lambda: "found anew") == "found anew"
