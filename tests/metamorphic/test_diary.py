"""The diary of pain goes on whoever looks: exact relations for every patient."""

from __future__ import annotations

import numpy as np
import pytest

from sim.luck.numbers import spread_luck
from sim.patient.pathway import Trace
from sim.patient.patients import make_patients
from sim.patient.plans import trace_arm
from sim.quantities import ROW
from sim.study.prepare import prepare
from sim.study.run import run_block
from tests.conftest import GIVEN_PARAMETERS

N = 1500
OF_VISITS = (
    "visits", "practitioner_minutes", "cost", "pain_reduction", "relief", "satisfied", "visits_to_relief", "pain_end",
    "course_end", "ended_by",
)  # fmt: skip
"""What is counted at visits, or read at the end of an arm's own course; all else is read from the diary."""
OF_DIARY = [row for name, row in ROW.items() if name not in OF_VISITS]
NO_EVENTS = (
    "modalities.dry_needling.adverse_events.soreness=null", "modalities.acupuncture.adverse_events.bruising=null",
)  # fmt: skip
NO_EFFECT = (
    *(f"{one.replace('ceiling: 0.7', 'ceiling: 0').replace('ceiling: 0.4', 'ceiling: 0')}" for one in GIVEN_PARAMETERS),
    "response.context.ceiling=0",
)
TREATED = ("dry_needling", "acupuncture", "combined", "alternating", "acupuncture_first")


def rows_by_arm(study, n=N):
    return dict(zip(study.setting.arms, run_block(study, 0, n).rows, strict=True))


def diaries(study, n=N):
    """Return pain by arm, (days + 1, patients)."""
    patients = make_patients(spread_luck(1, 0, 0, study.setting.needs, n), study.law, study.response)
    found = {}
    for a, arm in enumerate(study.setting.arms):
        trace = Trace.empty(0, study.rules.horizon + 1, n)
        trace_arm(patients, study.setting.plans, a, study.rules, study.law.soreness_days, trace)
        found[arm] = trace.diary
    return found


def planned(visits):
    """Return a protocol as an override: `visits` are pairs of a day, from 0 on, and the modalities given on it."""
    phases, before = [], -1
    for day, given in visits:
        phases.append(f"{{visits: 1, every_days: {max(day - before, 1)}, each_visit: [{', '.join(given)}]}}")
        before = day
    return f"{{phases: [{', '.join(phases)}]}}"


def test_usual_care_is_the_same_however_often_somebody_looks(scenario):
    looks = {f"looks_{visits}": visits for visits in (1, 2, 6, 16)}
    protocols = [f"protocols.{name}={{visits: {n}, every_days: 7, each_visit: []}}" for name, n in looks.items()]
    arms = f"arms=[usual_care, {', '.join(looks)}]"
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, *protocols, arms))
    rows = rows_by_arm(study)
    usual = rows.pop("usual_care")
    for name, found in rows.items():
        np.testing.assert_array_equal(found[OF_DIARY], usual[OF_DIARY], err_msg=name)
        assert (found[ROW["visits"]] == looks[name]).all()
    assert (usual[ROW["relapses"]] > 0).any()
    assert (rows["looks_1"][ROW["pain_end"]] != rows["looks_16"][ROW["pain_end"]]).mean() > 0.9


@pytest.mark.parametrize("arm", TREATED)
def test_a_visit_at_which_nothing_is_done_changes_no_diary_on_whichever_day_it_is(scenario, arm):
    protocol = scenario("reference.yaml").protocols[arm]
    given = dict(zip(protocol.visit_days, protocol.visit_modalities, strict=True))
    free = [day for day in (1, 5, 15, 26, 43, 60, 90, 132) if day not in given]
    added = {f"on_{day}": {**given, day: ()} for day in free} | {"on_each": {**given, **dict.fromkeys(free, ())}}
    protocols = [f"protocols.{name}={planned(sorted(visits.items()))}" for name, visits in added.items()]
    loaded = scenario("reference.yaml", *GIVEN_PARAMETERS, *protocols, f"arms=[{arm}, {', '.join(added)}]")
    rows = rows_by_arm(prepare(loaded))
    plain = rows.pop(arm)
    assert (plain[ROW["soreness_events"]] + plain[ROW["bruising_events"]] > 0).any()
    each = float(loaded.costs.visit)
    for name, found in rows.items():
        extra = len(added[name]) - len(given)
        np.testing.assert_array_equal(found[OF_DIARY], plain[OF_DIARY], err_msg=name)
        np.testing.assert_array_equal(found[ROW["visits"]], plain[ROW["visits"]] + extra)
        np.testing.assert_allclose(found[ROW["cost"]], plain[ROW["cost"]] + extra * each, rtol=1e-14)


