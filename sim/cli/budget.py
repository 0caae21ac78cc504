"""`simulate budget FILE ...`: what a change of treatments costs a payer by year, what it takes and whom it helps."""

from __future__ import annotations

import click

from sim.cli.options import comparing_options, keeping, output_place, resuming_option, saved_reports
from sim.cli.progress import Progress


@click.command("budget", short_help="Say what a change of treatments costs by year, and what it takes.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--population", metavar="N", help="People covered, in place of the scenario's.")
@click.option("--years", type=int, metavar="N", help="Years, in place of the scenario's.")
@click.option(
    "--now", multiple=True, metavar="ARM=SHARE", help="Who gets it now, in place of the scenario's; repeatable."
)
@click.option(
    "--after", multiple=True, metavar="ARM=SHARE,...",
    help="Who gets it after the change, one share or one for each year; repeatable.",
)  # fmt: skip
@click.option(
    "--case", multiple=True, metavar="NAME=PATH=VALUE", help="A one-way scenario beside the scenario's own; repeatable."
)
@click.option("--draws", metavar="N", help="Draws of the uncertain inputs; 0: none.  [default: 200]")
@click.option("--patients-per-draw", metavar="N", help="Patients in each draw.  [default: 1000]")
@comparing_options
@resuming_option
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/budget-<names>]")
def command(
    files: tuple[str, ...],
    population: str | None,
    years: int | None,
    now: tuple[str, ...],
    after: tuple[str, ...],
    case: tuple[str, ...],
    draws: str | None,
    patients_per_draw: str | None,
    overrides: tuple[str, ...],
    seed: int | None,
    patients: str | None,
    workers: int | None,
    resume: bool,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what a change of treatments means for a budget: money by year, hours, rooms and people helped.

    Each FILE is a scenario with a `budget` section, as budget.yaml: who is eligible, what they get now and after, who
    pays. Cash by year, not discounted, with the range that doubt about the inputs gives.

    \b
    Examples:
      simulate budget budget.yaml
      simulate budget budget.yaml --population 250000 --after dry_needling=0.1,0.2,0.4
      simulate budget budget.yaml --case cheaper=modalities.dry_needling.cost=15 --format html,xlsx
    """
    from pathlib import Path

    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats

    chosen = chosen_formats(formats)
    target = output_place(out, default_name("budget", "-".join(Path(file).stem for file in files)))
    with usable_place(target), Progress(quiet) as progress:
        result = api.budget(
            files, population=population, years=years, now=now, after=after, case=case, draws=draws,
            patients_per_draw=patients_per_draw, set=overrides, patients=patients, seed=seed, workers=workers,
            progress=progress.part, **keeping(target, resume),
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.budget.terminal import print_budget

        print_budget(result.members, reports)
