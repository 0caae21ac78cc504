"""Days of the year as people write them, and the years and months of a clinic."""

from __future__ import annotations

import pytest
from pydantic_core import PydanticCustomError

from sim.capacity.shares import month_count, months_of
from sim.scenario.working_year import is_off, read_stretch


@pytest.mark.parametrize(("written", "expected"), [
    ("01-01", ("day", 1, 1)), ("12-31", ("day", 365, 365)), ("3-1", ("day", 60, 60)),
    ("12-24 to 12-31", ("day", 358, 365)), ("day 7", ("day", 7, 7)), ("day 7 to 9", ("day", 7, 9)),
    ("week 30", ("week", 30, 30)), ("week  30  to 31", ("week", 30, 31)),
])  # fmt: skip
def test_days_of_the_year_are_read_as_written(written, expected):
    assert read_stretch(written) == expected


@pytest.mark.parametrize(("written", "words"), [
    ("02-29", "month 2 has 28 days"), ("13-01", "no month 13"), ("04-31", "month 4 has 30 days"),
    ("day 366", "days of the year go from 1 to 365"), ("week 53", "weeks of the year go from 1 to 52"),
    ("week 0", "go from 1 to 52"), ("12-24 to 01-02", "ends before it begins"), ("Christmas", "are written as"),
    ("2026-12-25", "are written as"), ("week 5-6", "are written as"), ("", "are written as"),
])  # fmt: skip
def test_days_that_are_none_are_refused(written, words):
    with pytest.raises(PydanticCustomError) as caught:
        read_stretch(written)
    assert words in caught.value.message()


def test_days_off_come_back_every_year():
    christmas = (read_stretch("12-25"),)
    assert [day for day in range(4 * 366) if is_off(christmas, day)] == [358, 723, 1088, 1454]
    assert [day for day in range(728) if is_off((read_stretch("week 2"),), day)] == [*range(7, 14), *range(371, 378)]


def test_a_year_has_twelve_months_of_30_or_31_days():
    months = months_of(range(365)).tolist()
    assert {months.count(m) for m in range(12)} == {30, 31}
    assert month_count(52) == 12
    assert month_count(53) == 13
    assert month_count(4) == 1
