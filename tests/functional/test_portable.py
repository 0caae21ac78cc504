"""What users on other systems get: the same bytes without anything of POSIX, and text that any terminal prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sim.cli.main import main
from sim.errors import ScenarioError
from tests.conftest import load
from tests.functional.commands import ENVIRONMENT, WRITING, ended

pytest.importorskip("streamlit", reason="the page is one of the things that run here; .[test] brings it")
SCRIPT = Path(__file__).with_name("without_posix.py")
COMMANDS = [
    [*WRITING["run"], "--out", "run"],
    [*WRITING["compare"], "--out", "compare"],
    [*WRITING["clinic"], "--workers", "2", "--out", "clinic"],
]


def outputs(place, way, commands):
    """Run commands; return the bytes of every file that they leave but manifests, and what these say of the files."""
    command = [sys.executable, str(SCRIPT), way, json.dumps(commands)]
    done = subprocess.run(command, cwd=place, env=ENVIRONMENT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    files = {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    manifests = {name: json.loads(files.pop(name))["files"] for name in list(files) if name.endswith("manifest.json")}
    return done.stdout, files, manifests


def test_everything_runs_without_posix_and_leaves_the_same_bytes(tmp_path):
    for way in ("shown", "hidden"):
        (tmp_path / way).mkdir()
    said, files, manifests = outputs(tmp_path / "hidden", "hidden", [*COMMANDS, ["page", "acute.yaml"]])
    assert said.endswith("page of acute.yaml\n")
    normal, expected, hashes = outputs(tmp_path / "shown", "shown", COMMANDS)
    assert said == normal + "page of acute.yaml\n"
    assert {"run/summary.csv", "compare/differences.csv", "clinic/summary.csv"} <= files.keys()
    assert files == expected
    assert manifests == hashes
    for name, content in files.items():
        if name.endswith((".csv", ".json", ".svg", ".html")):
            assert b"\r" not in content, name


def test_what_should_be_hidden_is_hidden():
    script = "from tests.functional import without_posix; print(without_posix.is_hidden())"
    for way in ("hidden", "shown"):
        done = subprocess.run([sys.executable, "-c", script, way], capture_output=True, text=True, env=ENVIRONMENT)
        assert (done.stdout, done.stderr) == (f"{way == 'hidden'}\n", "")


def test_a_terminal_with_few_characters_gets_like_ones_or_question_marks(tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: acute.yaml\ntitle: 针灸 ± \u2212\n", encoding="utf-8")
    environment = {**ENVIRONMENT, "PYTHONIOENCODING": "cp1252"}
    code, out, err = ended(("check", "mine.yaml"), tmp_path, env=environment, encoding="cp1252")
    assert (code, err) == (0, "")
    assert "?? ± -" in out
    code, _, err = ended(("check", "针.yaml"), tmp_path, env=environment, encoding="cp1252")
    assert code == 2
    assert err.startswith("error: no scenario '?.yaml'")


def simulate(*words):
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return caught.value.code


@pytest.mark.parametrize("name", ["nul", "con.yaml", "aux", "com1", "my.", "mine /lpt1"])
def test_a_scenario_that_windows_cannot_have_is_not_written(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine ").mkdir()
    assert simulate("new", name) == 2
    assert "give a name such as my_clinic" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["mine "]


def test_a_device_as_the_name_of_a_scenario_needs_another_output(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nul.yaml").write_text("extends: acute.yaml\n")
    assert simulate("--config", "nul.yaml", "--patients", "9000000000") == 2
    said = capsys.readouterr().err
    assert "'nul' is the name of a device on Windows; choose another directory with --out" in said


@pytest.mark.parametrize("target", [r"sub\base.yaml", r".\sub\base.yaml", r"sub\..\sub/base.yaml"])
def test_a_backslash_separates_folders_in_extends(tmp_path, target):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "base.yaml").write_text("extends: acute.yaml\ntitle: The base\n")
    (tmp_path / "mine.yaml").write_text(f"extends: {target}\n")
    assert load(str(tmp_path / "mine.yaml")).scenario.title == "The base"


@pytest.mark.parametrize("target", [r"..\outside.yaml", r"sub\..\..\outside.yaml", r"\outside.yaml", r"\\host\a.yaml"])
def test_a_backslash_leads_nowhere_else(tmp_path, target):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "outside.yaml").write_text("secret: x\n")
    (tmp_path / "in" / "mine.yaml").write_text(f"extends: {target}\n")
    with pytest.raises(ScenarioError, match="must lie in the folder of the scenario") as caught:
        load(str(tmp_path / "in" / "mine.yaml"))
    assert "secret" not in str(caught.value)
