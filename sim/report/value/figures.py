"""Figures of an assessment: cost-effectiveness plane, acceptability, expected loss, and the value of each input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.decision.frontier import Place
from sim.decision.value.assess import Assessment
from sim.report.drawing.appearance import INK, SOFT, Look, look_at, settings
from sim.report.drawing.figure import FigureFile, Frame, Sheet, Source, legend, nice_ticks
from sim.report.drawing.row_chart import Group, Row, row_chart, spanning
from sim.report.value.frames import BAND, DASHED, axis_money, curve, framed, over_wtp
from sim.report.value.input_figures import input_figures
from sim.report.value.knowing import worth_label, worth_words
from sim.report.value.new_study import study_figure
from sim.report.value.words import (
    effect,
    effect_words,
    labels,
    money,
    money_with_error,
    per_effect,
    percent,
)
from sim.units import MINUS

MOST_STRATEGIES = 8
"""Strategies whose lines can be told apart in one figure."""
MOST_INPUTS = 15
_CLOUD = 150
_NOTHING = 1e-9


def value_figures(found: Assessment) -> list[FigureFile]:
    """Return every figure that there is something to show in."""
    with settings():
        drawn = [] if found.psa.only_net else [_plane(found), _acceptability(found), _loss(found)]
        if found.partials:
            drawn += [_inputs(found), *input_figures(found)]
        return drawn if found.sampling is None else [*drawn, study_figure(found, found.sampling)]


def shown_looks(found: Assessment) -> list[Look]:
    """Return the looks of the strategies that are drawn; a look depends on the strategy's place only."""
    psa, named = found.psa, labels(found.psa)
    kept = set(range(len(psa.strategies)))
    if len(kept) > MOST_STRATEGIES:
        optimal = set(found.curves.optimal.tolist())
        highest = found.curves.best.max(axis=0)
        order = sorted(kept, key=lambda k: (k not in optimal, -highest[k], k))
        kept = set(order[:MOST_STRATEGIES])
    return [look_at(k, psa.strategies[k], named[psa.strategies[k]]) for k in sorted(kept)]


def _left_out(found: Assessment, shown: Sequence[Look]) -> str:
    more = len(found.psa.strategies) - len(shown)
    return f" {more} more strategies are in the tables." if more else ""


