"""`simulate --config FILE`: the default run, from a scenario to an output directory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sim.cli.options import chosen_workers, draw_overrides, output_place, repeated, run_overrides
from sim.cli.progress import Progress
from sim.errors import CalibrationError, CheckpointError, ScenarioError

if TYPE_CHECKING:
    from sim.study.checkpoint import Checkpoint


def run(
    config: str,
    overrides: tuple[str, ...],
    seed: int | None,
    patients: str | None,
    precision: float | None,
    draws: str | None,
    patients_per_draw: str | None,
    strict: bool,
    workers: int | None,
    executor: str | None,
    scheduler: str | None,
    resume: bool,
    out: str | None,
    formats: tuple[str, ...],
    save_patients: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Load, calibrate, simulate, write, and print the table."""
    from sim.quantities import OUTCOME_NAMES
    from sim.report.document.formats import chosen_formats, report_file
    from sim.scenario.load import load_scenario

    chosen = chosen_formats(formats)
    if precision is not None and not 0 < precision < float("inf"):
        raise click.BadParameter("must be a number above 0", param_hint="--precision")
    changes = [*run_overrides(overrides, seed, patients), *draw_overrides(draws, patients_per_draw)]
    loaded = load_scenario(config, changes, outcomes=OUTCOME_NAMES)
    if precision is not None and loaded.scenario.primary_arms is None:
        raise click.BadParameter(
            "is about the difference between two arms; this scenario has one", param_hint="--precision"
        )
    team = chosen_workers(workers, executor, scheduler)
    with Progress(quiet) as progress:
        progress.step("getting ready (the first time takes a minute)")
        from sim.calibration.calibrate import check_strictly
        from sim.output.directory import checkpoint_directory, output_directory
        from sim.report.run.write import write_run
        from sim.study.checkpoint import Checkpoint
        from sim.study.draws import run_draws
        from sim.study.prepare import prepare
        from sim.study.results import build_panel
        from sim.study.run import run_study

        target = output_place(out, loaded.name)
        kept = Checkpoint(
            checkpoint_directory(target),
            {"scenario": loaded.tree, "precision": precision},
            resume=resume,
            warn=lambda message: click.echo(f"note: {message}", err=True),
        )
        with output_directory(target) as directory, finished(kept):
            progress.step("calibrating")
            study = prepare(loaded.scenario)
            if strict:
                check_strictly(study.calibration)
            progress.step("simulating")
            result = run_study(study, team, precision, progress.patients, kept)
            drawn = run_draws(study, team, progress.draws, kept) if loaded.scenario.draws.number else None
            panel = build_panel(result, drawn)
            given = [
                ("--set", overrides), ("--seed", seed), ("--patients", patients), ("--precision", precision),
                ("--draws", draws), ("--patients-per-draw", patients_per_draw),
            ]  # fmt: skip
            command = repeated(["--config", config], given)
            write_run(directory, panel, loaded.name, loaded.tree, command, chosen, save_patients, progress.step)
        kept.remove()  # now that the output is in its place
    if as_json:
        from sim.report.run.files import summary_json

        click.echo(summary_json(panel, loaded.name), nl=False)
    elif not quiet:
        from sim.report.run.terminal import print_table

        print_table(panel, [target / report_file(form) for form in chosen])


@contextmanager
def finished(kept: Checkpoint) -> Iterator[None]:
    """Remove the checkpoint of a run that begins anew, or never can end; say how to go on with any other."""
    if not kept.resumes:
        kept.remove()
    try:
        yield
    except (ScenarioError, CalibrationError):
        kept.remove()
        raise
    except CheckpointError:
        raise  # which says what to do
    except BaseException:
        if kept.exists:
            click.echo("what was finished is kept: the same command with --resume goes on from there", err=True)
        raise
