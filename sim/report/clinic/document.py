"""The report of a clinic: waiting, load, what comes of it, money, and what other staffing or treatment would change."""

from __future__ import annotations

import math

from sim.capacity.assess import Assessment
from sim.capacity.neighbours import rooms_are_used_up
from sim.plain_text import plain_text
from sim.report.clinic.booking_text import booking_methods
from sim.report.clinic.group_tables import group_tables
from sim.report.clinic.near_by import best_sentence, neighbour_table
from sim.report.clinic.people import load_table, team_table
from sim.report.clinic.replay import week_shown
from sim.report.clinic.season import season_sentence
from sim.report.clinic.staff_text import says_best
from sim.report.clinic.tables import first_table, measure_table, policy_table, staffing_table
from sim.report.clinic.text import sentences
from sim.report.clinic.words import people, per_week, treatment_words
from sim.report.clinic.year import hour_table, month_table
from sim.report.document.document import (
    Block,
    Bullets,
    Caution,
    Document,
    Facts,
    Gallery,
    Plain,
    Section,
    Text,
)
from sim.report.document.sections import findings, first_page, inputs, limits, made, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.words.numbers import format_count

KIND_LINE = "Clinic plan"
ERROR_NOTE = (
    "± is the simulation error (one standard error over replications, each a possible course of these weeks): it says "
    "how exact the simulation is, not how true the assumptions are."
)
ON_FIRST_PAGE = ("waits", "waiting")
"""Figures of which the first that there is carries the answer."""
METHODS = (
    "New patients ask at random times (a Poisson process with the pattern of the week and of the year). An appointment "
    "is the first free slot on or after the due date with a practitioner who has the skills and a free room.",
    "What happens to a patient is the course model of the other reports, on the days on which visits really take "
    "place. Day 0 of a patient's diary is the day of asking: pain goes on its natural course while people wait, and "
    "relief is read on the same days after asking for everybody.",
    "How long a patient would wait is asked at every visit, also where visits are booked ahead.",
    "Missed appointments and late cancellations take their slot. Nobody knows in advance who will miss.",
    "The weeks left out at the start are found by MSER-5 (doi:10.1177/003754979706900601) on the number of patients "
    "waiting or in care, the mean of ten replications, unless the scenario says how many.",
    "Intervals are Student's t over replications. Variants are run on the same patients with the same luck (common "
    "random numbers), and their differences are paired.",
    "A target counts as met if the one-sided 95 % bound of the mean over replications meets it.",
)
LIMITS = (
    "Rooms are alike. An illness is known, with its length, before its first day.",
    "A patient who loses relief after a course and comes back starts again with the pain of the first time.",
    "Patients do not choose between dates: they take the first free one, or leave.",
)


def clinic_document(found: Assessment, figures: tuple[FigureFile, ...], name: str, command: str) -> Document:
    """Return the report of a clinic."""
    scenario, model, runs = found.model.scenario, found.model, found.base
    season = season_sentence(found)
    answer = [one for one in sentences(found) if one != season]
    counted = model.clinic.weeks - runs.warm_up.weeks
    facts = Facts(
        (
            ("Scenario", plain_text(name)),
            ("Who comes", per_week(model)),
            ("What they get", treatment_words(found)),
            ("Weeks", f"{model.clinic.weeks}, of which {counted} are counted"),
            ("Replications", format_count(runs.number)),
        )
    )
    beside: list[Plain] = [first_table(found)]
    if not runs.warm_up.is_settled:
        beside.insert(0, Caution("Not settled.", "The clinic was still filling in the middle of the run: simulate more "
                                 "weeks, or lower the demand."))  # fmt: skip
    if season:
        beside.insert(0, Caution("A time of long waits.", season))
    carrying = tuple(figure for figure in figures if figure.name in ON_FIRST_PAGE)[:1]
    figures = tuple(figure for figure in figures if figure not in carrying)
    opening = first_page(
        "summary", answer, carrying,
        "A plan on paper shows what follows from its assumptions. It is no evidence that a treatment works.",
        beside=beside,
    )  # fmt: skip
    asked = not math.isnan(runs.estimate("wait_mean_days").estimate)
    waiting = (*_gallery(figures, "waiting"), *(group_tables(found) if asked else ()))
    sections = [
        *more_of(answer),
        *((Section("waiting", "How long people wait", waiting),) if waiting else ()),
        Section("load", "How full the clinic is", (*_gallery(figures, "load"), *_load(found))),
        Section("months", "Month by month", (month_table(found), Text(ERROR_NOTE, "note"))),
        *_week(found),
        Section("numbers", "All numbers", (measure_table(found), Text(ERROR_NOTE, "note"))),
    ]
    if found.staffing is not None:
        sections.append(
            Section(
                "staffing", "More or fewer practitioners",
                (*_gallery(figures, "staffing"), *_staffing(found), staffing_table(found, found.staffing)),
            )
        )  # fmt: skip
    if found.policies is not None:
        sections.append(
            Section(
                "treatments", "Other treatments in the same clinic",
                (*_gallery(figures, "treatments"), policy_table(found, found.policies)),
            )
        )  # fmt: skip
    sections += [section for section in (inputs(scenario), findings(scenario)) if section is not None]
    patients = sum(round(one.values["requests_per_week"] * counted) for one in runs.measured)
    sections += [
        Section("methods", "For analysts: how the numbers are made", (Bullets((*METHODS, *booking_methods(model))),)),
        limits(*LIMITS),
        made(scenario, patients, command),
    ]
    return Document(
        scenario.title,
        KIND_LINE,
        scenario.description or "",
        facts,
        (opening,),
        tuple(sections),
    )


def _week(found: Assessment) -> tuple[Section, ...]:
    shown = week_shown(found)
    if shown is None:
        return ()
    figure, replay = shown
    intro = (
        "One week of one simulated year, appointment by appointment. Where scripts may run, it can be played, paused "
        "and stepped through below the picture."
    )
    return (Section("week", "A week as it went", (Text(intro), Gallery((figure,), replay))),)


def _load(found: Assessment) -> tuple[Block, ...]:
    hours = hour_table(found)
    return (load_table(found), *((hours,) if hours else ()), team_table(found))


def _staffing(found: Assessment) -> tuple[Block, ...]:
    """Return one practitioner or room more or fewer, and where rooms stand in the way of more practitioners."""
    blocks: list[Block] = []
    if found.neighbours is not None:
        if says_best(found):
            blocks.append(Text(best_sentence(found.neighbours)))
        blocks.append(neighbour_table(found.neighbours))
    short = (
        [n for n, runs in zip(found.staffing.numbers, found.staffing.runs, strict=True) if rooms_are_used_up(runs)]
        if found.staffing
        else []
    )
    if short:
        blocks.append(
            Text(
                f"From {people(short[0])} on, more practitioners are on duty at times than there are rooms "
                f"({found.model.rooms}): rooms bind, and one more may shorten no wait, or even lengthen it."
            )
        )
    return tuple(blocks)


def _gallery(figures: tuple[FigureFile, ...], section: str) -> tuple[Block, ...]:
    shown = tuple(figure for figure in figures if figure.section == section)
    return (Gallery(shown),) if shown else ()
