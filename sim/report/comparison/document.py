"""The report of a comparison: which arm, for whom, on what evidence, and how far apart the scenarios are."""

from __future__ import annotations

from collections.abc import Sequence

from sim.decision.compare import Comparison
from sim.report.comparison.tables import (
    agreement_table,
    all_outcomes,
    answer_table,
    difference_inputs_table,
    key_outcomes,
    pairing_table,
    rank_table,
    results_table,
)
from sim.report.comparison.text import comparison_headline
from sim.report.comparison.words import label_of
from sim.report.document.document import Block, Document, Facts, Gallery, Section, Text
from sim.report.document.sections import ERROR_NOTE, MOST_ROWS, findings, first_page, inputs, limits, made, more_of
from sim.report.drawing.figure import FigureFile
from sim.report.run.policies import gain_table
from sim.report.words.numbers import format_count

MOST_BESIDE = 16
"""Rows of a figure beside the answer, one for each arm of each scenario."""
MOST_NAMED = 6
"""Scenarios that a title names."""
KIND_LINE = "Comparison of simulated courses of treatment for back spasm"
ALL_RESULTS = "Every outcome ± simulation error; below, the difference from the first scenario"
PAIRED = (
    "Every scenario draws the same luck: patient 17 stands at the same place among all patients everywhere, and has "
    "the same good or bad days. Where two scenarios share a kind of patient, these are the very same patients. So "
    "differences are taken patient by patient, between arms and between scenarios, and their simulation error is that "
    "of the paired difference."
)


def comparison_document(comparison: Comparison, figures: Sequence[FigureFile], command: str) -> Document:
    """Return the report of a comparison; `command` repeats it."""
    scenario = comparison.members[0].scenario
    *answer, closing = comparison_headline(comparison)
    whole, comparison = comparison, comparison.drawn
    carrying = [figure for figure in figures if figure.section == "results" and _fits(comparison, figure)][:1]
    figures = [figure for figure in figures if figure not in carrying]
    sections = [
        *more_of(answer),
        _firsts(whole),
        _evidence(comparison),
        _differing(comparison),
        _illustrated("results", "Results, scenario by scenario", figures,
                     results_table(comparison, key_outcomes(comparison),
                                   f"Each arm in each scenario ± simulation error; below, the difference from "
                                   f"“{label_of(comparison.members[0])}” (pp: percentage points)")),
        _illustrated("distributions", "How patients differ", figures),
        _illustrated("ranks", "How often each arm is the best", figures, rank_table(comparison))
        if len(comparison.arms) > 1 else None,
        _differences(comparison, figures),
        _policies(comparison),
        Section("numbers", "All results", (results_table(comparison, all_outcomes(), ALL_RESULTS),)),
        inputs(scenario),
        findings(scenario),
        limits("Differences between scenarios show what follows from their assumptions, not which of them are true."),
        made(scenario, comparison.patients, command),
    ]  # fmt: skip
    return Document(
        _title(whole),
        KIND_LINE,
        "",
        _facts(whole),
        opening=(_opening(whole, answer, closing, carrying),),
        sections=tuple(section for section in sections if section is not None),
    )


def _fits(comparison: Comparison, figure: FigureFile) -> bool:
    """Tell whether a figure is no longer than the answer beside it: that of a sweep, or of few arms and scenarios."""
    return figure.name.startswith("sweep_") or sum(len(m.scenario.arms) for m in comparison.members) <= MOST_BESIDE


def _opening(comparison: Comparison, answer: Sequence[str], closing: str, figures: Sequence[FigureFile]) -> Section:
    below = (answer_table(comparison, MOST_ROWS),) if len(comparison.labels) > 1 else ()
    return first_page("summary", answer, figures, closing, *below)


def _firsts(comparison: Comparison) -> Section | None:
    """Return which arm comes first on each outcome, however little it leads by; None with one arm."""
    if len(comparison.arms) < 2:
        return None
    every = (answer_table(comparison),) if len(comparison.members) > MOST_ROWS else ()
    more = (Text(_left_out(comparison), "note"),) if comparison.left_out else ()
    return Section(
        "key", "Which arm comes first, by however little",
        (*every, *more, agreement_table(comparison.drawn), Text(_FIRST_NOTE, "note"), Text(ERROR_NOTE, "note")),
    )  # fmt: skip


