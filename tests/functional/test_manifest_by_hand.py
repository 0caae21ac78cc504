"""`simulate reproduce` with a manifest from anybody: it asks for what a report says or is refused, without harm."""

from __future__ import annotations

import json
import os

import pytest

from sim.cli.main import main
from tests.functional.commands import is_one_message

RUN = {"analysis": "run", "scenario": "mine.yaml"}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    return tmp_path


def simulate(*words):
    with pytest.raises(SystemExit) as caught:
        main(list(words))
    return caught.value.code


def manifest(place, **entries):
    content = {"program": "coursesim", "parameters": RUN, "files": {}, "versions": {}, "version": "0.1.0", **entries}
    (place / "manifest.json").write_text(json.dumps(content))


def nothing_else(place):
    return sorted(path.name for path in place.iterdir()) == ["manifest.json", "mine.txt"]


@pytest.mark.parametrize(
    "more",
    [
        {"scheduler": "tcp://127.0.0.1:1"}, {"executor": "processes"}, {"checkpoint": "."}, {"resume": True},
        {"workers": 9}, {"progress": 1}, {"warn": "x"}, {"strict": True}, {"out": "."}, {"": 1}, {"__class__": 1},
    ],
)  # fmt: skip
def test_parameters_that_no_run_records_are_refused(place, capsys, more):
    for asked in (RUN, {"analysis": "compare", "scenarios": ["mine.yaml"]}):
        manifest(place, parameters={**asked, **more}, configuration={"title": "x"}, scenario="mine")
        assert simulate("reproduce", "manifest.json") == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert "parameters: " in said.err
    assert nothing_else(place)


@pytest.mark.parametrize(
    "analysis", ["rm -rf .", "", "new", "tune", "reproduce", "open_saved", "again", "_read", "load", 5, None, ["run"]],
    ids=repr,
)  # fmt: skip
def test_another_analysis_is_refused(place, capsys, analysis):
    manifest(place, parameters={"analysis": analysis})
    assert simulate("reproduce", "manifest.json") == 2
    assert is_one_message(capsys.readouterr().err)
    assert nothing_else(place)


@pytest.mark.parametrize(
    "entries",
    [
        {"parameters": 5},
        {"parameters": {**RUN, "scenario": 5}},
        {"parameters": {**RUN, "set": 5}},
        {"parameters": {**RUN, "set": [5]}},
        {"parameters": {**RUN, "evidence": 5}},
        {"parameters": {**RUN, "seed": "x"}},
        {"parameters": {**RUN, "precision": "x"}},
        {"parameters": {"analysis": "compare", "scenarios": 5}},
        {"parameters": {"analysis": "compare", "scenarios": [5]}},
        {"parameters": {"analysis": "value", "table": 5}},
        {"parameters": {"analysis": "clinic", "scenario": "a.yaml", "staff": {}}},
        {"configuration": 5},
        {"configuration": None},
        {"files": []},
        {"versions": "x"},
        {"version": None},
        {"title": "\ud800"},
        {"parameters": {**RUN, "set": ["title=\ud800"]}},
        {"seed": float("nan")},
    ],
    ids=repr,
)
def test_a_damaged_manifest_is_refused(place, capsys, entries):
    manifest(place, **{"configuration": {"title": "x"}, "scenario": "mine", **entries})
    assert simulate("reproduce", "manifest.json") == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("scenario", "config"),
    [("../../mine", "../../mine.yaml"), ("mine", "mine.yaml"), ("..", "...yaml"), ("x" * 300, "x" * 300 + ".yaml")],
)
def test_the_scenario_recorded_is_put_nowhere_but_aside(place, capsys, scenario, config):
    configuration = {"title": "<b>", "arms": ["x"]}
    manifest(place, parameters={**RUN, "scenario": config}, configuration=configuration, scenario=scenario)
    assert simulate("reproduce", "manifest.json") in (1, 2)
    assert "Traceback" not in capsys.readouterr().err
    assert nothing_else(place)


def test_what_has_no_end_or_no_beginning_is_no_manifest(place, capsys):
    os.mkfifo(place / "pipe")
    with (place / "large").open("wb") as stream:
        stream.truncate(10**12)
    for name, reason in (
        ("pipe", "is not a regular file"),
        ("/dev/zero", "is not a regular"),
        ("large", "is too large"),
    ):
        assert simulate("reproduce", name) == 2
        assert f"{name}: cannot be read: {reason}" in capsys.readouterr().err
        assert simulate("value", "--table", name) == 2
        assert f"{name}: " in capsys.readouterr().err
        assert simulate("--config", name) == 2
        assert f"{name}: is " in capsys.readouterr().err


def test_a_pipe_in_the_place_of_a_manifest_keeps_its_directory(place, capsys):
    (place / "run").mkdir()
    os.mkfifo(place / "run" / "manifest.json")
    assert simulate("--config", "acute.yaml", "--out", "run") == 2
    assert "holds something that is not an earlier run (manifest.json)" in capsys.readouterr().err


def deep(levels):
    tree: object = 1
    for _ in range(levels):
        tree = {"a": tree}
    return tree


@pytest.mark.parametrize("levels", [30, 100, 900])
def test_a_scenario_nested_beyond_measure_is_refused(place, capsys, levels):
    manifest(place, configuration={"cohort": deep(levels)}, scenario="mine")
    assert simulate("reproduce", "manifest.json") == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../mine.txt", "a/../../mine.txt", "x" * 5000, "a\0b", "", ".", "\x1b[2J"]
)
def test_names_of_files_lead_nowhere_else(place, capsys, name):
    manifest(place, files={name: "0" * 64})
    assert simulate("reproduce", "manifest.json") == 2
    said = capsys.readouterr().err
    assert all(line.isprintable() for line in said.splitlines())
    assert nothing_else(place)


def test_what_is_said_of_a_manifest_cannot_steer_the_terminal(place, capsys):
    assert simulate("--config", "acute.yaml", "--patients", "20", "--quiet", "--out", "run") == 0
    made = json.loads((place / "run" / "manifest.json").read_text())
    made["files"]["\x1b[2J"] = made["versions"]["\x1b[31m"] = made["versions"]["numpy"] = "\x1b]0;x\x07"
    (place / "manifest.json").write_text(json.dumps(made))
    assert simulate("reproduce", "manifest.json") == 1
    said = capsys.readouterr()
    assert all(line.isprintable() for line in (said.out + said.err).splitlines())
    assert "\\x1b[2J: was not made" in said.out
