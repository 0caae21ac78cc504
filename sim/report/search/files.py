"""The data of a protocol search: its tables, summary.json and best.yaml."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sim.decision.search import Found, SearchResult
from sim.plain_text import plain_text
from sim.report.search.text import sentences, words
from sim.report.table import Table, json_record
from sim.report.words.rules import protocol_text
from sim.units import GAP

MOST_ARMS = 24
"""Arms that a scenario may have."""
_MEAN = ("estimate", "mc_error", "unit")
_PARTS = ("sequence", "visits", "every_days", "first_visits", "stop_after_relief", "discharge_without_relief_by")


def candidate_table(result: SearchResult) -> Table:
    """Return a row for every candidate and every arm of the scenario, with estimates and Monte Carlo errors."""
    rows = [_candidate_row(result, found) for found in (*result.candidates, *result.arms)]
    return Table(tuple(rows[0]), rows)


def frontier_table(result: SearchResult) -> Table:
    """Return the efficient frontier from the cheapest up, with what each step costs and gains."""
    question = result.question
    columns = (
        "name", "protocol", "status", question.objective.name, f"{question.objective.name}_mc_error",
        question.against.name, f"{question.against.name}_mc_error", "extra_cost", "extra_gain", "extra_gain_mc_error",
        "cost_per_unit_of_gain",
    )  # fmt: skip
    rows = []
    for point, step in zip(result.frontier, result.gains, strict=True):
        found = result.by_name[point.name]
        gain, spent = found.means[question.objective.name], found.means[question.against.name]
        values = (
            found.name, words(result, found), str(found.status), gain.estimate, gain.mc_error, spent.estimate,
            spent.mc_error, point.extra_cost, step.estimate, step.mc_error, point.per_gain,
        )  # fmt: skip
        rows.append(dict(zip(columns, values, strict=True)))
    return Table(columns, rows)


def search_json(result: SearchResult, name: str) -> str:
    """Return the whole result as JSON; an undefined number is null."""
    question = result.question
    content = {
        "scenario": name,
        "title": result.scenario.title,
        "seed": result.scenario.seed,
        "patients": result.scenario.cohort.size,
        "objective": question.objective.name,
        "budgets": [budget.text for budget in question.budgets],
        "against": question.against.name,
        "confidence": question.plan.confidence,
        "indifference": question.plan.indifference,
        "grid": {
            "combinations": result.grid.asked,
            "candidates": len(result.grid.candidates),
            "alike": result.grid.alike,
            "beyond_horizon": result.grid.beyond,
        },
        "best": result.best,
        "margin": result.margin,
        "least": result.least.name,
        "least_arm": result.least_arm.name if result.least_arm else None,
        "is_within_budget": result.is_within_budget,
        "patients_to_select": result.patients_used,
        "patients_if_equal": result.equal_allocation,
        "sentences": [sentence.replace(GAP, " ") for sentence in sentences(result)],
        "frontier": [
            json_record(asdict(point) | {"gain_error": step.mc_error})
            for point, step in zip(result.frontier, result.gains, strict=True)
        ],
        "candidates": [_record(result, found) for found in result.candidates],
        "arms": [_record(result, found) for found in result.arms],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def best_yaml(result: SearchResult, file: str, overrides: Sequence[str]) -> str:
    """Return a scenario that extends the one searched, with the best protocol and the one that takes least as arms."""
    scenario, found = result.scenario, {"best": ("Best found", result.by_name[result.best])}
    if result.least.name != result.best:
        found["least"] = ("Takes least", result.least)
    named = {_free_name(result, name): one for name, one in found.items()}
    arms = (*scenario.arms[: MOST_ARMS - len(named)], *named)
    lines = [
        f"# Found by `simulate optimise`. It must stand beside {plain_text(file)}, unless that is in configs/ or came "
        "with the program.",
        *(f"# The search also changed: --set {plain_text(override)}" for override in overrides),
        f"extends: {json.dumps(file)}",
        f"title: {json.dumps(scenario.title[:150] + ', with the best protocol found')}",
        f"arms: [{', '.join(arms)}]",
        "protocols:",
    ]
    for name, (label, one) in named.items():
        assert one.candidate is not None
        protocol = one.candidate.protocol
        number = name.removeprefix("best").removeprefix("least").replace("_", " ")
        lines += [
            f"  {name}:",
            f"    label: {json.dumps(label + number)}",
            f"    description: {json.dumps(protocol_text(scenario, protocol))}",
        ]
        body = protocol.model_dump(mode="json", exclude_unset=True)
        lines += [f"    {key}: {json.dumps(value)}" for key, value in body.items() if value is not None]
    return "\n".join(lines) + "\n"


def _free_name(result: SearchResult, name: str) -> str:
    return next(one for one in (name, *(f"{name}_{i}" for i in range(2, 999))) if _is_free(result, one))


def _is_free(result: SearchResult, name: str) -> bool:
    return name not in result.scenario.protocols and name not in result.scenario.policies


def _candidate_row(result: SearchResult, found: Found) -> dict[str, Any]:
    row: dict[str, Any] = {
        "kind": "candidate" if found.candidate else "arm",
        "name": found.name,
        "protocol": words(result, found),
        **_parts(found),
        "status": str(found.status or ""),
        "on_frontier": any(point.name == found.name for point in result.frontier) if found.candidate else "",
        "patients_to_select": found.patients,
        "estimated_on": found.estimated_on,
        "estimated_afresh": found.is_fresh,
    }
    for outcome, mean in found.means.items():
        row |= {outcome: mean.estimate, f"{outcome}_mc_error": mean.mc_error}
    return row | {"difference_from_best": found.difference.estimate, "difference_mc_error": found.difference.mc_error}


def _parts(found: Found) -> dict[str, Any]:
    if found.candidate is None:
        return dict.fromkeys(("planned_visits" if part == "visits" else part for part in _PARTS), "")
    given = {part: getattr(found.candidate, part) for part in _PARTS}
    given = {"planned_visits" if part == "visits" else part: value for part, value in given.items()}
    given["every_days"] = "+".join(f"{gap:g}" for gap in found.candidate.every_days)
    return {part: "" if value is None else value for part, value in given.items()}


def _record(result: SearchResult, found: Found) -> dict[str, Any]:
    means = {name: json_record({name: getattr(mean, name) for name in _MEAN}) for name, mean in found.means.items()}
    record = {**_candidate_row(result, found), "difference_unit": found.difference.unit.name}
    for name in found.means:
        del record[name], record[f"{name}_mc_error"]
    cleaned = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in record.items()
    }
    return {**cleaned, "estimates": means}
