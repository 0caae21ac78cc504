"""The README: its commands are those of the program, and its lines for a notebook give a table and a figure."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from sim.cli.main import COMMANDS, cli, main

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_it_holds_the_two_commands_and_says_how_to_call_what_they_install():
    install, test = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert install.endswith(".venv/bin/simulate --config acute.yaml\n")
    assert "pytest" in test
    assert "`source .venv/bin/activate`" in README
    assert len(README.splitlines()) < 110


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md", "docs/start.md"])
def test_its_commands_are_there_and_have_the_options_named(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = re.findall(r"`(simulate [^`]+)`", text) + re.findall(r"^(simulate .+)$", text, re.MULTILINE)
    assert lines
    for line in lines:
        words = shlex.split(line)[1:]
        name = next((word for word in words if word in COMMANDS), None)
        command = cli if name is None else cli.get_command(click.Context(cli), name)
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert name is not None or words[0].startswith("-") or words[0] == "COMMAND", line
        assert {word for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("page", ["README.md", "docs/commands.md"])
def test_what_it_says_of_pooling_works_as_typed(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (line,) = re.findall(r"`simulate (pool [^`]+)`", (ROOT / page).read_text(encoding="utf-8"))
    with pytest.raises(SystemExit) as end:
        main(shlex.split(line))
    assert end.value.code == 0
    assert "points more off pain than sham" in capsys.readouterr().out


def test_three_lines_give_a_table_and_a_figure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = BLOCKS
    lines = [line for line in block.splitlines() if line]
    assert lines[0] == "import sim"
    assert len(lines) == 4
    names = {}
    exec("\n".join(lines[:2]), names)
    frame = eval(lines[2], names)
    assert list(frame.columns) == list(names["run"].summary.columns)
    assert len(frame) == len(names["run"].summary)
    relief = frame[(frame.outcome == "lasting_relief") & (frame.statistic == "mean") & (frame.subgroup == "all")]
    assert list(relief.arm) == ["usual_care", "dry_needling", "acupuncture", "combined"]
    assert relief.estimate.between(0, 1, inclusive="neither").all()
    exec(lines[3], names)
    assert ElementTree.parse(tmp_path / "pain.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert not [path.name for path in tmp_path.iterdir() if path.name != "pain.svg"]
