"""What people call the parts of a scenario: the titles of the fields of the schema, along a path."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from sim.scenario.evidence import Quantity
from sim.scenario.schema import Scenario


def title_of(place: Sequence[str]) -> str | None:
    """Return what a number or choice is called, as `Pain at the start: mean`; None if no field on the way has a title.

    What belongs to a part with a title of its own follows it. Names that the user gave are passed over.
    """
    found: list[str] = []
    kind: Any = Scenario
    for step in place:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if kind is Quantity or step not in kind.model_fields:
                break
            field = kind.model_fields[step]
            found += [field.title] if field.title else []
            kind = _next(field.annotation)
        elif kind is not None:  # the values of a mapping
            kind = _next(get_args(kind)[1])
    return ": ".join(found) or None


def field_title(model: type[BaseModel], name: str) -> str:
    """Return the title of one field; raises ValueError if it has none."""
    if not (title := model.model_fields[name].title):
        raise ValueError(f"{model.__name__}.{name} has no title")
    return title


def parts_of(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models of which the values of a field are made, within mappings and tuples too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from parts_of(part)


def _next(annotation: Any) -> Any:
    """Return the model or the mapping among the choices of an annotation; None if there is neither."""
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        return next((kind for part in get_args(annotation) if (kind := _next(part)) is not None), None)
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model or get_origin(annotation) is dict else None
