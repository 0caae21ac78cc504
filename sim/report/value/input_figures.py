"""Figures of what inputs are worth knowing over willingness to pay, and of net benefits along an input."""

from __future__ import annotations

import numpy as np

from sim.decision.value.assess import Assessment, Worth
from sim.decision.value.partial import Trace
from sim.report.drawing.appearance import SOFT, look_at
from sim.report.drawing.figure import FigureFile, Sheet, Source, legend, nice_ticks
from sim.report.value.frames import BAND, DASHED, axis_money, curve, framed, over_wtp
from sim.report.value.knowing import switch_words, worth_label
from sim.report.value.words import digits, labels, money, per_effect
from sim.units import MINUS

MOST_LINES = 6
MOST_TRACED = 2
MOST_ASKED = 4
_MOST_STRATEGIES = 8
_CLOUD = 60


def input_figures(found: Assessment) -> list[FigureFile]:
    """Return the worth of inputs over willingness to pay, and the net benefits along the inputs that matter most."""
    over = [] if found.psa.only_net else [_over_prices(found)]
    return [*over, *(_along(found, one, k) for k, one in enumerate(traced(found)))]


def traced(found: Assessment) -> list[Worth]:
    """Return the inputs along which net benefits are shown: those asked for, else the most valuable."""
    numbers = [one for one in found.inputs if found.partial(one).trace is not None and not one.is_withheld]
    if found.question.inputs is not None:
        return numbers[:MOST_ASKED]
    return [one for one in numbers if one.is_beyond_noise][:MOST_TRACED]


def _over_prices(found: Assessment) -> FigureFile:
    psa, wtp = found.psa, found.thin.wtp
    title = "What inputs are worth knowing, by willingness to pay"
    whole = [] if found.together is None else [found.together]
    singles = sorted(found.inputs, key=lambda one: -float(np.nan_to_num(found.partial(one).value).max()))
    shown = [*whole, *[*found.groups, *singles][:MOST_LINES]]
    looks = [look_at(k + 1, str(k), worth_label(found, one)) for k, one in enumerate(shown)]
    sheet = Sheet(
        title, f"Per patient. Wide grey line: everything (EVPI). Dashed: {per_effect(psa, found.question.price)}."
    )
    legend(sheet, looks)
    ticks = nice_ticks(0, float(found.curves.evpi.max()) or 1.0, 5)
    plot = over_wtp(sheet, found, ticks, lambda v: axis_money(found, v))
    sheet.line(plot.x.of(found.curves.wtp), plot.y.of(found.curves.evpi), BAND, 6.0)
    for look, one in zip(looks, shown, strict=True):
        curve(sheet, look, plot.x.of(wtp), plot.y.of(found.partial(one).value))
    said = "; ".join(f"{look.label} {_highest(found, one)}" for look, one in zip(looks, shown, strict=True))
    more = len(found.groups) + len(found.inputs) - min(len(found.groups) + len(found.inputs), MOST_LINES)
    return FigureFile(
        "inputs_by_wtp",
        "inputs",
        title,
        "Expected value of partial perfect information per patient, a line for each input or group, over willingness "
        f"to pay. Highest: {said}.",
        "For analysts: EVPPI. A part is worth no more than the whole, and that no more than the EVPI."
        + (" A gap: no value is given there." if any(np.isnan(found.partial(one).value).any() for one in shown) else "")
        + (f" {more} more inputs are in the tables." if more else ""),
        sheet.finish(),
        Source("evppi"),
    )


def _highest(found: Assessment, one: Worth) -> str:
    value = found.partial(one).value
    if np.isnan(value).all():
        return "not given"
    k = int(np.nanargmax(value))
    return f"{money(found.psa, float(value[k]))} at {per_effect(found.psa, float(found.thin.wtp[k]))}"


def _along(found: Assessment, one: Worth, number: int) -> FigureFile:
    psa, partial, named = found.psa, found.partial(one), labels(found.psa)
    trace = partial.trace
    assert trace is not None
    preferred = named[psa.strategies[found.preferred]]
    name = worth_label(found, one)
    title = f"Which strategy is best, by {name}"
    price = per_effect(psa, found.question.price)
    sheet = Sheet(
        title,
        f"Net benefit per patient at {price}, less that of {preferred}. Line: mean; small marks: draws."
        + (" Dashed: the choice changes." if partial.switches else ""),
    )
    kept = _strategies(found, trace)
    looks = [look_at(k, psa.strategies[k], named[psa.strategies[k]]) for k in kept]
    legend(sheet, looks)
    values, net = psa.parameters[one.name], psa.net_benefit(found.question.price)
    net = net - net[:, [found.preferred]]
    low, high = np.quantile(values, [0.005, 0.995])
    inside = (trace.at >= low) & (trace.at <= high)
    ups = [float(v) for k in kept for v in (*trace.ahead[inside, k], *np.quantile(net[:, k], [0.1, 0.9]))]
    y_ticks = nice_ticks(min(0.0, *ups), max(0.0, *ups), 5)
    x_ticks = [v for v in nice_ticks(float(low), float(high), 5) if low <= v <= high]
    plot = framed(
        sheet, x_ticks, y_ticks, (float(low), float(high)), x_text=lambda v: f"{v:,.6g}".replace("-", MINUS),
        y_text=lambda v: axis_money(found, v), x_title=name, height=190,
    )  # fmt: skip
    take = np.unique(np.linspace(0, psa.draws - 1, _CLOUD).astype(np.int64))
    for look, k in zip(looks, kept, strict=True):
        x, y = values[take], net[take, k]
        near = (x >= low) & (x <= high) & (y >= y_ticks[0]) & (y <= y_ticks[-1])
        if k != found.preferred and near.any():
            sheet.dots(plot.x.of(x[near]), plot.y.of(y[near]), look.marker, "white", 2.6, edge=look.colour,
                       edge_width=0.5)  # fmt: skip
    for look, k in zip(looks, kept, strict=True):
        curve(sheet, look, plot.x.of(trace.at[inside]), plot.y.of(trace.ahead[inside, k]))
    for switch in partial.switches:
        sheet.line([plot.x(switch.value)] * 2, [plot.y.start, plot.y.end], SOFT, 1.2, DASHED)
    lines = {look.label: trace.ahead[inside, k] for look, k in zip(looks, kept, strict=True)}
    ends = "; ".join(
        f"{label} {money(psa, float(line[0]))} to {money(psa, float(line[-1]))}" for label, line in lines.items()
    )
    return FigureFile(
        f"by_input_{number + 1}",
        "inputs",
        title,
        f"Net benefit at {price} less that of {preferred}, a line per strategy, from {digits(float(low))} to "
        f"{digits(float(high))} of {name}: {ends}.",
        f"The highest line is the strategy to prefer if that input were known.{switch_words(found, one)}"
        + (f" {len(psa.strategies) - len(kept)} more strategies are in the tables."
           if len(kept) < len(psa.strategies) else ""),
        sheet.finish(),
        Source("by_input", input=one.name),
    )  # fmt: skip


def _strategies(found: Assessment, trace: Trace) -> list[int]:
    """Return the places of the strategies that come highest somewhere, as many as can be told apart."""
    top = trace.ahead.max(axis=0)
    order = sorted(range(len(top)), key=lambda k: (k != found.preferred, -float(top[k]), k))
    return sorted(order[:_MOST_STRATEGIES])
