"""`simulate value`: what strategies are worth, and what knowing the inputs better would be worth."""

from __future__ import annotations

from pathlib import Path

import click

from sim.api.valuing import PATIENTS_PER_YEAR, YEARS
from sim.cli.options import keeping, output_place, resuming_option, running_options, saved_reports
from sim.cli.progress import Progress
from sim.tables.rows import names_a_table


@click.command("value", short_help="Say what strategies, and knowing more, are worth.")
@click.argument("file", required=False)
@click.option(
    "--table", metavar="FILE", help="Costs and effects of another model, CSV or .xlsx: draw,strategy,cost,effect."
)
@click.option("--parameters", metavar="FILE", help="The inputs behind the table: draw, and a column for each.")
@click.option("--wtp", metavar="RANGE", help="Willingness to pay, as 0:50000, 0:50000:500 or 20000,30000.")
@click.option("--at", type=float, metavar="WTP", help="The willingness to pay of interest.  [default: 20000]")
@click.option(
    "--reference", metavar="STRATEGY", help="What the others are held against.  [default: usual care, or the first]"
)
@click.option("--inputs", metavar="A,B", help="The single inputs to look at.  [default: all]")
@click.option("--group", "groups", multiple=True, metavar="NAME=A,B", help="Inputs to know together; repeatable.")
@click.option("--effect", metavar="NAME", help="The effect: an outcome of the scenario, or what the table's is called.")
@click.option("--lower-is-better", is_flag=True, help="Less of the table's effect is better.")
@click.option("--currency", metavar="CODE", help="The table's currency, as EUR.")
@click.option("--draws", metavar="N", help="Draws of the scenario's uncertain inputs.  [default: 1000]")
@click.option("--patients-per-draw", metavar="N", help="Patients in each draw.  [default: 1000]")
@click.option(
    "--patients-per-year",
    type=int,
    default=PATIENTS_PER_YEAR,
    show_default=True,
    metavar="N",
    help="Patients of a clinic.",
)
@click.option("--years", type=float, default=YEARS, show_default=True, help="Years to add up.")
@click.option("--discount", type=float, default=0.0, show_default=True, metavar="RATE", help="A year, as 0.03.")
@click.option("--price-year", type=int, metavar="YEAR", help="The year of the prices, stated in the report.")
@click.option("--perspective", metavar="NAME", help="Whose costs they are, stated in the report.")
@click.option(
    "--rate",
    metavar="'USD=0.92 EUR'",
    help="Convert the costs; willingness to pay is in the new currency.",
)
@click.option(
    "--study", metavar="WHAT", help="A study before choosing: n=50:1000,arms=A/B,outcome=NAME,cost=FIXED+EACH."
)
@running_options
@resuming_option
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/value-<name>]")
def command(
    file: str | None,
    table: str | None,
    parameters: str | None,
    wtp: str | None,
    at: float | None,
    reference: str | None,
    inputs: str | None,
    groups: tuple[str, ...],
    effect: str | None,
    lower_is_better: bool,
    currency: str | None,
    draws: str | None,
    patients_per_draw: str | None,
    patients_per_year: int,
    years: float,
    discount: float,
    price_year: int | None,
    perspective: str | None,
    rate: str | None,
    study: str | None,
    overrides: tuple[str, ...],
    evidence: str | None,
    seed: int | None,
    patients: str | None,
    workers: int | None,
    resume: bool,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what strategies are worth, how sure that is, and which input is worth checking first.

    Of the arms of the scenario in FILE, over draws of its uncertain inputs; or from a table of any model (--table), a
    row for every draw and every strategy. Costs and effects are per patient.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats
    from sim.scenario.source import Scenario

    chosen = chosen_formats(formats)
    if file is not None and names_a_table(file) and table is None:
        file, table = None, file
    if patients is not None:
        raise click.UsageError("--patients is not used here; each draw has --patients-per-draw patients")
    if table is not None and (overrides or evidence):
        raise click.UsageError(f"{'--set' if overrides else '--evidence'} is for a scenario")
    scenario = Scenario.read(file, overrides, evidence) if file is not None else None
    name = scenario.name if scenario is not None else Path(table or "").stem
    target = output_place(out, default_name("value", name))
    with usable_place(target), Progress(quiet) as progress:
        result = api.value(
            scenario, table=table, parameters=parameters, wtp=wtp, at=at, reference=reference,
            inputs=inputs, group=groups, effect=effect, lower_is_better=lower_is_better, currency=currency, draws=draws,
            patients_per_draw=patients_per_draw, patients_per_year=patients_per_year, years=years, discount=discount,
            price_year=price_year, perspective=perspective, rate=rate, study=study, seed=seed,
            workers=workers, progress=progress.part, **keeping(target, resume),
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.value.terminal import print_value

        print_value(result.found, result.title, reports, is_scenario=scenario is not None)
