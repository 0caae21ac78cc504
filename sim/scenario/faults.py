"""Everything wrong with a merged tree, each fault one line: place, path, what is allowed, what was given."""

from __future__ import annotations

import math
import re
import types
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.errors import did_you_mean
from sim.scenario.near_names import with_near_names
from sim.scenario.references import Fault, Place
from sim.scenario.schema import Scenario
from sim.scenario.tree import MAX_FAULTS, Mark, Marks
from sim.scenario.typed_numbers import SHARE, as_percent, how_to_write, plain_number, wanted_at

_LONGEST_GIVEN = 60
_MANY_MISSING = 3
_NOTHING: Any = object()

_WORDS = {
    "model_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "is not named as it must be, like day_42",
    "quantity": "must be a number ({allowed}), or a mapping with value and source",
    "out_of_bounds": "must be {allowed}",
    "whole_days": "must be a whole number of days",
}


class Shown(NamedTuple):
    """A fault ready to be listed: where it stands, and its line."""

    mark: Mark
    line: str


def listed(
    errors: ValidationError | None,
    faults: Iterable[Fault],
    tree: Any,
    places: Mapping[Place, Marks],
    files: list[str],
    extended: bool,
    schema: type[BaseModel] = Scenario,
) -> list[str]:
    """Return one line per fault, sorted by file (in the order of `files`) and line; at most 30.

    `schema`: what the tree should be.
    """
    others = list(faults)
    shown: set[Shown] = set()
    if errors is not None:
        found = _told(errors, tree)
        bare = [] if extended else [str(e["loc"][0]) for e in found if e["type"] == "missing" and len(e["loc"]) == 1]
        if len(bare) >= _MANY_MISSING:
            found = [error for error in found if error["type"] != "missing" or len(error["loc"]) > 1]
            mark = places[()].value
            hint = "; add 'extends: article.yaml' to take them from an evidence set"
            shown.add(Shown(mark, f"{mark}: missing sections: {', '.join(bare)}{hint}"))
        others += [_fault(error, tree, schema) for error in found]
    shown |= {_shown(fault, tree, places) for fault in with_near_names(others, tree)}
    order = {file: number for number, file in enumerate(files)}
    lines = [
        one.line
        for one in sorted(shown, key=lambda s: (order.get(s.mark.file, len(order)), s.mark.line, s.mark.column, s.line))
    ]
    more = len(lines) - MAX_FAULTS
    return [*lines[:MAX_FAULTS], f"... and {more} more"] if more > 0 else lines


def faults_of(errors: ValidationError, tree: Any) -> list[Fault]:
    """Return what pydantic found wrong with a tree as faults, in plain words."""
    return [_fault(error, tree) for error in _told(errors, tree)]


def _told(errors: ValidationError, tree: Any) -> list[ErrorDetails]:
    return [error for error in _unfolded(errors, ()) if not _is_echo(error, tree)]


def _unfolded(errors: ValidationError, above: Place) -> Iterator[ErrorDetails]:
    """Yield the errors, and in place of an error that holds others, those."""
    for error in errors.errors(include_input=False, include_url=False):
        error["loc"] = (*above, *error["loc"])
        inner = error.get("ctx", {}).get("error")
        if isinstance(inner, ValidationError):
            yield from _unfolded(inner, error["loc"])
        else:
            yield error


def _is_echo(error: ErrorDetails, tree: Any) -> bool:
    """Tell whether a list is called too short only because entries of it have faults of their own."""
    given = _nearest(error["loc"], tree, keep_last=False)[1]
    length = len(given) if isinstance(given, list | dict) else 1
    return error["type"] == "too_short" and length >= error.get("ctx", {}).get("min_length", 0)


def _fault(error: ErrorDetails, tree: Any, schema: type[BaseModel] = Scenario) -> Fault:
    """Return pydantic's error as a fault at a path of the tree, in plain words."""
    kind, context = error["type"], error.get("ctx", {})
    place, given = _nearest(error["loc"], tree, keep_last=kind in ("missing", "extra_forbidden"))
    if error["loc"][-1:] == ("[key]",):
        given = place[-1]
    if kind == "missing":
        is_entry = bool(place) and isinstance(place[-1], int)
        return Fault(place, _NOTHING, "missing; the list is too short" if is_entry else "missing")
    if kind == "extra_forbidden":
        more = ["extends"] if len(place) == 1 and schema is Scenario else []
        allowed = sorted([*allowed_keys(place[:-1], schema), *more])
        near = did_you_mean(str(place[-1]), allowed)
        return Fault(place, _NOTHING, f"unknown key; allowed: {', '.join(allowed)}.{near}")
    if kind in ("out_of_bounds", "finite_number", "whole_days") and isinstance(given, dict):
        key = next((key for key in ("value", "range") if key in given), None)
        if key is not None:
            place, given = (*place, key), given[key]
    if kind == "shares":
        place, given = (*place, "profiles"), given["profiles"]
    if kind in ("too_short", "too_long"):
        at_least = kind == "too_short"
        wanted = context.get("min_length" if at_least else "max_length")
        entries = "entry" if wanted == 1 else "entries"
        return Fault(place, given, f"must have at {'least' if at_least else 'most'} {wanted} {entries}")
    if kind == "string_too_short":
        return Fault(place, given, "must not be empty")
    if kind == "string_too_long":
        return Fault(place, given, f"must have at most {context.get('max_length')} characters")
    if kind == "literal_error" and isinstance(given, str):
        near = did_you_mean(given, re.findall("'([^']*)'", context["expected"]))
        return Fault(place, given, f"must be {context['expected']}.{near}")
    words = _WORDS.get(kind)
    message = words.format_map(_plain(context)) if words else error["msg"]
    advice = _how_to_write(place, given)
    return Fault(place, given, f"{message}; {advice}" if advice else message)


