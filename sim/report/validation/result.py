"""What a validation returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sim.learn.validation import Validation
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.table import Table
from sim.report.validation import files
from sim.study.checkpoint import Saved


class ValidationResult(Result):
    """Published trials beside what the model predicts: every comparison and the scores as tables."""

    analysis: ClassVar[str] = "validate"

    def __init__(
        self, found: Validation, name: str, tree: Mapping[str, Any], left_out: Sequence[str],
        parameters: Mapping[str, Any], kept: Saved | None = None,
    ) -> None:  # fmt: skip
        super().__init__(name, parameters, kept)
        self.found, self.left_out = found, tuple(left_out)
        self._tree = tree

    def _made_document(self) -> Document:
        from sim.report.validation.document import validation_document
        from sim.report.validation.figures import validation_figures

        figures = tuple(validation_figures(self.found))
        return validation_document(self.found, figures, self.name, self.left_out, self.command)

    def summary_json(self) -> str:
        """Return the answer, the comparisons and the scores as JSON."""
        return files.validation_json(self.found, self.name)

    def _made_tables(self) -> dict[str, Table]:
        return files.tables(self.found)

    def _workbook(self) -> WorkbookParts:
        from sim.report.validation.workbook import validation_workbook

        return validation_workbook(self.found, self.name, self.tables)

    def _facts(self) -> dict[str, Any]:
        first, trials = self.found.sets[0], self.found.trials
        return {
            "scenario": self.name,
            "seed": first.scenario.seed,
            "patients": self.found.patients,
            "draws": first.draws,
            "trials": {"file": trials.file.name, "sha256": trials.sha256},
            "configuration": self._tree,
        }
