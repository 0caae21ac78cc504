"""`simulate --config FILE`: the default run, from a scenario to an output directory."""

from __future__ import annotations

import click

from sim.cli.options import keeping, output_place, saved_reports
from sim.cli.progress import Progress


def run(
    config: str,
    overrides: tuple[str, ...],
    evidence: str | None,
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
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario
    from sim.study.helper import helped

    chosen = chosen_formats(formats)
    scenario = Scenario.read(config, overrides, evidence)
    target = output_place(out, default_name("run", scenario.name))
    with usable_place(target), Progress(quiet) as progress, helped():
        result = api.run(
            scenario, seed=seed, patients=patients, precision=precision, draws=draws,
            patients_per_draw=patients_per_draw, strict=strict, workers=workers, executor=executor,
            scheduler=scheduler, progress=progress.part, **keeping(target, resume),
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress, patients=save_patients)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.run.terminal import print_table

        print_table(result.panel, reports)
