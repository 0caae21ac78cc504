"""Exact relations: what must not change, what must change exactly, whatever the numbers are."""

from __future__ import annotations

import numpy as np
import pytest

from sim.calibration.calibrate import calibrate
from sim.decision.inclusion import is_ahead_by_assumption
from sim.estimate.estimates import estimates, paired_difference
from sim.luck.nets import NET_SIZE
from sim.luck.streams import BLOCK_SIZE
from sim.quantities import DISCHARGED, OUTCOMES, ROW
from sim.study.prepare import prepare
from sim.study.run import chunk_blocks, run_block, run_study
from tests.conftest import GIVEN_PARAMETERS

EVERYTHING = (
    *GIVEN_PARAMETERS,
    "attendance={no_show: 0.1, drop_out: 0.05, drop_out_if_relieved: 0.02, drop_out_if_not_relieved: 0.02}",
)
MEANS = [outcome.name for outcome in OUTCOMES if outcome.kind != "time"]


def rows_of(study, arm, block=0, n=500):
    return run_block(study, block, n).rows[list(study.setting.arms).index(arm)]


def test_identical_arms_differ_by_exactly_zero_for_every_patient(scenario):
    twin = "protocols.twin={visits: 6, every_days: 7, each_visit: [dry_needling, acupuncture]}"
    loaded = scenario("reference.yaml", *EVERYTHING, twin, "arms=[usual_care, combined, twin]", "cohort.size=4000")
    study = prepare(loaded)
    np.testing.assert_array_equal(rows_of(study, "combined"), rows_of(study, "twin"))
    tally = run_study(study).tally
    for outcome in MEANS:
        found = paired_difference(tally.moments, outcome, ("twin", "combined"))
        assert (found.estimate, found.mc_error, found.lower, found.upper) == (0, 0, 0, 0), outcome


@pytest.mark.parametrize(
    "arms",
    ["[combined, usual_care]", "[usual_care, dry_needling, acupuncture, combined, alternating, acupuncture_first]"],
)
def test_adding_removing_and_reordering_arms_changes_nobody(scenario, arms):
    few = "cohort.size=5000"
    base = run_study(prepare(scenario("reference.yaml", *EVERYTHING, few)))
    other = run_study(prepare(scenario("reference.yaml", *EVERYTHING, few, f"arms={arms}")))

    def of_shared(result):
        profiles = list(result.study.scenario.profiles)
        return {
            (e.arm, e.subgroup, e.outcome, e.statistic): (e.estimate, e.mc_error, e.lower, e.upper)
            for e in estimates(result.tally, profiles, "USD")
            if e.arm in ("usual_care", "combined")
        }

    expected, found = of_shared(base), of_shared(other)
    assert expected.keys() == found.keys()
    for key, numbers in expected.items():
        np.testing.assert_array_equal(numbers, found[key], err_msg=str(key))
    for arm in ("usual_care", "combined"):
        np.testing.assert_array_equal(rows_of(base.study, arm, 1), rows_of(other.study, arm, 1))


def test_workers_change_no_byte(scenario):
    study = prepare(scenario("reference.yaml", *EVERYTHING, f"cohort.size={BLOCK_SIZE * chunk_blocks(0) * 3 + 17}"))
    one, three = run_study(study, workers=1).tally, run_study(study, workers=3).tally
    kept, of_three = one.kept(0), three.kept(0)
    for name, array in kept.items():
        assert array.tobytes() == of_three[name].tobytes(), name


def test_more_patients_keep_the_first_ones(scenario):
    study = prepare(scenario("reference.yaml", *EVERYTHING))
    few, many = run_block(study, 2, 100), run_block(study, 2, 3000)
    few_rows = few.rows[:, :, few.in_order]
    many_rows = many.rows[:, :, many.in_order]
    np.testing.assert_array_equal(few_rows, many_rows[:, :, :100])


