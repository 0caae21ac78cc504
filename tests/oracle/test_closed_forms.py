"""With luck, heterogeneity and noise off, the diary must equal formulas that fit on a line."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, gammainc

from sim.patient.pathway import Trace
from sim.patient.plans import trace_arm
from sim.quantities import ROW
from sim.study.prepare import prepare
from sim.study.run import run_block
from tests.conftest import GIVEN_PARAMETERS, NO_HETEROGENEITY

STILL = (
    *NO_HETEROGENEITY,
    *GIVEN_PARAMETERS,
    *(
        f"profiles.{profile}.natural_course.plateau={{mean: 1, concentration: null}}"
        for profile in ("acute_strain", "chronic", "stress_linked")
    ),
    "response.context.ceiling=0",
    "relapse.form=none",
)
NO_FADING = ("modalities.dry_needling.fade=null", "modalities.acupuncture.fade=null", "response.context.fade=null")
DAYS = np.arange(134)
EXP2_ERROR = 1e-9
"""Points: what the engine's exponential may be off by."""


def effect(ceiling, half_life, dose):
    return ceiling * (1 - 2 ** (-dose / half_life))


def off_target(ceiling, match):
    odds = ceiling / (1 - ceiling) * match
    return odds / (1 + odds)


def doses(visits, fade=math.inf):
    """Return the dose on each day of visits on given days: each adds 1 on the next day, and fades from then on."""
    dose = np.zeros(len(DAYS))
    for day in visits:
        since = DAYS - (day + 1)
        dose += np.where(since >= 0, 2.0 ** (-np.maximum(since, 0) / fade), 0.0)
    return dose


def diary(study, arm, patients=8):
    block = run_block(study, 0, patients)
    trace = Trace.empty(0, len(DAYS), patients)
    rows = trace_arm(
        block.patients, study.setting.plans, list(study.setting.arms).index(arm), study.rules,
        study.law.soreness_days, trace,
    )  # fmt: skip
    return block.patients.cohort, trace.diary, rows


@pytest.mark.parametrize("fade", [None, 60.0, 7.0])
def test_pain_on_every_day_of_one_modality(scenario, fade):
    faded = NO_FADING if fade is None else (f"modalities.dry_needling.fade={fade}",)
    study = prepare(scenario("acute.yaml", *STILL, *faded, "response.match=0.1"))
    cohort, pain, _ = diary(study, "dry_needling")
    dose = doses(range(0, 42, 7), fade or math.inf)[:, None]
    muscular = 1 - effect(0.7, 0.8, dose)
    central = 1 - effect(off_target(0.7, 0.1), 0.8, dose)
    expected = cohort.baseline * (0.6 * muscular + 0.4 * central)
    np.testing.assert_allclose(pain, expected, rtol=0, atol=EXP2_ERROR)


@pytest.mark.parametrize("rho", [-1.0, -0.3, 0.0, 0.5, 1.0, 1.4])
def test_pain_on_every_day_of_both_modalities(scenario, rho):
    study = prepare(scenario("acute.yaml", *STILL, *NO_FADING, "response.match=0.1", f"response.rho={rho}"))
    cohort, pain, _ = diary(study, "combined")
    dose = doses(range(0, 42, 7))[:, None]

    def left(first, second):
        strong, weak = np.maximum(first, second), np.minimum(first, second)
        return (1 - strong) * np.maximum(1 - rho * weak, 0)

    muscular = left(effect(0.7, 0.8, dose), effect(off_target(0.4, 0.1), 4.0, dose))
    central = left(effect(off_target(0.7, 0.1), 0.8, dose), effect(0.4, 4.0, dose))
    expected = np.minimum(cohort.baseline * (0.6 * muscular + 0.4 * central), 10)
    np.testing.assert_allclose(pain, expected, rtol=0, atol=EXP2_ERROR)


