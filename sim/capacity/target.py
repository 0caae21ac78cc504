"""A target for a clinic, as `wait_p90_days<=7`, and whether it is met with 95 % confidence."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scipy.special import stdtrit

from sim.capacity.catalogue import MEASURE
from sim.errors import UsageError, did_you_mean
from sim.estimate.estimate import Estimate
from sim.scenario.clinic import Clinic

_TARGET = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*([-+0-9.eE]+)\s*")

OF_COSTS = ("cost_per_week", "margin_per_week", "cost_per_lasting", "margin_per_lasting")
"""Measures that take what a clinic costs."""

Verdict = Literal["met", "missed", "undecided"]


@dataclass(frozen=True)
class Target:
    """A measure that must not lie above (or below) a value."""

    measure: str
    at_most: bool
    value: float

    def verdict(self, found: Estimate, replications: int) -> Verdict:
        """Say whether the target is met or missed with 95 % confidence each, by one-sided bounds (Student's t)."""
        if math.isnan(found.estimate):
            return "undecided"
        half = float(stdtrit(replications - 1, 0.95)) * found.mc_error
        worse, better = (1, -1) if self.at_most else (-1, 1)
        if worse * (found.estimate + worse * half - self.value) <= 0:
            return "met"
        return "missed" if worse * (found.estimate + better * half - self.value) > 0 else "undecided"


def read_target(given: str) -> Target:
    """Return a target as a user writes it.

    Raises UsageError if it is not a measure, `<=` or `>=`, and a number.
    """
    found = _TARGET.fullmatch(given)
    if found is None:
        raise UsageError(f"--target {given}: write a measure, <= or >=, and a number, as wait_p90_days<=7")
    name, sign, number = found.groups()
    try:
        value = float(number)
    except ValueError:
        raise UsageError(f"--target {given}: {number!r} is not a number") from None
    return Target(known_measure("--target", given, name), sign.startswith("<"), value)


def read_precision(given: tuple[str, ...]) -> dict[str, float]:
    """Return the half-widths that are wanted, by measure, from `measure=half-width`.

    Raises UsageError for an unknown measure or a half-width that is not above 0.
    """
    wanted = {}
    for one in given:
        name, _, number = one.partition("=")
        try:
            half_width = float(number)
        except ValueError:
            half_width = math.nan
        if not (half_width > 0 and math.isfinite(half_width)):
            raise UsageError(f"--precision {one}: write a measure and a half-width above 0, as wait_mean_days=0.25")
        wanted[known_measure("--precision", one, name.strip())] = half_width
    return wanted


def known_measure(option: str, given: str, name: str) -> str:
    """Return the name of a measure; raise UsageError if there is none."""
    if name not in MEASURE:
        known = ", ".join(MEASURE)
        raise UsageError(f"{option} {given}: unknown measure {name!r}.{did_you_mean(name, MEASURE)}\nMeasures: {known}")
    return name


def check_that_costs_are_stated(option: str, names: Iterable[str], clinic: Clinic) -> None:
    """Raise UsageError if a measure that is asked for takes costs and the clinic states none."""
    for name in names:
        if name in OF_COSTS and not clinic.states_costs:
            raise UsageError(
                f"{option} {name}: nothing is known of it, as the scenario states no cost of the clinic; state "
                f"clinic.practitioners.{next(iter(clinic.practitioners))}.wage_per_hour or another cost"
            )
