"""The grid of a protocol search: the visits, spacings, sequences and rules from which candidates are made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Frozen
from sim.scenario.protocol import MAX_VISITS, Name, Names, Spacings, VisitCount, as_tuple


def _listed(given: Any) -> Any:
    """Take a single entry as a list of one; a list of lists holds spacings to be taken in turn."""
    given = given if isinstance(given, list | tuple) else [given]
    return tuple(as_tuple(entry) for entry in given)


VisitCounts = Annotated[tuple[VisitCount, ...], Field(min_length=1, max_length=MAX_VISITS), BeforeValidator(_listed)]
RuleVisits = Annotated[
    tuple[VisitCount | Literal["never"], ...], Field(min_length=1, max_length=MAX_VISITS), BeforeValidator(_listed)
]


class Sequence(Frozen):
    """What is given, in one of three forms: at each visit the same, in turn, or first one thing and then another."""

    each_visit: Names | None = None
    alternate: Annotated[tuple[Names, ...], Field(min_length=2), BeforeValidator(as_tuple)] | None = None
    first: Names | None = None
    first_visits: VisitCounts | None = None
    then: Names | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Sequence:
        phased = [part is not None for part in (self.first, self.first_visits, self.then)]
        forms = (self.each_visit is not None, self.alternate is not None, any(phased))
        if sum(forms) != 1 or any(phased) != all(phased):
            raise PydanticCustomError(
                "sequence", "give either `each_visit`, or `alternate`, or `first` with `first_visits` and `then`"
            )
        return self


class Search(Frozen):
    """A grid: every sequence with every number of visits, every spacing and every rule.

    `every_days`: each entry a number of days, or a list of them to be taken in turn. `use`: the sequences to try, all
    if it is not given. The rules are judged by reported pain, which is all that a clinic sees.
    """

    visits: VisitCounts
    every_days: Annotated[tuple[Spacings, ...], Field(min_length=1, max_length=MAX_VISITS), BeforeValidator(_listed)]
    sequences: Annotated[dict[Name, Sequence], Field(min_length=1, max_length=100)]
    use: Annotated[Names, Field(min_length=1)] | None = None
    stop_after_relief: RuleVisits = ("never",)
    discharge_without_relief_by: RuleVisits = ("never",)

    @property
    def used(self) -> dict[str, Sequence]:
        """The sequences to try, by name in alphabetical order."""
        return {name: self.sequences[name] for name in sorted(self.use or self.sequences)}

    @property
    def size(self) -> int:
        """Combinations in the grid, before those that are alike or do not fit are left out."""
        forms = sum(len(sequence.first_visits or (0,)) for sequence in self.used.values())
        rules = len(self.stop_after_relief) * len(self.discharge_without_relief_by)
        return forms * len(self.visits) * len(self.every_days) * rules
