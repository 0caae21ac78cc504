"""`simulate clinic` with closing days, people who are away, and visits that vary: what a planner finds."""

from __future__ import annotations

import csv
import json
import re

import pytest

from sim.cli.main import main

FAST = ("--replications", "3", "--workers", "1", "--set", "clinic.warm_up=5")
YEAR = """\
extends: clinic.yaml
title: A year
clinic:
  weeks: 20
  closed: [01-01, week 15]
  visit_spread: 0.4
  practitioners:
    acupuncturist: {illness: {spells_per_year: 8, days: 6}, leave: [week 12]}
    physiotherapist:
      roster:
        A: {mon: 08:00-12:00, tue: [08:00-12:00, 13:00-17:00], thu: 08:00-18:00}
        B: {wed: 08:00-17:00, fri: 08:00-14:00}
      pattern: [A, A, B]
"""


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "year.yaml").write_text(YEAR, encoding="utf-8")
    return tmp_path


def simulate(*arguments):
    with pytest.raises(SystemExit) as caught:
        main(["clinic", *arguments])
    return caught.value.code


def rows(out, name):
    return list(csv.DictReader((out / f"{name}.csv").read_text().splitlines()))


def test_a_year_as_it_is_has_its_tables_and_says_who_does_what(workplace, capsys):
    assert simulate("year.yaml", *FAST, "--format", "html,pdf,docx,xlsx") == 0
    out = workplace / "outputs" / "clinic-year"
    people = rows(out, "practitioners")
    assert {row["practitioner"] for row in people} == {"Acupuncturist 1", "Acupuncturist 2", "Physiotherapist"}
    of = {(row["practitioner"], row["measure"]): float(row["estimate"]) for row in people}
    for name in ("Acupuncturist 1", "Acupuncturist 2", "Physiotherapist"):
        assert of[name, "hours_booked"] + of[name, "hours_idle"] == pytest.approx(of[name, "hours_on_duty"])
        assert of[name, "hours_with_patients"] <= of[name, "hours_on_duty"]
    assert of["Acupuncturist 1", "hours_on_duty"] + of["Acupuncturist 1", "hours_absent"] == pytest.approx(40)
    assert of["Physiotherapist", "moved"] == 0
    measures = {row["measure"] for row in rows(out, "summary")}
    assert {"absent_hours_per_week", "moved_per_week", "overtime_hours_per_week", "delay_mean_minutes"} <= measures
    months = rows(out, "months")
    assert [row["month_name"] for row in months if row["measure"] == "margin"] == [
        "January", "February", "March", "April", "May",
    ]  # fmt: skip
    report = (out / "report.html").read_text()
    for words in (
        "What each practitioner does in a mean week", "Month by month", "Week 3: Wed 08:00 to 17:00",
        "A week as it went", "On leave: week 12", "Closed: 01-01, week 15", "Ill: 8 times a year for 6 days on average",
        "The fullest and the emptiest hours", ">Absence<", "Booking and coming", "one room fewer",
    ):  # fmt: skip
        assert words in report
    assert report.count("<script>") == 1
    assert re.search(r"script-src 'sha256-[\w+/]+=*';", report)
    assert {one.name for one in out.glob("report.*")} >= {"report.html", "report.pdf", "report.docx", "report.xlsx"}


def test_an_inherited_practitioner_is_left_out_by_null(workplace, capsys):
    (workplace / "small.yaml").write_text(
        "extends: clinic.yaml\ntitle: Small\nclinic: {weeks: 12, practitioners: {physiotherapist: null}}\n"
    )
    assert simulate("small.yaml", *FAST) == 0
    assert "2 practitioners and 3 rooms" in " ".join(capsys.readouterr().out.split())
    people = rows(workplace / "outputs" / "clinic-small", "practitioners")
    assert {row["group"] for row in people} == {"acupuncturist"}


def test_a_season_is_warned_of_with_its_month_and_its_wait(workplace, capsys):
    december = "clinic.arrivals.by_month=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]"
    assert simulate("clinic.yaml", *FAST, "--set", "clinic.weeks=52", "--set", december, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    said = next(one for one in found["sentences"] if one.startswith("Who asks in December"))
    assert "days on average for the first visit" in said
    assert "as 300 new patients a week ask then (25 over the year)" in said
    assert "more than the clinic can give" in said
    report = (workplace / "outputs" / "clinic" / "report.html").read_text()
    assert "A time of long waits." in report


def test_one_practitioner_more_never_lengthens_the_wait_without_the_reason(workplace, capsys):
    assert simulate("clinic.yaml", "--replications", "10", "--workers", "1", "--json") == 0
    said = json.loads(capsys.readouterr().out)["sentences"]
    more = next(one for one in said if one.startswith("One practitioner more would"))
    assert "rooms bind" in more
    assert any("earns" in one or "best margin" in one for one in said)


def test_rooms_and_practitioners_one_more_and_fewer_stand_in_a_table(workplace, capsys):
    assert simulate("clinic.yaml", *FAST, "--set", "clinic.weeks=16") == 0
    near = rows(workplace / "outputs" / "clinic", "neighbours")
    assert {row["change"] for row in near} == {
        "none", "practitioner fewer", "practitioner more", "room fewer", "room more",
    }  # fmt: skip
    of = {(row["change"], row["measure"]): float(row["estimate"]) for row in near}
    assert of["none", "margin_per_week"] - of["room more", "margin_per_week"] == pytest.approx(250)
    assert of["room fewer", "wait_p90_days"] > of["none", "wait_p90_days"]
