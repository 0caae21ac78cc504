"""With every entry of bookings and of the working year at the value that does nothing, a clinic is the one without."""

from __future__ import annotations

import csv

import pytest

from sim.cli.main import main

FAST = ("--replications", "3", "--workers", "1", "--set", "clinic.weeks=20", "--set", "clinic.warm_up=5")
WORKDAYS = ", ".join(f"{day}: [08:00-12:00, 13:00-17:00]" for day in ("mon", "tue", "wed", "thu", "fri"))
SILENT = (
    "clinic.closed=[]", "clinic.visit_spread=0", "clinic.overtime={wage_factor: 3, most_minutes: 0}",
    "clinic.money.absence_pay=0.5", "clinic.booking.held={share: 0}",
    "clinic.practitioners.acupuncturist.leave=[]",
    "clinic.practitioners.acupuncturist.illness={spells_per_year: 0, days: 9}",
    f"clinic.practitioners.physiotherapist.roster={{A: {{{WORKDAYS}}}, B: {{{WORKDAYS}}}}}",
)  # fmt: skip
"""What adds no measure to the report."""
LISTED = (
    "clinic.no_shows={correlation: 0}", "clinic.reminders={no_show_ratio: 1, cost_each: 0}",
    "clinic.cancellation={share: 0}", "clinic.booking.overbooked=0", "clinic.booking.calls={most: 0}",
)  # fmt: skip
"""What makes the report say more, of the same numbers."""
SAME = ("waits.csv", "weekly.csv", "groups.csv", "calendar.csv", "practitioners.csv", "months.csv")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return _saved(tmp_path_factory.mktemp("plain"))


def _saved(directory, *changes):
    sets = [part for change in changes for part in ("--set", change)]
    with pytest.raises(SystemExit) as ended:
        main(["clinic", "clinic.yaml", *FAST, *sets, "--out", str(directory / "out")])
    assert not ended.value.code
    return {file.name: file.read_bytes() for file in sorted((directory / "out").glob("*.csv"))}


def _rows(data, *of):
    """Return the rows of a table by the columns named."""
    listed = csv.DictReader(data.decode().splitlines())
    return {tuple(row[name] for name in of): row for row in listed}


def test_what_is_given_and_does_nothing_changes_no_byte_of_any_table(plain, tmp_path):
    assert _saved(tmp_path, *SILENT) == plain


def test_measures_that_are_listed_more_change_no_byte_of_those_that_were(plain, tmp_path):
    found = _saved(tmp_path, *SILENT, *LISTED)
    assert found.keys() == plain.keys()
    for name in SAME:
        assert found[name] == plain[name], name
    for name, columns in (
        ("summary.csv", ("practitioners", "treatment", "measure")),
        ("neighbours.csv", ("change", "practitioners", "rooms", "measure")),
    ):
        before, after = _rows(plain[name], *columns), _rows(found[name], *columns)
        assert before.keys() < after.keys()
        assert all(after[key] == row for key, row in before.items())
    before, after = _rows(plain["replications.csv"], "replication"), _rows(found["replications.csv"], "replication")
    assert all(after[key][name] == row[name] for key, row in before.items() for name in row)
