"""Tables of a description: for the report, and for the files beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sim.learn.cells_shown import Described, is_small
from sim.learn.describe import Description
from sim.plain_text import plain_text
from sim.report.description.returns import ReturnRow, return_curve, return_rows
from sim.report.description.text import FEW, count_words
from sim.report.document.document import Cell, Row, Table
from sim.report.table import Table as Data
from sim.report.words.numbers import capital, format_count, with_error
from sim.units import SHARE

INTERVAL = "95 % interval"
ERROR_NOTE = (
    "± is the standard error over the recorded patients: with other patients of the same kind a number would typically "
    "move by about that much. It says nothing about what was not recorded."
)


def name_words(name: str) -> str:
    """Return a name as people read it."""
    return capital(name.replace("_", " "))


def people_table(found: Description) -> Table:
    """Return how many people there are."""
    people = found.people
    rows = (
        *([] if is_small(people.never_came) else [("In the records", count_words(people.recorded))]),
        ("Came at least once", count_words(people.began)),
        ("Never came", count_words(people.never_came)),
        ("Answered later", count_words(people.answered)),
        ("Visits that took place", format_count(people.visits)),
        ("Readings of pain at visits", format_count(people.readings)),
    )
    return Table("People and visits", ("", "Number"), tuple(Row(head, (Cell(text),)) for head, text in rows))


def first_estimates(found: Description) -> list[tuple[str, Described]]:
    """Return the estimates that matter most, each with what it is."""
    last = f"visit {found.usual_last}"
    wanted = (
        ("Visits a patient", found.about("visits")),
        ("Appointments missed", found.about("no-shows", "all appointments")),
        ("Pain at the first visit", found.about("pain", "visit 1", "mean")),
        (f"Pain at {last}", found.about("pain", last, "mean") if found.usual_last > 1 else []),
        ("Fell by 2 points or more, first to last reading", found.about("change", "fell by 2 points or more")),
    )
    return [(label, some[0]) for label, some in wanted if some]


def first_table(found: Description) -> Table:
    """Return the numbers that matter most."""
    rows = []
    for label, one in first_estimates(found):
        number, interval, patients = _row(label, one).cells
        rows.append(Row(label, (Cell(number.text, interval.text), patients)))
    return Table("In numbers, with 95 % intervals", ("", "Number", "Patients"), tuple(rows))


def topic_table(
    found: Description, topic: str, caption: str, label: Callable[[str], str] = capital, statistic: str | None = None
) -> Table | None:
    """Return the estimates of a topic, None if there are none."""
    rows = [_row(label(one.at), one) for one in found.about(topic, None, statistic)]
    return Table(caption, ("", "Number", INTERVAL, "Patients"), tuple(rows)) if rows else None


def _row(label: str, one: Described) -> Row:
    if not one.is_shown:
        return Row(plain_text(label), (Cell(""), Cell(""), Cell(FEW)))
    return Row(
        plain_text(label),
        (
            Cell(one.unit.in_words(with_error(one))), Cell(one.unit.interval(one.lower, one.upper, one.mc_error)),
            Cell(format_count(one.patients or 0)),
        ),
    )  # fmt: skip


def mean_table(found: Description, topic: str, caption: str, label: Callable[[str], str] = capital) -> Table | None:
    """Return means with their spread, None if there are none."""
    means = found.about(topic, None, "mean")
    spreads = {one.at: one for one in found.about(topic, None, "sd")}
    rows = []
    for one in means:
        *cells, patients = _row(label(one.at), one).cells
        sd = spreads.get(one.at)
        rows.append(
            Row(plain_text(label(one.at)), (*cells, Cell(with_error(sd) if sd and sd.is_shown else ""), patients))
        )
    columns = ("", "Mean", INTERVAL, "Spread (sd)", "Patients")
    return Table(caption, columns, tuple(rows)) if rows else None


def return_table(found: Description) -> Table | None:
    """Return the share in whom the complaint came back by some days."""
    rows = []
    for row in return_rows(found):
        one = row.estimate
        written = with_error(one) if one.is_shown else FEW
        interval = SHARE.interval(one.lower, one.upper, one.mc_error) if one.is_shown else ""
        rows.append(Row(f"{row.day} days", (Cell(written), Cell(interval), Cell(format_count(row.at_risk)))))
    columns = ("By, after the last visit", "Came back", INTERVAL, "Still watched then")
    return Table("Share in whom the complaint came back", columns, tuple(rows)) if rows else None


def finding_table(found: Description) -> Table | None:
    """Return what looked odd in the files, None if nothing did."""
    rows = [
        Row(plain_text(one.file), tuple(Cell(plain_text(text)) for text in (
            capital(one.what), _number(one.count), one.done
        )))
        for one in found.records.findings
    ]  # fmt: skip
    return (
        Table("What looked odd", ("File", "What", "How many", "What was done"), tuple(rows), "words") if rows else None
    )


def _number(count: int) -> str:
    return FEW if is_small(count) else format_count(count)


def summary_data(found: Description) -> Data:
    """Return all estimates, a row each."""
    return Data(Described.COLUMNS, (_blank(one) for one in found.estimates))


def _blank(one: Described) -> dict[str, Any]:
    record = one.record()
    return {key: "" if value is None else value for key, value in record.items()}


def people_data(found: Description) -> Data:
    """Return the numbers of people and visits; one that is too small is empty."""
    rows = ({"what": name, "count": "" if count is None else count} for name, count in people_shown(found).items())
    return Data(("what", "count"), rows)


def people_shown(found: Description) -> dict[str, int | None]:
    """Return the numbers of people and visits, None for one that is too small, or from which such a one follows."""
    people = found.people
    shown = {name: None if is_small(count) else count for name, count in vars(people).items()}
    return shown | ({"recorded": None} if is_small(people.never_came) else {})


def return_data(found: Description) -> Data:
    """Return the curve of returns, a row a week."""
    columns = ("day", "unit", "estimate", "standard_error", "lower", "upper", "at_risk")
    return Data(columns, (return_record(row) for row in return_curve(found)))


def return_record(row: ReturnRow) -> dict[str, Any]:
    """Return a point of the curve as files write it."""
    one = row.estimate
    return {
        "day": row.day, "unit": one.unit, "estimate": one.estimate, "standard_error": one.standard_error,
        "lower": one.lower, "upper": one.upper, "at_risk": row.at_risk,
    }  # fmt: skip


def finding_data(found: Description) -> Data:
    """Return what looked odd, without the rows, which are of single patients."""
    rows = (
        {"file": one.file, "what": one.what, "count": "" if is_small(one.count) else one.count, "done": one.done}
        for one in found.records.findings
    )  # fmt: skip
    return Data(("file", "what", "count", "done"), rows)


def there(tables: Iterable[Table | None]) -> Sequence[Table]:
    """Return the tables that there are."""
    return [table for table in tables if table is not None]
