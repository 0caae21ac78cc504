"""`simulate describe`: what a clinic's own records say by themselves."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.options import output_place, saved_reports
from sim.cli.progress import Progress


@click.command("describe", short_help="Describe a clinic's records: who comes, how often, and how pain went.")
@click.argument("records")
@click.option("--followup", metavar="FILE", help="What patients said later; found beside the visits in a directory.")
@click.option("--scenario", metavar="FILE", help="The scenario whose modalities and profiles the records must have.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value of it; repeatable.")
@click.option("--evidence", metavar="FILE", help="An evidence set in place of the scenario's own.")
@click.option(
    "--columns",
    multiple=True,
    metavar="NAME=COLUMN",
    help="What the file calls a column, as pain=NRS_before; repeatable.",
)
@click.option("--reading", type=click.Choice(["before", "after"]), default="before", show_default=True,
              help="Whether pain is read before or after the treatment of a visit.")  # fmt: skip
@click.option(
    "--modalities",
    multiple=True,
    metavar="WORD=NAME",
    help="What a word in the file means, as DN=dry_needling; repeatable.",
)
@click.option(
    "--dates", type=click.Choice(["day-first", "month-first"]), help="What 03/04/2024 means, where no date tells."
)
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/describe-<name>]")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="LIST",
    help="Formats of the report, separated by commas: html, docx (Word), xlsx (Excel), pdf.  [default: html]",
)
@click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of the table.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    records: str,
    followup: str | None,
    scenario: str | None,
    overrides: tuple[str, ...],
    evidence: str | None,
    columns: tuple[str, ...],
    reading: str,
    modalities: tuple[str, ...],
    dates: str | None,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what a clinic's own records show: who comes, how often, and how pain went. Nothing is modelled.

    RECORDS is a table of visits, CSV or .xlsx, with the columns patient, date or day, modality, pain and attended, or a
    directory with visits.csv and followup.csv in it. The records stay where they are, and nothing of a single patient
    is written.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    if scenario is None and (overrides or evidence):
        raise click.UsageError(f"{'--set' if overrides else '--evidence'} is for a scenario")
    source = None if scenario is None else Scenario.read(scenario, overrides, evidence)
    with Progress(quiet) as progress:
        result = api.describe(
            records, followup=followup, scenario=source, columns=columns, reading=reading, modalities=modalities,
            dates=dates, progress=progress.part,
        )  # fmt: skip
        target = output_place(out, default_name("describe", result.name))
        with usable_place(target):
            reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.description.terminal import print_description

        print_description(result.found, Path(records).name or result.name, reports)
