"""What a protocol search returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from sim.decision.search import SearchResult
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.search.files import best_yaml, candidate_table, frontier_table, search_json
from sim.report.table import Table
from sim.study.checkpoint import Saved


class OptimisationResult(Result):
    """A protocol search: all candidates and the efficient frontier as tables, the best protocol as a scenario."""

    analysis: ClassVar[str] = "optimise"

    def __init__(
        self,
        found: SearchResult,
        name: str,
        file: str,
        changes: Sequence[str],
        tree: Mapping[str, Any],
        parameters: Mapping[str, Any],
        kept: Saved | None = None,
    ) -> None:
        """`file` is what the best protocol's scenario extends, `changes` what was set in it."""
        super().__init__(name, parameters, kept)
        self.found = found
        self._file, self._changes, self._tree = file, tuple(changes), tree

    @cached_property
    def best(self) -> str:
        """The text of a scenario that extends the one searched and adds the best protocol as an arm."""
        return best_yaml(self.found, self._file, self._changes)

    def _made_document(self) -> Document:
        from sim.report.drawing.appearance import settings
        from sim.report.search.document import search_document
        from sim.report.search.figure import frontier_figure

        with settings():
            figures = (frontier_figure(self.found),)
        return search_document(self.found, figures, self.name, self.command, self.best)

    def summary_json(self) -> str:
        """Return the whole result as JSON."""
        return search_json(self.found, self.name)

    def _made_tables(self) -> dict[str, Table]:
        return {"candidates": candidate_table(self.found), "frontier": frontier_table(self.found)}

    def _texts(self) -> dict[str, str]:
        return {"best.yaml": self.best}

    def _workbook(self) -> WorkbookParts:
        from sim.report.search.workbook import search_workbook

        return search_workbook(self.found, self.name, self.tables)

    def _facts(self) -> dict[str, Any]:
        scenario = self.found.scenario
        return {
            "scenario": self.name,
            "seed": scenario.seed,
            "patients": scenario.cohort.size,
            "configuration": self._tree,
        }
