"""The page's logic without a browser: what can be tuned, what is taken over, and what is said about it."""

from __future__ import annotations

import socket
from decimal import Decimal

import pytest

from sim.calibration.calibrate import calibrate
from sim.errors import ScenarioError, UsageError
from sim.page.access import Access
from sim.page.explain import NOTHING_CHANGED, claims_said, explanation
from sim.page.inputs import HEADINGS, inputs_of
from sim.page.markdown import as_text
from sim.page.results import Saved, Target, compared, effects_of
from sim.page.scale import number_scale, written
from sim.page.serve import SETTINGS, free_port, serve
from sim.page.tuning import Tuning, mixed, reset, shares_of, shares_text, touched
from sim.scenario.evidence import Number
from sim.scenario.places import quantities
from sim.units import POINTS
from tests.conftest import load

REDUCTION, RELAPSE = "claims.dry_needling.pain_reduction", "claims.dry_needling.relapse_3mo"
TARGET = Target("pain_reduction_day42", ("dry_needling", "acupuncture"))
ENTRY = "cohort.include.reported_pain_at_least"
NOBODY = ["profiles.acute_strain.baseline_pain.mean=3", f"{ENTRY}=10"]
"""A cohort whose entry rule hardly anybody passes."""
PATIENTS = 500


@pytest.fixture(scope="module")
def saved() -> Saved:
    return Saved.read("acute.yaml")


@pytest.fixture(scope="module")
def by_path(saved):
    return {one.path: one for one in saved.inputs}


def anything(values):
    """Take over whatever is given."""


def test_every_number_of_what_is_used_can_be_tuned_with_its_unit_source_and_range(saved, by_path):
    scenario = saved.loaded.scenario
    not_given = {"sham", "advice"}
    for placed in quantities(scenario):
        if not_given & set(placed.place):
            continue
        one = by_path[placed.path]
        assert one.section in HEADINGS
        assert one.source
        assert one.status
        assert one.allowed
        assert one.scale is not None
        assert float(one.scale.low) <= placed.quantity.value <= float(one.scale.high)
        assert one.scale.snapped(placed.quantity.value) == written(placed.quantity.value)
    assert by_path[REDUCTION].unit == POINTS
    assert {
        "cohort.profiles", "cohort.include.reported_pain_at_least", "protocols.acupuncture.visits", "relapse.form",
        "relapse.several_modalities", "modalities.acupuncture.needling",
    } <= set(by_path)  # fmt: skip
    assert not not_given & {step for path in by_path for step in path.split(".")}


def test_modalities_that_no_arm_gives_are_left_out():
    paths = {one.path for one in inputs_of(load("acute.yaml", ["arms=[usual_care, dry_needling]"]).scenario)}
    assert REDUCTION in paths
    assert "claims.acupuncture.pain_reduction" not in paths


def test_what_a_claim_is_a_difference_from_can_be_tuned_though_no_arm_gives_it():
    paths = {one.path for one in inputs_of(load("literature.yaml", ["arms=[usual_care, dry_needling]"]).scenario)}
    assert {"claims.dry_needling.over.acupuncture", "claims.acupuncture.over_sham"} <= paths


def test_what_stands_by_a_name_of_the_users_own_has_its_bounds_too(by_path):
    assert by_path["profiles.acute_strain.natural_course.pain_left.day_42"].allowed == "above 0 and below 1"
    over = {one.path: one for one in inputs_of(load("literature.yaml").scenario)}[
        "claims.dry_needling.over.acupuncture"
    ]
    assert over.allowed == "at least -10 and at most 10"


def test_an_entry_rule_is_set_and_taken_back(saved, by_path):
    one = by_path[ENTRY]
    assert one.value == 0
    state = touched(Tuning(), one, "4.5", lambda values: saved.with_values(values, PATIENTS))
    assert saved.with_values(state.values, PATIENTS).scenario.cohort.include.reported_pain_at_least == 4.5
    assert touched(state, one, "0", anything) == Tuning()
    with_rule = inputs_of(load("acute.yaml", [f"{ENTRY}=4.5"]).scenario)
    assert next(one for one in with_rule if one.path == ENTRY).value == 4.5


@pytest.mark.parametrize(
    ("value", "ends", "low", "high"),
    [(3.8, (3.21, 4.39), 3.2, 4.4), (0.34, (0.26, 0.42), 0.25, 0.43), (40.0, None, 20, 60), (0.0, None, 0, 1)],
)
def test_a_slider_spans_what_is_likely_and_holds_the_saved_value(value, ends, low, high):
    scale = number_scale(value, Number("", ge=0.0, le=100.0), ends)
    assert Decimal(repr(low)) <= scale.low <= scale.high <= Decimal(repr(high))
    assert (Decimal(repr(value)) - scale.low) % scale.step == 0
    assert 20 <= (scale.high - scale.low) / scale.step <= 2000


def test_a_value_is_taken_over_and_going_back_leaves_nothing(by_path):
    one = by_path[REDUCTION]
    state = touched(Tuning(), one, " 4.1 ", anything)
    assert dict(state.values) == {REDUCTION: "4.1"}
    assert touched(state, one, "3.80", anything) == Tuning()
    assert reset(state, REDUCTION, anything) == Tuning()


