"""`simulate optimise FILE`: search a grid of protocols for the best one."""

from __future__ import annotations

import click

from sim.api.deciding import CONFIDENCE, MOST_PATIENTS
from sim.cli.options import keeping, output_place, resuming_option, running_options, saved_reports
from sim.cli.progress import Progress


@click.command("optimise", short_help="Search a grid of protocols for the best one.")
@click.argument("file")
@click.option("--objective", metavar="OUTCOME", help="What to improve.  [default: the scenario's primary outcome]")
@click.option("--budget", multiple=True, metavar="OUTCOME<=N", help="Keep to this, or to >=; repeatable.")
@click.option("--against", metavar="OUTCOME", help="What the frontier weighs it against.  [default: cost]")
@click.option("--visits", metavar="LIST", help="Numbers of visits, as 2,4,6 or 2:12.")
@click.option("--every-days", metavar="LIST", help="Spacings in days, as 3.5,7; 3+4 takes two in turn.")
@click.option("--sequences", metavar="NAMES", help="Sequences of the grid to try.")
@click.option("--stop", metavar="LIST", help="Stop once relief has held for so many visits, as never,2.")
@click.option("--discharge", metavar="LIST", help="Discharge without relief by this visit, as never,4.")
@click.option(
    "--confidence", type=float, default=CONFIDENCE, show_default=True, help="Probability of a good selection."
)
@click.option("--indifference", type=float, metavar="D", help="Smallest difference worth finding.")
@click.option(
    "--max-patients",
    type=int,
    default=MOST_PATIENTS,
    show_default=True,
    metavar="N",
    help="Most patients per candidate.",
)
@running_options
@resuming_option
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/optimise-<config name>]")
def command(
    file: str,
    objective: str | None,
    budget: tuple[str, ...],
    against: str | None,
    visits: str | None,
    every_days: str | None,
    sequences: str | None,
    stop: str | None,
    discharge: str | None,
    confidence: float,
    indifference: float | None,
    max_patients: int,
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
    """Search the grid of protocols that the scenario in FILE states under `search`.

    All candidates are screened on the same patients; the contenders get more until the best is separated from the
    rest or the rest are ties. The best and the efficient frontier are then estimated on fresh patients.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    scenario = Scenario.read(file, overrides, evidence)
    target = output_place(out, default_name("optimise", scenario.name))
    with usable_place(target), Progress(quiet) as progress:
        result = api.optimise(
            scenario, objective=objective, budget=budget, against=against, visits=visits, every_days=every_days,
            sequences=sequences, stop=stop, discharge=discharge, confidence=confidence, indifference=indifference,
            max_patients=max_patients, patients=patients, seed=seed, workers=workers, progress=progress.part,
            **keeping(target, resume),
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.search.terminal import print_search

        print_search(result.found, reports)
