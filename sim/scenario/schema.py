"""The scenario: what is asked, as frozen parts whose every number carries its source."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.plain_text import plain_text
from sim.scenario.clinic import Clinic
from sim.scenario.draws import Alternatives, Draws
from sim.scenario.evidence import (
    Change,
    Fade,
    Frozen,
    InnerShare,
    Label,
    Minutes,
    Money,
    Number,
    Points,
    Quantity,
    Share,
    Source,
    Status,
    Text,
    Visits,
)
from sim.scenario.policy import Policy
from sim.scenario.profile import Profile
from sim.scenario.protocol import Count, Name, Names, Phase, Protocol, as_tuple
from sim.scenario.search import Search

MAX_PATIENTS = 10_000_000_000
MAX_SEED = 2**63 - 1
FOLLOW_UP_DAY = 133
"""The day of the last reading: six weeks and three months after the first visit."""


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


class EntryRule(Frozen):
    """Who may take part: those whose reported pain at the first visit reaches this many points."""

    reported_pain_at_least: Annotated[float, Field(ge=0, le=10)]


class CohortMix(Shares):
    """How many patients, the share of each profile among them, and the entry rule that they have passed."""

    size: Annotated[Count, Field(ge=1, le=MAX_PATIENTS)]
    include: EntryRule | None = None


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
    """What is done at a visit: its target, its events, and its minutes and cost on top of the visit itself.

    `needling`: whether it brings the context effect of needling; `fade`: half-life of a dose (it does not fade if not
    given); `serious_events`: published rate of serious adverse events, of which none is simulated.
    """

    label: Label | None = None
    target: Literal["muscular", "central"] = "central"
    needling: bool = True
    fade: Fade | None = None
    adverse_events: AdverseEvents = AdverseEvents()
    serious_events: Annotated[Quantity, Number("per million treatments", ge=0, le=1e6)] | None = None
    minutes: Minutes
    cost: Money
    first_visit_cost: Money


class Claims(Frozen):
    """Published summaries that the model is calibrated to, and the course that they describe.

    The reduction of pain is a total (`pain_reduction`), or a difference from the same visits with sham (`over_sham`) or
    with one other modality (`over: {NAME: points}`).
    """

    course: Phase
    pain_reduction: Change | None = None
    over_sham: Change | None = None
    over: Annotated[dict[Name, Change], Field(min_length=1, max_length=1)] | None = None
    visits_to_relief: Visits | None = None
    satisfied: InnerShare | None = None
    relapse_3mo: InnerShare | None = None

    @model_validator(mode="after")
    def _one_effect(self) -> Claims:
        if sum(given is not None for given in (self.pain_reduction, self.over_sham, self.over)) > 1:
            raise PydanticCustomError("effect", "give only one of `pain_reduction`, `over_sham` and `over`")
        return self


class Parameters(Frozen):
    """Response parameters given directly; each one given replaces its calibration to a claim."""

    ceiling: Annotated[Quantity, Number("share", ge=0, lt=1)] | None = None
    half_life: Visits | None = None
    satisfaction_threshold: Change | None = None
    relapse_scale: Annotated[Quantity, Number("days", gt=0, le=1e9)] | None = None


class Context(Frozen):
    """The effect shared by all needling: its ceiling, its half-life in visits, and how it fades."""

    ceiling: Annotated[Quantity, Number("share", ge=0, lt=1)]
    half_life: Visits
    fade: Fade | None = None


class Response(Frozen):
    """How patients respond: spread between patients, and how modalities combine."""

    context: Context
    match: Annotated[Quantity, Number("odds ratio", gt=0, le=1)]
    rho: Annotated[Quantity, Number("", ge=-1, le=2)]
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
    """Time to relapse while in relief: Weibull, proportional hazards by pain; `rebound`: share of the way back to
    baseline pain at which the new episode begins. With `form: none` nobody relapses.
    """

    form: Literal["episodes", "none"] = "episodes"
    shape: Annotated[Quantity, Number("", ge=0.05, le=10)]
    hazard_ratio: Annotated[Quantity, Number("per NRS point", gt=0, le=10)]
    reference_pain: Points
    scale_without_needling: Annotated[Quantity, Number("days", gt=0, le=1e9)]
    several_modalities: Literal["best", "visit_weighted"]
    rebound: Share


class FollowUp(Frozen):
    """The day up to which every arm's days and QALYs are counted."""

    horizon: Annotated[Quantity, Number("days", ge=FOLLOW_UP_DAY, le=3650)]