@pytest.mark.parametrize(
    "nonsense", ["", "lots", "true", "[1, 2]", "{value: 4}", "4,100", "0x10", "&a 4", "*a", "nan", "\x00"]
)
def test_nonsense_leaves_the_last_valid_state(saved, by_path, nonsense):
    def check(values):
        saved.with_values(values, PATIENTS)

    one = by_path[REDUCTION]
    state = touched(touched(Tuning(), one, "4.1", check), one, nonsense, check)
    assert dict(state.values) == {REDUCTION: "4.1"}
    assert state.refused[REDUCTION].reason
    assert touched(state, one, "4.2", check) == Tuning({REDUCTION: "4.2"})


def test_what_cannot_be_alone_is_taken_over_once_it_can(by_path):
    def check(values):
        if set(values) == {RELAPSE}:
            raise ScenarioError(["not without the other"])

    state = touched(Tuning(), by_path[RELAPSE], "0.4", check)
    assert (dict(state.values), state.refused[RELAPSE].reason) == ({}, "not without the other")
    state = touched(state, by_path[REDUCTION], "4.1", check)
    assert dict(state.values) == {REDUCTION: "4.1", RELAPSE: "0.4"}
    assert not state.refused
    # Nor can the other go without it.
    state = reset(state, REDUCTION, check)
    assert dict(state.values) == {REDUCTION: "4.1", RELAPSE: "0.4"}
    assert REDUCTION in state.refused


def test_shares_make_room_in_proportion():
    assert mixed({"a": 0.5, "b": 0.3, "c": 0.2}, "a", 0.0) == {"a": 0.0, "b": 0.6, "c": 0.4}
    assert mixed({"a": 1.0, "b": 0.0, "c": 0.0}, "a", 0.4) == {"a": 0.4, "b": 0.3, "c": 0.3}
    assert mixed({"a": 1.0}, "a", 0.2) == {"a": 1.0}
    for share in (0.1, 0.33, 0.777, 1.0):
        assert sum(mixed({"a": 0.1, "b": 0.2, "c": 0.7}, "b", share).values()) == pytest.approx(1, abs=1e-12)
    text = shares_text({"a": 0.25, "b": 0.75, "c": 0.0}, {"a": 1.0, "b": 0.0, "c": 0.0}, {})
    assert text == "{a: 0.25, b: 0.75}"
    assert shares_of(text) == {"a": 0.25, "b": 0.75}


def test_what_changed_is_said_with_its_error_and_what_did_most(saved):
    values = {REDUCTION: "4.1", RELAPSE: "0.30"}
    before, after = saved.study({}, PATIENTS), saved.study(values, PATIENTS)
    comparison = compared(before, after, TARGET)
    effects = effects_of([before, *(saved.study({path: text}, PATIENTS) for path, text in values.items())], TARGET)
    together = comparison.effect(TARGET)
    alone = dict(zip(values, effects, strict=True))
    said = " ".join(explanation(saved.inputs, values, comparison, TARGET, alone, together))
    assert "You changed 2 inputs" in said
    assert "Dry needling: fall in pain by the end of the course: alone" in said
    assert "Usual care did not move" in said
    assert "as near to the claims as the doubts about them allow" in said
    # What is said to have moved is the difference of two runs of the same patients.
    means = [result.tally.moments.means() for result in comparison.joint.results]
    arms = list(before.setting.arms)
    first, second = (
        mean.of(TARGET.outcome, arms.index("dry_needling"))[0] - mean.of(TARGET.outcome, arms.index("acupuncture"))[0]
        for mean in means
    )
    assert together.estimate == pytest.approx(second - first, rel=1e-9)
    assert 0 < together.mc_error < abs(together.estimate)
    nothing = compared(before, before, TARGET)
    assert explanation(saved.inputs, {}, nothing, TARGET, {}, nothing.effect(TARGET)) == [NOTHING_CHANGED]


def test_a_claim_out_of_reach_is_taken_over_and_said_to_be_missed(saved):
    assert not claims_said(saved.study({}, PATIENTS))
    study = saved.study({REDUCTION: "9.5"}, PATIENTS)
    said = " ".join(claims_said(study))
    missed = [claim for claim in study.calibration.claims if claim.is_missed]
    assert REDUCTION in {claim.place for claim in missed}
    for claim in missed:
        assert f"{claim.place}: {claim.value:.3g}" in said
        assert f"{claim.reached:.3g} is reached" in said


