"""What a clinic's report and terminal say of a practice as its planner would read it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sim.cli.main import main
from sim.units import SHARE

SHORT = ("--replications", "4", "--workers", "1", "--set", "clinic.weeks=12", "--set", "clinic.warm_up=2")
NEW = (
    "--yes", "--currency", "EUR", "--visit-price", "45", "--patients-are", "acute=100%", "--no-shows", "12%",
    "--clinic", "--practitioners", "2", "--new-patients", "12", "--hours", "9-13, 14-18",
)  # fmt: skip


def simulate(*words: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*words])
    assert caught.value.code == 0


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Plan a new practice; return what the terminal says on one line, the report, and the JSON of its numbers."""
    monkeypatch.chdir(tmp_path)

    def plan(*words: str, new: tuple[str, ...] = ()) -> tuple[str, str, dict[str, Any]]:
        (tmp_path / "mine.yaml").unlink(missing_ok=True)
        simulate("new", "mine", *NEW, *new)
        capsys.readouterr()
        simulate("clinic", "mine.yaml", *SHORT, *words, "--out", "out")
        said = " ".join(capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ").split())
        report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
        return said, report, json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))

    return plan


def test_without_a_cost_no_margin_is_told(planned: Callable[..., Any]) -> None:
    said, report, found = planned()
    wage = "clinic.practitioners.practitioner.wage_per_hour"
    assert f"What it costs is not told, as the scenario does not state the wage (`{wage}`)" in said
    first_screen = report.rpartition("</style>")[2].partition("How long people wait")[0]
    for text in (said, first_screen):
        for words in ("margin", "per lastingly relieved patient", "Cost per lasting relief", "€0.00"):
            assert words not in text
    assert "best margin" not in report
    money = {one["measure"]: one["estimate"] for one in found["measures"] if one["practitioners"] == 2}
    assert money["revenue_per_week"] > 0
    for name in ("cost_per_week", "margin_per_week", "cost_per_lasting", "margin_per_lasting"):
        assert money[name] is None


def test_with_a_wage_the_margin_is_told(planned: Callable[..., Any]) -> None:
    said, _, found = planned(new=("--wage", "40"))
    assert "a margin of" in said
    assert "per lastingly relieved patient" in said
    money = {one["measure"]: one["estimate"] for one in found["measures"] if one["practitioners"] == 2}
    assert money["cost_per_week"] == pytest.approx(2 * 40 * 40)


def test_the_curve_of_waits_agrees_with_the_sentence(planned: Callable[..., Any], tmp_path: Path) -> None:
    _, report, found = planned()
    with (tmp_path / "out" / "waits.csv").open(encoding="utf-8") as file:
        share = {round(24 * float(row["days"]), 6): float(row["share"]) for row in csv.DictReader(file)}
    of = {one["measure"]: one["estimate"] for one in found["measures"] if one["practitioners"] == 2}
    assert of["wait_p90_days"] < 0.5  # nine in ten wait some hours
    within = next(hours for hours in sorted(share) if share[hours] >= 0.9)
    assert within - 2 <= 24 * of["wait_p90_days"] <= within + 1
    assert share[12] > 0.9
    assert all(share[a] <= share[b] for a, b in pairwise(sorted(share)))
    assert f"; 1 day {SHARE.number(share[24], 0.005)};" in report
    assert f" 1 hour {SHARE.number(share[1], 0.005)};" in report


def test_rooms_are_no_reason_where_nobody_waits(planned: Callable[..., Any]) -> None:
    said, report, _ = planned(new=("--wage", "40"))
    assert "rooms are in use for 30 %" in said or "rooms are in use for 2" in said
    assert "rooms bind" not in said
    assert "rooms bind" not in report
    more = said.partition("One practitioner more would ")[2].partition(".")[0]
    assert "as there is hardly a wait to shorten" in more or more.startswith("leave the wait")


