"""From the draws of a scenario's uncertain inputs to costs and effects of its arms."""

from __future__ import annotations

from collections.abc import Callable

from sim.decision.value.psa import Psa
from sim.scenario.schema import Scenario


def psa_of_scenario(
    scenario: Scenario, effect: str, draws: int | None, workers: int, step: Callable[[str], None]
) -> Psa:
    """Return costs and the named effect of every arm over draws of the scenario's uncertain inputs.

    `effect` is the name of an outcome; one of which less is better is turned round by the `Psa`. `draws` is their
    number, the scenario's own if None.
    """
    raise NotImplementedError
