"""The report of a fit: what it changes, what was learnt, how well the model fits, and what stands as it was."""

from __future__ import annotations

import sim
from sim.learn.fit import Fit
from sim.plain_text import plain_text, printable
from sim.report.document.document import Block, Bullets, Code, Document, Facts, Gallery, Section, Text
from sim.report.document.sections import ERROR_NOTE, LIMITS, first_page, made_of, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.fit import tables
from sim.report.fit.text import CAUTION, sentences
from sim.report.words.numbers import format_count

METHODS = (
    "Likelihood: a reading is pain with the noise of its person, rounded to what is written down and cut at 0 and 10. "
    "What is not known of a patient is averaged out over people of the model, drawn near those of a bank whom the "
    "patient's readings leave likely and weighed as everybody (importance sampling), each of whom is taken through the "
    "patient's own visits by the same step of a day as in a run.",
    "Who goes on after a visit, whether the complaint came back, adverse events, missed visits and satisfaction count "
    "where they are written down. A slip of the pen has a chance of 1 in 1,000 a reading, a wrong answer about a "
    "return one of 5 in 100: assumptions.",
    "Prior: the doubts of the evidence set. What calibration finds is unknown itself, jointly normal on the scale of "
    "log odds or logarithms, with the means, variances and slopes of calibrations at draws of the claims.",
    "Posterior: the mode by the method of Berndt, Hall, Hall and Hausman (1974), then adaptive multiple importance "
    "sampling (Cornuet and others 2012) with evenly spread points of t distributions, for each form of the model that "
    "the data can tell apart; forms are weighed by their evidence. The same data give the same bytes.",
    "In common: the share of prior and posterior that overlaps, 1 where nothing was learnt, with what chance in the "
    "draws takes away put back; next to nothing unless it is below 0.9 beyond chance (two standard errors).",
    "Differences between therapies: the level that they share is learnt, their difference keeps its prior given all "
    "else (a cut of the flow of information; Plummer 2015).",
    "Left out: every fifth patient, predicted by draws that are weighed by how little they owe to these patients.",
)
EXPECTED = (
    "Expected, 95 %: the doubt about the inputs that the data leave, sampling error and simulation error together. "
    "What else differs between trials is not in it."
)
SECOND = (
    "The second opinion: nested sampling (Skilling 2006; dynesty, Speagle 2020) from the whole prior, with the same "
    "few people for each patient at every point; its points are then weighed anew by the mean of four other sets of "
    "people at each. Apart: difference of the means in standard deviations. "
    "Differences between therapies that are held at their prior are left out."
)
PRIVACY = (
    "The records stay where they are. Nothing of a single patient is in this report or in any file beside it; the bank "
    "of patients is made up."
)


def _people(found: Fit) -> tuple[tuple[str, str], ...]:
    """Return how many made-up people patients' records were averaged over, if any were read."""
    if found.records is None:
        return ()
    return (("Bank", f"{format_count(found.posterior.bank)} people or more for each patient"),)


def fit_document(
    found: Fit, names: dict[str, str], figures: tuple[FigureFile, ...], name: str, source: str, command: str
) -> Document:
    """Return the report; `source` names the data."""
    answer = sentences(found, names)
    scenario = found.study.scenario
    carrying = tuple(one for one in figures if one.name == "arms")
    opening = first_page("summary", answer, carrying, CAUTION, beside=(tables.told_table(found, names, short=True),))
    independent = min(found.posterior.effective, len(found.posterior.z))
    facts = Facts(
        (
            ("Data", plain_text(source)),
            ("Learnt from", found.about),
            ("Scenario", plain_text(name)),
            (
                "Draws",
                f"{format_count(len(found.posterior.z))}, worth {independent:.0f} independent ones",
            ),
        )
    )
    made = made_of(
        Facts(
            (
                ("Program", f"coursesim {sim.__version__}"),
                ("Hash of the data", found.sha256),
                *_people(found),
                ("Command", Code(printable(command))),
            )
        ),
        "The same data give the same files, whatever the order of their rows and however many workers there are.",
    )
    sections = [*more_of(answer), *_sections(found, names, figures), made]
    return Document(
        f"Learnt from {plain_text(source)}", "A fit to data", scenario.title, facts, (opening,), tuple(sections)
    )


def _sections(found: Fit, names: dict[str, str], figures: tuple[FigureFile, ...]) -> list[Section]:
    def drawn(section: str) -> list[Block]:
        some = tuple(one for one in figures if one.section == section and one.name != "arms")
        return [Gallery(some)] if some else []

    sections = [
        Section("arms", "What is expected of each arm", (tables.arm_table(found), Text(ERROR_NOTE, "note"))),
        Section("told", "What was learnt of each input", (*drawn("told"), tables.told_table(found, names))),
    ]
    if found.checks:
        sections.append(
            Section("checks", "Does the fitted model make such records?", (*drawn("checks"), tables.check_table(found)))
        )
    if results := tables.result_tables(found):
        sections.append(Section("trials", "Published results with the data", (*results, Text(EXPECTED, "note"))))
    if found.second is not None:
        blocks = (tables.second_table(found.second, names), Text(SECOND, "note"))
        sections.append(Section("second", "A second opinion", blocks))
    if (forms := tables.form_table(found)) is not None:
        sections.append(Section("forms", "Forms of the model", (forms,)))
    if found.records is not None:
        sections.append(Section("data", "The records as they are", tuple(_data(found))))
    use = (
        "fitted.yaml holds the numbers that were learnt and extends the scenario; posterior.csv beside it the joint "
        "draws. Run the one with --draws, or with value or sensitivity, and they are used.",
        "If the scenario is a file of your own, copy both beside it first: a scenario reaches only what lies there.",
    )
    return [
        *sections,
        Section("use", "How to use it", (Bullets(use),)),
        Section("methods", "For analysts: how the numbers are made", (Bullets(METHODS),)),
        Section("limits", "Limits", (Bullets((*LIMITS, PRIVACY)),)),
    ]


def _data(found: Fit) -> list[Block]:
    records = found.records
    assert records is not None
    visits = sum(len(one.visits) for one in records.patients)
    readings = sum(visit.pain is not None for one in records.patients for visit in one.visits)
    used = "" if found.used == len(records.patients) else f", of whom {found.used:,} were read, evenly over all"
    text = (
        f"{len(records.patients):,} patients{used}; {visits:,} visits with {readings:,} readings of pain, taken "
        f"{records.moment} the treatment. `simulate describe` shows more of them."
    )
    blocks: list[Block] = [Text(text.replace("`", ""))]
    if records.findings:
        blocks.append(
            Bullets(
                tuple(
                    f"{plain_text(one.what)}: {_count(one.count)}; {plain_text(one.done)}" for one in records.findings
                )
            )
        )
    return blocks


def _count(count: int) -> str:
    return f"{count:,} times" if count >= 5 else "fewer than 5 times"
