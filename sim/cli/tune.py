"""`simulate tune`: a page of sliders on this computer, where a scenario is tuned and its results follow."""

from __future__ import annotations

import click

from sim.api.asking import changes_of


@click.command("tune", short_help="Tune a scenario with sliders, on a page in your browser.")
@click.argument("file")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value; repeatable.")
@click.option("--seed", type=int, help="Seed of the random streams.")
@click.option("--patients", type=int, metavar="N", help="Patients simulated for the page.  [default: 5000]")
@click.option("--port", type=int, metavar="N", help="Port of the page.  [default: the first free one from 8501 on]")
@click.option("--no-browser", is_flag=True, help="Do not open the browser; print the address only.")
def command(
    file: str, overrides: tuple[str, ...], seed: int | None, patients: int | None, port: int | None, no_browser: bool
) -> None:
    """Open a page on which the scenario in FILE can be tuned by hand.

    Every number has a slider and a field, with its unit, source and range beside it. The page runs on this computer
    only and sends nothing anywhere; the file itself is not changed. Stop it with Ctrl-C.
    """
    from sim.page.results import PATIENTS
    from sim.page.serve import serve

    serve(
        file, [*overrides, *changes_of(seed)], PATIENTS if patients is None else patients, port,
        open_browser=not no_browser,
    )  # fmt: skip
