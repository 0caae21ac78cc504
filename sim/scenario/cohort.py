"""Who is simulated: how many patients of which profiles, and who of them may take part."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Frozen
from sim.scenario.protocol import Count

MAX_PATIENTS = 10_000_000_000


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

    reported_pain_at_least: Annotated[float, Field(ge=0, le=10)] = Field(
        title="Entry rule: reported pain at the first visit at least"
    )


class CohortMix(Shares):
    """How many patients, the share of each profile among them, and the entry rule that they have passed."""

    size: Annotated[Count, Field(ge=1, le=MAX_PATIENTS)]
    include: EntryRule | None = None


class CalibrationCohort(Shares):
    """The cohort that the claims describe."""
