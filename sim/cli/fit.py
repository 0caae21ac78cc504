"""`simulate fit`: what a clinic's records and published trials teach."""

from __future__ import annotations

import click

from sim.api.records import BASE
from sim.cli.options import output_place, saved_reports
from sim.cli.progress import Progress


@click.command("fit", short_help="Learn a scenario's numbers from a clinic's records or from trials.")
@click.argument("records", required=False)
@click.option("--scenario", default=BASE, show_default=True, metavar="FILE", help="The scenario that is fitted.")
@click.option("--followup", metavar="FILE", help="What patients said later; found beside the visits in a directory.")
@click.option("--trials", metavar="FILE", help="Arms of trials to learn from too, as trials.yaml, or alone.")
@click.option(
    "--exchangeable", is_flag=True,
    help="Learn differences between therapies too: who got which is taken to be as good as chance.",
)  # fmt: skip
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value of it; repeatable.")
@click.option("--evidence", metavar="FILE", help="An evidence set in place of the scenario's own.")
@click.option(
    "--columns", multiple=True, metavar="NAME=COLUMN",
    help="What the file calls a column, as pain=NRS_before; repeatable.",
)  # fmt: skip
@click.option("--reading", type=click.Choice(["before", "after"]), default="before", show_default=True,
              help="Whether pain is read before or after the treatment of a visit.")  # fmt: skip
@click.option(
    "--modalities", multiple=True, metavar="WORD=NAME",
    help="What a word in the file means, as DN=dry_needling; repeatable.",
)  # fmt: skip
@click.option(
    "--dates", type=click.Choice(["day-first", "month-first"]), help="What 03/04/2024 means, where no date tells."
)
@click.option("--draws", metavar="N", help="Joint draws of the inputs that are left.  [default: 1024]")
@click.option("--seed", type=int, help="Seed of all draws.")
@click.option("--workers", type=click.IntRange(1, 256), help="Threads; they change no result.  [default: 2]")
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/fit-<scenario>]")
@click.option(
    "--format", "formats", multiple=True, metavar="LIST",
    help="Formats of the report, separated by commas: html, docx (Word), xlsx (Excel), pdf.  [default: html]",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of the table.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    records: str | None,
    scenario: str,
    followup: str | None,
    trials: str | None,
    exchangeable: bool,
    overrides: tuple[str, ...],
    evidence: str | None,
    columns: tuple[str, ...],
    reading: str,
    modalities: tuple[str, ...],
    dates: str | None,
    draws: str | None,
    seed: int | None,
    workers: int | None,
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
            records, scenario=source, followup=followup, trials=trials, exchangeable=exchangeable, columns=columns,
            reading=reading, modalities=modalities, dates=dates, draws=draws, seed=seed, workers=workers,
            progress=progress.part,
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.fit.terminal import print_fit

        print_fit(result, reports)
