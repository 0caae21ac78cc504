"""A profile: a kind of patient, by the distributions of what its patients bring along."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Days, Frozen, InnerShare, Label, Number, Points, Quantity, Share, Text

DayName = Annotated[str, Field(pattern=r"^day_[1-9][0-9]{0,2}$")]


class TruncatedNormal(Frozen):
    """A normal distribution cut at `low` and `high`."""

    mean: Points = Field(title="mean")
    sd: Annotated[Quantity, Number("NRS points", ge=0, le=10)] = Field(title="spread (standard deviation)")
    low: Points = Field(title="lowest")
    high: Points = Field(title="highest")

    @model_validator(mode="after")
    def _ordered(self) -> TruncatedNormal:
        if not self.low.value < self.high.value:
            raise PydanticCustomError("range", "`low` must be below `high`")
        if not self.low.value <= self.mean.value <= self.high.value:
            raise PydanticCustomError("range", "`mean` must lie between `low` and `high`")
        return self


class BetaShare(Frozen):
    """A beta distribution by its mean and concentration (alpha + beta); no concentration means no spread."""

    mean: Share = Field(title="mean")
    concentration: Annotated[Quantity, Number("", gt=0, le=1e6)] | None = Field(
        default=None, title="how alike patients are"
    )

    @model_validator(mode="after")
    def _spread_needs_room(self) -> BetaShare:
        if self.concentration is not None and not 0 < self.mean.value < 1:
            raise PydanticCustomError("beta", "with a concentration the mean must lie strictly between 0 and 1")
        return self


class LogNormalPoints(Frozen):
    """A lognormal distribution of points by its mean and coefficient of variation; a mean of 0 is no spread at all."""

    mean: Points = Field(title="mean of patients")
    cv: Annotated[Quantity, Number("", ge=0, le=5)] = Field(title="spread between patients (cv)")


class Plateau(Frozen):
    """Share of the pain of an episode that stays: beta by its mean, calibrated unless given, and concentration."""

    mean: Share | None = Field(default=None, title="mean")
    concentration: Annotated[Quantity, Number("", gt=0, le=1e6)] | None = Field(
        default=None, title="how alike patients are"
    )

    @model_validator(mode="after")
    def _spread_needs_room(self) -> Plateau:
        if self.concentration is not None and self.mean is not None and not 0 < self.mean.value < 1:
            raise PydanticCustomError("beta", "with a concentration the mean must lie strictly between 0 and 1")
        return self


class TimeConstant(Frozen):
    """Days in which pain falls towards the plateau: lognormal by its mean, calibrated unless given, and spread."""

    mean: Days | None = Field(default=None, title="mean")
    cv: Annotated[Quantity, Number("", ge=0, le=5)] = Field(title="spread (cv)")


class NaturalCourse(Frozen):
    """The course of an episode without treatment: `A * (q + (1 - q) * exp(-t / tau))`.

    `pain_left`: mean pain of untreated patients as a share of baseline pain, relapses included, by day of the follow-up
    (`day_42`); what is not given of the means of plateau and time constant is calibrated to it.
    """

    plateau: Plateau = Field(title="Share of an episode's pain that stays untreated")
    time_constant: TimeConstant = Field(title="Days in which the rest falls by two thirds")
    pain_left: Annotated[
        dict[DayName, InnerShare],
        Field(default_factory=dict, title="Pain left without needling, of that at the start", max_length=8),
    ]

    @model_validator(mode="after")
    def _known_or_found(self) -> NaturalCourse:
        sought = [name for name in ("plateau", "time_constant") if getattr(self, name).mean is None]
        if len(self.pain_left) < len(sought):
            raise PydanticCustomError(
                "natural_course",
                "give the mean of {names}, or `pain_left` on at least {least} days to calibrate to",
                {"names": " and ".join(f"`{name}`" for name in sought), "least": len(sought)},
            )
        return self


class Profile(Frozen):
    """A kind of patient; `reading_noise`: how much a person's readings scatter, lognormal between persons."""

    label: Label = None
    description: Text | None = None
    baseline_pain: TruncatedNormal = Field(title="Pain at the start")
    muscular_share: BetaShare = Field(title="Share of pain that is muscular")
    natural_course: NaturalCourse
    reading_noise: LogNormalPoints = Field(title="Noise of a reading of pain")


def day_of(name: str) -> int:
    """Return the day that a name like `day_42` stands for."""
    return int(name.removeprefix("day_"))
