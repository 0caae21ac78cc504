"""`simulate calibrate FILE`: the claims, what the model reaches, and the parameters found."""

from __future__ import annotations

import click

from sim.cli.options import run_overrides


@click.command("calibrate", short_help="Show the claims, what the model reaches, and the parameters found.")
@click.argument("file", required=False)
@click.option("--config", metavar="FILE", help="The scenario, as for a run.")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value; repeatable.")
@click.option("--patients", default="20000", show_default=True, metavar="N", help="Patients of the check.")
@click.option("--seed", type=int, help="Seed of the check.")
@click.option("--strict", is_flag=True, help="Fail if a target is missed by more than its doubt.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
def command(
    file: str | None,
    config: str | None,
    overrides: tuple[str, ...],
    patients: str,
    seed: int | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Calibrate the scenario in FILE to its claims, and check the result on patients of its own.

    Claims that cannot all be met are met as nearly as their doubts allow.
    """
    from sim.quantities import OUTCOME_NAMES
    from sim.scenario.load import load_scenario

    name = file or config
    if name is None or (file and config):
        raise click.UsageError("give one scenario: simulate calibrate FILE")
    scenario = load_scenario(name, run_overrides(overrides, seed, patients), outcomes=OUTCOME_NAMES).scenario
    from sim.calibration.calibrate import check_strictly
    from sim.report.run.terminal import print_calibration
    from sim.study.check import check_calibration

    checked = check_calibration(scenario)
    print_calibration(scenario, checked, as_json)
    if strict:
        check_strictly(checked.calibration)
