"""`simulate check FILE`: say what a scenario is, or everything that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.scenario.load import Loaded
    from sim.scenario.protocol import Protocol


@click.command("check", short_help="Check a scenario and say what it is.")
@click.argument("file")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value; repeatable.")
def command(file: str, overrides: tuple[str, ...]) -> None:
    """Check the scenario in FILE, with all that it extends, and list every fault with its line.

    A scenario that is ok can be run: its claims can be met and its courses fit.
    """
    from sim.patient.outcomes import OUTCOME_NAMES
    from sim.scenario.load import load_scenario

    loaded = load_scenario(file, overrides, outcomes=OUTCOME_NAMES)
    from sim.study.run import prepare

    prepare(loaded.scenario)
    for line in described(loaded):
        click.echo(line)


def described(loaded: Loaded) -> list[str]:
    """Return what a scenario is, line by line."""
    from sim.scenario.load import shown_path

    scenario = loaded.scenario
    mix = ", ".join(
        f"{share:.0%} {scenario.profile_label(name).lower()}" for name, share in scenario.cohort.profiles.items()
    )
    lines = [
        f"files   {' <- '.join(shown_path(file) for file in loaded.files)}",
        f"title   {scenario.title}",
        f"cohort  {scenario.cohort.size:,} patients: {mix}",
    ]
    width = max(len(scenario.arm_label(arm)) for arm in scenario.arms)
    for number, arm in enumerate(scenario.arms):
        start = "arms" if number == 0 else ""
        lines.append(f"{start:8}{scenario.arm_label(arm):{width}}  {_visits(scenario.protocols[arm])}")
    return [*lines, "ok"]


def _visits(protocol: Protocol) -> str:
    """Return a protocol's visits in words."""
    parts = []
    for phase in protocol.plan:
        spacing = " and ".join(f"{days:g}" for days in phase.every_days)
        plan = phase.alternate if phase.alternate is not None else (phase.each_visit or (),)
        done = ", ".join(" + ".join(names) or "review" for names in plan)
        days = "day" if spacing == "1" else "days"
        visits = "visit" if phase.visits == 1 else f"visits, every {spacing} {days}"
        parts.append(f"{phase.visits} {visits}: {done}{' in turn' if phase.alternate else ''}")
    if protocol.stop:
        parts.append(f"stops after relief at {protocol.stop.relief_held_for} visits")
    if protocol.switch:
        switch = protocol.switch
        to = " + ".join(switch.to) or "review"
        parts.append(f"switches to {to} without relief by visit {switch.no_relief_by_visit}")
    if protocol.discharge:
        parts.append(f"ends without relief by visit {protocol.discharge.no_relief_by_visit}")
    return "; ".join(parts)