def test_a_visit_at_which_something_is_done_does_change_the_diary(scenario):
    given = dict.fromkeys(range(0, 42, 7), ("dry_needling",))
    more = f"protocols.more={planned(sorted({**given, 15: ('dry_needling',)}.items()))}"
    rows = rows_by_arm(prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, more, "arms=[dry_needling, more]")))
    assert (rows["more"][ROW["pain_day42"]] != rows["dry_needling"][ROW["pain_day42"]]).mean() > 0.9


@pytest.mark.parametrize("arm", TREATED)
def test_treatment_without_any_effect_leaves_the_diary_of_no_treatment(scenario, arm):
    study = prepare(scenario("reference.yaml", *NO_EFFECT, *NO_EVENTS, f"arms=[usual_care, {arm}]"))
    rows, pain = rows_by_arm(study), diaries(study)
    kept = [row for row in OF_DIARY if row != ROW["serious_events_per_100000"]]
    np.testing.assert_array_equal(rows[arm][kept], rows["usual_care"][kept])
    np.testing.assert_array_equal(pain[arm], pain["usual_care"])


def test_treatment_without_effect_but_with_adverse_events_costs_utility_on_sore_days_only(scenario):
    study = prepare(scenario("reference.yaml", *NO_EFFECT, "arms=[usual_care, dry_needling]"))
    rows = rows_by_arm(study)
    usual, needled = rows["usual_care"], rows["dry_needling"]
    is_sore = needled[ROW["soreness_days"]] > 0
    assert 0.2 < is_sore.mean() < 0.5
    np.testing.assert_array_equal(needled[ROW["pain_day133"]], usual[ROW["pain_day133"]])
    np.testing.assert_array_equal(needled[ROW["relapses"]], usual[ROW["relapses"]])
    np.testing.assert_array_equal(needled[ROW["qaly"]] < usual[ROW["qaly"]], is_sore)


def test_advice_has_the_diary_of_no_treatment_and_sham_without_context_too(scenario):
    study = prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, "arms=[usual_care, advice, sham]"))
    rows = rows_by_arm(study)
    np.testing.assert_array_equal(rows["advice"][OF_DIARY], rows["usual_care"][OF_DIARY])
    assert (rows["sham"][ROW["pain_day42"]] < rows["usual_care"][ROW["pain_day42"]]).mean() > 0.9
    none = "response.context.ceiling=0"
    rows = rows_by_arm(prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, none, "arms=[usual_care, sham]")))
    np.testing.assert_array_equal(rows["sham"][OF_DIARY], rows["usual_care"][OF_DIARY])


def test_a_longer_horizon_keeps_the_diary_and_all_that_is_read_from_it_by_then(scenario):
    leaving = "attendance={no_show: 0.1, drop_out: 0.05, drop_out_if_relieved: 0.02, drop_out_if_not_relieved: 0.02}"
    short, long = (
        prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, leaving, f"followup.horizon={days}"))
        for days in (133, 200)
    )
    few, many = run_block(short, 0, N).rows, run_block(long, 0, N).rows
    counted = [ROW[name] for name in ("qaly", "pain_free_days", "relapses", "soreness_days")]
    dated = [ROW[name] for name in ("days_to_relief", "days_to_relapse")]
    kept = [row for row in ROW.values() if row not in (*counted, *dated)]
    np.testing.assert_array_equal(few[:, kept], many[:, kept])
    assert (many[:, counted] >= few[:, counted]).all()
    assert (many[:, ROW["qaly"]] - few[:, ROW["qaly"]]).max() <= 67 / 365.25 + 1e-12
    relief = many[:, ROW["days_to_relief"]]
    for row, on in zip(dated, (relief, relief + many[:, ROW["days_to_relapse"]]), strict=True):
        by_then = on <= 133
        assert 0.1 < by_then.mean() < 0.95
        np.testing.assert_array_equal(few[:, row][by_then], many[:, row][by_then])
        assert np.isinf(few[:, row][~by_then]).all()
    early, late = diaries(short), diaries(long)
    for arm in early:
        np.testing.assert_array_equal(early[arm], late[arm][:134])


def test_without_any_loss_of_utility_every_qaly_is_the_time_followed(scenario):
    loss = f"utility.loss=[{', '.join(['0'] * 10)}]"
    rows = run_block(prepare(scenario("reference.yaml", *GIVEN_PARAMETERS, loss)), 0, N).rows[:, ROW["qaly"]]
    assert (rows == rows[0, 0]).all()
    np.testing.assert_allclose(rows, 133 / 365.25, rtol=1e-15)
