"""The clinic against what is known exactly: queueing theory, the course engine, and simple days worked out by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from sim.capacity.calendar import Calendar
from sim.capacity.courses import EPISODE_BLOCKS, Courses
from sim.capacity.history import ENDED, KEPT, LATE_CANCELLED, LEFT, NO_SHOW
from sim.capacity.measures import measure
from sim.capacity.model import build_model
from sim.capacity.replicate import Runner, mean_of, replicate
from sim.capacity.requests import LAYER_BLOCKS, draw_requests, weekly_rate
from sim.capacity.simulate import Replication
from sim.capacity.warm_up import find_warm_up, mser
from sim.capacity.week import WEEK_MINUTES
from sim.luck.numbers import independent_luck
from sim.patient.arms import Arm
from sim.patient.pathway import Trace
from sim.patient.patients import make_patients
from sim.patient.plans import build_plans, run_patients, trace_arm
from sim.quantities import DROPPED_OUT, OUTCOME_NAMES, ROW
from sim.scenario.clinic import Arrivals
from sim.scenario.evidence import Quantity
from sim.scenario.load import load_scenario
from sim.study.prepare import prepare
from sim.units import DAYS, NUMBER
from tests.known import known

KNOWN = {}
ALL_WEEK = "[mon, tue, wed, thu, fri, sat, sun]"
ALWAYS = (
    f"clinic.practitioners.physiotherapist.days={ALL_WEEK}",
    "clinic.practitioners.physiotherapist.hours=[00:00-24:00]",
    f"clinic.practitioners.acupuncturist.days={ALL_WEEK}",
    "clinic.practitioners.acupuncturist.hours=[00:00-24:00]",
)


def model_of(*changes, only=None):
    scenario = load_scenario("clinic.yaml", changes, outcomes=OUTCOME_NAMES).scenario
    if only:
        clinic = scenario.clinic.model_copy(update={"practitioners": {only: scenario.clinic.practitioners[only]}})
        scenario = scenario.model_copy(update={"clinic": clinic})
    if "calibration" not in KNOWN:
        KNOWN["calibration"] = known(scenario)
    return build_model(scenario, KNOWN["calibration"])


# -------------------------------------------------------------- M/M/s
def erlang_c(load, servers):
    """Return P(wait) of M/M/s, by Erlang's formula."""
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last)


def queue(per_hour, minutes, servers, weeks=9):
    return model_of(
        *ALWAYS,
        f"clinic.weeks={weeks}",
        "clinic.warm_up=1",
        f"clinic.arrivals.per_week={per_hour * 168:.10g}",
        "clinic.arrivals.by_weekday=[1,1,1,1,1,1,1]",
        "clinic.arrivals.by_month=[1,1,1,1,1,1,1,1,1,1,1,1]",
        "clinic.arrivals.hours=00:00-24:00",
        "clinic.treatment=once",
        "protocols.once={visits: 1, each_visit: []}",
        f"clinic.practitioners.acupuncturist.count={servers}",
        f"clinic.rooms={servers}",
        "clinic.first_visit_extra_minutes=0",
        f"costs.visit_minutes={minutes}",
        "clinic.booking={form: walk_in, visit_length: exponential}",
        "clinic.late_cancellation=0",
        "clinic.patience=null",
        "clinic.returns.share=0",
        "attendance.no_show=0",
        only="acupuncturist",
    )


CASES = [
    (2.0, 20.0, 1), (3.0, 30.0, 2), (4.8, 30.0, 3), (5.0, 48.0, 5),
    *(pytest.param(*case, marks=pytest.mark.long) for case in ((2.4, 20.0, 1), (5.0, 20.0, 2), (7.0, 25.0, 4))),
]  # fmt: skip
"""One for each number of servers, and more at full length."""


