"""Random clinics in which people book as they do and practitioners are away: both together keep their books."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sim.capacity.duty import duty_of
from sim.capacity.history import CANCELLED, GAVE_UP, KEPT, LATE_CANCELLED, MOVED, NO_SHOW, PENDING, WAITING, WITHDRAWN
from sim.capacity.measures import measure
from sim.capacity.shares import OF_MONTH, OF_PRACTITIONER
from sim.capacity.simulate import Replication
from sim.errors import ScenarioError
from tests.oracle.test_clinic import model_of
from tests.property.test_any_bookings import bookings
from tests.property.test_any_working_year import days_off, rosters

PEOPLE = ("physiotherapist", "acupuncturist")
STOOD = (KEPT, NO_SHOW, LATE_CANCELLED)


@st.composite
def booked_years(draw):
    """Draw the changes of a clinic with bookings and a working year of its own."""
    changes = draw(bookings())
    walks_in = any("walk_in" in one for one in changes)
    changes.append(f"clinic.closed=[{', '.join(draw(days_off()))}]")
    if not walks_in:
        changes.append(f"clinic.visit_spread={draw(st.sampled_from([0, 0.3, 0.8]))}")
    for name in PEOPLE:
        at = f"clinic.practitioners.{name}"
        changes.append(f"{at}.leave=[{', '.join(draw(days_off()))}]")
        changes.append(f"{at}.illness={{spells_per_year: {draw(st.sampled_from([0, 6, 30]))}, days: 6}}")
        if draw(st.booleans()):
            changes.append(f"{at}.roster={draw(rosters())}")
    return changes


def check(model, history):
    """Check everything that holds whatever a clinic has."""
    stood = [one for one in history.appointments if one.became in STOOD]
    kept = [one for one in stood if one.became == KEPT]
    for of in ("worker", "room", "course"):
        _nobody_twice([(getattr(one, of), *_spent(one)) for one in kept])
    _asked_are_known(history, stood)
    duty = duty_of(model.team, history)
    (_walk_in if model.clinic.booking.form == "walk_in" else _by_appointment)(model, history, stood, duty)
    _time_adds_up(model, history, duty)
    _money_adds_up(model, history)


def _spent(one):
    begins = one.start + one.delay
    return begins, begins + (one.minutes if math.isnan(one.took) else one.took)


def _nobody_twice(spans):
    for (of, _, end), (other, start, _) in pairwise(sorted(spans)):
        assert of != other or end <= start + 1e-6


def _asked_are_known(history, stood):
    """Everybody who asked waits, has started or has left before."""
    stands = [one.stands for one in history.courses]
    assert len(stands) == len({one.course for one in stood}) + stands.count(WAITING) + stands.count(GAVE_UP)


def _by_appointment(model, history, stood, duty):
    """What stands lies on duty, as many at a time as the scenario says; what is moved lies on days of illness."""
    of_slot, used, slot = {}, {}, model.clinic.booking.slot_minutes
    ill = {(one.worker, one.day) for one in history.absences}
    for one in history.appointments:
        day, start = divmod(one.start, 1440)
        assert any(a <= start and start + one.minutes <= b for a, b in model.team[one.worker].spans_of(int(day)))
        assert one.became in (*STOOD, PENDING, CANCELLED, WITHDRAWN, MOVED)
        assert one.became != MOVED or day >= duty.days or (one.worker, int(day)) in ill
    for one in stood:
        assert duty.is_there[one.worker, int(one.start // 1440)]
        of_slot.setdefault((one.worker, one.start), []).append(one)
    for (worker, start), listed in of_slot.items():
        assert len(listed) <= (2 if model.overbooks else 1)
        if len(listed) == 2:
            at = worker, int(start // 1440)
            used[at] = used.get(at, 0) + min(one.minutes for one in listed)
    for (worker, day), minutes in used.items():
        bookable = model.team[worker].slots_of(day).bit_count() * slot
        assert minutes <= float(model.clinic.booking.overbooked) * bookable + 1e-9
    # In a room there is one slot at a time by the calendar, whoever is booked in it.
    for of in ("worker", "room"):
        spans = {(getattr(one, of), one.start): one.minutes for one in stood}
        longest = {at: max(one.minutes for one in stood if (getattr(one, of), one.start) == at) for at in spans}
        _nobody_twice([(owner, start, start + longest[owner, start]) for owner, start in spans])


def _walk_in(model, history, stood, duty):
    """Visits begin on duty, also in rosters and beside closing days, and as planned end in time."""
    for one in stood:
        end = duty.stretches[one.worker].end_of(one.start)
        assert end >= one.start
        if model.clinic.booking.visit_length == "planned":
            assert one.start + one.minutes <= end + model.most_overtime_minutes + 1e-6


def _time_adds_up(model, history, duty):
    found = measure(model, history, 1)
    for name in ("utilisation", "treating", "room_use"):
        assert math.isnan(found.values[name]) or -1e-12 <= found.values[name] <= 1 + 1e-9, name
    assert not found.values["treating"] > found.values["utilisation"] + 1e-9
    of = {name: found.team[:, at] for at, name in enumerate(OF_PRACTITIONER)}
    assert (of["with_patients"] <= of["booked"] + 1e-6).all()
    assert (of["booked"] <= of["on_duty"] + 1e-6).all()
    assert (found.busy <= found.duty + 1e-6).all()
    on_duty = of["on_duty"].sum()
    assert found.duty.sum() == pytest.approx(on_duty)
    if on_duty:
        assert of["booked"].sum() / on_duty == pytest.approx(found.values["utilisation"])
        assert of["with_patients"].sum() / on_duty == pytest.approx(found.values["treating"])
        assert found.busy.sum() / on_duty == pytest.approx(found.values["utilisation"])
    assert of["overtime"].sum() / 60 == pytest.approx(found.values["overtime_hours_per_week"])
    assert of["moved"].sum() == pytest.approx(found.values["moved_per_week"])


def _money_adds_up(model, history):
    """The months together are the whole run, overtime and reminders among their cost."""
    found, weeks = measure(model, history, 0), model.clinic.weeks
    total = dict(zip(OF_MONTH, found.months.sum(axis=0), strict=True))
    spent = sum(total[name] for name in ("wages", "rooms_and_other", "supplies", "reminders"))
    assert spent == pytest.approx(found.values["cost_per_week"] * weeks)
    assert total["revenue"] == pytest.approx(found.values["revenue_per_week"] * weeks)


def history_of(changes):
    try:
        model = model_of(*changes)
    except ScenarioError:
        assume(False)
    return model, Replication(model, 0).run()


@given(booked_years())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_random_clinics_keep_their_books_however_people_book_and_whoever_is_away(changes):
    check(*history_of(changes))


@pytest.mark.long
@given(booked_years())
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_many_random_clinics_keep_their_books_however_people_book_and_whoever_is_away(changes):
    check(*history_of(changes))


ALL_AT_ONCE = (
    "clinic.weeks=26", "clinic.warm_up=2", "clinic.arrivals.per_week=32", "clinic.visit_spread=0.4",
    "clinic.closed=[week 8]", "clinic.overtime.wage_factor=1.5",
    "clinic.practitioners.acupuncturist.illness={spells_per_year: 12, days: 6}",
    "clinic.practitioners.physiotherapist.leave=[week 10]",
    "clinic.no_shows={same_day: 0.2, from_15_days: 1.4, correlation: 0.17}",
    "clinic.reminders={no_show_ratio: 0.66, cost_each: 0.5}", "clinic.cancellation={share: 0.1, notice_days: 2}",
    "clinic.booking={ahead: 4, overbooked: 0.2, held: {share: 0.2, release_days: 2}, "
    "calls: {most: 5, reached: 0.8, notice_hours: 2}}",
)  # fmt: skip


def test_everything_at_once_does_happen():
    model, history = history_of(ALL_AT_ONCE)
    check(model, history)
    values = measure(model, history, 2).values
    for name in (
        "moved_per_week", "absent_hours_per_week", "double_booked_per_week", "called_per_week", "cancelled_per_week",
        "delay_mean_minutes", "overtime_hours_per_week", "reminders_per_week",
    ):  # fmt: skip
        assert values[name] > 0.1, name


def test_appointments_of_the_ill_are_made_again_in_held_slots_and_second_bookings_as_of_the_day_of_the_call():
    _, history = history_of(ALL_AT_ONCE)
    begins = {}
    for one in history.absences:
        begins.setdefault(one.worker, set()).add(one.day)
    moved = [one for one in history.appointments if one.became == MOVED]
    again = 0
    for one in moved:
        days = begins[one.worker]
        first = day = int(one.start // 1440)
        while first - 1 in days:
            first -= 1
        later = [
            other for other in history.appointments
            if other.course == one.course and first * 1440 <= other.made <= day * 1440 + 1440 and other is not one
        ]  # fmt: skip
        again += any(other.visit == one.visit for other in later)
    assert len(moved) > 20
    assert again > 0.8 * len(moved)


def test_calls_offer_nobody_the_slots_of_whoever_is_ill():
    _, history = history_of((*ALL_AT_ONCE, "clinic.booking.overbooked=0"))
    ill = {(one.worker, one.day) for one in history.absences}
    called = [one for one in history.appointments if one.is_called and one.became in STOOD]
    assert len(called) > 5
    assert not any((one.worker, int(one.start // 1440)) in ill for one in called)
