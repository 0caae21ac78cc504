"""Write a run's output directory: report, tables, figures and the manifest that can run it again."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sim
from sim.report.directory import write_manifest
from sim.report.figures import build_figures, render
from sim.report.files import summary_csv, summary_json, trajectories_csv, write_patients
from sim.report.html import render_report
from sim.study.panel import Panel

PACKAGES = ("numpy", "scipy", "numba", "matplotlib", "pydantic", "ruamel.yaml", "jinja2", "pyarrow")


def write_run(
    directory: Path,
    panel: Panel,
    name: str,
    resolved: dict[str, Any],
    command: Sequence[str],
    patients_file: bool = False,
    step: Callable[[str], None] = lambda what: None,
) -> None:
    """Fill a directory with everything that a run leaves behind; `resolved` is the merged scenario."""
    step("writing tables")
    _text(directory / "summary.csv", summary_csv(panel, name))
    _text(directory / "summary.json", summary_json(panel, name))
    _text(directory / "trajectories.csv", trajectories_csv(panel, name))
    if patients_file:
        step("writing patients")
        write_patients(directory / "patients.parquet", panel.result.study, panel.result.patients)
    step("drawing figures")
    figures = build_figures(panel)
    drawn = {}
    (directory / "figures").mkdir()
    for figure in figures:
        svg, png = render(figure)
        (directory / "figures" / f"{figure.name}.svg").write_bytes(svg)
        (directory / "figures" / f"{figure.name}.png").write_bytes(png)
        drawn[figure.name] = svg
    step("writing the report")
    _text(directory / "report.html", render_report(panel, figures, drawn, name))
    write_manifest(
        directory,
        {
            "version": sim.__version__,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "command": list(command),
            "scenario": name,
            "seed": panel.result.study.scenario.seed,
            "patients": panel.result.patients,
            "versions": versions(),
            "configuration": resolved,
        },
    )


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        found[package] = importlib.metadata.version(package)
    return found


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
