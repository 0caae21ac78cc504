"""An arm and a treatment added on the page: they are there, can be tuned, go into the file, and can be taken away."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim.errors import CoursesimError, UsageError
from sim.page.adding import Added, TypedArm, with_arm, with_treatment, without
from sim.page.results import Saved
from sim.page.tuning import Tuning
from tests.conftest import GIVEN_PARAMETERS

pytest.importorskip("streamlit")
PLAN = TypedArm(visits="4", every_days="weekly", boosters="2", boosters_every="30 days")
MASSAGE = {"name": "Massage", "minutes": "30", "price": "40", "removes": "25 %", "half_after": "3"}


def no_check(changes: tuple[str, ...]) -> None:
    """Take everything."""


def saved_with(added: Added) -> Saved:
    return Saved.read("acute.yaml", (*GIVEN_PARAMETERS, *added.changes))


def both() -> Added:
    one = with_treatment(Added(), saved_with(Added()).loaded.scenario, MASSAGE, no_check)
    return with_arm(one, saved_with(one).loaded.scenario, ("massage", "dry_needling"), PLAN, no_check)


def test_what_was_added_is_in_the_scenario_and_in_the_file_to_take_along(tmp_path: Path) -> None:
    added = both()
    assert added.labels == ("Treatment: Massage", "Arm: Massage and dry needling")
    saved = saved_with(added)
    scenario = saved.loaded.scenario
    assert scenario.arms[-1] == "massage_and_dry_needling"
    assert scenario.protocols["massage_and_dry_needling"].visit_days == (0, 7, 14, 21, 51, 81)
    assert scenario.modalities["massage"].cost.value == 40
    assert scenario.modalities["massage"].cost.status == "own"
    file = tmp_path / "taken.yaml"
    file.write_text(saved.tuned_file({"modalities.massage.cost": "50"}, None), encoding="utf-8")
    taken = Saved.read(str(file)).loaded.scenario
    assert taken.arms == scenario.arms
    assert taken.modalities["massage"].cost.value == 50
    assert {one.path for one in saved.inputs} >= {"modalities.massage.cost", "parameters.massage.ceiling"}


def test_an_arm_like_one_that_is_there_gets_a_name_of_its_own() -> None:
    scenario = saved_with(Added()).loaded.scenario
    added = with_arm(Added(), scenario, ("dry_needling",), replace(PLAN, boosters="0"), no_check)
    assert added.labels == ("Arm: Own dry needling",)
    assert saved_with(added).loaded.scenario.arms[-1] == "own_dry_needling"
    reviews = with_arm(Added(), scenario, (), replace(PLAN, boosters="6"), no_check)
    assert saved_with(reviews).loaded.scenario.followup.horizon.value == 273


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"visits": "0"}, "number of visits: must be from 1 to 60"),
        ({"every_days": "often"}, "'often' is no spacing"),
        ({"name": "combined"}, "an arm called combined is there already"),
        ({"boosters": "60"}, "at most 60 visits, boosters among them"),
    ],
)
def test_an_arm_that_cannot_be_is_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        with_arm(Added(), saved_with(Added()).loaded.scenario, ("sham",), replace(PLAN, **change), no_check)


def test_what_the_scenario_refuses_is_not_added() -> None:
    def refuse(changes: tuple[str, ...]) -> None:
        raise UsageError("no")

    before = Added()
    with pytest.raises(CoursesimError):
        with_treatment(before, saved_with(before).loaded.scenario, MASSAGE, refuse)
    assert before == Added()


def test_taken_away_with_what_was_tuned_of_it() -> None:
    state = Tuning({"modalities.massage.cost": "50", "costs.visit": "45", "protocols.combined.visits": "4"})
    assert dict(without(state, both()).values) == {"costs.visit": "45", "protocols.combined.visits": "4"}
    assert without(state, Added()) == state


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    from streamlit.testing.v1 import AppTest

    import sim.page.app

    file = str(sim.page.app.__file__)
    given = {"config": "acute.yaml", "options": list(GIVEN_PARAMETERS), "patients": 1000}
    monkeypatch.setattr(sys, "argv", [file, json.dumps(given)])
    return AppTest.from_file(file, default_timeout=300).run()


def press(page: Any, label: str) -> None:
    next(button for button in page.button if button.label == label).click()
    page.run()
    assert not page.exception


def test_the_page_adds_refuses_and_takes_away(page: Any) -> None:
    assert not page.exception
    page.text_input(key="treatment name").set_value("Massage")
    page.text_input(key="treatment price").set_value("12,50")
    press(page, "Add this treatment")
    page.multiselect(key="arm given").set_value(["Massage"])
    page.text_input(key="arm visits").set_value("99")
    press(page, "Add this arm")
    assert "Not added: number of visits: must be from 1 to 60" in page.error[0].value
    page.text_input(key="arm visits").set_value("4")
    press(page, "Add this arm")
    assert not page.error
    assert "Massage" in page.radio(key="arms").options
    assert "Massage minus Usual care" in page.radio(key="arms").options
    page.radio(key="arms").set_value(("massage",))
    page.run()
    assert not page.exception
    link = dict(page.query_params)
    press(page, "Take away what was added")
    assert not any("Massage" in option for option in page.radio(key="arms").options)
    assert "added" not in page.query_params
    for name, values in link.items():
        page.query_params[name] = values
    page.run()
    assert not page.exception
    assert "Massage" in page.radio(key="arms").options
    assert page.radio(key="arms").value == ("massage",)


def test_an_address_that_adds_what_cannot_be_is_left_out_and_named(page: Any) -> None:
    page.query_params["added"] = json.dumps([["protocols.own={visits: none}", "arms=[usual_care, own]"], ["Arm: Own"]])
    page.run()
    assert not page.exception
    assert "What was added: " in page.warning[0].value
    assert not any("Own" in option for option in page.radio(key="arms").options)


def test_what_was_added_can_be_written_and_read_again() -> None:
    assert Added.from_text(both().text) == both()
    assert Added.from_text(Added().text) == Added()


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "[1, 2]", '[["extends=/etc/passwd"], []]', '[["costs.visit=1"], ["x"]]', '[["armsx=1"], []]'],
)
def test_a_text_that_adds_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Added.from_text(text)
