"""Figures of a comparison: results by scenario, overlaid distributions, small multiples, ranks and differences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from sim.decision.compare import Comparison, Member
from sim.estimate.estimate import Difference
from sim.estimate.estimates import ALL
from sim.quantities import BY_NAME, COUNTED, PAIN_REDUCTION_DAY42, QALY, shown_in
from sim.report.comparison.sweep import sweep_figures
from sim.report.comparison.words import chance, label_of
from sim.report.drawing.appearance import TEXT_SIZE, Look, look_at, looks, settings, wrapped
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Sheet, Source, frame, legend, nice_ticks
from sim.report.drawing.row_chart import Group, Row, row_chart, spanning
from sim.report.run.pain_figures import density, time_ticks
from sim.report.run.row_figures import difference_row, shown_pairs, zone_of
from sim.report.words.numbers import difference_with_error, format_count, with_error

MOST_OVERLAID = 6
"""Scenarios whose distributions can be told apart in one figure."""
"""Outcomes, besides the primary one, that are drawn scenario by scenario."""


def comparison_figures(comparison: Comparison) -> list[FigureFile]:
    """Return every figure of a comparison."""
    with settings():
        return list(_all(comparison))


def _all(comparison: Comparison) -> Iterator[FigureFile]:
    shown = [one for one in dict.fromkeys((comparison.primary, *shown_in("scenarios"))) if comparison.is_compared(one)]
    swept = list(sweep_figures(comparison, shown))
    comparison = comparison.drawn
    yield from swept or (_by_scenario(comparison, outcome) for outcome in shown)
    yield _overlaid(comparison)
    yield _pain_by_day(comparison)
    if len(comparison.arms) > 1:
        yield _ranks(comparison)
        yield _between_arms(comparison)
    yield _between_scenarios(comparison)


def arm_looks(comparison: Comparison) -> list[Look]:
    """Return the looks of the common arms, as in the report of the first scenario."""
    return [look for look in every_look(comparison) if look.arm in comparison.arms]


def every_look(comparison: Comparison) -> list[Look]:
    """Return the looks of all arms of any scenario: those of the first as in its report, then the others."""
    first = looks(comparison.members[0].scenario)
    others = [arm for arm in comparison.labels if arm not in comparison.members[0].scenario.arms]
    return [*first, *(look_at(len(first) + k, arm, comparison.labels[arm]) for k, arm in enumerate(others))]


def looks_in(comparison: Comparison, member: Member) -> list[Look]:
    """Return the looks of the arms of one scenario."""
    return [look for look in every_look(comparison) if look.arm in member.scenario.arms]


def _scenario_looks(comparison: Comparison) -> list[Look]:
    return [look_at(k, member.name, label_of(member)) for k, member in enumerate(comparison.members)]


def _by_scenario(comparison: Comparison, outcome: str) -> FigureFile:
    known = BY_NAME[outcome]
    unit = comparison.members[0].panel.get(comparison.arms[0], outcome).unit
    title = f"{known.label}, scenario by scenario"
    sheet = Sheet(title, f"{unit.mean_title}. Line: 95 % interval.")
    groups = [
        Group(label_of(member), [_row(member, look, outcome) for look in looks_in(comparison, member)])
        for member in comparison.members
    ]
    values = [v for group in groups for row in group.rows for v in (row.at, row.lower, row.upper)]
    row_chart(sheet, groups, spanning(values), unit.at_axis, zero=min(v for v in [0.0, *values] if v == v) < 0)
    words = [f"{group.title}: " + "; ".join(f"{r.label} {r.number}" for r in group.rows) for group in groups]
    return FigureFile(
        f"scenarios_{outcome}",
        "results",
        title,
        f"{title}: a group of rows per scenario, one row per arm. {'. '.join(words)}.",
        f"{known.definition[0].upper()}{known.definition[1:]}.",
        sheet.finish(),
        Source("summary", outcome=outcome, statistic="mean", subgroup=ALL),
    )


def _row(member: Member, look: Look, outcome: str) -> Row:
    found = member.panel.get(look.arm, outcome)
    return Row(look.label, with_error(found), look, found.estimate, found.lower, found.upper)


def _overlaid(comparison: Comparison) -> FigureFile:
    """Return the distributions of an outcome, a panel per arm with a curve per scenario."""
    outcome = comparison.primary if comparison.primary in COUNTED else PAIN_REDUCTION_DAY42
    known = BY_NAME[outcome]
    unit = comparison.members[0].panel.get(comparison.arms[0], outcome).unit
    shown = _scenario_looks(comparison)[:MOST_OVERLAID]
    title = f"{known.label}: how patients differ"
    sheet = Sheet(title, "Each curve: all patients of a scenario. Marker: their mean.")
    legend(sheet, shown)
    members = {member.name: member for member in comparison.members}
    ends = [members[look.arm].panel.get(arm, outcome, p).estimate for look in shown
            for arm in members[look.arm].scenario.arms for p in ("p05", "p95")]  # fmt: skip
    spread = max(ends) - min(ends)
    ticks = nice_ticks(min(ends) - 0.15 * spread, max(ends) + 0.15 * spread, 7)
    for arm in every_look(comparison):
        here = [look for look in shown if arm.arm in members[look.arm].scenario.arms]
        curves = {look.arm: density(members[look.arm].panel, outcome, arm.arm) for look in here}
        sheet.text(LEFT, sheet.y + 12, arm.label, bold=True)
        box = (LEFT + 10, sheet.y + 18, RIGHT - 10, sheet.y + 84)
        plot = frame(sheet, box, ticks, [0, 1], x_text=unit.at_axis, y_text=None)
        highest = max((float(height.max()) for _, height in curves.values() if len(height)), default=1.0)
        for look in here:
            xs, height = curves[look.arm]
            inside = (xs >= ticks[0]) & (xs <= ticks[-1])
            if inside.any():
                sheet.line(
                    plot.x.of(xs[inside]), plot.y.of(0.95 * height[inside] / highest), look.colour, 1.8, look.line
                )
        for k, look in enumerate(here):
            mean = members[look.arm].panel.get(arm.arm, outcome).estimate
            if math.isfinite(mean):
                sheet.look(plot.x(mean), box[3] - 5 - 6 * (k % 3), look, 6)
        sheet.y = box[3] + 22
    words = [
        f"{arm.label}: "
        + "; ".join(
            _spread_words(members[look.arm], arm.arm, outcome, look.label)
            for look in shown
            if arm.arm in members[look.arm].scenario.arms
        )
        for arm in every_look(comparison)
    ]
    left_out = len(comparison.members) - len(shown)
    more = f" The first {len(shown)} scenarios are shown, {left_out} more are in the tables." if left_out else ""
    return FigureFile(
        "distributions",
        "distributions",
        title,
        f"Distribution of {known.in_sentence} ({unit.on_axis}), a panel per arm and a curve per scenario. "
        f"Mean and middle 90 % of patients: {'. '.join(words)}.",
        f"{known.definition[0].upper()}{known.definition[1:]}.{more}",
        sheet.finish(),
        Source("summary", outcome=outcome, subgroup=ALL),
    )


def _spread_words(member: Member, arm: str, outcome: str, label: str) -> str:
    text = member.panel.get(arm, outcome).unit.at_axis
    low, high = (text(round(member.panel.get(arm, outcome, p).estimate, 1)) for p in ("p05", "p95"))
    return f"{label} {with_error(member.panel.get(arm, outcome))}, {low} to {high}"


def _pain_by_day(comparison: Comparison) -> FigureFile:
    """Return mean pain by day as small multiples: a panel per scenario, a line per arm."""
    title = "Pain day by day, scenario by scenario"
    sheet = Sheet(title, "Mean pain, 0 to 10 points, over the days since the first visit.")
    legend(sheet, every_look(comparison))
    columns = 2
    width = (RIGHT - LEFT - 22 - (columns - 1) * 16) / columns
    words = []
    for start in range(0, len(comparison.members), columns):
        row = comparison.members[start : start + columns]
        names = [wrapped(label_of(member), width - 4, TEXT_SIZE, bold=True, lines=3) for member in row]
        top = sheet.y + 13.0 * max(len(name) for name in names) + 4
        for k, (member, name) in enumerate(zip(row, names, strict=True)):
            left = LEFT + 20 + k * (width + 16)
            for i, text in enumerate(name):
                sheet.text(left, sheet.y + 11 + 13 * i, text, bold=True)
            arms = looks_in(comparison, member)
            curves = {look.arm: _mean_by_day(member, look.arm) for look in arms}
            last = max(float(days[-1]) for days, _ in curves.values())
            plot = frame(
                sheet, (left, top, left + width - 6, top + 100), time_ticks(last, "day"), [0, 2, 4, 6, 8],
                x_limits=(0, last), y_text=(lambda v: f"{v:g}") if k == 0 else None,
            )  # fmt: skip
            for look in arms:
                days, pain = curves[look.arm]
                sheet.line(plot.x.of(days), plot.y.of(pain), look.colour, 1.8, look.line)
            ends = "; ".join(f"{look.label} {curves[look.arm][1][-1]:.1f}" for look in arms)
            words.append(f"{label_of(member)}, on day {last:g}: {ends}")
        sheet.y = top + 100 + 22
    n = max(p.n for p in comparison.members[0].panel.points if p.outcome == "pain")
    return FigureFile(
        "pain_by_day",
        "distributions",
        title,
        f"Mean pain by day in points, a panel per scenario and a line per arm. {'. '.join(words)}.",
        f"Pain itself, without the day-to-day noise of a reading; {format_count(n)} patients. Pain rises "
        "again in those who relapse, and where an effect fades.",
        sheet.finish(),
        Source("trajectories", outcome="pain", axis="day", statistic="mean", subgroup=ALL),
    )


def _mean_by_day(member: Member, arm: str) -> tuple[np.ndarray, np.ndarray]:
    means = [
        (p.at, p.estimate)
        for p in member.panel.points
        if p.arm == arm and p.axis == "day" and p.outcome == "pain" and p.statistic == "mean" and p.subgroup == ALL
    ]
    days, pain = zip(*means, strict=True)
    return np.array(days), np.array(pain)


def _ranks(comparison: Comparison) -> FigureFile:
    outcome = comparison.primary if any(r.outcome == comparison.primary for r in comparison.members[0].ranks) else QALY
    title = f"How often each arm is the best: {BY_NAME[outcome].in_sentence}"
    sheet = Sheet(title, "Bar: chance for a random patient. In brackets: chance for the mean of all patients.")
    groups = []
    for member in comparison.members:
        found = {r.arm: r for r in member.ranks if r.outcome == outcome}
        rows = [
            Row(look.label, f"{100 * found[look.arm].patient.estimate:.1f} % "
                f"({chance(found[look.arm].cohort)})", look, found[look.arm].patient.estimate)
            for look in arm_looks(comparison)
        ]  # fmt: skip
        groups.append(Group(label_of(member), rows))
    row_chart(sheet, groups, [0, 0.25, 0.5, 0.75, 1.0], lambda v: f"{100 * v:g} %", stems=True)
    words = [f"{group.title}: " + "; ".join(f"{r.label} {r.number}" for r in group.rows) for group in groups]
    return FigureFile(
        "ranks",
        "ranks",
        title,
        f"{title}. Chance for a random patient, in brackets for the mean of all patients, one row per arm. "
        f"{'. '.join(words)}.",
        "Arms that are equally good for a patient share the win. That the mean is best says which arm to offer to "
        "everybody; how often it is best for a single patient says how much a good choice by patient could still gain.",
        sheet.finish(),
        Source("ranks"),
    )


def _between_arms(comparison: Comparison) -> FigureFile:
    """Return the forest of paired differences between arms, scenario by scenario."""
    outcome = comparison.primary
    first = comparison.members[0].panel
    pairs = [pair for pair in shown_pairs(first) if set(pair) <= set(comparison.arms)]
    if not pairs:
        pairs = [(arm, comparison.arms[0]) for arm in comparison.arms[1:]]
    by_arm = {look.arm: look for look in arm_looks(comparison)}
    groups = [
        Group(label_of(member), [difference_row(member.panel.difference(*pair, outcome), by_arm) for pair in pairs])
        for member in comparison.members
    ]
    title = f"{BY_NAME[outcome].label}: how far apart the arms are"
    return _forest(comparison, groups, "between_arms", title, "Difference between two arms in the same patients")


def _between_scenarios(comparison: Comparison) -> FigureFile:
    """Return the forest of paired differences between scenarios, arm by arm."""
    outcome, first = comparison.primary, comparison.members[0]
    scenario_looks = _scenario_looks(comparison)
    groups = [
        Group(
            arm.label,
            [
                _between_row(comparison.between(arm.arm, member.name, first.name, outcome), look)
                for member, look in zip(comparison.members[1:], scenario_looks[1:], strict=True)
            ],
        )
        for arm in arm_looks(comparison)
    ]
    title = f"{BY_NAME[outcome].label}: how far the scenarios are from “{label_of(first)}”"
    note = f"Each scenario minus “{label_of(first)}”, arm by arm, with the same luck"
    return _forest(comparison, groups, "between_scenarios", title, note)


def _between_row(found: Difference, look: Look) -> Row:
    number = difference_with_error(found).removesuffix("\N{NO-BREAK SPACE}pp")
    return Row(look.label, number, look, found.estimate, found.lower, found.upper)


def _forest(comparison: Comparison, groups: Sequence[Group], name: str, title: str, what: str) -> FigureFile:
    scenario = comparison.members[0].scenario
    unit = comparison.members[0].panel.get(comparison.arms[0], comparison.primary).unit
    shaded, zone = zone_of(scenario, unit)
    words = unit.of_differences
    sheet = Sheet(title, f"{what}, in {words}. Line: 95 % interval.{zone}")
    values = [v for group in groups for row in group.rows for v in (row.lower, row.upper, row.at)]
    ticks = spanning(values, include=(0.0, *shaded) if shaded else (0.0,))
    row_chart(sheet, groups, ticks, unit.apart_at_axis, zero=True, shaded=shaded)
    said = [
        f"{group.title}: "
        + "; ".join(f"{r.label}{f' − {r.versus}' if r.versus else ''} {r.number}" for r in group.rows)
        for group in groups
    ]
    return FigureFile(
        name,
        "differences",
        title,
        f"{what}, in {words}, one row per difference. {'. '.join(said)}.",
        "Above 0: more of it in the one named first. The same luck on both sides makes a difference surer than one "
        "between two groups of different people.",
        sheet.finish(),
        Source("differences"),
    )
