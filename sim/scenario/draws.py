"""What a scenario says of its uncertainty: draws of its inputs, and the forms that the model may have."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Frozen, Text
from sim.scenario.protocol import Count, Name, as_tuple

MIN_DRAWS, MAX_DRAWS = 20, 100_000


def _two_inputs(given: tuple[str, str]) -> tuple[str, str]:
    if given[0] == given[1]:
        raise PydanticCustomError("pair", "must name two different inputs")
    return given


def _enough(number: int) -> int:
    if 0 < number < MIN_DRAWS:
        raise PydanticCustomError("draws", "must be 0 (none) or at least {least}", {"least": MIN_DRAWS})
    return number


class Correlation(Frozen):
    """Two uncertain inputs that go together: the correlation of their ranks' normal scores; 1 and -1 tie them."""

    between: Annotated[tuple[str, str], BeforeValidator(as_tuple), AfterValidator(_two_inputs)]
    correlation: Annotated[float, Field(ge=-1, le=1)]


class Draws(Frozen):
    """How many times the uncertain inputs are drawn, with how many patients each, and which go together.

    `from`: a CSV file beside the scenario with joint draws, as a fit leaves them: a row for each, with a column for
    every input by its path (`parameters.dry_needling.ceiling`) and for kinds of structure (`structure.relapse`); what
    it has no column for is drawn as ever. `sha256`: that of the file, if it must be just this one.
    """

    # A scenario that is dumped and read again, as for a form of the model, has the field by its own name.
    model_config = Frozen.model_config | {"populate_by_name": True}

    number: Annotated[Count, Field(ge=0, le=MAX_DRAWS), AfterValidator(_enough)] = 0
    patients: Annotated[Count, Field(ge=10, le=10_000_000)] = 1000
    correlations: Annotated[tuple[Correlation, ...], BeforeValidator(as_tuple)] = ()
    from_: Annotated[str, Field(pattern=r"\.csv$", min_length=5, max_length=500)] | None = Field(
        default=None, alias="from"
    )
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Alternative(Frozen):
    """One way in which the world may be: how likely it is, and what it sets in the scenario (`path: value`)."""

    weight: Annotated[float, Field(gt=0, le=1)]
    set: Annotated[dict[str, Any], Field(default_factory=dict)]
    source: Text | None = None
    note: Text | None = None


def _weights_add_up(given: dict[str, Alternative]) -> dict[str, Alternative]:
    total = math.fsum(one.weight for one in given.values())
    if abs(total - 1) > 1e-9:
        raise PydanticCustomError(
            "weights", "the weights must sum to 1, they sum to {total}", {"total": f"{total:.6g}"}
        )
    return given


Alternatives = Annotated[dict[Name, Alternative], Field(min_length=1, max_length=8), AfterValidator(_weights_add_up)]
