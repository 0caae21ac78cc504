"""What a plain scalar of YAML stands for: nothing, true or false, a number, else a text."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

MAX_NUMBER_LENGTH = 100

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGERS = {
    10: re.compile(r"[-+]?[0-9]+"),
    8: re.compile(r"0o[0-7]+"),
    16: re.compile(r"0x[0-9a-fA-F]+"),
}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INF = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NAN = frozenset({".nan", ".NaN", ".NAN"})


class Unreadable(NamedTuple):
    """A plain scalar that looks like a number and cannot be one."""

    reason: str


def resolved(plain: str) -> Any:
    """Return the value of a plain scalar by the YAML 1.2 core schema."""
    if plain in _NULL:
        return None
    if plain[0] not in "-+.0123456789tTfF":
        return plain
    if plain in _BOOL:
        return _BOOL[plain]
    if plain in _NAN:
        return float("nan")
    if infinite := _INF.fullmatch(plain):
        return float(f"{infinite.group(1)}inf")
    base = next((base for base, pattern in _INTEGERS.items() if pattern.fullmatch(plain)), None)
    if base is None and not _FLOAT.fullmatch(plain):
        return plain
    if len(plain) > MAX_NUMBER_LENGTH:
        return Unreadable(f"a number of {len(plain):,} characters")
    return float(plain) if base is None else int(plain, base)
