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

Command = Callable[..., Any]

_SET = click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value; repeatable.")
_EVIDENCE = click.option("--evidence", metavar="FILE", help="An evidence set in place of the scenario's own.")
_SEED = click.option("--seed", type=int, help="Seed of the random streams.")
_PATIENTS = click.option("--patients", metavar="N", help="Patients in the cohort.")
_WORKERS = click.option(
    "--workers", type=click.IntRange(1, 256), help="Parallel workers; the results do not depend on it."
)
_RESUME = click.option(
    "--resume", is_flag=True, help="Go on from what the same command had finished when it was interrupted."
)
_WRITING = (
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
_RECORDING = (
    click.option(
        "--followup", metavar="FILE", help="What patients said later; found beside the visits in a directory."
    ),
    click.option(
        "--columns",
        multiple=True,
        metavar="NAME=COLUMN",
        help="What the file calls a column, as pain=NRS_before; repeatable.",
    ),
    click.option(
        "--reading",
        type=click.Choice(["before", "after"]),
        default="before",
        show_default=True,
        help="Whether pain is read before or after the treatment of a visit.",
    ),
    click.option(
        "--modalities",
        multiple=True,
        metavar="WORD=NAME",
        help="What a word in the file means, as DN=dry_needling; repeatable.",
    ),
    click.option(
        "--dates", type=click.Choice(["day-first", "month-first"]), help="What 03/04/2024 means, where no date tells."
    ),
)
_WHERE = (
    click.option(
        "--executor",
        type=click.Choice(["threads", "processes", "dask"]),
        help="Where the work is done; the results do not depend on it.  [default: threads]",
    ),
    click.option("--scheduler", metavar="ADDRESS", help="Scheduler of the Dask cluster, such as tcp://10.0.0.1:8786."),
)


def writing_options(command: Command) -> Command:
    """Give a command the options of everything that writes a report."""
    return _given(command, *_WRITING)


def scenario_options(command: Command) -> Command:
    """Give a command the options that say which scenario is meant, where nothing is simulated."""
    return _given(command, _SET, _EVIDENCE)


def recording_options(command: Command) -> Command:
    """Give a command the options that say how a clinic's records are read, and of what scenario."""
    return _given(command, *_RECORDING, _SET, _EVIDENCE)


def replicating_options(command: Command) -> Command:
    """Give a command those of `running_options` but --patients, where something else says how many there are."""
    return _given(command, _SET, _EVIDENCE, _SEED, _WORKERS, *_WRITING)


def comparing_options(command: Command) -> Command:
    """Give a command those of `running_options` but --evidence, of which a comparison takes several."""
    return _given(command, _SET, _SEED, _PATIENTS, _WORKERS, *_WRITING)


def running_options(command: Command) -> Command:
    """Give a command the options of everything that simulates patients and writes a report."""
    return _given(command, _SET, _EVIDENCE, _SEED, _PATIENTS, _WORKERS, *_WRITING)


def learning_options(command: Command) -> Command:
    """Give a command the seed and the workers of what is learnt, and the options of everything that writes a report."""
    return _given(command, _SEED, _WORKERS, *_WRITING)


def resuming_option(command: Command) -> Command:
    """Give a command the option of everything that keeps what it has finished."""
    return _given(command, _RESUME)


def keeping(out: Path, resume: bool) -> dict[str, Any]:
    """Return where a command whose output goes to `out` keeps what it has finished, as the functions of `api` take it:
    beside the output.
    """
    from sim.output.directory import checkpoint_directory

    def warn(message: str) -> None:
        click.echo(f"note: {message}", err=True)

    return {"checkpoint": checkpoint_directory(out), "resume": resume, "warn": warn}


def executor_options(command: Command) -> Command:
    """Give a command the options that say where the work is done."""
    return _given(command, *_WHERE)


def _given(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
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

    result.save(out, formats=formats, progress=progress.part, **more)
    return [out / report_file(form) for form in formats] + ([out / FIRST_PAGE] if "pdf" in formats else [])
