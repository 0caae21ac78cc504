"""How people book and come against what is known exactly: shares put in, queues with closed forms, days by hand."""

from __future__ import annotations

import math
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from sim.capacity.attendance import LEAD_NAMES, Attendance, latent_correlation
from sim.capacity.calendar import Calendar
from sim.capacity.courses import EPISODE_BLOCKS
from sim.capacity.double_booking import DoubleBookings
from sim.capacity.history import GAVE_UP, KEPT, LATE_CANCELLED, NO_SHOW, WITHDRAWN, Appointment
from sim.capacity.measures import measure
from sim.capacity.replicate import mean_of
from sim.capacity.simulate import Replication
from sim.capacity.visit_length import VisitTimes
from sim.capacity.week import WEEK_MINUTES
from sim.errors import ScenarioError
from sim.units import NUMBER
from tests.oracle.test_clinic import model_of, queue

STOOD = (KEPT, NO_SHOW, LATE_CANCELLED)
RATIOS = {"same_day": 0.2, "days_1_to_3": 1, "days_4_to_7": 1.1, "days_8_to_14": 1.3, "from_15_days": 1.4}
BY_WAIT = f"{{{', '.join(f'{name}: {ratio}' for name, ratio in RATIOS.items() if ratio != 1)}}}"
FULL = (
    "clinic.treatment=acupuncture", "clinic.arrivals.per_week=30", "clinic.weeks=30", "clinic.warm_up=4",
    "clinic.patience=null", "clinic.returns.share=0",
)  # fmt: skip


def plain(history):
    return [asdict(one) for one in history.courses], [asdict(one) for one in history.appointments]


# -------------------------------------------------------------- switched off
NEUTRAL = (
    "clinic.no_shows={}",
    "clinic.no_shows={same_day: 1, days_4_to_7: 1, days_8_to_14: 1, from_15_days: 1, correlation: 0}",
    "clinic.reminders={no_show_ratio: 1, cost_each: 0}",
    "clinic.cancellation={share: 0}",
    "clinic.booking.held={share: 0}",
    "clinic.booking.overbooked=0",
    "clinic.booking.calls={most: 0}",
    "clinic.overtime={}",
)


@pytest.mark.parametrize("then", ["lost", "rebooked"])
def test_what_is_neutral_changes_nothing(then):
    given = ("clinic.weeks=16", "clinic.warm_up=4", f"clinic.missed.then={then}")
    bare = model_of(*given)
    expected = Replication(bare, 0).run()
    for one in (*((change,) for change in NEUTRAL), NEUTRAL[1:]):
        model = model_of(*given, *one)
        history = Replication(model, 0).run()
        np.testing.assert_equal(plain(history), plain(expected))
        found, wanted = (measure(which, of, 4) for which, of in ((model, history), (bare, expected)))
        # Reminders without effect are sent all the same.
        np.testing.assert_equal(found.values | {"reminders_per_week": 0}, wanted.values)


def test_with_new_patients_alone_slots_held_for_them_change_nothing():
    given = (
        "clinic.treatment=once", "protocols.once={visits: 1, each_visit: [dry_needling]}", "clinic.weeks=16",
        "clinic.warm_up=4", "clinic.missed.then=lost", "clinic.arrivals.per_week=100",
    )  # fmt: skip
    histories = [Replication(model_of(*given, *held), 0).run() for held in ((), ("clinic.booking.held={share: 0.5}",))]
    np.testing.assert_equal(plain(histories[0]), plain(histories[1]))
    assert len(histories[0].courses) > 1000


