"""The report of a validation: published trials and what the model predicts for them."""

from __future__ import annotations

from sim.learn.trials import Trials
from sim.learn.validation import Comparison, Validation
from sim.plain_text import plain_text
from sim.report.document.document import Block, Bullets, Document, Facts, Gallery, Section, Text
from sim.report.document.sections import ERROR_NOTE, findings, first_page, inputs, limits, made, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.validation.tables import comparison_table, score_table, source_table, spread_table
from sim.report.validation.text import sentences
from sim.report.words.numbers import format_count

HOW = (
    "Each arm is simulated as it was done: its kind of patient with the trial's baseline pain and entry rule, its "
    "visits and what is given at them, its days. Everybody comes to every visit. Nothing is tuned to what was found.",
    "Readings have their noise; its share in a mean, a spread or a responder is worked out in closed form.",
)
WITH_DRAWS = (
    "Expected, 95 %: draws of all uncertain inputs and of the form of the model, each calibrated anew; about each draw "
    "a normal distribution whose variance is the squared sampling error of the trial and the squared simulation error.",
    "Spreads off (z): published less the mean of the draws, over the spread of what is expected. An honest model has a "
    "root mean square of 1; its error is that of independent results, and those of one trial go together.",
    "With one alternative of the form of the model: the draws that took it; z and points off are those of their mean.",
)
AS_THEY_STAND = (
    "The inputs are taken as they stand: the 95 % intervals are normal, about what is predicted, with the squared "
    "sampling error of the trial and the squared simulation error as variance. The doubt about the inputs is not in "
    "them, so they say nothing of how sure the model is.",
    "Spreads off (z): published less predicted, over the square root of that variance.",
)
SAME_LUCK = (
    "All arms of a trial see the same patients with the same luck, so the simulation error of a difference is small."
)
WIDE = "A prediction within its interval is no proof that the model is right: the interval may be wide."
NO_DOUBT = "A prediction outside its interval is no proof that the model is wrong: the inputs may be."
CAUTION = (
    "It shows how near the model comes to trials that were published, most of them in chronic pain. Trials differ in "
    "more than is described here."
)


def validation_document(
    found: Validation, figures: tuple[FigureFile, ...], name: str, left_out: tuple[str, ...], command: str
) -> Document:
    """Return the report of a validation; `left_out` says which evidence sets could not be held against the trials."""
    first, trials, doubt = found.sets[0], found.trials, found.holds_doubt
    drawn = f"{format_count(first.draws)}, {format_count(found.patients_per_draw)} patients" if doubt else "none"
    methods = (*HOW, *(WITH_DRAWS if doubt else AS_THEY_STAND), SAME_LUCK)
    answer = [*sentences(found), *left_out]
    facts = Facts(
        (
            ("Scenario", plain_text(name)),
            ("Trials", f"{len(trials.trials)}, from {plain_text(trials.file.name)}"),
            ("Evidence sets", ", ".join(one.label for one in found.sets)),
            ("Patients", f"{format_count(found.patients)} in each arm"),
            ("Draws of the inputs", drawn),
        )
    )
    carrying = tuple(figure for figure in figures if figure.name == "forest")
    opening = first_page("summary", answer, carrying, CAUTION)
    sections = [*more_of(answer), *_compared(found, figures)]
    if (spread := spread_table(found, first)) is not None:
        sections.append(Section("spread", "How far patients of an arm differ", (spread,)))
    sections += [
        Section(
            "scores", f"Evidence sets{' and forms of the model' if doubt else ''} side by side", (score_table(found),)
        ),
        Section("trials", "The trials, and where their figures come from", (source_table(trials),)),
        *(section for section in (inputs(first.scenario), findings(first.scenario)) if section is not None),
        Section("methods", "For analysts: how the numbers are made", (Bullets(methods),)),
        limits(WIDE if doubt else NO_DOUBT),
        made(first.scenario, found.patients, command),
    ]
    return Document(
        trials.model.title or f"Trials of {trials.file.name}", "Published trials and what the model predicts",
        first.scenario.title, facts, (opening,), tuple(sections),
    )  # fmt: skip


def _compared(found: Validation, figures: tuple[FigureFile, ...]) -> list[Section]:
    first = found.sets[0]
    sure = [one for one in first.arms if one.is_sure]
    apart = [one for one in first.differences if one.is_sure]
    marked = [one for one in first.comparisons if not one.is_sure]
    sections, doubt = [], found.holds_doubt
    if sure:
        caption = f"Results of arms that are sure, and what the {first.label} evidence predicts"
        table = comparison_table(found.trials, sure, caption, holds_doubt=doubt)
        sections.append(Section("arms", "Arm by arm", (table, Text(ERROR_NOTE, "note"))))
    if apart:
        sections.append(_with_figure("differences", "Differences within a trial", found, apart, figures))
    if marked:
        sections.append(_with_figure("marked", "Figures that are not sure", found, marked, figures))
    return sections


def _with_figure(
    section: str, title: str, found: Validation, rows: list[Comparison], figures: tuple[FigureFile, ...]
) -> Section:
    shown = tuple(figure for figure in figures if figure.section == section)
    blocks: tuple[Block, ...] = (Gallery(shown),) if shown else ()
    table = comparison_table(found.trials, rows, title, holds_doubt=found.holds_doubt)
    return Section(section, title, (*blocks, table))


def title_of(trials: Trials) -> str:
    """Return what the trials of a file are called."""
    return trials.model.title or f"Trials of {trials.file.name}"
