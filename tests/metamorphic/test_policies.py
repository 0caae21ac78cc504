"""Policies: exact relations to the protocols that they give."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.quantities import COMPLETED, DISCHARGED, ROW, STOPPED
from sim.study.prepare import Study, prepare
from sim.study.run import run_block
from tests.conftest import GIVEN_PARAMETERS

N = 3000
MIXED = "cohort.profiles={acute_strain: 0.5, chronic: 0.3, stress_linked: 0.2}"
NO_NOISE = tuple(
    f"profiles.{name}.reading_noise={{mean: 0, cv: 0}}" for name in ("acute_strain", "chronic", "stress_linked")
)
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
    assert (rows["guided_choice"][ROW["pain_end"]] != rows[other][ROW["pain_end"]]).any()


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
    # Only the ten visits of acupuncture, which nobody begins with, have a seventh.
    rule = (
        "policies.never={choose: [{when: {reported_pain_at_least: 0}, give: dry_needling}], otherwise: acupuncture, "
        "steps: [{no_relief_by_visit: 7, give: acupuncture}]}"
    )
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, rule, attendance, "arms=[dry_needling, never]")
    rows = rows_by_arm(prepare(loaded))
    if attendance == LEAVING:
        # Judged by reported pain or not makes no difference where nothing is judged but leaving.
        assert not np.isnan(rows["never"]).any()
    np.testing.assert_array_equal(rows["never"], rows["dry_needling"])


@pytest.mark.parametrize(
    ("steps", "step", "words"),
    [
        ("{no_relief_by_visit: 7, give: acupuncture}", 0, "is never reached; allowed: at most 6, the visits of dry"),
        ("{no_relief_by_visit: 2, give: usual_care}, {no_relief_by_visit: 3, give: acupuncture}", 1,
         "is never reached; allowed: at most 2, the visits of usual_care; given 3"),
    ],
)  # fmt: skip
def test_a_step_that_is_never_reached_is_refused(scenario, steps, step, words):
    rule = f"policies.late={{give: dry_needling, steps: [{steps}]}}"
    with pytest.raises(ScenarioError) as caught:
        scenario("policies.yaml", rule, "arms=[dry_needling, late]")
    (line,) = caught.value.faults
    assert f"policies.late.steps.{step}.no_relief_by_visit: {words}" in line
    scenario("policies.yaml", rule)  # it is no arm


def test_those_relieved_in_time_stay_on_the_first_protocol_of_stepped_care(scenario):
    arms = "arms=[dry_needling, stepped_care]"
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, *NO_NOISE, arms)
    rows = rows_by_arm(prepare(loaded))
    dry, stepped = rows["dry_needling"], rows["stepped_care"]
    in_time = dry[ROW["visits_to_relief"]] <= 3
    assert 0.1 < in_time.mean() < 0.95
    np.testing.assert_array_equal(stepped[:, in_time], dry[:, in_time])
    # The others have three visits of dry needling and then all ten of acupuncture, twice a week.
    assert (stepped[ROW["visits"], ~in_time] == 13).all()
    # Three days after the third visit on day 14 the first of ten, of which the last is 31 days later.
    assert (stepped[ROW["course_end"], ~in_time] == 14 + 3 + 31 + 1).all()
    assert (stepped[ROW["bruising_events"], in_time] == 0).all()


def test_a_step_at_the_last_planned_visit_is_taken_by_those_without_relief(scenario):
    rule = "policies.late={give: dry_needling, steps: [{no_relief_by_visit: 6, give: acupuncture}]}"
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, *NO_NOISE, rule, "arms=[dry_needling, late]")
    rows = rows_by_arm(prepare(loaded))
    dry, late = rows["dry_needling"], rows["late"]
    never = np.isinf(dry[ROW["visits_to_relief"]])
    assert 0.02 < never.mean() < 0.5
    assert (late[ROW["visits"], never] == 16).all()
    assert (late[ROW["course_end"], never] == 35 + 3 + 31 + 1).all()
    assert (late[ROW["ended_by"]] == COMPLETED).all()
    np.testing.assert_array_equal(late[:, ~never], dry[:, ~never])


def test_a_step_at_the_last_planned_visit_is_taken_though_that_visit_is_missed(scenario):
    """No attended visit found relief, whether or not the last one was attended."""
    rule = "policies.late={give: dry_needling, steps: [{no_relief_by_visit: 6, give: acupuncture}]}"
    nobody, missing = "relief={percent: 100}", "attendance.no_show=0.3"
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, *NO_NOISE, nobody, missing, rule, "arms=[dry_needling, late]")
    rows = rows_by_arm(prepare(loaded))
    assert 0.1 < (rows["dry_needling"][ROW["visits"]] == 6).mean() < 0.15
    assert (rows["late"][ROW["course_end"]] == 35 + 3 + 31 + 1).all()


def test_whoever_leaves_at_the_last_planned_visit_takes_no_step(scenario):
    """Drop-out comes before the step."""
    rule = "policies.late={give: dry_needling, steps: [{no_relief_by_visit: 6, give: acupuncture}]}"
    nobody, leaving = "relief={percent: 100}", "attendance.drop_out=0.2"
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, *NO_NOISE, nobody, leaving, rule, "arms=[dry_needling, late]")
    rows = rows_by_arm(prepare(loaded))
    dry, late = rows["dry_needling"], rows["late"]
    gone = dry[ROW["visits"]] < 6
    np.testing.assert_array_equal(late[:, gone], dry[:, gone])
    # Of those who are there at the sixth visit a fifth leave after it.
    assert abs((late[ROW["visits"], ~gone] == 6).mean() - 0.2) < 5 * np.sqrt(0.2 * 0.8 / (~gone).sum())


def test_steps_follow_one_another(scenario):
    rule = (
        "policies.three={give: usual_care, steps: [{no_relief_by_visit: 2, give: dry_needling}, "
        "{no_relief_by_visit: 3, give: acupuncture}]}"
    )
    nobody = "relief={percent: 100}"
    study = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, nobody, *NO_NOISE, rule, "arms=[three]"))
    (rows,) = rows_by_arm(study).values()
    assert (rows[ROW["visits"]] == 2 + 3 + 10).all()
    assert (rows[ROW["course_end"]] == 42 + 3 * 7 + 3 + 31 + 1).all()
    costs = study.scenario.costs
    each = {name: float(modality.cost) for name, modality in study.scenario.modalities.items()}
    first = float(study.scenario.modalities["acupuncture"].first_visit_cost)
    expected = 15 * float(costs.visit) + 3 * each["dry_needling"] + 10 * each["acupuncture"] + first
    np.testing.assert_allclose(rows[ROW["cost"]], expected, rtol=1e-14)


@pytest.mark.parametrize("base", ["dry_needling", "acupuncture", "combined"])
@pytest.mark.parametrize("attendance", ["attendance.no_show=0", LEAVING])
def test_stopping_on_relief_never_adds_a_visit_and_never_costs_more(scenario, base, attendance):
    stop = f"policies.stop_on_relief={{give: {base}, stop: {{relief_held_for: 1}}}}"
    loaded = scenario("policies.yaml", *GIVEN_PARAMETERS, stop, attendance, f"arms=[{base}, stop_on_relief]")
    rows = rows_by_arm(prepare(loaded))
    full, stopped = rows[base], rows["stop_on_relief"]
    assert (stopped[ROW["visits"]] <= full[ROW["visits"]]).all()
    assert (stopped[ROW["cost"]] <= full[ROW["cost"]]).all()
    assert (stopped[ROW["visits"]] < full[ROW["visits"]]).mean() > 0.3


def test_a_policy_is_the_same_whatever_else_is_compared(scenario):
    alone = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, "arms=[stepped_care]"))
    among = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS))
    np.testing.assert_array_equal(rows_by_arm(alone)["stepped_care"], rows_by_arm(among)["stepped_care"])


def test_a_policy_with_more_visits_than_a_course_may_have_is_refused(scenario):
    rule = "policies.long={give: usual_care, steps: [{no_relief_by_visit: 40, give: usual_care}]}"
    long = "protocols.usual_care={visits: 40, every_days: 1}"
    with pytest.raises(ScenarioError, match=r"policies\.long: a patient could have 80 visits; allowed: at most 60"):
        prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, rule, long, "followup.horizon=200", "arms=[long]"))


JUDGED = "judged_by: reported_pain"


GIVE = "visits: 8, every_days: 7, each_visit: acupuncture"


def ruled(protocol, policy, give=GIVE):
    """Return two arms as overrides: `base`, a protocol with a rule, and `both`, a policy that gives it with its own."""
    return f"protocols.base={{{give}, {protocol}, {JUDGED}}}", f"policies.both={{give: base, {policy}}}"


@pytest.mark.parametrize(("own", "of_policy", "first"), [(1, 3, 1), (3, 1, 1), (2, 2, 2)])
@pytest.mark.parametrize("attendance", ["attendance.no_show=0", LEAVING])
def test_of_the_stop_of_a_policy_and_of_its_protocol_the_first_that_is_met_ends_the_course(
    scenario, own, of_policy, first, attendance
):
    rules = ruled(f"stop: {{relief_held_for: {own}}}", f"stop: {{relief_held_for: {of_policy}}}")
    expected = f"protocols.expected={{{GIVE}, stop: {{relief_held_for: {first}}}, {JUDGED}}}"
    never = f"protocols.never={{{GIVE}, {JUDGED}}}"
    arms = "arms=[base, both, expected, never]"
    rows = rows_by_arm(prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, *rules, expected, never, attendance, arms)))
    np.testing.assert_array_equal(rows["both"], rows["expected"])
    assert (rows["both"][ROW["visits"]] <= rows["base"][ROW["visits"]]).all()
    assert (rows["both"][ROW["visits"]] < rows["never"][ROW["visits"]]).mean() > 0.2


def test_a_policy_that_stops_leaves_the_discharge_of_its_protocol_in_force(scenario):
    rules = ruled("discharge: {no_relief_by_visit: 3}", "stop: {relief_held_for: 1}")
    both = "stop: {relief_held_for: 1}, discharge: {no_relief_by_visit: 3}"
    expected = f"protocols.expected={{{GIVE}, {both}, {JUDGED}}}"
    study = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, *rules, expected, "arms=[both, expected]"))
    rows = rows_by_arm(study)
    np.testing.assert_array_equal(rows["both"], rows["expected"])
    # Nobody has relief that was seen and lost, and stays: by the third visit everybody has been stopped or discharged.
    assert set(rows["both"][ROW["ended_by"]]) == {STOPPED, DISCHARGED}
    assert (rows["both"][ROW["visits"]] <= 3).all()


@pytest.mark.parametrize(("discharge", "is_stepped"), [(3, False), (4, False), (5, True)])
def test_of_a_discharge_and_a_step_the_first_that_is_met_acts_and_at_the_same_visit_the_discharge(
    scenario, discharge, is_stepped
):
    give = "visits: 6, every_days: 7, each_visit: dry_needling"
    rules = ruled(
        f"discharge: {{no_relief_by_visit: {discharge}}}", "steps: [{no_relief_by_visit: 4, give: acupuncture}]",
        give=give,
    )  # fmt: skip
    free = "policies.free={give: dry_needling, steps: [{no_relief_by_visit: 4, give: acupuncture}]}"
    rows = rows_by_arm(prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, *rules, free, "arms=[base, both, free]")))
    expected = "free" if is_stepped else "base"
    np.testing.assert_array_equal(rows["both"], rows[expected])
    assert (rows["free"] != rows["base"]).any()
