"""`simulate check`, `schema` and `new`, and the schema and starter behind them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from sim.cli import check, new, schema
from sim.errors import ScenarioError, UsageError
from sim.learn.trials import SHIPPED
from sim.scenario.load import config_folders
from sim.scenario.schema_json import SCHEMA_FILE, scenario_json_schema
from sim.scenario.tree import read_tree


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(command: Any, *words: str) -> str:
    result = CliRunner().invoke(command, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def schema_faults(tree: Any) -> list[str]:
    return [fault.message for fault in jsonschema.Draft202012Validator(scenario_json_schema()).iter_errors(tree)]


def test_check_says_what_a_scenario_is(here: Path) -> None:
    text = run(
        check.command,
        "acute.yaml",
        "--set",
        "cohort.size=2e3",
        "--set",
        "protocols.combined.stop.relief_held_for=2",
    )
    lines = text.splitlines()
    assert lines[0].startswith("files   ")
    assert " <- " in lines[0]
    assert lines[1] == "title   Acute back spasm"
    assert lines[2] == "cohort  2,000 patients: 100% acute strain"
    assert lines[5] == "        Acupuncture   10 visits, every 3.5 days: acupuncture"
    assert lines[6].endswith("dry needling and acupuncture; ends once relief has held for 2 visits")
    assert lines[-1] == "ok"


def test_check_raises_every_fault(here: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        run(check.command, "acute.yaml", "--set", "cohort.size=0", "--set", "seed=x")
    assert len(caught.value.faults) == 2


def test_new_writes_a_scenario_that_is_valid_as_it_is(here: Path) -> None:
    assert "wrote my_clinic.yaml" in run(new.command, "my_clinic")
    assert run(check.command, "my_clinic.yaml").endswith("ok\n")
    assert json.loads((here / SCHEMA_FILE).read_text(encoding="utf-8")) == scenario_json_schema()
    first = (here / "my_clinic.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE}"


@pytest.mark.parametrize("name", ["a: b #c", "l'été", '"quoted"', "{x}", "true", "100"])
def test_a_starter_with_an_odd_name_is_valid(here: Path, name: str) -> None:
    run(new.command, name)
    assert run(check.command, f"{name}.yaml").endswith("ok\n")


def test_new_overwrites_nothing(here: Path) -> None:
    (here / "a.yaml").write_text("mine", encoding="utf-8")
    (here / SCHEMA_FILE).write_text("mine too", encoding="utf-8")
    for name in ("a", "a.yaml"):
        with pytest.raises(UsageError, match=r"a\.yaml: exists already"):
            run(new.command, name)
    run(new.command, "b.yml")
    assert (here / "a.yaml").read_text(encoding="utf-8") == "mine"
    assert (here / SCHEMA_FILE).read_text(encoding="utf-8") == "mine too"
    assert (here / "b.yml").exists()


@pytest.mark.parametrize("name", ["", ".", "..", "/", "none/a", "a\nb", ".hidden", "x" * 300])
def test_new_refuses_names_that_cannot_be(here: Path, name: str) -> None:
    with pytest.raises(UsageError):
        run(new.command, name)
    assert list(here.iterdir()) == []


def test_schema_is_printed_as_json() -> None:
    assert json.loads(run(schema.command)) == scenario_json_schema()


def test_the_schema_is_sound_and_names_no_host() -> None:
    described = scenario_json_schema()
    jsonschema.Draft202012Validator.check_schema(described)
    assert "required" not in described
    assert described["$id"].startswith("urn:")
    text = json.dumps(described)
    for leftover in ('"ge":', '"le":', '"gt":', '"lt":'):
        assert leftover not in text


@pytest.mark.parametrize(
    "file",
    sorted(file for file in config_folders()[1].glob("*.yaml") if file.name != SHIPPED),
    ids=lambda file: file.name,
)
def test_the_scenarios_that_come_along_fit_the_schema(file: Path) -> None:
    assert schema_faults(read_tree(file, file.name).tree) == []


@pytest.mark.parametrize(
    "tree",
    [
        {"titel": "x"},
        {"extends": ["a.yaml"]},
        {"cohort": {"size": 0}},
        {"cohort": {"size": 1e15}},
        {"arms": []},
        {"claims": {"dry_needling": {"satisfied": 79}}},
        {"claims": {"dry_needling": {"satisfied": True}}},
        {"protocols": {"p": {"visits": 0}}},
        {"protocols": {"p": {"every_days": 0}}},
    ],
)
def test_the_schema_finds_faults(tree: Any) -> None:
    assert schema_faults(tree)
