"""The data of a comparison: its tables, and summary.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sim.decision.compare import Comparison
from sim.estimate.ranks import RankProbability
from sim.report.run.files import SUMMARY_COLUMNS, TRAJECTORY_COLUMNS
from sim.report.run.verdict import verdict_record
from sim.report.table import Table, json_record

DIFFERENCE_COLUMNS = (
    "scenario", "arm", "versus_scenario", "versus_arm", "outcome", "unit",
    "estimate", "mc_error", "lower", "upper", "unpaired_error",
)  # fmt: skip
RANK_COLUMNS = ("scenario", "arm", "outcome", "patient", "mc_error", "tied", "cohort")


def comparison_tables(comparison: Comparison) -> dict[str, Table]:
    """Return the tables of a comparison by name: those of all its scenarios, differences and ranks."""
    members = comparison.members
    summary = ({"scenario": m.name, **estimate.record()} for m in members for estimate in m.panel.estimates)
    points = ({"scenario": m.name, **point.record()} for m in members for point in m.panel.points)
    ranks = ({"scenario": m.name, **_rank(rank)} for m in members for rank in m.ranks)
    return {
        "summary": Table(SUMMARY_COLUMNS, summary),
        "differences": Table(DIFFERENCE_COLUMNS, _differences(comparison)),
        "trajectories": Table(TRAJECTORY_COLUMNS, points),
        "ranks": Table(RANK_COLUMNS, ranks),
    }


def comparison_json(comparison: Comparison) -> str:
    """Return estimates, verdicts, differences and ranks as JSON; an undefined number or one never reached is null."""
    content = {
        "scenarios": [
            {
                "scenario": member.name,
                "label": member.label,
                "evidence": member.variant.evidence,
                "varied": dict(member.variant.varied),
                "verdict": verdict_record(member.panel, member.verdict),
                "same_patients_as_first": comparison.same_as_first(position),
                "estimates": [json_record(estimate.record()) for estimate in member.panel.estimates],
                "ranks": [json_record(_rank(rank)) for rank in member.ranks],
            }
            for position, member in enumerate(comparison.members)
        ],
        "patients": comparison.patients,
        "arms": list(comparison.arms),
        "differences": [json_record(record) for record in _differences(comparison)],
        "best": [
            {
                "outcome": agreement.outcome,
                "answer": agreement.answer,
                "leaders": {
                    comparison.members[k].name: list(ranking.leaders) if ranking else []
                    for k, ranking in zip(agreement.members, agreement.rankings, strict=True)
                },
            }
            for agreement in comparison.agreements()
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _rank(one: RankProbability) -> dict[str, Any]:
    values = one.arm, one.outcome, one.patient.estimate, one.patient.mc_error, one.tied, one.cohort
    return dict(zip(RANK_COLUMNS[1:], values, strict=True))


def _differences(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Yield the differences of all patients: between arms of a scenario, then of an arm between scenarios."""
    for member in comparison.members:
        for found in member.panel.differences:
            if found.subgroup == "all":
                record = {**found.record(), "scenario": member.name, "versus_scenario": member.name}
                yield _kept(record | {"versus_arm": found.versus})
    for between in comparison.differences:
        ends = {"scenario": between.arm, "versus_scenario": between.versus}
        yield _kept({**between.record(), **ends, "arm": between.within, "versus_arm": between.within})


def _kept(record: dict[str, Any]) -> dict[str, Any]:
    return {column: record[column] for column in DIFFERENCE_COLUMNS}
