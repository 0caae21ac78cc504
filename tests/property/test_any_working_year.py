"""Random clinics with closing days, leave, illness, rosters and visits that vary: they keep their books as well."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sim.capacity.history import CANCELLED, GAVE_UP, KEPT, LATE_CANCELLED, MOVED, NO_SHOW
from sim.capacity.measures import measure
from sim.capacity.shares import OF_MONTH, OF_PRACTITIONER
from sim.capacity.simulate import Replication
from sim.errors import ScenarioError
from tests.property.test_any_clinic import check, clinics, model_of

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat")


@st.composite
def days_off(draw):
    """Draw days of the year on which nobody works."""
    week, day = draw(st.integers(1, 14)), draw(st.integers(1, 90))
    kinds = (f"week {week}", f"day {day} to {day + draw(st.integers(0, 12))}", f"0{draw(st.integers(1, 3))}-15")
    return draw(st.lists(st.sampled_from(kinds), max_size=2, unique=True))


@st.composite
def rosters(draw):
    weeks = {}
    for name in ("A", "B", "C")[: draw(st.integers(1, 3))]:
        days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5, unique=True))
        start = draw(st.integers(7, 10))
        hours = (
            f"[{start:02}:00-{start + 4:02}:30]"
            if draw(st.booleans())
            else f"[{start:02}:00-{start + 3:02}:00, 14:00-18:00]"
        )
        weeks[name] = "{" + ", ".join(f"{day}: {hours}" for day in days) + "}"
    return "{" + ", ".join(f"{name}: {week}" for name, week in weeks.items()) + "}"


@st.composite
def working_years(draw):
    """Draw the changes that give a random clinic a working year of its own."""
    changes = draw(clinics())
    walk_in = any("walk_in" in one for one in changes)
    changes.append(f"clinic.closed=[{', '.join(draw(days_off()))}]")
    if not walk_in:
        changes.append(f"clinic.visit_spread={draw(st.sampled_from([0, 0.2, 0.8]))}")
    for name in ("physiotherapist", "acupuncturist"):
        at = f"clinic.practitioners.{name}"
        changes.append(f"{at}.leave=[{', '.join(draw(days_off()))}]")
        if draw(st.booleans()):
            spells, days = draw(st.sampled_from([1, 6, 30])), draw(st.integers(1, 20))
            changes.append(f"{at}.illness={{spells_per_year: {spells}, days: {days}}}")
        if draw(st.booleans()):
            changes.append(f"{at}.roster={draw(rosters())}")
    return changes


def check_year(model, history):
    check(model, history)
    ill = {(one.worker, one.day) for one in history.absences}
    happened = [one for one in history.appointments if one.became in (KEPT, NO_SHOW, LATE_CANCELLED)]
    if model.clinic.booking.form == "appointments":
        for one in history.appointments:
            if one.start >= history.minutes:
                continue  # nobody knows of illness after the end
            if one.became not in (MOVED, CANCELLED):
                assert (one.worker, int(one.start // 1440)) not in ill
            if one.became == MOVED:
                assert (one.worker, int(one.start // 1440)) in ill
    for one in happened:
        assert one.delay >= 0
        assert one.took > 0 or math.isnan(one.took)
    found = measure(model, history, 1)
    counted = model.clinic.weeks - 1
    of = {name: found.team[:, at] for at, name in enumerate(OF_PRACTITIONER)}
    if model.clinic.booking.form == "appointments":
        assert (of["booked"] <= of["on_duty"] + 1e-6).all()
        assert (of["with_patients"] <= of["on_duty"] + 1e-6).all()
        for name in ("utilisation", "treating", "room_use"):
            assert math.isnan(found.values[name]) or 0 <= found.values[name] <= 1 + 1e-9
        assert (found.busy <= found.duty + 1e-6).all()
    assert (of["on_duty"] + of["absent"]).sum() == pytest.approx(
        sum(
            sum(end - start for start, end in one.spans[day % len(one.spans)])
            for one in model.team for day in range(7, model.clinic.weeks * 7)
        ) / counted
    )  # fmt: skip
    assert found.duty.sum() == pytest.approx(of["on_duty"].sum())
    assert of["visits"].sum() == pytest.approx(found.values["visits_per_week"])
    _months_add_up(model, history)


def _months_add_up(model, history):
    """The months together are the whole run: people, visits and money."""
    found = measure(model, history, 0)
    total = dict(zip(OF_MONTH, found.months.sum(axis=0), strict=True))
    weeks, values = model.clinic.weeks, found.values
    assert total["asked"] == pytest.approx(values["requests_per_week"] * weeks)
    assert total["visits"] == pytest.approx(values["visits_per_week"] * weeks)
    assert total["gave_up"] == sum(one.stands == GAVE_UP for one in history.courses)
    assert total["revenue"] == pytest.approx(values["revenue_per_week"] * weeks)
    spent = total["wages"] + total["rooms_and_other"] + total["supplies"] + total["reminders"]
    assert spent == pytest.approx(values["cost_per_week"] * weeks)
    if total["asked"]:
        assert total["wait_days"] / total["asked"] == pytest.approx(values["wait_mean_days"])


@given(working_years())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_random_working_years_keep_their_books(changes):
    try:
        model = model_of(*changes)
    except ScenarioError:
        assume(False)
    check_year(model, Replication(model, 0).run())


@pytest.mark.long
@given(working_years())
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_many_random_working_years_keep_their_books(changes):
    try:
        model = model_of(*changes)
    except ScenarioError:
        assume(False)
    check_year(model, Replication(model, 0).run())


def test_much_illness_and_long_visits_are_met():
    """What the random clinics are drawn for does happen: appointments moved, overtime, late begins."""
    model = model_of(
        "clinic.visit_spread=0.5", "clinic.weeks=20", "clinic.warm_up=1",
        "clinic.practitioners.acupuncturist.illness={spells_per_year: 12, days: 6}",
    )  # fmt: skip
    history = Replication(model, 0).run()
    check_year(model, history)
    values = measure(model, history, 1).values
    assert values["moved_per_week"] > 1
    assert values["overtime_hours_per_week"] > 0.5
    assert values["delay_mean_minutes"] > 1
    assert values["absent_hours_per_week"] > 3
    assert np.isfinite(values["wait_mean_days"])
