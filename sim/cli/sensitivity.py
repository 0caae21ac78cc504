"""`simulate sensitivity`: how far the result depends on each uncertain input, and when the choice would change."""

from __future__ import annotations

import click

from sim.cli.options import draw_overrides, output_place, repeated, run_overrides, running_options, worker_count
from sim.cli.progress import Progress


@click.command("sensitivity", short_help="Say which inputs the result depends on.")
@click.argument("file")
@click.option("--outcome", metavar="NAME", help="The outcome looked at.  [default: the scenario's primary outcome]")
@click.option("--wtp", type=float, metavar="PRICE", help="Look at net benefit, at this price per unit of the outcome.")
@click.option("--arms", metavar="A[,B]", help="Arm A, or A minus B.  [default: the scenario's primary difference]")
@click.option("--threshold", is_flag=True, help="Find the value of each input at which the preferred arm changes.")
@click.option("--map", "pair", metavar="INPUT,INPUT", help="The map's two inputs.  [default: those that matter most]")
@click.option("--draws", metavar="N", help="Rows of draws of all inputs at once.  [default: 256]")
@click.option("--patients-per-draw", metavar="N", help="Patients in each draw.  [default: 1000]")
@running_options
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/sensitivity-<name>]")
def command(
    file: str,
    outcome: str | None,
    wtp: float | None,
    arms: str | None,
    threshold: bool,
    pair: str | None,
    draws: str | None,
    patients_per_draw: str | None,
    overrides: tuple[str, ...],
    seed: int | None,
    patients: str | None,
    workers: int | None,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say how far the result of the scenario in FILE depends on each input that has a distribution.

    One input at a time (tornado), all at once (Sobol indices, rank correlations), two at once (a map), and the values
    at which another arm would be preferred (--threshold). All answers use the same patients with the same luck.
    """
    from sim.report.document.formats import chosen_formats, report_file

    chosen = chosen_formats(formats)
    workers = worker_count(workers)
    with Progress(quiet) as progress:
        from sim.decision.sensitivity.assess import sensitivity
        from sim.decision.sensitivity.question import ask, chosen_pair
        from sim.output.directory import output_directory
        from sim.quantities import OUTCOME_NAMES
        from sim.report.sensitivity.write import SensitivityReport, write_sensitivity
        from sim.scenario.load import load_scenario
        from sim.study.inputs import uncertain_inputs

        progress.step("getting ready")
        changes = [*run_overrides(overrides, seed, patients), *draw_overrides(draws, patients_per_draw)]
        loaded = load_scenario(file, changes, outcomes=OUTCOME_NAMES)
        scenario = loaded.scenario
        question = ask(scenario, outcome, wtp, arms)
        places = chosen_pair(pair, [one.path for one in uncertain_inputs(scenario)])
        target = output_place(out, f"sensitivity-{loaded.name}")
        again = repeated(
            ["sensitivity", file],
            [
                ("--outcome", outcome), ("--wtp", wtp), ("--arms", arms), ("--map", pair), ("--draws", draws),
                ("--patients-per-draw", patients_per_draw), ("--set", overrides), ("--seed", seed),
                ("--patients", patients),
            ],
        ) + (" --threshold" if threshold else "")  # fmt: skip
        with output_directory(target) as directory:
            found = sensitivity(
                scenario, question, pair=places, thresholds=threshold, workers=workers, step=progress.step,
                progress=progress.part,
            )  # fmt: skip
            progress.step("drawing the report")
            content = {
                "scenario": loaded.name, "seed": scenario.seed, "patients": found.patients,
                "configuration": loaded.tree,
            }  # fmt: skip
            write_sensitivity(directory, SensitivityReport(found, loaded.name, again), content, chosen)
    if as_json:
        from sim.report.sensitivity.files import sensitivity_json

        click.echo(sensitivity_json(found, loaded.name), nl=False)
    elif not quiet:
        from sim.report.sensitivity.terminal import print_sensitivity

        print_sensitivity(found, [target / report_file(form) for form in chosen])
