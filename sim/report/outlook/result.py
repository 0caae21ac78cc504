"""What the outlook of one patient returns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from sim.learn.outlook import Outlook
from sim.report.document.document import Document
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.outlook.text import sentences
from sim.report.result import Result
from sim.report.table import Table, json_record

COLUMNS = (
    "way", "day", "pain", "pain_mc_error", "reading_p05", "reading_p25", "reading_p50", "reading_p75", "reading_p95",
    "in_relief", "in_relief_mc_error", "pain_of_all",
)  # fmt: skip
WAY_COLUMNS = ("way", "label", "visit_days", "relief_lost", "relief_lost_mc_error")


class OutlookResult(Result):
    """What is expected of one patient by evening, for every way to go on; `found` holds all of it."""

    analysis: ClassVar[str] = "outlook"

    def __init__(self, found: Outlook, name: str, tree: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        super().__init__(name, parameters)
        self.found = found
        self._tree = tree

    def _made_document(self) -> Document:
        from sim.report.outlook.document import outlook_document

        return outlook_document(self.found, self.name, self.command)

    def summary_json(self) -> str:
        """Return the answer and what is expected by evening as JSON."""
        content = {
            "scenario": self.name, "answer": sentences(self.found), "effective": round(self.found.effective, 1),
            "bank": self.found.bank, "moved": round(self.found.moved, 6),
            "expected": [json_record(row) for row in self.tables["summary"]],
            "ways": [json_record(row) for row in self.tables["ways"]],
        }  # fmt: skip
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def _made_tables(self) -> dict[str, Table]:
        rows = (
            {
                "way": way.name, "day": one.day, "pain": one.pain.estimate, "pain_mc_error": one.pain.mc_error,
                **dict(zip(COLUMNS[4:9], one.reading, strict=True)), "in_relief": one.relief.estimate,
                "in_relief_mc_error": one.relief.mc_error, "pain_of_all": of_all.pain.estimate,
            }
            for way in self.found.ways
            for one, of_all in zip(way.expected, way.of_all, strict=True)
        )  # fmt: skip
        ways = (
            {
                "way": way.name, "label": way.label, "visit_days": " ".join(map(str, way.visits)),
                "relief_lost": way.lost.estimate, "relief_lost_mc_error": way.lost.mc_error,
            }
            for way in self.found.ways
        )  # fmt: skip
        return {"summary": Table(COLUMNS, rows), "ways": Table(WAY_COLUMNS, ways)}

    def _workbook(self) -> WorkbookParts:
        from sim.report.outlook.workbook import outlook_workbook

        return outlook_workbook(self.found, self.name, self.tables)

    def _facts(self) -> dict[str, Any]:
        return {"scenario": self.name, "seed": self.found.scenario.seed, "configuration": dict(self._tree)}
