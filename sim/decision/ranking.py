"""Ranking: which arm is ahead on an outcome, and whether the simulation is exact enough to say so."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.estimate.estimate import Difference
from sim.quantities import BY_NAME, Outcome, shown_in
from sim.study.results import Panel


@dataclass(frozen=True)
class Ranking:
    """Arms from best to worst on an outcome; `tied` are those that cannot be told from the best."""

    outcome: Outcome
    arms: tuple[str, ...]
    tied: tuple[str, ...]

    @property
    def best(self) -> str:
        """The best arm."""
        return self.arms[0]

    @property
    def leaders(self) -> tuple[str, ...]:
        """The best arm and those that cannot be told from it."""
        return (self.best, *self.tied)


def rank(panel: Panel, name: str, arms: tuple[str, ...] | None = None) -> Ranking | None:
    """Return the arms (all, or those given) from best to worst; None if the outcome is undefined for all of them."""
    outcome = BY_NAME[name]
    values = {arm: panel.get(arm, name).estimate for arm in arms or panel.result.study.scenario.arms}
    defined = [arm for arm, value in values.items() if math.isfinite(value)]
    if not defined:
        return None
    sign = 1.0 if outcome.better == "lower" else -1.0
    ordered = sorted(defined, key=lambda arm: sign * values[arm])
    tied = tuple(arm for arm in ordered[1:] if not is_sure(panel.difference(ordered[0], arm, name)))
    return Ranking(outcome, tuple(ordered), tied)


def is_sure(difference: Difference) -> bool:
    """Tell whether a difference is more than chance in the simulation explains: its 95 % interval leaves out 0."""
    return difference.is_beyond_chance


@dataclass(frozen=True)
class PolicyGain:
    """What a policy buys against giving everybody the single protocol that does best on the primary outcome."""

    policy: str
    best_single: str
    differences: dict[str, Difference]


def policy_gains(panel: Panel) -> list[PolicyGain]:
    """Return what each policy among the arms buys; empty without policies or protocols to set them against."""
    scenario = panel.result.study.scenario
    single = tuple(arm for arm in scenario.arms if arm not in scenario.policies)
    best = rank(panel, scenario.primary.outcome, single) if single else None
    if best is None:
        return []
    outcomes = dict.fromkeys((scenario.primary.outcome, *shown_in("gain")))
    return [
        PolicyGain(arm, best.best, {name: panel.difference(arm, best.best, name) for name in outcomes})
        for arm in scenario.arms
        if arm in scenario.policies
    ]
