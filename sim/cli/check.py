"""`simulate check FILE`: say what a scenario is, or everything that is wrong with it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sim.errors import ScenarioError, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.calibration.targets import Calibration
    from sim.scenario.load import Loaded


@click.command("check", short_help="Check a scenario and say what it is.")
@click.argument("file")
@click.option("--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value; repeatable.")
def command(file: str, overrides: tuple[str, ...]) -> None:
    """Check the scenario in FILE, with all that it extends, and list every fault with its line.

    A scenario that is ok can be run: its courses fit, its claims are met as nearly as their doubts allow, and its
    uncertain inputs can be drawn.
    """
    from sim.quantities import OUTCOME_NAMES
    from sim.scenario.load import load_scenario

    loaded = load_scenario(file, overrides, outcomes=OUTCOME_NAMES)
    for line in described(loaded, calibrated(loaded)):
        click.echo(visible(line))


def calibrated(loaded: Loaded) -> Calibration:
    """Return the calibration of a scenario; ScenarioError with everything that a run of it, or its draws, would refuse.

    Each fault has file, line and column.
    """
    from sim.capacity.model import build_model
    from sim.decision.budget.assess import budget_inputs
    from sim.study.possible import draw_faults
    from sim.study.prepare import prepare

    faults: list[str] = []

    @contextmanager
    def noted() -> Iterator[None]:
        try:
            yield
        except ScenarioError as error:
            faults.extend(error.faults)

    found = None
    with noted():
        found = prepare(loaded.scenario).calibration
        if loaded.scenario.clinic is not None:
            build_model(loaded.scenario, found)
    faults += draw_faults(loaded.scenario)
    if loaded.scenario.budget is not None:
        with noted():
            budget_inputs(loaded.scenario)
    if faults or found is None:
        raise ScenarioError(loaded.located(faults))
    return found


def described(loaded: Loaded, calibration: Calibration) -> list[str]:
    """Return what a scenario is, line by line, and what is to be known of its claims."""
    from sim.report.words.claims import claim_sentences
    from sim.report.words.rules import rules_text, visits_text
    from sim.scenario.currency import prices_in_another_currency
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
    if (rule := scenario.cohort.include) is not None:
        lines.append(f"entry   reported pain at least {rule.reported_pain_at_least:g} points")
    width = max(len(scenario.arm_label(arm)) for arm in scenario.arms)
    for number, arm in enumerate(scenario.arms):
        start = "arms" if number == 0 else ""
        rules = rules_text(scenario, arm)
        words = visits_text(scenario, arm) + (f"; {rules}" if rules else "")
        lines.append(f"{start:8}{scenario.arm_label(arm):{width}}  {words}")
    lines += (f"note    {words}" for words in claim_sentences(scenario, calibration))
    before, paths = prices_in_another_currency(loaded)
    if paths:
        read = f"are read as {scenario.costs.currency}, without conversion"
        lines.append(f"note    Prices come from files in {before} and {read}: {', '.join(paths)}")
    return [*lines, "ok"]
