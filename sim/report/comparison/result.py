"""What a comparison returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sim.decision.compare import Comparison
from sim.report.comparison.files import comparison_json, comparison_tables
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.table import Table
from sim.study.checkpoint import Saved


class ComparisonResult(Result):
    """Scenarios on the same patients: their estimates, differences and ranks as tables."""

    analysis: ClassVar[str] = "compare"

    def __init__(
        self, comparison: Comparison, name: str, parameters: Mapping[str, Any], kept: Saved | None = None
    ) -> None:
        super().__init__(name, parameters, kept)
        self.comparison = comparison

    def _made_document(self) -> Document:
        from sim.report.comparison.document import comparison_document
        from sim.report.comparison.figures import comparison_figures

        return comparison_document(self.comparison, comparison_figures(self.comparison), self.command)

    def summary_json(self) -> str:
        """Return estimates, differences, ranks and verdicts as JSON."""
        return comparison_json(self.comparison)

    def _made_tables(self) -> dict[str, Table]:
        return comparison_tables(self.comparison)

    def _workbook(self) -> WorkbookParts:
        from sim.report.comparison.workbook import comparison_workbook

        return comparison_workbook(self.comparison, self.tables)

    def _facts(self) -> dict[str, Any]:
        members = self.comparison.members
        return {
            "scenarios": [member.name for member in members],
            "seed": members[0].scenario.seed,
            "patients": self.comparison.patients,
            "configurations": {member.name: member.variant.loaded.tree for member in members},
        }
