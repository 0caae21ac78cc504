"""Numbers as people write them: with a decimal comma, marks between thousands, or a per cent sign.

What can be meant in one way only is read; what can be meant in two ways is left to be refused, with how to write it.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario.evidence import Number, Quantity
from sim.scenario.references import Place
from sim.scenario.schema import Scenario
from sim.units import unit_named

Mark = Literal[".", ",", ""]
"""What stands before decimals: `.`, `,`, or nothing is known of it."""
SHARE = 0.01
"""What one per cent of a share is."""
LONGEST = 100
_LEAST_PERCENT = 2
"""A number below it, as 1.5, is a share that is too large rather than one in per cent."""

_PERCENT = re.compile(r"(.*?)[ \u00a0\u202f]*%")
_SIGNED = re.compile(r"([-+]?)(.+)")
_FORMS: tuple[tuple[str, Mark, str], ...] = (
    (r"\d+", "", ""),
    (r"(\d+\.?\d*|\.\d+)[eE][+-]?\d{1,4}", ".", ""),
    (r"(\d+,\d*|,\d+)[eE][+-]?\d{1,4}", ",", ""),
    (r"\d{1,3}(,\d{3})+\.\d+", ".", ","),
    (r"\d{1,3}(\.\d{3})+,\d+", ",", "."),
    (r"\d{1,3}(,\d{3}){2,}", "", ","),
    (r"\d{1,3}(\.\d{3}){2,}", "", "."),
)
"""Numbers that can be meant in one way only: what stands before their decimals, and what between thousands."""
_CERTAIN = tuple((re.compile(pattern, re.ASCII), decimal, thousands) for pattern, decimal, thousands in _FORMS)
_ONE_MARK = re.compile(r"(\d*)([.,])(\d*)", re.ASCII)


def mark_of(text: str) -> Mark:
    """Return what stands before the decimals of a number, if the number can be meant in one way only; else nothing."""
    body = _unsigned(text)
    if (found := _ONE_MARK.fullmatch(body)) is not None:
        if not (found[1] or found[3]) or _may_be_thousands(found):
            return ""
        return "." if found[2] == "." else ","
    return next((decimal for pattern, decimal, _ in _CERTAIN if pattern.fullmatch(body)), "")


def plain_number(text: str, percent: float | None = None, mark: Mark = "") -> float | None:
    """Return the number that a text stands for, None if it is none or can be meant in two ways.

    `percent`: what one per cent is, None if no per cent may be written; `mark`: what is known to stand before decimals.
    """
    text = text.strip()
    if text.endswith("%") and (share := _PERCENT.fullmatch(text)) is not None:
        value = None if percent is None else _value(share[1], mark)
        return None if value is None else float(value * Decimal(str(percent)))
    value = _value(text, mark)
    return None if value is None else float(value)


def how_to_write(text: str, percent: float | None = None) -> str:
    """Return how to write a number that a text may stand for, as `write 1.234 or 1234`; empty if it is no number."""
    text = text.strip()
    share = _PERCENT.fullmatch(text)
    body = share[1] if share is not None else text
    if len(text) > LONGEST or (share is not None and percent is None):
        return ""
    factor = Decimal(str(percent)) if share is not None else Decimal(1)
    marks: tuple[Mark, ...] = (",", ".")
    found = [value for mark in marks if (value := _value(body, mark)) is not None]
    if found and (thousands := _ONE_MARK.fullmatch(_unsigned(body))) and _may_be_thousands(thousands):
        found.append(Decimal(body.replace(thousands[2], "")))
    written = dict.fromkeys(f"{float(value * factor):.15g}" for value in found)
    return f"write {' or '.join(written)}" if written else ""


def as_percent(value: Any) -> str:
    """Return how to write a share that was given in per cent perhaps, as `for 79 % write 0.79`; empty if it was not."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _LEAST_PERCENT <= value <= 100:
        return ""
    return f"for {value:g} % write {float(Decimal(repr(value)) / 100):g}"


class Wanted(NamedTuple):
    """A number that the schema asks for: what one per cent of it is, if it can be written in per cent."""

    percent: float | None


