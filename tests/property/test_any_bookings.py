"""Random clinics with everything about how people book and come: the books still balance, and no time counts twice."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sim.capacity.groups import GROUP_MEASURES, groups_of
from sim.capacity.history import (
    CANCELLED,
    ENDED,
    GAVE_UP,
    IN_CARE,
    KEPT,
    LATE_CANCELLED,
    LEFT,
    NO_SHOW,
    PENDING,
    WAITING,
)
from sim.capacity.measures import measure
from sim.capacity.simulate import Replication
from sim.capacity.stretches import stretches_of
from sim.capacity.week import WEEK_MINUTES
from sim.capacity.year.run import is_compiled
from sim.errors import ScenarioError
from tests.property.test_any_clinic import clinics, model_of
from tests.same_years import differences

SHARES = ("utilisation", "treating", "room_use", "wait_within", "on_time", "left_waiting", "no_show_share")
PROFILES = ("acute_strain", "chronic", "stress_linked")


@st.composite
def bookings(draw):
    """Draw changes that make another clinic in how people book and come."""
    walk_in = draw(st.integers(0, 2)) == 0
    changes = [one for one in draw(clinics()) if not one.startswith(("clinic.booking", "clinic.patience"))]
    some = draw(st.lists(st.sampled_from(PROFILES), max_size=2, unique=True))
    changes.append(f"clinic.patience={draw(st.sampled_from(['null', 1, 5, 30]))}")
    if walk_in:
        length = draw(st.sampled_from(["planned", "exponential"]))
        overtime = f"{{most_minutes: {draw(st.sampled_from([0, 20, 60]))}, wage_factor: 1.5}}"
        priority = f"[{', '.join(some)}]"
        return [
            *changes,
            f"clinic.booking={{form: walk_in, visit_length: {length}, priority: {priority}}}",
            f"clinic.overtime={overtime}",
        ]
    parts = [f"ahead: {draw(st.integers(1, 6))}", f"slot_minutes: {draw(st.sampled_from([5, 10, 15]))}"]
    called = draw(st.booleans())
    if called:
        parts.append(
            f"calls: {{most: {draw(st.integers(0, 8))}, reached: {draw(st.sampled_from([0, 0.3, 1]))}, "
            f"notice_hours: {draw(st.sampled_from([0, 2, 48]))}}}"
        )
        parts.append(f"priority: [{', '.join(some)}]")
    if draw(st.booleans()):
        kept_for = "priority" if called and some and draw(st.booleans()) else "first_visits"
        parts.append(
            f"held: {{share: {draw(st.sampled_from([0, 0.1, 0.3, 0.6]))}, release_days: {draw(st.integers(0, 4))}, "
            f"kept_for: {kept_for}}}"
        )
    if draw(st.booleans()):
        parts.append(f"overbooked: {draw(st.sampled_from([0, 0.1, 0.5, 1]))}")
    if draw(st.booleans()):
        ratios = [draw(st.sampled_from([0, 0.2, 1, 1.4, 2])) for _ in range(4)]
        names = ("same_day", "days_4_to_7", "days_8_to_14", "from_15_days")
        by_class = ", ".join(f"{name}: {ratio}" for name, ratio in zip(names, ratios, strict=True))
        changes.append(f"clinic.no_shows={{{by_class}, correlation: {draw(st.sampled_from([0, 0.17, 0.6]))}}}")
    if draw(st.booleans()):
        share, notice = draw(st.sampled_from([0, 0.1, 0.5])), draw(st.sampled_from([0.5, 2, 7]))
        changes.append(f"clinic.cancellation={{share: {share}, notice_days: {notice}}}")
    if draw(st.booleans()):
        ratio, days = draw(st.sampled_from([0, 0.66, 1])), draw(st.integers(0, 3))
        changes.append(f"clinic.reminders={{no_show_ratio: {ratio}, days_before: {days}, cost_each: 0.5}}")
    return [*changes, f"clinic.booking={{{', '.join(parts)}}}"]


def check(model, history):
    visits, courses = history.appointments, history.courses
    stood = [one for one in visits if one.became in (KEPT, NO_SHOW, LATE_CANCELLED)]
    kept = [one for one in stood if one.became == KEPT]
    for of in ("worker", "room", "course"):
        _nobody_twice(kept, of)
    walks_in = model.clinic.booking.form == "walk_in"
    (_walk_in_hours if walks_in else _booked_hours)(model, history, stood, kept)
    for one in visits:
        assert one.start >= one.made
        assert one.delay >= 0
        assert (one.delay == 0) or model.overbooks
    # Everybody who asked waits, has started, or has left.
    stands = [one.stands for one in courses]
    assert set(stands) <= {WAITING, GAVE_UP, IN_CARE, ENDED, LEFT}
    started = {one.course for one in stood}
    for number, course in enumerate(courses):
        assert (number in started) == (course.stands in (IN_CARE, ENDED, LEFT))
    assert len(courses) == len(started) + stands.count(WAITING) + stands.count(GAVE_UP)
    values = measure(model, history, 1)
    for name in SHARES:
        share = values.values[name]
        assert math.isnan(share) or -1e-12 <= share <= 1 + 1e-9, name
    for name in ("utilisation", "room_use"):
        assert values.weekly[name].max() <= 1 + 1e-9
    assert values.values["treating"] <= values.values["utilisation"] + 1e-9
    assert values.values["overtime_hours_per_week"] >= 0
    assert values.groups.shape == (len(groups_of(model)), len(GROUP_MEASURES))
    of_groups = {kind: [] for kind in ("treatment", "profile", "booked")}
    for group, row in zip(groups_of(model), values.groups, strict=True):
        of_groups[group.kind].append(row)
    for kind in ("treatment", "profile"):
        asked = sum(row[0] for row in of_groups[kind])
        assert asked == pytest.approx(values.values["requests_per_week"])
    _little(model, history, values)


def _booked_hours(model, history, stood, kept):
    """Appointments lie within the hours of their practitioner, and no slot has more than two."""
    held = {}
    for one in history.appointments:
        day, start = divmod(one.start, 1440)
        assert any(a <= start and start + one.minutes <= b for a, b in model.team[one.worker].spans[int(day) % 7])
    for one in stood:
        held.setdefault((one.worker, one.start), []).append(one)
    most = max(map(len, held.values()), default=0)
    assert most <= (2 if model.overbooks else 1)
    if not model.overbooks:
        _nobody_twice(stood, "worker")
    used = {}
    for listed in held.values():
        if len(listed) == 2:
            at = listed[0].worker, int((listed[0].start) // 1440)
            used[at] = used.get(at, 0) + min(one.minutes for one in listed)
    share = float(model.clinic.booking.overbooked or 0)
    slot = model.clinic.booking.slot_minutes
    for (worker, day), minutes in used.items():
        assert minutes <= share * model.team[worker].on_duty[day % 7].bit_count() * slot + 1e-9


def _walk_in_hours(model, history, stood, kept):
    """Visits begin on duty, and as planned they end at most so many minutes after it."""
    duties = [stretches_of([one], 7 * model.clinic.weeks + 7) for one in model.team]
    planned = model.clinic.booking.visit_length == "planned"
    for one in stood:
        end = duties[one.worker].end_of(one.start)
        assert end >= one.start
        if planned:
            assert one.start + one.minutes <= end + model.most_overtime_minutes + 1e-6


def _nobody_twice(visits, of):
    held = {}
    for one in visits:
        begins = one.start + one.delay
        took = one.minutes if math.isnan(one.took) else one.took
        held.setdefault(getattr(one, of), []).append((begins, begins + took))
    for listed in held.values():
        listed.sort()
        assert all(one[1] <= other[0] + 1e-6 for one, other in pairwise(listed))


def _little(model, history, measured):
    """L = lambda W, exactly: the area under the number waiting is the sum of the waits, cut at the end."""
    area = measured.weekly["waiting"].sum() * WEEK_MINUTES
    waits = 0.0
    for one in history.courses:
        left = one.ended if one.stands == GAVE_UP else one.began
        if one.stands == GAVE_UP and math.isnan(left):
            continue
        waits += (history.minutes if math.isnan(left) else min(left, history.minutes)) - one.asked
    assert area == pytest.approx(waits, rel=1e-9, abs=1e-6)


def history_of(changes):
    try:
        model = model_of(*changes)
    except ScenarioError:
        assume(False)
    return model, Replication(model, 0).run()


@given(bookings())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_clinics_keep_their_books_however_people_book_and_come(changes):
    model, history = history_of(changes)
    check(model, history)
    assert not is_compiled(model) or not differences(model, 0)


@pytest.mark.long
@given(bookings())
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_many_random_clinics_keep_their_books_however_people_book_and_come(changes):
    model, history = history_of(changes)
    check(model, history)
    assert not is_compiled(model) or not differences(model, 0)


def test_appointments_that_are_pending_lie_beyond_the_end_and_cancelled_ones_free_their_time():
    model = model_of("clinic.booking={ahead: 4, calls: {most: 5, reached: 1, notice_hours: 0}}", "clinic.weeks=12",
                     "clinic.warm_up=1", "clinic.patience=null")  # fmt: skip
    history = Replication(model, 0).run()
    check(model, history)
    became = np.array([one.became for one in history.appointments])
    assert {PENDING, KEPT, CANCELLED} <= set(became.tolist())
    assert all(one.start + one.minutes >= history.minutes for one in history.appointments if one.became == PENDING)
