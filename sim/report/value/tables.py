"""Tables of an assessment: strategies, willingness to pay, choosing at one of them, the inputs and the clinic."""

from __future__ import annotations

import numpy as np

from sim.decision.value.assess import Assessment
from sim.decision.value.efficiency import Efficiency
from sim.estimate.estimate import Estimate
from sim.estimate.rounding import unless_rounding
from sim.report.document.document import Cell, Row, Table
from sim.report.document.sections import MOST_ROWS
from sim.report.value.text import interval_words, place_words, preferences
from sim.report.value.words import (
    digits,
    effect,
    effect_with_error,
    effect_words,
    input_label,
    labels,
    money,
    money_with_error,
    per_effect,
    percent,
    rounded,
    spaced,
    whole_percent,
)
from sim.report.words.numbers import format_count
from sim.units import UNDEFINED

INTERVAL = "95 % of draws"


def strategy_table(found: Assessment, before: str = "") -> Table:
    """Return cost and effect per strategy, and the steps along the frontier; `before` begins the caption."""
    columns = ("Strategy", "Cost", effect_words(found.psa), "Extra cost", "Extra effect", "ICER")
    rows = tuple(_strategy_row(found, one) for one in found.strategies)
    return Table(
        f"{before}Mean per patient ± standard error, 95 % of draws below; steps are from the frontier's row above",
        columns,
        rows,
    )


def preference_table(found: Assessment) -> Table:
    """Return over which willingness to pay each strategy is preferred, and how sure that is at its ends."""
    rows = []
    names, curves, psa = list(labels(found.psa).values()), found.curves, found.psa
    for low, high, k in preferences(found):
        at = [int(np.searchsorted(curves.wtp, end)) for end in (low, high)]
        chances = [percent(float(curves.best[i, k])) for i in at]
        evpi = [money(psa, float(curves.evpi[i])) for i in at]
        cells = (Cell(names[k]), Cell(" to ".join(dict.fromkeys(chances))), Cell(" to ".join(dict.fromkeys(evpi))))
        span = money(psa, low) if low == high else f"{money(psa, low)} to {money(psa, high)}"
        rows.append(Row(span, cells))
    columns = (
        f"Willingness to pay per {psa.per}",
        "Preferred",
        "Chance it is the best",
        "EVPI per patient",
    )
    return Table("Which strategy is preferred, by willingness to pay", columns, tuple(rows))


def choice_table(found: Assessment) -> Table:
    """Return cost, effect and chance of being best of the strategies ahead at the willingness to pay of interest."""
    psa, curves, at = found.psa, found.curves, found.question.at
    named = labels(psa)
    order = sorted(found.strategies, key=lambda one: -curves.net_benefit[at, psa.strategies.index(one.strategy)])
    rows = [
        Row(
            named[one.strategy],
            (
                *_means(found, one),
                Cell(whole_percent(float(curves.best[at, psa.strategies.index(one.strategy)]))),
            ),
        )
        for one in order[:MOST_ROWS]
    ]  # fmt: skip
    of = ("Net benefit",) if psa.only_net else ("Cost", effect_words(psa))
    columns = ("Strategy", *of, "Chance it is the best")
    price = per_effect(psa, found.question.price)
    return Table(f"Per patient, the best at {price} first", columns, tuple(rows))


def _means(found: Assessment, one: Efficiency) -> tuple[Cell, ...]:
    """Return the means of a strategy: of cost and effect, or of the net benefit where nothing else is known."""
    if found.psa.only_net:
        return (Cell(rounded(found.psa, -one.cost.estimate)),)
    return Cell(rounded(found.psa, one.cost.estimate)), Cell(effect(found.psa, one.effect.estimate))


def loss_table(found: Assessment) -> Table:
    """Return net benefit, chance of being best and expected loss at the willingness to pay of interest."""
    psa, curves, at = found.psa, found.curves, found.question.at
    named = labels(psa)
    rows = []
    for one in found.strategies:
        k = psa.strategies.index(one.strategy)
        cells = (
            Cell(money(psa, float(curves.net_benefit[at, k]))),
            Cell(percent(float(curves.best[at, k]))),
            Cell(money_with_error(psa, float(curves.loss[at, k]), float(curves.loss_error[at, k]))),
        )
        rows.append(Row(named[one.strategy], cells, "preferred" if k == found.preferred else ""))
    columns = ("Strategy", "Net benefit", "Chance it is the best", "Expected loss")
    return Table(f"Per patient, at {per_effect(psa, found.question.price)}", columns, tuple(rows))


