"""The data of a budget: every measure by year and arm, one-way scenarios, and the check list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sim.decision.budget.assess import ALL, TOTAL, Case, Impact
from sim.decision.budget.ledger import MIXES
from sim.decision.budget.measures import MEASURES
from sim.report.budget.text import sentences
from sim.report.table import Table, json_record

BUDGET = (
    "scenario", "mix", "year", "arm", "measure", "unit", "estimate", "mc_error", "lower", "upper", "draws_mean",
    "draws_lower", "draws_upper",
)  # fmt: skip
CASES = ("scenario", "case", "settings", "mix", "measure", "unit", "estimate", "mc_error", "beyond_base")


@dataclass(frozen=True)
class Member:
    """A scenario of a budget: its name, its budget and its one-way scenarios."""

    name: str
    impact: Impact
    cases: tuple[Case, ...] = ()


def budget_table(members: Sequence[Member]) -> Table:
    """Return every measure by mix, year and arm, with both of its errors."""
    return Table(BUDGET, [row for one in members for row in _rows(one)])


def case_table(members: Sequence[Member]) -> Table:
    """Return every measure over all years in each one-way scenario, and how far it is from the scenario itself."""
    rows = [
        {"scenario": member.name, "case": case.name, "settings": "; ".join(case.settings)}
        | {"mix": mix, "measure": one.name}
        | case.impact.get(mix, TOTAL, one.name).record()
        | {"beyond_base": case.impact.get(mix, TOTAL, one.name).estimate
           - member.impact.get(mix, TOTAL, one.name).estimate}
        for member in members for case in member.cases for mix in MIXES for one in MEASURES
    ]  # fmt: skip
    return Table(CASES, rows)


def budget_json(members: Sequence[Member]) -> str:
    """Return the answer as JSON: what is together, by mix and year, and in each one-way scenario."""
    content = {
        "scenarios": [
            {
                "name": one.name, "title": one.impact.scenario.title, "years": list(one.impact.years),
                "arms": list(one.impact.arms), "patients": one.impact.patients, "draws": one.impact.draws,
                "sentences": sentences(one.impact, one.cases),
                "together": [json_record(row) for row in _rows(one) if row["arm"] == ALL],
                "cases": {case.name: list(case.settings) for case in one.cases},
            }
            for one in members
        ],
        "cases": [json_record(row) for row in case_table(members)],
    }  # fmt: skip
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _rows(member: Member) -> Iterator[dict[str, Any]]:
    impact = member.impact
    for mix in MIXES:
        for place, year in enumerate(impact.years):
            for arm in impact.rows:
                for one in MEASURES:
                    mean, lower, upper = impact.doubt(mix, place, one.name, arm)
                    yield {
                        "scenario": member.name, "mix": mix, "year": int(year) if year.isdigit() else year,
                        "arm": arm, "measure": one.name,
                        **impact.get(mix, place, one.name, arm).record(),
                        "draws_mean": mean, "draws_lower": lower, "draws_upper": upper,
                    }  # fmt: skip