@pytest.mark.parametrize(("per_hour", "minutes", "servers"), CASES)
def test_walk_in_with_exponential_visits_is_the_queue_of_erlang(per_hour, minutes, servers):
    model = queue(per_hour, minutes, servers)
    load = per_hour * minutes / 60
    p_wait = erlang_c(load, servers)
    queue_minutes = p_wait * minutes / (servers - load)
    truth = {
        "utilisation": load / servers,
        "waiting": per_hour * queue_minutes / 60,
        "wait_mean_days": queue_minutes / 1440,
        "p_wait": p_wait,
    }
    found = {name: [] for name in truth}
    for number in range(12):
        history = Replication(model, number).run()
        measured = measure(model, history, 1)
        for name in ("utilisation", "waiting", "wait_mean_days"):
            found[name].append(measured.values[name])
        asked = [one for one in history.courses if one.asked >= WEEK_MINUTES and not math.isnan(one.wait)]
        found["p_wait"].append(np.mean([one.wait > 1e-12 for one in asked]))
    for name, values in found.items():
        one = mean_of(np.array(values), NUMBER)
        # Five standard errors; and the error itself is small enough to tell a wrong queue from a right one.
        assert abs(one.estimate - truth[name]) < 5 * one.mc_error, name
        assert one.mc_error < 0.1 * truth[name], name
    inside = sum(
        (one := mean_of(np.array(values), NUMBER)).lower <= truth[name] <= one.upper for name, values in found.items()
    )
    assert inside >= 2


# -------------------------------------------------------------- the course engine
ENDLESS = (
    *ALWAYS,
    "clinic.practitioners.acupuncturist.count=50",
    "clinic.practitioners.physiotherapist.count=50",
    "clinic.rooms=100",
    "clinic.arrivals.by_weekday=[1,1,1,1,1,1,1]",
    "clinic.arrivals.hours=06:00-14:00",
    "clinic.first_visit_extra_minutes=0",
    "clinic.weeks=40",
)


def people_of(study, block):
    """Return the people of a block, each drawn alone; a trace needs the readings at every visit."""
    luck = independent_luck(study.scenario.seed, 0, block, study.setting.needs._replace(readings=True), 4096)
    return make_patients(luck, study.law, study.response)


def run_of(study, block):
    """Return what a run of the same people records, (arms, rows, patients)."""
    return run_patients(people_of(study, block), study.setting.plans, study.rules, study.law.soreness_days)


def diary_of(study, block):
    """Return the pain of a run of the same people by day, (days, patients), and up to which pain each is in relief."""
    people = people_of(study, block)
    trace = Trace.empty(study.setting.needs.visits, study.rules.horizon + 1, 4096)
    trace_arm(people, study.setting.plans, 0, study.rules, study.law.soreness_days, trace)
    baseline, rules = people.cohort.baseline, study.rules
    return trace.diary, baseline - rules.relief_points - rules.relief_share * baseline


@pytest.mark.parametrize(
    "treatment",
    ["guided_choice", "stepped_care", "stop_on_relief", "acupuncture_first", "{combined: 0.5, usual_care: 0.5}"],
)
def test_with_endless_capacity_courses_are_those_of_the_engine_bit_for_bit(treatment):
    model = model_of(*ENDLESS, f"clinic.treatment={treatment}", "clinic.booking.ahead=1")
    replication = Replication(model, 0)
    history = replication.run()
    ended = [one for one in history.courses if one.stands == ENDED and one.episode == 0]
    assert len(ended) > 300
    study = prepare(model.study.scenario, model.study.calibration)
    runs = {}
    for one in ended:
        if one.block not in runs:
            runs[one.block] = run_of(study, one.block)
        expected = runs[one.block][one.arm][:, one.patient]
        found = replication.courses(one.block).out_of(one.patient)
        assert np.array_equal(found, expected), one
        assert one.relieved == bool(expected[ROW["relief_day42"]])
        assert one.lasting == bool(expected[ROW["lasting_relief"]])
        assert one.pain_reduction == expected[ROW["pain_reduction"]]
        assert one.wait < 0.01


