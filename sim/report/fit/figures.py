"""Figures of a fit: what was believed and what is known now, and the records beside what the model makes."""

from __future__ import annotations

import re
from functools import partial

from sim.learn.fit import Fit
from sim.quantities import BY_NAME
from sim.report.drawing.appearance import TEXT_SIZE, look_at, settings, text_width
from sim.report.drawing.figure import LEFT, RIGHT, FigureFile, Sheet, Source
from sim.report.drawing.row_chart import Group, Row, row_chart, spanning
from sim.report.fit.words import is_share, span_text, value_text
from sim.report.words.numbers import capital

MOST_SHOWN = 12
ROOM = RIGHT - LEFT - 70
"""Room for a label beside its number."""
LOOK, MISSED = look_at(0, "data", "data"), look_at(4, "missed", "missed")
KEY = "Mark with a line: with the data, 95 %. Upright line in a grey band: before, 95 %. Number: with the data."


def fit_figures(found: Fit, names: dict[str, str]) -> list[FigureFile]:
    """Return every figure that there is something to show in."""
    with settings():
        drawn = (_arms(found), _told(found, names), _checks(found))
        return [one for one in drawn if one is not None]


def _arms(found: Fit) -> FigureFile:
    scenario = found.study.scenario
    outcome = BY_NAME[scenario.primary.outcome]
    unit = outcome.unit.of(scenario.costs.currency)
    rows, values = [], []
    for k, arm in enumerate(scenario.arms):
        look = look_at(k, arm, scenario.arm_label(arm))
        before, after = (of.get(arm, outcome.name) for of in (found.before, found.after))
        values += [before.lower, before.upper, after.lower, after.upper]
        rows.append(
            Row(scenario.arm_label(arm), unit.plain(after.estimate), look, after.estimate, after.lower,
                after.upper, also=before.estimate, also_range=(before.lower, before.upper))
        )  # fmt: skip
    title = f"{outcome.label}, before and with the data"
    sheet = Sheet(title, KEY)
    row_chart(sheet, [Group("", rows)], spanning(values), unit.at_axis)
    said = "; ".join(f"{row.label} {row.number}, before {unit.plain(row.also or 0.0)}" for row in rows)
    return FigureFile(
        "arms", "arms", title, f"By arm with the data and before: {said}.",
        "What is expected of each arm for this scenario's patients, with the doubt about the inputs as it was and as "
        "it is now. Arms of which there are no data move with what they share with the others.",
        sheet.finish(), Source("arms", outcome=outcome.name),
    )  # fmt: skip


def _told(found: Fit, names: dict[str, str]) -> FigureFile | None:
    known = sorted((one for one in found.told if not one.is_held), key=lambda one: one.overlap)[:MOST_SHOWN]
    if not known:
        return None
    title = "What was believed, and what is known now"
    sheet = Sheet(title, KEY)
    groups = []
    for one in known:
        values = [one.prior_lower, one.prior_upper, one.lower, one.upper]
        title_of, label = _in_two(names.get(one.path, one.path))
        row = Row(
            label, value_text(one.posterior, one.path), LOOK, one.posterior, one.lower,
            one.upper, also=one.prior, also_range=(one.prior_lower, one.prior_upper),
        )  # fmt: skip
        groups.append(Group(title_of, [row], spanning(values, include=(), about=4), partial(_tick, path=one.path)))
    row_chart(sheet, groups, spanning([0.0, 1.0]), value_text)
    said = "; ".join(
        f"{names.get(one.path, one.path)} {value_text(one.posterior, one.path)} "
        f"({span_text(one.lower, one.upper, one.path)}), before "
        f"{span_text(one.prior_lower, one.prior_upper, one.path)}"
        for one in known
    )
    return FigureFile(
        "told", "told", title, f"Inputs of which most was learnt: {said}.",
        "The inputs of which most was learnt, each on its own scale. Where the mark's line is as wide as the grey "
        "band, nothing was learnt.",
        sheet.finish(), Source("summary"),
    )  # fmt: skip


def _tick(value: float, path: str) -> str:
    return f"{100 * value:.3g} %" if is_share(path) else value_text(value)


def _in_two(name: str) -> tuple[str, str]:
    """Return a name as a heading and a label: whole as a label if there is room, else what it is of apart from what."""
    name = re.sub(r" \(.*\)$", "", name)
    if text_width(name, TEXT_SIZE) < ROOM:
        return "", name
    of, _, what = name.partition(": ")
    if what:
        return f"{of}:", capital(what)
    first = name
    while text_width(first, TEXT_SIZE, bold=True) > ROOM:
        first = first.rpartition(" ")[0]
    return first, name[len(first) :].strip()


def _checks(found: Fit) -> FigureFile | None:
    means = [one for one in found.checks if one.name.startswith(("mean", "spread"))]
    if not means:
        return None
    title = "The records, and what the fitted model makes"
    sheet = Sheet(
        title, "Mark: records. Grey band: 95 % of replicated records; upright line: their mean. Points of pain."
    )
    rows = [
        Row(capital(one.name), f"{one.observed:.2f}", MISSED if one.is_missed else LOOK,
            one.observed, also=one.expected, also_range=(one.lower, one.upper))
        for one in means[:20]
    ]  # fmt: skip
    row_chart(sheet, [Group("", rows)], spanning([one.upper for one in means[:20]]), lambda v: f"{v:g}")
    said = "; ".join(f"{one.name} {value_text(one.observed)}, model {span_text(one.lower, one.upper)}" for one in means)
    return FigureFile(
        "checks", "checks", title, f"Mean and spread of readings in the records and by the model: {said}.",
        "A mark outside its band: next to none of the replicated records is like yours.",
        sheet.finish(), Source("checks"),
    )  # fmt: skip
