"""The scenario: what is asked, as frozen parts whose every number carries its source."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.clinic import Clinic
from sim.scenario.evidence import (
    Days,
    Frozen,
    InnerShare,
    Minutes,
    Money,
    Number,
    Points,
    Quantity,
    Share,
    Source,
    Status,
    Visits,
)
from sim.scenario.policy import Policy
from sim.scenario.profile import Profile
from sim.scenario.protocol import Count, Name, Names, Phase, Protocol, as_tuple
from sim.scenario.search import Search

MAX_PATIENTS = 10_000_000_000
MAX_SEED = 2**63 - 1
MIN_DRAWS, MAX_DRAWS = 20, 100_000


class Shares(Frozen):
    """Base for parts that hold the shares of profiles in a cohort."""

    profiles: Annotated[dict[str, Annotated[float, Field(ge=0, le=1)]], Field(min_length=1)]

    @model_validator(mode="after")
    def _sums_to_one(self) -> Shares:
        total = math.fsum(self.profiles.values())
        if abs(total - 1) > 1e-9:
            raise PydanticCustomError(
                "shares", "the shares must sum to 1, they sum to {total}", {"total": f"{total:.6g}"}
            )
        return self


class CohortMix(Shares):
    """How many patients, and the share of each profile."""

    size: Annotated[Count, Field(ge=1, le=MAX_PATIENTS)]


class CalibrationCohort(Shares):
    """The cohort that the claims describe."""


class EventRisk(Frozen):
    """The risk of an adverse event, per course (of the reference protocol) or per visit."""

    per_course: Annotated[Quantity, Number("share of patients per course", ge=0, lt=1)] | None = None
    per_visit: Annotated[Quantity, Number("share of visits", ge=0, le=1)] | None = None

    @model_validator(mode="after")
    def _one(self) -> EventRisk:
        if (self.per_course is None) == (self.per_visit is None):
            raise PydanticCustomError("risk", "give either `per_course` or `per_visit`")
        return self


class AdverseEvents(Frozen):
    """The adverse events of a modality; one that is not named does not occur."""

    soreness: EventRisk | None = None
    bruising: EventRisk | None = None


class Modality(Frozen):
    """What is done at a visit: its target, its events, and its minutes and cost on top of the visit itself."""

    label: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    target: Literal["muscular", "central"]
    adverse_events: AdverseEvents = AdverseEvents()
    minutes: Minutes
    cost: Money
    first_visit_cost: Money


class Claims(Frozen):
    """Published summaries that the calibrated model must reproduce, and the course that they describe."""

    course: Phase
    pain_reduction: Annotated[Quantity, Number("NRS points", ge=-10, le=10)]
    visits_to_relief: Visits
    satisfied: InnerShare
    relapse_3mo: InnerShare


class Parameters(Frozen):
    """Response parameters given directly; each one given replaces its calibration to a claim."""

    ceiling: InnerShare | None = None
    half_life: Visits | None = None
    satisfaction_threshold: Annotated[Quantity, Number("NRS points", ge=-10, le=10)] | None = None
    relapse_scale: Annotated[Quantity, Number("days", gt=0, le=1e9)] | None = None


class Context(Frozen):
    """The effect shared by all needling: its ceiling and its half-life in visits."""

    ceiling: Annotated[Quantity, Number("share", ge=0, lt=1)]
    half_life: Visits


class Response(Frozen):
    """How patients respond: spread between patients, and how modalities combine."""

    context: Context
    match: Annotated[Quantity, Number("odds ratio", gt=0, le=1)]
    rho: Annotated[Quantity, Number("", ge=0, le=2)]
    individual_sd: Annotated[Quantity, Number("log odds", ge=0, le=5)]
    correlation: Share


class Relief(Frozen):
    """The smallest change that counts as relief: in points, or as a percentage of baseline pain."""

    points: Annotated[Quantity, Number("NRS points", gt=0, le=10)] | None = None
    percent: Annotated[Quantity, Number("% of baseline", gt=0, le=100)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Relief:
        if (self.points is None) == (self.percent is None):
            raise PydanticCustomError("relief", "give either `points` or `percent`")
        return self


class Relapse(Frozen):
    """Time to relapse: Weibull, proportional hazards by residual pain."""

    shape: Annotated[Quantity, Number("", ge=0.05, le=10)]
    hazard_ratio: Annotated[Quantity, Number("per NRS point", gt=0, le=10)]
    reference_pain: Points
    scale_without_needling: Annotated[Quantity, Number("days", gt=0, le=1e9)]
    several_modalities: Literal["best", "visit_weighted"]
    rebound: Share


class FollowUp(Frozen):
    """The day up to which every arm's days and QALYs are counted, and what pain does after the course."""

    horizon: Days
    natural_course: Literal["continues", "held"]


class Attendance(Frozen):
    """Missed visits and drop-out: chances per visit; the last two add to `drop_out` by state of relief."""

    no_show: Share
    drop_out: Share
    drop_out_if_relieved: Share
    drop_out_if_not_relieved: Share

    @model_validator(mode="after")
    def _at_most_one(self) -> Attendance:
        worst = max(self.drop_out_if_relieved.value, self.drop_out_if_not_relieved.value)
        if self.drop_out.value + worst > 1:
            raise PydanticCustomError("drop_out", "`drop_out` and the part by relief must not add up to more than 1")
        return self


class Utility(Frozen):
    """Loss of utility at NRS 1, 2, ..., 10 (0 at NRS 0), linear in between."""

    loss: Annotated[
        tuple[Annotated[float, Field(ge=0, le=2)], ...], Field(min_length=10, max_length=10), BeforeValidator(as_tuple)
    ]
    source: str
    status: Status = "published"
    note: str | None = None

    @model_validator(mode="after")
    def _rises(self) -> Utility:
        if list(self.loss) != sorted(self.loss):
            raise PydanticCustomError("utility", "the loss must not fall as pain rises")
        return self


