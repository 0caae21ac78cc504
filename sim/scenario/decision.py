"""What a scenario says of decisions: how far apart arms have to be for the difference to matter."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Frozen, Number, Quantity


def _chosen(given: Quantity) -> Quantity:
    if given.is_uncertain:
        raise PydanticCustomError("sure_margin", "is a choice; it cannot have an `uncertainty`")
    return given


class Margin(Frozen):
    """The smallest differences between two groups that matter: in points of pain, in a share of the patients, and in
    anything else (money, minutes, days), as a share of the larger number.
    """

    points: Annotated[Quantity, Number("NRS points", ge=0, le=10), AfterValidator(_chosen)] = Field(
        title="Smallest difference in pain between groups that matters"
    )
    share: Annotated[Quantity, Number("share", ge=0, le=1), AfterValidator(_chosen)] = Field(
        title="Smallest difference in a share of patients that matters"
    )
    otherwise: Annotated[Quantity, Number("share", ge=0, le=1), AfterValidator(_chosen)] = Field(
        title="Smallest difference in cost, time or days that matters, as share of the larger number"
    )


class Decision(Frozen):
    """What counts when arms are told apart."""

    margin: Margin = Field(title="Margin that matters")
