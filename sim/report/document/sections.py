"""Sections that every kind of report has: what went in, article and literature, limits, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence

import sim
from sim.plain_text import printable
from sim.report.document.document import (
    Block,
    Bullets,
    Caution,
    Code,
    Columns,
    Facts,
    Gallery,
    Meanings,
    Plain,
    Section,
    Text,
)
from sim.report.drawing.figure import FigureFile
from sim.report.run.tables import finding_table, input_table
from sim.report.words.inputs import STATUS_WORDS
from sim.report.words.numbers import format_count
from sim.scenario.evidence import STATUS_MEANING
from sim.scenario.schema import Scenario

ERROR_NOTE = (
    "± is the simulation error (one Monte Carlo standard error): run again with other random patients, a number would "
    "typically move by about that much. It says how exact the simulation is, not how true the assumptions are."
)
LIMITS = (
    "This is not medical advice, and no forecast for any single person.",
    "A simulation shows the consequences of what is put into it. It is no evidence that a treatment works.",
    "Inputs with the status “claim” come from an article whose own source could not be traced.",
    "Inputs with the status “assumption” have no published figure behind them; other values may give other answers.",
    "The simulation error (±) and the 95 % intervals cover chance in the simulation only, not doubt about the inputs.",
    "A difference that is beyond chance in the simulation may still be too small for a patient to notice.",
)


MOST_ON_FIRST_PAGE = 3
"""Sentences of an answer that stand on the first page; the others are folded below."""

MOST_ROWS = 6
"""Rows of the table on the first page."""


def first_page(
    name: str,
    answer: Sequence[str],
    figures: Sequence[FigureFile],
    caution: str,
    *below: Block,
    beside: Sequence[Plain] = (),
) -> Section:
    """Return what fits a screen: the answer beside the figure that carries it, and below both a short table.

    `name` is that of the section; `answer` begins with the sentence that matters most; `beside` stands under it,
    `caution` closes it.
    """
    first, *rest = answer
    said: list[Plain] = [Text(first, "lead")]
    if rest:
        said.append(Bullets(tuple(rest[:MOST_ON_FIRST_PAGE]), "answers"))
    said += [*beside, Caution("Read this with care.", f"{caution} It is not medical advice.")]
    blocks = (Columns(tuple(said), (Gallery(tuple(figures)),)),) if figures else tuple(said)
    return Section(name, "In short", (*blocks, *below))


def more_of(answer: Sequence[str]) -> tuple[Section, ...]:
    """Return what of an answer does not stand on the first page, if there is more."""
    left = tuple(answer[1 + MOST_ON_FIRST_PAGE :])
    return (Section("more", "More on the answer", (Bullets(left, "answers"),)),) if left else ()


def inputs(scenario: Scenario) -> Section:
    """Return every number that a scenario gives to the simulation, and what the statuses mean."""
    statuses = tuple((STATUS_WORDS[status], meaning) for status, meaning in STATUS_MEANING.items())
    intro = "Every number that the simulation was given, where it comes from, and how far it can be trusted."
    return Section("assumptions", "What went in", (Text(intro), Meanings(statuses), input_table(scenario)))


def findings(scenario: Scenario) -> Section | None:
    """Return what the article says beside what others found; None if the evidence set lists nothing."""
    table = finding_table(scenario)
    if table is None:
        return None
    intro = (
        "The article cites a review that could not be found, so its numbers are claims. This is what published "
        "studies say on the same points."
    )
    return Section("findings", "The article and the literature", (Text(intro), table))


def limits(*more: str) -> Section:
    """Return what must not be read into a report; `more` are limits of its kind."""
    return Section("limits", "Limits", (Bullets((*LIMITS, *more)),))


def made(scenario: Scenario, patients: int, command: str) -> Section:
    """Return program, patients and seed, and the command that makes the report again."""
    facts = Facts(
        (
            ("Program", f"coursesim {sim.__version__}"),
            ("Patients", format_count(patients)),
            ("Seed", str(scenario.seed)),
            ("Command", Code(printable(command))),
        )
    )
    again = (
        "The file manifest.json beside this report holds the whole configuration, the versions of all parts, and what "
        "is needed to run it again. The same seed gives the same report."
    )
    return made_of(facts, again)


def made_of(facts: Facts, again: str) -> Section:
    """Return how a report was made, and what making it again takes."""
    return Section("made", "How it was made", (facts, Text(again)))
