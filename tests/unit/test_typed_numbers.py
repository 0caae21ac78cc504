"""Numbers as people write them: read where they can be meant in one way only, else refused with how to write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.decision.question import ask
from sim.errors import ScenarioError, UsageError
from sim.page.inputs import inputs_of
from sim.page.tuning import Tuning, touched
from sim.quantities import OUTCOME_NAMES
from sim.scenario.load import load_scenario
from sim.scenario.typed_numbers import SHARE, how_to_write, mark_of, plain_number
from sim.scenario.variants import parsed_variation
from tests.conftest import load


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2,6", 2.6), ("-0,5", -0.5), ("+2,6", 2.6), (",5", 0.5), ("0,234", 0.234), ("1234,567", 1234.567),
        ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1.234.567", 1234567), ("1,234,567", 1234567), ("1,5e3", 1500),
        ("80 %", 0.8), ("80%", 0.8), ("2,5 %", 0.025), ("80\u00a0%", 0.8), ("12 %", 0.12), ("7", 7), ("2.6", 2.6),
        ("1,234", None), ("1.234", None), ("1,250 %", None), ("4,6,8", None), ("2,6,", None), ("1,23,4", None),
        ("1,2.3", None), ("", None), ("%", None), (",", None), ("abc", None), ("1_000", None), ("1 000", None),
        ("\u0663", None), ("nan", None), ("inf", None), ("--2,6", None), ("80 % %", None), ("9" * 200, None),
    ],
)  # fmt: skip
def test_a_number_that_can_be_meant_in_one_way_only_is_read(text: str, number: float | None) -> None:
    assert plain_number(text, SHARE) == number


def test_a_mark_that_is_known_settles_what_could_be_meant_in_two_ways() -> None:
    assert (plain_number("1,234", mark=","), plain_number("1,234", mark=".")) == (1.234, None)
    assert (plain_number("1.234", mark="."), plain_number("1.234", mark=",")) == (1.234, None)
    assert [mark_of(text) for text in ("0,5", "0.5", "1,234", "1.234,5", "12", "50,5 %")] == [
        ",",
        ".",
        "",
        ",",
        "",
        ",",
    ]


def test_per_cent_is_read_only_where_it_can_be_meant() -> None:
    assert plain_number("80 %") is None
    assert plain_number("80 %", 1.0) == 80


@pytest.mark.parametrize(
    ("text", "advice"),
    [("1,234", "write 1.234 or 1234"), ("1.250 %", "write 0.0125 or 12.5"), ("2,6", "write 2.6"), ("many", "")],
)
def test_how_to_write_it_is_said(text: str, advice: str) -> None:
    assert how_to_write(text, SHARE) == advice


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("attendance.no_show=12 %", 0.12),
        ("attendance.no_show=0,12", 0.12),
        ("claims.dry_needling.satisfied.value=80%", 0.8),
        ("costs.visit=2,6", 2.6),
        ("costs.visit=1.200,50", 1200.5),
        ("cohort.profiles={acute_strain: 60 %, chronic: 40 %}", {"acute_strain": 0.6, "chronic": 0.4}),
        ("claims.dry_needling.satisfied={range: [70 %, 80 %], source: mine}", {"range": [0.7, 0.8], "source": "mine"}),
        ("relief={percent: 30 %}", {"percent": 30}),
        ("title=12 %", "12 %"),
        ("arms=[usual_care, combined]", ["usual_care", "combined"]),
    ],
)
def test_set_takes_numbers_as_people_write_them(override: str, value: Any) -> None:
    found: Any = load_scenario("acute.yaml", [override], outcomes=OUTCOME_NAMES).tree
    for step in override.partition("=")[0].removesuffix(".value").split("."):
        found = found[step]
    assert found == value


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("attendance.no_show=79", "must be at least 0 and at most 1; for 79 % write 0.79; given 79"),
        ("claims.dry_needling.satisfied=79", "must be above 0 and below 1; for 79 % write 0.79; given 79"),
        ("cohort.profiles.acute_strain=60", "must be at most 1; for 60 % write 0.6; given 60"),
        ("costs.visit=1,200", "write 1.2 or 1200; given '1,200'"),
        ("costs.visit=12 %", "or a mapping with value and source; given '12 %'"),
        ("attendance.no_show=1,250 %", "write 0.0125 or 12.5; given '1,250 %'"),
        ("protocols.combined.every_days=3,5", "write 3.5, or a list as [3,5]; given '3,5'"),
        ("response.rho=79", "must be at least -1 and at most 2; given 79"),
    ],
)
def test_what_is_in_doubt_is_refused_with_how_to_write_it(override: str, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario("acute.yaml", [override], outcomes=OUTCOME_NAMES)
    assert caught.value.faults[0].endswith(said), caught.value.faults


def test_a_file_holds_plain_numbers_and_is_told_how_to_write_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("extends: acute.yaml\nattendance: {no_show: 12 %}\ncosts:\n  visit: 2,6\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario("a.yaml", outcomes=OUTCOME_NAMES)
    faults = caught.value.faults
    assert any(fault.startswith("a.yaml:2:23: ") and "write 0.12; given '12 %'" in fault for fault in faults), faults
    assert any(fault.startswith("a.yaml:4:10: ") and "write 2.6; given '2,6'" in fault for fault in faults), faults


def test_a_list_that_is_varied_stays_one() -> None:
    assert parsed_variation("protocols.combined.visits=4,6,8") == ("protocols.combined.visits", [4, 6, 8])
    assert parsed_variation("costs.visit=2,6") == ("costs.visit", [2, 6])
    assert parsed_variation("attendance.no_show=5 %,10 %") == ("attendance.no_show", [0.05, 0.1])


def test_a_budget_takes_per_cent_of_a_share() -> None:
    scenario = load("acute.yaml").scenario
    (budget,) = ask(scenario, budgets=["satisfied>=80 %"]).budgets
    assert budget.limit == 0.8
    assert ask(scenario, budgets=["cost<=400,5"]).budgets[0].limit == 400.5
    for given, said in (("satisfied>=80", "is a share; allowed: 0 to 1; for 80 % write 0.8"),
                        ("cost<=1,200", "must end in a number; write 1.2 or 1200; given '1,200'")):  # fmt: skip
        with pytest.raises(UsageError, match=f".*{said}"):
            ask(scenario, budgets=[given])


@pytest.mark.parametrize(
    ("path", "typed", "text", "reason"),
    [
        ("attendance.no_show", "12 %", "0.12", None),
        ("attendance.no_show", "0,12", "0.12", None),
        ("costs.visit", "2,6", "2.6", None),
        ("protocols.combined.visits", "8,0", "8", None),
        ("attendance.no_show", "79", None, "must be at least 0 and at most 1; for 79 % write 0.79; given 79"),
        ("costs.visit", "1,200", None, "; write 1.2 or 1200; given 1,200"),
        ("costs.visit", "12 %", None, "given 12 %"),
    ],
)
def test_the_page_takes_numbers_as_people_write_them(
    path: str, typed: str, text: str | None, reason: str | None
) -> None:
    one = next(one for one in inputs_of(load("acute.yaml").scenario) if one.path == path)

    def check(values: Any) -> None:
        load_scenario("acute.yaml", [f"{path}={value}" for path, value in values.items()], outcomes=OUTCOME_NAMES)

    state = touched(Tuning(), one, typed, check)
    assert dict(state.values) == ({path: text} if text is not None else {})
    assert [refusal.reason.endswith(reason or "") for refusal in state.refused.values()] == [True] * (text is None)