def _plane(found: Assessment) -> FigureFile:
    psa, named = found.psa, labels(found.psa)
    base = psa.strategies.index(found.question.reference)
    shown = shown_looks(found)
    title = "Cost against effect"
    kind = "effect" if psa.effect_better == "higher" else "effect avoided"
    sheet = Sheet(
        title, f"Each strategy less {named[psa.strategies[base]]}, per patient; up costs more, right is better."
    )
    legend(sheet, shown)
    take = np.unique(np.linspace(0, psa.draws - 1, _CLOUD).astype(np.int64))
    at = {look.arm: psa.strategies.index(look.arm) for look in shown}
    more = {name: (psa.gain[:, k] - psa.gain[:, base], psa.cost[:, k] - psa.cost[:, base]) for name, k in at.items()}
    rights = [v for gain, _ in more.values() for v in (*np.quantile(gain, [0.02, 0.98]), gain.mean())]
    ups = [v for _, cost in more.values() for v in (*np.quantile(cost, [0.02, 0.98]), cost.mean())]
    factor = 100.0 if effect(psa, 0.0).endswith("%") else 1.0
    x_ticks, y_ticks = (nice_ticks(*_padded(values), 5) for values in (rights, ups))
    plot = framed(
        sheet, x_ticks, y_ticks, (x_ticks[0], x_ticks[-1]), x_text=lambda v: f"{factor * v:,.6g}".replace("-", MINUS),
        y_text=lambda v: axis_money(found, v), x_title=f"Extra {effect_words(psa)}", height=210,
    )  # fmt: skip
    sheet.lines([(plot.x(0), plot.y.start, plot.x(0), plot.y.end), (plot.x.start, plot.y(0), plot.x.end, plot.y(0))],
                SOFT, 0.8)  # fmt: skip
    for look in shown:
        gain, cost = more[look.arm][0][take], more[look.arm][1][take]
        inside = (gain >= x_ticks[0]) & (gain <= x_ticks[-1]) & (cost >= y_ticks[0]) & (cost <= y_ticks[-1])
        if at[look.arm] != base and inside.any():
            sheet.dots(plot.x.of(gain[inside]), plot.y.of(cost[inside]), look.marker, "white", 3.0, edge=look.colour,
                       edge_width=0.6)  # fmt: skip
    price = found.question.price
    corners = _slope(plot, price)
    if corners is not None:
        sheet.line(*corners, SOFT, 1.2, DASHED)
    line = [one.strategy for one in found.strategies if one.place is Place.FRONTIER]
    means = {
        name: (float(psa.gain[:, k].mean() - psa.gain[:, base].mean()),
               float(psa.cost[:, k].mean() - psa.cost[:, base].mean()))
        for k, name in enumerate(psa.strategies)
    }  # fmt: skip
    sheet.line([plot.x(means[name][0]) for name in line], [plot.y(means[name][1]) for name in line], INK, 1.6)
    for look in shown:
        sheet.dots([plot.x(means[look.arm][0])], [plot.y(means[look.arm][1])], look.marker, look.colour, 9.0,
                   edge="white", edge_width=1.2)  # fmt: skip
    places = [
        f"{look.label} {money(psa, means[look.arm][1], signed=True)} for "
        f"{effect(psa, means[look.arm][0], signed=True)}" for look in shown
    ]  # fmt: skip
    return FigureFile(
        "plane",
        "frontier",
        title,
        f"Extra cost and extra {kind} of each strategy against {named[psa.strategies[base]]}: {'; '.join(places)}. "
        f"Efficiency frontier: {', '.join(named[name] for name in line)}.",
        "Large marks: means, joined where they form the efficiency frontier. Small marks: single draws of the "
        f"uncertain inputs. Dashed: {per_effect(psa, price)}; what lies below it is worth its extra cost."
        f"{_left_out(found, shown)}",
        sheet.finish(),
        Source("frontier"),
    )


def _acceptability(found: Assessment) -> FigureFile:
    psa, shown = found.psa, shown_looks(found)
    title = "How likely each strategy is to be the best"
    sheet = Sheet(
        title,
        "Share of draws in which it is the best by gain at that price less cost. Wide grey line: the preferred one. "
        f"Dashed: {per_effect(psa, found.question.price)}.",
    )
    legend(sheet, shown)
    plot = over_wtp(sheet, found, [0, 0.25, 0.5, 0.75, 1.0], lambda v: f"{100 * v:g} %")
    xs = plot.x.of(found.curves.wtp)
    breaks = np.flatnonzero(np.diff(found.curves.optimal)) + 1
    sheet.line(np.insert(xs, breaks, np.nan), np.insert(plot.y.of(found.curves.frontier), breaks, np.nan), BAND, 6.0)
    for look in shown:
        curve(sheet, look, xs, plot.y.of(found.curves.best[:, psa.strategies.index(look.arm)]))
    return FigureFile(
        "acceptability",
        "uncertainty",
        title,
        "Cost-effectiveness acceptability curves, a line per strategy, over willingness to pay. "
        f"{_at_ends(found, shown)}",
        "For analysts: cost-effectiveness acceptability curves (CEAC) and, in grey, their frontier (CEAF). The grey "
        "line may be below another, because what is preferred depends on how much is won, not only on how often."
        f"{_left_out(found, shown)}",
        sheet.finish(),
        Source("curves"),
    )


def _at_ends(found: Assessment, shown: Sequence[Look]) -> str:
    """Return the chance of being best at the first, the interesting and the last willingness to pay."""
    said = []
    for k in dict.fromkeys((0, found.question.at, len(found.curves.wtp) - 1)):
        each = ", ".join(
            f"{look.label} {percent(float(found.curves.best[k, found.psa.strategies.index(look.arm)]))}"
            for look in shown
        )
        said.append(f"At {per_effect(found.psa, float(found.curves.wtp[k]))}: {each}.")
    return " ".join(said)


