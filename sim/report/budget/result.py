"""What a budget impact analysis returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from sim.report.budget.files import Member, budget_json, budget_table, case_table
from sim.report.budget.guidance import SHORT, STANDARD, guidance
from sim.report.checklist.entry import COLUMNS, entry_data
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.table import Table
from sim.study.checkpoint import Saved


class BudgetResult(Result):
    """What a change of mix costs by year, what it takes and whom it helps, of one scenario or several."""

    analysis: ClassVar[str] = "budget"

    def __init__(
        self, members: Sequence[Member], trees: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any],
        kept: Saved | None = None,
    ) -> None:  # fmt: skip
        """`trees`: what each scenario says, in the order of the members."""
        super().__init__("-".join(one.name for one in members), parameters, kept)
        self.members, self._trees = tuple(members), tuple(trees)

    def _made_document(self) -> Document:
        from sim.report.budget.document import budget_document
        from sim.report.budget.figures import budget_figures

        return budget_document(self.members, tuple(budget_figures(self.members)), self.command)

    def summary_json(self) -> str:
        """Return what is together by year, and the sentences, as JSON."""
        return budget_json(self.members)

    def _made_tables(self) -> dict[str, Table]:
        tables = {"budget": budget_table(self.members)}
        if any(one.cases for one in self.members):
            tables["cases"] = case_table(self.members)
        lists = [(one.name, entry_data(guidance(one.impact, one.cases), STANDARD, SHORT)) for one in self.members]
        rows = [{"scenario": name, **row} for name, data in lists for row in data]
        return tables | {"checklist": Table(("scenario", *COLUMNS), rows)}

    def _workbook(self) -> WorkbookParts:
        from sim.report.budget.workbook import budget_workbook

        return budget_workbook(self.members, self.tables)

    def _facts(self) -> dict[str, Any]:
        first = self.members[0].impact
        found: dict[str, Any] = {"seed": first.scenario.seed, "patients": first.patients, "draws": first.draws}
        if len(self.members) == 1:
            return {"scenario": self.members[0].name, **found, "configuration": dict(self._trees[0])}
        named = zip(self.members, self._trees, strict=True)
        return {
            "scenarios": [one.name for one in self.members], **found,
            "configurations": {one.name: dict(tree) for one, tree in named},
        }  # fmt: skip
