"""A protocol: how many visits, how far apart, what is done at each, and when to stop, switch or discharge."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Frozen, Label, Text

MAX_VISITS = 60
LONGEST_COURSE_DAYS = 730.0


def _whole(given: Any) -> Any:
    """Read 2e4 as 20000: people write large counts that way, YAML reads a float."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


def _listed(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else [given]


def as_tuple(given: Any) -> Any:
    """Turn the lists that YAML gives into tuples, which cannot be changed."""
    return tuple(given) if isinstance(given, list) else given


def _unique(given: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(given)) != len(given):
        raise PydanticCustomError("repeated", "the same name appears twice")
    return given


def _named(given: str) -> str:
    if not _NAME.fullmatch(given) or given == "all":
        raise PydanticCustomError(
            "name", "a name is made of small letters, digits and _ (at most 40, the first a letter) and is not 'all'"
        )
    return given


def _half_days(given: float) -> float:
    if not (2 * given).is_integer():
        raise PydanticCustomError("half_days", "must be a whole number of days or a half, as 3.5 for 3 and 4 in turn")
    return given


_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
Name = Annotated[str, AfterValidator(_named)]
Count = Annotated[int, BeforeValidator(_whole)]
VisitCount = Annotated[Count, Field(ge=1, le=MAX_VISITS)]
Spacing = Annotated[float, Field(ge=1, le=365), AfterValidator(_half_days)]
Spacings = Annotated[
    tuple[Spacing, ...],
    Field(min_length=1, max_length=MAX_VISITS),
    BeforeValidator(lambda given: as_tuple(_listed(given))),
]
Names = Annotated[tuple[str, ...], AfterValidator(_unique), BeforeValidator(lambda given: as_tuple(_listed(given)))]


class Phase(Frozen):
    """A run of visits alike: their number, their spacing in days and what is done at each."""

    visits: VisitCount = Field(title="number of visits")
    every_days: Spacings = Field(default=(7.0,), title="days from one visit to the next")
    each_visit: Names | None = None
    alternate: Annotated[tuple[Names, ...], BeforeValidator(as_tuple)] | None = None

    @model_validator(mode="after")
    def _one_plan(self) -> Phase:
        if (self.each_visit is None) == (self.alternate is None):
            raise PydanticCustomError(
                "plan", "give either `each_visit` (done at every visit) or `alternate` (taken in turn)"
            )
        if self.alternate is not None and len(self.alternate) < 2:
            raise PydanticCustomError("plan", "`alternate` needs at least two entries to take in turn")
        return self

    def modalities_at(self, visit: int) -> tuple[str, ...]:
        """Return what is done at a visit, counted from 0 within the phase."""
        if self.alternate is not None:
            return self.alternate[visit % len(self.alternate)]
        return self.each_visit or ()

    def gap_before(self, visit: int) -> float:
        """Return the days between a visit (counted from 0) and the one before it."""
        return self.every_days[(visit - 1) % len(self.every_days)]


class StopRule(Frozen):
    """End the course once relief has held for this many attended visits."""

    relief_held_for: VisitCount = Field(title="ends once relief has held for so many visits")


class DischargeRule(Frozen):
    """End the course of a patient without relief by this visit."""

    no_relief_by_visit: VisitCount = Field(title="ends without relief by visit")


class SwitchRule(Frozen):
    """Give other modalities from the next visit on if there is no relief by this visit."""

    no_relief_by_visit: VisitCount = Field(title="switches without relief by visit")
    to: Names


class Protocol(Frozen):
    """The rule for one arm's visits, as one run of visits or as several phases in order."""

    label: Label = None
    description: Text | None = None
    source: Text | None = None
    visits: VisitCount | None = Field(default=None, title="number of visits")
    every_days: Spacings = Field(default=(7.0,), title="days from one visit to the next")
    each_visit: Names | None = None
    alternate: Annotated[tuple[Names, ...], BeforeValidator(as_tuple)] | None = None
    phases: Annotated[tuple[Phase, ...], Field(min_length=1), BeforeValidator(as_tuple)] | None = None
    stop: StopRule | None = None
    switch: SwitchRule | None = None
    discharge: DischargeRule | None = None
    judged_by: Literal["pain", "reported_pain"] = "pain"

    @model_validator(mode="after")
    def _one_form(self) -> Protocol:
        single = {"visits", "every_days", "each_visit", "alternate"} & self.model_fields_set
        if self.phases is not None and single:
            raise PydanticCustomError("form", "give either `phases` or `visits` with `each_visit`, not both")
        if self.phases is None and self.visits is None:
            raise PydanticCustomError("form", "give `visits`, `every_days` and `each_visit`, or `phases`")
        if sum(phase.visits for phase in self.plan) > MAX_VISITS:
            raise PydanticCustomError("length", f"at most {MAX_VISITS} visits in all phases together")
        if self.visit_days[-1] > LONGEST_COURSE_DAYS:
            raise PydanticCustomError("length", f"the course must end within {LONGEST_COURSE_DAYS:g} days")
        return self

    @property
    def plan(self) -> tuple[Phase, ...]:
        """The phases in order; one for a protocol without phases."""
        if self.phases is not None:
            return self.phases
        return (
            Phase(
                visits=self.visits or 1,
                every_days=self.every_days,
                each_visit=self.each_visit,
                alternate=self.alternate,
            ),
        )

    @property
    def visit_days(self) -> tuple[int, ...]:
        """Days of the visits, whole ones: every 3.5 days is 3 and 4 in turn.

        The first is day 0, and a phase's first visit keeps the spacing of its phase.
        """
        days: list[float] = []
        for phase in self.plan:
            for visit in range(phase.visits):
                gap = phase.gap_before(visit) if visit else phase.every_days[0]
                days.append(days[-1] + gap if days else 0.0)
        return tuple(math.floor(day + 1e-9) for day in days)

    @property
    def visit_modalities(self) -> tuple[tuple[str, ...], ...]:
        """What is planned at each visit."""
        return tuple(phase.modalities_at(k) for phase in self.plan for k in range(phase.visits))

    @property
    def named_modalities(self) -> frozenset[str]:
        """Every modality that the protocol can give, after a switch too."""
        planned = {name for at_visit in self.visit_modalities for name in at_visit}
        return frozenset(planned | set(self.switch.to if self.switch else ()))
