"""`simulate describe`: what a clinic's own records say by themselves."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.options import output_place, recording_options, saved_reports, writing_options
from sim.cli.progress import Progress


@click.command("describe", short_help="Describe a clinic's records: who comes, how often, and how pain went.")
@click.argument("records")
@click.option("--scenario", metavar="FILE", help="The scenario whose modalities and profiles the records must have.")
@recording_options
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/describe-<name>]")
@writing_options
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
