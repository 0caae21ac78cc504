"""The scenario: what is asked, as frozen parts whose every number carries its source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.budget import Budget
from sim.scenario.clinic import Clinic
from sim.scenario.cohort import CalibrationCohort, CohortMix
from sim.scenario.decision import Decision
from sim.scenario.draws import Alternatives, Draws
from sim.scenario.evidence import (
    Change,
    Fade,
    Frozen,
    InnerShare,
    Minutes,
    Money,
    Named,
    Number,
    Points,
    Quantity,
    Share,
    Source,
    Status,
    Text,
    Visits,
)
from sim.scenario.modality import Modality
from sim.scenario.policy import Policy
from sim.scenario.profile import Profile
from sim.scenario.protocol import Count, Name, Names, Phase, Protocol, as_tuple
from sim.scenario.reporting import Reporting
from sim.scenario.search import Search

MAX_SEED = 2**63 - 1
FOLLOW_UP_DAY = 133
"""The day of the last reading: six weeks and three months after the first visit."""


class Claims(Frozen):
    """Published summaries that the model is calibrated to, and the course that they describe.

    The reduction of pain is a total (`pain_reduction`), or a difference from the same visits with sham (`over_sham`) or
    with one other modality (`over: {NAME: points}`).
    """

    course: Phase
    pain_reduction: Change | None = Field(default=None, title="Fall in pain by the end of the course")
    over_sham: Change | None = Field(default=None, title="Fall in pain beyond that of the same visits with sham")
    over: Annotated[dict[Name, Change], Field(min_length=1, max_length=1)] | None = Field(
        default=None, title="Fall in pain beyond that of the same visits with another treatment"
    )
    visits_to_relief: Visits | None = Field(default=None, title="Visits until half of the patients are relieved")
    satisfied: InnerShare | None = Field(default=None, title="Satisfied patients")
    relapse_3mo: InnerShare | None = Field(default=None, title="Relapse within 3 months, of the relieved")

    @model_validator(mode="after")
    def _one_effect(self) -> Claims:
        if sum(given is not None for given in (self.pain_reduction, self.over_sham, self.over)) > 1:
            raise PydanticCustomError("effect", "give only one of `pain_reduction`, `over_sham` and `over`")
        return self


class Parameters(Frozen):
    """Response parameters given directly; each one given replaces its calibration to a claim."""

    ceiling: Annotated[Quantity, Number("share", ge=0, lt=1)] | None = Field(
        default=None, title="Most of its target pain that it can remove"
    )
    half_life: Visits | None = Field(default=None, title="Visits to half of its full effect")
    satisfaction_threshold: Change | None = Field(default=None, title="Fall in pain that satisfies")
    relapse_scale: Annotated[Quantity, Number("days", gt=0, le=1e9)] | None = Field(
        default=None, title="Time scale of relapse"
    )


class Context(Frozen):
    """The effect shared by all needling: its ceiling, its half-life in visits, and how it fades."""

    ceiling: Annotated[Quantity, Number("share", ge=0, lt=1)] = Field(title="most of the pain that it removes")
    half_life: Visits = Field(title="visits to half of it")
    fade: Fade | None = Field(default=None, title="days in which half of a dose fades")


class Response(Frozen):
    """How patients respond: spread between patients, and how modalities combine."""

    context: Context = Field(title="Effect of being needled at all")
    match: Annotated[Quantity, Number("odds ratio", gt=0, le=1)] = Field(
        title="Odds of an effect on the other kind of pain (match)"
    )
    rho: Annotated[Quantity, Number("", ge=-1, le=2)] = Field(
        title="How two treatments add up: 0 only the stronger counts, 1 both in full, below 0 they get in each "
        "other's way (rho)"
    )
    individual_sd: Annotated[Quantity, Number("log odds", ge=0, le=5)] = Field(title="How differently patients respond")
    correlation: Share = Field(title="How far response to one treatment goes with response to another")


class Relief(Frozen):
    """The smallest change that counts as relief: in points, or as a percentage of baseline pain."""

    points: Annotated[Quantity, Number("NRS points", gt=0, le=10)] | None = Field(
        default=None, title="Smallest fall that counts as relief"
    )
    percent: Annotated[Quantity, Number("% of baseline", gt=0, le=100)] | None = Field(
        default=None, title="Smallest fall that counts as relief"
    )

    @model_validator(mode="after")
    def _one(self) -> Relief:
        if (self.points is None) == (self.percent is None):
            raise PydanticCustomError("relief", "give either `points` or `percent`")
        return self


class Relapse(Frozen):
    """Time to relapse while in relief: Weibull, proportional hazards by pain; `rebound`: share of the way back to
    baseline pain at which the new episode begins. With `form: none` nobody relapses.
    """

    form: Literal["episodes", "none"] = Field(default="episodes", title="What a relapse is")
    shape: Annotated[Quantity, Number("", ge=0.05, le=10)] = Field(
        title="Shape of the time to relapse (below 1: most relapse early)"
    )
    hazard_ratio: Annotated[Quantity, Number("per NRS point", gt=0, le=10)] = Field(
        title="More relapse with more pain left (hazard ratio)"
    )
    reference_pain: Points = Field(title="Pain from which that is counted")
    scale_without_needling: Annotated[Quantity, Number("days", gt=0, le=1e9)] = Field(
        title="Time scale of relapse without needling"
    )
    several_modalities: Literal["best", "visit_weighted"] = Field(
        title="Time scale of relapse after several treatments"
    )
    rebound: Share = Field(title="How far pain returns at a relapse, as share of the way back")


def _whole_days(given: Quantity) -> Quantity:
    if not given.value.is_integer():
        raise PydanticCustomError("whole_days", "must be a whole number of days")
    if given.is_uncertain:
        raise PydanticCustomError("sure_day", "is a day that is chosen; it cannot have an `uncertainty`")
    return given


class FollowUp(Frozen):
    """The day up to which every arm's days and QALYs are counted, a whole one."""

    horizon: Annotated[Quantity, Number("days", ge=FOLLOW_UP_DAY, le=3650), AfterValidator(_whole_days)] = Field(
        title="Days over which days with little pain and quality of life are counted"
    )