def test_a_claim_of_no_more_than_the_context_effect_is_said_to_leave_nothing(saved):
    said = claims_said(saved.study({"claims.acupuncture.pain_reduction": "1.0"}, PATIENTS))
    assert any("Acupuncture" in sentence and "next to no effect of its own" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"modalities.acupuncture.cost": "55"}, None),
        ({"profiles.acute_strain.natural_course.pain_left.day_42": "0.5"}, "course of an episode without needling"),
        ({"modalities.dry_needling.fade": "40"}, "The claims stay as they are"),
    ],
)
def test_a_new_calibration_is_spoken_of_where_there_is_one(saved, values, words):
    before, after = saved.study({}, PATIENTS), saved.study(values, PATIENTS)
    comparison = compared(before, after, TARGET)
    effect = comparison.effect(TARGET)
    said = " ".join(explanation(saved.inputs, values, comparison, TARGET, dict.fromkeys(values, effect), effect))
    assert ("(calibration)" in said or "calibrated anew" in said) == (words is not None)
    assert words is None or words in said


def test_prices_and_minutes_are_calibrated_no_differently(saved):
    """So the page may keep a calibration when one of them is moved."""
    numbers = {
        "modalities.acupuncture.cost": "55", "modalities.acupuncture.minutes": "5",
        "modalities.dry_needling.first_visit_cost": "9", "modalities.dry_needling.serious_events": "0",
    }  # fmt: skip
    kept, tuned = saved.study({}, PATIENTS).calibration, saved.study(numbers, PATIENTS)
    assert tuned.calibration is kept
    assert repr(calibrate(tuned.scenario)) == repr(kept)


def test_a_profile_that_comes_in_gets_its_own_natural_course():
    """The claims of the literature are of chronic patients only, so that others are calibrated once they are there."""
    saved = Saved.read("literature.yaml", ["cohort.profiles={chronic: 1}"])
    saved.study({}, PATIENTS)
    values = {"cohort.profiles": "{acute_strain: 0.5, chronic: 0.5}"}
    found = saved.study(values, PATIENTS).calibration.natural
    assert found == calibrate(saved.with_values(values, PATIENTS).scenario).natural


def test_the_tuned_file_loads_as_the_page_ran_it(saved, tmp_path):
    values = {
        REDUCTION: "4.1",
        "cohort.profiles": "{acute_strain: 0.75, chronic: 0.25}",
        "protocols.combined.visits": "8",
    }
    (tmp_path / "tuned.yaml").write_text(saved.tuned_file(values, PATIENTS), encoding="utf-8")
    assert load(str(tmp_path / "tuned.yaml")).scenario == saved.with_values(values, PATIENTS).scenario


@pytest.mark.parametrize(
    "text", ["*a* _b_ `c` [d](e) <f> $g$ :red[h] | ~i~ & \\", "# head", "1. one", "- item", ":smile:"]
)
def test_text_means_no_more_than_it_says(text):
    import re

    shown = as_text(text)
    assert re.sub(r"\\(.)", r"\1", shown) == text
    for mark in "*_`[]<>$|~&":
        assert all(shown[found.start() - 1] == "\\" for found in re.finditer(re.escape(mark), shown))
    assert not shown.startswith(("#", "-", "1. ", ":s"))


def test_the_page_stays_on_this_computer_and_tells_nobody():
    assert SETTINGS["server.address"] == "127.0.0.1"
    assert SETTINGS["browser.gatherUsageStats"] is False
    assert SETTINGS["server.enableXsrfProtection"] is True
    assert SETTINGS["server.enableCORS"] is True


def test_a_port_that_is_taken_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            free_port(port)
    assert free_port(None) >= 8501
    with pytest.raises(UsageError, match="from 1 to 65535"):
        free_port(70_000)


def test_without_streamlit_the_way_to_get_it_is_said(monkeypatch):
    monkeypatch.setattr("sim.output.extras.find_spec", lambda name: None)
    with pytest.raises(
        UsageError, match=r"simulate tune needs streamlit; install it with: .*pip install -e '.*\[ui\]'"
    ):
        serve("acute.yaml", [], 500, None, open_browser=False, access=Access())


@pytest.mark.parametrize(
    ("config", "options", "patients", "words"),
    [
        ("none.yaml", [], 500, "none.yaml"),
        ("acute.yaml", ["claims.dry_needling.satisfied=1.2"], 500, "claims.dry_needling.satisfied"),
        ("acute.yaml", ["protocols.dry_needling.every_days=60"], 500, "followup.horizon"),
        ("acute.yaml", NOBODY, 500, "cohort.include.reported_pain_at_least"),
        ("acute.yaml", [], 5, "--patients"),
        ("acute.yaml", [], 10_000_000, "--patients"),
    ],
)
def test_a_scenario_that_cannot_run_is_said_before_anything_is_served(config, options, patients, words):
    from sim.errors import CoursesimError

    with pytest.raises(CoursesimError, match=words):
        serve(config, options, patients, None, open_browser=False, access=Access())


def test_a_slider_that_already_stands_there_is_not_set_again(monkeypatch):
    """Setting it would take it back from a visitor who has moved on while the page was at work."""
    controls = pytest.importorskip("sim.page.controls")
    state = {"slider": 0.1 + 0.2, "far": 0.25}
    monkeypatch.setattr(controls.st, "session_state", state)
    controls._set("slider", 0.3)
    controls._set("far", 0.3)
    controls._set("new", "by visits")
    assert state == {"slider": 0.1 + 0.2, "far": 0.3, "new": "by visits"}
    assert state["slider"] != 0.3
