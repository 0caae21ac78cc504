"""Delay is not rewarded, and nothing happens where nothing is done."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.estimate.estimates import paired_difference
from sim.patient.pathway import Trace
from sim.patient.plans import trace_arm
from sim.quantities import ROW
from sim.study.prepare import prepare
from sim.study.run import run_block, run_study
from tests.conftest import GIVEN_PARAMETERS, load
from tests.known import known

NATURAL = tuple(
    f"profiles.{profile}.natural_course={{plateau: {{mean: {plateau}}}, time_constant: {{mean: {days}}}}}"
    for profile, plateau, days in (("acute_strain", 0.37, 18), ("chronic", 0.7, 73), ("stress_linked", 0.7, 73))
)
NO_FADING = ("modalities.dry_needling.fade=null", "modalities.acupuncture.fade=null", "response.context.fade=null")
C1 = {"acute": (2.6, 2.2, 2.1), "chronic": (4.8, 4.3, 4.0)}
"""Points of 5.6 that are left on days 42, 182 and 364."""


def diaries(scenario, patients=512):
    study = prepare(scenario)
    block = run_block(study, 0, patients)
    found = {}
    for a, arm in enumerate(study.setting.arms):
        trace = Trace.empty(0, study.rules.horizon + 1, patients)
        trace_arm(block.patients, study.setting.plans, a, study.rules, study.law.soreness_days, trace)
        found[arm] = trace.diary
    return found


@pytest.fixture(scope="module")
def calibration():
    return known(load("reference.yaml").scenario)


@pytest.mark.parametrize("later", range(1, 6))
def test_without_fading_and_relapse_a_later_visit_lowers_nobodys_pain(scenario, later):
    days = [7, 7, 7, 7, 7]
    moved = [*days]
    moved[later - 1] += 10
    if later < 5:
        moved[later] -= 4  # the visits after it are later too
    protocols = [
        f"protocols.{name}={{visits: 6, every_days: {gaps}, each_visit: [dry_needling, acupuncture]}}"
        for name, gaps in (("early", [*days, 7]), ("late", [*moved, 7]))
    ]
    found = diaries(
        scenario("reference.yaml", *GIVEN_PARAMETERS, *NATURAL, *NO_FADING, "relapse.form=none", "response.rho=0.4",
                 "arms=[early, late]", *protocols)
    )  # fmt: skip
    assert (found["late"] >= found["early"]).all()
    assert (found["late"] > found["early"]).any()


def test_with_relapse_and_fading_off_nobodys_pain_rises(scenario):
    found = diaries(scenario("reference.yaml", *GIVEN_PARAMETERS, *NATURAL, *NO_FADING, "relapse.form=none"))
    for pain in found.values():
        assert (np.diff(pain, axis=0) <= 0).all()


def test_needlings_further_apart_are_worth_less(calibration):
    spacings = (1, 7, 21)
    study = prepare(
        load(
            "acute.yaml",
            [
                "cohort.size=65536", f"arms=[{', '.join(f'every_{days}' for days in spacings)}]",
                *(f"protocols.every_{days}={{visits: 6, every_days: {days}, each_visit: dry_needling}}"
                  for days in spacings),
            ],
        ).scenario,
        calibration,
    )  # fmt: skip
    moments = run_study(study, 2).tally.moments
    qaly = paired_difference(moments, "qaly", ("every_21", "every_7"))
    assert qaly.upper < 0
    for later, sooner in (("every_7", "every_1"), ("every_21", "every_7")):
        lasting = paired_difference(moments, "lasting_relief", (later, sooner))
        assert lasting.upper < 0


@pytest.mark.parametrize("cohort", list(C1))
def test_untreated_patients_follow_the_published_course(cohort, calibration):
    loaded = load(f"{cohort}.yaml", ["arms=[usual_care]", "followup.horizon=364"])
    study = prepare(loaded.scenario, calibration)
    block = run_block(study, 0, 4096)
    trace = Trace.empty(0, 365, 4096)
    trace_arm(block.patients, study.setting.plans, 0, study.rules, study.law.soreness_days, trace)
    left = trace.diary[[42, 182, 364]].mean(axis=1) / block.patients.cohort.baseline.mean() * 5.6
    np.testing.assert_allclose(left, C1[cohort], atol=0.1)


def test_common_patients_make_differences_five_times_surer(calibration):
    study = prepare(load("acute.yaml", ["cohort.size=65536"]).scenario, calibration)
    found = paired_difference(
        run_study(study, 2).tally.moments, "pain_reduction_day42", ("dry_needling", "acupuncture")
    )
    ratio = (found.unpaired_error / found.mc_error) ** 2
    assert math.isfinite(ratio)
    assert ratio >= 5


def test_who_reads_a_course_changes_nothing_in_it(scenario):
    given = [*GIVEN_PARAMETERS, *NATURAL]
    alone = prepare(scenario("reference.yaml", *given, "arms=[dry_needling]"))
    beside = prepare(scenario("reference.yaml", *given, "arms=[usual_care, combined, dry_needling]"))
    one, other = run_block(alone, 0, 512), run_block(beside, 0, 512)
    np.testing.assert_array_equal(one.rows[0], other.rows[2])
    assert one.rows[0, ROW["relapses"]].any()
