"""The data of an assessment: its tables, and summary.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sim.decision.value.assess import Assessment
from sim.decision.value.efficiency import Efficiency
from sim.estimate.estimate import Estimate
from sim.report.table import Table, json_record
from sim.report.value.knowing import input_record, prices, worth_record
from sim.report.value.new_study import study_record
from sim.report.value.reference import against_sentences, reference_row
from sim.report.value.text import sentences

FRONTIER = (
    "strategy", "label", "place", "dominated_by", "cost", "cost_error", "cost_lower", "cost_upper", "effect",
    "effect_error", "effect_lower", "effect_upper", "versus", "extra_cost", "extra_cost_error", "extra_gain",
    "extra_gain_error", "icer", "icer_error", "icer_lower", "icer_upper",
)  # fmt: skip
DRAWS = ("draw", "strategy", "cost", "effect")
NET_DRAWS = ("draw", "strategy", "net_benefit")
MOST_DRAWN = 100_000
"""Draws times strategies above which they are not written again."""
CURVES = (
    "wtp", "strategy", "net_benefit", "probability_best", "expected_loss", "expected_loss_error", "is_preferred",
    "evpi", "evpi_error",
)  # fmt: skip
STRUCTURE = (
    "kind", "alternative", "draws", "strategy", "cost", "cost_error", "effect", "effect_error", "net_benefit",
    "probability_best", "is_preferred", "evpi", "evpi_error",
)  # fmt: skip


def frontier_table(found: Assessment) -> Table:
    """Return a row for every strategy: the frontier from the cheapest up, then the rest by cost."""
    return Table(FRONTIER, _frontier(found.strategies))


def effect_table(found: Assessment) -> Table:
    """Return a row for every other effect and strategy, as that of the frontier."""
    rows = [{"by_effect": one.psa.effect_name, **row} for one in found.by_effect for row in _frontier(one.strategies)]
    return Table(("by_effect", *FRONTIER), rows)


def _frontier(strategies: Sequence[Efficiency]) -> list[dict[str, Any]]:
    rows = []
    for one in strategies:
        row: dict[str, Any] = dict.fromkeys(FRONTIER, "")
        row |= {
            "strategy": one.strategy,
            "label": one.label,
            "place": str(one.place),
            "dominated_by": "; ".join(one.by),
        }
        for name, average in (("cost", one.cost), ("effect", one.effect)):
            row |= _with_error(name, average)
            row |= {f"{name}_lower": average.lower, f"{name}_upper": average.upper}
        if one.extra_cost is not None and one.extra_gain is not None and one.ratio is not None:
            row |= {"versus": one.versus, **_with_error("extra_cost", one.extra_cost),
                    **_with_error("extra_gain", one.extra_gain), **_with_error("icer", one.ratio),
                    "icer_lower": one.ratio.lower, "icer_upper": one.ratio.upper}  # fmt: skip
        rows.append(row)
    return rows


def curve_table(found: Assessment) -> Table:
    """Return a row for every willingness to pay and strategy; the EVPI is the same for all strategies."""
    curves = found.curves
    rows = []
    for i, price in enumerate(prices(found, curves.wtp)):
        for k, strategy in enumerate(found.psa.strategies):
            values = (
                price, strategy, float(curves.net_benefit[i, k]), float(curves.best[i, k]), float(curves.loss[i, k]),
                float(curves.loss_error[i, k]), bool(curves.optimal[i] == k), float(curves.evpi[i]),
                float(curves.evpi_error[i]),
            )  # fmt: skip
            rows.append(dict(zip(CURVES, values, strict=True)))
    return Table(CURVES, rows)


def draw_table(found: Assessment) -> Table:
    """Return a row for every draw and strategy, as `--table` reads it; draws are numbered from 1."""
    psa = found.psa
    if psa.only_net:
        named = [
            (k + 1, name, -float(psa.cost[k, j])) for k in range(psa.draws) for j, name in enumerate(psa.strategies)
        ]
        return Table(NET_DRAWS, [dict(zip(NET_DRAWS, values, strict=True)) for values in named])
    rows = [
        dict(zip(DRAWS, (k + 1, strategy, float(psa.cost[k, j]), float(psa.effect[k, j])), strict=True))
        for k in range(psa.draws)
        for j, strategy in enumerate(psa.strategies)
    ]
    return Table(DRAWS, rows)


def drawn_table(found: Assessment) -> Table:
    """Return a row for every draw with its inputs, as `--parameters` reads it; of kinds of structure the place."""
    names = list(found.psa.parameters)
    columns = [values.tolist() for values in found.psa.parameters.values()]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    return Table(("draw", *names), [{"draw": k + 1, **row} for k, row in enumerate(rows)])


def structure_table(found: Assessment) -> Table:
    """Return a row for every alternative and strategy, kind by kind, at the willingness to pay of interest."""
    return Table(STRUCTURE, _by_form(found))


def value_json(found: Assessment, name: str) -> str:
    """Return the answer at the willingness to pay of interest as JSON; an undefined number is null."""
    psa, question, curves, at = found.psa, found.question, found.curves, found.question.at
    content = {
        "name": name,
        "draws": psa.draws,
        "currency": psa.currency,
        "effect": {"name": psa.effect_name, "unit": psa.effect_unit, "better": psa.effect_better},
        "wtp": None if psa.only_net else question.price,
        "wtp_range": None if psa.only_net else [float(curves.wtp[0]), float(curves.wtp[-1])],
        "patients_per_year": question.patients_per_year,
        "years": question.years,
        "discount": question.stated.discount,
        "price_year": question.stated.price_year,
        "perspective": question.stated.perspective or None,
        "rate": None if question.stated.rate is None else str(question.stated.rate),
        "sentences": [*sentences(found), *against_sentences(found)],
        "preferred": psa.strategies[found.preferred],
        "chance_not_best": found.chance_not_best,
        "strategies": [
            {
                "strategy": one.strategy,
                "label": one.label,
                "place": None if psa.only_net else str(one.place),
                "dominated_by": [] if psa.only_net else list(one.by),
                "cost": None if psa.only_net else _with_interval("mean", one.cost),
                "effect": None if psa.only_net else _with_interval("mean", one.effect),
                "versus": one.versus,
                "extra_cost": None if one.extra_cost is None else _with_interval("mean", one.extra_cost),
                "extra_gain": None if one.extra_gain is None else _with_interval("mean", one.extra_gain),
                "icer": None if one.ratio is None else json_record(_with_interval("value", one.ratio)),
                "net_benefit": float(curves.net_benefit[at, psa.strategies.index(one.strategy)]),
                "probability_best": float(curves.best[at, psa.strategies.index(one.strategy)]),
                "expected_loss": float(curves.loss[at, psa.strategies.index(one.strategy)]),
            }
            for one in found.strategies
        ],
        "reference": found.question.reference,
        "against_reference": [json_record(reference_row(found, one)) for one in found.against],
        "structure": [json_record(row) for row in _by_form(found)],
        "evpi": worth_record(found.perfect),
        "evppi": [input_record(found, one) for one in found.inputs],
        "evppi_groups": [worth_record(one) for one in found.groups],
        "evppi_together": None if found.together is None else worth_record(found.together),
        "inputs_explain_nothing": found.odd,
        "study": study_record(found.sampling),
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _by_form(found: Assessment) -> list[dict[str, Any]]:
    rows = []
    for one in found.by_form:
        for k, strategy in enumerate(found.psa.strategies):
            values = (
                one.kind.removeprefix("structure."), one.alternative, one.draws, strategy, one.cost[k].estimate,
                one.cost[k].mc_error, one.effect[k].estimate, one.effect[k].mc_error, float(one.net_benefit[k]),
                float(one.best[k]), k == one.preferred, one.evpi.estimate, one.evpi.mc_error,
            )  # fmt: skip
            rows.append(dict(zip(STRUCTURE, values, strict=True)))
    return rows


def _with_error(name: str, one: Estimate) -> dict[str, Any]:
    return {name: one.estimate, f"{name}_error": one.mc_error}


def _with_interval(name: str, one: Estimate) -> dict[str, Any]:
    return {name: one.estimate, "error": one.mc_error, "lower": one.lower, "upper": one.upper}
