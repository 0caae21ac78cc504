"""Write a run's output directory: report, tables, figures and the manifest that can run it again."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sim
from sim.output.directory import write_manifest
from sim.report.document.document import Document
from sim.report.document.formats import report_file
from sim.report.document.printing import Printed, printed
from sim.report.run.files import draws_csv, summary_csv, summary_json, trajectories_csv, uncertainty_csv, write_patients
from sim.study.results import Panel

PACKAGES = ("numpy", "scipy", "numba", "matplotlib", "pydantic", "ruamel.yaml", "jinja2", "pyarrow", "simpy")


@dataclass(frozen=True)
class RunReport:
    """The report of a run, yet to be drawn: its panel, the scenario's name, and the command that repeats the run."""

    panel: Panel
    name: str
    command: str

    def draw(self) -> Document:
        """Return the report with its figures."""
        from sim.report.run.document import run_document
        from sim.report.run.figures import build_figures

        return run_document(self.panel, build_figures(self.panel), self.name, self.command)


def write_run(
    directory: Path,
    panel: Panel,
    name: str,
    resolved: dict[str, Any],
    command: str,
    formats: Sequence[str],
    patients_file: bool = False,
    step: Callable[[str], None] = lambda what: None,
) -> None:
    """Fill a directory with everything that a run leaves behind; `resolved` is the merged scenario."""
    step("drawing the report")
    made = printed(RunReport(panel, name, command), formats)
    write_text(directory / "summary.csv", summary_csv(panel, name))
    write_text(directory / "summary.json", summary_json(panel, name))
    write_text(directory / "trajectories.csv", trajectories_csv(panel, name))
    if panel.uncertainty is not None:
        write_text(directory / "uncertainty.csv", uncertainty_csv(panel.uncertainty, name))
        write_text(directory / "draws.csv", draws_csv(panel.uncertainty))
    if patients_file:
        write_patients(directory / "patients.parquet", panel.result.study, panel.result.patients)
    write_printed(directory, made)
    write_made(
        directory,
        made,
        command,
        {
            "scenario": name,
            "seed": panel.result.study.scenario.seed,
            "patients": panel.result.patients,
            "configuration": resolved,
        },
    )


def write_made(directory: Path, made: Printed, command: str, content: dict[str, Any]) -> None:
    """Write the manifest: how the directory was made, and what it takes to make it again."""
    how = {
        "version": sim.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "versions": versions(made),
    }
    write_manifest(directory, how | content)


def write_printed(directory: Path, made: Printed) -> None:
    """Write the printed reports and figures."""
    for name, content in made.reports.items():
        (directory / name).write_bytes(content)
    (directory / "figures").mkdir()
    for figure, (svg, png) in made.figures.items():
        (directory / "figures" / f"{figure}.svg").write_bytes(svg)
        (directory / "figures" / f"{figure}.png").write_bytes(png)


def versions(made: Printed) -> dict[str, str]:
    """Return the versions of Python and of the packages that results and reports depend on."""
    found = {"python": platform.python_version()}
    for package in (*PACKAGES, *(("python-docx",) if report_file("docx") in made.reports else ())):
        found[package] = importlib.metadata.version(package)
    return found


def write_text(path: Path, text: str) -> None:
    """Write a text file with line feeds on every system."""
    path.write_text(text, encoding="utf-8", newline="\n")
