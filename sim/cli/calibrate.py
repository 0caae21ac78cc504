"""`simulate calibrate FILE`: the claims, what the model reaches, and the parameters found."""

from __future__ import annotations

import click


@click.command("calibrate", short_help="Show the claims, what the model reaches, and the parameters found.")
@click.argument("file", required=False)
@click.option("--config", metavar="FILE", help="The scenario, as for a run.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value; repeatable.")
@click.option("--evidence", metavar="FILE", help="An evidence set in place of the scenario's own.")
@click.option("--patients", default="20000", show_default=True, metavar="N", help="Patients of the check.")
@click.option("--seed", type=int, help="Seed of the check.")
@click.option("--strict", is_flag=True, help="Fail if a target is missed by more than its doubt.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def command(
    file: str | None,
    config: str | None,
    overrides: tuple[str, ...],
    evidence: str | None,
    patients: str,
    seed: int | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Calibrate the scenario in FILE to its claims, and check the result on patients of its own.

    Claims that cannot all be met are met as nearly as their doubts allow.
    """
    name = file or config
    if name is None or (file and config):
        raise click.UsageError("give one scenario: simulate calibrate FILE")
    from sim import api
    from sim.calibration.calibrate import check_strictly
    from sim.scenario.source import Scenario

    result = api.calibrate(Scenario.read(name, overrides, evidence), patients=patients, seed=seed)
    if as_json:
        click.echo(result.summary_json(), nl=False)
    else:
        from sim.report.calibration.terminal import print_calibration

        print_calibration(result.scenario, result.checked)
    if strict:
        check_strictly(result.checked.calibration)
