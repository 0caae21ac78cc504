"""The structure of the model as something that an answer depends on: each kind with alternatives is one more factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.scenario.structure import Form, Structure
from sim.study.inputs import Input

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """A kind of structure with several alternatives, by name, with their weights; the base case has the first."""

    name: str
    alternatives: tuple[str, ...]
    weights: tuple[float, ...]

    @property
    def path(self) -> str:
        """The place as users write it."""
        return f"structure.{self.name}"

    def places(self, ranks: Floats) -> NDArray[np.int64]:
        """Return the place of the alternative at each rank between 0 and 1; the same shape."""
        found = np.searchsorted(np.cumsum(self.weights), ranks, side="right")
        return np.minimum(found, len(self.alternatives) - 1)


Factor = Input | Kind
"""What an answer may depend on: an uncertain input, or a kind of structure."""


def kinds_of(scenario: Scenario) -> tuple[Kind, ...]:
    """Return the kinds of structure that have more than one alternative, in order."""
    return tuple(
        Kind(name, tuple(alternatives), tuple(one.weight for one in alternatives.values()))
        for name, alternatives in scenario.structure.items()
        if len(alternatives) > 1
    )


def form_with(structure: Structure, stated: Form, kind: Kind, place: int) -> Form:
    """Return the form that differs from the stated one in one kind at most: the alternative at a place."""
    chosen = tuple(
        (name, kind.alternatives[place] if name == kind.name else alternative) for name, alternative in stated.chosen
    )
    return next((form for form in structure.forms if form.chosen == chosen), stated)


def form_at(structure: Structure, kinds: Sequence[Kind], ranks: Floats) -> Form:
    """Return the form at ranks between 0 and 1, one for each kind; a kind with one alternative has that one."""
    by_name = {kind.name: rank for kind, rank in zip(kinds, ranks, strict=True)}
    return structure.chosen([by_name.get(name, 0.0) for name in structure.kinds])
