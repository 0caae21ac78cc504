"""What could be learnt: a single input, a named group of inputs, or all of them together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sim.errors import UsageError, did_you_mean
from sim.tables.rows import quoted

ALL_INPUTS = "all inputs together"
FORM = "the form of the model"
MOST_GROUPS = 20
_LONGEST = 60
_NAMED = 12


class Kind(StrEnum):
    """What a subject is; a name says nothing, as an input may be called anything."""

    INPUT = "input"
    GROUP = "group"
    ALL = "all"


@dataclass(frozen=True)
class Subject:
    """Inputs that are learnt together: their paths or names in `members`."""

    name: str
    members: tuple[str, ...]
    kind: Kind

    def is_part_of(self, other: Subject) -> bool:
        """Whether everything of it is learnt with the other too."""
        return self is not other and set(self.members) <= set(other.members)


def subjects_of(
    known: Collection[str], kinds: Collection[str] = (), inputs: str | None = None, groups: Sequence[str] = ()
) -> tuple[Subject, ...]:
    """Return what could be learnt of the `known` inputs, of which `kinds` are kinds of structure.

    That is single inputs (those in `inputs`, with commas, or all), the groups `NAME=input,input`, and all together.
    Several kinds of structure are a group too. Raises UsageError for an unknown input, a group without a name or
    inputs, and one that is named twice.
    """
    known = tuple(known)
    chosen = known if inputs is None else _members("--inputs", inputs, known)
    found = [Subject(name, (name,), Kind.INPUT) for name in chosen]
    if len(groups) > MOST_GROUPS:
        raise UsageError(f"--group: {len(groups)} groups are given; allowed: at most {MOST_GROUPS}")
    named: set[str] = set()
    for text in groups:
        name, mark, members = text.partition("=")
        name = name.strip()
        if not (mark and name and name.isprintable() and len(name) <= _LONGEST):
            raise UsageError(
                f"--group {quoted(text)}: allowed: NAME=input,input with a name of 1 to {_LONGEST} characters"
            )
        if name in named:
            raise UsageError(f"--group {quoted(name)}: is there twice; allowed: once")
        named.add(name)
        found.append(Subject(name, _members(f"--group {quoted(name)}", members, known), Kind.GROUP))
    if len(kinds) > 1 and FORM not in named:
        found.append(Subject(FORM, tuple(kinds), Kind.GROUP))
    if len(known) > 1:
        found.append(Subject(ALL_INPUTS, known, Kind.ALL))
    return tuple(found)


def _members(place: str, text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the inputs that a list names, each once; raises UsageError for one that is none."""
    found = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise UsageError(f"{place}: names no input; allowed: inputs with commas between")
    for name in found:
        if name not in known:
            allowed = ", ".join(quoted(one) for one in known[:_NAMED]) or "none, as there are no inputs (--parameters)"
            more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
            raise UsageError(
                f"{place}: {quoted(name)} is no input; allowed: {allowed}{more}.{did_you_mean(name, known)}"
            )
    return tuple(found)
