"""`simulate pool`: several trials together, and a piece of evidence for scenarios."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.options import output_place, saved_reports, writing_options
from sim.cli.progress import Progress


@click.command("pool", short_help="Pool the arms of several trials.")
@click.argument("file", metavar="TABLE")
@click.option("--of", metavar="NAME", help="The treatment, as the table names it.")
@click.option("--versus", metavar="NAME", help="The treatment that it is compared with; without it, its own mean.")
@click.option(
    "--columns", multiple=True, metavar="NAME=COLUMN", help="What a column is called in the file: pain=NRS; repeatable."
)
@click.option(
    "--only", multiple=True, metavar="COLUMN=VALUE", help="Only rows that have this value: day=42; repeatable."
)
@click.option(
    "--spread", type=click.Choice(["reml", "half_normal"]), default="reml",
    help="How the spread between trials is found: restricted likelihood, or a half-normal prior.  [default: reml]",
)  # fmt: skip
@click.option("--scale", type=float, metavar="X", help="Scale of the half-normal prior.  [default: 0.5]")
@click.option("--claim", metavar="PATH", help="The claim that it is: acupuncture.over_sham.  [default: by the names]")
@click.option(
    "--extends", metavar="FILE", help="The evidence set that pooled.yaml extends.  [default: literature.yaml]"
)
@writing_options
@click.option("--out", metavar="DIR", help="Output directory.  [default: outputs/pool-<name>]")
def command(
    file: str,
    of: str | None,
    versus: str | None,
    columns: tuple[str, ...],
    only: tuple[str, ...],
    spread: str,
    scale: float | None,
    claim: str | None,
    extends: str | None,
    formats: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    out: str | None,
) -> None:
    """Pool the arms of several trials in TABLE, a CSV file or an Excel workbook with a row for each arm, or a file of
    trials (.yaml) as `validate` reads it.

    Columns: trial, arm, n, and pain (mean left), change (negative is better) or reduction with sd, or share or events;
    or difference with error. The result comes with a forest plot, how far trials differ, each trial left out in turn,
    and as pooled.yaml, a piece of evidence that a scenario can extend.
    """
    from sim import api
    from sim.output.directory import usable_place
    from sim.output.names import default_name
    from sim.report.document.formats import chosen_formats

    chosen = chosen_formats(formats)
    target = output_place(out, default_name("pool", Path(file).stem))
    with usable_place(target), Progress(quiet) as progress:
        result = api.pool(
            file, of=of, versus=versus, columns=columns, only=only, spread=spread, scale=scale, claim=claim,
            extends=extends, progress=progress.part,
        )  # fmt: skip
        reports = saved_reports(result, target, chosen, progress)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    elif not quiet:
        from sim.report.pooling.terminal import print_pooling

        print_pooling(result, reports)
