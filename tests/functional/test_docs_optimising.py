"""What the page on searching for a protocol shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.decision.candidates import MAX_CANDIDATES, build_grid
from sim.quantities import OUTCOME_NAMES, OUTCOMES
from sim.scenario.load import load_scenario
from sim.units import EVENTS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "optimising.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_scenario_of_the_page_has_a_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_search.yaml").write_text(block("yaml"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    scenario = load_scenario("my_search.yaml", outcomes=OUTCOME_NAMES).scenario
    grid = build_grid(scenario)
    assert {candidate.sequence for candidate in grid.candidates} == {"needling", "both", "one_then_other"}
    assert set(scenario.search.sequences if scenario.search else ()) == {
        "needling", "both", "in_turn", "one_then_other", "reviews",
    }  # fmt: skip


def test_the_numbers_of_the_page_are_those_of_the_program() -> None:
    assert f"at most {MAX_CANDIDATES:,} combinations" in PAGE
    stated = PAGE.partition("δ and ε are by unit")[2].partition("\n\n")[0]
    units = {one.unit for one in OUTCOMES if one.kind in ("number", "share") and not one.unit.is_money}
    assert len(units) > 5
    for unit in units - {EVENTS}:
        plain = unit.name.removesuffix("s")
        assert re.search(rf"\b{unit.worth_finding:g}\s(for\s)?{plain}", stated)
