"""The report of a run: the answer in short, the arms side by side, every result, and what all of it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from sim.plain_text import plain_text
from sim.quantities import DAY_42, DAY_133
from sim.report.document.document import (
    Block,
    Bullets,
    Caution,
    Document,
    Facts,
    Gallery,
    Section,
    Text,
)
from sim.report.document.sections import ERROR_NOTE, findings, first_page, inputs, limits, made, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.run.policies import policy_section
from sim.report.run.row_figures import shown_pairs
from sim.report.run.summary import headline
from sim.report.run.tables import (
    arm_table,
    claim_table,
    difference_table,
    first_table,
    key_table,
    outside_text,
    summary_table,
)
from sim.report.run.uncertainty import uncertainty_section
from sim.report.run.verdict_figure import SECTION as VERDICT
from sim.report.words.claims import assumed_effects, missed_sentences, no_effect, own_against_article
from sim.report.words.events import serious_blocks
from sim.report.words.numbers import format_count
from sim.study.results import Panel
from sim.units import money

KIND_LINE = "Simulated courses of treatment for back spasm"


def run_document(panel: Panel, figures: Sequence[FigureFile], name: str, command: str) -> Document:
    """Return the report of a run; `name` is that of the scenario, `command` the one that repeats the run."""
    scenario = panel.result.study.scenario
    *answer, closing = headline(panel)
    sections = [
        *more_of(answer),
        Section("key", "The arms side by side", (key_table(panel), Text(ERROR_NOTE, "note"))),
        *_results(panel, figures),
        inputs(scenario),
        findings(scenario),
        _calibration(panel, figures),
        limits(),
        made(scenario, panel.result.patients, command),
    ]
    return Document(
        scenario.title,
        KIND_LINE,
        scenario.description or "",
        _facts(panel, name),
        opening=(_first_page(panel, answer, closing, figures),),
        sections=tuple(section for section in sections if section is not None),
    )


def _first_page(panel: Panel, answer: Sequence[str], closing: str, figures: Sequence[FigureFile]) -> Section:
    shown = [figure for figure in figures if figure.section == VERDICT]
    return first_page(VERDICT, answer, shown, closing, first_table(panel), beside=(Text(_check_first(panel)),))


def _check_first(panel: Panel) -> str:
    """Return what somebody should look at before acting on the answer."""
    scenario = panel.result.study.scenario
    visit = money(scenario.costs.currency).plain(scenario.costs.visit.value)
    return (
        f"Check first: whether these patients are like yours, whether a visit costs you {visit}, and which inputs you "
        "do not believe. “simulate value” sets a price on what is gained, and may name another arm."
    )


def _results(panel: Panel, figures: Sequence[FigureFile]) -> list[Section | None]:
    def section(key: str, title: str, intro: str, *blocks: Block | None) -> Section | None:
        return _illustrated(key, title, intro, figures, blocks)

    return [
        section("arms", "What was compared", "An arm is a plan of visits; every arm gets the same simulated patients.",
                arm_table(panel.result.study.scenario)),
        section("pain", "Pain",
                "Pain is counted in points from 0 (none) to 10 (the worst imaginable). Arms are compared on days "
                f"that are the same for all, {DAY_42} and {DAY_133}; what an arm's own course ends with "
                "comes after that."),
        section("relief", "Relief and relapse",
                "When pain has first fallen by a change that matters to patients, and how many lose it again."),
        section("patients", "Single patients", "Averages hide how much patients differ. Some of them, day by day."),
        section("events", "Side effects", "Soreness and bruises, and what is expected of serious events.",
                *serious_blocks(panel)),
        section("effort", "Visits, time and cost", "What a clinic and a payer put in for what patients get out."),
        section("differences", "Differences between arms",
                "Each arm against the first, in the same patients with the same luck.",
                difference_table(panel, shown_pairs(panel))),
        uncertainty_section(panel, figures),
        policy_section(panel),
        section("profiles", "By kind of patient", "The same comparison within each kind of patient."),
        section("numbers", "All results", "Every outcome and what it means.", _outside(panel), summary_table(panel)),
    ]  # fmt: skip


def _outside(panel: Panel) -> Caution | None:
    words = outside_text(panel)
    return Caution("Beyond the range.", words) if words else None


def _calibration(panel: Panel, figures: Sequence[FigureFile]) -> Section | None:
    """Return how nearly the claims are met; of a target that is missed, what stands against it."""
    study = panel.result.study
    intro = (
        "Before the run, the natural course of each kind of patient, and the strength and speed of each treatment, are "
        "set so that the simulated patients reproduce the claims as nearly as their doubts allow. The claims are about "
        "patients and courses of their own, and about the end of those courses."
    )
    blocks: list[Block | None] = [claim_table(panel)]
    if (mixed := own_against_article(study.scenario, study.calibration)) is not None:
        strong, _, rest = mixed.partition(": ")
        blocks.append(Caution(f"{strong}.", rest))
    words = (
        *assumed_effects(study.scenario),
        *no_effect(study.scenario, study.calibration),
        *missed_sentences(study.calibration),
    )
    if words:
        blocks.append(Bullets(words))
    return _illustrated("calibration", "Calibration", intro, figures, blocks)


def _illustrated(
    key: str, title: str, intro: str, figures: Sequence[FigureFile], more: Sequence[Block | None]
) -> Section | None:
    """Return a section with its figures and other blocks; None if it would have neither."""
    shown = tuple(figure for figure in figures if figure.section == key)
    blocks: list[Block] = [Gallery(shown)] if shown else []
    blocks += [block for block in more if block is not None]
    return Section(key, title, (Text(intro), *blocks)) if blocks else None


def _facts(panel: Panel, name: str) -> Facts:
    scenario = panel.result.study.scenario
    arms = ", ".join(scenario.arm_label(arm) for arm in scenario.arms)
    profiles = [
        f"{scenario.profile_label(profile)} {100 * share:.3g}\N{NO-BREAK SPACE}%"
        for profile, share in scenario.cohort.profiles.items()
        if share > 0
    ]
    who = f"{format_count(panel.result.patients)} ({', '.join(profiles)})"
    if (rule := scenario.cohort.include) is not None:
        who += f", all of whom report at least {rule.reported_pain_at_least:g} points at the first visit"
    return Facts(
        (
            ("Simulated patients", who),
            ("Arms", arms),
            ("Evidence set", scenario.evidence),
            ("Scenario", plain_text(name)),
        )
    )
