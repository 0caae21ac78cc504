"""`simulate clinic`: what a clinic needs and what it achieves: waiting times, hours, rooms and money."""

from __future__ import annotations

import click

from sim.cli.options import keeping, output_place, replicating_options, resuming_option, saved_reports
from sim.cli.progress import Progress


@click.command("clinic", short_help="Plan a clinic: waiting times, hours, rooms and money.")
@click.argument("file")
@click.option("--staff", metavar="A:B", help="Also run with A to B practitioners.  [default: one fewer, one more]")
@click.option("--target", metavar="TARGET", help="Find the smallest staffing that meets it: 'wait_p90_days<=7'.")
@click.option("--compare", "arms", metavar="ARM,ARM", help="Also give everybody each of these, in the same clinic.")
@click.option("--replications", type=click.IntRange(2, 10_000), help="Replications.  [default: the scenario's]")
@click.option(
    "--precision", multiple=True, metavar="MEASURE=X",
    help="Add replications until its 95 % interval is within ± X; repeatable.",
)  # fmt: skip
@replicating_options
@resuming_option
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/clinic-<name>]")
def command(
    file: str,
    staff: str | None,
    target: str | None,
    arms: str | None,
    replications: int | None,
    precision: tuple[str, ...],
    overrides: tuple[str, ...],
    evidence: str | None,
    seed: int | None,
    workers: int | None,
    resume: bool,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Simulate the clinic of the scenario in FILE, week by week, and report what it needs and what it achieves.

    Appointments are booked on calendars; the patients are those of the course model, on the days on which they are
    really seen. A clinic that is asked for more than it can give is reported as such.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    scenario = Scenario.read(file, overrides, evidence)
    place = output_place(out, default_name("clinic", scenario.name))
    with usable_place(place), Progress(quiet) as progress:
        result = api.clinic(
            scenario, staff=staff, target=target, compare=arms, replications=replications, precision=precision,
            seed=seed, workers=workers, progress=progress.part, **keeping(place, resume),
        )  # fmt: skip
        reports = saved_reports(result, place, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.clinic.terminal import print_clinic

        print_clinic(result.found, bool(staff or target), reports)
