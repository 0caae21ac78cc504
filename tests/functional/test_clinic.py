"""`simulate clinic`: what a planner types, sees and finds afterwards."""

from __future__ import annotations

import csv
import json

import pytest

from sim.capacity.catalogue import MEASURES
from sim.cli.main import main

FAST = ("--replications", "3", "--workers", "1", "--set", "clinic.weeks=16", "--set", "clinic.warm_up=5")
FILES = (
    "calendar.csv", "figures", "groups.csv", "manifest.json", "months.csv", "neighbours.csv", "practitioners.csv",
    "replications.csv", "report.html", "summary.csv", "summary.json", "waits.csv", "weekly.csv",
)  # fmt: skip


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def simulate(*arguments):
    with pytest.raises(SystemExit) as caught:
        main(["clinic", *arguments])
    return caught.value.code


def test_a_clinic_leaves_the_promised_files_and_says_what_it_found(workplace, capsys):
    assert simulate("clinic.yaml", *FAST) == 0
    said = " ".join(capsys.readouterr().out.split())
    out = workplace / "outputs" / "clinic"
    assert tuple(sorted(one.name for one in out.iterdir())) == FILES
    for words in (
        "25 new patients a week, 3 practitioners and 3 rooms", "hours of treatment a week, and the clinic can give 120",
        "One practitioner more would", "in relief on day 42 after asking", "for whom it lasts until day 133",
        "report: outputs/clinic/report.html",
    ):  # fmt: skip
        assert words in said
    found = json.loads((out / "summary.json").read_text())
    assert found["is_stable"] is True
    assert found["warm_up_weeks"] == 5
    figures = sorted(one.name for one in (out / "figures").glob("*.svg"))
    assert figures == [
        "calendar.svg",
        "frontier.svg",
        "load.svg",
        "staffing.svg",
        "waiting.svg",
        "waits.svg",
        "week.svg",
    ]
    report = (out / "report.html").read_text()
    for heading in ("How long people wait", "How full the clinic is", "More or fewer practitioners", "Limits"):
        assert heading in report
    rows = list(csv.DictReader((out / "summary.csv").read_text().splitlines()))
    assert {row["measure"] for row in rows} == {one.name for one in MEASURES}
    assert sorted({row["practitioners"] for row in rows}) == ["2", "3", "4"]
    assert json.loads((out / "manifest.json").read_text())["versions"]["simpy"]


