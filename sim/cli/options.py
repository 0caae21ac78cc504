"""Options that many commands have, and those that stand for an entry of the scenario."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.errors import UsageError, visible

if TYPE_CHECKING:
    from sim.cli.progress import Progress
    from sim.report.result import Result

_EVIDENCE = click.option("--evidence", metavar="FILE", help="An evidence set in place of the scenario's own.")
_PATIENTS = click.option("--patients", metavar="N", help="Patients in the cohort.")
_RUNNING = (
    click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value; repeatable."),
    _EVIDENCE,
    click.option("--seed", type=int, help="Seed of the random streams."),
    _PATIENTS,
    click.option("--workers", type=click.IntRange(1, 256), help="Parallel workers; the results do not depend on it."),
    click.option(
        "--format",
        "formats",
        multiple=True,
        metavar="LIST",
        help="Formats of the report, separated by commas: html, docx (Word), xlsx (Excel), pdf.  [default: html]",
    ),
    click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of the table."),
    click.option("--quiet", is_flag=True, help="Print nothing but errors."),
)
_WHERE = (
    click.option(
        "--executor",
        type=click.Choice(["threads", "processes", "dask"]),
        help="Where the work is done; the results do not depend on it.  [default: threads]",
    ),
    click.option("--scheduler", metavar="ADDRESS", help="Scheduler of the Dask cluster, such as tcp://10.0.0.1:8786."),
)


def replicating_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the same options but --patients: who comes to a clinic follows from its scenario."""
    for option in reversed(_RUNNING):
        if option is not _PATIENTS:
            command = option(command)
    return command


def comparing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the same options but --evidence, of which a comparison takes several."""
    for option in reversed(_RUNNING):
        if option is not _EVIDENCE:
            command = option(command)
    return command


def running_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of everything that simulates patients and writes a report."""
    for option in reversed(_RUNNING):
        command = option(command)
    return command


def executor_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say where the work is done."""
    for option in reversed(_WHERE):
        command = option(command)
    return command


def output_place(out: str | None, name: str) -> Path:
    """Return where the output goes: as given by --out, else a directory of this name in `outputs`.

    Raises click.BadParameter for an empty --out, UsageError if the name, which is a file's, cannot be a directory's.
    """
    if out is not None:
        if not out.strip():
            raise click.BadParameter("names no directory", param_hint="--out")
        return Path(out)
    if not name or name.startswith(".") or not name.isprintable() or "/" in name:
        raise UsageError(f"{visible(name)!r} cannot be the name of an output directory; choose one with --out")
    return Path("outputs") / name


def saved_reports(result: Result, out: Path, formats: tuple[str, ...], progress: Progress, **more: bool) -> list[Path]:
    """Save a result, and return where its reports are."""
    from sim.report.document.formats import FIRST_PAGE, report_file

    result.save(out, formats=formats, step=progress.step, **more)
    return [out / report_file(form) for form in formats] + ([out / FIRST_PAGE] if "pdf" in formats else [])
