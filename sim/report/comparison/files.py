"""The output directory of a comparison: its report, and its data as tidy tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.decision.compare import Comparison
from sim.report.document.document import Document
from sim.report.document.printing import printed
from sim.report.run.files import SUMMARY_COLUMNS, TRAJECTORY_COLUMNS, csv_text, json_record
from sim.report.run.write import write_made, write_printed, write_text

DIFFERENCE_COLUMNS = (
    "scenario", "arm", "versus_scenario", "versus_arm", "outcome", "unit",
    "estimate", "mc_error", "lower", "upper", "unpaired_error",
)  # fmt: skip
RANK_COLUMNS = ("scenario", "arm", "outcome", "patient", "mc_error", "tied", "cohort")


@dataclass(frozen=True)
class ComparisonReport:
    """The report of a comparison, yet to be drawn."""

    comparison: Comparison
    command: str

    def draw(self) -> Document:
        """Return the report with its figures."""
        from sim.report.comparison.document import comparison_document
        from sim.report.comparison.figures import comparison_figures

        return comparison_document(self.comparison, comparison_figures(self.comparison), self.command)


def write_comparison(
    directory: Path,
    comparison: Comparison,
    command: str,
    formats: Sequence[str],
    step: Callable[[str], None] = lambda what: None,
) -> None:
    """Fill a directory with everything that a comparison leaves behind."""
    step("drawing the report")
    made = printed(ComparisonReport(comparison, command), formats)
    members = comparison.members
    summary = ({"scenario": m.name, **estimate.record()} for m in members for estimate in m.panel.estimates)
    write_text(directory / "summary.csv", csv_text(SUMMARY_COLUMNS, summary))
    points = ({"scenario": m.name, **point._asdict()} for m in members for point in m.panel.points)
    write_text(directory / "trajectories.csv", csv_text(TRAJECTORY_COLUMNS, points))
    write_text(directory / "differences.csv", csv_text(DIFFERENCE_COLUMNS, _differences(comparison)))
    ranks = ({"scenario": m.name, **vars(rank)} for m in members for rank in m.ranks)
    write_text(directory / "ranks.csv", csv_text(RANK_COLUMNS, ranks))
    write_text(directory / "summary.json", comparison_json(comparison))
    write_printed(directory, made)
    write_made(
        directory,
        made,
        command,
        {
            "scenarios": [member.name for member in members],
            "seed": members[0].panel.result.study.scenario.seed,
            "patients": comparison.patients,
            "configurations": {member.name: member.variant.loaded.tree for member in members},
        },
    )


def comparison_json(comparison: Comparison) -> str:
    """Return estimates, differences, ranks and verdicts as JSON; an undefined number or one never reached is null."""
    content = {
        "scenarios": [
            {
                "scenario": member.name,
                "label": member.label,
                "evidence": member.variant.evidence,
                "varied": dict(member.variant.varied),
                "same_patients_as_first": comparison.same_as_first(position),
                "estimates": [json_record(estimate.record()) for estimate in member.panel.estimates],
                "ranks": [json_record(vars(rank)) for rank in member.ranks],
            }
            for position, member in enumerate(comparison.members)
        ],
        "patients": comparison.patients,
        "arms": list(comparison.arms),
        "differences": [json_record(record) for record in _differences(comparison)],
        "best": [
            {
                "outcome": verdict.outcome,
                "answer": verdict.answer,
                "leaders": {
                    comparison.members[k].name: list(ranking.leaders) if ranking else []
                    for k, ranking in zip(verdict.members, verdict.rankings, strict=True)
                },
            }
            for verdict in comparison.verdicts()
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


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
