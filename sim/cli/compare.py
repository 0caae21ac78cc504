"""`simulate compare FILE ...`: scenarios, varied values and evidence sets on the same patients."""

from __future__ import annotations

import click

from sim.cli.options import comparing_options, keeping, output_place, resuming_option, saved_reports
from sim.cli.progress import Progress


@click.command("compare", short_help="Compare scenarios, varied values and evidence sets on the same patients.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--vary", multiple=True, metavar="PATH=V1,V2,...",
    help="Run every scenario with each value, or from low to high (PATH=4:8:2); repeatable.",
)  # fmt: skip
@click.option("--evidence", metavar="FILE,...", help="Run every scenario under each of these evidence sets.")
@click.option(
    "--rate", "rates", multiple=True, metavar="'USD=0.92 EUR'",
    help="What a currency is in another, where prices are in several; repeatable.",
)  # fmt: skip
@comparing_options
@resuming_option
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/compare-<names>]")
def command(
    files: tuple[str, ...],
    vary: tuple[str, ...],
    evidence: str | None,
    rates: tuple[str, ...],
    overrides: tuple[str, ...],
    seed: int | None,
    patients: str | None,
    workers: int | None,
    resume: bool,
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
      simulate compare own.yaml acute.yaml --rate 'USD=0.92 EUR'
    """
    from sim import api
    from sim.api.running import comparison_name
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats

    chosen = chosen_formats(formats)
    sets = tuple(name.strip() for name in evidence.split(",")) if evidence is not None else ()
    if not all(sets):
        raise click.BadParameter("names no file; give one or several, as article.yaml,literature.yaml",
                                 param_hint="--evidence")  # fmt: skip
    target = output_place(out, default_name("compare", comparison_name(files, vary, sets)))
    with usable_place(target), Progress(quiet) as progress:
        result = api.compare(
            files, vary=vary, evidence=sets, set=overrides, rate=rates, patients=patients, seed=seed,
            workers=workers, progress=progress.part, **keeping(target, resume),
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.comparison.terminal import print_comparison

        print_comparison(result.comparison, reports)
