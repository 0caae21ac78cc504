"""`simulate fit`: what a clinic's records and published trials teach."""

from __future__ import annotations

import click

from sim.api.records import BASE
from sim.cli.options import keeping, learning_options, output_place, recording_options, resuming_option, saved_reports
from sim.cli.progress import Progress


@click.command("fit", short_help="Learn a scenario's numbers from a clinic's records or from trials.")
@click.argument("records", required=False)
@click.option("--scenario", default=BASE, show_default=True, metavar="FILE", help="The scenario that is fitted.")
@click.option("--trials", metavar="FILE", help="Arms of trials to learn from too, as trials.yaml, or alone.")
@click.option(
    "--exchangeable",
    is_flag=True,
    help="Learn differences between therapies too: who got which is taken to be as good as chance.",
)
@click.option(
    "--second-opinion",
    is_flag=True,
    help="Sample the posterior in another way too, and say whether both agree; takes minutes to an hour.",
)
@recording_options
@click.option("--draws", metavar="N", help="Joint draws of the inputs that are left.  [default: 1024]")
@resuming_option
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/fit-<scenario>]")
@learning_options
def command(
    records: str | None,
    scenario: str,
    followup: str | None,
    trials: str | None,
    exchangeable: bool,
    second_opinion: bool,
    overrides: tuple[str, ...],
    evidence: str | None,
    columns: tuple[str, ...],
    reading: str,
    modalities: tuple[str, ...],
    dates: str | None,
    draws: str | None,
    seed: int | None,
    workers: int | None,
    resume: bool,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Learn what a clinic's records, or published trials, say of a scenario's numbers, and what they do not.

    RECORDS is a table of visits, CSV or .xlsx, or a directory with visits.csv and followup.csv in it. What is left is a
    scenario, fitted.yaml, and joint draws of its inputs, posterior.csv, which the other commands take. The records stay
    where they are, and nothing of a single patient is written.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    source = Scenario.read(scenario, overrides, evidence)
    target = output_place(out, default_name("fit", source.name))
    with usable_place(target), Progress(quiet) as progress:
        result = api.fit(
            records, scenario=source, followup=followup, trials=trials, exchangeable=exchangeable,
            second_opinion=second_opinion, columns=columns, reading=reading, modalities=modalities, dates=dates,
            draws=draws, seed=seed, workers=workers, progress=progress.part, **keeping(target, resume),
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.fit.terminal import print_fit

        print_fit(result, reports)
