"""`simulate value`: what strategies are worth, and what knowing the inputs better would be worth."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.options import draw_overrides, output_place, repeated, run_overrides, running_options, worker_count
from sim.cli.progress import Progress

if TYPE_CHECKING:
    from sim.decision.value.psa import Psa
    from sim.scenario.load import Loaded

PATIENTS_PER_YEAR = 500
YEARS = 5.0


@click.command("value", short_help="Say what strategies, and knowing more, are worth.")
@click.argument("file", required=False)
@click.option("--table", metavar="CSV", help="Costs and effects of another model: draw,strategy,cost,effect.")
@click.option("--parameters", metavar="CSV", help="The inputs behind the table: draw, and a column for each.")
@click.option("--wtp", metavar="RANGE", help="Willingness to pay, as 0:50000, 0:50000:500 or 20000,30000.")
@click.option("--at", type=float, metavar="WTP", help="The willingness to pay of interest.  [default: 20000]")
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
@click.option("--years", type=float, default=YEARS, show_default=True, help="Years to add up, not discounted.")
@running_options
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/value-<name>]")
def command(
    file: str | None,
    table: str | None,
    parameters: str | None,
    wtp: str | None,
    at: float | None,
    effect: str | None,
    lower_is_better: bool,
    currency: str | None,
    draws: str | None,
    patients_per_draw: str | None,
    patients_per_year: int,
    years: float,
    overrides: tuple[str, ...],
    seed: int | None,
    patients: str | None,
    workers: int | None,
    out: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Say what strategies are worth, how sure that is, and which input is worth checking first.

    Of the arms of the scenario in FILE, over draws of its uncertain inputs; or from a table of any model (--table), a
    row for every draw and every strategy. Costs and effects are per patient.
    """
    from sim.decision.value.efficiency import efficiency
    from sim.decision.value.question import ask, wtp_values
    from sim.report.document.formats import chosen_formats, report_file

    chosen = chosen_formats(formats)
    if (file is None) == (table is None):
        raise click.UsageError("give either a scenario FILE or --table CSV")
    of_scenario = {"--set": overrides, "--seed": seed, "--draws": draws, "--patients-per-draw": patients_per_draw}
    of_table = {"--parameters": parameters, "--lower-is-better": lower_is_better, "--currency": currency}
    for option, given in (of_table if table is None else of_scenario).items():
        if given not in (None, (), False):
            raise click.UsageError(f"{option} is for {'a table (--table)' if table is None else 'a scenario'}")
    if patients is not None:
        raise click.UsageError("--patients is not used here; each draw has --patients-per-draw patients")
    if wtp is not None:
        wtp_values(wtp)  # a mistake here is said before anything is simulated or read
    workers = worker_count(workers)
    with Progress(quiet) as progress:
        from sim.decision.value.assess import assess
        from sim.output.directory import output_directory
        from sim.quantities import OUTCOME_NAMES
        from sim.report.value.write import ValueReport, write_value
        from sim.scenario.load import load_scenario

        progress.step("getting ready")
        if table is not None:
            scenario, name, source, words = None, Path(table).stem, Path(table).name, ["value", "--table", table]
            title = f"Value of the strategies in {source}"
        else:
            assert file is not None
            changes = [*run_overrides(overrides, seed, None), *draw_overrides(draws, patients_per_draw)]
            loaded = load_scenario(file, changes, outcomes=OUTCOME_NAMES)
            scenario, name, source, words = loaded.scenario, loaded.name, loaded.name, ["value", file]
            title = scenario.title
        again = repeated(
            words,
            [
                ("--parameters", parameters), ("--wtp", wtp), ("--at", at), ("--effect", effect),
                ("--currency", currency), ("--draws", draws), ("--set", overrides), ("--seed", seed),
                ("--patients-per-draw", patients_per_draw),
                ("--patients-per-year", patients_per_year if patients_per_year != PATIENTS_PER_YEAR else None),
                ("--years", years if years != YEARS else None),
            ],
        ) + (" --lower-is-better" if lower_is_better else "")  # fmt: skip
        target = output_place(out, f"value-{name}")
        with output_directory(target) as directory:
            if table is not None:
                psa, content = _from_table(table, parameters, effect, lower_is_better, currency)
            else:
                psa, content = _from_scenario(loaded, effect, workers, progress)
            strategies = efficiency(psa)
            is_usual = psa.effect_unit == "QALY" or (table is not None and effect is None)
            question = ask(psa, strategies, wtp, at, patients_per_year, years, usual=is_usual)
            progress.step("weighing the strategies")
            found = assess(psa, strategies, question)
            progress.step("drawing the report")
            write_value(directory, ValueReport(found, title, source, again, scenario), name, content, chosen)
    if as_json:
        from sim.report.value.files import value_json

        click.echo(value_json(found, name), nl=False)
    elif not quiet:
        from sim.report.value.terminal import print_value

        print_value(found, title, [target / report_file(form) for form in chosen])


def _from_table(
    table: str, parameters: str | None, effect: str | None, lower_is_better: bool, currency: str | None
) -> tuple[Psa, dict[str, Any]]:
    """Return the draws of a table, and what the manifest says about it."""
    from sim.decision.value.table import described, read_psa

    psa = described(
        read_psa(Path(table), None if parameters is None else Path(parameters)), effect, lower_is_better, currency
    )
    read = [table] if parameters is None else [table, parameters]
    hashes = {name: hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in read}
    return psa, {"tables": hashes, "draws": psa.draws}


def _from_scenario(loaded: Loaded, effect: str | None, workers: int, progress: Progress) -> tuple[Psa, dict[str, Any]]:
    """Return draws of a scenario's uncertain inputs, and what the manifest says about them."""
    from sim.decision.value.from_draws import psa_of_scenario
    from sim.report.words.inputs import input_names

    psa = psa_of_scenario(loaded.scenario, effect or "qaly", workers, progress.step, progress.draws)
    psa = replace(psa, input_names=input_names(loaded.scenario))
    content = {"scenario": loaded.name, "seed": loaded.scenario.seed, "draws": psa.draws, "configuration": loaded.tree}
    return psa, content
