"""The report of a budget: what the payer pays more, by year and arm, what it takes, whom it helps, a check list."""

from __future__ import annotations

from collections.abc import Sequence

from sim.decision.budget.assess import Impact
from sim.plain_text import plain_text
from sim.report.budget.figures import ON_FIRST_PAGE
from sim.report.budget.files import Member
from sim.report.budget.guidance import STANDARD, guidance
from sim.report.budget.tables import (
    arm_table,
    case_rows_table,
    measure_table,
    scenario_table,
    work_table,
    year_table,
)
from sim.report.budget.text import sentences
from sim.report.checklist.entry import count_words, entry_table
from sim.report.document.document import Block, Bullets, Document, Facts, Gallery, Section, Text
from sim.report.document.sections import findings, first_page, inputs, limits, made, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.words.numbers import format_count

KIND_LINE = "Budget impact analysis"
ERROR_NOTE = (
    "± is the simulation error: run again with other random patients, a number would typically move by about that "
    "much. The 95 % of draws show how far doubt about the inputs moves it, simulation noise taken out."
)
METHODS = (
    "People who begin in a year: population, with its growth, times new cases (in the first year those who have it at "
    "the start too), times the share eligible. Each begins one course, of the arm that the mix gives.",
    "Courses begin evenly through the year, or all on its first day, as the scenario says. A visit on day d of a "
    "course falls d days later: with even beginnings, the share d / 365.25 of such visits falls into the next year.",
    "Every number is a sum over arms of people times what a simulated patient of the arm costs, takes and brings; "
    "patients are the same in all arms and mixes, so that a change of nothing is exactly nothing.",
    "The payer pays its share of the price of attended visits. Patients pay the rest, and fees for missed visits. The "
    "clinic earns both, and spends wages (hours with patients divided by the share of paid time that they take), "
    "supplies and rooms; overhead is left out, as it is the same before and after.",
    "Practitioners and rooms needed are hours divided by those that one has in a year; nobody waits in this sum.",
    "Draws are those of every other analysis; inputs of the budget are drawn beside them. Where drawn shares sum to "
    "more than 1 they are scaled to 1.",
)
LIMITS = (
    "Every case is one course. People who relapse and come back count only as far as the new cases hold them.",
    "What people with back pain cost beside these visits, as drugs, imaging or sick leave, is not counted.",
    "People helped are those of a course; who gets nothing may get better too, and is counted with them.",
)


def budget_document(members: Sequence[Member], figures: tuple[FigureFile, ...], command: str) -> Document:
    """Return the report of one scenario or several; the first one carries the first page."""
    first, several = members[0], len(members) > 1
    impact = first.impact
    answer = sentences(impact, first.cases)
    facts = Facts(
        (
            ("Scenario" if not several else "Scenarios", plain_text(", ".join(one.name for one in members))),
            ("Years", f"{impact.years[0]} to {impact.years[impact.budget.years - 1]}"),
            ("Population", f"{float(impact.budget.population):,.0f}"),
            ("Draws", format_count(impact.draws) if impact.draws else "none"),
            ("Patients simulated", format_count(impact.patients)),
        )
    )
    carrying = tuple(figure for figure in figures if figure.name.startswith(ON_FIRST_PAGE))[:1]
    figures = tuple(figure for figure in figures if figure not in carrying)
    below: list[Block] = [year_table(impact)]
    if several:
        below.append(scenario_table([(one.name, one.impact) for one in members]))
    caution = "Population, uptake and prices are what the scenario states."
    of_which = f"These sentences, the figure and the first table are of “{plain_text(impact.scenario.title)}”."
    beside = (Text(of_which, "note"),) if several else ()
    opening = first_page("summary", answer, carrying, caution, *below, beside=beside)
    sections = [*more_of(answer)]
    for place, one in enumerate(members):
        end = f"_{place + 1}" if several else ""
        own = tuple(figure for figure in figures if not several or figure.name.endswith(end))
        sections += _sections(one, own, end, with_title=several)
    sections += [
        *(found for found in (inputs(impact.scenario), findings(impact.scenario)) if found is not None),
        Section("methods", "For analysts: how the numbers are made", (Bullets(METHODS),)),
        limits(*LIMITS),
        made(impact.scenario, impact.patients, command),
    ]
    title = impact.scenario.title if not several else f"Budgets of {len(members)} scenarios"
    return Document(title, KIND_LINE, impact.scenario.description or "", facts, (opening,), tuple(sections))


def _sections(member: Member, figures: tuple[FigureFile, ...], end: str, *, with_title: bool) -> list[Section]:
    impact, title = member.impact, (f": {member.impact.scenario.title}" if with_title else "")
    entries = guidance(impact, member.cases)
    shown = {
        part: tuple(figure for figure in figures if figure.section == part)
        for part in ("payer", "people", "work", "helped", "cases")
    }
    found = [
        Section(f"payer{end}", f"Money by year{title}",
                (*_gallery(shown["payer"]), *((year_table(impact),) if with_title else ()), arm_table(impact))),
        Section(f"people{end}", f"Who gets what{title}", _gallery(shown["people"])),
        Section(f"work{end}", f"Hours, practitioners and rooms{title}",
                (*_gallery(shown["work"]), work_table(impact), *_clinic_note(impact))),
        Section(f"helped{end}", f"People helped, and all numbers{title}",
                (*_gallery(shown["helped"]), measure_table(impact), Text(ERROR_NOTE, "note"))),
    ]  # fmt: skip
    if member.cases:
        blocks = (*_gallery(shown["cases"]), case_rows_table(impact, member.cases))
        found.append(Section(f"cases{end}", f"One-way scenarios{title}", blocks))
    intro = (
        "The elements that the good-practice guidance of ISPOR asks of a budget impact analysis (Sullivan and others "
        "2014, doi:10.1016/j.jval.2013.08.2291), in our own words, with what this scenario states. What nobody has "
        f"stated is open. {count_words(entries)}"
    )
    caption = "Good practice for budget impact analyses"
    found.append(
        Section(f"guidance{end}", f"Check list: {STANDARD}{title}", (Text(intro), entry_table(entries, caption)))
    )
    return found


def _clinic_note(impact: Impact) -> tuple[Block, ...]:
    if impact.scenario.clinic is None:
        return ()
    return (
        Text("Wages, supplies, rooms and hours that the budget does not state are those of the scenario's clinic."),
    )


def _gallery(figures: tuple[FigureFile, ...]) -> tuple[Block, ...]:
    return (Gallery(figures),) if figures else ()
