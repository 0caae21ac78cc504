"""With luck, heterogeneity and noise off, the kernel must equal formulas that fit on a line."""

from __future__ import annotations

import numpy as np
import pytest

from sim.patient import outcomes as o
from sim.study.prepare import prepare
from sim.study.run import run_block
from sim.study.trajectories import _trace_first_block
from tests.conftest import GIVEN_PARAMETERS, NO_HETEROGENEITY

STILL = (
    *NO_HETEROGENEITY,
    *GIVEN_PARAMETERS,
    *(
        f"profiles.{profile}.natural_course.plateau={{mean: 1, concentration: null}}"
        for profile in ("acute_strain", "chronic", "stress_linked")
    ),
    "response.context.ceiling=0",
    "relapse.scale_without_needling=1e9",
)


def effect(ceiling, half_life, visits):
    return ceiling * (1 - 2 ** (-visits / half_life))


def off_target(ceiling, match):
    odds = ceiling / (1 - ceiling) * match
    return odds / (1 + odds)


def pain_by_visit(study, arm):
    traced = _trace_first_block(study, 10)
    return traced.patients.cohort.baseline, traced.traces[arm].pain


def test_pain_after_visit_k_of_one_modality(scenario):
    study = prepare(scenario("acute.yaml", *STILL, "response.match=0.1"))
    baseline, pain = pain_by_visit(study, "dry_needling")
    k = np.arange(1, 7)[:, None]
    muscular = 1 - effect(0.7, 0.8, k)
    central = 1 - effect(off_target(0.7, 0.1), 0.8, k)
    expected = baseline * (0.6 * muscular + 0.4 * central)
    np.testing.assert_allclose(pain, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("rho", [0.0, 0.5, 1.0, 1.4])
def test_pain_after_visit_k_of_both_modalities(scenario, rho):
    study = prepare(scenario("acute.yaml", *STILL, "response.match=0.1", f"response.rho={rho}"))
    baseline, pain = pain_by_visit(study, "combined")
    k = np.arange(1, 7)[:, None]

    def left(first, second):
        strong, weak = np.maximum(first, second), np.minimum(first, second)
        return (1 - strong) * (1 - rho * weak)

    muscular = left(effect(0.7, 0.8, k), effect(off_target(0.4, 0.1), 4.0, k))
    central = left(effect(off_target(0.7, 0.1), 0.8, k), effect(0.4, 4.0, k))
    np.testing.assert_allclose(pain, baseline * (0.6 * muscular + 0.4 * central), rtol=0, atol=1e-12)


def test_usual_care_follows_the_natural_course(scenario):
    study = prepare(scenario("chronic.yaml", *NO_HETEROGENEITY, *GIVEN_PARAMETERS))
    baseline, pain = pain_by_visit(study, "usual_care")
    t = np.arange(0, 36, 7)[:, None] + 1
    np.testing.assert_allclose(pain, baseline * (0.5 + 0.5 * np.exp(-t / 30)), rtol=0, atol=1e-12)


def test_context_effect_is_shared_and_never_counted_twice(scenario):
    study = prepare(
        scenario(
            "acute.yaml", *STILL, "response.context={ceiling: 0.2, half_life: 1.5}",
            "parameters.dry_needling.ceiling=1e-15", "parameters.acupuncture.ceiling=1e-15",
        )
    )  # fmt: skip
    for arm in ("dry_needling", "combined"):
        baseline, pain = pain_by_visit(study, arm)
        k = np.arange(1, 7)[:, None]
        np.testing.assert_allclose(pain, baseline * (1 - 0.2 * (1 - 2 ** (-k / 1.5))), rtol=0, atol=1e-12)


def test_attended_visits_under_drop_out_are_a_geometric_sum(scenario):
    p, n = 0.15, 6
    study = prepare(scenario("acute.yaml", *GIVEN_PARAMETERS, f"attendance.drop_out={p}"))
    visits = np.concatenate([run_block(study, b, 4096).rows[1, o.VISITS] for b in range(10)])
    expected = (1 - (1 - p) ** n) / p
    error = visits.std(ddof=1) / np.sqrt(len(visits))
    assert abs(visits.mean() - expected) < 5 * error
    # A drop-out one twentieth off would be seen.
    wrong = (1 - (1 - p * 1.05) ** n) / (p * 1.05)
    assert abs(visits.mean() - wrong) > 5 * error


def test_attended_visits_under_no_shows(scenario):
    study = prepare(scenario("acute.yaml", *GIVEN_PARAMETERS, "attendance.no_show=0.2"))
    visits = np.concatenate([run_block(study, b, 4096).rows[2, o.VISITS] for b in range(10)])
    assert abs(visits.mean() - 8) < 5 * np.sqrt(10 * 0.2 * 0.8 / len(visits))


def test_relapse_curve_is_the_weibull(scenario):
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, "relapse.hazard_ratio=1"))
    blocks = [run_block(study, b, 4096).rows for b in range(10)]
    for arm, scale in ((0, 273.0), (1, 400.0), (2, 250.0), (3, 400.0)):
        relieved = np.concatenate([rows[arm, o.RELIEF] for rows in blocks]) > 0
        time = np.concatenate([rows[arm, o.DAYS_TO_RELAPSE] for rows in blocks])[relieved]
        for day in (1, 7, 30, 91, 365):
            expected = 1 - np.exp(-((day / scale) ** 0.54))
            error = np.sqrt(expected * (1 - expected) / relieved.sum())
            assert abs((time <= day).mean() - expected) < 5 * error, (arm, day)
            wrong = 1 - np.exp(-((day / scale) ** 0.60))
            if day in (7, 30):
                assert abs((time <= day).mean() - wrong) > 5 * error, "a planted shape of 0.60 must be seen"


