"""`simulate sensitivity`: how far the result depends on each uncertain input, and when the choice would change."""

from __future__ import annotations

import click

from sim.cli.options import keeping, output_place, resuming_option, running_options, saved_reports
from sim.cli.progress import Progress


@click.command("sensitivity", short_help="Say which inputs the result depends on.")
@click.argument("file")
@click.option("--outcome", metavar="NAME", help="The outcome looked at.  [default: the scenario's primary outcome]")
@click.option("--wtp", type=float, metavar="PRICE", help="Look at net benefit, at this price per unit of the outcome.")
@click.option("--arms", metavar="A[,B]", help="Arm A, or A minus B.  [default: the scenario's primary difference]")
@click.option("--threshold", is_flag=True, help="Find the value of each input at which the preferred arm changes.")
@click.option("--map", "pair", metavar="INPUT,INPUT", help="The map's two inputs.  [default: those that matter most]")
@click.option("--draws", metavar="N", help="Draws of all inputs at once.  [default: 512]")
@click.option("--patients-per-draw", metavar="N", help="Patients in each draw.  [default: 1000]")
@running_options
@resuming_option
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/sensitivity-<name>]")
def command(
    file: str,
    outcome: str | None,
    wtp: float | None,
    arms: str | None,
    threshold: bool,
    pair: str | None,
    draws: str | None,
    patients_per_draw: str | None,
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
    """Say how far the result of the scenario in FILE depends on each input that has a distribution.

    One input at a time (tornado), all at once (Sobol indices, rank correlations), two at once (a map), and the values
    at which another arm would be preferred (--threshold). All answers use the same patients with the same luck.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    scenario = Scenario.read(file, overrides, evidence)
    target = output_place(out, default_name("sensitivity", scenario.name))
    with usable_place(target), Progress(quiet) as progress:
        result = api.sensitivity(
            scenario, outcome=outcome, wtp=wtp, arms=arms, threshold=threshold, pair=pair, draws=draws,
            patients_per_draw=patients_per_draw, patients=patients, seed=seed, workers=workers,
            progress=progress.part, **keeping(target, resume),
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.sensitivity.terminal import print_sensitivity

        print_sensitivity(result.found, reports)
