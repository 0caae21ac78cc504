"""Write the output directory of a clinic: report, tables, figures and the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.clinic.assess import Assessment
from sim.report.clinic.files import (
    calendar_csv,
    clinic_json,
    differences_csv,
    replications_csv,
    summary_csv,
    waits_csv,
    weekly_csv,
)
from sim.report.document.document import Document
from sim.report.document.printing import printed
from sim.report.run.write import write_made, write_printed, write_text


@dataclass(frozen=True)
class ClinicReport:
    """The report of a clinic, yet to be drawn."""

    found: Assessment
    name: str
    command: str

    def draw(self) -> Document:
        """Return the report with its figures."""
        from sim.report.clinic.document import clinic_document
        from sim.report.clinic.figures import clinic_figures

        return clinic_document(self.found, tuple(clinic_figures(self.found)), self.name, self.command)


def write_clinic(directory: Path, report: ClinicReport, content: dict[str, Any], formats: Sequence[str]) -> None:
    """Fill a directory with everything that a clinic leaves behind; `content` is for the manifest."""
    made = printed(report, formats)
    found = report.found
    texts = {
        "summary.csv": summary_csv(found, report.name),
        "summary.json": clinic_json(found, report.name),
        "weekly.csv": weekly_csv(found),
        "waits.csv": waits_csv(found),
        "calendar.csv": calendar_csv(found),
        "replications.csv": replications_csv(found),
    }
    if found.policies is not None:
        texts["differences.csv"] = differences_csv(found, report.name)
    for file_name, text in texts.items():
        write_text(directory / file_name, text)
    write_printed(directory, made)
    write_made(directory, made, report.command, content)
