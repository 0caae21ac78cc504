"""The report of the outlook of one patient."""

from __future__ import annotations

from sim.learn.outlook import Outlook
from sim.plain_text import plain_text
from sim.report.document.document import Bullets, Cell, Document, Facts, Row, Section, Table
from sim.report.document.sections import first_page, inputs, limits, made, more_of
from sim.report.outlook.figure import outlook_figures
from sim.report.outlook.text import CAUTION, pain_text, sentences, shown_day

METHODS = (
    "People of the kind, evenly spread over all that a patient can be, are taken through the visits that there were, "
    "and weighed by how likely the readings would be from them: readings scatter with the noise of the person. Each "
    "way to go on is run for the same people.",
    "± is the Monte Carlo standard error. Inputs are taken as the scenario states them; their own doubt is not in it.",
)


def outlook_document(found: Outlook, name: str, command: str) -> Document:
    """Return the report."""
    answer = sentences(found)
    facts = Facts(
        (
            ("Scenario", plain_text(name)),
            ("Visits so far", ", ".join(f"day {one.day}" for one in found.so_far.visits) or "none"),
            ("Readings", _readings(found) or "none"),
            ("People like that", f"{found.effective:,.0f} of {found.bank:,}"),
        )
    )
    opening = first_page("summary", answer, outlook_figures(found), CAUTION, _table(found))
    sections = (
        *more_of(answer),
        inputs(found.scenario),
        Section("methods", "For analysts: how the numbers are made", (Bullets(METHODS),)),
        limits(),
        made(found.scenario, found.bank, command),
    )
    return Document(
        "The outlook of one patient", "A model's answer, no advice", found.scenario.title, facts, (opening,), sections
    )


def _readings(found: Outlook) -> str:
    known = [(one.day, one.pain) for one in found.so_far.visits] + [
        (one.day, one.pain) for one in found.so_far.readings
    ]
    return ", ".join(f"{pain:g} on day {day}" for day, pain in sorted(known) if pain is not None)


def _table(found: Outlook) -> Table:
    day = shown_day(found)
    rows = []
    for way in found.ways:
        then = way.on(day)
        rows.append(
            Row(
                way.label,
                (
                    Cell(pain_text(then)),
                    Cell(f"{then.reading[0]:.0f} to {then.reading[-1]:.0f}"),
                    Cell(f"{100 * then.relief.estimate:.0f} %"),
                    Cell(f"{100 * way.lost.estimate:.0f} %"),
                ),
                detail=f"visits on days {', '.join(map(str, way.visits))}" if way.visits else "no more visits",
            )
        )
    columns = ("Way to go on", "Pain", "Reading, 90 %", "In relief", "Relief lost later")
    return Table(f"What is expected on day {day}", columns, tuple(rows))