class Attendance(Frozen):
    """Missed visits and drop-out: chances per visit; the last three add to `drop_out` by relief and adverse events."""

    no_show: Share
    drop_out: Share
    drop_out_if_relieved: Share
    drop_out_if_not_relieved: Share
    drop_out_after_adverse_event: Share

    @model_validator(mode="after")
    def _at_most_one(self) -> Attendance:
        worst = max(self.drop_out_if_relieved.value, self.drop_out_if_not_relieved.value)
        if self.drop_out.value + worst + self.drop_out_after_adverse_event.value > 1:
            raise PydanticCustomError("drop_out", "`drop_out` and what is added to it must not come to more than 1")
        return self


class Utility(Frozen):
    """Loss of utility at NRS 1, 2, ..., 10 (0 at NRS 0), linear in between."""

    loss: Annotated[
        tuple[Annotated[float, Field(ge=0, le=2)], ...], Field(min_length=10, max_length=10), BeforeValidator(as_tuple)
    ]
    source: Text
    status: Status = "published"
    note: Text | None = None

    @model_validator(mode="after")
    def _rises(self) -> Utility:
        if list(self.loss) != sorted(self.loss):
            raise PydanticCustomError("utility", "the loss must not fall as pain rises")
        return self


class Costs(Frozen):
    """What every visit costs and takes before anything is done at it."""

    currency: Annotated[str, Field(min_length=1, max_length=8), AfterValidator(plain_text)]
    visit: Money
    visit_minutes: Minutes


class Soreness(Frozen):
    """Soreness after a visit: gamma-distributed hours by mean and sd, and the points that it adds to a day's pain."""

    mean: Annotated[Quantity, Number("hours", gt=0, le=1000)]
    sd: Annotated[Quantity, Number("hours", gt=0, le=1000)]
    points: Points


class Satisfaction(Frozen):
    """How a patient judges: what an adverse event takes from the reported drop, and how softly the threshold acts.

    The chance to be satisfied is sigmoid((reported drop - penalty - threshold) / width).
    """

    adverse_event_penalty: Points
    width: Annotated[Quantity, Number("NRS points", gt=0, le=10)]


class Primary(Frozen):
    """The difference that the run is about: an outcome, and the arm compared with another."""

    outcome: str
    arms: Annotated[tuple[str, str], BeforeValidator(as_tuple)] | None = None

    @model_validator(mode="after")
    def _two_arms(self) -> Primary:
        if self.arms is not None and self.arms[0] == self.arms[1]:
            raise PydanticCustomError("primary", "`arms` must name two different arms")
        return self


class Finding(Frozen):
    """A published finding to set beside what the article claims."""

    about: Text
    article: Text
    literature: Text
    source: Text


class Scenario(Frozen):
    """Everything that a run needs to know."""

    title: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_text)]
    description: Text | None = None
    evidence: Label
    cohort: CohortMix
    arms: Annotated[Names, Field(min_length=1, max_length=24)]
    primary: Primary
    seed: Annotated[Count, Field(ge=0, le=MAX_SEED)] = 1
    sources: dict[Text, Source]
    claims: dict[Name, Claims]
    parameters: Annotated[dict[Name, Parameters], Field(default_factory=dict)]
    calibration: CalibrationCohort
    profiles: Annotated[dict[Name, Profile], Field(min_length=1, max_length=24)]
    modalities: Annotated[dict[Name, Modality], Field(min_length=1, max_length=8)]
    protocols: Annotated[dict[Name, Protocol], Field(min_length=1, max_length=200)]
    policies: Annotated[dict[Name, Policy], Field(default_factory=dict, max_length=200)]
    search: Search | None = None
    response: Response
    relief: Relief
    satisfaction: Satisfaction
    soreness: Soreness
    relapse: Relapse
    followup: FollowUp
    pain_free_below: Points
    attendance: Attendance
    utility: Utility
    costs: Costs
    clinic: Clinic | None = None
    structure: Annotated[dict[Name, Alternatives], Field(default_factory=dict, max_length=8)]
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

    def modality_label(self, modality: str) -> str:
        """Return the name of a modality as people read it."""
        return self.modalities[modality].label or modality.replace("_", " ").capitalize()

    def profile_label(self, profile: str) -> str:
        """Return the name of a profile as people read it."""
        return self.profiles[profile].label or profile.replace("_", " ").capitalize()