def _loss(found: Assessment) -> FigureFile:
    psa, curves, shown = found.psa, found.curves, shown_looks(found)
    title = "What choosing wrongly may cost"
    sheet = Sheet(
        title,
        "Expected loss per patient of each strategy. Wide grey line: EVPI, the loss that is left. "
        f"Dashed: {per_effect(psa, found.question.price)}.",
    )
    legend(sheet, shown)
    second = np.sort(curves.loss, axis=1)[:, 1]
    top = min(float(curves.loss.max()), 3 * max(float(second.max()), float(curves.evpi.max())))
    ticks = nice_ticks(0, top or 1.0, 5)
    plot = over_wtp(sheet, found, ticks, lambda v: axis_money(found, v))
    xs = plot.x.of(curves.wtp)
    sheet.line(xs, plot.y.of(curves.evpi), BAND, 6.0)
    cut = False
    for look in shown:
        loss = curves.loss[:, psa.strategies.index(look.arm)]
        inside = loss <= ticks[-1]
        cut = cut or not inside.all()
        curve(sheet, look, xs, np.where(inside, plot.y.of(loss), np.nan))
    at, price = found.question.at, per_effect(psa, found.question.price)
    each = ", ".join(
        f"{look.label} {money(psa, float(curves.loss[at, psa.strategies.index(look.arm)]))}" for look in shown
    )
    evpi = money_with_error(psa, found.perfect.estimate, found.perfect.mc_error)
    ends = ", ".join(
        f"{money(psa, float(curves.evpi[k]))} at {per_effect(psa, float(curves.wtp[k]))}" for k in (0, len(xs) - 1)
    )
    above = " Lines end where they leave the top." if cut else ""
    return FigureFile(
        "loss",
        "uncertainty",
        title,
        f"Expected loss per patient, a line per strategy, over willingness to pay. At {price}: {each}; EVPI {evpi}. "
        f"EVPI {ends}.",
        "The lowest line is the strategy to prefer; how high it lies is the expected value of perfect information "
        f"(EVPI).{above}{_left_out(found, shown)}",
        sheet.finish(),
        Source("curves"),
    )


def _inputs(found: Assessment) -> FigureFile:
    psa = found.psa
    title = "What each input is worth knowing"
    sheet = Sheet(title, f"Per patient, at {per_effect(psa, found.question.price)}. Line: 95 % interval.")
    single = look_at(2, "input", "")
    rows = [
        Row(worth_label(found, one), worth_words(found, one), single, one.estimate, max(one.lower, 0.0), one.upper)
        for one in found.inputs[:MOST_INPUTS]
    ]  # fmt: skip
    whole = [(one, look_at(1, "group", "")) for one in found.groups]
    whole += [] if found.together is None else [(found.together, look_at(3, "together", ""))]
    whole += [(found.perfect, look_at(0, "perfect", ""))]
    totals = [
        Row(worth_label(found, one), worth_words(found, one), look, one.estimate, max(one.lower, 0.0), one.upper)
        for one, look in whole
    ]
    ticks = spanning([v for row in (*rows, *totals) for v in (row.at, row.upper) if abs(v) > _NOTHING])
    groups = [Group("One input by itself", rows), Group("Taken together", totals)]
    row_chart(sheet, groups, ticks, lambda v: axis_money(found, v), stems=True)
    more = len(found.inputs) - len(rows)
    said = "; ".join(f"{row.label} {row.number}" for row in (*rows, *totals))
    return FigureFile(
        "inputs",
        "inputs",
        title,
        f"Bars of the expected value of knowing an input exactly, per patient: {said}.",
        "Expected value of partial perfect information (EVPPI): what it would be worth to know that input exactly "
        "before choosing. Values of single inputs do not add up."
        + (f" {more} more inputs are in the table." if more else ""),
        sheet.finish(),
        Source("evppi"),
    )


def _slope(plot: Frame, price: float) -> tuple[list[float], list[float]] | None:
    """Return the line through 0 whose slope is the willingness to pay, as far as it lies in the frame."""
    x, y = plot.x, plot.y
    ends = [x.low, x.high] if price == 0 else [max(x.low, y.low / price), min(x.high, y.high / price)]
    return None if ends[0] >= ends[1] else ([x(v) for v in ends], [y(price * v) for v in ends])


def _padded(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(0.0, *values), max(0.0, *values)
    return low, high