def test_staffing_finds_the_smallest_that_meets_the_target(workplace, capsys):
    staff = ("--staff", "1:4", "--target", "wait_p90_days<=10")
    assert simulate("clinic.yaml", *FAST, *staff, "--set", "clinic.patience=null", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    verdicts = found["target"]["verdicts"]
    assert set(verdicts) == {"1", "2", "3", "4"}
    assert verdicts["1"] == "missed"
    assert verdicts["4"] == "met"
    smallest = next(int(n) for n, verdict in verdicts.items() if verdict == "met")
    assert found["target"]["smallest"] == smallest
    assert any(f"{smallest} practitioners are the smallest staffing" in one for one in found["sentences"])
    of = {int(row["practitioners"]): row["estimate"] for row in found["measures"] if row["measure"] == "wait_mean_days"}
    assert of[1] > of[2] > of[4]


def test_treatments_are_compared_on_the_same_patients(workplace, capsys):
    arms = "dry_needling,acupuncture,combined,guided_choice"
    assert simulate("clinic.yaml", *FAST, "--compare", arms) == 0
    out = workplace / "outputs" / "clinic"
    rows = list(csv.DictReader((out / "differences.csv").read_text().splitlines()))
    assert {row["treatment"] for row in rows} == {"acupuncture", "combined", "guided_choice"}
    assert {row["minus"] for row in rows} == {"dry_needling"}
    asked = [row for row in rows if row["measure"] == "hours_per_week"]
    assert all(float(row["estimate"]) == float(row["mc_error"]) == 0 for row in asked)
    said = " ".join(capsys.readouterr().out.split())
    assert "Acupuncture instead of Dry needling:" in said
    assert (out / "figures" / "treatments.svg").exists()


def test_an_overloaded_clinic_is_reported_as_such(workplace, capsys):
    overloaded = ("--set", "clinic.arrivals.per_week=80", "--set", "clinic.patience=null")
    assert simulate("clinic.yaml", *FAST, *overloaded) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Not stable: demand exceeds capacity by" in said
    assert "The wait grows from week to week" in said
    found = json.loads((workplace / "outputs" / "clinic" / "summary.json").read_text())
    assert found["is_stable"] is False
    assert found["excess_hours_per_week"] > 50


def test_too_few_rooms_are_named(workplace, capsys):
    assert simulate("clinic.yaml", *FAST, "--set", "clinic.rooms=1") == 0
    assert "hours a week (rooms)" in " ".join(capsys.readouterr().out.split())


def test_the_same_command_gives_the_same_numbers_whatever_the_workers(workplace, capsys):
    for workers in ("1", "2"):
        assert simulate("clinic.yaml", *FAST[:2], *FAST[4:], "--workers", workers, "--out", f"out{workers}") == 0
    for name in ("summary.csv", "weekly.csv", "replications.csv"):
        assert (workplace / "out1" / name).read_bytes() == (workplace / "out2" / name).read_bytes()


def test_a_walk_in_clinic_and_an_empty_one_have_reports_too(workplace, capsys):
    walk_in = ("--set", "clinic.booking={form: walk_in}", "--set", "clinic.patience=null")
    assert simulate("clinic.yaml", *FAST, *walk_in) == 0
    assert "minutes on average" in " ".join(capsys.readouterr().out.split())
    assert simulate("clinic.yaml", *FAST, "--set", "clinic.arrivals.per_week=0") == 0
    assert "nobody asked for a first visit" in capsys.readouterr().out


def test_precision_adds_replications(workplace, capsys):
    assert simulate("clinic.yaml", *FAST, "--precision", "utilisation=0.02", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    one = next(row for row in found["measures"] if row["measure"] == "utilisation")
    assert one["upper"] - one["lower"] <= 0.04
    assert found["replications"] > 3


BAD = [
    (("--set", "clinic.arrivals.per_week=-1"), "clinic.arrivals.per_week: must be at least 0"),
    (("--set", "clinic.practitioners.acupuncturist.hours=08:00-25:00"), "hours must lie within a day"),
    (("--set", "clinic.practitioners.acupuncturist.hours=17:00-08:00"), "hours must end after they begin"),
    (("--set", "clinic.practitioners.acupuncturist.hours=[08:00-12:00, 11:00-13:00]"), "must not overlap"),
    (("--set", "clinic.practitioners.acupuncturist.hours=all day"), "hours are written as 08:00-16:30"),
    (("--set", "clinic.practitioners.acupuncturist.days=[mon, moon]"), "clinic.practitioners.acupuncturist.days"),
    (("--set", "clinic.practitioners.acupuncturist.skills=[dry_needling]"), "nobody has the skill that Guided choice"),
    (("--set", "clinic.practitioners.acupuncturist.skills=[acupunctur]"), "unknown modality"),
    (("--set", "clinic.treatment=guided"), "unknown arm"),
    (("--set", "clinic.treatment={combined: 0.7, acupuncture: 0.1}"), "must sum to 1"),
    (("--set", "clinic.warm_up=16"), "`weeks` (16) must be more than `warm_up` (16)"),
    (("--set", "modalities.acupuncture.minutes=null"), "modalities.acupuncture.minutes"),
    (
        ("--set", "modalities.acupuncture.minutes=0", "--set", "costs.visit_minutes=0"),
        "modalities.acupuncture.minutes: a visit must take time",
    ),
    (("--set", "clinic.first_visit_extra_minutes=600"), "works longer than 240 without a break"),
    (("--set", "clinic.late_cancellation=0.9"), "nobody would ever come"),
    (("--set", "clinic.rooms=0"), "clinic.rooms"),
    (("--set", "clinic.booking={visit_length: exponential}"), "clinic.booking"),
    (("--set", "clinic.closed=[12-25, 02-30]"), "clinic.closed.1: outside the year: month 2 has 28 days"),
    (("--set", "clinic.closed=[day 400]"), "clinic.closed.0: outside the year: days of the year go from 1 to 365"),
    (("--set", "clinic.closed=[Easter]"), "days of the year are written as 12-25"),
    (("--set", "clinic.closed=[12-24 to 01-02]"), "it ends before it begins"),
    (("--set", "clinic.closed=[day 1 to 365]"), "nobody who can give Guided choice works on any day of the 16 weeks"),
    (("--set", "clinic.practitioners.acupuncturist.leave=[week 60]"), "weeks of the year go from 1 to 52"),
    (("--set", "clinic.practitioners.acupuncturist.illness={days: 5}"), "illness.spells_per_year"),
    (("--set", "clinic.practitioners.acupuncturist.illness={spells_per_year: 3, days: 0.5}"), "must be at least 1"),
    (
        ("--set", "clinic.practitioners.physiotherapist.roster={A: {mon: 08:00-12:00}, B: {}}"),
        "clinic.practitioners.physiotherapist.roster.B: a week of a roster needs hours on some day",
    ),
    (
        (
            "--set",
            "clinic.practitioners.physiotherapist.roster={A: {mon: 08:00-12:00}}",
            "--set",
            "clinic.practitioners.physiotherapist.pattern=[A, C]",
        ),
        "names the week 'C', which `roster` does not have",
    ),
    (
        ("--set", "clinic.practitioners.physiotherapist.roster={A: {mon: [08:00-12:00, 11:00-13:00]}}"),
        "must not overlap",
    ),
    (("--set", "clinic.practitioners.physiotherapist.hours=null"), "give `hours` (with `days`), or `roster`"),
    (("--set", "clinic.visit_spread=-1"), "clinic.visit_spread"),
    (
        (
            "--set",
            "clinic.visit_spread=0.2",
            "--set",
            "clinic.booking={form: walk_in}",
            "--set",
            "clinic.patience=null",
        ),
        "`visit_spread` is for appointments",
    ),
    (
        ("--set", "clinic.practitioners.acupuncturist=null", "--set", "clinic.practitioners.physiotherapist=null"),
        "clinic.practitioners: all practitioners are left out",
    ),
    (
        ("--set", "clinic.practitioners.physiotherapis=null"),
        "there is no inherited practitioner of this name to leave out; given nothing. Did you mean 'physiotherapist'?",
    ),
    (("--target", "waiting_time<=7"), "unknown measure 'waiting_time'"),
    (("--target", "wait_p90_days=7"), "write a measure, <= or >="),
    (("--target", "wait_p90_days<=x"), "write a measure, <= or >="),
    (("--staff", "6:1"), "--staff 6:1"),
    (("--staff", "0:3"), "--staff 0:3"),
    (("--staff", "many"), "--staff many"),
    (("--compare", "dry_needling"), "at least two arms"),
    (("--compare", "dry_needling,dry_needlin"), "Did you mean 'dry_needling'?"),
    (("--precision", "utilisation"), "half-width above 0"),
    (("--precision", "utilisation=-1"), "half-width above 0"),
    (("--precision", "wait=1"), "unknown measure 'wait'"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=lambda one: " ".join(one) if isinstance(one, tuple) else "")
def test_what_cannot_be_is_named_with_its_place(workplace, capsys, arguments, words):
    assert simulate("clinic.yaml", *FAST, *arguments) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert not (workplace / "outputs").exists()


def test_a_scenario_without_a_clinic_is_told_so(workplace, capsys):
    assert simulate("acute.yaml") == 2
    assert "clinic: this scenario has no clinic" in capsys.readouterr().err


def test_a_team_that_lacks_a_skill_is_left_out_and_named(workplace, capsys):
    turned = (
        "--set", "clinic.practitioners.acupuncturist.skills=[dry_needling]",
        "--set", "clinic.practitioners.physiotherapist.skills=[dry_needling, acupuncture]",
        "--staff", "2:4",
    )  # fmt: skip
    assert simulate("clinic.yaml", *FAST, *turned) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "2 practitioners cannot run this clinic: nobody has the skill that Guided choice needs" in said
    assert simulate("clinic.yaml", *FAST, *turned[:4], "--staff", "1:2") == 2
    assert "--staff 1: nobody has the skill" in capsys.readouterr().err
