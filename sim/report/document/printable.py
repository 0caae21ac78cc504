"""A document without characters that files of office programs cannot hold."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from sim.plain_text import printable

Part = TypeVar("Part")


def printable_parts(part: Part) -> Part:
    """Return a document, or a part of one, without characters that XML cannot hold."""
    made: Any = part
    if isinstance(part, str):
        made = part if part.isascii() and part.isprintable() else printable(part)
    elif isinstance(part, tuple):
        made = tuple(printable_parts(one) for one in part)
    elif is_dataclass(part) and not isinstance(part, type):
        made = replace(part, **{one.name: printable_parts(getattr(part, one.name)) for one in fields(part)})
    found: Part = made
    return found
