"""Closing days, leave, illness, rosters and visits that vary: nothing of them changes nothing, more of them costs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sim.capacity.absence import draw_spells
from sim.capacity.history import MOVED
from sim.capacity.measures import measure
from sim.capacity.model import build_model
from sim.capacity.neighbours import most_at_once, neighbours, rooms_bind
from sim.capacity.replicate import Runner, replicate
from sim.capacity.simulate import Replication
from sim.capacity.variants import with_staff
from sim.capacity.warm_up import WarmUp
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from tests.known import known

KNOWN = {}
SHORT = ("clinic.weeks=26", "clinic.warm_up=6")
ACUPUNCTURIST = "clinic.practitioners.acupuncturist"
WORKDAYS = ", ".join(f"{day}: [08:00-12:00, 13:00-17:00]" for day in ("mon", "tue", "wed", "thu", "fri"))
AS_A_ROSTER = f"clinic.practitioners.physiotherapist.roster={{A: {{{WORKDAYS}}}}}"


def model_of(*changes):
    scenario = load_scenario("clinic.yaml", (*SHORT, *changes), outcomes=OUTCOME_NAMES).scenario
    if "calibration" not in KNOWN:
        KNOWN["calibration"] = known(scenario)
    return build_model(scenario, KNOWN["calibration"])


NEUTRAL = {
    "nothing closed": ("clinic.closed=[]",),
    "closed when nobody works anyway": ("clinic.closed=[day 6 to 7]",),
    "closed after the end": ("clinic.closed=[week 40]",),
    "nobody on leave": (f"{ACUPUNCTURIST}.leave=[]",),
    "nobody falls ill": (f"{ACUPUNCTURIST}.illness={{spells_per_year: 0, days: 9}}",),
    "visits as planned": ("clinic.visit_spread=0",),
    "the same week as a roster": (AS_A_ROSTER,),
    "the same week three times over": (
        AS_A_ROSTER,
        "clinic.practitioners.physiotherapist.pattern=[A, A, A]",
    ),
    "absences unpaid where there are none": ("clinic.money.absence_pay=0", "clinic.overtime.wage_factor=2"),
}


@pytest.mark.parametrize("changes", NEUTRAL.values(), ids=NEUTRAL)
def test_the_neutral_value_changes_no_number(changes):
    if "plain" not in KNOWN:
        KNOWN["plain"] = Replication(model_of(), 0).run()
    usual, other = KNOWN["plain"], Replication(model_of(*changes), 0).run()
    for part in ("appointments", "courses", "absences"):
        for name, column in usual.columns(part).items():
            np.testing.assert_array_equal(column, other.columns(part)[name], err_msg=name)
    if "measured" not in KNOWN:
        KNOWN["measured"] = replicate(model_of(), Runner(None), 2, warm_up=WarmUp(6, True))
    found = replicate(model_of(*changes), Runner(None), 2, warm_up=WarmUp(6, True))
    for one, other_one in zip(KNOWN["measured"].measured, found.measured, strict=True):
        assert str(one.values) == str(other_one.values)  # NaN is NaN


def mean(name, *changes, replications=3):
    return replicate(model_of(*changes), Runner(None), replications, warm_up=WarmUp(6, True)).values(name)


def test_more_illness_lengthens_waits_and_takes_hours():
    ill = [f"{ACUPUNCTURIST}.illness={{spells_per_year: {n}, days: 8}}" for n in (0, 4, 12)]
    hours = [mean("hours_per_week", one) for one in ill]
    waits = [mean("wait_mean_days", one, "clinic.patience=null").mean() for one in ill]
    for healthy, sick in itertools.pairwise(hours):
        assert sick.mean() < healthy.mean()
    assert waits[0] < waits[1] < waits[2]


def test_illness_takes_the_share_of_days_that_its_rate_says():
    model = model_of("clinic.weeks=520", f"{ACUPUNCTURIST}.illness={{spells_per_year: 6, days: 10}}")
    shares = []
    for number in range(6):
        spells = draw_spells(model, number)
        for worker in (0, 1):
            days = {d for one in spells if one.worker == worker for d in range(one.first, one.last + 1) if d < 3640}
            shares.append(len(days) / 3640)
    expected = model.team[0].ill_share
    assert abs(np.mean(shares) - expected) < 4 * np.std(shares, ddof=1) / np.sqrt(len(shares))
    assert model.team[2].ill_share == 0


def test_who_falls_ill_does_not_depend_on_who_else_works():
    illness = "{spells_per_year: 6, days: 10}"
    model = model_of(f"{ACUPUNCTURIST}.illness={illness}", f"clinic.practitioners.physiotherapist.illness={illness}")
    alone = {(one.first, one.last) for one in draw_spells(model.with_team(1), 0)}
    together = draw_spells(model, 0)
    assert alone == {(one.first, one.last) for one in together if one.worker == 0}
    assert {one.worker for one in together} == {0, 1, 2}


def test_appointments_of_whoever_falls_ill_are_made_again():
    model = model_of(f"{ACUPUNCTURIST}.illness={{spells_per_year: 6, days: 5}}", "clinic.patience=null")
    history = Replication(model, 0).run()
    moved = {one.course for one in history.appointments if one.became == MOVED}
    assert len(moved) > 10
    for course in moved:
        theirs = [one for one in history.appointments if one.course == course]
        last = max(theirs, key=lambda one: one.made)
        assert last.became != MOVED or history.courses[course].ended <= history.minutes


def test_longer_spread_means_later_begins_and_more_overtime_with_the_same_bookings_on_the_whole():
    spread = [f"clinic.visit_spread={s}" for s in (0.1, 0.3, 0.6)]
    delays = [mean("delay_mean_minutes", one).mean() for one in spread]
    overtime = [mean("overtime_hours_per_week", one).mean() for one in spread]
    assert delays == sorted(delays)
    assert overtime == sorted(overtime)
    assert delays[-1] > 3 * delays[0]


def test_overtime_is_paid_at_its_wage_and_absence_at_its_share():
    spread, closed = "clinic.visit_spread=0.4", "clinic.closed=[week 10 to 12]"
    usual, double = (mean("cost_per_week", spread, f"clinic.overtime.wage_factor={n}") for n in (1, 2))
    np.testing.assert_allclose(double - usual, 48 * mean("overtime_hours_per_week", spread))
    paid, unpaid = (mean("cost_per_week", closed, f"clinic.money.absence_pay={n}") for n in (1, 0))
    np.testing.assert_allclose(paid - unpaid, 48 * mean("absent_hours_per_week", closed))
    np.testing.assert_allclose(mean("absent_hours_per_week", closed), 3 * 120 / 20)


@pytest.mark.parametrize("changes", [
    (), (f"{ACUPUNCTURIST}.illness={{spells_per_year: 4, days: 6}}", "clinic.closed=[week 12]"),
])  # fmt: skip
def test_more_staff_never_lengthens_the_mean_wait_where_rooms_do_not_bind(changes):
    model = model_of("clinic.rooms=8", "clinic.patience=null", *changes)
    waits = []
    for number in (2, 3, 4, 6):
        team = model.with_team(number)
        assert not rooms_bind(team)
        waits.append(replicate(team, Runner(None), 3, warm_up=WarmUp(6, True)).values("wait_mean_days"))
    for fewer, more in itertools.pairwise(waits):
        assert more.mean() <= fewer.mean() + 1e-9


def test_neighbours_share_luck_and_rooms_that_are_never_short_need_no_runs():
    model = model_of()
    staffing = with_staff(model, (2, 3, 4), Runner(None), 3)
    near = neighbours(model, staffing, Runner(None), 3, lambda what, done, total: None)
    of = {(one.what, one.change): one for one in near.others}
    assert set(of) == {("practitioner", -1), ("practitioner", 1), ("room", -1), ("room", 1)}
    assert most_at_once(model.team, model.clinic.weeks) == model.rooms == 3
    assert not of["room", 1].is_run
    assert near.replications == 3
    # What was not run is what a run would have given.
    run = replicate(model.with_rooms(4), Runner(None), 3, warm_up=near.here.warm_up)
    for name in ("wait_p90_days", "margin_per_week", "cost_per_week", "room_use", "visits_per_week"):
        np.testing.assert_allclose(of["room", 1].runs.values(name), run.values(name), err_msg=name)
    for one in near.others:
        np.testing.assert_array_equal(one.runs.model.study.scenario.seed, model.scenario.seed)
        assert one.difference("requests_per_week").estimate == pytest.approx(0, abs=3)
    assert of["practitioner", -1].surely("wait_p90_days") > 0
    assert of["room", -1].surely("wait_p90_days") > 0


def test_a_week_without_anybody_on_duty_has_no_share_of_time():
    """Sums of visits that vary leave a rounding error there, of which the share of no time would be infinite."""
    alone = model_of(
        "clinic.practitioners.physiotherapist=null", "clinic.treatment=acupuncture", "clinic.arrivals.per_week=8",
        f"{ACUPUNCTURIST}.count=1", f"{ACUPUNCTURIST}.illness={{spells_per_year: 12, days: 9}}",
        "clinic.closed=[week 20]", "clinic.visit_spread=0.3",
    )  # fmt: skip
    for number in range(5):
        weekly = measure(alone, Replication(alone, number).run(), 0).weekly
        for name in ("utilisation", "room_use"):
            assert np.isnan(weekly[name][19])
            assert not np.isinf(weekly[name]).any()
            assert np.nanmin(weekly[name]) > -1e-9
