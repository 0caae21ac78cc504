"""A policy: an arm that gives each patient a protocol by what a clinic can know about that patient."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Frozen, Label, Text
from sim.scenario.protocol import Name, Names, StopRule, VisitCount, as_tuple

ReportedPain = Annotated[float, Field(ge=0, le=10)]


class Condition(Frozen):
    """What a clinic can know of a patient at the first visit; every entry given must hold.

    `profile`: one of the kinds of patient named; `reported_pain_at_least`, `reported_pain_below`: the baseline
    reading in NRS points.
    """

    profile: Annotated[Names, Field(min_length=1)] | None = None
    reported_pain_at_least: ReportedPain | None = None
    reported_pain_below: ReportedPain | None = None

    @model_validator(mode="before")
    @classmethod
    def _knowable(cls, given: Any) -> Any:
        allowed = ", ".join(cls.model_fields)
        if not isinstance(given, dict) or not given:
            raise PydanticCustomError("condition", "must say what to look at; allowed: {allowed}", {"allowed": allowed})
        for key in given:
            if key not in cls.model_fields:
                raise PydanticCustomError(
                    "unknowable",
                    "`{key}` is nothing that a clinic can know of a patient; allowed: {allowed}",
                    {"key": str(key)[:40], "allowed": allowed},
                )
        return given

    @model_validator(mode="after")
    def _possible(self) -> Condition:
        low, high = self.reported_pain_at_least, self.reported_pain_below
        if low is not None and high is not None and low >= high:
            raise PydanticCustomError("range", "`reported_pain_at_least` must be below `reported_pain_below`")
        return self


class Choice(Frozen):
    """Whom to give what: the protocol for patients of whom the condition holds."""

    when: Condition
    give: Name


class Step(Frozen):
    """Go on with another protocol if there is no relief by this visit of the one being given."""

    no_relief_by_visit: VisitCount
    give: Name


class Policy(Frozen):
    """A rule that gives each patient a protocol, and what follows without relief or once relief has held.

    The first choice whose condition holds decides; `otherwise` serves everybody else. `give` stands for a rule that
    gives everybody the same. Response is judged by reported pain, which is all that a clinic sees.
    """

    label: Label = None
    description: Text | None = None
    source: Text | None = None
    give: Name | None = None
    choose: Annotated[tuple[Choice, ...], Field(min_length=1, max_length=24), BeforeValidator(as_tuple)] | None = None
    otherwise: Name | None = None
    steps: Annotated[tuple[Step, ...], Field(max_length=4), BeforeValidator(as_tuple)] = ()
    stop: StopRule | None = None
    judged_by: Literal["reported_pain"] = "reported_pain"

    @model_validator(mode="after")
    def _one_form(self) -> Policy:
        if (self.give is None) == (self.choose is None) or (self.choose is None) != (self.otherwise is None):
            raise PydanticCustomError("form", "give either `give`, or `choose` with `otherwise`")
        return self

    @property
    def starts(self) -> tuple[str, ...]:
        """Protocols that a patient may start with, in the order of the rule."""
        named = [choice.give for choice in self.choose or ()] + [self.otherwise or self.give or ""]
        return tuple(dict.fromkeys(named))

    @property
    def named_protocols(self) -> tuple[str, ...]:
        """Every protocol that the policy can give."""
        return tuple(dict.fromkeys((*self.starts, *(step.give for step in self.steps))))
