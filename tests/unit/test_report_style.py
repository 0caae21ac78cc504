"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest

from sim.estimate.estimate import Difference, Estimate
from sim.report.words.numbers import difference_with_error, of_hundred, with_error
from sim.units import (
    CURRENCY,
    DAYS,
    EVENTS_PER_100_VISITS,
    POINTS,
    QALYS,
    SHARE,
    SHARE_OF_RELIEVED,
    VISITS,
    Unit,
    money,
    unit_named,
)


@pytest.mark.parametrize(
    ("value", "error", "unit", "written"),
    [
        (3.41666, 0.021, "NRS points", "3.42 ± 0.02"),
        (-0.004, 0.021, "NRS points", "0.00 ± 0.02"),
        (-1.5, 0.3, "NRS points", "−1.5 ± 0.3"),
        (0.38735, 0.0034, "share", "38.7 ± 0.3 %"),
        (0.333, 0.012, "share of relieved", "33 ± 1 %"),
        (0.0, 0.0, "share", "0 %"),
        (6.0, 0.0, "visits", "6"),
        (412.4, 1.3, "USD", "$412 ± 1"),
        (85.5, 0.4, "EUR", "€85.50 ± 0.40"),
        (76.3, 5.4, "CHF", "76 ± 5 CHF"),
        (1234567.0, 100.0, "USD", "$1,234,567 ± 100"),
        (0.25341, 0.00021, "QALY", "0.2534 ± 0.0002 QALY"),
        (0.5, 0.007, "days", "0.5 ± 0.007"),
        (math.inf, math.nan, "visits", "not reached"),
        (math.nan, math.nan, "USD", "–"),
        (3.39, math.nan, "NRS points", "3.39 ± –"),
    ],
)
def test_a_number_has_the_digits_its_error_leaves_meaningful(
    value: float, error: float, unit: str, written: str
) -> None:
    expected = written if unit != "QALY" else written.removesuffix(" QALY")
    written_in = unit_named(unit)
    assert written_in.with_error(value, error).replace("\N{NO-BREAK SPACE}", " ") == expected
    if math.isfinite(value):
        found = Estimate(written_in, value, error, value, value)
        assert with_error(found) == written_in.with_error(value, error)


def test_differences_carry_their_sign_and_shares_are_in_percentage_points() -> None:
    def difference(value: float, unit: Unit) -> str:
        found = Difference(unit, value, 0.003, value, value, "a", "b", "all", "o", 0.01)
        return difference_with_error(found).replace("\N{NO-BREAK SPACE}", " ")

    assert difference(0.148, unit_named("share")) == "+14.8 ± 0.3 pp"
    assert difference(-0.148, unit_named("share of relieved")) == "−14.8 ± 0.3 pp"
    assert difference(-442.0, unit_named("USD")) == "−$442 ± 0.003"
    assert (
        difference(0.0, unit_named("NRS points")) == "0.000 ± 0.003"
        or difference(0.0, unit_named("NRS points")) == "0.00 ± 0.003"
    )


def test_intervals_name_both_ends() -> None:
    assert unit_named("NRS points").interval(3.381, 3.459, 0.02) == "3.38 to 3.46"
    assert unit_named("share").interval(0.381, 0.392, 0.003).replace("\N{NO-BREAK SPACE}", " ") == "38.1 to 39.2 %"
    assert unit_named("USD").interval(-201.0, -180.0, 5.0) == "−$201 to −$180"
    assert unit_named("visits").interval(1.0, math.inf, math.nan) == "1 to not reached"
    assert unit_named("visits").interval(math.nan, 1.0) == ""


def test_a_share_that_is_zero_by_chance_does_not_look_like_certainty() -> None:
    assert unit_named("share").interval(0.0, 0.0002, 0.0).replace("\N{NO-BREAK SPACE}", " ") == "0.00 to 0.02 %"


@pytest.mark.parametrize(
    ("share", "words"), [(0.64, "64"), (0.001, "fewer than 1"), (0.0, "0"), (0.999, "more than 99"), (1.0, "100")]
)
def test_shares_are_counted_in_a_hundred(share: float, words: str) -> None:
    assert of_hundred(share) == words


def test_values_for_axes_may_be_bare() -> None:
    assert SHARE.number(0.5, bare=True) == "50"
    assert POINTS.number(-2.0, bare=True, signed=True) == "−2"


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        (SHARE, 0.148, "+14.8 ± 0.3 percentage points"),
        (SHARE_OF_RELIEVED, -0.148, "−14.8 ± 0.3 percentage points"),
        (POINTS, 0.4, "+0.400 ± 0.003 points"),
        (DAYS, -3.25, "−3.2 ± 0.003 days"),
        (EVENTS_PER_100_VISITS, 1.0, "+1.0 ± 0.003 events per 100 visits"),
        (money("EUR"), 12.0, "+€12.00 ± 0.003"),
        (money("CHF"), 120.0, "+120 ± 0.003 CHF"),
    ],
)
def test_a_difference_in_words_names_its_unit_once(unit: Unit, value: float, words: str) -> None:
    assert unit.difference_in_words(value, 0.003).replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        (SHARE, 0.01, "1 percentage point"),
        (SHARE, 0.02, "2 percentage points"),
        (POINTS, 0.1, "0.10 points"),
        (DAYS, 1.0, "1 day"),
        (QALYS, 0.001, "0.0010 QALY"),
        (VISITS, 2.0, "2 visits"),
        (money("USD"), 1.0, "$1"),
        (money("CHF"), 1.0, "1 CHF"),
    ],
)
def test_an_amount_is_one_or_several(unit: Unit, value: float, words: str) -> None:
    assert unit.amount(value).replace("\N{NO-BREAK SPACE}", " ") == words


def test_money_is_in_the_currency_of_the_scenario_and_other_units_stay() -> None:
    assert CURRENCY.of("EUR") == money("EUR")
    assert CURRENCY.of("EUR").number(3.0) == "€3"
    assert DAYS.of("EUR") is DAYS


@pytest.mark.parametrize("name", ["share", "share of relieved", "share of visits", "NRS points", "EUR", "furlongs", ""])
def test_a_unit_keeps_the_name_that_files_have(name: str) -> None:
    assert str(unit_named(name)) == unit_named(name).name == name
    assert unit_named(name).is_share == name.startswith("share")