def test_relapse_hazards_are_proportional_in_residual_pain(scenario):
    """Without spread, everybody has one residual pain; the curve is a Weibull with a scaled hazard."""
    study = prepare(scenario("acute.yaml", *STILL, "response.match=1", "relapse.hazard_ratio=1.3"))
    rows = np.concatenate([run_block(study, b, 4096).rows[1] for b in range(5)], axis=1)
    residual = rows[o.PAIN_END][0]
    assert np.ptp(rows[o.PAIN_END]) < 1e-12
    expected = 1 - np.exp(-((91 / 400) ** 0.54) * 1.3 ** (residual - 2))
    error = np.sqrt(expected * (1 - expected) / rows.shape[1])
    assert abs(rows[o.RELAPSE_TREATED].mean() - expected) < 5 * error


def test_per_course_risk_becomes_a_per_visit_risk(scenario):
    study = prepare(scenario("acute.yaml", *GIVEN_PARAMETERS))
    risk = study.setting.arms["dry_needling"].pathways[0].event_risk[0, 0]
    np.testing.assert_allclose(risk, 1 - (1 - 0.30) ** (1 / 6), rtol=1e-14)
    bruising = study.setting.arms["acupuncture"].pathways[0].event_risk[1, 0]
    np.testing.assert_allclose(bruising, 1 - 0.85**0.1, rtol=1e-14)
    sore = np.concatenate([run_block(study, b, 4096).rows[1, o.SORENESS] for b in range(5)])
    assert abs(sore.mean() - 0.3) < 5 * np.sqrt(0.3 * 0.7 / len(sore))


def test_cost_and_minutes_of_a_full_course(scenario):
    study = prepare(scenario("acute.yaml", *GIVEN_PARAMETERS))
    rows = run_block(study, 0, 50).rows
    expected = {0: (240, 60), 1: (6 * 65, 6 * 20), 2: (10 * 80 + 32, 10 * 30), 3: (6 * 105 + 32, 6 * 40)}
    for arm, (cost, minutes) in expected.items():
        assert (rows[arm, o.COST] == cost).all()
        assert (rows[arm, o.MINUTES] == minutes).all()
