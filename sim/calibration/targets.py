"""Targets of calibration: a claim, how sure it is, what the model reaches, and what stands against it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from sim.errors import ScenarioError
from sim.patient.cohort import NaturalMeans
from sim.patient.effects import ResponseParameters
from sim.scenario.distributions import distribution
from sim.scenario.evidence import Quantity, Uncertainty

WITHOUT_DOUBT = 0.01
"""The doubt of a target that states none, as a share of its value."""
LEAST_DOUBT = 1e-4
FAR = 1.0
"""Doubts from its target beyond which a claim counts as missed."""
NOTHING = 0.02
"""A ceiling below which a treatment is said to have next to no effect of its own."""


@dataclass(frozen=True)
class ClaimResult:
    """A claim and what the calibrated model reaches.

    `place`: the path of the claim, as users write it; `modality` is empty for the natural course of a profile, named by
    `profile`. `doubt`: standard deviation of the claim in its own unit; `is_target`: False where its parameter was
    given; `against`: paths of the claims without any one of which it could be met.
    """

    place: str
    modality: str
    profile: str
    name: str
    claimed: Quantity
    value: float
    reached: float
    doubt: float
    is_target: bool
    against: tuple[str, ...] = ()

    @property
    def error(self) -> float:
        """Value reached minus value claimed, in the claim's unit."""
        return self.reached - self.value

    @property
    def off(self) -> float:
        """By how many doubts the value reached is off."""
        return self.error / self.doubt

    @property
    def is_missed(self) -> bool:
        """Whether a target is missed by more than its doubt."""
        return self.is_target and not abs(self.off) <= FAR


@dataclass(frozen=True)
class Calibration:
    """The response parameters of every modality, the means of every profile's natural course, and how well each claim
    is met.
    """

    parameters: dict[str, ResponseParameters]
    natural: dict[str, NaturalMeans]
    claims: tuple[ClaimResult, ...]

    @property
    def missed(self) -> tuple[ClaimResult, ...]:
        """The targets that are missed by more than their doubt."""
        return tuple(claim for claim in self.claims if claim.is_missed)


def doubt_of(place: str, claimed: Quantity, least: float = LEAST_DOUBT) -> float:
    """Return the standard deviation of a claim: that of its distribution, of a range its width / sqrt(12), else 1 % of
    its value, but not less than `least`.

    Raises ScenarioError, with the claim's place, if there is no such distribution.
    """
    try:
        stated = _stated(claimed.uncertainty, claimed.value) if claimed.uncertainty is not None else None
    except ScenarioError as error:
        raise ScenarioError(f"{place}.uncertainty: {fault}" for fault in error.faults) from error
    if stated is None and claimed.range is not None:
        stated = (claimed.range[1] - claimed.range[0]) / math.sqrt(12)
    return max(stated, LEAST_DOUBT) if stated else max(WITHOUT_DOUBT * abs(claimed.value), least)


@lru_cache(maxsize=256)
def _stated(uncertainty: Uncertainty, value: float) -> float | None:
    return None if uncertainty.spread is None else distribution(uncertainty, value).sd
