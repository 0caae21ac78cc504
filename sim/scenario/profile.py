"""A profile: a kind of patient, by the distributions of what its patients bring along."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Days, Frozen, Number, Points, Quantity, Share


class TruncatedNormal(Frozen):
    """A normal distribution cut at `low` and `high`."""

    mean: Points
    sd: Annotated[Quantity, Number("NRS points", ge=0, le=10)]
    low: Points
    high: Points

    @model_validator(mode="after")
    def _ordered(self) -> TruncatedNormal:
        if not self.low.value < self.high.value:
            raise PydanticCustomError("range", "`low` must be below `high`")
        if not self.low.value <= self.mean.value <= self.high.value:
            raise PydanticCustomError("range", "`mean` must lie between `low` and `high`")
        return self


class BetaShare(Frozen):
    """A beta distribution by its mean and concentration (alpha + beta); no concentration means no spread."""

    mean: Share
    concentration: Annotated[Quantity, Number("", gt=0, le=1e6)] | None = None

    @model_validator(mode="after")
    def _spread_needs_room(self) -> BetaShare:
        if self.concentration is not None and not 0 < self.mean.value < 1:
            raise PydanticCustomError("beta", "with a concentration the mean must lie strictly between 0 and 1")
        return self


class LogNormalDays(Frozen):
    """A lognormal distribution of days by its mean and coefficient of variation."""

    mean: Days
    cv: Annotated[Quantity, Number("", ge=0, le=5)]


class NaturalCourse(Frozen):
    """The course without treatment: `b * (q + (1 - q) * exp(-t / tau))`."""

    plateau: BetaShare
    time_constant: LogNormalDays


class Profile(Frozen):
    """A kind of patient."""

    label: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    description: str | None = None
    baseline_pain: TruncatedNormal
    muscular_share: BetaShare
    natural_course: NaturalCourse
