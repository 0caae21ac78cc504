"""The form of the model as an uncertain input: alternatives with weights, and the scenario that each makes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import ScenarioError, did_you_mean
from sim.scenario.faults import faults_of
from sim.scenario.references import Fault, Place, reference_faults
from sim.scenario.schema import Scenario

SECTIONS = (
    "claims", "parameters", "profiles", "modalities", "response", "relief", "satisfaction", "soreness", "relapse",
    "attendance", "utility",
)  # fmt: skip
"""What an alternative may set: how patients respond and fare, and neither who they are nor what is done."""


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
        structure = self.scenario.structure
        names = itertools.product(*(structure[kind] for kind in self.kinds))
        return tuple(self._form(zip(self.kinds, combination, strict=True)) for combination in names)

    def chosen(self, ranks: Any) -> Form:
        """Return the form at ranks between 0 and 1, one for each kind."""
        names = []
        for kind, rank in zip(self.kinds, ranks, strict=True):
            alternatives = self.scenario.structure[kind]
            reached = itertools.accumulate(one.weight for one in alternatives.values())
            within = (name for name, upto in zip(alternatives, reached, strict=True) if rank < upto)
            names.append((kind, next(within, list(alternatives)[-1])))
        return self._form(names)

    def variant(self, form: Form) -> Scenario:
        """Return the scenario with the settings of a form.

        Raises ScenarioError for settings of several alternatives that cannot stand together.
        """
        if form.chosen not in self._variants:
            settings = dict(self._settings(form))
            self._variants[form.chosen] = _with_settings(self.scenario, settings) if settings else self.scenario
        return self._variants[form.chosen]

    def simplest(self, form: Form, matters: Callable[[str], bool]) -> Form:
        """Return a form with the first alternative of each kind none of whose settings matters, by their paths.

        It is the form itself where the others cannot stand without these.
        """
        names = [
            (kind, name if any(map(matters, self.scenario.structure[kind][name].set)) else next(iter(alternatives)))
            for (kind, name), alternatives in zip(form.chosen, self.scenario.structure.values(), strict=True)
        ]
        plain = self._form(names)
        try:
            self.variant(plain)
        except ScenarioError:
            return form
        return plain

    def sets(self, form: Form, place: Place) -> bool:
        """Tell whether a form sets a number itself, so that it is not drawn."""
        path = ".".join(str(step) for step in place)
        numbers = [given.removesuffix(".value") for given, _ in self._settings(form)]
        return any(path == given or path.startswith(f"{given}.") for given in numbers)

    def _form(self, chosen: Any) -> Form:
        names = tuple(chosen)
        return Form(names, math.prod(self.scenario.structure[kind][name].weight for kind, name in names))

    def _settings(self, form: Form) -> Iterator[tuple[str, Any]]:
        for kind, name in form.chosen:
            yield from self.scenario.structure[kind][name].set.items()


def structure_faults(scenario: Scenario) -> Iterator[Fault]:
    """Yield every setting of an alternative that is none of this scenario or cannot be, and any of a first one."""
    for kind, alternatives in scenario.structure.items():
        for number, (name, one) in enumerate(alternatives.items()):
            place = ("structure", kind, name, "set")
            if number == 0 and one.set:
                message = (
                    "must be empty: the first alternative is what the scenario states, as an ordinary run takes it"
                )
                yield Fault(place, one.set, message)
                continue
            strange = {path: fault for path in one.set if (fault := _strange(scenario, path))}
            yield from (Fault((*place, path), path, fault) for path, fault in strange.items())
            known = {path: value for path, value in one.set.items() if path not in strange}
            if known:
                yield from (_at_setting(place, known, fault) for fault in _faults_with(scenario, known))


def _faults_with(scenario: Scenario, settings: dict[str, Any]) -> list[Fault]:
    tree = _tree(scenario, settings)
    try:
        Scenario.model_validate(tree)
    except ValidationError as errors:
        return faults_of(errors, tree)
    return list(reference_faults(tree, frozenset()))  # no outcome is set here


def _strange(scenario: Scenario, path: str) -> str:
    """Return why a path is none that an alternative can set, empty if it is one."""
    steps = path.split(".")
    if steps[0] not in SECTIONS:
        return f"cannot be set here; allowed: what stands in {', '.join(SECTIONS)}.{did_you_mean(steps[0], SECTIONS)}"
    if steps[0] == "modalities" and steps[2:] == ["needling"]:
        return "what is done at a visit is the same in every form of the model"
    part: Any = scenario
    for depth, step in enumerate(steps):
        keys = _keys(part)
        if step not in keys:
            where = ".".join(steps[:depth])
            allowed = f"allowed in {where}: {', '.join(keys)}" if keys else f"nothing stands below {where}"
            return f"this scenario has no `{path}`; {allowed}.{did_you_mean(step, keys)}"
        part = getattr(part, step) if isinstance(part, BaseModel) else part[step]
    return ""


def _keys(part: Any) -> list[str]:
    if isinstance(part, BaseModel):
        return list(type(part).model_fields)
    return list(part) if isinstance(part, dict) else []


def _at_setting(place: Place, settings: dict[str, Any], fault: Fault) -> Fault:
    """Return a fault of a scenario with settings as one of the setting that it comes from."""
    where = ".".join(str(step) for step in fault.place)
    near = (path for path in settings if where.startswith(path) or path.startswith(where))
    path = next(near, next(iter(settings)))
    message = fault.message if where == path else f"{where}: {fault.message}"
    return Fault((*place, path), settings[path], message)


def _tree(scenario: Scenario, settings: dict[str, Any]) -> Any:
    """Return a scenario as a tree with other values at some paths, which exist."""
    tree: dict[str, Any] = scenario.model_dump(exclude_unset=True, mode="json")
    for path, value in settings.items():
        node, *steps = tree, *path.split(".")
        for step in steps[:-1]:
            node = node.setdefault(step, {})
        node[steps[-1]] = value
    return tree


def _with_settings(scenario: Scenario, settings: dict[str, Any]) -> Scenario:
    tree = _tree(scenario, settings)
    try:
        return Scenario.model_validate(tree)
    except ValidationError as errors:
        lines = [f"structure: {'.'.join(map(str, one.place))}: {one.message}" for one in faults_of(errors, tree)]
        raise ScenarioError(lines) from errors
