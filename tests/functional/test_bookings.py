"""What a planner types about how people book and come, what is refused, and what the report says."""

from __future__ import annotations

import csv
import json

import pytest

from sim.cli.main import main

FAST = ("--replications", "2", "--workers", "1", "--set", "clinic.weeks=12", "--set", "clinic.warm_up=4")
WALK_IN = "clinic.booking={form: walk_in}"

BAD = [
    (("clinic.reminders={no_show_ratio: 1.2}",),
     "clinic.reminders.no_show_ratio: must be at most 1: a reminder does not make people miss more visits; given 1.2"),
    (("clinic.reminders={}",), "clinic.reminders.no_show_ratio: missing"),
    (("clinic.no_shows={from_15_days: 20}",),
     "clinic.no_shows.from_15_days: 20 times `attendance.no_show` (0.104) is 2.08, more than all visits"),
    (("clinic.no_shows={correlation: 1.2}",), "clinic.no_shows.correlation: must be at least 0 and at most 0.95"),
    (("clinic.no_shows={same_week: 1.2}",), "clinic.no_shows.same_week: unknown key"),
    (("clinic.booking.held={share: 0.95}",), "clinic.booking.held.share: 0.95 leaves no"),
    (("clinic.booking.held={share: 1}",), "clinic.booking.held.share: must be at least 0 and below 1"),
    (("clinic.booking.held={share: 0.1, kept_for: priority}",),
     "clinic.booking: `held.kept_for: priority` needs the profiles, in `priority`"),
    (("clinic.booking.priority=[chronic]",), "clinic.booking.priority: says for whom slots are held"),
    (("clinic.booking.priority=[cronic]", "clinic.booking.calls={most: 1}"), "Did you mean 'chronic'?"),
    (("clinic.cancellation={share: 1}",), "clinic.cancellation.share: must be at least 0 and below 1"),
    ((WALK_IN, "clinic.cancellation={share: 0.1}"), "clinic.cancellation: is for appointments"),
    (("clinic.booking.overbooked=1.5",), "clinic.booking.overbooked: must be at least 0 and at most 1"),
    (("clinic.booking.calls={reached: 2}",), "clinic.booking.calls.reached: must be at least 0 and at most 1"),
    (("clinic.booking.calls={most: -2}",), "clinic.booking.calls.most: must be at least 0"),
    (("clinic.overtime={wage_factor: -1}",), "clinic.overtime.wage_factor: must be at least 0"),
    (("clinic.booking={form: walk_in, calls: {most: 2}}",), "clinic.booking.calls: is for appointments"),
    ((WALK_IN, "clinic.no_shows={}"), "clinic.no_shows: is for appointments; a walk-in clinic books none"),
    ((WALK_IN, "clinic.reminders={no_show_ratio: 0.5}"), "clinic.reminders: is for appointments"),
    ((WALK_IN, "clinic.first_visit_extra_minutes=400"), "`clinic.overtime.most_minutes` allows 0 more"),
]  # fmt: skip


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def simulate(name, *changes, options=()):
    given = [word for change in changes for word in ("--set", change)]
    with pytest.raises(SystemExit) as caught:
        main(["clinic", name, *FAST, *given, *options])
    return caught.value.code


@pytest.mark.parametrize(("changes", "words"), BAD, ids=lambda one: " ".join(one) if isinstance(one, tuple) else "")
def test_what_cannot_be_is_named_with_its_place(workplace, capsys, changes, words):
    assert simulate("clinic.yaml", *changes) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert not (workplace / "outputs").exists()


def test_the_shipped_clinic_as_people_book_and_come_says_so(workplace, capsys):
    overbooked = ("clinic.booking.overbooked=0.1", "clinic.overtime={wage_factor: 1.5}", "clinic.arrivals.per_week=34",
                  "clinic.booking.priority=acute_strain")  # fmt: skip
    assert simulate("bookings.yaml", *overbooked) == 0
    said = " ".join(capsys.readouterr().out.split())
    for words in (
        "of visits are missed without notice:", "of those booked for the same day,", "reminders are sent a week, for $",
        "visits a week are in slots that are booked twice;", "beyond the appointed time on average",
        "appointments a week are cancelled in time and booked again",
        "are moved up by a call into a freed slot", "Mean waits for the first visit: acute strain",
        " of overtime a week, which costs $",
    ):  # fmt: skip
        assert words in said
    out = workplace / "outputs" / "clinic-bookings"
    rows = list(csv.DictReader((out / "groups.csv").read_text().splitlines()))
    assert {row["kind"] for row in rows} == {"treatment", "profile", "booked"}
    profiles = list(dict.fromkeys(row["group"] for row in rows if row["kind"] == "profile"))
    assert profiles == ["acute_strain", "chronic", "stress_linked"]
    measures = {row["measure"] for row in csv.DictReader((out / "summary.csv").read_text().splitlines())}
    assert {"no_show_share", "reminders_per_week", "delay_mean_minutes", "overtime_cost_per_week"} <= measures
    report = (out / "report.html").read_text()
    for words in ("Waits for the first visit, by treatment and by kind of patient.", "By kind of patient",
                  "15 days or more",
                  "Missed visits, by the days from booking to visit.", "Booking and coming"):  # fmt: skip
        assert words in report


def test_without_any_of_it_files_hold_the_measures_of_before(workplace, capsys):
    assert simulate("clinic.yaml") == 0
    said = " ".join(capsys.readouterr().out.split())
    for words in ("missed without notice", "overtime", "booked twice", "by a call", "reminders are sent"):
        assert words not in said
    measures = {row["measure"] for row in csv.DictReader(
        (workplace / "outputs" / "clinic" / "summary.csv").read_text().splitlines())}  # fmt: skip
    assert "overtime_hours_per_week" not in measures
    assert "Booking and coming" not in (workplace / "outputs" / "clinic" / "report.html").read_text()


def test_a_target_may_be_about_missed_visits_and_calls(workplace, capsys):
    assert simulate("bookings.yaml", options=("--target", "no_show_share<=0.5", "--staff", "3", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["target"]["smallest"] == 3


def test_people_who_walk_in_and_do_not_fit_wait_for_another_day(workplace, capsys):
    assert simulate("clinic.yaml", WALK_IN, "clinic.arrivals.per_week=45", "clinic.treatment=acupuncture") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "wait for another day, as they no longer fit before the doors close" in said
