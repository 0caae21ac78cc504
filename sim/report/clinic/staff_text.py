"""More or fewer practitioners in sentences: what one more would change, and which of the numbers tried is best."""

from __future__ import annotations

import math

from sim.capacity.assess import Assessment
from sim.capacity.neighbours import GOAL, Neighbour, is_hardly_a_wait, rooms_are_used_up
from sim.capacity.replicate import Replications
from sim.capacity.target import Target, Verdict
from sim.capacity.variants import Staffing
from sim.estimate.estimate import Z95, Estimate
from sim.report.clinic.near_by import reason
from sim.report.clinic.words import people, plain_of, wait, whole_days
from sim.report.words.numbers import all_of, format_count


def one_practitioner_more(found: Assessment, runs: Replications) -> str:
    """Return what one practitioner more would do to the wait of nine in ten, and to the margin if costs are stated.

    An empty text if there is nothing to say: nobody asks, and no cost is stated.
    """
    years = f"(from {format_count(runs.number)} years)"
    margin = f"the margin to {plain_of(runs, 'margin_per_week')} a week" if runs.model.clinic.states_costs else ""
    now = found.base.estimate(GOAL).estimate
    if math.isnan(now):
        return f"One practitioner more would bring {margin} {years}." if margin else ""
    also = f", and would bring {margin}" if margin else ""
    is_shorter, is_longer = _is_shorter(runs, found.base), _is_longer(found)
    waiting = wait(runs, GOAL)
    if waiting == wait(found.base, GOAL) and (is_shorter or is_longer is not None):
        return f"One practitioner more would leave the wait of nine in ten at {waiting}{also} {years}."
    if is_shorter:
        both = f", and {margin}" if margin else ""
        return f"One practitioner more would bring the wait of nine in ten to {waiting}{both} {years}."
    if is_longer is not None:
        return (
            f"One practitioner more would lengthen the wait of nine in ten to {waiting}, as {reason(is_longer)}{also} "
            f"{years}."
        )
    if is_hardly_a_wait(found.base):
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


def best_of_numbers(found: Assessment) -> list[str]:
    """Return which of the numbers of practitioners tried earns most within the goal, and where the goal is missed.

    The goal is the target if one was asked for, else the wait of nine in ten. Nothing where nobody asks.
    """
    staffing = found.staffing
    if staffing is None or len(staffing.numbers) < 2 or math.isnan(found.base.estimate(GOAL).estimate):
        return []
    goal = float(found.model.clinic.goals.first_visit_within)
    target = staffing.target or Target(GOAL, at_most=True, value=goal)
    aim = "the target is met" if staffing.target else f"nine in ten start within {whole_days(goal)}"
    tried = f"{staffing.numbers[0]} to {people(staffing.numbers[-1])}"
    verdicts = [target.verdict(runs.estimate(target.measure), runs.number) for runs in staffing.runs]
    by_verdict: dict[Verdict, list[tuple[int, Replications]]] = {"met": [], "missed": [], "undecided": []}
    for number, runs, verdict in zip(staffing.numbers, staffing.runs, verdicts, strict=True):
        by_verdict[verdict].append((number, runs))
    if not by_verdict["met"]:
        return [] if staffing.target else [f"With none of {tried} is it sure that {aim}."]
    said = [_best(found, staffing, by_verdict["met"], tried, aim)]
    ends: dict[Verdict, str] = {
        "missed": f"the {'target' if staffing.target else 'goal'} is missed",
        "undecided": f"it is not sure that {aim}",
    }
    for verdict, words in ends.items():
        if others := by_verdict[verdict]:
            several = all_of([*(str(number) for number, _ in others[:-1]), people(others[-1][0])])
            waits = all_of([wait(runs, GOAL) for _, runs in others])
            said.append(f"With {several} {words}{'' if staffing.target else f': nine in ten wait {waits}'}.")
    return said


def _best(
    found: Assessment, staffing: Staffing, within: list[tuple[int, Replications]], tried: str, aim: str
) -> str:  # fmt: skip
    """Return the number with the best margin of those within the goal; the fewest if no cost is stated."""
    if not found.model.clinic.states_costs:
        fewest, runs = within[0]
        verb = "is" if fewest == 1 else "are"
        waiting = wait(runs, GOAL)
        return f"Of {tried}, {fewest} {verb} the fewest with which {aim}; nine in ten then wait {waiting} at most."
    best, runs = max(within, key=lambda one: (one[1].estimate("margin_per_week").estimate, -one[0]))
    now = len(found.model.team)
    verb = "has" if best == 1 else "have"
    said = f"the best margin of those with which {aim}: {plain_of(runs, 'margin_per_week')} a week"
    if best == now:
        return f"Of {tried}, {best}, as now, {verb} {said}, with a wait of nine in ten of {wait(runs, GOAL)}."
    here = staffing.runs[staffing.numbers.index(now)] if now in staffing.numbers else found.base
    against = _against(runs.difference(here, "margin_per_week"))
    return (
        f"Of {tried}, {best} {verb} {said}, {against} with {now} as now; nine in ten then "
        f"wait {wait(runs, GOAL)} at most instead of {wait(here, GOAL)}."
    )


def _against(than: Estimate) -> str:
    """Return a difference of margins in words, with whether it may be chance."""
    size = f"{than.unit.plain(abs(than.estimate))} {'more' if than.estimate > 0 else 'less'}"
    is_sure = abs(than.estimate) > Z95 * than.mc_error
    return f"{size} than" if is_sure else f"not surely more or less ({size}) than"