def _left_out(comparison: Comparison) -> str:
    return (
        f"Figures and all tables that follow show the first {len(comparison.drawn.members)} scenarios; the other "
        f"{comparison.left_out} are in summary.csv, differences.csv, ranks.csv and trajectories.csv. Each is compared "
        "with the first."
    )


_FIRST_NOTE = (
    "Here every lead counts that is more than chance in the simulation; the answer above counts only those that "
    "matter. It changes if two scenarios have different first arms; it is not clear if an arm that leads in one "
    "scenario shares the lead in another."
)


def _evidence(comparison: Comparison) -> Section | None:
    groups = comparison.evidence_groups()
    if not groups or len(comparison.arms) < 2 or groups == [tuple(range(len(comparison.members)))]:
        return None
    blocks: list[Block] = [
        Text("The same scenario under each evidence set: a recommendation that flips rests on which one is believed.")
    ]
    for group in groups:
        member = comparison.members[group[0]]
        title = member.scenario.title
        varied = ", ".join(f"{path} {value}" for path, value in member.variant.varied)
        caption = f"{title}{f' ({varied})' if varied else ''}: which arm is best, by evidence set"
        blocks.append(agreement_table(comparison, group, caption))
    return Section("evidence", "Does it survive the evidence?", tuple(blocks))


def _differing(comparison: Comparison) -> Section:
    table = difference_inputs_table(comparison)
    if table is None:
        return Section("differs", "What differs", (Text("Nothing: the scenarios are the same in every input."),))
    return Section("differs", "What differs", (Text("Only the inputs that are not the same everywhere."), table))


def _differences(comparison: Comparison, figures: Sequence[FigureFile]) -> Section:
    shown = tuple(figure for figure in figures if figure.section == "differences")
    return Section("differences", "Differences, and how they are paired", (
        Text(PAIRED), Gallery(shown), pairing_table(comparison),
    ))  # fmt: skip


def _policies(comparison: Comparison) -> Section | None:
    blocks: list[Block] = []
    for member in comparison.members:
        if (table := gain_table(member.panel)) is not None:
            blocks += [Text(f"{label_of(member)}:"), table]
    intro = Text("A policy gives each patient a protocol by what a clinic can know. pp: percentage points.")
    return Section("policies", "What a rule buys", (intro, *blocks)) if blocks else None


def _illustrated(key: str, title: str, figures: Sequence[FigureFile], *blocks: Block) -> Section:
    return Section(key, title, (Gallery(tuple(f for f in figures if f.section == key)), *blocks))


def _title(comparison: Comparison) -> str:
    members = comparison.members
    titles = list(dict.fromkeys(m.scenario.title for m in members))
    if len(titles) == 1:
        return f"{titles[0]}: {len(members)} scenarios compared"
    if len(titles) > MOST_NAMED:
        return f"{', '.join(titles[:MOST_NAMED])} and {len(titles) - MOST_NAMED} more scenarios, compared"
    return f"{', '.join(titles[:-1])} and {titles[-1]}, compared"


def _facts(comparison: Comparison) -> Facts:
    members = comparison.members
    arms = ", ".join(comparison.labels[arm] for arm in comparison.arms)
    others = [name for arm, name in comparison.labels.items() if arm not in comparison.arms]
    rates = dict.fromkeys(str(member.variant.rate) for member in members if member.variant.rate)
    more = f"; and {comparison.left_out} more" if comparison.left_out else ""
    not_everywhere = f" (not in all scenarios: {', '.join(others)})" if others else ""
    return Facts(
        (
            (
                "Scenarios",
                f"{len(members)}: {'; '.join(label_of(member) for member in comparison.drawn.members)}{more}",
            ),
            ("Simulated patients", f"{format_count(comparison.patients)} in each, with the same luck"),
            ("Arms", arms + not_everywhere),
            ("Evidence sets", ", ".join(dict.fromkeys(member.variant.evidence for member in members))),
            *((("Prices", f"in {comparison.currencies[0]}; stated rates: {'; '.join(rates)}"),) if rates else ()),
        )
    )