def _how_to_write(place: Place, given: Any) -> str:
    """Return how to write what was given where a number is asked for; empty if there is nothing to say."""
    wanted = wanted_at(place) if isinstance(given, str | int | float) else None
    if wanted is None:
        listed = isinstance(given, str) and wanted_at((*place, 0)) is not None and plain_number(given) is not None
        return f"{how_to_write(str(given))}, or a list as [{given}]" if listed else ""
    if isinstance(given, str):
        return how_to_write(given, wanted.percent)
    return as_percent(given) if wanted.percent == SHARE else ""


def _plain(context: Mapping[str, Any]) -> dict[str, str]:
    return {key: f"{value:g}" if isinstance(value, float) else str(value) for key, value in context.items()}


def _nearest(loc: Place, tree: Any, keep_last: bool) -> tuple[Place, Any]:
    """Return the part of an error's location that exists in the tree, and what stands there.

    `keep_last` keeps a last step that does not exist there: a key that is missing.
    """
    place: Place = ()
    for position, step in enumerate(loc):
        last = position == len(loc) - 1
        in_list = isinstance(tree, list) and isinstance(step, int) and step < len(tree)
        if in_list or (isinstance(tree, dict) and step in tree):
            tree = tree[step]
        elif last and keep_last:
            return (*place, step), _NOTHING
        else:
            continue  # a step of the schema only: a bare number has no `value`, a bare name no position
        place = (*place, step)
    return place, tree


def _shown(fault: Fault, tree: Any, places: Mapping[Place, Marks]) -> Shown:
    known = fault.place
    while known and known not in places:
        known = known[:-1]
    marks = places[known]
    concerns_key = fault.given is _NOTHING or (known == fault.place and _stands_for_key(fault, tree))
    mark = marks.key if concerns_key and known == fault.place else marks.value
    path = ".".join(map(str, fault.place))
    message = fault.message
    if fault.given is not _NOTHING and not concerns_key:
        rule, hint, near = message.partition(" Did you mean")
        if given := _given(rule, fault.given):
            message = f"{rule.rstrip('.')}; given {given}{'.' if hint else ''}{hint}{near}"
    return Shown(mark, ": ".join(part for part in (str(mark), path, message.removesuffix(".")) if part))


def _given(rule: str, given: Any) -> str:
    """Return what was given as it is shown behind a rule; of a mapping or a long list at most that it is one."""
    kind = kind_of(given)
    must_be = rule.startswith("must be ") and not rule.startswith("must be empty")
    return shortened(given) if kind is None else kind if must_be else ""


def kind_of(given: Any) -> str | None:
    """Return what a value is that is too much to be shown: a mapping, or a list that holds others or is long."""
    if isinstance(given, dict) and given:
        return "a mapping"
    if not isinstance(given, list):
        return None
    is_short = len(_written(given, _LONGEST_GIVEN)) <= _LONGEST_GIVEN and len(given) <= _LONGEST_GIVEN // 3
    return None if is_short and not any(isinstance(one, dict | list) for one in given) else "a list"


def _stands_for_key(fault: Fault, tree: Any) -> bool:
    """Tell whether what was given is the key itself, as the name of a profile, rather than its value."""
    if not fault.place or fault.given != fault.place[-1] or isinstance(fault.place[-1], int):
        return False
    return bool(_nearest(fault.place, tree, keep_last=False)[1] != fault.given)


def allowed_keys(place: Place, schema: type[BaseModel] = Scenario) -> list[str]:
    """Return the keys that a schema allows in the mapping at a path."""
    kinds: list[Any] = [schema]
    for step in place:
        kinds = [below for kind in kinds for below in _below(kind, step)]
    return [name for kind in kinds if isinstance(kind, type) for name in getattr(kind, "model_fields", ())]


def _below(kind: Any, step: str | int) -> Iterator[Any]:
    """Yield the models, mappings and lists that may stand at a step below one of them."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if step in kind.model_fields:
            yield from _alternatives(kind.model_fields[str(step)].annotation)
    elif get_origin(kind) is dict:
        yield from _alternatives(get_args(kind)[1])
    elif get_origin(kind) is tuple:
        yield from _alternatives(get_args(kind)[0])


def _alternatives(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _alternatives(one)
    elif origin in (dict, tuple) or (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        yield annotation


def shortened(given: Any, longest: int = _LONGEST_GIVEN) -> str:
    """Return a value as one would write it in YAML, on one line and cut to a length."""
    text = _written(given, longest)
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _written(given: Any, longest: int, depth: int = 0) -> str:
    if given is None:
        return "nothing" if depth == 0 else "null"
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, float) and not math.isfinite(given):
        return ".nan" if math.isnan(given) else ".inf" if given > 0 else "-.inf"
    if isinstance(given, str):
        return repr(given[: longest + 1])
    if isinstance(given, dict | list):
        if depth >= 3:
            return "..."
        opening, closing = "{}" if isinstance(given, dict) else "[]"
        parts = islice(given.items() if isinstance(given, dict) else enumerate(given), longest // 3)
        written = (
            f"{key[: longest + 1]}: {_written(part, longest, depth + 1)}"
            if isinstance(given, dict)
            else _written(part, longest, depth + 1)
            for key, part in parts
        )
        return f"{opening}{', '.join(written)}{closing}"
    return repr(given)
