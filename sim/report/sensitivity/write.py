"""Write the output directory of a sensitivity analysis: report, tables, figures and the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.decision.sensitivity.assess import Sensitivity
from sim.report.document.document import Document
from sim.report.document.printing import printed
from sim.report.run.write import write_made, write_printed, write_text
from sim.report.sensitivity.files import (
    indices_csv,
    map_csv,
    scan_csv,
    sensitivity_json,
    thresholds_csv,
    tornado_csv,
)


@dataclass(frozen=True)
class SensitivityReport:
    """The report of an analysis, yet to be drawn."""

    found: Sensitivity
    name: str
    command: str

    def draw(self) -> Document:
        """Return the report with its figures."""
        from sim.report.sensitivity.document import sensitivity_document
        from sim.report.sensitivity.figures import sensitivity_figures

        return sensitivity_document(self.found, tuple(sensitivity_figures(self.found)), self.name, self.command)


def write_sensitivity(
    directory: Path, report: SensitivityReport, content: dict[str, Any], formats: Sequence[str]
) -> None:
    """Fill a directory with everything that an analysis leaves behind; `content` is for the manifest."""
    made = printed(report, formats)
    found = report.found
    texts = {
        "tornado.csv": tornado_csv(found),
        "indices.csv": indices_csv(found),
        "summary.json": sensitivity_json(found, report.name),
    }
    if found.scans:
        texts |= {"scan.csv": scan_csv(found), "thresholds.csv": thresholds_csv(found)}
    if found.pairs is not None:
        texts["map.csv"] = map_csv(found, found.pairs)
    for file_name, text in texts.items():
        write_text(directory / file_name, text)
    write_printed(directory, made)
    write_made(directory, made, report.command, content)
