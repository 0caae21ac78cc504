"""Entries that stand half-finished because their name was mistyped: which entry was meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sim.errors import did_you_mean
from sim.scenario.references import Fault

_SECTIONS = ("profiles", "modalities", "protocols", "policies", "claims", "parameters")
"""Sections of entries that the user names."""
_INCOMPLETE = ("missing", "give either", "give `visits`", "needs its claims", "says nothing of")
"""How the faults begin that an entry has of which only a part was given."""


def with_near_names(faults: Iterable[Fault], tree: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults; the first one of an entry that is incomplete says which other entry was meant perhaps."""
    found = list(faults)
    entries = {fault.place[:2] for fault in found if _is_incomplete(fault)}
    said = {fault.place[:2] for fault in found if " Did you mean " in fault.message}
    for fault in found:
        entry = fault.place[:2]
        if entry in entries - said:
            said.add(entry)
            section, name = entry
            near = did_you_mean(str(name), [str(other) for other in tree[str(section)] if other != name])
            fault = fault._replace(message=f"{fault.message}.{near}") if near else fault
        yield fault


def _is_incomplete(fault: Fault) -> bool:
    in_entry = 2 <= len(fault.place) <= 3 and fault.place[0] in _SECTIONS
    return in_entry and fault.message.startswith(_INCOMPLETE)
