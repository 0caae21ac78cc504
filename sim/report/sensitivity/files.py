"""The data of a sensitivity analysis: a table for each of its parts, and summary.json."""

from __future__ import annotations

import json
import math
from typing import Any

from sim.decision.sensitivity.assess import Sensitivity
from sim.decision.sensitivity.oneway import Bar
from sim.decision.sensitivity.pairs import PairMap
from sim.decision.sensitivity.structure import Kind
from sim.estimate.estimate import Estimate
from sim.report.sensitivity.text import sentences
from sim.report.table import Table, json_record
from sim.report.words.inputs import fixed_paths

TORNADO = (
    "input", "unit", "base", "end", "value", "weight", "target_base", "target", "change", "change_error", "preferred",
    "swing", "swing_error",
)  # fmt: skip
INDICES = (
    "input", "first", "first_lower", "first_upper", "total", "total_lower", "total_upper", "rank_correlation",
    "rank_correlation_lower", "rank_correlation_upper", "partial_rank_correlation",
)  # fmt: skip
END_NAMES = ("low", "high")
SCAN = ("input", "value", "arm", "estimate", "is_preferred")
THRESHOLDS = ("input", "low", "high", "threshold", "threshold_error", "preferred_below", "preferred_above")
MAP = ("across_input", "across", "up_input", "up", "target", "preferred")


def tornado_table(found: Sensitivity) -> Table:
    """Return a row for every end of an input's range and every alternative of a kind of structure.

    What matters most comes first. `end` is `low`, `high` or the name of the alternative.
    """
    return Table(TORNADO, [row for bar in found.one_way.bars for row in _bar(found, bar)])


def index_table(found: Sensitivity) -> Table:
    """Return a row for every input, in the order of the scenario, then one for every kind of structure."""
    return Table(INDICES, [_index(found, k) for k in range(len(found.factors))])


def scan_table(found: Sensitivity) -> Table:
    """Return a row for every input, value and arm of the scans."""
    rows = [
        (scan.input.path, value, arm, float(scan.means[i, a]), scan.preferred[i] == a)
        for scan in found.scans
        for i, value in enumerate(scan.values.tolist())
        for a, arm in enumerate(found.question.arms)
    ]
    return Table(SCAN, [dict(zip(SCAN, row, strict=True)) for row in rows])


def threshold_table(found: Sensitivity) -> Table:
    """Return a row for every threshold; an input without one has a row without a threshold."""
    return Table(THRESHOLDS, _thresholds(found))


def map_table(found: Sensitivity, pairs: PairMap) -> Table:
    """Return a row for every cell of the map; the preferred arm is empty where an outcome is neither good nor bad."""
    rows = []
    for j, up in enumerate(pairs.up_values.tolist()):
        for i, across in enumerate(pairs.across_values.tolist()):
            arm = _preferred(found, int(pairs.preferred[j, i]))
            values = (pairs.across.path, across, pairs.up.path, up, float(pairs.target[j, i]), arm)
            rows.append(dict(zip(MAP, values, strict=True)))
    return Table(MAP, rows)


def sensitivity_json(found: Sensitivity, name: str) -> str:
    """Return everything but the scans and the map as JSON; an undefined number is null."""
    question, one_way = found.question, found.one_way
    measure = question.measure
    content = {
        "scenario": name,
        "seed": found.scenario.seed,
        "patients": found.patients,
        "outcome": measure.outcome.name,
        "wtp": measure.wtp,
        "unit": measure.unit.name,
        "target": list(question.target),
        "base": one_way.base.estimate,
        "base_error": one_way.base.mc_error,
        "arms": [
            {"arm": arm, "estimate": float(one_way.means[a]), "mc_error": float(one_way.errors[a])}
            for a, arm in enumerate(question.arms)
        ],
        "preferred": None if measure.better is None else question.arms[measure.best(one_way.means)],
        "sentences": sentences(found),
        "tornado": [json_record(row) for bar in one_way.bars for row in _bar(found, bar)],
        "draws": {"number": found.draws, "patients": found.draws_patients},
        "fixed": sorted(fixed_paths(found.scenario)),
        "variance": found.indices.variance,
        "unexplained": dict(zip(("value", "lower", "upper"), _interval(found.indices.unexplained), strict=True)),
        "alone": dict(zip(("value", "lower", "upper"), _interval(found.indices.alone), strict=True)),
        "indices": [json_record(_index(found, k)) for k in range(len(found.factors))],
        "thresholds": [json_record(row) for row in _thresholds(found)] if found.scans else None,
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _bar(found: Sensitivity, bar: Bar) -> list[dict[str, Any]]:
    rows = []
    for k, end in enumerate(bar.ends):
        values = (
            *_where(bar, k), found.one_way.base.estimate, end.target, end.change.estimate, end.change.mc_error,
            _preferred(found, end.preferred), bar.swing.estimate, bar.swing.mc_error,
        )  # fmt: skip
        rows.append(dict(zip(TORNADO, values, strict=True)))
    return rows


def _where(bar: Bar, k: int) -> tuple[str, str, float | str, str, float, float]:
    """Return what a bar is of, its unit and value in the base case, and an end with its value and weight."""
    one = bar.factor
    if isinstance(one, Kind):
        return one.path, "", one.alternatives[0], one.alternatives[k], math.nan, one.weights[k]
    return one.path, one.quantity.unit, float(one.quantity.value), END_NAMES[k], bar.ends[k].value, math.nan


def _preferred(found: Sensitivity, place: int) -> str:
    """Return the arm at a place; nothing where an outcome is neither good nor bad."""
    return "" if found.question.measure.better is None else found.question.arms[place]


def _index(found: Sensitivity, k: int) -> dict[str, Any]:
    rank = (math.nan,) * 4  # alternatives have no order
    if k < len(found.ranks):
        rank = (*_interval(found.ranks[k]), found.ranks[k].partial)
    shares = (*_interval(found.indices.first[k]), *_interval(found.indices.total[k]))
    return dict(zip(INDICES, (found.factors[k].path, *shares, *rank), strict=True))


def _interval(one: Estimate) -> tuple[float, float, float]:
    return one.estimate, one.lower, one.upper


def _thresholds(found: Sensitivity) -> list[dict[str, Any]]:
    arms = found.question.arms
    rows = []
    for scan in found.scans:
        ends = (scan.input.path, float(scan.values[0]), float(scan.values[-1]))
        rows += [(*ends, one.at.estimate, one.at.mc_error, arms[one.below], arms[one.above]) for one in scan.thresholds]
        if not scan.thresholds:
            rows.append((*ends, math.nan, math.nan, arms[scan.preferred[0]], arms[scan.preferred[0]]))
    return [dict(zip(THRESHOLDS, row, strict=True)) for row in rows]