class Attendance(Frozen):
    """Missed visits and drop-out: chances per visit; the last three add to `drop_out` by relief and adverse events."""

    no_show: Share = Field(title="Visits missed")
    drop_out: Share = Field(title="Patients who leave, per visit")
    drop_out_if_relieved: Share = Field(title="More who leave, per visit, once relieved")
    drop_out_if_not_relieved: Share = Field(title="More who leave, per visit, while not relieved")
    drop_out_after_adverse_event: Share = Field(title="More who leave, per visit, after an adverse event")

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
    ] = Field(title="Loss of quality of life at pain 1, 2, … 10")
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

    currency: Annotated[str, Field(min_length=1, max_length=8), Named]
    visit: Money = Field(title="Cost of a visit itself")
    visit_minutes: Minutes = Field(title="Practitioner minutes of a visit itself")


class Soreness(Frozen):
    """Soreness after a visit: gamma-distributed hours by mean and sd, and the points that it adds to a day's pain."""

    mean: Annotated[Quantity, Number("hours", gt=0, le=1000)] = Field(title="How long soreness lasts: mean")
    sd: Annotated[Quantity, Number("hours", gt=0, le=1000)] = Field(
        title="How long soreness lasts: spread (standard deviation)"
    )
    points: Points = Field(title="What soreness adds to the pain of a day")


class Satisfaction(Frozen):
    """How a patient judges: what an adverse event takes from the reported drop, and how softly the threshold acts.

    The chance to be satisfied is sigmoid((reported drop - penalty - threshold) / width).
    """

    adverse_event_penalty: Points = Field(title="What a side effect takes from satisfaction")
    width: Annotated[Quantity, Number("NRS points", gt=0, le=10)] = Field(
        title="How softly satisfaction goes with the fall in pain"
    )


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

    title: Annotated[str, Field(min_length=1, max_length=200), Named]
    description: Text | None = None
    evidence: Annotated[str, Field(min_length=1, max_length=60), Named]
    cohort: CohortMix
    arms: Annotated[Names, Field(min_length=1, max_length=24)]
    primary: Primary
    seed: Annotated[Count, Field(ge=0, le=MAX_SEED)] = 1
    sources: dict[Annotated[str, Named], Source]
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
    pain_free_below: Points = Field(title="Little pain: at most")
    attendance: Attendance
    utility: Utility
    costs: Costs
    decision: Decision
    clinic: Clinic | None = None
    budget: Budget | None = None
    reporting: Reporting | None = None
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
