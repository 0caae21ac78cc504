"""What a clinic's report and terminal say of a practice as its planner would read it."""

from __future__ import annotations

import csv
import json
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