class Booster(Frozen):
    """A booster course for a share of relapses: its visits, and the days until pain is back where it was."""

    share: Share
    visits: Annotated[Quantity, Number("visits", ge=0, le=60)]
    days: Annotated[Quantity, Number("days", ge=0, le=365)]


class Costs(Frozen):
    """What every visit costs before anything is done at it, and the booster course."""

    currency: Annotated[str, Field(min_length=1, max_length=8)]
    visit: Money
    visit_minutes: Minutes
    booster: Booster


class SorenessDuration(Frozen):
    """Hours of soreness after a visit: gamma by mean and sd."""

    mean: Annotated[Quantity, Number("hours", gt=0, le=1000)]
    sd: Annotated[Quantity, Number("hours", gt=0, le=1000)]


class Satisfaction(Frozen):
    """What an adverse event takes from the reported drop in the judgement of a patient."""

    adverse_event_penalty: Points


class Primary(Frozen):
    """The difference that the run is about: an outcome, and the arm compared with another."""

    outcome: str
    arms: Annotated[tuple[str, str], BeforeValidator(as_tuple)] | None = None

    @model_validator(mode="after")
    def _two_arms(self) -> Primary:
        if self.arms is not None and self.arms[0] == self.arms[1]:
            raise PydanticCustomError("primary", "`arms` must name two different arms")
        return self


class Correlation(Frozen):
    """Two uncertain inputs that go together: the correlation of their ranks' normal scores."""

    between: Annotated[tuple[str, str], BeforeValidator(as_tuple)]
    correlation: Annotated[float, Field(gt=-1, lt=1)]


class Draws(Frozen):
    """How many times the uncertain inputs are drawn, with how many patients each, and which go together."""

    number: Annotated[Count, Field(ge=0, le=MAX_DRAWS)] = 0
    patients: Annotated[Count, Field(ge=10, le=10_000_000)] = 1000
    correlations: Annotated[tuple[Correlation, ...], BeforeValidator(as_tuple)] = ()

    @model_validator(mode="after")
    def _enough(self) -> Draws:
        if 0 < self.number < MIN_DRAWS:
            raise PydanticCustomError(
                "draws",
                "`number` is 0 (none) or at least {least}, is {given}",
                {"least": MIN_DRAWS, "given": self.number},
            )
        return self


class Finding(Frozen):
    """A published finding to set beside what the article claims."""

    about: str
    article: str
    literature: str
    source: str


class Scenario(Frozen):
    """Everything that a run needs to know."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: str | None = None
    evidence: Annotated[str, Field(min_length=1, max_length=60)]
    cohort: CohortMix
    arms: Annotated[Names, Field(min_length=1, max_length=24)]
    primary: Primary
    seed: Annotated[Count, Field(ge=0, le=MAX_SEED)] = 1
    sources: dict[str, Source]
    claims: dict[Name, Claims]
    parameters: Annotated[dict[Name, Parameters], Field(default_factory=dict)]
    calibration: CalibrationCohort
    profiles: Annotated[dict[Name, Profile], Field(min_length=1, max_length=24)]
    modalities: Annotated[dict[Name, Modality], Field(min_length=1, max_length=8)]
    protocols: Annotated[dict[Name, Protocol], Field(min_length=1, max_length=200)]
    policies: Annotated[dict[Name, Policy], Field(default_factory=dict, max_length=200)]
    search: Search | None = None
    response: Response
    reading_sd: Annotated[Quantity, Number("NRS points", ge=0, le=10)]
    relief: Relief
    satisfaction: Satisfaction
    soreness_duration: SorenessDuration
    relapse: Relapse
    followup: FollowUp
    pain_free_below: Points
    attendance: Attendance
    utility: Utility
    costs: Costs
    clinic: Clinic | None = None
    draws: Draws = Draws()
    findings: Annotated[tuple[Finding, ...], BeforeValidator(as_tuple)] = ()

    @property
    def used_modalities(self) -> tuple[str, ...]:
        """Modalities that some arm can give, in the order of `modalities`."""
        given = {name for arm in self.arms for name in self.arm_modalities(arm)}
        return tuple(name for name in self.modalities if name in given)

    @property
    def primary_arms(self) -> tuple[str, str] | None:
        """The two arms of the primary difference: as given, else the first two that needle, else the first two."""
        if self.primary.arms is not None:
            return self.primary.arms
        needling = [arm for arm in self.arms if self.arm_modalities(arm)]
        first = needling if len(needling) >= 2 else list(self.arms)
        return (first[0], first[1]) if len(first) >= 2 else None

    def arm_protocols(self, arm: str) -> tuple[str, ...]:
        """Return the protocols that an arm can give: its own, or those that its policy names."""
        return self.policies[arm].named_protocols if arm in self.policies else (arm,)

    def arm_modalities(self, arm: str) -> frozenset[str]:
        """Return every modality that an arm can give."""
        return frozenset().union(*(self.protocols[name].named_modalities for name in self.arm_protocols(arm)))

    def arm_label(self, arm: str) -> str:
        """Return the name of an arm as people read it."""
        rule = self.policies[arm] if arm in self.policies else self.protocols[arm]
        return rule.label or arm.replace("_", " ").capitalize()

    def protocol_label(self, protocol: str) -> str:
        """Return the name of a protocol as people read it."""
        return self.protocols[protocol].label or protocol.replace("_", " ").capitalize()

    def profile_label(self, profile: str) -> str:
        """Return the name of a profile as people read it."""
        return self.profiles[profile].label or profile.replace("_", " ").capitalize()
