"""Options that many commands have, and those that stand for an entry of the scenario."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.errors import UsageError, visible

if TYPE_CHECKING:
    from sim.study.executors import Workers

_PATIENTS = click.option("--patients", metavar="N", help="Patients in the cohort.")
_RUNNING = (
    click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value; repeatable."),
    click.option("--seed", type=int, help="Seed of the random streams."),
    _PATIENTS,
    click.option("--workers", type=click.IntRange(1, 256), help="Parallel workers; the results do not depend on it."),
    click.option(
        "--format",
        "formats",
        multiple=True,
        metavar="LIST",
        help="Formats of the report: html, docx or both.  [default: html]",
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


def run_overrides(overrides: tuple[str, ...], seed: int | None, patients: str | None) -> list[str]:
    """Return all changes to the scenario as `path=value`; --seed and --patients come last and win."""
    changes = list(overrides)
    if seed is not None:
        changes.append(f"seed={seed}")
    if patients is not None:
        changes.append(f"cohort.size={_count(patients)}")
    return changes


def draw_overrides(draws: str | None, patients_per_draw: str | None) -> list[str]:
    """Return --draws and --patients-per-draw as changes to the scenario."""
    given = {"draws.number": draws, "draws.patients": patients_per_draw}
    return [f"{path}={_count(value)}" for path, value in given.items() if value is not None]


def _count(given: str) -> str:
    """Return a number of people without the marks between thousands."""
    return given.replace("_", "").replace(",", "")


def worker_count(given: int | None) -> int:
    """Return the number of workers: as given, else two where there are as many processors."""
    return given or min(2, os.cpu_count() or 1)


def chosen_workers(number: int | None, kind: str | None, scheduler: str | None) -> Workers:
    """Return who does the work; a scheduler given means its cluster.

    Raises click.BadParameter for a scheduler beside another executor.
    """
    from sim.study.executors import Workers

    if scheduler is not None and kind not in (None, "dask"):
        raise click.BadParameter(f"is for --executor dask; given --executor {kind}", param_hint="--scheduler")
    if kind == "dask" and number is not None:
        raise click.BadParameter("a cluster has as many workers as it has", param_hint="--workers")
    asked: Any = "dask" if scheduler is not None else kind or "threads"
    return Workers(worker_count(number), asked, scheduler)


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


def repeated(command: Iterable[str], options: Iterable[tuple[str, Any]]) -> str:
    """Return a command line that gives the same numbers; options that are not given are left out.

    Where the numbers went and who worked makes no difference to them.
    """
    parts = ["simulate", *command]
    for option, value in options:
        for one in value if isinstance(value, tuple) else (value,):
            parts += [option, str(one)] if one is not None else []
    return shlex.join(parts)
