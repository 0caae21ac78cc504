"""What an assessment of value returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sim.decision.value.assess import Assessment
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.table import Table
from sim.report.value import files
from sim.report.value.knowing import by_input_rows, evppi_rows
from sim.report.value.new_study import study_rows
from sim.report.value.reference import reference_curve_rows, reference_rows
from sim.scenario.schema import Scenario
from sim.study.checkpoint import Saved


class ValueResult(Result):
    """What strategies are worth: efficiency frontier, acceptability and loss, and the value of knowing inputs."""

    analysis: ClassVar[str] = "value"

    def __init__(
        self,
        found: Assessment,
        name: str,
        title: str,
        source: str,
        facts: Mapping[str, Any],
        parameters: Mapping[str, Any],
        scenario: Scenario | None = None,
        kept: Saved | None = None,
    ) -> None:
        """`source` names where the draws come from; `scenario` is None if that is a table."""
        super().__init__(name, parameters, kept)
        self.found, self.title = found, title
        self._source, self._content, self._scenario = source, facts, scenario

    def _made_document(self) -> Document:
        from sim.report.value.document import value_document
        from sim.report.value.figures import value_figures

        figures = tuple(value_figures(self.found))
        return value_document(self.found, figures, self.title, self._source, self.command, self._scenario)

    def summary_json(self) -> str:
        """Return the answer at the willingness to pay of interest as JSON."""
        return files.value_json(self.found, self.name)

    def _made_tables(self) -> dict[str, Table]:
        found = self.found
        tables = {} if found.psa.only_net else {"frontier": files.frontier_table(found)}
        tables["curves"] = files.curve_table(found)
        tables |= {"reference": reference_rows(found), "reference_curves": reference_curve_rows(found)}
        if found.partials:
            tables |= {"evppi": evppi_rows(found), "by_input": by_input_rows(found)}
        if found.psa.cost.size <= files.MOST_DRAWN:
            tables["draws"] = files.draw_table(found)
            if found.psa.parameters:
                tables["draws_inputs"] = files.drawn_table(found)
        if found.sampling is not None:
            tables["evsi"] = study_rows(found.sampling)
        if found.by_effect:
            tables["by_effect"] = files.effect_table(found)
        if found.by_form:
            tables["structure"] = files.structure_table(found)
        return tables

    def _workbook(self) -> WorkbookParts:
        from sim.report.value.workbook import value_workbook

        return value_workbook(self.found, self.name, self._scenario, self.tables)

    def _facts(self) -> dict[str, Any]:
        return dict(self._content)