def wanted_at(place: Place) -> Wanted | None:
    """Return what number the schema asks for at a path, None if it asks for none there."""
    kinds: list[_Kind] = [_Kind(Scenario, ())]
    for step in place:
        kinds = [below for kind in kinds for below in _below(kind, step)]
    numbers = [kind for kind in kinds if kind.annotation in (int, float) or kind.number is not None]
    if not numbers:
        return None
    return Wanted(1.0 if "percent" in place else next((kind.percent for kind in numbers if kind.percent), None))


def with_numbers(value: Any, place: Place) -> Any:
    """Return a value for a path of a scenario with the texts in it as numbers, where a number is asked for."""
    if isinstance(value, dict):
        return {key: with_numbers(part, (*place, key)) for key, part in value.items()}
    if isinstance(value, list):
        return [with_numbers(part, (*place, k)) for k, part in enumerate(value)]
    if not isinstance(value, str) or len(value) > LONGEST or not any(c.isdigit() for c in value):
        return value
    wanted = wanted_at(place)
    number = plain_number(value, wanted.percent) if wanted is not None else None
    return value if number is None else number


class _Kind(NamedTuple):
    annotation: Any
    notes: tuple[Any, ...]

    @property
    def number(self) -> Number | None:
        return next((note for note in self.notes if isinstance(note, Number)), None)

    @property
    def percent(self) -> float | None:
        if (number := self.number) is not None:
            return SHARE if unit_named(number.unit).is_share else None
        known = ("ge", "gt", "le", "lt")
        bounds = {key: getattr(note, key) for note in self.notes for key in known if hasattr(note, key)}
        low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
        return SHARE if (low, high) == (0, 1) else None


def _below(kind: _Kind, step: str | int) -> Iterator[_Kind]:
    annotation = kind.annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation is Quantity and step in ("value", "range"):
            yield _Kind(float if step == "value" else tuple[float, ...], kind.notes)
        elif step in annotation.model_fields:
            field = annotation.model_fields[str(step)]
            yield from _flat(field.annotation, tuple(field.metadata))
    elif get_origin(annotation) is dict:
        yield from _flat(get_args(annotation)[1], ())
    elif get_origin(annotation) is tuple and isinstance(step, int):
        yield from _flat(get_args(annotation)[0], kind.notes)


def _flat(annotation: Any, notes: tuple[Any, ...]) -> Iterator[_Kind]:
    """Yield what an annotation may be, with the notes on it."""
    if isinstance(annotation, FieldInfo):
        annotation = annotation.annotation
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        yield from _flat(inner, (*notes, *_unfolded(more)))
    elif get_origin(annotation) in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _flat(part, notes)
    else:
        yield _Kind(annotation, notes)


def _unfolded(notes: Iterable[Any]) -> Iterator[Any]:
    for note in notes:
        yield from note.metadata if isinstance(note, FieldInfo) else (note,)


def _unsigned(text: str) -> str:
    text = text.strip()
    if text.endswith("%") and (share := _PERCENT.fullmatch(text)) is not None:
        text = share[1]
    return text[1:] if text[:1] in ("-", "+") else text


def _may_be_thousands(one_mark: re.Match[str]) -> bool:
    """Tell whether a number with one mark may have it between thousands, as 1,234; 0,234 cannot."""
    return len(one_mark[3]) == 3 and 1 <= len(one_mark[1]) <= 3 and not one_mark[1].startswith("0")


def _value(text: str, mark: Mark) -> Decimal | None:
    signed = _SIGNED.fullmatch(text)
    if signed is None or len(text) > LONGEST:
        return None
    sign, body = signed.groups()
    if (found := _ONE_MARK.fullmatch(body)) is not None:
        if not (found[1] or found[3]) or (_may_be_thousands(found) and found[2] != mark):
            return None
        return Decimal(sign + body.replace(",", "."))
    for pattern, decimal, thousands in _CERTAIN:
        if pattern.fullmatch(body):
            plain = body.replace(thousands, "") if thousands else body
            return Decimal(sign + (plain.replace(",", ".") if decimal == "," else plain))
    return None
