"""The report of a synthesis: what several trials say together."""

from __future__ import annotations

import sim
from sim.learn.contrasts import Asked
from sim.learn.evidence_fragment import Fragment
from sim.learn.synthesis import Pooled
from sim.plain_text import plain_text, printable
from sim.report.document.document import Bullets, Code, Document, Facts, Gallery, Section, Text
from sim.report.document.sections import first_page, made_of, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.pooling.tables import effect_table, leave_one_out_table, pooled_table, source_table
from sim.report.pooling.text import sentences
from sim.report.pooling.words import Words
from sim.report.words.numbers import format_count

METHODS = (
    "Effects are normal about a mean that differs from trial to trial (random effects). Means are in points, and a "
    "fall in pain is positive; shares are pooled as log odds, and compared as odds ratios.",
    "Differences of one trial share the arm that they are compared with, and so its sampling error; their differences "
    "from the mean go together by half. A trial with three arms does not count twice.",
    "Spread between trials (tau): restricted maximum likelihood, its interval by the profile of Q (Viechtbauer 2007, "
    "doi:10.1002/sim.2514); or a half-normal prior on it, integrated over a grid, with which tau is the median.",
    "Interval of the mean: that of Hartung and Knapp (doi:10.1002/sim.791) with one degree of freedom fewer than "
    "trials, or the normal one where that is wider (doi:10.1186/s12874-015-0091-1). A new group: Student's t with two "
    "degrees of freedom fewer than trials (doi:10.1111/j.1467-985X.2008.00552.x).",
    "I² is the share of Q beyond its degrees of freedom (doi:10.1136/bmj.327.7414.557).",
)
LIMITS = (
    "This is not medical advice, and no forecast for any single person.",
    "Pooling does not mend the trials: what is wrong with all of them is wrong with their mean.",
    "With fewer than about ten trials the range for a new group holds less than 95 of 100 (with six trials about 89) "
    "where the spread is found by restricted likelihood; a half-normal prior is steadier then.",
    "Whether trials that found little were published is not looked at.",
    "This report says what the trials found and simulates nobody.",
)
CAUTION = "It is no better than the trials in the table, and says nothing of trials that are not in it."


def pooling_document(
    asked: Asked, found: Pooled, without: dict[str, Pooled], claim: Fragment | None, no_claim: str,
    figures: tuple[FigureFile, ...], name: str, command: str,
) -> Document:  # fmt: skip
    """Return the report of a synthesis; `no_claim` says why there is no piece of evidence, if there is none."""
    words = Words(asked.question)
    answer = sentences(asked, found, without, claim)
    spread = "restricted maximum likelihood" if found.spread == "reml" else f"half-normal prior, scale {found.scale:g}"
    facts = Facts(
        (
            ("Table", plain_text(name)),
            ("Trials", format_count(found.trials)),
            ("Effects", format_count(len(found.effects.values))),
            ("Spread between trials", spread),
        )
    )
    by_name = {figure.name: figure for figure in figures}
    opening = first_page("summary", answer, (by_name["forest"],), CAUTION)
    sections = [
        *more_of(answer),
        Section("effects", "Trial by trial", (effect_table(asked, found),)),
        Section("pooled", "All trials together", (pooled_table(asked, found),)),
    ]
    if without:
        blocks = (Gallery((by_name["leave_one_out"],)), leave_one_out_table(asked, without))
        sections.append(Section("leave_one_out", "Without each trial in turn", blocks))
    sections.append(_evidence(claim, no_claim))
    if asked.notes:
        sections.append(
            Section("left_out", "What was left out or changed", (Bullets(tuple(map(plain_text, asked.notes))),))
        )
    if (sources := source_table(asked)) is not None:
        sections.append(Section("sources", "Where the figures come from", (sources,)))
    made = Facts((("Program", f"coursesim {sim.__version__}"), ("Command", Code(printable(command)))))
    again = "The file manifest.json beside this report holds the versions of all parts. The same table gives the same."
    sections += [
        Section("methods", "For analysts: how the numbers are made", (Bullets(METHODS),)),
        Section("limits", "Limits", (Bullets(LIMITS),)),
        made_of(made, again),
    ]
    return Document(
        f"{words.subject}: {found.trials} trials together", "Synthesis of published trials", "", facts, (opening,),
        tuple(sections),
    )  # fmt: skip


def _evidence(claim: Fragment | None, no_claim: str) -> Section:
    title = "As evidence for a scenario"
    if claim is None:
        return Section("evidence", title, (Text(no_claim),))
    how = (
        "The file pooled.yaml beside this report, laid over the evidence set that it extends. Copy it beside a "
        "scenario that begins with extends: pooled.yaml. Its doubt is that about a new group of patients, not "
        "of the mean alone."
    )
    return Section("evidence", title, (Text(how), Code(printable(claim.text))))
