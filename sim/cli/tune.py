"""`simulate tune`: a page of sliders on this computer, where a scenario is tuned and its results follow."""

from __future__ import annotations

from pathlib import Path

import click

from sim.api.asking import changes_of


@click.command("tune", short_help="Tune a scenario with sliders, on a page in your browser.")
@click.argument("file")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value; repeatable.")
@click.option("--seed", type=int, help="Seed of the random streams.")
@click.option("--patients", type=int, metavar="N", help="Patients simulated for the page.  [default: 5000]")
@click.option("--port", type=int, metavar="N", help="Port of the page.  [default: the first free one from 8501 on]")
@click.option("--no-browser", is_flag=True, help="Do not open the browser; print the address only.")
@click.option("--share", is_flag=True, help="Let other computers in, by the address with its token that is printed.")
@click.option("--read-only", is_flag=True, help="Let visitors look, but change and take along nothing.")
@click.option("--tls-cert", type=click.Path(path_type=Path), metavar="FILE", help="With --share: certificate (PEM).")
@click.option("--tls-key", type=click.Path(path_type=Path), metavar="FILE", help="With --share: its key (PEM).")
def command(
    file: str,
    overrides: tuple[str, ...],
    seed: int | None,
    patients: int | None,
    port: int | None,
    no_browser: bool,
    share: bool,
    read_only: bool,
    tls_cert: Path | None,
    tls_key: Path | None,
) -> None:
    """Open a page on which the scenario in FILE can be tuned by hand.

    Every number has a slider and a field, with its unit, source and range beside it. The page sends nothing anywhere,
    and the file itself is not changed. It is for this computer alone unless you share it, and for those who have the
    token in its address. Stop it with Ctrl-C.
    """
    from sim.page.access import Access
    from sim.page.results import PATIENTS
    from sim.page.serve import serve

    serve(
        file, [*overrides, *changes_of(seed)], PATIENTS if patients is None else patients, port,
        open_browser=not no_browser, access=Access(share, tls_cert, tls_key, read_only),
    )  # fmt: skip
