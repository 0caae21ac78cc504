"""Policies: exact relations to the protocols that they give."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.patient import outcomes as o
from sim.study.prepare import Study, prepare
from sim.study.run import run_block
from tests.conftest import GIVEN_PARAMETERS

N = 3000
MIXED = "cohort.profiles={acute_strain: 0.5, chronic: 0.3, stress_linked: 0.2}"
LEAVING = "attendance={no_show: 0.15, drop_out: 0.03, drop_out_if_relieved: 0.05, drop_out_if_not_relieved: 0.02}"


def rows_by_arm(study: Study, block: int = 1) -> dict[str, np.ndarray]:
    found = run_block(study, block, N)
    return dict(zip(study.setting.arms, found.rows, strict=True))


@pytest.mark.parametrize(
    ("profile", "picked"),
    [("acute_strain", "dry_needling"), ("chronic", "acupuncture"), ("stress_linked", "acupuncture")],
)
@pytest.mark.parametrize("attendance", ["attendance.no_show=0", LEAVING])
def test_guided_choice_on_one_profile_is_the_arm_that_its_rule_picks(scenario, profile, picked, attendance):
    arms = "arms=[dry_needling, acupuncture, guided_choice]"
    loaded = scenario("acute.yaml", *GIVEN_PARAMETERS, f"cohort.profiles={{{profile}: 1}}", arms, attendance)
    rows = rows_by_arm(prepare(loaded))
    np.testing.assert_array_equal(rows["guided_choice"], rows[picked])
    other = ({"dry_needling", "acupuncture"} - {picked}).pop()
    assert (rows["guided_choice"][o.PAIN_END] != rows[other][o.PAIN_END]).any()


def test_guided_choice_gives_every_patient_of_a_mixture_the_course_of_the_protocol_picked(scenario):
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, MIXED, "arms=[dry_needling, acupuncture, guided_choice]")
    study = prepare(loaded)
    found = run_block(study, 0, N)
    acute = found.patients.cohort.profile == 0
    assert 0.4 < acute.mean() < 0.6
    dry, acupuncture, guided = found.rows
    np.testing.assert_array_equal(guided, np.where(acute, dry, acupuncture))


def test_a_choice_by_reported_pain_looks_at_the_reading_and_not_at_the_pain(scenario):
    rule = "policies.by_pain={choose: [{when: {reported_pain_at_least: 6}, give: combined}], otherwise: usual_care}"
    study = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, rule, "arms=[usual_care, combined, by_pain]"))
    found = run_block(study, 0, N)
    usual, combined, chosen = found.rows
    high = found.patients.cohort.baseline_reading >= 6
    np.testing.assert_array_equal(chosen, np.where(high, combined, usual))
    truly_high = found.patients.cohort.baseline >= 6
    assert (high != truly_high).any()


def test_the_first_choice_that_holds_decides(scenario):
    rule = (
        "policies.two={choose: [{when: {reported_pain_below: 5, profile: [chronic, acute_strain]}, give: usual_care}, "
        "{when: {reported_pain_below: 8}, give: dry_needling}], otherwise: acupuncture}"
    )
    arms = "arms=[usual_care, dry_needling, acupuncture, two]"
    study = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, rule, arms))
    found = run_block(study, 0, N)
    cohort = found.patients.cohort
    reading, is_stress = cohort.baseline_reading, cohort.profile == 2
    usual, dry, acupuncture, two = found.rows
    expected = np.where(reading < 8, np.where((reading < 5) & ~is_stress, usual, dry), acupuncture)
    np.testing.assert_array_equal(two, expected)


@pytest.mark.parametrize("attendance", ["attendance.no_show=0", LEAVING])
def test_a_step_that_can_never_be_taken_changes_nothing(scenario, attendance):
    rule = "policies.never={give: dry_needling, steps: [{no_relief_by_visit: 7, give: acupuncture}]}"
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, rule, attendance, "arms=[dry_needling, never]")
    rows = rows_by_arm(prepare(loaded))
    if attendance == LEAVING:
        # Judged by reported pain or not makes no difference where nothing is judged but leaving.
        assert not np.isnan(rows["never"]).any()
    np.testing.assert_array_equal(rows["never"], rows["dry_needling"])


def test_those_relieved_in_time_stay_on_the_first_protocol_of_stepped_care(scenario):
    arms = "arms=[dry_needling, stepped_care]"
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, "reading_sd=0", arms)
    rows = rows_by_arm(prepare(loaded))
    dry, stepped = rows["dry_needling"], rows["stepped_care"]
    in_time = dry[o.VISITS_TO_RELIEF] <= 3
    assert 0.1 < in_time.mean() < 0.95
    np.testing.assert_array_equal(stepped[:, in_time], dry[:, in_time])
    # The others have three visits of dry needling and then all ten of acupuncture, twice a week.
    assert (stepped[o.VISITS, ~in_time] == 13).all()
    assert (stepped[o.COURSE_END, ~in_time] == 14 + 10 * 3.5 + 1).all()
    assert (stepped[o.BRUISING_EVENTS, in_time] == 0).all()


def test_the_last_visit_of_a_protocol_can_lead_on(scenario):
    rule = "policies.late={give: dry_needling, steps: [{no_relief_by_visit: 6, give: acupuncture}]}"
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, "reading_sd=0", rule, "arms=[dry_needling, late]")
    rows = rows_by_arm(prepare(loaded))
    never = np.isinf(rows["dry_needling"][o.VISITS_TO_RELIEF])
    assert never.any()
    assert (rows["late"][o.VISITS, never] == 16).all()
    np.testing.assert_array_equal(rows["late"][:, ~never], rows["dry_needling"][:, ~never])


def test_steps_follow_one_another(scenario):
    rule = (
        "policies.three={give: usual_care, steps: [{no_relief_by_visit: 2, give: dry_needling}, "
        "{no_relief_by_visit: 3, give: acupuncture}]}"
    )
    nobody = "relief={percent: 100}"
    study = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, nobody, "reading_sd=0", rule, "arms=[three]"))
    (rows,) = rows_by_arm(study).values()
    assert (rows[o.VISITS] == 2 + 3 + 10).all()
    assert (rows[o.COURSE_END] == 7 + 3 * 7 + 10 * 3.5 + 1).all()
    costs = study.scenario.costs
    each = {name: float(modality.cost) for name, modality in study.scenario.modalities.items()}
    first = float(study.scenario.modalities["acupuncture"].first_visit_cost)
    expected = 15 * float(costs.visit) + 3 * each["dry_needling"] + 10 * each["acupuncture"] + first
    np.testing.assert_allclose(rows[o.COST], expected, rtol=1e-14)


@pytest.mark.parametrize("base", ["dry_needling", "acupuncture", "combined"])
@pytest.mark.parametrize("attendance", ["attendance.no_show=0", LEAVING])
def test_stopping_on_relief_never_adds_a_visit_and_never_costs_more(scenario, base, attendance):
    stop = f"policies.stop_on_relief={{give: {base}, stop: {{relief_held_for: 1}}}}"
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, stop, attendance, f"arms=[{base}, stop_on_relief]")
    rows = rows_by_arm(prepare(loaded))
    full, stopped = rows[base], rows["stop_on_relief"]
    assert (stopped[o.VISITS] <= full[o.VISITS]).all()
    assert (stopped[o.COST] <= full[o.COST]).all()
    assert (stopped[o.VISITS] < full[o.VISITS]).mean() > 0.3


def test_a_policy_is_the_same_whatever_else_is_compared(scenario):
    alone = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, "arms=[stepped_care]"))
    among = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS))
    np.testing.assert_array_equal(rows_by_arm(alone)["stepped_care"], rows_by_arm(among)["stepped_care"])


def test_a_policy_with_more_visits_than_a_course_may_have_is_refused(scenario):
    rule = "policies.long={give: usual_care, steps: [{no_relief_by_visit: 40, give: usual_care}]}"
    long = "protocols.usual_care={visits: 40, every_days: 1}"
    with pytest.raises(ScenarioError, match=r"policies\.long: a patient could have 80 visits; allowed: at most 60"):
        prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, rule, long, "followup.horizon=200", "arms=[long]"))
