"""A clinic assessed: as it is, against its demand, with more and fewer practitioners, and under other treatments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sim.capacity.demand import Demand, demand
from sim.capacity.model import Model
from sim.capacity.neighbours import Neighbours, neighbours
from sim.capacity.recorded_week import RecordedWeek, typical_week
from sim.capacity.replicate import PILOT, Replications, Runner, explore, replicate
from sim.capacity.target import Target
from sim.capacity.variants import Policies, Staffing, team_fault, with_staff, with_treatments

Say = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Assessment:
    """What is known of a clinic: its replications, demand and capacity, and the variants that were asked for.

    `staffing` without a range asked for is one practitioner fewer and one more, where that can be; `neighbours`: those,
    and one room more and fewer; `week`: a week of the first replication, to be looked at.
    """

    base: Replications
    demand: Demand
    staffing: Staffing | None
    policies: Policies | None
    neighbours: Neighbours | None = None
    week: RecordedWeek | None = None

    @property
    def model(self) -> Model:
        """The clinic as the scenario has it."""
        return self.base.model


def assess(
    model: Model,
    run: Runner,
    replications: int,
    *,
    precision: dict[str, float] | None = None,
    staff: Sequence[int] = (),
    target: Target | None = None,
    arms: Sequence[str] = (),
    say: Say = lambda what, done, total: None,
) -> Assessment:
    """Assess a clinic; what is asked for beyond the clinic itself is run on the same patients with the same luck."""
    pilot = explore(model, run, lambda done, total: say("looking for the warm-up", done, total))
    base = replicate(
        model, run, replications, pilot=pilot, precision=precision,
        advance=lambda done, total: say("simulating weeks", done, total),
    )  # fmt: skip
    asked = base.estimate("requests_per_week").estimate
    here = len(model.team)
    if staff or target is not None:
        asked_for = staff or range(1, max(6, 2 * here) + 1)
        staffing: Staffing | None = with_staff(model, asked_for, run, replications, target, say, pilot)
    else:
        near = [n for n in (here - 1, here, here + 1) if n and not team_fault(model, n)]
        staffing = with_staff(model, near, run, min(PILOT, replications), target, say, pilot)
    policies = with_treatments(model, arms, run, replications, say) if arms else None
    near_by = neighbours(model, staffing, run, replications, say) if staffing and not (staff or target) else None
    first = pilot.histories[0] if pilot.histories else next(run.histories(model, [0]))
    return Assessment(base, demand(model, asked), staffing, policies, near_by, typical_week(base, first))
