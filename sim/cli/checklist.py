"""`simulate checklist FILE`: check lists of reporting standards, filled in as far as anything is known."""

from __future__ import annotations

import click

from sim.cli.options import output_place, saved_reports, scenario_options, writing_options
from sim.cli.progress import Progress


@click.command("checklist", short_help="Fill in check lists of reporting standards.")
@click.argument("file")
@click.option(
    "--standard", multiple=True, metavar="NAME",
    help="cheers (CHEERS 2022), stress (STRESS) or validation; repeatable.  [default: all]",
)  # fmt: skip
@click.option("--run", "runs", multiple=True, metavar="DIR", help="Output directory of the scenario; repeatable.")
@scenario_options
@writing_options
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/checklist-<name>]")
def command(
    file: str,
    standard: tuple[str, ...],
    runs: tuple[str, ...],
    overrides: tuple[str, ...],
    evidence: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    out: str | None,
) -> None:
    """Fill in the check lists of CHEERS 2022 and STRESS, and a validation statement, for the scenario in FILE.

    What is answered comes from the scenario, from what it states under `reporting`, and from the directories of its
    runs; what is missing is shown as open. Nothing is simulated.

    \b
    Examples:
      simulate checklist acute.yaml
      simulate checklist acute.yaml --standard cheers --run outputs/value-acute --format docx
      simulate checklist acute.yaml --standard validation --run outputs/validate-acute
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    scenario = Scenario.read(file, overrides, evidence)
    target = output_place(out, default_name("checklist", scenario.name))
    with usable_place(target), Progress(quiet) as progress:
        result = api.checklist(scenario, standard=standard, run=runs)
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.checklist.terminal import print_checklist

        print_checklist(result, reports)
