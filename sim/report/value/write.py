"""Write the output directory of an assessment: report, tables, figures and the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.decision.value.assess import Assessment
from sim.report.document.document import Document
from sim.report.document.printing import printed
from sim.report.run.write import write_made, write_printed, write_text
from sim.report.value.files import curves_csv, evppi_csv, frontier_csv, structure_csv, value_json
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class ValueReport:
    """The report of an assessment, yet to be drawn; `scenario` is None if the draws came from a table."""

    found: Assessment
    title: str
    source: str
    command: str
    scenario: Scenario | None = None

    def draw(self) -> Document:
        """Return the report with its figures."""
        from sim.report.value.document import value_document
        from sim.report.value.figures import value_figures

        figures = tuple(value_figures(self.found))
        return value_document(self.found, figures, self.title, self.source, self.command, self.scenario)


def write_value(
    directory: Path, report: ValueReport, name: str, content: dict[str, Any], formats: Sequence[str]
) -> None:
    """Fill a directory with everything that an assessment leaves behind; `content` is for the manifest."""
    made = printed(report, formats)
    texts = {
        "frontier.csv": frontier_csv(report.found),
        "curves.csv": curves_csv(report.found),
        "summary.json": value_json(report.found, name),
    }
    if report.found.partials:
        texts["evppi.csv"] = evppi_csv(report.found)
    if report.found.by_form:
        texts["structure.csv"] = structure_csv(report.found)
    for file_name, text in texts.items():
        write_text(directory / file_name, text)
    write_printed(directory, made)
    write_made(directory, made, report.command, content)