def test_context_acts_with_every_needling_and_with_nothing_else(scenario):
    study = prepare(
        scenario(
            "acute.yaml", *STILL, *NO_FADING, "response.context.ceiling=0.2", "response.context.half_life=2",
            "arms=[sham, advice, usual_care]",
        )
    )  # fmt: skip
    cohort, sham, _ = diary(study, "sham")
    days = [math.floor(3.5 * k) for k in range(10)]
    expected = cohort.baseline * (1 - effect(0.2, 2.0, doses(days)[:, None]))
    np.testing.assert_allclose(sham, expected, rtol=0, atol=EXP2_ERROR)
    for arm in ("advice", "usual_care"):
        np.testing.assert_array_equal(diary(study, arm)[1], np.broadcast_to(cohort.baseline, sham.shape))


def test_the_natural_course_falls_exponentially_to_its_plateau(scenario):
    study = prepare(scenario("chronic.yaml", *NO_HETEROGENEITY, *GIVEN_PARAMETERS, "relapse.form=none"))
    cohort, pain, _ = diary(study, "usual_care")
    expected = cohort.baseline * (0.5 + 0.5 * np.exp(-DAYS[:, None] / 30))
    np.testing.assert_allclose(pain, expected, rtol=0, atol=1e-8)


def test_time_to_the_first_relapse_is_weibull_at_constant_pain(scenario):
    # Pain falls at once to what needling leaves, and stays: hazard and its scale are the same on every day in relief.
    study = prepare(
        scenario(
            "acute.yaml", *NO_HETEROGENEITY, *STILL[len(NO_HETEROGENEITY) : -1], *NO_FADING, "response.match=1",
            "protocols.dry_needling={visits: 1, every_days: 7, each_visit: dry_needling}", "arms=[dry_needling]",
            "parameters.dry_needling={ceiling: 0.6, half_life: 0.1, satisfaction_threshold: 1, relapse_scale: 90}",
            "relapse.shape=0.8", "relapse.hazard_ratio=1.3",
        )
    )  # fmt: skip
    blocks = [run_block(study, block, 4096) for block in range(8)]
    first = np.concatenate([block.rows[0, ROW["days_to_relapse"]] for block in blocks])
    baseline = float(blocks[0].patients.cohort.baseline[0])
    hazard = 1.3 ** (baseline * (1 - effect(0.6, 0.1, 1)) - 2)
    for day in (1, 5, 20, 60, 91, 130):
        share = float((first <= day).mean())
        expected = 1 - math.exp(-hazard * (day / 90) ** 0.8)
        assert share == pytest.approx(expected, abs=5 * math.sqrt(expected * (1 - expected) / len(first)) / 3)


def test_drop_out_is_geometric(scenario):
    none = "no_show: 0, drop_out_if_relieved: 0, drop_out_if_not_relieved: 0, drop_out_after_adverse_event: 0"
    study = prepare(
        scenario("acute.yaml", *NO_HETEROGENEITY, *GIVEN_PARAMETERS, f"attendance={{drop_out: 0.2, {none}}}",
                 "arms=[acupuncture]")
    )  # fmt: skip
    visits = np.concatenate([run_block(study, block, 4096).rows[0, ROW["visits"]] for block in range(8)])
    for k in range(1, 10):
        expected = 0.2 * 0.8 ** (k - 1)
        spread = math.sqrt(expected * (1 - expected) / len(visits))
        assert float((visits == k).mean()) == pytest.approx(expected, abs=4 * spread)
    assert float((visits == 10).mean()) == pytest.approx(0.8**9, abs=0.01)


def test_a_risk_per_course_is_that_of_the_whole_course(scenario):
    study = prepare(scenario("acute.yaml", *NO_HETEROGENEITY, *GIVEN_PARAMETERS, "arms=[dry_needling, acupuncture]"))
    rows = np.concatenate([run_block(study, block, 4096).rows for block in range(8)], axis=2)
    assert float(rows[0, ROW["soreness"]].mean()) == pytest.approx(0.30, abs=0.006)
    assert float(rows[1, ROW["bruising"]].mean()) == pytest.approx(0.15, abs=0.005)
    assert not rows[1, ROW["soreness"]].any()


