"""More or fewer practitioners in sentences: what one more would change, and which of the numbers tried is best."""

from __future__ import annotations

import math

from sim.capacity.assess import Assessment
from sim.capacity.neighbours import GOAL, Neighbour, rooms_are_used_up
from sim.capacity.replicate import Replications
from sim.estimate.estimate import Z95
from sim.report.clinic.near_by import reason
from sim.report.clinic.words import plain_of, wait
from sim.report.words.numbers import format_count

HARDLY_A_WAIT = 1.0
"""Days: where nine in ten wait less, there is hardly a wait to shorten."""


def one_practitioner_more(found: Assessment, runs: Replications) -> str:
    """Return what one practitioner more would do to the wait of nine in ten, and to the margin if costs are stated.

    An empty text if there is nothing to say: nobody asks, and no cost is stated.
    """
    years = f"(from {format_count(runs.number)} years)"
    margin = ""
    if runs.model.clinic.states_costs:
        margin = f"bring the margin to {plain_of(runs, 'margin_per_week')} a week"
    now = found.base.estimate(GOAL).estimate
    if math.isnan(now):
        return f"One practitioner more would {margin} {years}." if margin else ""
    also = f", and would {margin}" if margin else ""
    is_shorter, is_longer = _is_shorter(runs, found.base), _is_longer(found)
    waiting = wait(runs, GOAL)
    if waiting == wait(found.base, GOAL) and (is_shorter or is_longer is not None):
        return f"One practitioner more would leave the wait of nine in ten at {waiting}{also} {years}."
    if is_shorter:
        return f"One practitioner more would bring the wait of nine in ten to {waiting}{also} {years}."
    if is_longer is not None:
        return (
            f"One practitioner more would lengthen the wait of nine in ten to {waiting}, as {reason(is_longer)}{also} "
            f"{years}."
        )
    if now < HARDLY_A_WAIT:
        why = ", as there is hardly a wait to shorten"
    else:
        why = ", as rooms bind" if rooms_are_used_up(runs) else ""
    return f"One practitioner more would not surely shorten the wait of nine in ten{why}{also} {years}."


def says_best(found: Assessment) -> bool:
    """Tell whether the margins of clinics near by can be told apart: a cost is stated, and somebody asks."""
    return found.model.clinic.states_costs and not math.isnan(found.base.estimate(GOAL).estimate)


def _is_longer(found: Assessment) -> Neighbour | None:
    """Return the clinic with one practitioner more if nine in ten surely wait longer in it."""
    others = found.neighbours.others if found.neighbours is not None else ()
    more = next((one for one in others if one.what == "practitioner" and one.change > 0), None)
    return more if more is not None and more.surely(GOAL) > 0 else None


def _is_shorter(more: Replications, base: Replications) -> bool:
    """Tell whether nine in ten wait less, by more than chance, than in other replications."""
    one, other = (runs.estimate(GOAL) for runs in (more, base))
    return other.estimate - one.estimate > Z95 * math.hypot(one.mc_error, other.mc_error)