def test_a_longer_protocol_keeps_the_visits_of_the_shorter(scenario):
    """Luck at visit 5 is the same whatever the number of visits, and whoever else visits longer."""
    short = prepare(scenario("reference.yaml", *EVERYTHING))
    long = prepare(scenario("reference.yaml", *EVERYTHING, "protocols.dry_needling.visits=16"))
    np.testing.assert_array_equal(rows_of(short, "acupuncture"), rows_of(long, "acupuncture"))
    few, many = rows_of(short, "dry_needling"), rows_of(long, "dry_needling")
    relieved = np.isfinite(few[ROW["visits_to_relief"]])
    np.testing.assert_array_equal(few[ROW["visits_to_relief"]][relieved], many[ROW["visits_to_relief"]][relieved])
    assert (many[ROW["soreness_events"]] >= few[ROW["soreness_events"]]).all()
    # Until the sixth visit, on day 35, nobody's diary can differ.
    early = few[ROW["days_to_relief"]] <= 35
    np.testing.assert_array_equal(few[ROW["days_to_relief"]][early], many[ROW["days_to_relief"]][early])


def test_a_profile_with_share_zero_changes_nobody(scenario):
    with_zero = prepare(scenario("acute.yaml", *EVERYTHING, "cohort.profiles={acute_strain: 1.0, chronic: 0.0}"))
    without = prepare(scenario("acute.yaml", *EVERYTHING))
    np.testing.assert_array_equal(run_block(with_zero, 0, 300).rows, run_block(without, 0, 300).rows)


def test_patients_of_a_profile_are_the_same_in_every_cohort_that_holds_them(scenario):
    mixed = run_block(prepare(scenario("reference.yaml", *EVERYTHING)), 0, 8 * NET_SIZE)
    chronic = run_block(prepare(scenario("chronic.yaml", *EVERYTHING)), 0, 8 * NET_SIZE)
    shared = mixed.patients.cohort.profile == 1
    assert 0.2 < shared.mean() < 0.4
    np.testing.assert_array_equal(mixed.rows[:, :, shared], chronic.rows[:, :, shared])


def test_doubling_every_price_doubles_every_cost(scenario):
    prices = (
        "costs.visit=40", "modalities.dry_needling.cost=25", "modalities.acupuncture.cost=40",
        "modalities.acupuncture.first_visit_cost=32",
    )  # fmt: skip
    doubled = [f"{price.split('=')[0]}={2 * int(price.split('=')[1])}" for price in prices]
    once = run_block(prepare(scenario("reference.yaml", *EVERYTHING, *prices)), 0, 500).rows
    twice = run_block(prepare(scenario("reference.yaml", *EVERYTHING, *doubled)), 0, 500).rows
    np.testing.assert_array_equal(2 * once[:, ROW["cost"]], twice[:, ROW["cost"]])
    others = [row for row in ROW.values() if row != ROW["cost"]]
    np.testing.assert_array_equal(once[:, others], twice[:, others])


def test_stopping_on_relief_never_adds_a_visit_or_costs_more(scenario):
    rule = "protocols.combined.stop={relief_held_for: 1}"
    free = rows_of(prepare(scenario("reference.yaml", *EVERYTHING)), "combined", n=4000)
    stopped = rows_of(prepare(scenario("reference.yaml", *EVERYTHING, rule)), "combined", n=4000)
    assert (stopped[ROW["visits"]] <= free[ROW["visits"]]).all()
    assert (stopped[ROW["cost"]] <= free[ROW["cost"]]).all()
    assert stopped[ROW["visits"]].sum() < free[ROW["visits"]].sum()
    # The diary is the same until a course is stopped, and it is stopped in relief only.
    np.testing.assert_array_equal(stopped[ROW["relief"]], free[ROW["relief"]])
    np.testing.assert_array_equal(stopped[ROW["days_to_relief"]], free[ROW["days_to_relief"]])


