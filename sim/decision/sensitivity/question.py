"""What a sensitivity analysis looks at: a measure of the arms, and the difference between arms to be explained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError, did_you_mean
from sim.patient.pathway import Rules
from sim.quantities import BY_NAME, COST, OUTCOMES, QALY, ROW, Outcome
from sim.scenario.schema import Scenario
from sim.units import Unit, money

Floats = NDArray[np.float64]

MEASURABLE: tuple[Outcome, ...] = tuple(one for one in OUTCOMES if one.kind in ("number", "share"))
"""Outcomes that every patient has, so that differences between two values of an input are paired."""


@dataclass(frozen=True)
class Measure:
    """What is measured in every patient: an outcome, or with `wtp` its net benefit, in `unit`.

    Net benefit is `wtp` (money per unit of the outcome) times the outcome, less cost. `better` says which way is good.
    """

    outcome: Outcome
    wtp: float | None
    unit: Unit
    better: Literal["higher", "lower"] | None

    def of(self, rows: Floats) -> Floats:
        """Return the measure from the rows of a block, (arms, N_ROWS, patients), as (arms, patients)."""
        values = rows[:, self.outcome.row]
        if self.wtp is None:
            return values
        sign = -1.0 if self.outcome.better == "lower" else 1.0
        return self.wtp * sign * values - rows[:, ROW[COST]]

    def enough_of(self, rules: Rules) -> Rules:
        """Return the rules of courses that end when the measure is known, which leaves it as it is to the bit."""
        day = self.outcome.known_on if self.wtp is None else None
        return rules if day is None else rules._replace(horizon=day)

    def best(self, means: Floats) -> int:
        """Return the position of the best of the arms' means; of equal ones, the first."""
        return int(np.argmin(means) if self.better == "lower" else np.argmax(means))


@dataclass(frozen=True)
class Question:
    """The measure, the arms of the study, and the target: the first of `target` minus the second, or one arm's mean."""

    measure: Measure
    arms: tuple[str, ...]
    target: tuple[str, ...]

    def of(self, values: Floats) -> Floats:
        """Return the target from the measure by arm, (arms, ...), as (...)."""
        first, *second = (values[self.arms.index(arm)] for arm in self.target)
        return np.asarray(first - second[0] if second else first)


def ask(scenario: Scenario, outcome: str | None, wtp: float | None, arms: str | None) -> Question:
    """Return the question that options ask of a scenario; by default its primary outcome and comparison.

    `arms` is one name, or two separated by a comma. Raises UsageError for what cannot be measured or is no arm.
    """
    found = _outcome(outcome or (QALY if wtp is not None else scenario.primary.outcome))
    if wtp is not None and not (math.isfinite(wtp) and wtp >= 0):
        raise UsageError(f"--wtp {wtp:g}: must be an amount of money, 0 or more")
    if wtp is not None and found.name == COST:
        raise UsageError("--wtp: cost cannot be weighed against cost; name another --outcome")
    currency = scenario.costs.currency
    measure = (
        Measure(found, None, found.unit.of(currency), found.better)
        if wtp is None
        else Measure(found, wtp, money(currency), "higher")
    )
    return Question(measure, scenario.arms, _target(scenario, arms))


def _outcome(name: str) -> Outcome:
    allowed = [one.name for one in MEASURABLE]
    if name not in allowed:
        why = " (a ratio or a time is no mean over patients)" if name in BY_NAME else ""
        hint = did_you_mean(name, allowed)
        raise UsageError(f"--outcome {name[:60]!a}: must be one of {', '.join(allowed)}{why}.{hint}")
    return BY_NAME[name]


def _target(scenario: Scenario, given: str | None) -> tuple[str, ...]:
    if given is None:
        return scenario.primary_arms or scenario.arms[:1]
    named = tuple(part.strip() for part in given.split(","))
    for arm in named:
        if arm not in scenario.arms:
            hint = did_you_mean(arm, scenario.arms)
            raise UsageError(f"--arms: {arm[:60]!a} is no arm of this scenario ({', '.join(scenario.arms)}).{hint}")
    if len(named) > 2 or len(set(named)) < len(named):
        raise UsageError(f"--arms {given[:60]!a}: one arm, or two different ones: the first minus the second")
    return named


def chosen_pair(given: str | None, paths: Sequence[str]) -> tuple[str, str] | None:
    """Return the two inputs of `--map A,B`, None if it was not given; raises UsageError for anything else."""
    if given is None:
        return None
    named = [part.strip() for part in given.split(",")]
    for path in named:
        if path not in paths:
            hint = did_you_mean(path, paths)
            raise UsageError(f"--map: {path[:80]!a} is no uncertain input of this scenario.{hint}")
    if len(named) != 2 or named[0] == named[1]:
        raise UsageError(f"--map {given[:80]!a}: must name two different inputs, as {','.join(paths[:2])}")
    return named[0], named[1]
