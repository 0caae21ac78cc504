"""Walking a scenario: every number with its place and the values it may take, and a scenario with other numbers."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario.evidence import Number, Quantity
from sim.scenario.references import Place

ANY_NUMBER = Number("")

Part = TypeVar("Part")


class Placed(NamedTuple):
    """A quantity, where it stands, and what it may be."""

    place: Place
    quantity: Quantity
    number: Number

    @property
    def path(self) -> str:
        """The place as users write it."""
        return ".".join(str(step) for step in self.place)


def quantities(part: Any, place: Place = (), number: Number = ANY_NUMBER) -> Iterator[Placed]:
    """Yield every quantity in a part of a scenario."""
    if isinstance(part, Quantity):
        yield Placed(place, part, number)
    elif isinstance(part, BaseModel):
        for name, field in type(part).model_fields.items():
            yield from quantities(getattr(part, name), (*place, name), _number(field))
    elif isinstance(part, dict):
        for name, inner in part.items():
            yield from quantities(inner, (*place, str(name)), number)
    elif isinstance(part, list | tuple):
        for i, inner in enumerate(part):
            yield from quantities(inner, (*place, i), number)


def value_at(part: Any, place: Place) -> float | None:
    """Return the number at a place, None if there is none."""
    try:
        found = part_at(part, place)
    except (AttributeError, IndexError, KeyError, TypeError):
        return None
    return float(found) if isinstance(found, Quantity) else None


def with_values(part: Part, values: Mapping[Place, float | Quantity]) -> Part:
    """Return a part of a scenario with other values at the places of quantities; all else stays.

    A number is certain, and keeps the unit and the source of what stood there; a quantity takes its place. Raises
    pydantic.ValidationError if the values cannot stand together.
    """
    tree: dict[Any, Any] = {}
    for place, value in values.items():
        inner = tree
        for step in place[:-1]:
            inner = inner.setdefault(step, {})
        inner[place[-1]] = value
    changed: Part = _with(part, tree)
    return changed


def part_at(part: Any, place: Place) -> Any:
    """Return what stands at a place of a part of a scenario."""
    for step in place:
        part = getattr(part, step) if isinstance(part, BaseModel) and isinstance(step, str) else part[step]
    return part


def ruled_part(part: Any, place: Place) -> Place | None:
    """Return the place of the largest part around a number that has rules between its numbers, None without any."""
    for depth in range(len(place)):
        around = part_at(part, place[:depth])
        if isinstance(around, BaseModel) and _has_rules(around):
            return place[:depth]
    return None


def _has_rules(part: BaseModel) -> bool:
    return bool(type(part).__pydantic_decorators__.model_validators)


def _with(part: Any, tree: Any) -> Any:
    if isinstance(tree, Quantity):
        return tree
    if not isinstance(tree, dict):
        return part.model_copy(update={"value": float(tree), "uncertainty": None})
    if isinstance(part, dict):
        return part | {step: _with(part[step], inner) for step, inner in tree.items()}
    if isinstance(part, tuple):
        return tuple(_with(inner, tree[i]) if i in tree else inner for i, inner in enumerate(part))
    update = {step: _with(getattr(part, step), inner) for step, inner in tree.items()}
    changed = part.model_copy(update=update)
    if _has_rules(part):
        type(part).model_validate(dict(changed))  # rules between the numbers of one part
    return changed


def _number(field: FieldInfo) -> Number:
    return next((one for one in (*field.metadata, *_noted(field.annotation)) if isinstance(one, Number)), ANY_NUMBER)


def _noted(annotation: Any) -> Iterator[Any]:
    """Yield the notes on an annotation, on its choices and on what a mapping holds."""
    if get_origin(annotation) in (Annotated, Union, types.UnionType, dict, tuple):
        for part in get_args(annotation):
            yield part
            yield from _noted(part)
