"""What check lists of reporting standards return."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sim.report.checklist import cheers, stress, validity
from sim.report.checklist.entry import COLUMNS, Entry, count_words, entry_data
from sim.report.checklist.known import Known
from sim.report.document.document import Bullets, Document, Facts, Section, Text
from sim.report.document.sections import LIMITS, findings, inputs
from sim.report.document.workbook_parts import WorkbookParts
from sim.report.result import Result
from sim.report.table import Table, json_record
from sim.report.words.input_table import input_data

KIND_LINE = "Check lists of reporting standards"


@dataclass(frozen=True)
class Standard:
    """A standard: its heading, what its items are called by in short, its source, and what fills it in."""

    heading: Callable[[Known], str]
    short: str
    source: str
    fill: Callable[[Known], tuple[Entry, ...]]


STANDARDS: dict[str, Standard] = {
    "cheers": Standard(lambda known: cheers.STANDARD, cheers.SHORT, cheers.SOURCE, cheers.cheers),
    "stress": Standard(stress.standard, stress.SHORT, stress.SOURCE, stress.stress),
    "validation": Standard(lambda known: validity.STANDARD, validity.SHORT, validity.SOURCE, validity.validity),
}
"""By the name that users give."""
INTRO = (
    "Items in our own words with the numbers of the standard. What is answered is taken from the scenario, from what "
    "is stated under `reporting` in it, and from the runs named above; nothing else is claimed, and what is missing is "
    "open."
)


class ChecklistResult(Result):
    """Check lists filled in from a scenario and its runs."""

    analysis: ClassVar[str] = "checklist"

    def __init__(self, known: Known, standards: Sequence[str], parameters: Mapping[str, Any]) -> None:
        super().__init__(known.name, parameters)
        self.known, self.standards = known, tuple(standards)
        self.entries = {name: STANDARDS[name].fill(known) for name in self.standards}

    def heading(self, standard: str) -> str:
        """Return what a standard is called in full."""
        return STANDARDS[standard].heading(self.known)

    def _made_document(self) -> Document:
        from sim.report.checklist.entry import entry_table

        known = self.known
        facts = Facts(
            (
                ("Scenario", known.name),
                ("Runs", ", ".join(f"{run.directory} ({run.analysis})" for run in known.runs) or "none given"),
                ("Command", self.command),
            )
        )
        lines = [f"{self.heading(name)}: {count_words(found)}" for name, found in self.entries.items()]
        opening = Section("summary", "In short", (Bullets(tuple(lines), "answers"), Text(INTRO)))
        sections = [
            Section(
                name, self.heading(name),
                (Text(f"{STANDARDS[name].source}. {count_words(found)}"), entry_table(found, self.heading(name))),
            )
            for name, found in self.entries.items()
        ]  # fmt: skip
        more = (inputs(known.scenario), findings(known.scenario), Section("limits", "Limits", (Bullets(LIMITS),)))
        sections += [section for section in more if section is not None]
        title, description = known.scenario.title, known.scenario.description or ""
        return Document(title, KIND_LINE, description, facts, (opening,), tuple(sections))

    def summary_json(self) -> str:
        """Return every item with its state and answer as JSON."""
        content = {
            "scenario": self.known.name,
            "runs": [run.directory for run in self.known.runs],
            "standards": {
                name: {"standard": self.heading(name), "items": [json_record(row) for row in self._data(name)]}
                for name in self.standards
            },
        }
        return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    def _made_tables(self) -> dict[str, Table]:
        return {"checklist": Table(COLUMNS, [row for name in self.standards for row in self._data(name)])}

    def _data(self, name: str) -> Table:
        return entry_data(self.entries[name], self.heading(name), STANDARDS[name].short)

    def _workbook(self) -> WorkbookParts:
        return WorkbookParts(self.tables, inputs=input_data([(self.known.name, self.known.scenario)]))

    def _facts(self) -> dict[str, Any]:
        return {"scenario": self.known.name, "configuration": dict(self.known.tree)}