# -------------------------------------------------------------- missed visits
def missed_by_class(model, replications):
    """Return visits and missed ones by class of days booked ahead and by replication, each (replications, 5)."""
    visits, missed = np.zeros((2, replications, len(LEAD_NAMES)))
    for number in range(replications):
        for one in Replication(model, number).run().appointments:
            if one.became in STOOD:
                days = int(one.start // 1440) - int(one.made // 1440)
                at = np.searchsorted([0, 1, 4, 8, 15], days, side="right") - 1
                visits[number, at] += 1
                missed[number, at] += one.became == NO_SHOW
    return visits, missed


@pytest.mark.parametrize(("correlation", "reminder"), [(0, 1), (0.17, 0.66)])
def test_visits_are_missed_as_often_as_the_days_ahead_say(correlation, reminder):
    model = model_of(
        *FULL, "clinic.booking.ahead=4", f"clinic.no_shows={BY_WAIT}", f"clinic.no_shows.correlation={correlation}",
        f"clinic.reminders={{no_show_ratio: {reminder}, days_before: 4}}", "attendance.no_show=0.25",
    )  # fmt: skip
    visits, missed = missed_by_class(model, 10)
    for at, name in enumerate(LEAD_NAMES):
        share = 0.25 * RATIOS[name] * (reminder if at >= 2 else 1)
        rest = missed[:, at] - share * visits[:, at]
        error = rest.std(ddof=1) * math.sqrt(len(rest)) / visits[:, at].sum()
        assert visits[:, at].sum() > 200, name
        assert abs(missed[:, at].sum() / visits[:, at].sum() - share) < 4 * error, name
        assert error < 0.04


@pytest.mark.parametrize("share", [0.02, 0.104, 0.25, 0.6])
@pytest.mark.parametrize("correlation", [0.01, 0.17, 0.5, 0.9])
def test_shares_hold_and_visits_of_a_person_are_correlated_as_given(share, correlation):
    """By quadrature over the person: the mean chance is the share, and that of two visits gives the correlation."""
    at = np.linspace(-9, 9, 20_001)
    weight = stats.norm.pdf(at) * (at[1] - at[0])
    ratios = (0.2, 1.0, 1.1, 1.3, 1.4)
    shares = tuple(share * ratio for ratio in ratios)
    law = Attendance(shares, share, 0.04, latent_correlation(share, correlation), math.inf, 1.0)
    for days, expected in zip((0, 2, 5, 10, 40), shares, strict=True):
        chances = np.array([law.chances(days, z)[0] for z in at])
        assert weight @ chances == pytest.approx(expected, abs=1e-9)
    chances = np.array([law.chances(2, z)[0] for z in at])
    found = (weight @ chances**2 - share**2) / (share * (1 - share))
    assert found == pytest.approx(correlation, abs=1e-8)


def test_in_a_clinic_visits_of_a_person_are_correlated_as_given():
    model = model_of(
        "clinic.treatment=often", "protocols.often={visits: 8, every_days: 2, each_visit: [dry_needling]}",
        "clinic.practitioners.acupuncturist.days=[mon, tue, wed, thu, fri, sat, sun]",
        "clinic.practitioners.acupuncturist.count=20", "clinic.rooms=40", "clinic.booking.ahead=1",
        "clinic.arrivals.per_week=50", "clinic.weeks=30", "clinic.returns.share=0", "attendance.no_show=0.25",
        "clinic.no_shows={correlation: 0.17}", "attendance.drop_out=0", "attendance.drop_out_if_relieved=0",
        "attendance.drop_out_if_not_relieved=0", "clinic.late_cancellation=0",
    )  # fmt: skip
    found = []
    for number in range(8):
        history = Replication(model, number).run()
        of = {}
        for one in history.appointments:
            if one.became in STOOD and one.visit:
                assert 1 <= one.start // 1440 - one.made // 1440 <= 3
                of.setdefault(one.course, []).append((one.became == NO_SHOW) - 0.25)
        above = sum(sum(listed) ** 2 - sum(x * x for x in listed) for listed in of.values())
        below = sum(len(listed) * (len(listed) - 1) for listed in of.values())
        found.append(above / below / (0.25 * 0.75))
    one = mean_of(np.array(found), NUMBER)
    assert abs(one.estimate - 0.17) < 4 * one.mc_error
    assert one.mc_error < 0.02


def test_whoever_comes_back_is_as_prone_to_miss_visits_as_before():
    model = model_of("clinic.weeks=20", "clinic.no_shows={correlation: 0.17}", "clinic.returns.share=1")
    replication = Replication(model, 0)
    back = next(one for one in replication.run().courses if one.episode == 1)
    first, second = (replication.courses(back.block + episode * EPISODE_BLOCKS) for episode in (0, 1))
    assert np.array_equal(first.proneness, second.proneness)
    assert not np.array_equal(first.luck.attendance, second.luck.attendance)


def test_reminders_are_counted_and_paid():
    given = (*FULL, "clinic.booking.ahead=3", "clinic.reminders={no_show_ratio: 1, days_before: 3, cost_each: 2}")
    model, bare = model_of(*given), model_of(*FULL, "clinic.booking.ahead=3")
    history = Replication(model, 0).run()
    found, before = measure(model, history, 4).values, measure(bare, Replication(bare, 0).run(), 4).values
    reminded = sum(
        one.became in STOOD and one.start // 1440 - one.made // 1440 >= 3 and one.start >= 4 * WEEK_MINUTES
        for one in history.appointments
    )
    assert found["reminders_per_week"] == pytest.approx(reminded / 26)
    assert found["cost_per_week"] - before["cost_per_week"] == pytest.approx(2 * reminded / 26)


# -------------------------------------------------------------- queues
def erlang_a(per_hour, minutes, servers, patience_minutes):
    """Return the share who leave and the mean number waiting of M/M/s with exponential patience."""
    served, leaves = 60 / minutes, 60 / patience_minutes
    weights = [1.0]
    for n in range(1, 400):
        weights.append(weights[-1] * per_hour / (min(n, servers) * served + max(n - servers, 0) * leaves))
    p = np.array(weights) / sum(weights)
    waiting = sum(max(n - servers, 0) * p[n] for n in range(400))
    return leaves * waiting / per_hour, waiting


@pytest.mark.parametrize(("per_hour", "minutes", "servers", "patience"), [(3.0, 20.0, 1, 30.0), (9.0, 30.0, 3, 20.0)])
def test_walk_in_with_patience_is_the_queue_of_palm(per_hour, minutes, servers, patience):
    model = queue(per_hour, minutes, servers)
    clinic = model.clinic.model_copy(update={"patience": model.clinic.goals.first_visit_within.model_copy(
        update={"value": patience / 1440})})  # fmt: skip
    model = model.__class__(**{**vars(model), "clinic": clinic})
    leaves, waiting = erlang_a(per_hour, minutes, servers, patience)
    found = {"leaves": [], "waiting": [], "wait": []}
    for number in range(12):
        history = Replication(model, number).run()
        measured = measure(model, history, 1)
        asked = [one for one in history.courses if one.asked >= WEEK_MINUTES]
        found["leaves"].append(np.mean([one.stands == GAVE_UP for one in asked]))
        found["waiting"].append(measured.values["waiting"])
        found["wait"].append(measured.values["wait_mean_days"] * 24)
    truth = {"leaves": leaves, "waiting": waiting, "wait": waiting / per_hour}
    for name, values in found.items():
        one = mean_of(np.array(values), NUMBER)
        assert abs(one.estimate - truth[name]) < 4 * one.mc_error, name
        assert one.mc_error < 0.05 * truth[name], name


def test_walk_in_with_priority_is_the_queue_of_cobham():
    """M/M/1, two classes without interruption: mean waits R / (1 - a) and R / ((1 - a)(1 - load))."""
    model = queue(2.4, 20.0, 1, weeks=17)
    names = list(model.scenario.profiles)
    shares = {name: model.scenario.cohort.profiles.get(name, 0) for name in names}
    model = model.__class__(**{**vars(model), "ranks": tuple(0 if name == "acute_strain" else 1 for name in names)})
    load = 2.4 / 3
    first = load * shares["acute_strain"]
    rest = load * 20
    truth = rest / (1 - first), rest / ((1 - first) * (1 - load))
    found = [[], []]
    for number in range(20):
        courses = [one for one in Replication(model, number).run().courses if not math.isnan(one.wait)]
        for rank in (0, 1):
            waits = [
                one.wait * 1440 for one in courses if model.ranks[one.profile] == rank and one.asked > WEEK_MINUTES
            ]
            found[rank].append(np.mean(waits))
    for values, expected in zip(found, truth, strict=True):
        one = mean_of(np.array(values), NUMBER)
        assert abs(one.estimate - expected) < 4 * one.mc_error
        assert one.mc_error < 0.08 * expected


# -------------------------------------------------------------- closing time
ONE_MINUTE = (
    "clinic.booking={form: walk_in}", "clinic.patience=null", "clinic.weeks=12", "clinic.warm_up=4",
    "clinic.practitioners.acupuncturist.hours=[08:00-08:01]",
    "clinic.practitioners.physiotherapist.hours=[08:00-08:01]",
)  # fmt: skip


def test_a_walk_in_clinic_open_for_a_minute_treats_nobody_unless_somebody_works_overtime():
    with pytest.raises(ScenarioError) as caught:
        model_of(*ONE_MINUTE)
    assert "works longer than 1 without a break; `clinic.overtime.most_minutes` allows 0 more" in str(caught.value)
    model = model_of(*ONE_MINUTE, "clinic.overtime={most_minutes: 90, wage_factor: 1.5}")
    history = Replication(model, 0).run()
    values = measure(model, history, 4).values
    kept = [one for one in history.appointments if one.became == KEPT and one.start >= 4 * WEEK_MINUTES]
    # Each practitioner can begin one visit a day, of which a minute is on duty.
    assert len({(one.worker, one.start // 1440) for one in kept}) == len(kept)
    assert values["overtime_hours_per_week"] == pytest.approx(sum(one.minutes - 1 for one in kept) / 60 / 8, rel=0.02)
    assert values["overtime_cost_per_week"] == pytest.approx(48 * 1.5 * values["overtime_hours_per_week"])
    assert values["utilisation"] <= 1
    assert values["room_use"] <= 1
    bare = model_of(*ONE_MINUTE, "clinic.overtime={most_minutes: 90, wage_factor: 0}")
    free = measure(bare, Replication(bare, 0).run(), 4).values
    assert values["cost_per_week"] - free["cost_per_week"] == pytest.approx(values["overtime_cost_per_week"])


def test_whose_visit_does_not_fit_before_the_doors_close_comes_back_in_the_same_order():
    model = model_of("clinic.booking={form: walk_in}", "clinic.patience=null", "clinic.arrivals.per_week=45",
                     "clinic.weeks=12", "clinic.warm_up=4", "clinic.treatment=acupuncture")  # fmt: skip
    history = Replication(model, 0).run()
    values = measure(model, history, 4).values
    assert values["another_day_per_week"] > 1
    assert values["overtime_hours_per_week"] == values["overtime_cost_per_week"] == 0
    for one in history.appointments:
        start, day = one.start % 1440, int(one.start // 1440)
        assert any(a <= start and start + one.minutes <= b + 1e-6 for a, b in model.team[one.worker].spans[day % 7])
    firsts = sorted((one for one in history.appointments if one.visit == 0), key=lambda one: one.made)
    later = [one for one in firsts if one.start // 1440 > one.made // 1440]
    for one, other in pairwise(later):
        if one.start // 1440 == other.start // 1440 and one.start > other.start + 1e-6:
            pytest.fail(f"{other.made} was seen before {one.made}")


# -------------------------------------------------------------- by hand
def book_of(share, **_):
    model = model_of(
        "clinic.practitioners.acupuncturist.count=1", "clinic.practitioners.acupuncturist.hours=[08:00-10:00]",
        "clinic.booking.slot_minutes=10", only="acupuncturist",
    )  # fmt: skip
    return Calendar(model.team, 2, 10, None, DoubleBookings(model.team, share, 10))


def test_a_full_day_is_booked_twice_as_far_as_is_allowed():
    skills = frozenset({"acupuncture"})
    for share, expected in ((0, []), (0.4, []), (0.5, [480]), (1, [480, 530])):
        calendar = book_of(share)
        starts = [calendar.book(0, 0, 50, skills).start for _ in range(5)]
        today = [start for start in starts if start < 1440]
        assert today == [480, 530, *expected]


def test_a_slot_that_was_booked_twice_is_free_when_both_are_gone():
    skills = frozenset({"acupuncture"})
    calendar = book_of(1)
    first, second, again = (calendar.book(0, 0, minutes, skills) for minutes in (60, 60, 30))
    assert (first.start, second.start, again.start, again.minutes) == (480, 540, 480, 30)
    calendar.cancel(first)
    assert not calendar.is_free(first)
    assert calendar.book(0, 0, 30, skills).start == 510  # the rest of the longer one
    calendar.cancel(again)
    assert calendar.book(0, 0, 30, skills).start == 480


def test_who_comes_to_a_slot_that_is_taken_waits():
    calendar = book_of(1)
    skills = frozenset({"acupuncture"})
    slots = [calendar.book(0, 0, 60, skills) for _ in range(4)]
    times = VisitTimes(model_of("clinic.practitioners.acupuncturist.count=1", "clinic.rooms=2", only="acupuncturist"))
    began = []
    for slot in sorted(slots):
        appointment = Appointment(0, slot.start, slot.minutes, slot.worker, slot.room, 0)
        over = times.begin(slot.start, appointment, 60, None, 0, 0)
        began.append((appointment.start + appointment.delay, appointment.delay, over))
    assert began == [(480, 0, 60), (540, 60, 120), (600, 60, 120), (660, 120, 180)]


def test_held_slots_are_for_first_visits_until_they_are_released():
    model = model_of(
        "clinic.practitioners.acupuncturist.count=1", "clinic.practitioners.acupuncturist.hours=[08:00-12:00]",
        "clinic.booking={slot_minutes: 10, held: {share: 0.5, release_days: 1}}", only="acupuncturist",
    )  # fmt: skip
    calendar = Replication(model, 0).desk.calendar
    skills = frozenset({"acupuncture"})
    later = [calendar.book(0, 2, 60, skills, entitled=False).start for _ in range(3)]
    assert later == [2 * 1440 + 480, 2 * 1440 + 540, 3 * 1440 + 480]  # from 10:00 on is held
    assert calendar.book(0, 2, 60, skills, entitled=True).start == 2 * 1440 + 600
    assert calendar.book(1440, 2, 60, skills, entitled=False).start == 2 * 1440 + 660  # the day before: released


def test_as_many_appointments_are_cancelled_in_time_as_are_given_and_booked_again_for_a_later_day():
    model = model_of(*FULL, "clinic.booking.ahead=1", "clinic.cancellation={share: 0.2, notice_days: 2}")
    shares = []
    for number in range(6):
        history = Replication(model, number).run()
        far = [
            one for one in history.appointments if one.start - one.made > 2 * 1440 and one.became in (*STOOD, WITHDRAWN)
        ]
        cancelled = [one for one in far if one.became == WITHDRAWN]
        assert sum(one.became == WITHDRAWN for one in history.appointments) == len(cancelled)
        shares.append(len(cancelled) / len(far))
        again = {}
        for one in history.appointments:
            again.setdefault((one.course, one.visit), []).append(one)
        for one in cancelled:
            later = [other for other in again[one.course, one.visit] if other.made >= one.start - 2 * 1440 - 1e-6]
            assert later
            assert all(other.start // 1440 > one.start // 1440 for other in later)
    one = mean_of(np.array(shares), NUMBER)
    assert abs(one.estimate - 0.2) < 4 * one.mc_error
    assert one.mc_error < 0.01


def test_calls_fill_freed_slots_and_shorten_waits():
    given = ("clinic.booking.ahead=6", "clinic.patience=null", "clinic.arrivals.per_week=50", "clinic.weeks=30",
             "clinic.warm_up=4", "attendance.drop_out=0.2")  # fmt: skip
    plain_model = model_of(*given)
    called = model_of(*given, "clinic.booking.calls={most: 10, reached: 1, notice_hours: 3}")
    differences = []
    for number in range(8):
        with_calls, without = Replication(called, number).run(), Replication(plain_model, number).run()
        moved = [one for one in with_calls.appointments if one.is_called]
        assert len(moved) > 10
        assert all(one.start - one.made >= 180 for one in moved)
        waits = [measure(model, history, 4).values["wait_mean_days"]
                 for model, history in ((called, with_calls), (plain_model, without))]  # fmt: skip
        differences.append(waits[0] - waits[1])
    assert stats.ttest_1samp(differences, 0, alternative="less").pvalue < 0.05
