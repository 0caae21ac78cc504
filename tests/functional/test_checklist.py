"""`simulate checklist`: every item is there, what nobody stated is open, what is answered is true of what was given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from sim.cli.main import main
from sim.scenario.reporting import Reporting
from tests.conftest import GIVEN_PARAMETERS

ITEMS = {
    "cheers": [f"CHEERS {k}" for k in range(1, 29)],
    "validation": [f"VALIDITY {k}" for k in range(1, 6)],
    "stress": [
        f"STRESS {one}" for one in (
            "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5.1", "2.5.2", "2.5.3", "2.5.4", "3.1", "3.2", "3.3",
            "3.4", "4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1",
        )
    ],
}  # fmt: skip
EVERYTHING = {
    name: 2026 if name == "price_year" else f"Said of {name.replace('_', ' ')}." for name in Reporting.model_fields
}
NEEDS_A_RUN = {"CHEERS 20", "CHEERS 23", "CHEERS 24", "STRESS 4.3", "STRESS 5.1", "VALIDITY 4"}
NEVER_WHOLE = {"CHEERS 1", "STRESS 5.4"}
"""What the title does not say, and what no run records."""
FAST = ("--patients", "1000", *(word for one in GIVEN_PARAMETERS for word in ("--set", one)))


def states(found):
    return {row["item"]: row["state"] for row in found.tables["checklist"]}


def answers(found):
    return {row["item"]: row["answer"] for row in found.tables["checklist"]}


@pytest.fixture(scope="module")
def empty():
    return sim.checklist("acute.yaml")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Small runs of one scenario, each in its directory."""
    place, given = tmp_path_factory.mktemp("runs"), sim.load("acute.yaml", set={"cohort.size": 1000})
    fewer = {"draws": 20, "patients_per_draw": 100}
    made = {
        "run": sim.run(given, **fewer), "value": sim.value(given, **fewer, discount=0.03, price_year=2025),
        "other": sim.run("chronic.yaml", patients=200), "validate": sim.validate(draws=0, patients=1280),
    }  # fmt: skip
    return given, {name: one.save(place / name) for name, one in made.items()}


@pytest.mark.parametrize("standard", ITEMS)
def test_every_item_of_a_standard_is_there_once(standard):
    found = sim.checklist("acute.yaml", standard=standard)
    assert found.tables["checklist"]["item"] == ITEMS[standard]


def test_a_clinic_has_the_form_for_discrete_events():
    found = sim.checklist("clinic.yaml", standard="stress")
    assert found.heading("stress") == "STRESS-DES"
    assert found.tables["checklist"]["item"] == [*ITEMS["stress"][:11], "STRESS 2.5.5", *ITEMS["stress"][11:]]


def test_a_clinic_is_said_to_have_what_its_scenario_states_and_no_more():
    plain = answers(sim.checklist("clinic.yaml", standard="stress"))
    assert plain["STRESS 2.5.2"] == "Visits of planned length."
    assert plain["STRESS 2.5.4"] == "An appointment book; patients leave by their patience."
    assert "Threefry" not in plain["STRESS 5.2"]
    assert "illness" not in plain["STRESS 2.5.3"]
    stated = {
        "clinic.visit_spread": 0.3, "clinic.closed": ["12-25"], "clinic.booking.overbooked": 0.1,
        "clinic.practitioners.acupuncturist.illness": {"spells_per_year": 3, "days": 5},
        "clinic.booking.calls": {"most": 5}, "clinic.booking.priority": ["acute_strain"],
        "clinic.reminders": {"no_show_ratio": 0.7},
    }  # fmt: skip
    full = answers(sim.checklist(sim.load("clinic.yaml", set=stated), standard="stress"))
    assert "lognormal length about the planned one, sd 30 %" in full["STRESS 2.5.2"]
    assert "reminders before them" in full["STRESS 2.5.2"]
    assert "; closing days and illness." in full["STRESS 2.5.3"]
    assert (
        "slots booked twice; calls into freed slots; held slots or calls for Acute strain first" in full["STRESS 2.5.4"]
    )
    walk_in = {"clinic.booking": {"form": "walk_in", "priority": ["chronic"]}}
    queue = answers(sim.checklist(sim.load("clinic.yaml", set=walk_in), standard="stress"))["STRESS 2.5.4"]
    assert queue.startswith("One waiting room, first come first served; Chronic before the others;")


