"""Arms that are ahead of another by assumption: they give all of it at the same visits, and more."""

from __future__ import annotations

from sim.scenario.evidence import Quantity
from sim.scenario.schema import Scenario


def is_ahead_by_assumption(scenario: Scenario, arm: str, other: str, draws: bool = False) -> bool:
    """Tell whether an arm relieves pain at least as much as another by what is assumed, whatever the numbers are.

    Without relapse, no patient's pain is then worse with it on any day; with relapse, that of a few may be, since
    relief that begins earlier can be lost earlier. That is so if it has the same visits, at each of them all that the
    other gives, no rule that looks at relief, and if treatments cannot get in each other's way: not at the stated
    `rho`, nor, with `draws`, at one that is drawn.
    """
    if arm in scenario.policies or other in scenario.policies or arm == other:
        return False
    more, less = scenario.protocols[arm], scenario.protocols[other]
    if any(rule is not None for one in (more, less) for rule in (one.stop, one.switch, one.discharge)):
        return False
    if more.visit_days != less.visit_days or _leaves_by_what_happens(scenario):
        return False
    given = [[set(done) for done in _at_visits(scenario, name)] for name in (arm, other)]
    if not all(much >= little for much, little in zip(*given, strict=True)) or given[0] == given[1]:
        return False
    relapse = scenario.relapse
    keeps_relief = relapse.form == "none" or relapse.several_modalities == "best"
    return keeps_relief and _least(scenario.response.rho, draws) >= 0


def _at_visits(scenario: Scenario, arm: str) -> list[tuple[str, ...]]:
    plan = scenario.protocols[arm].plan
    return [phase.modalities_at(visit) for phase in plan for visit in range(phase.visits)]


def _leaves_by_what_happens(scenario: Scenario) -> bool:
    """Tell whether relief or adverse events change how many visits there are."""
    attendance = scenario.attendance
    chances = (
        attendance.drop_out_if_relieved, attendance.drop_out_if_not_relieved, attendance.drop_out_after_adverse_event,
    )  # fmt: skip
    return any(one.value > 0 for one in chances)


def _least(quantity: Quantity, draws: bool) -> float:
    """Return the least value that a number has: the stated one, or the least that is drawn."""
    if not draws or quantity.uncertainty is None or (spread := quantity.uncertainty.spread) is None:
        return quantity.value
    bounds = {"lognormal": 0.0, "gamma": 0.0, "beta": 0.0}
    if quantity.uncertainty.family in bounds:
        return bounds[quantity.uncertainty.family]
    is_bounded = quantity.uncertainty.family in ("uniform", "triangular") and spread.low is not None
    return float(spread.low) if is_bounded and spread.low is not None else float("-inf")
