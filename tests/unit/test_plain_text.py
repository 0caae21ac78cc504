"""Text that users give: made clean once, when a scenario is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.plain_text import plain_name, plain_text, printable
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario

UNSEEN = "\U0001fffe"


def test_text_loses_what_cannot_be_shown() -> None:
    assert plain_text("a\x00b\n  c\x1b[0m\u2028d") == "a b c [0m d"
    assert (
        plain_text("12 \u202epoints\u202c\u2066 \u0645\u0631\u062d\u0628\u0627")
        == "12 points \u0645\u0631\u062d\u0628\u0627"
    )
    assert plain_text("Zurück 针灸") == "Zurück 针灸"


def test_lines_and_spaces_stay_where_they_are_wanted() -> None:
    assert printable("a\n  b\u200bc") == "a\n  b c"


def test_what_cannot_be_seen_has_a_name() -> None:
    assert plain_name(UNSEEN) == "unnamed"
    assert plain_name(" a\t b ") == "a b"


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    """Return a scenario whose texts need cleaning, by the name of the place where they stand."""
    (tmp_path / "mine.yaml").write_text(
        f"""\
extends: acute.yaml
title: "  two\u2028lines  "
description: "one\\n\\n two"
evidence: "{UNSEEN}"
sources: {{"B\u200b1": {{title: "a\ttitle", reference: "{UNSEEN}"}}}}
protocols: {{dry_needling: {{label: "{UNSEEN}"}}, combined: {{label: "Dry\u202e  both"}}}}
costs: {{currency: "E\u2028R"}}
soreness: {{mean: {{value: 30, source: "{UNSEEN}", note: "a\u200bnote", quote: "“ a ”", unit: "hours\u2028"}}}}
""",
        encoding="utf-8",
    )
    return load_scenario(str(tmp_path / "mine.yaml"), outcomes=OUTCOME_NAMES).scenario


def test_every_text_of_a_loaded_scenario_is_plain(scenario: Scenario) -> None:
    assert scenario.title == "two lines"
    assert scenario.description == "one two"
    assert scenario.evidence == "unnamed"
    assert scenario.sources["B 1"].title == "a title"
    assert scenario.costs.currency == "E R"
    mean = scenario.soreness.mean
    assert (mean.source, mean.note, mean.quote, mean.unit) == ("unnamed", "a note", "“ a ”", "hours")


def test_a_label_that_cannot_be_seen_counts_as_none(scenario: Scenario) -> None:
    assert scenario.arm_label("dry_needling") == "Dry needling"
    assert scenario.arm_label("combined") == "Dry both"


def test_a_clean_scenario_may_be_checked_again(scenario: Scenario) -> None:
    again = Scenario.model_validate(scenario.model_dump(exclude_unset=True, mode="json"))
    assert again.model_dump(mode="json") == scenario.model_dump(mode="json")