def test_what_nobody_has_stated_is_open(empty):
    open_items = {item for item, state in states(empty).items() if state == "open"}
    only_people = {f"CHEERS {k}" for k in (2, 3, 4, 6, 8, 10, 18, 19, 21, 25, 27, 28)}
    assert open_items >= only_people | {"STRESS 1.1", "STRESS 6.1", "VALIDITY 1", "VALIDITY 3", "VALIDITY 5"}
    assert open_items >= NEEDS_A_RUN - {"CHEERS 20"}  # distributions of inputs are known without a run
    assert states(empty)["CHEERS 20"] == "in part"
    assert "open" in empty.report("html").decode()


def test_what_is_stated_is_quoted_and_nothing_else_is_claimed(empty):
    filled = sim.checklist(sim.load("acute.yaml", set={"reporting": EVERYTHING}))
    left = {item for item, state in states(filled).items() if state != "answered"}
    assert left == NEEDS_A_RUN | NEVER_WHOLE
    said = " ".join(answers(filled).values())
    for name, text in EVERYTHING.items():
        if name not in ("condition_costs",):  # asked for by the guidance on budgets only
            assert str(text) in said, name
    for name, text in EVERYTHING.items():
        one = states(sim.checklist(sim.load("acute.yaml", set={f"reporting.{name}": text})))
        changed = {item for item in one if one[item] != states(empty)[item]}
        assert len(changed) <= 3, name  # a statement answers what it is about


def test_runs_answer_what_was_run_and_are_quoted_word_for_word(runs):
    given, place = runs
    found = sim.checklist(given, run=[place["run"], place["value"]])
    assert {item for item in NEEDS_A_RUN if states(found)[item] != "answered"} == {"VALIDITY 4"}
    for name in ("run", "value"):
        content = json.loads((place[name] / "summary.json").read_text())
        sentence = content["verdict"]["sentence"] if name == "run" else content["sentences"][0]
        assert " ".join(sentence.split()) in " ".join(answers(found)["CHEERS 23"].split())
    assert "3 % a year" in answers(found)["CHEERS 10"]
    assert "prices of 2025" in answers(found)["CHEERS 15"]
    assert "1,000 patients" in answers(found)["STRESS 4.3"]
    assert states(sim.checklist(given, run=place["run"]))["CHEERS 10"] == "open"


def test_a_validation_of_another_scenario_counts_in_part_and_is_quoted(runs):
    given, place = runs
    found = sim.checklist(given, standard="validation", run=place["validate"])
    answer = json.loads((place["validate"] / "summary.json").read_text())["answer"][0]
    assert answer in answers(found)["VALIDITY 4"].replace("\N{NO-BREAK SPACE}", " ")
    assert states(found)["VALIDITY 4"] == "in part"
    assert "no draws of the inputs, which are taken as they stand" in answers(found)["VALIDITY 4"]
    own = sim.checklist("literature.yaml", standard="validation", run=place["validate"])
    assert states(own)["VALIDITY 4"] == "answered"


def test_a_run_of_another_scenario_or_a_changed_file_is_refused(runs, tmp_path):
    given, place = runs
    with pytest.raises(sim.errors.UsageError, match=r"other: is of another scenario than acute; cohort differs"):
        sim.checklist(given, run=place["other"])
    (place["other"] / "summary.json").write_text("{}")
    with pytest.raises(sim.errors.UsageError, match=r"summary\.json is not as it was written"):
        sim.checklist("chronic.yaml", run=place["other"])
    with pytest.raises(sim.errors.UsageError, match="cannot be read"):
        sim.checklist(given, run=tmp_path)


@pytest.fixture
def simulate(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as end:
            main([*arguments])
        captured = capsys.readouterr()
        return end.value.code, captured.out, captured.err

    return run


def test_the_command_writes_documents_and_tables(simulate):
    code, out, err = simulate("checklist", "acute.yaml", "--format", "html,docx,xlsx,pdf")
    assert code == 0, err
    assert "CHEERS 2022:" in out
    assert "open: 27 Funding" in out
    place = Path("outputs/checklist-acute")
    names = {path.name for path in place.iterdir()}
    reports = {f"report.{form}" for form in ("html", "docx", "xlsx", "pdf")}
    assert names >= {"checklist.csv", "summary.json", "manifest.json", *reports}
    saved = sim.open(place)
    assert saved.again().tables["checklist"] == saved.tables["checklist"]


MISTAKES = [
    (("--standard", "chers"), "--standard: unknown 'chers'; allowed: cheers, stress, validation"),
    (("--run", "nowhere"), "nowhere"),
    (("--set", "reporting.fundng=me"), "reporting.fundng: unknown key"),
    (("--set", "reporting.price_year=26"), "reporting.price_year"),
]


@pytest.mark.parametrize(("options", "said"), MISTAKES, ids=[said[:30] for _, said in MISTAKES])
def test_a_mistake_gets_one_message(simulate, options, said):
    code, out, err = simulate("checklist", "acute.yaml", *options)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
