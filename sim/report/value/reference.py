"""Every strategy against the reference, as tables and sentences of the report and rows of its files."""

from __future__ import annotations

import math
from typing import Any

from sim.decision.value.against import Against, Quadrant
from sim.decision.value.assess import Assessment
from sim.report.document.document import Cell, Row, Table
from sim.report.table import Table as Rows
from sim.report.value.knowing import MOST_NAMED, prices
from sim.report.value.text import interval_words
from sim.report.value.words import (
    effect,
    effect_with_error,
    extra_effect,
    labels,
    money,
    money_with_error,
    per_effect,
    percent,
    rounded,
    whole_percent,
)
from sim.units import UNDEFINED

FILE = {
    Quadrant.COSTS_AND_GAINS: "share_costs_more_gains_more", Quadrant.DOMINATES: "share_costs_less_gains_more",
    Quadrant.SAVES_AND_LOSES: "share_costs_less_gains_less", Quadrant.DOMINATED: "share_costs_more_gains_less",
    Quadrant.SAME: "share_no_difference",
}  # fmt: skip
REFERENCE = (
    "strategy", "reference", "extra_cost", "extra_cost_error", "extra_cost_lower", "extra_cost_upper", "extra_gain",
    "extra_gain_error", "extra_gain_lower", "extra_gain_upper", "place", "icer", "icer_error", "icer_lower",
    "icer_upper", "net_benefit", "net_benefit_error", "net_benefit_lower", "net_benefit_upper", "probability_better",
    *FILE.values(),
)  # fmt: skip
CURVES = ("wtp", "strategy", "reference", "net_benefit", "net_benefit_error", "probability_better")


def against_table(found: Assessment) -> Table:
    """Return what every strategy costs and gains more than the reference, and how likely it is the better one."""
    psa, at = found.psa, found.question.at
    named = labels(psa)
    rows = []
    first = 3 if psa.only_net else 0  # nothing is known of costs and effects
    for one in found.against:
        span = f"{money(psa, one.net_benefit.lower)} to {money(psa, one.net_benefit.upper)}"
        ratio, detail = ratio_words(found, one)
        cells: tuple[Cell, ...] = (
            Cell(money_with_error(psa, one.extra_cost.estimate, one.extra_cost.mc_error),
                 f"{money(psa, one.extra_cost.lower)} to {money(psa, one.extra_cost.upper)}"),
            Cell(effect_with_error(psa, one.extra_gain.estimate, one.extra_gain.mc_error),
                 f"{effect(psa, one.extra_gain.lower)} to {effect(psa, one.extra_gain.upper)}"),
            Cell(ratio, detail),
            Cell(money_with_error(psa, one.net_benefit.estimate, one.net_benefit.mc_error), span),
            Cell(percent(float(one.better[at]))),
        )  # fmt: skip
        rows.append(Row(named[one.strategy], cells[first:]))
    gained = "Extra effect" if psa.effect_better == "higher" else "Effect avoided"
    columns = (
        "Strategy", "Extra cost", gained, "ICER", f"Net benefit at {per_effect(psa, found.question.price)}",
        "Chance to be better",
    )  # fmt: skip
    title = f"Against {named[found.question.reference]}, per patient ± standard error, 95 % of draws below"
    return Table(title, (columns[0], *columns[1 + first :]), tuple(rows))


def quadrant_table(found: Assessment) -> Table:
    """Return in what share of the draws every strategy lies in each quadrant of the plane around the reference."""
    named = labels(found.psa)
    shown = [
        where for where in Quadrant if where is not Quadrant.SAME or any(one.shares[where] for one in found.against)
    ]
    rows = tuple(
        Row(named[one.strategy], tuple(Cell(percent(one.shares[where])) for where in shown)) for one in found.against
    )
    title = f"Share of draws by what a strategy costs and gains against {named[found.question.reference]}"
    return Table(title, ("Strategy", *(str(where).capitalize() for where in shown)), rows)