def test_a_stopped_course_ends_at_the_first_visit_with_relief_when_nobody_misses(scenario):
    loaded = scenario("reference.yaml", *GIVEN_PARAMETERS, "protocols.combined.stop={relief_held_for: 1}")
    rows = rows_of(prepare(loaded), "combined", n=4000)
    relieved = np.isfinite(rows[ROW["visits_to_relief"]])
    assert 0.5 < relieved.mean() < 1
    np.testing.assert_array_equal(rows[ROW["visits"]][relieved], rows[ROW["visits_to_relief"]][relieved])
    assert (rows[ROW["visits"]][~relieved] == 6).all()


def test_a_switch_that_cannot_trigger_equals_no_switch(scenario):
    rule = "protocols.dry_needling.switch={no_relief_by_visit: 60, to: [acupuncture]}"
    plain = rows_of(prepare(scenario("reference.yaml", *EVERYTHING)), "dry_needling")
    never = rows_of(prepare(scenario("reference.yaml", *EVERYTHING, rule)), "dry_needling")
    np.testing.assert_array_equal(plain, never)


def test_a_switch_to_what_is_given_anyway_changes_nothing_but_is_taken(scenario):
    plain = rows_of(prepare(scenario("stress.yaml", *EVERYTHING)), "dry_needling")
    same = "protocols.dry_needling.switch={no_relief_by_visit: 2, to: [dry_needling]}"
    np.testing.assert_array_equal(plain, rows_of(prepare(scenario("stress.yaml", *EVERYTHING, same)), "dry_needling"))
    other = "protocols.dry_needling.switch={no_relief_by_visit: 2, to: [acupuncture]}"
    switched = rows_of(prepare(scenario("stress.yaml", *EVERYTHING, other)), "dry_needling")
    assert switched[ROW["bruising"]].sum() > plain[ROW["bruising"]].sum() == 0


def test_discharge_ends_the_course_of_the_unrelieved_only(scenario):
    rule = "protocols.acupuncture.discharge={no_relief_by_visit: 4}"
    rows = rows_of(prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, rule)), "acupuncture", n=4000)
    free = rows_of(prepare(scenario("reference.yaml", *GIVEN_PARAMETERS)), "acupuncture", n=4000)
    late = ~(free[ROW["visits_to_relief"]] <= 4)
    assert 0.1 < late.mean() < 0.9
    assert (rows[ROW["visits"]][late] == 4).all()
    assert (rows[ROW["ended_by"]][late] == DISCHARGED).all()
    np.testing.assert_array_equal(rows[:, ~late], free[:, ~late])


@pytest.mark.parametrize("name", ["acute.yaml", "chronic.yaml", "stress.yaml"])
def test_an_arm_that_is_ahead_by_assumption_is_so_for_every_patient_who_cannot_relapse(scenario, name):
    """And for some it is not where treatments get in each other's way, so that this is what it is about."""
    for rho, nobody_is_worse in (("0.4", True), ("0", True), ("-0.9", False)):
        loaded = scenario(name, *GIVEN_PARAMETERS, "relapse.form=none", f"response.rho={rho}")
        assert is_ahead_by_assumption(loaded, "combined", "dry_needling") == nobody_is_worse
        study = prepare(loaded)
        more, less = (rows_of(study, arm, n=4096) for arm in ("combined", "dry_needling"))
        for outcome in ("pain_reduction_day42", "pain_reduction_day133"):
            assert (more[ROW[outcome]] >= less[ROW[outcome]]).all() == nobody_is_worse


def test_seed_and_draw_change_everybody(scenario):
    study = prepare(scenario("reference.yaml", *EVERYTHING))
    other = prepare(scenario("reference.yaml", *EVERYTHING, "seed=2"))

    def baselines(study, block=0, draw=0):
        return run_block(study, block, 300, draw).patients.cohort.baseline

    first = baselines(study)
    for there in (baselines(other), baselines(study, block=1), baselines(study, draw=1)):
        assert not (first == there).any()


def test_calibration_depends_on_no_seed_and_no_arm(scenario):
    first = calibrate(scenario("acute.yaml"))
    second = calibrate(scenario("acute.yaml", "seed=99", "arms=[combined]", "cohort.size=3"))
    assert first.parameters == second.parameters
    assert first.natural == second.natural
