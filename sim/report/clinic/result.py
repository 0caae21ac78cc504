"""What planning a clinic returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sim.capacity.assess import Assessment
from sim.report.clinic import files
from sim.report.clinic.near_by import neighbour_data
from sim.report.clinic.people import load_data
from sim.report.clinic.year import month_data
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.table import Table
from sim.study.checkpoint import Saved


class ClinicResult(Result):
    """A clinic, and its variants in staff and treatment: measures, weeks, waits and calendar as tables."""

    analysis: ClassVar[str] = "clinic"

    def __init__(
        self, found: Assessment, name: str, tree: Mapping[str, Any], parameters: Mapping[str, Any],
        kept: Saved | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name, parameters, kept)
        self.found = found
        self._tree = tree

    def _made_document(self) -> Document:
        from sim.report.clinic.document import clinic_document
        from sim.report.clinic.figures import clinic_figures

        return clinic_document(self.found, tuple(clinic_figures(self.found)), self.name, self.command)

    def summary_json(self) -> str:
        """Return everything but the weekly values as JSON."""
        return files.clinic_json(self.found, self.name)

    def _made_tables(self) -> dict[str, Table]:
        found = self.found
        tables = {
            "summary": files.summary_table(found, self.name),
            "weekly": files.weekly_table(found),
            "waits": files.wait_table(found),
            "groups": files.group_table(found),
            "calendar": files.calendar_table(found),
            "replications": files.replication_table(found),
        }
        tables["practitioners"] = load_data(found)
        tables["months"] = month_data(found)
        if found.neighbours is not None:
            tables["neighbours"] = neighbour_data(found)
        if found.policies is not None:
            tables["differences"] = files.difference_table(found, self.name)
        return tables

    def _workbook(self) -> WorkbookParts:
        from sim.report.clinic.workbook import clinic_workbook

        return clinic_workbook(self.found, self.name, self.tables)

    def _facts(self) -> dict[str, Any]:
        return {
            "scenario": self.name,
            "seed": self.found.model.scenario.seed,
            "replications": self.found.base.number,
            "configuration": self._tree,
        }
