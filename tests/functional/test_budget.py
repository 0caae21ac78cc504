"""`simulate budget` as a user types it: what it writes, prints and leaves open, and what it says about mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from sim.cli.main import main
from tests.conftest import GIVEN_PARAMETERS

FAST = ["--patients", "1000", *(word for one in GIVEN_PARAMETERS for word in ("--set", one))]
SMALL = [*FAST, "--draws", "20", "--patients-per-draw", "100"]
MINE = """\
extends: acute.yaml
title: Mine
budget:
  years: 2
  population: 1000
  prevalence: 0.1
  now: {}
  after: {dry_needling: [0.2, 0.4]}
"""


@pytest.fixture
def simulate(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(MINE)

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["budget", *arguments])
        captured = capsys.readouterr()
        return end.value.code, captured.out, captured.err

    return run


def test_the_command_writes_everything_and_answers(simulate):
    code, out, err = simulate("budget.yaml", *SMALL, "--format", "html,docx,xlsx,pdf")
    assert code == 0, err
    assert "Over the 5 years 2027 to 2031 the payer pays" in out
    place = Path("outputs/budget-budget")
    names = {path.name for path in place.iterdir()}
    reports = {f"report.{form}" for form in ("html", "docx", "xlsx", "pdf")}
    assert names >= {"budget.csv", "cases.csv", "checklist.csv", "summary.json", "manifest.json", *reports}
    saved = sim.open(place)
    together = saved.tables["budget"].where(mix="change", year="all years", arm="all", measure="payer_cost")
    (row,) = list(together)
    assert row["draws_lower"] < row["estimate"] < row["draws_upper"]
    assert row["mc_error"] > 0
    for started in saved.tables["budget"].where(mix="change", year="all years", arm="all", measure="starting"):
        told = [started[name] for name in ("estimate", "mc_error", "draws_mean", "draws_lower", "draws_upper")]
        assert told == [0.0] * 5  # as many begin as before, by other courses
    assert f"{row['estimate']:,.0f}" in (place / "report.html").read_text().replace("\N{NO-BREAK SPACE}", " ")
    assert {one["case"] for one in saved.tables["cases"]} == set(
        json.loads((place / "summary.json").read_text())["scenarios"][0]["cases"]
    )
    assert saved.again().tables["budget"] == saved.tables["budget"]


def test_results_do_not_depend_on_workers_nor_on_an_interruption(tmp_path):
    given = {"set": list(GIVEN_PARAMETERS), "patients": 1000, "draws": 20, "patients_per_draw": 100}
    one, two = (sim.budget("budget.yaml", workers=workers, **given) for workers in (1, 2))
    assert one.tables["budget"] == two.tables["budget"]
    stopped = []

    def stop(what, done, total):
        stopped.append(what)
        if "drawing" in what and done > 8:
            raise KeyboardInterrupt

    kept = tmp_path / "kept"
    with pytest.raises(KeyboardInterrupt):
        sim.budget("budget.yaml", workers=1, checkpoint=kept, progress=stop, **given)
    again = sim.budget("budget.yaml", workers=1, checkpoint=kept, resume=True, **given)
    assert again.tables["budget"] == one.tables["budget"]


def test_several_scenarios_stand_side_by_side(simulate):
    code, out, err = simulate("mine.yaml", "budget.yaml", *FAST, "--draws", "0")
    assert code == 0, err
    assert "Mine" in out
    place = Path("outputs/budget-mine-budget")
    assert set(sim.open(place).tables["budget"]["scenario"]) == {"mine", "budget"}
    assert sim.open(place).again().tables["budget"] == sim.open(place).tables["budget"]


def test_options_stand_for_entries_of_the_scenario(simulate):
    options = ("--population", "2,000", "--years", "3", "--now", "acupuncture=0.5", "--after", "acupuncture=0.5,0.2")
    code, _, err = simulate("mine.yaml", *FAST, "--draws", "0", *options)
    assert code == 0, err
    table = sim.open("outputs/budget-mine").tables["budget"].where(measure="starting", year=1, mix="now")
    people = {row["arm"]: row["estimate"] for row in table}
    assert people["acupuncture"] == pytest.approx(100)
    assert people["all"] == pytest.approx(200)


def test_what_a_scenario_does_not_state_is_open_in_the_check_list(simulate):
    assert simulate("mine.yaml", *FAST, "--draws", "0")[0] == 0
    items = {row["item"]: row for row in sim.open("outputs/budget-mine").tables["checklist"]}
    assert {items[f"BIA {item}"]["state"] for item in ("1", "11", "14", "15", "16", "18", "21")} == {"open"}
    assert items["BIA 10"]["state"] == "in part"
    said = ["--set", "reporting={setting: A plan, funding: Nobody, conflicts: None, price_year: 2026}"]
    assert simulate("mine.yaml", *SMALL, *said, "--case", "dear=costs.visit=99")[0] == 0
    items = {row["item"]: row for row in sim.open("outputs/budget-mine").tables["checklist"]}
    assert {items[f"BIA {item}"]["state"] for item in ("1", "10", "15", "21")} == {"answered"}
    assert "Nobody" in items["BIA 21"]["answer"]
    assert items["BIA 14"]["state"] == "in part"  # no input of the budget itself has an uncertainty


MISTAKES = [
    ([], "acute.yaml", "acute.yaml: the scenario has no `budget` section"),
    (["--set", "budget.after.dry_needling=1.2"], "mine.yaml",
     "budget.after.dry_needling: must be at least 0 and at most 1; given 1.2"),
    (["--after", "dry_needling=0.2,-0.1"], "mine.yaml",
     "budget.after.dry_needling.1: must be at least 0 and at most 1; given -0.1"),
    (["--after", "dry_needling=0.7", "--after", "acupuncture=0.4"], "mine.yaml",
     "budget: the shares of `after` sum to 1.1 in year 1; allowed: at most 1"),
    (["--years", "0"], "mine.yaml", "budget.years"),
    (["--after", "dry_nedling=0.2"], "mine.yaml", "budget.after.dry_nedling: unknown arm"),
    (["--set", "budget.otherwise=nobody"], "mine.yaml", "budget.otherwise: unknown arm"),
    (["--set", "budget.population=null"], "mine.yaml", "budget.population"),
    (["--set", "budget.prevalence=0"], "mine.yaml",
     "budget: nobody is eligible: give `prevalence`, `incidence`, or both"),
    (["--set", "budget.after.dry_needling=[0.1, 0.1, 0.1]"], "mine.yaml",
     "after.dry_needling: has 3 shares; allowed: one, or up to one for each of the 2 years"),
    (["--now", "dry_needling"], "mine.yaml", "--now dry_needling: must read ARM=SHARE"),
    (["--case", "costs.visit=60"], "mine.yaml", "--case costs.visit=60: must read NAME=PATH=VALUE"),
    (["--case", "dear=costs.vist=60"], "mine.yaml", "budget.cases.dear: --set costs.vist=60"),
    (["--draws", "5"], "mine.yaml", "draws.number: must be 0 (none) or at least 20"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "file", "said"), MISTAKES, ids=[said[:40] for _, _, said in MISTAKES])
def test_a_mistake_gets_one_message_with_its_place(simulate, options, file, said):
    code, out, err = simulate(file, *options)
    assert code == 2
    assert out == ""
    assert said in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert not Path("outputs").exists()


def test_a_missing_population_is_told_with_its_place(simulate):
    Path("mine.yaml").write_text(MINE.replace("  population: 1000\n", ""))
    code, _, err = simulate("mine.yaml")
    assert code == 2
    assert "budget.population" in err
    assert err.count("\n") == 1
