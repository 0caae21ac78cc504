"""A clinic with one practitioner or one room more or fewer, on the same patients with the same luck."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from sim.capacity.model import Model
from sim.capacity.replicate import Replications, Runner, replicate
from sim.capacity.target import Target
from sim.capacity.variants import Staffing
from sim.capacity.week import DAYS, Worker
from sim.estimate.estimate import Z95, Estimate

Say = Callable[[str, int, int], None]
What = Literal["practitioner", "room"]

ROOM_REPLICATIONS = 5
"""Replications of a clinic with another number of rooms; luck is shared, so few tell which way it goes."""
USED_UP = 0.5
"""Share of the hours in which anybody works that rooms must be in use to be named as what stands in the way."""
HARDLY_A_WAIT = 1.0
"""Days: where nine in ten wait less for an appointment, there is hardly a wait to shorten."""
GOAL = "wait_p90_days"
"""What must be within the clinic's goal for the first visit: the wait of nine in ten."""


@dataclass(frozen=True)
class Neighbour:
    """A clinic with one practitioner or room more (`change` 1) or fewer (-1), and the clinic as it is beside it.

    `is_run`: False where another number of rooms changes nothing but what rooms cost, so nothing had to be run.
    """

    what: What
    change: int
    runs: Replications
    here: Replications
    is_run: bool = True

    def difference(self, name: str) -> Estimate:
        """Return how much a measure that is not a ratio is more than in the clinic as it is, paired by replication."""
        return self.runs.difference(self.here, name)

    def surely(self, name: str) -> int:
        """Return 1 or -1 where a measure is more or less than in the clinic as it is by more than chance, else 0."""
        found = self.difference(name)
        if not abs(found.estimate) > Z95 * found.mc_error:  # as well where either is undefined
            return 0
        return 1 if found.estimate > 0 else -1


@dataclass(frozen=True)
class Neighbours:
    """The clinic as it is and those one practitioner or room away, and which of them earns most within the goal.

    `replications`: how many replications were run for rooms alone, beyond those of the clinic and its staffing.
    """

    here: Replications
    others: tuple[Neighbour, ...]
    replications: int

    def is_within_goal(self, runs: Replications) -> bool:
        """Tell whether nine in ten wait no longer than the goal, with 95 % confidence."""
        goal = float(runs.model.clinic.goals.first_visit_within)
        return Target(GOAL, True, goal).verdict(runs.estimate(GOAL), runs.number) == "met"

    @property
    def best(self) -> Neighbour | None:
        """The one that surely earns more than the clinic as it is and is within the goal; None if none does.

        If the clinic itself is not within its goal, the best of those that are, even if it earns less. None as well
        where no cost is stated: what each earns is not known.
        """
        if not self.here.model.clinic.states_costs:
            return None
        within = [one for one in self.others if self.is_within_goal(one.runs)]
        if self.is_within_goal(self.here):
            within = [one for one in within if one.surely("margin_per_week") > 0]
        return max(within, key=lambda one: one.difference("margin_per_week").estimate, default=None)


def most_at_once(team: tuple[Worker, ...], weeks: int) -> int:
    """Return how many practitioners are on duty at once at most in so many weeks, by their rosters."""
    cycle = min(math.lcm(*(len(one.spans) for one in team)) if team else DAYS, weeks * DAYS)
    most = 0
    for day in range(cycle):
        spans = [span for one in team for span in one.spans[day % len(one.spans)]]
        most = max(most, max((sum(a <= start < b for a, b in spans) for start, _ in spans), default=0))
    return most


def rooms_bind(model: Model) -> bool:
    """Tell whether at times more practitioners are on duty than there are rooms."""
    return most_at_once(model.team, model.clinic.weeks) > model.rooms


def is_hardly_a_wait(runs: Replications) -> bool:
    """Tell whether nine in ten of those who want an appointment wait less than a day."""
    return runs.model.clinic.booking.form == "appointments" and runs.estimate(GOAL).estimate < HARDLY_A_WAIT


def rooms_are_used_up(runs: Replications) -> bool:
    """Tell whether rooms stand in the way: too few for those on duty, much in use, and people wait."""
    is_in_use = runs.estimate("room_use").estimate >= USED_UP
    return rooms_bind(runs.model) and is_in_use and not is_hardly_a_wait(runs)


def neighbours(model: Model, staffing: Staffing, run: Runner, replications: int, say: Say) -> Neighbours | None:
    """Return the clinic with one practitioner or room more and fewer; None if the clinic is not among the staffing.

    Practitioners come from the staffing, and rooms are run over the same weeks, few times.
    """
    here = len(model.team)
    if here not in staffing.numbers:
        return None
    base = staffing.runs[staffing.numbers.index(here)]
    others = [
        Neighbour("practitioner", number - here, runs, base)
        for number, runs in zip(staffing.numbers, staffing.runs, strict=True)
        if abs(number - here) == 1
    ]
    number, ran = min(ROOM_REPLICATIONS, replications), 0
    # Where visits may end after duty does, those who come on duty then may find the rooms taken.
    needed = len(model.team) if model.runs_over else most_at_once(model.team, model.clinic.weeks)
    for change in (-1, 1):
        rooms = model.rooms + change
        if not rooms:
            continue
        if min(rooms, model.rooms) >= needed:
            others.append(Neighbour("room", change, _with_idle_rooms(base, rooms), base, is_run=False))
            continue
        what = f"{rooms} room{'s' if rooms > 1 else ''}"

        def advance(done: int, total: int, what: str = what) -> None:
            say(what, done, total)

        runs = replicate(model.with_rooms(rooms), run, number, warm_up=base.warm_up, advance=advance)
        others.append(Neighbour("room", change, runs, base))
        ran += runs.number
    return Neighbours(base, tuple(others), ran)


def _with_idle_rooms(base: Replications, rooms: int) -> Replications:
    """Return the replications of a clinic with another number of rooms, as many as can ever be in use or more."""
    more = (rooms - base.model.rooms) * float(base.model.clinic.money.room_per_week)
    measured = []
    for one in base.measured:
        values = one.values | {
            "room_use": one.values["room_use"] * base.model.rooms / rooms,
            "cost_per_week": one.values["cost_per_week"] + more,
            "margin_per_week": one.values["margin_per_week"] - more,
        }
        measured.append(replace(one, values=values))
    return Replications(base.model.with_rooms(rooms), base.warm_up, tuple(measured))
