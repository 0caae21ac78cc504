"""`simulate clinic`: what a clinic needs and what it achieves: waiting times, hours, rooms and money."""

from __future__ import annotations

import click

from sim.cli.options import output_place, repeated, replicating_options, run_overrides, worker_count
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
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/clinic-<name>]")
def command(
    file: str,
    staff: str | None,
    target: str | None,
    arms: str | None,
    replications: int | None,
    precision: tuple[str, ...],
    overrides: tuple[str, ...],
    seed: int | None,
    workers: int | None,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Simulate the clinic of the scenario in FILE, week by week, and report what it needs and what it achieves.

    Appointments are booked on calendars; the patients are those of the course model, on the days on which they are
    really seen. A clinic that is asked for more than it can give is reported as such.
    """
    from sim.report.document.formats import chosen_formats, report_file

    chosen = chosen_formats(formats)
    workers = worker_count(workers)
    with Progress(quiet) as progress:
        from sim.clinic.assess import assess
        from sim.clinic.model import build_model
        from sim.clinic.replicate import runner
        from sim.clinic.target import read_precision, read_target
        from sim.clinic.variants import read_arms, read_staff
        from sim.output.directory import output_directory
        from sim.quantities import OUTCOME_NAMES
        from sim.report.clinic.write import ClinicReport, write_clinic
        from sim.scenario.load import load_scenario

        progress.step("getting ready")
        changes = run_overrides(overrides, seed, None)
        loaded = load_scenario(file, changes, outcomes=OUTCOME_NAMES)
        numbers = read_staff(staff) if staff else ()
        wanted = read_target(target) if target else None
        compared = read_arms(arms, loaded.scenario) if arms else ()
        sure = read_precision(precision)
        model = build_model(loaded.scenario)
        years = replications or model.clinic.replications
        place = output_place(out, f"clinic-{loaded.name}".replace("clinic-clinic", "clinic"))
        again = repeated(
            ["clinic", file],
            [
                ("--staff", staff), ("--target", target), ("--compare", arms), ("--replications", replications),
                ("--precision", precision), ("--set", overrides), ("--seed", seed),
            ],
        )  # fmt: skip
        with output_directory(place) as directory:
            with runner(workers) as run:
                found = assess(
                    model, run, years, precision=sure, staff=numbers, target=wanted, arms=compared,
                    say=progress.part,
                )  # fmt: skip
            progress.step("drawing the report")
            content = {
                "scenario": loaded.name, "seed": loaded.scenario.seed, "replications": found.base.number,
                "configuration": loaded.tree,
            }  # fmt: skip
            write_clinic(directory, ClinicReport(found, loaded.name, again), content, chosen)
    if as_json:
        from sim.report.clinic.files import clinic_json

        click.echo(clinic_json(found, loaded.name), nl=False)
    elif not quiet:
        from sim.report.clinic.terminal import print_clinic

        print_clinic(found, bool(numbers or target), [place / report_file(form) for form in chosen])
