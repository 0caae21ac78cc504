"""What an estimate is: a number in its unit, with its standard error and 95 % interval, and what that error is over."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

from sim.units import Unit

Z95 = 1.959963984540054

Over = Literal["patients", "replications", "draws", "resamples", "recorded patients", "trials"]
"""What a standard error is over: simulated patients (Monte Carlo), replications of a clinic, draws of the inputs,
resampled rows of a design of such draws, the patients of a clinic's records, or virtual trials."""


@dataclass(frozen=True)
class Estimate:
    """A number in `unit`, with its standard error `mc_error` and the 95 % interval from `lower` to `upper`.

    NaN stands for undefined (nobody to average over); inf for a time that is not reached. `over`: what the error is
    over. `COLUMNS` names what files write of it, in order.
    """

    unit: Unit
    estimate: float
    mc_error: float
    lower: float
    upper: float
    over: Over = field(default="patients", kw_only=True)

    COLUMNS: ClassVar[tuple[str, ...]] = ("unit", "estimate", "mc_error", "lower", "upper")

    @classmethod
    def normal(cls, unit: Unit, estimate: float, mc_error: float, over: Over = "patients") -> Estimate:
        """Return an estimate with the interval that a normal distribution of its error gives."""
        return Estimate(unit, estimate, mc_error, estimate - Z95 * mc_error, estimate + Z95 * mc_error, over=over)

    @property
    def is_beyond_chance(self) -> bool:
        """Whether it is more than chance in the simulation explains: its interval leaves out 0."""
        return self.lower > 0 or self.upper < 0

    def record(self) -> dict[str, Any]:
        """Return what files write of it, by column."""
        return {name: getattr(self, name) for name in self.COLUMNS}


@dataclass(frozen=True)
class ArmEstimate(Estimate):
    """An estimate of an outcome in an arm: of its mean, or of another statistic."""

    arm: str
    subgroup: str
    outcome: str
    statistic: str

    COLUMNS: ClassVar[tuple[str, ...]] = ("arm", "subgroup", "outcome", "statistic", *Estimate.COLUMNS)


@dataclass(frozen=True)
class Difference(Estimate):
    """The paired difference `arm` minus `versus` of a mean, share or ratio; these are arms, or scenarios.

    `unpaired_error` is the standard error that two cohorts of the same size, of patients each drawn alone, would have
    given. `within`: for a difference between scenarios, the arm in which it is.
    """

    arm: str
    versus: str
    subgroup: str
    outcome: str
    unpaired_error: float
    within: str = field(default="", kw_only=True)

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "arm", "versus", "subgroup", "outcome", *Estimate.COLUMNS, "unpaired_error",
    )  # fmt: skip

    def reversed(self) -> Difference:
        """Return `versus` minus `arm`."""
        return replace(
            self, arm=self.versus, versus=self.arm, estimate=-self.estimate, lower=-self.upper, upper=-self.lower
        )
