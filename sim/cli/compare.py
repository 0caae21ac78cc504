"""`simulate compare FILE ...`: scenarios, varied values and evidence sets on the same patients."""

from __future__ import annotations

import re
from pathlib import Path

import click

from sim.cli.options import output_place, repeated, run_overrides, running_options, worker_count
from sim.cli.progress import Progress

_LONGEST_NAME = 80


@click.command("compare", short_help="Compare scenarios, varied values and evidence sets on the same patients.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--vary", multiple=True, metavar="PATH=V1,V2,...",
    help="Run every scenario with each value, or from low to high (PATH=4:8:2); repeatable.",
)  # fmt: skip
@click.option("--evidence", metavar="FILE,...", help="Run every scenario under each of these evidence sets.")
@running_options
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/compare-<names>]")
def command(
    files: tuple[str, ...],
    vary: tuple[str, ...],
    evidence: str | None,
    overrides: tuple[str, ...],
    seed: int | None,
    patients: str | None,
    workers: int | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    out: str | None,
) -> None:
    """Compare scenarios in one report: what differs, which arm is best where, and whether the evidence matters.

    All scenarios get the same simulated patients with the same luck.

    \b
    Examples:
      simulate compare acute.yaml chronic.yaml stress.yaml
      simulate compare acute.yaml --vary protocols.combined.visits=4,6,8
      simulate compare acute.yaml chronic.yaml --evidence article.yaml,literature.yaml
    """
    from sim.quantities import OUTCOME_NAMES
    from sim.report.document.formats import chosen_formats, report_file
    from sim.scenario.variants import load_variants

    chosen = chosen_formats(formats)
    sets = [name.strip() for name in evidence.split(",")] if evidence is not None else []
    if not all(sets):
        raise click.BadParameter("names no file; give one or several, as article.yaml,literature.yaml",
                                 param_hint="--evidence")  # fmt: skip
    workers = worker_count(workers)
    with Progress(quiet) as progress:
        progress.step("reading the scenarios")
        variants = load_variants(files, vary, sets, run_overrides(overrides, seed, patients), outcomes=OUTCOME_NAMES)
        progress.step("getting ready (the first time takes a minute)")
        from sim.decision.compare import compare
        from sim.output.directory import output_directory
        from sim.report.comparison.files import write_comparison
        from sim.study.prepare import prepare_all

        target = output_place(out, default_name(files, vary, sets))
        with output_directory(target) as directory:
            progress.step("calibrating")
            studies = prepare_all({variant.name: variant.loaded.scenario for variant in variants})
            progress.step("simulating")
            comparison = compare(variants, studies, workers, progress.patients)
            given = [("--vary", vary), ("--evidence", evidence), ("--set", overrides), ("--seed", seed),
                     ("--patients", patients)]  # fmt: skip
            write_comparison(directory, comparison, repeated(["compare", *files], given), chosen, progress.step)
    if as_json:
        from sim.report.comparison.files import comparison_json

        click.echo(comparison_json(comparison), nl=False)
    elif not quiet:
        from sim.report.comparison.terminal import print_comparison

        print_comparison(comparison, [target / report_file(form) for form in chosen])


def default_name(files: tuple[str, ...], vary: tuple[str, ...], sets: list[str]) -> str:
    """Return the name of the output directory: what is compared, in short."""
    parts = [Path(file).stem for file in files]
    parts += ["-".join(one.partition("=")[0].strip().split(".")[1:]) for one in vary]
    parts += [Path(name).stem for name in sets]
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(["compare", *parts]))
    return name[:_LONGEST_NAME].rstrip("-")
