"""The report of a sensitivity analysis: what the result depends on, when the choice changes, and how it was found."""

from __future__ import annotations

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.calibration_error import MOST_OTHERS, WIDEST
from sim.luck.lattice import COARSE, MIDDLE
from sim.plain_text import plain_text
from sim.report.document.document import Block, Bullets, Document, Facts, Gallery, Section, Text
from sim.report.document.sections import findings, first_page, inputs, limits, made, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.run.tables import fixed_table
from sim.report.run.uncertainty import FIXED_NOTE
from sim.report.sensitivity.tables import index_table, one_way_table, structure_table, threshold_table
from sim.report.sensitivity.text import sentences
from sim.report.sensitivity.words import Words, counts, missed
from sim.report.words.numbers import format_count

KIND_LINE = "What the result depends on"
ON_FIRST_PAGE = "tornado"
METHODS = (
    "All answers use the same patients with the same luck (common random numbers): they differ in the inputs only, and "
    "± is the error of that paired difference: of simulation and, where an input is elsewhere that calibration reads, "
    f"of calibrating on {format_count(COARSE)} patients, as seen by calibrating on {format_count(MIDDLE)}: at the ends "
    f"of the {WIDEST} widest such bars, and at {MOST_OTHERS} other ends for all others.",
    "Ranges hold the middle 95 % of each input's distribution. Every set of inputs is calibrated anew; claims that "
    "cannot all be met are met as nearly as their doubts allow.",
    "Shares of the variance are first-order and total Sobol indices, read off an emulator: a Gaussian process learnt "
    "from draws of all inputs, with a covariance whose parts belong to one input, to two, and so on "
    "(doi:10.1016/j.jmva.2012.08.016). What it misses is seen on draws that it was not learnt from. Intervals are from "
    "a jackknife over groups of draws, and from what was not learnt; those of total indices go so much further up as "
    "the emulator misses, as any input may have a share in all of it. Part of that is noise: every draw is calibrated "
    f"on {format_count(COARSE)} patients.",
    "An input makes no difference if it moves nothing by itself, and nothing either in draws in which all such inputs "
    "are changed at once.",
    "A kind of structure (form of the model) is one more input: its rank, from 0 to 1, picks an alternative by weight. "
    "By itself, each of its alternatives is taken in turn, and all inputs stay as they stand.",
    "Rank correlations are Spearman's, between an input and the result over draws of all inputs; the last column holds "
    "the other inputs fixed (partial rank correlation).",
    "Thresholds: the preferred arm is compared at five values of each range, at nine where another arm comes near, and "
    "where it changes, the value is found to a ten-thousandth of the range. A change and a change back between two of "
    "these values would go unseen.",
)
ERROR_NOTE = (
    "± is one standard error, of simulation and of calibrating on few patients: with other patients, a number would "
    "typically move by about that much. It says how exact the numbers are, not how true the assumptions are."
)
TOGETHER = (
    "Inputs that go together are drawn together for the rank correlations; shares of the variance take them apart."
)


def sensitivity_document(found: Sensitivity, figures: tuple[FigureFile, ...], name: str, command: str) -> Document:
    """Return the report of an analysis."""
    words, scenario = Words(found), found.scenario
    answer = sentences(found)
    facts = Facts(
        (
            ("Scenario", plain_text(name)),
            ("Looked at", f"{words.target}: {words.measure}"),
            ("Uncertain inputs", format_count(len(found.inputs))),
            *((("Kinds of structure", _kinds(found)),) if found.kinds else ()),
            ("Patients", format_count(found.patients)),
            ("All inputs at once", counts(found)),
        )
    )
    carrying = tuple(figure for figure in figures if figure.name == ON_FIRST_PAGE)
    figures = tuple(figure for figure in figures if figure not in carrying)
    opening = first_page(
        "summary", answer, carrying,
        "It shows how the model's answer depends on what was put in. It is no evidence that a treatment works.",
    )  # fmt: skip
    sections = [
        *more_of(answer),
        Section("oneway", "One input at a time", (*_one_way(found, figures), Text(ERROR_NOTE, "note"))),
        Section(
            "variance",
            "All inputs at once",
            (Text(missed(found), "note"), *_gallery(figures, "variance"), index_table(found)),
        ),
    ]
    if found.scans:
        sections.append(
            Section(
                "thresholds", "When the choice would change", (*_gallery(figures, "thresholds"), threshold_table(found))
            )
        )
    if shown := _gallery(figures, "map"):
        sections.append(Section("map", "Two inputs at once", shown))
    sections.append(Section("fixed", "What is taken as fixed", (Text(FIXED_NOTE), fixed_table(scenario))))
    sections += [section for section in (inputs(scenario), findings(scenario)) if section is not None]
    methods = (*METHODS, TOGETHER) if scenario.draws.correlations else METHODS
    sections += [
        Section("methods", "For analysts: how the numbers are made", (Bullets(methods),)),
        limits("Inputs that are fixed stay as they are: how much depends on them is not shown here."),
        made(scenario, found.patients, command),
    ]
    return Document(
        scenario.title,
        KIND_LINE,
        scenario.description or "",
        facts,
        (opening,),
        tuple(sections),
    )


def _one_way(found: Sensitivity, figures: tuple[FigureFile, ...]) -> tuple[Block, ...]:
    tables = [one_way_table(found)] if found.inputs else []
    tables += [structure_table(found)] if found.kinds else []
    return (*_gallery(figures, "oneway"), *tables)


def _kinds(found: Sensitivity) -> str:
    alternatives = sum(len(kind.alternatives) for kind in found.kinds)
    return f"{len(found.kinds)}, with {alternatives} alternatives"


def _gallery(figures: tuple[FigureFile, ...], section: str) -> tuple[Block, ...]:
    shown = tuple(figure for figure in figures if figure.section == section)
    return (Gallery(shown),) if shown else ()
