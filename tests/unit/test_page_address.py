"""The address of the page: what was changed is in it and comes back from it; what is broken or unknown is named."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import pytest

from sim.page.address import LONGEST, address_of, arrival
from sim.page.looked_at import choices_of
from sim.page.results import Saved
from sim.page.search import MEANT, found
from sim.page.tuning import Refusal, Tuning, touched, understood

REDUCTION, NO_SHOW = "claims.dry_needling.pain_reduction", "attendance.no_show"
MIX = "cohort.profiles"
VALUES = {
    REDUCTION: "4.1",
    MIX: "{acute_strain: 0.9, chronic: 0.1}",
    "relapse.several_modalities": "visit_weighted",
    "protocols.combined.visits": "8",
}


@pytest.fixture(scope="module")
def saved() -> Saved:
    return Saved.read("acute.yaml")


@pytest.fixture(scope="module")
def choices(saved):
    return choices_of(saved, 1000)


@pytest.fixture(scope="module")
def check(saved):
    return lambda values: saved.with_values(values, 1000)


def usual(choices, **chosen):
    return {name: chosen.get(name, choice.first) for name, choice in choices.items()}


def test_what_was_changed_and_is_looked_at_comes_back_from_the_address(saved, choices, check):
    last = choices["outcome"].options[-1]
    looked_at = usual(choices, outcome=last, arms=("acupuncture",), patients=2000)
    text = urlencode(address_of(VALUES, saved.inputs, looked_at, choices))
    come = arrival(dict(parse_qsl(text)), saved.inputs, choices, check)
    assert come.left_out == ()
    assert come.looked_at == {"outcome": last, "arms": ("acupuncture",), "patients": 2000}
    assert come.tuning.refused == {}
    assert list(come.tuning.values) == list(VALUES)
    assert saved.with_values(come.tuning.values, 1000).scenario == saved.with_values(VALUES, 1000).scenario


def test_what_is_as_saved_and_as_usual_is_not_in_the_address(saved, choices, check):
    assert address_of({}, saved.inputs, usual(choices), choices) == {}
    assert arrival({}, saved.inputs, choices, check) == (Tuning(), {}, ())
    assert arrival({REDUCTION: "3.80"}, saved.inputs, choices, check).tuning == Tuning()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (REDUCTION, ""), (REDUCTION, "lots"), (REDUCTION, "99"), (REDUCTION, "[1"), (REDUCTION, "{value: 4}"),
        (REDUCTION, "9" * (LONGEST + 1)), (REDUCTION, ".inf"), (REDUCTION, ".nan"), (REDUCTION, "1" + "0" * 299),
        (REDUCTION, "&a 4"), (REDUCTION, "\x00"), (REDUCTION, "<script>alert(1)</script>"),
        ("relapse.form", "whatever"), ("relapse.form", "[]"), ("modalities.acupuncture.needling", "maybe"),
        (MIX, "nobody:1"), (MIX, "acute_strain:0.5"), (MIX, "acute_strain:{value: 1}"), (MIX, "acute_strain:-1"),
        (MIX, ""), (MIX, "}"), (MIX, "acute_strain: 1, acute_strain: 1"), ("protocols.combined.visits", "2.5"),
    ],
)  # fmt: skip
def test_a_broken_value_is_left_out_and_named_and_the_others_stay(saved, choices, check, path, text):
    other = NO_SHOW
    come = arrival({other: "0.2", path: text}, saved.inputs, choices, check)
    assert dict(come.tuning.values) == {other: "0.2"}
    assert set(come.tuning.refused) == {path}
    assert come.tuning.refused[path].reason
    assert len(come.tuning.refused[path].text) <= LONGEST


def test_what_nobody_knows_is_left_out_and_named(saved, choices, check):
    given = {f"no.such.{k}": "1" for k in range(8)} | {
        "outcome": "luck",
        "patients": "7",
        "claims": "1",
        NO_SHOW: "0.2",
    }
    come = arrival(given, saved.inputs, choices, check)
    said = " ".join(come.left_out)
    for words in ("“no.such.0”", "and 4 more", "outcome: “luck”", "patients: “7”"):
        assert words in said
    assert dict(come.tuning.values) == {NO_SHOW: "0.2"}
    assert come.looked_at == {}


def test_for_looking_only_the_address_changes_nothing(saved):
    choices = choices_of(saved, 1000, read_only=True)
    come = arrival({NO_SHOW: "0.2", "patients": "20000", "outcome": "cost"}, saved.inputs, choices, None)
    assert come.tuning == Tuning()
    assert come.looked_at == {"outcome": "cost"}
    assert "Nothing can be changed on this page" in " ".join(come.left_out)


def test_values_that_are_possible_only_together_are_taken_together(saved, choices):
    def check(values):
        if set(values) == {NO_SHOW}:
            from sim.errors import ScenarioError

            raise ScenarioError(["not without the other"])

    come = arrival({NO_SHOW: "0.2", REDUCTION: "4.1"}, saved.inputs, choices, check)
    assert dict(come.tuning.values) == {NO_SHOW: "0.2", REDUCTION: "4.1"}


def test_what_is_no_value_at_all_is_not_tried_again(saved):
    """Else a mixture that nothing on the page could show would come in with the next change."""
    by_path = {one.path: one for one in saved.inputs}
    state = touched(Tuning(), by_path[MIX], "{acute_strain: {value: 1}}", lambda values: None)
    assert state.refused[MIX].is_final
    state = touched(state, by_path[NO_SHOW], "0.2", lambda values: None)
    assert dict(state.values) == {NO_SHOW: "0.2"}
    assert isinstance(state.refused[MIX], Refusal)


def test_a_number_is_kept_so_that_every_part_of_the_page_can_read_it(saved):
    by_path = {one.path: one for one in saved.inputs}
    for text in ("4.0", "0x4", "4e0", "+4", "0o4", " 4 "):
        assert float(understood(by_path[REDUCTION], text)) == 4


def test_the_tuned_file_is_opened_as_it_was_tuned(saved, tmp_path):
    (tmp_path / "tuned.yaml").write_text(saved.tuned_file(VALUES, None), encoding="utf-8")
    again = {one.path: one.value for one in Saved.read(str(tmp_path / "tuned.yaml")).inputs}
    assert (again[REDUCTION], again["protocols.combined.visits"]) == (4.1, 8)
    assert again[MIX] == {"acute_strain": 0.9, "chronic": 0.1, "stress_linked": 0.0}


@pytest.fixture(scope="module")
def of_a_clinic():
    return Saved.read("clinic.yaml").inputs


@pytest.mark.parametrize("phrase", sorted({phrase for phrases in MEANT for phrase in phrases}))
def test_every_other_word_finds_something(of_a_clinic, phrase):
    for sought in (phrase, phrase.title(), f"{phrase}s"):
        some = found(of_a_clinic, sought)
        assert some, sought
        assert len(some) < len(of_a_clinic) / 2, "which would be no help"


@pytest.mark.parametrize(
    ("sought", "path"),
    [
        ("no-show", NO_SHOW), ("No shows", NO_SHOW), ("missed", NO_SHOW), ("price", "costs.visit"),
        ("prices", "modalities.acupuncture.cost"), ("price acupuncture", "modalities.acupuncture.cost"),
        ("cost", "costs.visit"), ("dropout", "attendance.drop_out"), ("drop-out", "attendance.drop_out"),
        ("come back", "claims.dry_needling.relapse_3mo"), ("relapse", "claims.dry_needling.relapse_3mo"),
        ("side effects", "modalities.dry_needling.adverse_events.soreness.per_course"),
        ("salary", "clinic.practitioners"),
        ("how often", "protocols.combined.every_days"), ("sessions", "protocols.combined.visits"),
    ],
)  # fmt: skip
def test_people_find_what_they_mean(of_a_clinic, sought, path):
    assert any(one.path.startswith(path) for one in found(of_a_clinic, sought))


def test_nothing_is_found_by_words_that_no_input_has(of_a_clinic):
    assert found(of_a_clinic, "weather") == []
    assert found(of_a_clinic, "price weather") == []
    assert not any("acupuncture" in one.path for one in found(of_a_clinic, "price of a room"))
