"""`simulate outlook`: what the model expects of one patient, whichever way the course goes on."""

from __future__ import annotations

import click

from sim.cli.options import output_place, replicating_options, saved_reports
from sim.cli.progress import Progress


@click.command("outlook", short_help="Say what the model expects of one patient, if the course goes on or stops.")
@click.argument("file")
@click.option("--profile", metavar="NAME", help="The kind of patient.  [default: any of the scenario's]")
@click.option("--visits", multiple=True, metavar="DAY:WHAT", help="What was given, as 0:dry_needling; repeatable.")
@click.option("--readings", multiple=True, metavar="DAY:PAIN", help="Reported pain before it, as 0:7; repeatable.")
@click.option(
    "--then",
    multiple=True,
    metavar="NAME",
    help="A way to go on, stop or a protocol; repeatable.  [default: stop and every protocol among the arms]",
)
@replicating_options
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/outlook-<name>]")
def command(
    file: str,
    profile: str | None,
    visits: tuple[str, ...],
    readings: tuple[str, ...],
    then: tuple[str, ...],
    overrides: tuple[str, ...],
    evidence: str | None,
    seed: int | None,
    workers: int | None,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what the model expects of one patient, given what was reported and done so far. It is no advice.

    FILE is a scenario, best one that was fitted. Days are counted from the first visit; a reading is taken before the
    treatment of its day.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    source = Scenario.read(file, overrides, evidence)
    target = output_place(out, default_name("outlook", source.name))
    with usable_place(target), Progress(quiet) as progress:
        result = api.outlook(
            source, profile=profile, visits=visits or None, readings=readings or None, then=then or None, seed=seed,
            workers=workers, progress=progress.part,
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.outlook.terminal import print_outlook

        print_outlook(result.found, reports)
