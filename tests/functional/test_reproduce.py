"""`simulate reproduce`: the same bytes from a manifest alone, and what differs by name."""

from __future__ import annotations

import json

import pytest

from tests.conftest import GIVEN_PARAMETERS
from tests.functional.test_run import simulate


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(file, **changes):
    manifest = json.loads(file.read_text())
    manifest.update(changes)
    file.write_text(json.dumps(manifest))


GIVEN = tuple(word for one in GIVEN_PARAMETERS for word in ("--set", one))
COMMANDS = {
    "run": ("--config", "acute.yaml", "--patients", "500", "--save-patients", "--format", "html,docx,xlsx,pdf"),
    "draws": ("--config", "chronic.yaml", "--patients", "500", "--draws", "20", "--patients-per-draw", "50"),
    "compare": ("compare", "acute.yaml", "chronic.yaml", "--patients", "500"),
    "value": ("value", "acute.yaml", *GIVEN, "--draws", "40", "--patients-per-draw", "50"),
    "budget": (
        "budget",
        "budget.yaml",
        *GIVEN,
        "--patients",
        "500",
        "--draws",
        "20",
        "--patients-per-draw",
        "50",
        "--after",
        "dry_needling=0.1,0.2",
        "--case",
        "dear=costs.visit=60",
    ),
    "checklist": ("checklist", "acute.yaml", "--standard", "cheers", "--standard", "stress"),
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_every_file_comes_out_the_same(workplace, capsys, words):
    assert simulate(*words, "--out", "made", "--quiet") == 0
    files = len(json.loads((workplace / "made" / "manifest.json").read_text())["files"])
    assert simulate("reproduce", "made/manifest.json") == 0
    assert f"{files} of {files} files the same" in capsys.readouterr().out
    assert [path.name for path in workplace.iterdir()] == ["made"]


def test_the_recorded_scenario_is_run_whatever_became_of_its_file(workplace, capsys):
    mine = workplace / "mine.yaml"
    mine.write_text("extends: acute.yaml\ntitle: Mine\ncohort: {size: 400}\n")
    assert simulate("--config", "mine.yaml", "--quiet") == 0
    mine.write_text("extends: acute.yaml\ntitle: Another\ncohort: {size: 300}\n")
    assert simulate("reproduce", "outputs/mine/manifest.json", "--out", "again") == 0
    mine.unlink()
    assert simulate("reproduce", "again") == 0
    assert simulate("--config", "mine.yaml") == 2, "the file is gone again for everything else"


def test_a_file_that_comes_out_differently_is_named_with_the_version_that_differs(workplace, capsys):
    assert simulate("--config", "acute.yaml", "--patients", "500", "--quiet") == 0
    file = workplace / "outputs" / "acute" / "manifest.json"
    alone = workplace / "manifest.json"
    manifest = json.loads(file.read_text())
    alone.write_text(file.read_text())
    edit(
        alone,
        files={**manifest["files"], "summary.csv": "0" * 64, "gone.csv": "0" * 64},
        versions={**manifest["versions"], "numpy": "1.26.0"},
    )
    assert simulate("reproduce", "manifest.json") == 1
    said = capsys.readouterr().out
    assert "  summary.csv: differs\n" in said
    assert "  gone.csv: was not made\n" in said
    assert "  numpy: 1.26.0 then, " in said
    assert said.count("\n  ") == 3


def test_a_changed_hash_or_file_is_refused(workplace, capsys):
    assert simulate("--config", "acute.yaml", "--patients", "500", "--quiet") == 0
    file = workplace / "outputs" / "acute" / "manifest.json"
    whole = file.read_text()
    edit(file, files={**json.loads(whole)["files"], "summary.csv": "0" * 64})
    assert simulate("reproduce", str(file)) == 2
    assert "summary.csv: not what was written with this manifest" in capsys.readouterr().err
    file.write_text(whole)
    with (file.parent / "trajectories.csv").open("a") as stream:
        stream.write("x\n")
    assert simulate("reproduce", str(file)) == 2
    assert "trajectories.csv: not what was written" in capsys.readouterr().err


@pytest.mark.parametrize("entry", [{"seed": 999}, {"seed": "x"}, {"patients": 5}, {"scenario": "chronic"}, {"more": 1}])
def test_what_a_manifest_says_was_run_has_to_be_so(workplace, capsys, entry):
    assert simulate("--config", "acute.yaml", "--patients", "300", "--quiet") == 0
    edit(workplace / "outputs" / "acute" / "manifest.json", **entry)
    assert simulate("reproduce", "outputs/acute") == 2
    said = capsys.readouterr()
    assert f"{next(iter(entry))}: not what the recorded parameters and scenario give" in said.err
    assert "files the same" not in said.out


def test_another_number_of_patients_under_another_version_is_no_change_of_the_manifest(workplace, capsys):
    """With --precision the patients may follow from arithmetic: it is the files that are said to differ."""
    assert simulate("--config", "acute.yaml", "--patients", "300", "--quiet") == 0
    file = workplace / "outputs" / "acute" / "manifest.json"
    (file.parent / "summary.csv").unlink()
    files, versions = (json.loads(file.read_text())[key] for key in ("files", "versions"))
    edit(file, patients=400, files={**files, "summary.csv": "0" * 64}, versions={**versions, "numpy": "1.0"})
    assert simulate("reproduce", str(file)) == 1
    said = capsys.readouterr()
    assert "summary.csv: differs" in said.out
    assert "numpy: 1.0 then" in said.out
    assert "has been changed" not in said.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a manifest of coursesim"),
        ('{"program": "other"}', "is not a manifest of coursesim"),
        ('{"program": "coursesim"}', "parameters: is missing or damaged"),
        ('{"program": "coursesim", "parameters": {}, "files": {}, "versions": {}, "version": ""}', "no analysis"),
        (
            '{"program": "coursesim", "parameters": {"analysis": "tune"}, "files": {}, "versions": {}, "version": ""}',
            "no analysis 'tune'",
        ),
    ],
)
def test_what_is_no_manifest_is_refused(workplace, capsys, content, reason):
    (workplace / "manifest.json").write_text(content)
    assert simulate("reproduce", "manifest.json") == 2
    assert reason in capsys.readouterr().err


def test_a_manifest_that_is_not_there_is_refused(workplace, capsys):
    assert simulate("reproduce", "outputs/none/manifest.json") == 2
    assert "error: outputs/none/manifest.json: cannot be read: No such file" in capsys.readouterr().err
