"""`simulate optimise FILE`: search a grid of protocols for the best one."""

from __future__ import annotations

import click

from sim.cli.grid_options import grid_overrides
from sim.cli.options import output_place, repeated, run_overrides, running_options, worker_count
from sim.cli.progress import Progress

CONFIDENCE = 0.95
MOST_PATIENTS = 500_000


@click.command("optimise", short_help="Search a grid of protocols for the best one.")
@click.argument("file")
@click.option("--objective", metavar="OUTCOME", help="What to improve.  [default: the scenario's primary outcome]")
@click.option("--budget", "budgets", multiple=True, metavar="OUTCOME<=N", help="Keep to this, or to >=; repeatable.")
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
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/optimise-<config name>]")
def command(
    file: str,
    objective: str | None,
    budgets: tuple[str, ...],
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
    seed: int | None,
    patients: str | None,
    workers: int | None,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Search the grid of protocols that the scenario in FILE states under `search`.

    All candidates are screened on the same patients; the contenders get more until the best is separated from the
    rest or the rest are ties. The best and the efficient frontier are then estimated on fresh patients.
    """
    from sim.decision.question import ask
    from sim.quantities import OUTCOME_NAMES
    from sim.report.document.formats import chosen_formats, report_file
    from sim.scenario.load import load_scenario

    chosen = chosen_formats(formats)
    grid = {
        "--visits": visits,
        "--every-days": every_days,
        "--sequences": sequences,
        "--stop": stop,
        "--discharge": discharge,
    }
    changes = (*overrides, *grid_overrides(grid))
    loaded = load_scenario(file, run_overrides(changes, seed, patients), outcomes=OUTCOME_NAMES)
    question = ask(loaded.scenario, objective, budgets, against, confidence, indifference, max_patients)
    again = repeated(
        ["optimise", file],
        [
            ("--budget", budgets), ("--set", overrides), ("--objective", objective), ("--against", against),
            *grid.items(), ("--indifference", indifference), ("--seed", seed), ("--patients", patients),
            ("--confidence", confidence if confidence != CONFIDENCE else None),
            ("--max-patients", max_patients if max_patients != MOST_PATIENTS else None),
        ],
    )  # fmt: skip
    workers = worker_count(workers)
    with Progress(quiet) as progress:
        progress.step("getting ready (the first time takes a minute)")
        from sim.decision.search import search
        from sim.output.directory import output_directory
        from sim.report.search.write import write_search

        target = output_place(out, f"optimise-{loaded.name}")
        with output_directory(target) as directory:
            result = search(loaded.scenario, question, workers, progress.step)
            progress.step("drawing the report")
            file_name = loaded.files[0].name
            write_search(
                directory, result, loaded.name, file_name, changes, loaded.tree, again, chosen,
            )  # fmt: skip
    if as_json:
        from sim.report.search.files import search_json

        click.echo(search_json(result, loaded.name), nl=False)
    elif not quiet:
        from sim.report.search.terminal import print_search

        print_search(result, [target / report_file(form) for form in chosen])