def ratio_words(found: Assessment, one: Against) -> tuple[str, str]:
    """Return the ICER against the reference, and its interval or why there is none."""
    psa = found.psa
    if one.quadrant is Quadrant.COSTS_AND_GAINS:
        return money_with_error(psa, one.ratio.estimate, one.ratio.mc_error), interval_words(found, one.ratio)
    if one.quadrant is Quadrant.SAVES_AND_LOSES:
        saved = f"saved per {psa.per} given up\n{interval_words(found, one.ratio)}"
        return money_with_error(psa, one.ratio.estimate, one.ratio.mc_error), saved
    return UNDEFINED, {
        Quadrant.DOMINATES: "dominates: no price is paid", Quadrant.DOMINATED: "dominated: nothing is bought",
    }.get(one.quadrant, "no difference")  # fmt: skip


def against_sentences(found: Assessment) -> list[str]:
    """Return how the preferred strategy compares with the reference, or where a reference was asked for, every one."""
    preferred = found.psa.strategies[found.preferred]
    told = [one for one in found.against if found.question.is_named or one.strategy == preferred]
    return [against_sentence(found, one) for one in told[:MOST_NAMED]]


def against_sentence(found: Assessment, one: Against) -> str:
    """Return what a strategy costs and gains against the reference, and how likely it is the better one."""
    psa, named = found.psa, labels(found.psa)
    pair = f"Against {named[found.question.reference]}, {named[one.strategy]}"
    better = (
        f"at {per_effect(psa, found.question.price)} it is the better of the two in "
        f"{whole_percent(float(one.better[found.question.at]))} of the draws."
    )
    step = next(each for each in found.strategies if each.strategy == one.strategy)
    known = step.versus == found.question.reference and not found.question.is_named
    if known or psa.only_net:  # said as a step of the frontier
        return f"{pair}: {better}"
    cost, gain = one.extra_cost.estimate, one.extra_gain.estimate
    costs = f"costs {money(psa, abs(cost))} {'more' if cost > 0 else 'less'}" if cost else "costs the same"
    good, bad = ("gains", "loses") if psa.effect_better == "higher" else ("avoids", "adds")
    gains = f"{good if gain > 0 else bad} {extra_effect(psa, abs(gain))}" if gain else "gains the same"
    ratio = {
        Quadrant.COSTS_AND_GAINS: f": {rounded(psa, one.ratio.estimate)} per {psa.per}",
        Quadrant.SAVES_AND_LOSES: f": {rounded(psa, one.ratio.estimate)} saved per {psa.per} given up",
    }.get(one.quadrant, "")
    if ratio:
        ratio += f" ({interval_words(found, one.ratio)})"
    return f"{pair} {costs} and {gains}{ratio}; {better}"


def reference_rows(found: Assessment) -> Rows:
    """Return a row for every strategy but the reference, at the willingness to pay of interest."""
    return Rows(REFERENCE, [reference_row(found, one) for one in found.against])


def reference_row(found: Assessment, one: Against) -> dict[str, Any]:
    """Return what files say of a strategy against the reference; an undefined number is NaN."""
    row: dict[str, Any] = {
        "strategy": one.strategy, "reference": found.question.reference, "place": one.place,
        "probability_better": float(one.better[found.question.at]),
    }  # fmt: skip
    for name, estimate in (
        ("extra_cost", one.extra_cost), ("extra_gain", one.extra_gain), ("icer", one.ratio),
        ("net_benefit", one.net_benefit),
    ):  # fmt: skip
        row |= {name: estimate.estimate, f"{name}_error": estimate.mc_error, f"{name}_lower": estimate.lower,
                f"{name}_upper": estimate.upper}  # fmt: skip
    row |= {FILE[where]: share for where, share in one.shares.items()}
    if found.psa.only_net:
        unknown = [name for name in row if name.startswith(("extra_", "icer", "share_"))]
        row |= dict.fromkeys(unknown, math.nan) | {"place": ""}
    return row


def reference_curve_rows(found: Assessment) -> Rows:
    """Return a row for every willingness to pay and strategy but the reference."""
    rows = []
    for i, price in enumerate(prices(found, found.question.wtp)):
        for one in found.against:
            values = (price, one.strategy, found.question.reference, float(one.net_benefits[i]),
                      float(one.net_errors[i]), float(one.better[i]))  # fmt: skip
            rows.append(dict(zip(CURVES, values, strict=True)))
    return Rows(CURVES, rows)
