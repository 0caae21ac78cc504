"""What a description of records returns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from sim.learn.cells_shown import is_small
from sim.learn.describe import Description
from sim.learn.fragment import fragment_yaml
from sim.report.description import tables
from sim.report.description.returns import return_curve
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.table import Table, json_record
from sim.scenario.schema import Scenario


class DescriptionResult(Result):
    """What records say by themselves: estimates by topic, returns, what looked odd, and a part of a scenario.

    `found` holds all of it; nothing of a single patient is in the tables, the figures or the report.
    """

    analysis: ClassVar[str] = "describe"

    def __init__(
        self,
        found: Description,
        name: str,
        source: str,
        base: str,
        scenario: Scenario,
        facts: Mapping[str, Any],
        parameters: Mapping[str, Any],
    ) -> None:
        """`source` names the files; `base` is what the fragment extends, `scenario` what is in that."""
        super().__init__(name, parameters)
        self.found = found
        self._source, self._base, self._scenario, self._content = source, base, scenario, facts

    @cached_property
    def fragment(self) -> str:
        """The text of a scenario with what the records say of the cohort, attendance and the clinic."""
        return fragment_yaml(self.found, self._base, self._scenario)

    def _made_document(self) -> Document:
        from sim.report.description.document import description_document
        from sim.report.description.figures import description_figures

        figures = description_figures(self.found)
        return description_document(self.found, figures, self.name, self._source, self.command, self.fragment)

    def summary_json(self) -> str:
        """Return all numbers as JSON; one of fewer than five patients is null."""
        found = self.found
        content = {
            "records": self.name,
            "sha256": found.records.sha256,
            "people": tables.people_shown(found),
            "estimates": [json_record(one.record()) for one in found.estimates],
            "returns": [json_record(tables.return_record(row)) for row in return_curve(found)],
            "findings": [
                {
                    "file": one.file,
                    "what": one.what,
                    "count": None if is_small(one.count) else one.count,
                    "done": one.done,
                }
                for one in found.records.findings
            ],
        }
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def _made_tables(self) -> dict[str, Table]:
        found = self.found
        return {
            "summary": tables.summary_data(found),
            "people": tables.people_data(found),
            "returns": tables.return_data(found),
            "findings": tables.finding_data(found),
        }

    def _workbook(self) -> WorkbookParts:
        from sim.report.description.workbook import description_workbook

        return description_workbook(self.found, self.tables)

    def _texts(self) -> dict[str, str]:
        return {"fragment.yaml": self.fragment}

    def _facts(self) -> dict[str, Any]:
        return dict(self._content)