@pytest.mark.parametrize("patience", ["3", "null"])
def test_courses_on_late_days_are_those_of_a_run_on_these_days_bit_for_bit(patience):
    """A run whose protocol has the days on which a patient was really seen has the same diary.

    Who left because of the wait has the course of those visits, the last of them being the end. Of those who are seen
    after the horizon, what is read by then.
    """
    model = model_of(
        "clinic.treatment=acupuncture", "clinic.arrivals.per_week=60", f"clinic.patience={patience}", "clinic.weeks=50",
        "clinic.returns.share=0",
    )  # fmt: skip
    replication = Replication(model, 0)
    history = replication.run()
    seen = {}
    for one in history.appointments:
        if one.became in (KEPT, NO_SHOW, LATE_CANCELLED):
            seen.setdefault(one.course, []).append(one)
    courses = [(n, one) for n, one in enumerate(history.courses) if one.stands in (ENDED, LEFT) and n in seen]
    late = [(n, one) for n, one in courses if one.stands == LEFT or sum(not a.late_days <= 0 for a in seen[n]) > 2]
    people, left, beyond = {}, 0, 0
    late.sort(key=lambda pair: (pair[1].stands != LEFT, -pair[0]))
    for n, one in late[:150]:
        days = [int(a.start // 1440) - int(one.asked // 1440) for a in sorted(seen[n], key=lambda a: a.start)]
        if one.block not in people:
            people[one.block] = people_of(model.study, one.block)
        expected = run_on_days(model.study, people[one.block], days)[:, one.patient]
        found = replication.courses(one.block).out_of(one.patient)
        rows = [row for name, row in ROW.items() if name != "ended_by"]
        if days[-1] >= model.study.rules.horizon:
            rows, beyond = [ROW[name] for name in READ_BY_THE_HORIZON], beyond + 1
        assert np.array_equal(found[rows], expected[rows]), one
        if one.stands == LEFT:
            assert found[ROW["ended_by"]] == DROPPED_OUT
            assert found[ROW["course_end"]] == days[-1] + 1
            left += 1
    assert len(late) > 150
    assert left > 20 if patience == "3" else beyond > 20


READ_BY_THE_HORIZON = (
    "pain_day42", "pain_day133", "relief_day42", "lasting_relief", "pain_free_days", "qaly", "soreness_days",
)  # fmt: skip


def run_on_days(study, people, days):
    """Return what a run of acupuncture records with visits on these days, (rows, patients)."""
    (pathway,) = study.setting.arms["acupuncture"].pathways
    visit_on = np.zeros((1, days[-1] + 1), np.int64)
    visit_on[0, days] = np.arange(1, len(days) + 1)
    moved = pathway._replace(visits=np.array([len(days)]), days=np.array([days]), visit_on=visit_on)
    plans = build_plans({"moved": Arm((moved,))}, len(study.scenario.profiles))
    return run_patients(people, plans, study.rules, study.law.soreness_days)[0]


def test_whoever_comes_back_is_the_same_person_with_new_luck():
    model = model_of(*ENDLESS, "clinic.returns.share=1", "clinic.weeks=60")
    replication = Replication(model, 0)
    history = replication.run()
    back = [one for one in history.courses if one.episode == 1]
    assert len(back) > 50
    one = back[0]
    first, second = replication.courses(one.block), replication.courses(one.block + EPISODE_BLOCKS)
    for trait in ("baseline", "muscular", "plateau", "decay", "against", "context_against", "noise", "profile"):
        assert np.array_equal(getattr(first.cohort, trait), getattr(second.cohort, trait))
    assert not np.array_equal(first.luck.attendance, second.luck.attendance)
    assert not np.array_equal(first.cohort.limits, second.cohort.limits)
    assert not np.array_equal(first.cohort.baseline_reading, second.cohort.baseline_reading)


def test_whoever_was_taken_in_by_a_reading_comes_back_with_it():
    """Who was asked until a reading passed is asked once: coming back, it is the one whom the first asking found."""
    model = model_of(*ENDLESS, "clinic.returns.share=1", "cohort.include={reported_pain_at_least: 5}")
    first, second = (Courses(model.study, model.rules, 0, block, 300) for block in (0, EPISODE_BLOCKS))
    assert first.cohort.baseline_reading.min() >= 5
    for trait in ("baseline", "noise", "baseline_reading", "plateau", "against", "profile"):
        assert np.array_equal(getattr(first.cohort, trait), getattr(second.cohort, trait))
    assert not np.array_equal(first.cohort.limits, second.cohort.limits)


def test_people_come_back_once_the_relief_they_had_after_their_course_is_lost():
    """The day is that of the run's own diary, to the horizon; a delay of 0 brings them back on it.

    It is at the hour of their first request.
    """
    model = model_of(*ENDLESS, "clinic.returns={share: 1, delay: 0}", "clinic.treatment=dry_needling")
    history = Replication(model, 0).run()
    blocks = {one.block for one in history.courses}
    diaries = {block: diary_of(prepare(model.study.scenario, model.study.calibration), block) for block in blocks}
    again = {(one.block, one.patient): one.asked for one in history.courses if one.episode == 1}
    back = stayed = 0
    for one in history.courses:
        if one.episode or one.stands != ENDED:
            continue
        diary, relief_at = diaries[one.block]
        in_relief = diary[:, one.patient] <= relief_at[one.patient]
        today = int(one.ended // 1440) - int(one.asked // 1440)
        # The course ends the day after its last visit.
        lost = next((d for d in range(today + 2, len(diary)) if in_relief[d - 1] and not in_relief[d]), None)
        asked = again.get((one.block, one.patient))
        last = history.minutes / 1440 - int(one.asked // 1440)
        if lost is not None and lost < last:
            assert asked == pytest.approx(one.asked + lost * 1440)
            back += 1
        elif asked is not None:
            # A relapse that leaves enough relief is seen in no diary of pain; neither are days beyond the horizon.
            stayed += 1
            assert asked > one.ended
    assert back > 100
    assert stayed < back


def test_long_waits_show_in_outcomes():
    """Natural recovery goes on while people wait: pain left to fall before treatment is less to relieve after it."""
    quick = Replication(model_of("clinic.patience=null", "clinic.arrivals.per_week=8"), 0).run()
    slow = Replication(model_of("clinic.patience=null", "clinic.arrivals.per_week=40"), 0).run()
    place = {(one.block, one.patient): one for one in quick.courses if one.stands == ENDED and not one.episode}
    changed = 0
    for one in slow.courses:
        other = place.get((one.block, one.patient))
        if other and one.stands == ENDED and not one.episode and one.wait > other.wait + 20:
            changed += one.pain_reduction != other.pain_reduction
    assert changed > 5


# -------------------------------------------------------------- by hand
def test_a_day_worked_out_by_hand():
    """One practitioner, 08:00 to 10:00, two rooms, visits of 50 minutes: two a day, the third the next morning."""
    model = model_of(
        "clinic.practitioners.acupuncturist.count=1",
        "clinic.practitioners.acupuncturist.hours=[08:00-10:00]",
        "clinic.booking.slot_minutes=10",
        only="acupuncturist",
    )
    calendar = Calendar(model.team, 2, 10)
    skills = frozenset({"acupuncture"})
    starts = [calendar.book(7 * 60, 0, 50, skills).start for _ in range(3)]
    assert starts == [480, 530, 1440 + 480]
    first = calendar.book(481, 0, 20, skills)
    assert first.start == 580, "what is left of Monday is 20 minutes"
    again = Calendar(model.team, 2, 10)
    one, _ = again.book(0, 0, 60, skills), again.book(0, 0, 60, skills)
    assert again.book(0, 0, 10, skills).day == 1
    again.cancel(one)
    assert again.book(0, 0, 10, skills).start == 480
    assert again.book(500, 0, 10, skills).start == 500, "not before now"
    assert again.book(0, 4, 60, skills).day == 4
    assert [again.book(0, 4, 60, skills).day for _ in range(2)] == [4, 7], "no Saturday"


def test_rooms_are_shared():
    model = model_of()
    calendar = Calendar(model.team, 1, 5)
    skills = frozenset({"dry_needling"})
    booked = [calendar.book(0, 0, 20, skills) for _ in range(12)]
    for one, other in pairwise(sorted(booked, key=lambda slot: slot.start)):
        assert one.start + one.minutes <= other.start


def test_requests_are_poisson_and_follow_the_patterns():
    arrivals = Arrivals(
        per_week=Quantity(value=23.0, unit="new patients a week"),
        by_weekday=(2.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0),
        by_month=(2.0, *(1.0,) * 11),
    )
    weeks = 104
    counts, days = [], np.zeros(7)
    january, rest = [], []
    for number in range(200):
        found = draw_requests(arrivals, weeks, 5, number)
        counts.append(len(found))
        minutes = np.array([one.minute for one in found])
        days += np.bincount((minutes % WEEK_MINUTES // 1440).astype(int), minlength=7)
        weekly = np.bincount((minutes // WEEK_MINUTES).astype(int), minlength=weeks)
        january.append(weekly[:4].sum())
        rest.append(weekly[6:50].sum())
        assert (minutes % 1440 >= 480).all()
        assert (minutes % 1440 <= 1080).all()
    expected = weekly_rate(arrivals, np.arange(weeks, dtype=float)).sum()
    assert abs(np.mean(counts) - expected) < 5 * math.sqrt(expected / 200)
    assert stats.chi2.sf(np.var(counts, ddof=1) / expected * 199, 199) > 1e-6
    assert stats.chi2.cdf(np.var(counts, ddof=1) / expected * 199, 199) > 1e-6
    share = days / days.sum()
    assert share == pytest.approx([0.4, 0.2, 0.2, 0, 0.2, 0, 0], abs=5 * math.sqrt(0.24 / days.sum()))
    assert np.mean(january) / 4 / (np.mean(rest) / 44) == pytest.approx(2.0, abs=0.1)


def test_a_higher_rate_adds_people_and_changes_nobody():
    few = Arrivals(per_week=Quantity(value=17.0, unit="x"))
    many = Arrivals(per_week=Quantity(value=31.0, unit="x"))
    before, after = (set(draw_requests(one, 50, 1, 3)) for one in (few, many))
    assert before < after
    assert {one.block // LAYER_BLOCKS for one in after} == {0, 1, 2, 3}


def test_mser_finds_where_a_series_settles():
    lots = np.sin(np.arange(500) * 12.9898) * 43758.5453 % 1.0
    series = np.where(np.arange(500) < 60, 10 * np.exp(-np.arange(500) / 15), 0.0) + 0.3 * lots
    for values in (series, lots, np.arange(500.0), np.cumsum(lots - 0.5)):
        means = values.reshape(100, 5).mean(axis=1)
        marks = [((means[d:] - means[d:].mean()) ** 2).sum() / (100 - d) ** 2 for d in range(51)]
        assert mser(values) == 5 * int(np.argmin(marks))
    assert 45 <= mser(series) <= 100
    rising = find_warm_up(np.arange(400.0))
    assert not rising.is_settled
    assert find_warm_up(np.ones(400)) == (0, True)


def test_the_interval_over_replications_is_students():
    values = np.array([3.0, 4.0, 8.0, 5.0])
    one = mean_of(values, DAYS)
    low, high = stats.t.interval(0.95, 3, 5.0, stats.sem(values))
    assert (one.estimate, one.lower, one.upper) == pytest.approx((5.0, low, high))


def test_money_by_hand():
    """Nobody misses, everybody is treated once at a known price: revenue is price times visits."""
    model = model_of(
        "attendance={no_show: 0, drop_out: 0, drop_out_if_relieved: 0, drop_out_if_not_relieved: 0}",
        "clinic.late_cancellation=0", "clinic.patience=null", "clinic.returns.share=0",
        "clinic.treatment=once", "protocols.once={visits: 1, each_visit: dry_needling}",
        "clinic.weeks=10", "clinic.warm_up=2", "clinic.arrivals.per_week=12",
    )  # fmt: skip
    history = Replication(model, 0).run()
    values = measure(model, history, 2).values
    assert values["revenue_per_week"] == pytest.approx(values["visits_per_week"] * (40 + 25))
    wages = 120 * 48
    assert values["cost_per_week"] == pytest.approx(wages + 3 * 250 + 900 + 2 * values["visits_per_week"])
    kept = [one for one in history.appointments if one.became == KEPT]
    assert {one.minutes for one in kept} == {35}
    found = replicate(model, Runner(None), 3)
    ratio = found.estimate("cost_per_lasting")
    expected = found.values("cost_per_week").mean() / found.values("lasting_per_week").mean()
    assert ratio.estimate == pytest.approx(expected)
