"""A modality: what is done at a visit, on what it acts, and which adverse events it brings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Fade, Frozen, Label, Minutes, Money, Number, Quantity


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

    soreness: EventRisk | None = Field(default=None, title="Soreness")
    bruising: EventRisk | None = Field(default=None, title="Bruising")


class Modality(Frozen):
    """What is done at a visit: its target, its events, and its minutes and cost on top of the visit itself.

    `needling`: whether it brings the context effect of needling; `fade`: half-life of a dose (it does not fade if not
    given); `serious_events`: published rate of serious adverse events, of which none is simulated.
    """

    label: Label = None
    target: Literal["muscular", "central"] = Field(default="central", title="Kind of pain it acts on")
    needling: bool = Field(default=True, title="Whether it brings the context effect of needling")
    fade: Fade | None = Field(default=None, title="Days in which half of a dose fades")
    adverse_events: AdverseEvents = AdverseEvents()
    serious_events: Annotated[Quantity, Number("per million treatments", ge=0, le=1e6)] | None = Field(
        default=None, title="Serious adverse events as published"
    )
    minutes: Minutes = Field(title="Practitioner minutes at a visit, on top of the visit itself")
    cost: Money = Field(title="Cost at a visit, on top of the visit itself")
    first_visit_cost: Money = Field(title="Extra cost of the first visit")
