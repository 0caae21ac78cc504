"""The figure of what doubt about the inputs does to the primary outcome."""

from __future__ import annotations

from sim.estimate.estimates import ALL
from sim.quantities import BY_NAME
from sim.report.drawing.appearance import Look, looks
from sim.report.drawing.figure import FigureFile, Sheet, Source
from sim.report.drawing.row_chart import Group, Row, row_chart, spanning
from sim.report.run.row_figures import shown_pairs
from sim.study.results import Panel
from sim.study.uncertainty import UncertainEstimate
from sim.units import POINTS


def uncertainty_figure(panel: Panel) -> FigureFile | None:
    """Return the primary outcome by arm and its differences over the draws; None if there is nothing to show."""
    found = panel.uncertainty
    scenario = panel.result.study.scenario
    outcome = BY_NAME[scenario.primary.outcome]
    if found is None or outcome.kind == "time" or not (found.draws.inputs or found.draws.by_alternative()):
        return None
    title = f"{outcome.label}: what doubt about the inputs does"
    sheet = Sheet(
        title, "Marker: mean over the draws. Line, and in brackets: 95 % uncertainty interval, from the inputs alone."
    )
    by_arm = {look.arm: look for look in looks(scenario)}
    arms = [_row(found.get(arm, outcome.name), look) for arm, look in by_arm.items()]
    unit = found.get(scenario.arms[0], outcome.name).unit
    groups = [Group("Each arm", arms, spanning(_values(arms)), unit.at_axis)]
    differences = [
        _row(found.difference(*pair, outcome.name), by_arm[pair[0]], by_arm[pair[1]].label)
        for pair in shown_pairs(panel)
    ]
    if differences:
        text = unit.apart_at_axis if unit == POINTS else unit.at_axis
        groups.append(Group("One arm minus another, same patients", differences, spanning(_values(differences)), text))
    row_chart(sheet, groups, [0.0, 1.0], str)
    words = [f"{group.title}: " + "; ".join(f"{_name(row)} {row.number}" for row in group.rows) for group in groups]
    return FigureFile(
        "uncertainty",
        "uncertainty",
        title,
        f"Means over the draws with 95 % uncertainty intervals, one row per arm or pair of arms. {'. '.join(words)}.",
        "The line shows how far the answer moves when the inputs, and the form of the model, are drawn as stated. "
        "Inputs without a distribution do not move it.",
        sheet.finish(),
        Source("uncertainty", outcome=outcome.name, subgroup=ALL, statistic="mean"),
    )


def _row(found: UncertainEstimate, look: Look, versus: str = "") -> Row:
    interval = found.unit.interval(found.lower, found.upper, found.input_sd / 10)
    number = found.unit.number(found.estimate, found.mc_error, signed=bool(versus))
    shown = f"{number} ({interval})" if found.upper > found.lower else number
    return Row(look.label, shown, look, found.estimate, found.lower, found.upper, versus=versus)


def _name(row: Row) -> str:
    return f"{row.label} − {row.versus}" if row.versus else row.label


def _values(rows: list[Row]) -> list[float]:
    return [value for row in rows for value in (row.at, row.lower, row.upper)]
