"""The form of the model as an uncertain input: alternatives with weights, and the scenario that each makes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from sim.errors import ScenarioError
from sim.scenario.references import Place
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class Form:
    """One alternative of each kind: its name by kind, and how likely all of them are together."""

    chosen: tuple[tuple[str, str], ...]
    weight: float

    @property
    def name(self) -> str:
        """The names of the alternatives, as `relapse: episodes, fading: as_stated`."""
        return ", ".join(f"{kind}: {name}" for kind, name in self.chosen)


class Structure:
    """The forms that a scenario's model may have."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.kinds: tuple[str, ...] = tuple(scenario.structure)
        self._variants: dict[tuple[tuple[str, str], ...], Scenario] = {}

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """Every combination of alternatives."""
        listed = [[(kind, name, one.weight) for name, one in self.scenario.structure[kind].items()] for kind in self.kinds]
        found = []
        for combination in itertools.product(*listed):
            weight = 1.0
            for _, _, of_one in combination:
                weight *= of_one
            found.append(Form(tuple((kind, name) for kind, name, _ in combination), weight))
        return tuple(found)

    def chosen(self, ranks: Any) -> Form:
        """Return the form at ranks between 0 and 1, one for each kind."""
        names, weight = [], 1.0
        for kind, rank in zip(self.kinds, ranks, strict=True):
            reached = 0.0
            alternatives = self.scenario.structure[kind]
            for name, one in alternatives.items():
                reached += one.weight
                if rank < reached or name == list(alternatives)[-1]:
                    names.append((kind, name))
                    weight *= one.weight
                    break
        return Form(tuple(names), weight)

    def variant(self, form: Form) -> Scenario:
        """Return the scenario with the settings of a form."""
        if form.chosen not in self._variants:
            settings = dict(self._settings(form))
            self._variants[form.chosen] = _with_settings(self.scenario, settings) if settings else self.scenario
        return self._variants[form.chosen]

    def sets(self, form: Form, place: Place) -> bool:
        """Tell whether a form sets a number itself, so that it is not drawn."""
        path = ".".join(str(step) for step in place)
        return any(path == given or path.startswith(f"{given}.") for given, _ in self._settings(form))

    def check(self) -> None:
        """Raise ScenarioError for a setting that is none of this scenario, or that cannot be."""
        for kind, alternatives in self.scenario.structure.items():
            for name, one in alternatives.items():
                if one.set:
                    _with_settings(self.scenario, one.set, f"structure.{kind}.{name}.set")

    def _settings(self, form: Form) -> Iterator[tuple[str, Any]]:
        for kind, name in form.chosen:
            yield from self.scenario.structure[kind][name].set.items()


def _with_settings(scenario: Scenario, settings: dict[str, Any], place: str = "structure") -> Scenario:
    """Return a scenario with other values at some paths."""
    tree: dict[str, Any] = scenario.model_dump(exclude_unset=True)
    for path, value in settings.items():
        node, *steps = tree, *path.split(".")
        for step in steps[:-1]:
            if not isinstance(node, dict) or step not in node:
                raise ScenarioError([f"{place}.{path}: this scenario has no `{path}`"])
            node = node[step]
        if not isinstance(node, dict):
            raise ScenarioError([f"{place}.{path}: this scenario has no `{path}`"])
        node[steps[-1]] = value
    try:
        return Scenario.model_validate(tree)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ScenarioError([f"{place}: {where}: {first['msg']}"]) from error
