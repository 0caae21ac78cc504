"""What a sensitivity analysis returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sim.decision.sensitivity.assess import Sensitivity
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.sensitivity import files
from sim.report.table import Table
from sim.study.checkpoint import Saved


class SensitivityResult(Result):
    """A sensitivity analysis: tornado, Sobol indices, thresholds and the map of two inputs as tables."""

    analysis: ClassVar[str] = "sensitivity"

    def __init__(
        self, found: Sensitivity, name: str, tree: Mapping[str, Any], parameters: Mapping[str, Any],
        kept: Saved | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name, parameters, kept)
        self.found = found
        self._tree = tree

    def _made_document(self) -> Document:
        from sim.report.sensitivity.document import sensitivity_document
        from sim.report.sensitivity.figures import sensitivity_figures

        return sensitivity_document(self.found, tuple(sensitivity_figures(self.found)), self.name, self.command)

    def summary_json(self) -> str:
        """Return everything but the scans and the map as JSON."""
        return files.sensitivity_json(self.found, self.name)

    def _made_tables(self) -> dict[str, Table]:
        tables = {"tornado": files.tornado_table(self.found), "indices": files.index_table(self.found)}
        if self.found.scans:
            tables |= {"scan": files.scan_table(self.found), "thresholds": files.threshold_table(self.found)}
        if self.found.pairs is not None:
            tables["map"] = files.map_table(self.found, self.found.pairs)
        return tables

    def _workbook(self) -> WorkbookParts:
        from sim.report.sensitivity.workbook import sensitivity_workbook

        return sensitivity_workbook(self.found, self.name, self.tables)

    def _facts(self) -> dict[str, Any]:
        return {
            "scenario": self.name,
            "seed": self.found.scenario.seed,
            "patients": self.found.patients,
            "configuration": self._tree,
        }
