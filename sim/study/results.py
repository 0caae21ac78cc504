"""The panel: everything that a run found, as every table, figure and file reads it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

from sim.estimate.estimate import ArmEstimate, Difference
from sim.estimate.estimates import ALL, differences, estimates
from sim.study.curves import Point, curves
from sim.study.draws import Draws
from sim.study.run import Result
from sim.study.trajectories import ExamplePatient, examples, trace_first_block
from sim.study.uncertainty import Uncertainty, uncertainty_of


@dataclass(frozen=True)
class Panel:
    """A finished run with its estimates, paired differences, curves and example patients.

    `differences` holds every pair of arms, the later one in the scenario's order minus the earlier one; `uncertainty`
    is what draws of the inputs say, if any were made.
    """

    result: Result
    estimates: tuple[ArmEstimate, ...]
    differences: tuple[Difference, ...]
    points: tuple[Point, ...]
    examples: tuple[ExamplePatient, ...]
    uncertainty: Uncertainty | None = None

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, str, str], ArmEstimate]:
        return {(e.arm, e.outcome, e.statistic, e.subgroup): e for e in self.estimates}

    @cached_property
    def _differences_by_key(self) -> dict[tuple[str, str, str, str], Difference]:
        return {(d.arm, d.versus, d.outcome, d.subgroup): d for d in self.differences}

    def get(self, arm: str, outcome: str, statistic: str = "mean", subgroup: str = ALL) -> ArmEstimate:
        """Return one estimate; KeyError if there is none."""
        return self._by_key[arm, outcome, statistic, subgroup]

    def difference(self, arm: str, versus: str, outcome: str, subgroup: str = ALL) -> Difference:
        """Return the paired difference `arm` minus `versus`, whichever way it is kept; KeyError if there is none."""
        if (kept := self._differences_by_key.get((arm, versus, outcome, subgroup))) is not None:
            return kept
        return self._differences_by_key[versus, arm, outcome, subgroup].reversed()


def build_panel(result: Result, draws: Draws | None = None) -> Panel:
    """Return the panel of a finished run, and of its draws."""
    scenario = result.study.scenario
    profiles, currency = list(scenario.profiles), scenario.costs.currency
    pairs = [(later, earlier) for earlier, later in combinations(scenario.arms, 2)]
    traced = trace_first_block(result.study)
    result = replace(result, tally=result.tally.with_nets(traced.nets(result.patients)))
    return Panel(
        result=result,
        estimates=tuple(estimates(result.tally, profiles, currency)),
        differences=tuple(differences(result.tally, profiles, currency, pairs)),
        points=tuple(curves(result, traced)),
        examples=tuple(examples(result, traced)),
        uncertainty=uncertainty_of(draws) if draws else None,
    )