def test_rooms_are_a_reason_where_they_are_used_up(planned: Callable[..., Any]) -> None:
    busy = ("--set", "clinic.arrivals.per_week=55", "--set", "clinic.rooms=2", "--set", "clinic.patience=21")
    said, report, _ = planned(*busy, new=("--wage", "40"))
    assert "rooms bind" in said
    assert "rooms bind" in report


def test_of_nobody_no_wait_and_no_cost_per_patient_is_told(planned: Callable[..., Any]) -> None:
    said, report, _ = planned("--set", "clinic.arrivals.per_week=0", new=("--wage", "40"))
    assert "nobody asked for a first visit" in said
    for text in (said, report):
        for words in ("rooms bind", "per lastingly relieved patient", "is it sure that nine in ten"):
            assert words not in text
    assert "One practitioner more would bring the margin to" in said


def test_of_the_numbers_tried_the_best_is_named_on_the_first_screen(planned: Callable[..., Any]) -> None:
    words = ("--set", "clinic.arrivals.per_week=32", "--staff", "1:3")
    said, report, found = planned(*words, new=("--wage", "40"))
    best = next(one for one in found["sentences"] if "the best margin of those" in one)
    assert best.startswith("Of 1 to 3 practitioners, 2, as now, have the best margin of those with which nine in ten")
    missed = next(one for one in found["sentences"] if "the goal is missed" in one)
    assert missed.startswith("With 1 practitioner the goal is missed: nine in ten wait")
    first_screen = report.rpartition("</style>")[2].partition("How long people wait")[0]
    for one in ("2, as now, have the best margin", "the goal is missed"):
        assert one in said
        assert one in first_screen.partition('id="more"')[0]


def test_a_better_number_than_now_is_held_against_it(planned: Callable[..., Any]) -> None:
    said, _, found = planned("--staff", "1:3", new=("--wage", "40"))
    of = {one["practitioners"]: one["estimate"] for one in found["measures"] if one["measure"] == "margin_per_week"}
    assert of[1] - of[2] == pytest.approx(1600)
    assert "Of 1 to 3 practitioners, 1 has the best margin of those with which nine in ten start within 7 days" in said
    assert "€1,600 more than with 2 as now; nine in ten then wait" in said


def test_without_a_cost_the_fewest_are_named(planned: Callable[..., Any]) -> None:
    said, _, _ = planned("--staff", "1:3")
    assert "Of 1 to 3 practitioners, 1 is the fewest with which nine in ten start within 7 days" in said
    assert "best margin" not in said


def test_courses_that_begin_are_counted_with_those_who_come_back(planned: Callable[..., Any]) -> None:
    said, _, found = planned("--set", "clinic.returns.share=0.9")
    began = next(one["estimate"] for one in found["measures"] if one["measure"] == "patients_per_week")
    assert f"{round(began)} courses that begin (those of people who come back among them)," in said
    said, _, _ = planned("--set", "clinic.returns.share=0")
    assert "courses that begin," in said


def test_waits_of_a_season_are_told_so_that_they_differ(planned: Callable[..., Any]) -> None:
    december = "clinic.arrivals.by_month=[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6]"
    said, _, _ = planned("--set", december, "--set", "clinic.weeks=52", "--set", "clinic.arrivals.per_week=18")
    warned = said.partition("Who asks in December waits longest: ")[2].partition(",")
    assert re.match(r"\d+\.\d days on average for the first visit", warned[0])
    assert re.match(r" (\d+ hours?|\d+\.\d days|less than an hour) over all weeks that are counted", warned[2])


@pytest.mark.parametrize("words", [("--target", "margin_per_week>=100"), ("--precision", "cost_per_week=50")])
def test_what_takes_costs_is_not_sought_where_none_are_stated(
    words: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    simulate("new", "mine", *NEW)
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        main(["clinic", "mine.yaml", *words])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "the scenario states no cost of the clinic" in said
    assert "clinic.practitioners.practitioner.wage_per_hour" in said
