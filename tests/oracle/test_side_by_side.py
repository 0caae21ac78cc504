"""Patients side by side against the story of each, and nets in one compiled call against blocks: the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.patient import outcomes as o
from sim.patient.luck import independent_luck, spread_luck
from sim.patient.patients import make_patients, run_arm
from sim.patient.plans import run_plans, space_for
from sim.study.batch import bench_for, tally_patients
from sim.study.prepare import prepare
from sim.study.run import block_sizes, run_block, run_study
from sim.study.tally import Tally
from tests.conftest import GIVEN_PARAMETERS, load

N = 700


def both(study, luck):
    """Return the rows of all arms twice, (arms, N_ROWS, patients): as a run makes them, and patient by patient."""
    setting = study.setting
    patients = make_patients(luck, study.law, study.response, setting.days)
    rows = np.full((len(setting.arms), o.N_ROWS, len(luck.number)), np.nan)
    space = space_for(len(luck.number), len(setting.needs.modalities), o.N_ROWS)
    run_plans(patients, setting.plans, study.response, setting.rules, study.law.soreness_days, space, rows)
    story = [
        run_arm(arm, patients, study.response, setting.rules, study.law.soreness_days)
        for arm in setting.arms.values()
    ]  # fmt: skip
    return rows, np.stack(story)


def same_bits(study, seed=1):
    needs = study.setting.needs._replace(one_by_one=True)
    for luck in (spread_luck(seed, 0, 0, needs, N), independent_luck(seed, 0, 0, needs, N)):
        rows, story = both(study, luck)
        assert not np.isnan(rows).any()
        for a, arm in enumerate(study.setting.arms):
            for row in range(o.N_ROWS):
                np.testing.assert_array_equal(rows[a, row], story[a, row], err_msg=f"{arm}, row {row}")


SIX = "arms=[usual_care, dry_needling, acupuncture, combined, alternating, acupuncture_first]"
THREE_MODALITIES = (
    "modalities.massage={label: Massage, target: central, cost: 50, first_visit_cost: 0, minutes: 45, "
    "adverse_events: {soreness: {per_visit: 0.3}, bruising: {per_visit: 0.2}}}",
    "claims.massage={course: {visits: 6, every_days: 7, each_visit: massage}, pain_reduction: 2.5, "
    "visits_to_relief: 4, satisfied: 0.7, relapse_3mo: 0.4}",
    "parameters.massage={ceiling: 0.3, half_life: 3.0, satisfaction_threshold: 1.6, relapse_scale: 300}",
    "protocols.three={visits: 7, every_days: [2, 5], each_visit: [dry_needling, acupuncture, massage]}",
    "arms=[three, combined]",
)


@pytest.mark.parametrize(
    "overrides",
    [
        (SIX,),
        (SIX, "response.rho=1.4", "pain_free_below=2.5"),
        (SIX, "pain_free_below=0", "followup.horizon=60"),
        (SIX, "pain_free_below=10", "relief={percent: 30}", "response.context.ceiling=0"),
        (SIX, "relapse.several_modalities=visit_weighted", "relapse.rebound=1", "relapse.shape=1.3"),
        THREE_MODALITIES,
        ("arms=[usual_care]", "protocols.usual_care.visits=1"),
        ("protocols.dry_needling={visits: 30, every_days: 2, each_visit: dry_needling}", "followup.horizon=200"),
    ],
)
def test_side_by_side_gives_the_bits_of_the_story(scenario, overrides):
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, *overrides))
    assert study.setting.plans.alike.all()
    same_bits(study)


@pytest.mark.parametrize(
    "overrides",
    [
        ("attendance.no_show=0.2",),
        ("protocols.combined.stop={relief_held_for: 2}", "arms=[usual_care, combined, guided_choice, stepped_care]"),
        ("followup.natural_course=held", "costs.booster={share: 0.5, visits: 2, days: 14}"),
    ],
)
def test_where_visits_differ_the_story_is_told(scenario, overrides):
    study = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS, *overrides))
    assert not study.setting.plans.alike.all()
    same_bits(study)


SHARE = st.floats(0.01, 0.99)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    seed=st.integers(0, 2**40), rho=st.floats(0, 2), match=SHARE, little=st.floats(0, 10),
    horizon=st.floats(61, 300), drop=st.floats(0.5, 4), shape=st.floats(0.3, 3), ratio=st.floats(0.8, 1.5),
    rebound=st.floats(0, 1), sd=st.floats(0, 2), context=st.floats(0, 0.9),
)  # fmt: skip
def test_side_by_side_gives_the_bits_of_the_story_whatever_the_numbers(
    seed, rho, match, little, horizon, drop, shape, ratio, rebound, sd, context
):
    changes = (
        SIX, *GIVEN_PARAMETERS, f"response.rho={rho}", f"response.match={match}", f"pain_free_below={little}",
        f"followup.horizon={horizon}", f"relief={{points: {drop}}}", f"relapse.shape={shape}",
        f"relapse.hazard_ratio={ratio}", f"relapse.rebound={rebound}", f"response.individual_sd={sd}",
        f"response.context.ceiling={context}",
    )  # fmt: skip
    same_bits(prepare(load("reference.yaml", changes).scenario), seed)


@pytest.mark.parametrize("name", ["reference.yaml", "acute.yaml", "policies.yaml"])
@pytest.mark.parametrize("size", [1, 100, 128, 700, 9000])
def test_nets_in_one_call_are_the_nets_of_blocks(scenario, name, size):
    study = prepare(scenario(name, *GIVEN_PARAMETERS, f"cohort.size={size}", "seed=5"))
    blocks = Tally.empty(study.setting, len(study.scenario.profiles))
    for block, n in block_sizes(size):
        found = run_block(study, block, n)
        blocks.add(found.rows, found.starts, found.first_net)
    expected = blocks.kept(0)
    for name, array in run_study(study).tally.kept(0).items():
        if name != "following":
            np.testing.assert_array_equal(array, expected[name], err_msg=name)


def test_a_bench_that_has_been_used_is_as_good_as_new(scenario):
    study = prepare(scenario("policies.yaml", *GIVEN_PARAMETERS))
    bench, used, fresh = bench_for(study), Tally.empty(study.setting, 3), Tally.empty(study.setting, 3)
    tally_patients(study, bench, 8192, 4096, Tally.empty(study.setting, 3))
    tally_patients(study, bench, 0, 4096, used)
    tally_patients(study, bench_for(study), 0, 4096, fresh)
    for name, array in used.kept(0).items():
        np.testing.assert_array_equal(array, fresh.kept(0)[name], err_msg=name)
