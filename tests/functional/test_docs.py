"""Every scenario shown in the documentation loads, calibrates and runs as it stands."""

from __future__ import annotations

import importlib.util
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.study.prepare import prepare
from sim.study.run import run_study

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^simulate --config .*$", PAGE, re.MULTILINE)


def file_name(number: int) -> str:
    """Return the name in a block's first line if that is a comment, as `# my_clinic.yaml`, else a numbered one."""
    named = re.match(r"# (\w+\.yaml)\n", BLOCKS[number])
    return named[1] if named else f"example_{number}.yaml"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number, block in enumerate(BLOCKS):
        (tmp_path / file_name(number)).write_text(block, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_holds_its_examples() -> None:
    assert len(BLOCKS) >= 10
    assert len(COMMANDS) >= 5
    assert PAGE.count("```yaml") == len(BLOCKS)


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=file_name)
def test_example_loads_calibrates_and_runs(here: Path, number: int) -> None:
    scenario = load_scenario(file_name(number), ["cohort.size=200"], outcomes=OUTCOME_NAMES).scenario
    assert run_study(prepare(scenario)).patients == 200


@pytest.mark.parametrize("command", COMMANDS)
def test_command_line_names_a_scenario_and_values_that_exist(command: str) -> None:
    words = shlex.split(command)
    overrides = [value for option, value in pairwise(words) if option == "--set"]
    assert overrides
    assert load_scenario(words[2], overrides, outcomes=OUTCOME_NAMES).scenario


def test_every_section_of_a_scenario_is_listed() -> None:
    listed = set(re.findall(r"`(\w+)`", PAGE.partition("## All sections")[2]))
    assert set(Scenario.model_fields) <= listed


def test_the_drawings_of_the_model_can_be_made_again_and_read_in_grey(tmp_path: Path) -> None:
    script = ROOT / "docs" / "figures" / "make_model_drawings.py"
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(tmp_path)
    shown = re.findall(r"\(figures/(\w+\.svg)\)", (ROOT / "docs" / "model.md").read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(path.name for path in tmp_path.iterdir())
    for name in shown:
        assert (ROOT / "docs" / "figures" / name).is_file()
        colours = set(re.findall(r"#([0-9a-f]{6})", (tmp_path / name).read_text(encoding="utf-8")))
        assert colours
        assert all(colour[:2] == colour[2:4] == colour[4:] for colour in colours)