def form_table(found: Assessment) -> Table:
    """Return the answer averaged over all draws, and for each alternative of each kind of structure by itself."""
    psa, curves, at = found.psa, found.curves, found.question.at
    named = labels(psa)
    place = {one.strategy: psa.strategies.index(one.strategy) for one in found.strategies}
    rows = [
        _form_row(
            found, named[one.strategy], (one.cost, one.effect), float(curves.net_benefit[at, place[one.strategy]]),
            float(curves.best[at, place[one.strategy]]), place[one.strategy] == found.preferred,
            f"All {format_count(psa.draws)} draws",
        )
        for one in found.strategies
    ]  # fmt: skip
    for choice in found.by_form:
        group = f"{input_label(psa, choice.kind)}: {spaced(choice.alternative)}, {format_count(choice.draws)} draws"
        evpi = money_with_error(psa, choice.evpi.estimate, choice.evpi.mc_error)
        group += f"; knowing every input would be worth {evpi} (EVPI)"
        rows += [
            _form_row(
                found, named[name], (choice.cost[k], choice.effect[k]), float(choice.net_benefit[k]),
                float(choice.best[k]), k == choice.preferred, group,
            )
            for name, k in place.items()
        ]  # fmt: skip
    columns = ("Strategy", "Cost", effect_words(psa), "Net benefit", "Chance it is the best")
    return Table(
        f"By the form of the model, per patient ± standard error, at {per_effect(psa, found.question.price)}",
        columns,
        tuple(rows),
    )


def _form_row(
    found: Assessment, name: str, means: tuple[Estimate, Estimate], net: float, best: float, preferred: bool, group: str
) -> Row:
    cost, effect = means
    cells = (
        Cell(money_with_error(found.psa, cost.estimate, cost.mc_error)),
        Cell(effect_with_error(found.psa, effect.estimate, effect.mc_error)),
        Cell(money(found.psa, net)),
        Cell(percent(best)),
    )
    return Row(name, cells, "preferred" if preferred else "", group=group)


def parameter_table(found: Assessment) -> Table:
    """Return what was drawn for each input: its distribution where known, mean and range."""
    rows = []
    for name, values in found.psa.parameters.items():
        if name in found.psa.kinds:
            continue
        low, high = np.quantile(values, [0.025, 0.975])
        mean = unless_rounding(float(values.mean()), float(np.abs(values).mean()))
        cells = (Cell(digits(mean)), Cell(f"{digits(float(low))} to {digits(float(high))}"))
        known = (Cell(found.psa.distributions.get(name, "not stated")),) if found.psa.distributions else ()
        rows.append(Row(input_label(found.psa, name), (*known, *cells)))
    distribution = ("Distribution",) if found.psa.distributions else ()
    return Table("The uncertain inputs as they were drawn", ("Input", *distribution, "Mean", INTERVAL), tuple(rows))


def _strategy_row(found: Assessment, one: Efficiency) -> Row:
    psa = found.psa
    cells = [
        Cell(money_with_error(psa, one.cost.estimate, one.cost.mc_error), _range(found, one.cost, is_money=True)),
        Cell(
            effect_with_error(psa, one.effect.estimate, one.effect.mc_error), _range(found, one.effect, is_money=False)
        ),
    ]
    if one.extra_cost is None or one.extra_gain is None or one.ratio is None:
        cells += [Cell(UNDEFINED), Cell(UNDEFINED), Cell(UNDEFINED)]
    else:
        cells += [
            Cell(money_with_error(psa, one.extra_cost.estimate, one.extra_cost.mc_error)),
            Cell(effect_with_error(psa, one.extra_gain.estimate, one.extra_gain.mc_error)),
            Cell(money_with_error(psa, one.ratio.estimate, one.ratio.mc_error), interval_words(found, one.ratio)),
        ]
    return Row(labels(psa)[one.strategy], tuple(cells), place_words(found, one))


def _range(found: Assessment, average: Estimate, *, is_money: bool) -> str:
    write = money if is_money else effect
    return f"{write(found.psa, average.lower)} to {write(found.psa, average.upper)}"
