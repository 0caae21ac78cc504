"""One patient on the page, without a browser: what is typed is understood as the command understands it, or refused."""

from __future__ import annotations

import pytest

import sim
from sim.errors import UsageError
from sim.page.one_patient import DAY, FIRST, GIVEN, MOST_ROWS, PAIN, Row, Typed, checked, outlook_of, ways_table
from tests.conftest import GIVEN_PARAMETERS

DRY = ("dry_needling",)
COURSE = (Row("0", DRY, "7"), Row("7", DRY, "5"), Row("14", (), "4,5"), Row())


@pytest.fixture(scope="module")
def source():
    return sim.Scenario.read("acute.yaml", GIVEN_PARAMETERS)


@pytest.fixture(scope="module")
def scenario(source):
    return source.model


def test_what_is_typed_becomes_days_and_numbers(scenario):
    found = checked(scenario, Typed("acute_strain", COURSE))
    assert found.visits == {0: DRY, 7: DRY}
    assert found.readings == {0: 7, 7: 5, 14: 4.5}
    assert (found.faults, found.unfinished) == ({}, ())


def test_nothing_typed_is_no_fault_and_nothing_known(scenario):
    for rows in ((FIRST, Row()), (Row(" "), Row())):
        found = checked(scenario, Typed(rows=rows))
        assert (found.visits, found.readings, found.faults, found.unfinished) == ({}, {}, {}, ())


def test_a_day_alone_does_not_count_yet(scenario):
    found = checked(scenario, Typed(rows=(Row("0", DRY, "7"), Row("7"))))
    assert (found.unfinished, found.faults) == ((1,), {})
    assert list(found.visits) == [0]


FIRST_VISIT = Row("0", DRY, "7")
FAULTS = {
    "pain of 11": ((Row("0", DRY, "11"),), (0, PAIN), "day 0: pain must lie between 0 and 10, is 11"),
    "pain below 0": ((FIRST_VISIT, Row("7", (), "-1")), (1, PAIN), "day 7: pain must lie between 0 and 10, is -1"),
    "no number": ((Row("0", DRY, "nan"),), (0, PAIN), "day 0: pain must lie between 0 and 10, is nan"),
    "a span": ((Row("0", DRY, "3-4"),), (0, PAIN), "given “3-4”; a reading is a number from 0 to 10"),
    "words": ((Row("0", DRY, "much"),), (0, PAIN), "given “much”; a reading is a number from 0 to 10"),
    "endless": ((Row("0", DRY, "1" * 5000),), (0, PAIN), "given “1111111111111111111…”; a reading is a number"),
    "out of order": ((Row("0", DRY, "7"), Row("14", (), "5"), Row("7", (), "5")), (2, DAY),
                     "day 7 stands after day 14; days must go up"),
    "twice": ((FIRST_VISIT, Row("0", (), "5")), (1, DAY), "day 0 is named twice; a day has one reading"),
    "before the first": ((Row("-3", (), "7"), FIRST_VISIT), (0, DAY),
                         "days must lie between 0 (the first visit) and 132; given -3 to 0"),
    "beyond the end": ((FIRST_VISIT, Row("400", (), "7")), (1, DAY),
                       "days must lie between 0 (the first visit) and 132; given 0 to 400"),
    "no day": ((FIRST_VISIT, Row("", (), "7")), (1, DAY), "given nothing; a day is a whole number"),
    "no day at a visit": ((Row("", DRY),), (0, DAY), "given nothing; a day is a whole number"),
    "a date": ((FIRST_VISIT, Row("3 May", (), "7")), (1, DAY), "given “3 May”; a day is a whole number"),
    "half a day": ((FIRST_VISIT, Row("1.5", (), "7")), (1, DAY), "given “1.5”; a day is a whole number"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_is_said_at_its_field(scenario, name):
    rows, place, words = FAULTS[name]
    found = checked(scenario, Typed(rows=(*rows, Row())))
    assert list(found.faults) == [place]
    assert found.faults[place].startswith(words)


@pytest.mark.parametrize(
    ("rows", "asked"),
    [
        ((Row("0", DRY, "11"),), {"readings": {0: 11}}),
        ((Row("0", DRY, "much"),), {"readings": "0:much"}),
        ((FIRST_VISIT, Row("400", (), "7")), {"readings": {0: 7, 400: 7}}),
        ((FIRST_VISIT, Row("14", (), "5"), Row("7", (), "5")), {"readings": "0:7,14:5,7:5"}),
    ],
)  # fmt: skip
def test_it_is_said_in_the_words_of_the_command(source, scenario, rows, asked):
    with pytest.raises(UsageError) as refused:
        sim.outlook(source, **asked)
    (said,) = checked(scenario, Typed(rows=rows)).faults.values()
    assert said.partition("; ")[2 if "given “" in said else 0] in str(refused.value)


def test_everything_that_is_wrong_is_said_at_once(scenario):
    rows = (Row("0", DRY, "11"), Row("x", (), "y"), Row("7", DRY, "5"), Row("7", (), "5"))
    assert set(checked(scenario, Typed(rows=rows)).faults) == {(0, PAIN), (1, DAY), (1, PAIN), (3, DAY)}


def test_the_numbers_are_those_of_the_command(source, scenario):
    found = outlook_of(scenario, Typed("acute_strain", COURSE))
    by_command = sim.outlook(
        source, profile="acute_strain", visits="0:dry_needling,7:dry_needling", readings="0:7,7:5,14:4.5"
    ).found
    assert found.ways == by_command.ways
    assert (found.moved, found.effective) == (by_command.moved, by_command.effective)


def test_every_way_is_said_to_stop_go_on_switch_or_begin(scenario):
    rows = {row[0]: row[1:] for row in ways_table(outlook_of(scenario, Typed(None, COURSE)))}
    assert list(rows) == [
        "Stop here", "Switch: Usual care", "Go on: Dry needling", "Switch: Acupuncture", "Switch: Combined"
    ]  # fmt: skip
    for pain, of_all, *_ in rows.values():
        assert abs(float(pain.split(" ")[0]) - float(of_all)) > 0.3, "the readings are high"
    before = ways_table(outlook_of(scenario, Typed()))
    assert [row[0] for row in before][1:3] == ["Begin: Usual care", "Begin: Dry needling"]
    assert all(row[1].split(" ")[0] == row[2] for row in before)


def test_there_is_always_a_line_to_fill_and_never_too_many():
    typed = Typed()
    for number in range(MOST_ROWS + 5):
        typed = typed.with_field(min(number, len(typed.rows) - 1), DAY, str(number))
    assert len(typed.rows) == MOST_ROWS
    for _ in range(MOST_ROWS + 5):
        typed = typed.without_row(0)
    assert typed.rows == (FIRST,)
    grown = Typed(rows=(FIRST,)).with_field(0, GIVEN, DRY)
    assert grown.rows == (Row("0", DRY), Row())