def test_sore_days_last_whole_days_and_one_at_least(scenario):
    study = prepare(
        scenario(
            "acute.yaml", *NO_HETEROGENEITY, *GIVEN_PARAMETERS, "arms=[dry_needling]",
            "modalities.dry_needling.adverse_events.soreness={per_visit: 1}",
            "protocols.dry_needling={visits: 1, every_days: 7, each_visit: dry_needling}",
        )
    )  # fmt: skip
    days = np.concatenate([run_block(study, block, 4096).rows[0, ROW["soreness_days"]] for block in range(4)])
    # Gamma of mean 36 and sd 18 hours, rounded to days.
    ends = (np.arange(1, 8) + 0.5) * 24
    below = gammainc(4.0, ends / 9.0)
    expected = np.diff(np.concatenate([[0.0], below]))
    for day, share in enumerate(expected, start=1):
        assert float((days == day).mean()) == pytest.approx(share, abs=4 * math.sqrt(share / len(days)) + 1e-4)


def test_satisfaction_is_soft(scenario):
    study = prepare(
        scenario("acute.yaml", *STILL, *NO_FADING, "satisfaction.width=0.7", "response.match=1", "arms=[dry_needling]",
                 "modalities.dry_needling.adverse_events={soreness: {per_visit: 0}}")
    )  # fmt: skip
    blocks = [run_block(study, block, 4096).rows[0] for block in range(8)]
    satisfied = np.concatenate([rows[ROW["satisfied"]] for rows in blocks])
    drop = float(blocks[0][ROW["pain_reduction"], 0])
    expected = float(expit((drop - 1.5) / 0.7))
    assert 0.05 < expected < 0.99
    assert float(satisfied.mean()) == pytest.approx(
        expected, abs=4 * math.sqrt(expected * (1 - expected) / len(satisfied))
    )


def test_utility_and_little_pain_are_sums_over_days(scenario):
    study = prepare(scenario("acute.yaml", *GIVEN_PARAMETERS, "soreness.points=0", *NATURAL))
    loss = [0.0, *study.scenario.utility.loss]
    for arm in study.setting.arms:
        _, pain, rows = diary(study, arm, 128)
        qaly = (1 - np.interp(pain[1:], np.arange(11), loss)).sum(axis=0) / 365.25
        np.testing.assert_allclose(rows[ROW["qaly"]], qaly, rtol=1e-12)
        np.testing.assert_array_equal(rows[ROW["pain_free_days"]], (pain[1:] <= 3).sum(axis=0))


NATURAL = tuple(
    f"profiles.{profile}.natural_course={{plateau: {{mean: {plateau}}}, time_constant: {{mean: {days}}}}}"
    for profile, plateau, days in (("acute_strain", 0.37, 18), ("chronic", 0.7, 73), ("stress_linked", 0.7, 73))
)


def test_relief_is_read_off_the_diary(scenario):
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, *NATURAL))
    for arm in study.setting.arms:
        cohort, pain, rows = diary(study, arm, 256)
        in_relief = pain <= cohort.baseline - 2
        first = np.where(in_relief.any(axis=0), in_relief.argmax(axis=0), np.inf)
        np.testing.assert_array_equal(rows[ROW["days_to_relief"]], first)
        np.testing.assert_array_equal(rows[ROW["relief_day42"]], in_relief[42])
        np.testing.assert_array_equal(rows[ROW["began_by_day42"]], first <= 42)
        np.testing.assert_array_equal(rows[ROW["pain_day133"]], pain[133])
        held = np.array([in_relief[int(day) :, i].all() if day <= 42 else False for i, day in enumerate(first)])
        # A relapse ends relief, even where so little came back that pain is still low enough.
        assert (rows[ROW["lasting_relief"]] <= held).all()
        differs = rows[ROW["lasting_relief"]] != held
        assert (rows[ROW["relapses"]][differs] > 0).all()
        assert differs.mean() < 0.1
