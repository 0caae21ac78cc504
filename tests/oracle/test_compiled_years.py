"""Years by compiled functions are those by SimPy, to the bit; a fault in either is seen."""

from __future__ import annotations

import numpy as np
import pytest

from sim.capacity.model import build_model
from sim.capacity.replicate import Runner
from sim.capacity.simulate import Replication
from sim.capacity.year import run
from sim.capacity.year.events import no_events
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from tests.known import known
from tests.same_years import differences

KNOWN = {}
WEEKS = ("clinic.weeks=20", "clinic.warm_up=2")


def model_of(*changes):
    scenario = load_scenario("clinic.yaml", [*WEEKS, *changes], outcomes=OUTCOME_NAMES).scenario
    if "calibration" not in KNOWN:
        KNOWN["calibration"] = known(scenario)
    return build_model(scenario, KNOWN["calibration"])


CLINICS = {
    "as shipped": (),
    "rooms are short": ("clinic.rooms=2", "clinic.booking.slot_minutes=10", "clinic.patience=null"),
    "one room for all": ("clinic.rooms=1", "clinic.booking.ahead=6"),
    "missed visits are made again": ("clinic.missed={then: rebooked, discharge_after: 2}", "attendance.no_show=0.4"),
    "made again for ever": ("clinic.missed={then: rebooked, discharge_after: 0}", "clinic.booking.ahead=4"),
    "slots are held": ("clinic.booking.held={share: 0.3, release_days: 2}", "clinic.arrivals.per_week=35"),
    "held for some": (
        "clinic.booking.held={share: 0.3, release_days: 1, kept_for: priority}",
        "clinic.booking.priority=[acute_strain]",
    ),
    "cancelled in time": ("clinic.cancellation={share: 0.2, notice_days: 2}", "clinic.booking.ahead=2"),
    "visits vary in length": ("clinic.visit_spread=0.4", "clinic.rooms=2"),
    "some miss more than others": (
        "clinic.no_shows={same_day: 0.2, from_15_days: 1.4, correlation: 0.17}",
        "clinic.reminders={no_show_ratio: 0.66, days_before: 1}",
    ),
    "closed for the rest of the year": ("clinic.closed=[week 3 to 52]", "clinic.patience=null"),
    "closed for weeks": ("clinic.closed=[week 8 to 10]", "clinic.practitioners.physiotherapist.leave=[week 2]"),
    "everybody comes back at once": ("clinic.returns={share: 1, delay: 0}", "clinic.weeks=60"),
    "booked far beyond the end": ("clinic.arrivals.per_week=90", "clinic.patience=null"),
    "treated by shares": ("clinic.treatment={combined: 0.5, stepped_care: 0.5}",),
    "a blind rule": ("clinic.treatment=stop_on_relief",),
}


@pytest.mark.parametrize("changes", CLINICS.values(), ids=CLINICS)
def test_years_by_compiled_functions_are_those_by_simpy(changes):
    model = model_of(*changes)
    assert run.is_compiled(model)
    for number in (0, 5):
        assert not differences(model, number)


@pytest.mark.parametrize(
    "change",
    [
        "clinic.booking={form: walk_in}",
        "clinic.booking.calls={most: 3}",
        "clinic.booking.overbooked=0.2",
        "clinic.practitioners.physiotherapist.illness={spells_per_year: 3, days: 4}",
    ],
)
def test_what_is_not_compiled_is_run_by_simpy(change):
    model = model_of(change)
    assert not run.is_compiled(model)
    (history,) = Runner(None).histories(model, [1])
    expected = Replication(model, 1).run()
    assert len(history.columns("courses")["asked"]) == len(expected.courses) > 100
    assert np.array_equal(history.columns("courses")["asked"], expected.columns("courses")["asked"])


def test_nobody_asks_and_nothing_happens():
    model = model_of("clinic.arrivals.per_week=0")
    assert not differences(model, 0)


def test_the_book_the_log_and_the_people_grow_when_they_are_full(monkeypatch):
    monkeypatch.setattr(run, "VISITS_A_COURSE", 1)
    monkeypatch.setattr(run, "days_at_first", lambda model: 2)
    monkeypatch.setattr(run, "no_events", lambda room: no_events(8))
    model = model_of("clinic.patience=null", "clinic.arrivals.per_week=40", "clinic.returns={share: 1, delay: 0}")
    assert not differences(model, 0)


def test_a_fault_in_the_compiled_year_would_be_seen(monkeypatch):
    model = model_of()
    whole = run.terms_of
    monkeypatch.setattr(run, "terms_of", lambda one: whole(one)._replace(patience=whole(one).patience * 0.9))
    assert differences(model, 0)
