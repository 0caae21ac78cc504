"""The report of a description: what the records say, what looked odd, and what they cannot say."""

from __future__ import annotations

from collections.abc import Sequence

import sim
from sim.learn.describe import Description
from sim.plain_text import plain_text, printable
from sim.report.description import tables
from sim.report.description.text import CAUTION, HIDDEN, count_words, sentences
from sim.report.document.document import Block, Bullets, Code, Document, Facts, Gallery, Section, Text
from sim.report.document.sections import first_page, made_of, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.words.numbers import format_count

KIND_LINE = "What a clinic's records say"
ON_FIRST_PAGE = "pain_by_visit"
LIMITS = (
    "This is not medical advice, and no forecast for any single person.",
    "Nothing is modelled here: these are counts, means and shares of what was written down.",
    "Pain falls in people who are not treated, too: most come when it is at its worst. Records of treated patients "
    "cannot tell natural course, the effect of being treated at all and that of the treatment apart.",
    "Patients chose their treatment, or somebody chose it for them; a difference between those treated in one way and "
    "in another is not the effect of the treatment.",
    "Whoever is not asked, or does not answer, may be better or worse off than those who do.",
    "What is not written down is taken as not known, never as no.",
)
METHODS = (
    "A mean of one value a patient has Student's interval; a share has Wilson's. Where a patient has several visits, "
    "the error is that of a ratio of sums over patients.",
    "Returns: Turnbull's estimate from the last visit, as Kaplan and Meier's but for intervals. They came "
    "after the last no and by the first yes; who said no last counts up to then. Between the times that the answers "
    "tell, returns are taken to be spread evenly. Standard errors by drawing patients anew 200 times, intervals on the "
    "scale of log(−log).",
    "Drop-out per visit: courses that were broken off, divided by the visits after which they could have been.",
    f"{HIDDEN} Of parts of a whole, if a single one is too small, the smallest of the others is not shown either. Days "
    "of single patients do not stand in the curve of returns, whose points are a week apart.",
)


def description_document(
    found: Description, figures: Sequence[FigureFile], name: str, source: str, command: str, fragment: str
) -> Document:
    """Return the report; `source` names the files, `fragment` is the part of a scenario that the records give."""
    answer = sentences(found)
    carrying = tuple(figure for figure in figures if figure.name == ON_FIRST_PAGE)
    said = (Text(HIDDEN, "note"),) if found.is_any_hidden else ()
    opening = first_page("summary", answer, carrying, CAUTION, beside=(tables.first_table(found), *said))
    moment = {"before": "before the treatment", "after": "after the treatment"}[found.records.moment]
    facts = Facts(
        (
            ("Records", plain_text(source)),
            ("People who began", count_words(found.people.began)),
            ("Visits", format_count(found.people.visits)),
            ("Pain is read", moment),
        )
    )
    found_there = [section for section in _sections(found, tuple(figures), fragment) if section.blocks]
    made = made_of(
        Facts(
            (
                ("Program", f"coursesim {sim.__version__}"),
                ("Records", plain_text(source)),
                ("Hash of what was read", found.records.sha256),
                ("Command", Code(printable(command))),
            )
        ),
        "The same records give the same report, whatever the order of their rows. Nothing of a single patient is in "
        "it.",
    )
    title = f"Records: {plain_text(name)}"
    return Document(title, KIND_LINE, "", facts, (opening,), (*more_of(answer), *found_there, made))


def _sections(found: Description, figures: tuple[FigureFile, ...], fragment: str) -> list[Section]:
    def drawn(section: str) -> list[Block]:
        some = tuple(one for one in figures if one.section == section and one.name != ON_FIRST_PAGE)
        return [Gallery(some)] if some else []

    table, mean, spaced = tables.topic_table, tables.mean_table, tables.name_words
    given = "Share of the visits that took place, by what was given"
    intro = (
        "In place of a scenario's own numbers; the file fragment.yaml holds it. Put it beside your scenario, and begin "
        "your scenario with “extends: fragment.yaml”."
    )
    return [
        Section("attendance", "Who comes", (*drawn("attendance"), *tables.there([
            tables.people_table(found),
            table(found, "visits", "Visits that took place"),
            table(found, "still coming", "Share of those who began who came to so many visits"),
            table(found, "no-shows", "Share of appointments that were missed"),
            table(found, "ends", "How courses ended"),
        ]))),
        Section("spacing", "How far apart visits are", (*drawn("spacing"), *tables.there([
            table(found, "spacing", "Days from one visit that took place to the next"),
        ]))),
        Section("pain", "Pain", (*drawn("pain"), *tables.there([
            mean(found, "pain", "Reported pain by visit, of whoever came and was asked"),
            mean(found, "the same patients", f"Of those who were asked at visits 1 and {found.usual_last}"),
            mean(found, "change", "Fall in pain from the first to the last reading, in points"),
            table(found, "change", "Shares of those with two readings or more", statistic="share"),
            mean(found, "pain later", "Reported pain later, by days since the first visit"),
        ]))),
        Section("treatment", "What was given, and side effects", (*tables.there([
            table(found, "given", given, spaced),
            table(found, "adverse events", "Share of the visits at which it was noted whether there was one"),
        ]),)),
        Section("returns", "When the complaint came back", (*drawn("returns"), *tables.there([
            tables.return_table(found),
        ]))),
        Section("profiles", "Kinds of patients", (*tables.there([
            table(found, "profiles", "Share of those whose kind is recorded", spaced),
            mean(found, "first reading", "Reported pain at the first visit", spaced),
        ]),)),
        Section("odd", "What looked odd", (*tables.there([tables.finding_table(found)]),)),
        Section("fragment", "For a scenario", (Text(intro), Code(fragment))),
        Section("methods", "For analysts: how the numbers are made", (
            Text(tables.ERROR_NOTE, "note"), Bullets(METHODS),
        )),
        Section("limits", "What not to conclude", (Bullets(LIMITS),)),
    ]  # fmt: skip
