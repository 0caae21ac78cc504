"""Random clinics: every appointment ends one way, nobody is in two places, and Little's law holds."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sim.capacity.history import CANCELLED, ENDED, GAVE_UP, KEPT, LATE_CANCELLED, LEFT, MOVED, NO_SHOW, PENDING
from sim.capacity.measures import measure
from sim.capacity.model import build_model
from sim.capacity.replicate import Runner, replicate
from sim.capacity.simulate import Replication
from sim.capacity.week import WEEK_MINUTES
from sim.capacity.year.run import is_compiled
from sim.errors import ScenarioError
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from tests.known import known
from tests.same_years import differences

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KNOWN = {}


def model_of(*changes):
    scenario = load_scenario("clinic.yaml", changes, outcomes=OUTCOME_NAMES).scenario
    if "calibration" not in KNOWN:
        KNOWN["calibration"] = known(scenario)
    return build_model(scenario, KNOWN["calibration"])


@st.composite
def clinics(draw):
    """Draw the changes that make another clinic of the one that comes along."""
    changes = []
    for name in ("physiotherapist", "acupuncturist"):
        at = f"clinic.practitioners.{name}"
        start = draw(st.integers(6, 12))
        hours = [f"{start:02}:00-{start + draw(st.integers(2, 4)):02}:30"]
        if draw(st.booleans()):
            hours.append(f"{start + 5:02}:15-{start + 7:02}:00")
        days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=7, unique=True))
        changes += [
            f"{at}.days=[{','.join(days)}]",
            f"{at}.hours=[{','.join(hours)}]",
            f"{at}.count={draw(st.integers(1, 3))}",
        ]
    walk_in = draw(st.integers(0, 3)) == 0
    booking = (
        f"{{form: walk_in, visit_length: {draw(st.sampled_from(['planned', 'exponential']))}}}"
        if walk_in
        else f"{{ahead: {draw(st.integers(1, 6))}, slot_minutes: {draw(st.sampled_from([5, 10, 15]))}}}"
    )
    patience = "null" if walk_in or draw(st.booleans()) else draw(st.integers(1, 60))
    treatments = ["guided_choice", "combined", "acupuncture", "stepped_care", "stop_on_relief", "alternating"]
    return [
        *changes,
        f"clinic.booking={booking}",
        f"clinic.patience={patience}",
        f"clinic.rooms={draw(st.integers(1, 4))}",
        f"clinic.weeks={draw(st.integers(4, 14))}",
        "clinic.warm_up=1",
        f"clinic.arrivals.per_week={draw(st.integers(0, 40))}",
        f"clinic.treatment={draw(st.sampled_from(treatments))}",
        f"clinic.missed.then={draw(st.sampled_from(['lost', 'rebooked']))}",
        f"clinic.missed.discharge_after={draw(st.integers(0, 3))}",
        f"attendance.no_show={draw(st.sampled_from([0, 0.1, 0.4]))}",
        f"clinic.late_cancellation={draw(st.sampled_from([0, 0.1]))}",
        f"clinic.returns.share={draw(st.sampled_from([0, 0.5, 1]))}",
        f"seed={draw(st.integers(0, 1000))}",
    ]


def check(model, history):
    courses, visits = history.courses, history.appointments
    _nothing_overlaps(history, "worker")
    _nothing_overlaps(history, "room")
    happened = [one for one in visits if one.became in (KEPT, NO_SHOW, LATE_CANCELLED)]
    appointments = model.clinic.booking.form == "appointments"
    for one in visits:
        assert one.became in (PENDING, KEPT, NO_SHOW, LATE_CANCELLED, CANCELLED, MOVED)
        assert one.start >= one.made
        assert (one.became == PENDING) <= (one.start + one.minutes >= history.minutes - 1e-6 or not appointments)
        if appointments:
            worker = model.team[one.worker]
            day, start = divmod(one.start, 1440)
            spans = worker.spans_of(int(day))
            assert any(a <= start and start + one.minutes <= b for a, b in spans)
    by_course = {}
    for one in happened:
        by_course.setdefault(one.course, []).append(one)
    for number, listed in by_course.items():
        listed.sort(key=lambda one: one.start)
        course = courses[number]
        path = model.pathways.by_arm[model.arms[course.arm]]
        gaps = [np.diff(step).min() for p in path for step in p.days if len(step) > 1]
        shortest = math.floor(min(gaps)) if gaps else 0
        for one, other in pairwise(listed):
            assert one.start + (one.minutes if one.became == KEPT else 0) <= other.start + 1e-6
            if one.became == KEPT or model.clinic.missed.then == "lost":
                assert other.start // 1440 - one.start // 1440 >= shortest
                assert other.visit == one.visit + 1
            else:
                assert other.start // 1440 > one.start // 1440
                assert other.visit == one.visit
        assert listed[0].start == pytest.approx(course.began)
    for number, course in enumerate(courses):
        assert (course.stands == GAVE_UP) == (
            number not in by_course and not math.isnan(course.wait)
        ) or course.wait >= 0
        if course.stands == GAVE_UP:
            assert number not in by_course
        if course.stands == ENDED:
            assert not any(
                one.became == PENDING for one in visits if one.course == number and one.start < history.minutes - 1440
            )
    patients = Counter((one.block, one.patient, one.episode) for one in courses)
    assert max(patients.values(), default=1) == 1
    _little(model, history)


def _nothing_overlaps(history, what):
    held = {}
    varies = any(one.took > 0 for one in history.appointments)
    for one in history.appointments:
        if one.became in (CANCELLED, MOVED):
            continue
        if one.became == KEPT and one.took > 0:  # visits vary in length: when it really was
            begins = one.start + one.delay
            held.setdefault(getattr(one, what), []).append((begins, begins + one.took, one.became))
            continue
        if one.became in (NO_SHOW, LATE_CANCELLED) and varies:
            continue
        minutes = one.minutes if one.became in (KEPT, PENDING) or what == "worker" else 0
        held.setdefault(getattr(one, what), []).append((one.start, one.start + minutes, one.became))
    for listed in held.values():
        listed.sort()
        for one, other in pairwise(listed):
            assert one[1] <= other[0] + 1e-6


def _little(model, history):
    """L = lambda W, exactly: the area under the number waiting is the sum of the waits, cut at the end."""
    weekly = measure(model, history, 1).weekly["waiting"]
    area = weekly.sum() * WEEK_MINUTES
    waits = 0.0
    for one in history.courses:
        if one.stands == GAVE_UP:
            continue
        until = history.minutes if math.isnan(one.began) else min(one.began, history.minutes)
        waits += until - one.asked
    assert area == pytest.approx(waits, rel=1e-9, abs=1e-6)


@given(clinics())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_clinics_keep_their_books(changes):
    try:
        model = model_of(*changes)
    except ScenarioError:
        assume(False)
    history = Replication(model, 0).run()
    check(model, history)
    assert not is_compiled(model) or not differences(model, 0)
    values = measure(model, history, 1).values
    appointments = model.clinic.booking.form == "appointments"
    if appointments:
        assert 0 <= values["treating"] <= values["utilisation"] <= 1 + 1e-9
        assert values["room_use"] <= 1 + 1e-9
    assert values["visits_per_week"] >= 0


@pytest.mark.long
@given(clinics())
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_many_random_clinics_keep_their_books(changes):
    try:
        model = model_of(*changes)
    except ScenarioError:
        assume(False)
    check(model, Replication(model, 0).run())
    assert not is_compiled(model) or not differences(model, 0)


def test_littles_law_holds_over_replications_with_rates_and_waits_as_reported():
    """L against lambda times W as the report gives them; the ends of the window make the only difference."""
    model = model_of("clinic.patience=null", "clinic.arrivals.per_week=15", "clinic.warm_up=8")
    found = replicate(model, Runner(None), 12)
    products = found.values("requests_per_week") * found.values("wait_mean_days") / 7
    rest = found.values("waiting") - products
    assert abs(rest.mean()) < 5 * rest.std(ddof=1) / math.sqrt(len(rest)) + 0.02 * products.mean()


def test_an_overloaded_clinic_ends_in_bounded_time():
    model = model_of("clinic.patience=null", "clinic.arrivals.per_week=120", "clinic.weeks=26", "clinic.warm_up=4")
    history = Replication(model, 0).run()
    check(model, history)
    values = measure(model, history, 4).values
    assert values["wait_p90_days"] > 60
    assert values["utilisation"] > 0.9


def test_nobody_asks_and_nothing_happens():
    model = model_of("clinic.arrivals.per_week=0", "clinic.warm_up=4")
    history = Replication(model, 0).run()
    values = measure(model, history, 4).values
    assert values["visits_per_week"] == values["requests_per_week"] == values["utilisation"] == 0
    assert math.isnan(values["wait_mean_days"])
    assert LEFT
