"""What people type of their own practice: read where it can be meant in one way, and refused with what to write."""

from __future__ import annotations

import pytest

from sim.errors import UsageError
from sim.scenario import typed_answers as typed
from sim.scenario.typed_courses import course

KINDS = {"acute_strain": "Acute strain", "chronic": "Chronic", "stress_linked": "Stress-linked"}
GIVEN = {"massage": "Massage", "exercise": "Exercise", "dry_needling": "Dry needling"}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("every 7 days", 7), ("7", 7), ("7 days", 7), ("3,5", 3.5), ("every 3.5 days", 3.5), ("weekly", 7),
        ("every week", 7), ("every 2 weeks", 14), ("every other week", 14), ("Monthly", 30), ("every month", 30),
        ("twice a week", 3.5), ("daily", 1), ("fortnightly", 14), ("every second day", 2),
    ],
)  # fmt: skip
def test_spacing(text: str, days: float) -> None:
    assert typed.spacing(text, "x") == days


@pytest.mark.parametrize("text", ["", "0", "400", "2.3", "often", "every", "every 0 days", "-7", "7 7"])
def test_spacing_refused(text: str) -> None:
    with pytest.raises(UsageError):
        typed.spacing(text, "x")


@pytest.mark.parametrize(
    ("text", "value"),
    [("45", 45), ("45,50", 45.5), ("€45", 45), ("45 €", 45), ("EUR 45.50", 45.5), ("1.200,50 eur", 1200.5), ("0", 0)],
)
def test_amounts(text: str, value: float) -> None:
    assert typed.amount(text, "EUR", "price") == value


@pytest.mark.parametrize("text", ["", "EUR", "45 USD", "$45", "1,200", "four", "-1", "4 5 6 x", "nan", "1e400", "45 %"])
def test_amounts_refused(text: str) -> None:
    with pytest.raises(UsageError, match="price"):
        typed.amount(text, "EUR", "price")


@pytest.mark.parametrize(
    ("text", "value"), [("12 %", 0.12), ("12", 0.12), ("12,5%", 0.125), ("0", 0), ("0.5 %", 0.005)]
)
def test_shares(text: str, value: float) -> None:
    assert typed.share(text, "no-shows") == value


@pytest.mark.parametrize("text", ["0.12", "1", "101", "-1 %", "x", "", "%"])
def test_shares_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no-shows"):
        typed.share(text, "no-shows")


@pytest.mark.parametrize(
    "texts",
    [
        ["acute_strain=60%, chronic=40%"], ["acute=60 %", "Chronic: 40 %"], ["acute strain 60; chronic 40"],
        ["acute=0.6, chronic=0.4"], ["acute=0,6,chronic=0,4,stress=0"],
    ],
)  # fmt: skip
def test_mixtures(texts: list[str]) -> None:
    assert typed.mixture(texts, KINDS) == {"acute_strain": 0.6, "chronic": 0.4}


@pytest.mark.parametrize(
    "text",
    ["acute=60", "acute=100, chronic=0.1", "acute=1%", "x=100", "=5", "", "acute=60,acute=40", "acute=-1,chronic=2"],
)
def test_mixtures_refused(text: str) -> None:
    with pytest.raises(UsageError):
        typed.mixture([text], KINDS)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("9-17", ("09:00-17:00",)), ("9:00–12.30, 13h-17h", ("09:00-12:30", "13:00-17:00")),
        ("14 to 18 and 9 to 13", ("09:00-13:00", "14:00-18:00")), ("00:00-24:00", ("00:00-24:00",)),
    ],
)  # fmt: skip
def test_hours(text: str, spans: tuple[str, ...]) -> None:
    assert typed.hours(text) == spans


@pytest.mark.parametrize("text", ["", "9", "17-9", "9-25", "9-13, 12-18", "9:70-10", "morning"])
def test_hours_refused(text: str) -> None:
    with pytest.raises(UsageError, match="opening hours"):
        typed.hours(text)


@pytest.mark.parametrize(("text", "code"), [("€", "EUR"), ("eur", "EUR"), (" CHF ", "CHF"), ("$", "USD"), ("Kč", "Kč")])
def test_currencies(text: str, code: str) -> None:
    assert typed.currency(text) == code


def test_a_name_is_known_by_its_label_or_beginning_and_never_guessed() -> None:
    for text in ("stress_linked", "Stress-linked", "stress linked", "stress"):
        assert typed.chosen(text, KINDS, "kind") == "stress_linked"
    with pytest.raises(UsageError, match=r"'stres_linked' is no kind; allowed: .* Did you mean 'stress_linked'"):
        typed.chosen("stres_linked", KINDS, "kind")
    with pytest.raises(UsageError, match="is no kind"):
        typed.chosen("a", {"ab": "Ab", "ac": "Ac"}, "kind")


def test_a_course_in_words() -> None:
    own = course("Hands on: massage & exercise, 4 visits weekly, 2 boosters every month", GIVEN, ())
    assert (own.name, own.label, own.treatments) == ("hands_on", "Hands on", ("massage", "exercise"))
    assert (own.visits, own.every_days, own.boosters, own.boosters_every) == (4, 7, 2, 30)
    assert course("massage", GIVEN, ()).visits == 6
    assert course("massage and dry needling, 1 visit", GIVEN, ()).label == "Massage and dry needling"
