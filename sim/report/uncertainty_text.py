"""What draws of the inputs say, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.quantities import BY_NAME
from sim.report.document import Block, Bullets, Cell, Gallery, Row, Section, Table, Text
from sim.report.sheet import FigureFile
from sim.report.style import (
    difference_with_error,
    format_count,
    format_interval,
    of_hundred,
    plain_text,
    with_error,
)
from sim.report.tables import KEY_OUTCOMES
from sim.scenario.schema import Scenario
from sim.study.panel import Panel
from sim.study.uncertainty import GOOD_SHARE, UncertainEstimate, Uncertainty, patients_needed

SECTION = "uncertainty"


def uncertainty_section(panel: Panel, figures: Sequence[FigureFile]) -> Section | None:
    """Return the section on uncertain inputs; None if none were drawn."""
    if panel.uncertainty is None:
        return None
    intro = (
        "So far the inputs were taken as they stand. Here each one that has a distribution is drawn from it, again and "
        "again; every draw is calibrated anew and simulated with patients of its own."
    )
    blocks: list[Block] = [Text(intro), Bullets(tuple(uncertainty_sentences(panel)), "answers")]
    if shown := tuple(figure for figure in figures if figure.section == SECTION):
        blocks.append(Gallery(shown))
    return Section(SECTION, "How sure are the inputs?", (*blocks, _table(panel.uncertainty)))


def uncertainty_sentences(panel: Panel) -> Iterator[str]:
    """Yield what the draws say, the answer first."""
    found = panel.uncertainty
    assert found is not None
    scenario, draws = panel.result.study.scenario, found.draws
    outcome = BY_NAME[scenario.primary.outcome]
    counts = f"{format_count(len(draws.values))} draws of {len(draws.inputs)} uncertain inputs"
    counts += f", {format_count(draws.patients)} patients in each"
    if not draws.inputs:
        yield "No input of this scenario has a distribution, so doubt about the inputs cannot be shown."
        return
    if outcome.kind != "time" and len(scenario.arms) > 1 and outcome.better:
        chances = found.chance_best(outcome.name)
        first, *rest = sorted(chances, key=lambda arm: -chances[arm])
        others = [f"{_name(scenario, arm)} {of_hundred(chances[arm])}" for arm in rest if chances[arm] > 0]
        also = f" ({', '.join(others)})" if others else ""
        yield (
            f"In {counts}, {_name(scenario, first)} does best on {outcome.in_sentence} in "
            f"{of_hundred(chances[first])} of 100 draws{also}."
        )
    else:
        yield f"{counts}."
    pair = scenario.primary_arms
    if pair is not None and outcome.kind != "time":
        yield from _of_difference(scenario, found.difference(*pair, outcome.name), draws.patients)
    if draws.refusals:
        replaced = sum(times for _, times in draws.refusals)
        reasons = "; ".join(f"{plain_text(reason)} ({format_count(times)})" for reason, times in draws.refusals[:3])
        yield (
            f"{format_count(replaced)} of {format_count(draws.tried)} draws were replaced by others, because the "
            f"claims cannot be met there: {reasons}. So the results hold for inputs with which the claims agree."
        )


def _of_difference(scenario: Scenario, found: UncertainEstimate, patients: int) -> Iterator[str]:
    what = f"{_name(scenario, found.arm)} minus {_name(scenario, found.versus)}"
    interval = format_interval(found.lower, found.upper, found.unit, found.input_sd / 10)
    if found.input_sd == 0:
        yield f"{what}: {difference_with_error(found)}. The inputs drawn make no difference to it."
        return
    yield (
        f"{what}: {difference_with_error(found)} on average over the draws; 95 % of what the stated doubt about the "
        f"inputs allows lies in {interval}."
    )
    needed = patients_needed(found, patients)
    enough = f"; {format_count(needed)} patients in each draw bring it to {_percent(GOOD_SHARE)}" if needed else ""
    yield (
        f"Of the variance of this difference between draws, {_percent(1 - found.noise_share)} comes from the inputs "
        f"and {_percent(found.noise_share)} is simulation noise{enough}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2g}\N{NO-BREAK SPACE}%" if share < 0.095 else f"{100 * share:.0f}\N{NO-BREAK SPACE}%"


def _name(scenario: Scenario, arm: str) -> str:
    return plain_text(scenario.arm_label(arm))


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


def _cell(found: UncertainEstimate) -> Cell:
    interval = format_interval(found.lower, found.upper, found.unit)
    return Cell(with_error(found), interval if found.upper > found.lower else "")
