"""`simulate validate`: published trials, simulated as they were done, beside what was found."""

from __future__ import annotations

import click

from sim.cli.options import keeping, output_place, resuming_option, running_options, saved_reports
from sim.cli.progress import Progress


@click.command("validate", short_help="Hold the model against published trials.")
@click.argument("file", metavar="[FILE]", default="literature.yaml")
@click.option("--trials", metavar="FILE", help="A file of trials.  [default: those that come with the program]")
@click.option("--draws", metavar="N", help="Draws of the uncertain inputs; 0: none.  [default: 200]")
@running_options
@resuming_option
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/validate-<name>]")
def command(
    file: str,
    trials: str | None,
    draws: str | None,
    overrides: tuple[str, ...],
    evidence: str | None,
    seed: int | None,
    patients: str | None,
    workers: int | None,
    resume: bool,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Simulate published trials as they were done, and say how near the scenario in FILE comes to what was found.

    Without FILE it is the literature's evidence set as it comes. Nothing is tuned to the trials; the evidence sets that
    come with the program, and each form of the model, stand beside each other.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    scenario = Scenario.read(file, overrides, evidence)
    target = output_place(out, default_name("validate", scenario.name))
    with usable_place(target), Progress(quiet) as progress:
        result = api.validate(
            scenario, trials=trials, draws=draws, patients=patients, seed=seed, workers=workers, progress=progress.part,
            **keeping(target, resume),
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.validation.terminal import print_validation

        print_validation(result.found, result.left_out, reports)
