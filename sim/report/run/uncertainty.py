"""What draws of the inputs say, in words and as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sim.decision.verdict import Verdict, verdict_of
from sim.estimate.estimate import Estimate
from sim.quantities import BY_NAME
from sim.report.document.document import Block, Bullets, Cell, Gallery, Row, Section, Table, Text
from sim.report.drawing.figure import FigureFile
from sim.report.run.alternatives import alternative_sentences, by_alternative
from sim.report.run.tables import KEY_OUTCOMES, fixed_table
from sim.report.words.inputs import fixed_paths
from sim.report.words.numbers import all_of, difference_with_error, format_count, with_error
from sim.report.words.verdict import name_of
from sim.scenario.schema import Scenario
from sim.study.results import Panel
from sim.study.uncertainty import GOOD_SHARE, UncertainEstimate, Uncertainty, patients_needed

SECTION = "uncertainty"
SURELY = 3.0
"""Standard errors beyond which two means are not the same."""
ALTERNATIVES_NOTE = (
    "The form of the model is itself uncertain. The same answer for each alternative, from the draws that took it: "
    "what else differs between these draws is drawn as always, so few draws leave much to chance."
)
FIXED_NOTE = (
    "No distribution says how unsure these numbers are, so they are the same in every draw, and the intervals above "
    "say nothing about doubt in them."
)


def uncertainty_section(panel: Panel, figures: Sequence[FigureFile]) -> Section | None:
    """Return the section on uncertain inputs; None if none were drawn."""
    if panel.uncertainty is None:
        return None
    intro = (
        "So far the inputs were taken as they stand. Here each one that has a distribution is drawn from it, again and "
        "again, and with it a form of the model where the scenario names alternatives; every draw is calibrated anew "
        "and simulated with patients of its own."
    )
    blocks: list[Block] = [Text(intro), Bullets(tuple(uncertainty_sentences(panel)), "answers")]
    if shown := tuple(figure for figure in figures if figure.section == SECTION):
        blocks.append(Gallery(shown))
    blocks.append(_table(panel.uncertainty))
    if (answers := _alternative_table(panel.uncertainty)) is not None:
        what = tuple(alternative_sentences(panel.result.study.scenario))
        blocks += [Text(ALTERNATIVES_NOTE), Bullets(what), answers]
    blocks += [Text(FIXED_NOTE), fixed_table(panel.result.study.scenario)]
    return Section(SECTION, "How sure are the inputs?", tuple(blocks))


def uncertainty_sentences(panel: Panel) -> Iterator[str]:
    """Yield what the draws say, the answer first."""
    found, verdict = panel.uncertainty, verdict_of(panel)
    assert found is not None
    scenario, draws = panel.result.study.scenario, found.draws
    outcome = BY_NAME[scenario.primary.outcome]
    kinds = len({kind for kind, _ in draws.by_alternative()})
    counts = f"{format_count(len(draws.values))} draws of {len(draws.inputs)} uncertain inputs"
    counts += f" and {kinds} uncertain part{'s' if kinds != 1 else ''} of the model's form" if kinds else ""
    counts += f", {format_count(draws.patients)} patients in each"
    if not draws.inputs and not kinds:
        yield "No input of this scenario has a distribution, so doubt about the inputs cannot be shown."
        return
    if outcome.kind != "time" and len(scenario.arms) > 1 and outcome.better:
        yield f"{counts}: {_ahead(panel, found, verdict)}."
    else:
        yield f"{counts}."
    pair = scenario.primary_arms
    if pair is not None and outcome.kind != "time":
        stated = panel.difference(*pair, outcome.name)
        yield from _of_difference(scenario, found.difference(*pair, outcome.name), stated, draws.patients)
    yield from _of_alternatives(found, verdict)
    fixed = len(fixed_paths(scenario))
    yield (
        f"{format_count(fixed)} other numbers are taken as fixed, because nothing says how unsure they are; the report "
        "lists them."
    )


def _ahead(panel: Panel, found: Uncertainty, verdict: Verdict) -> str:
    """Return in how many draws an arm is ahead of all others by more than the margin that matters, and in how many none
    is.
    """
    scenario, number = panel.result.study.scenario, len(found.draws.values)
    outcome = BY_NAME[verdict.outcome]
    least = outcome.unit.of(scenario.costs.currency).amount_plain(verdict.margin)
    shares = found.chance_ahead(outcome.name, verdict.margin)
    times = {arm: round(share * number) for arm, share in shares.items() if share > 0}
    lead = f"ahead of all others on {outcome.in_sentence} by more than {least}"
    if not times:
        return f"no arm is {lead} in any of them"
    winners = [
        f"{name_of(scenario, arm)} in {format_count(count)}"
        for arm, count in sorted(times.items(), key=lambda one: -one[1])
    ]
    nobody = number - sum(times.values())
    return f"{lead} is {all_of(winners)}" + (f"; in {format_count(nobody)} no arm is" if nobody else "")


def _of_alternatives(found: Uncertainty, verdict: Verdict) -> Iterator[str]:
    """Yield whether the same arm would be chosen with every alternative form of the model; the verdict names others."""
    if verdict.arm is None or not found.draws.by_alternative():
        return
    if not any(one.on == "structure" for one in verdict.depends_on):
        yield "The answer is the same with every alternative form of the model."


def _of_difference(
    scenario: Scenario, found: UncertainEstimate, stated: Estimate, patients: int
) -> Iterator[str]:  # fmt: skip
    what = f"{_name(scenario, found.arm)} minus {_name(scenario, found.versus)}"
    interval = found.unit.interval(found.lower, found.upper, found.input_sd / 10)
    if found.input_sd == 0:
        yield f"{what}: {difference_with_error(found)}. The inputs drawn make no difference to it."
        return
    yield (
        f"{what}: {difference_with_error(found)} on average over the draws{_apart(found, stated)}; 95 % of what the "
        f"stated doubt about the inputs allows lies in {interval}."
    )
    needed = patients_needed(found, patients)
    enough = ""
    if needed:
        which = "would bring it" if needed > patients else "would do to keep it"
        enough = f"; {format_count(needed)} patients in each draw {which} to {_percent(GOOD_SHARE)}"
    noise = _percent(found.noise_share)
    yield (
        f"Of the variance of this difference between draws, {noise} is simulation noise, the rest comes from the inputs"
        f"{enough}."
    )


def _apart(found: UncertainEstimate, stated: Estimate) -> str:
    """Return what is found with the stated inputs and form of the model, where the mean over the draws is another."""
    if abs(found.estimate - stated.estimate) <= SURELY * math.hypot(found.mc_error, stated.mc_error):
        return ""
    return f" (with the inputs and the form of the model as they are stated, {difference_with_error(stated)})"


def _percent(share: float) -> str:
    return f"{100 * share:.2g}\N{NO-BREAK SPACE}%" if share < 0.095 else f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def _name(scenario: Scenario, arm: str) -> str:
    return scenario.arm_label(arm)


def _table(found: Uncertainty) -> Table:
    scenario = found.draws.study.scenario
    primary = scenario.primary.outcome
    names = [primary, *(name for name in KEY_OUTCOMES if name != primary)]
    rows = []
    for name in names:
        outcome = BY_NAME[name]
        statistic = "p50" if outcome.kind == "time" else "mean"
        cells = tuple(_cell(found.get(arm, name, statistic)) for arm in scenario.arms)
        rows.append(Row(outcome.label, cells, "median" if statistic == "p50" else ""))
    columns = ("Outcome", *(_name(scenario, arm) for arm in scenario.arms))
    return Table("Mean over the draws ± simulation error, and 95 % uncertainty interval", columns, tuple(rows))


def _alternative_table(found: Uncertainty) -> Table | None:
    """Return the primary outcome by arm, and the primary difference, for each alternative form of the model."""
    scenario = found.draws.study.scenario
    answers = by_alternative(found)
    if not answers:
        return None
    rows = []
    for kind, name in dict.fromkeys((one.kind, one.name) for one in answers):
        of_one = [one for one in answers if (one.kind, one.name) == (kind, name)]
        cells = tuple(Cell(difference_with_error(one) if one.versus else with_error(one)) for one in of_one)
        draws = f"{format_count(of_one[0].draws)} draw{'s' if of_one[0].draws != 1 else ''}"
        weight = f"weight {_percent(of_one[0].weight)}, {draws}" if kind else draws
        group = kind.replace("_", " ").capitalize()
        rows.append(Row(name.replace("_", " ") if kind else "All draws", cells, weight, group=group))
    columns = ["Form of the model", *(_name(scenario, arm) for arm in scenario.arms)]
    columns += [
        f"{_name(scenario, one.arm)} − {_name(scenario, one.versus)}" for one in answers[: len(columns)] if one.versus
    ]
    caption = f"{BY_NAME[scenario.primary.outcome].label} by form of the model: mean over its draws ± standard error"
    return Table(caption, tuple(columns), tuple(rows))


def _cell(found: UncertainEstimate) -> Cell:
    interval = found.unit.interval(found.lower, found.upper)
    return Cell(with_error(found), interval if found.upper > found.lower else "")
