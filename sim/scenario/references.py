"""Names that point from one part of a scenario to another, checked on the merged tree before it is typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sim.errors import did_you_mean

Place = tuple[str | int, ...]


class Fault(NamedTuple):
    """A fault at a place in the tree: what was given there and what is allowed."""

    place: Place
    given: Any
    message: str


def reference_faults(tree: Mapping[str, Any], outcomes: frozenset[str]) -> Iterator[Fault]:
    """Yield every name that points at nothing; parts of the wrong type are left to the schema.

    `outcomes` holds the names that `primary.outcome` may take.
    """
    profiles, modalities, protocols = (_names(tree.get(key)) for key in ("profiles", "modalities", "protocols"))
    for section in ("cohort", "calibration"):
        for name in _names(_mapping(tree.get(section)).get("profiles")):
            yield from _check((section, "profiles", name), "profile", name, profiles)
    for index, name in enumerate(_listed(tree.get("arms"))):
        yield from _check(("arms", index), "arm (a protocol)", name, protocols)
    for section in ("claims", "parameters"):
        for name in _names(tree.get(section)):
            yield from _check((section, name), "modality", name, modalities)
    for name, protocol in _mapping(tree.get("protocols")).items():
        for place, modality in _protocol_modalities(("protocols", name), _mapping(protocol)):
            yield from _check(place, "modality", modality, modalities)
    for name, claims in _mapping(tree.get("claims")).items():
        for place, modality in _plan_modalities(("claims", name, "course"), _mapping(_mapping(claims).get("course"))):
            if modality != name:
                yield Fault(place, modality, f"the course that the claims describe gives {name} only")
        course = _mapping(_mapping(claims).get("course"))
        for key in ("each_visit", "alternate"):
            if key in course and (key == "alternate" or _listed(course[key]) == course[key] == []):
                message = f"the course that the claims describe gives {name} at every visit"
                yield Fault(("claims", name, "course", key), course[key], message)
    for name in modalities:
        if isinstance(tree.get("claims"), Mapping) and name not in _names(tree.get("claims")):
            yield Fault(("modalities", name), name, f"needs its claims: add `claims.{name}`")
    primary = _mapping(tree.get("primary"))
    if isinstance(outcome := primary.get("outcome"), str):
        yield from _check(("primary", "outcome"), "outcome", outcome, sorted(outcomes))
    for index, name in enumerate(_listed(primary.get("arms"))):
        yield from _check(("primary", "arms", index), "arm", name, _listed(tree.get("arms")))


def _check(place: Place, kind: str, name: Any, known: list[Any]) -> Iterator[Fault]:
    if isinstance(name, str) and known and name not in known:
        allowed = ", ".join(str(k) for k in known)
        yield Fault(place, name, f"unknown {kind}; allowed: {allowed}.{did_you_mean(name, map(str, known))}")


def _protocol_modalities(place: Place, protocol: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    yield from _plan_modalities(place, protocol)
    for index, phase in enumerate(_listed(protocol.get("phases"))):
        yield from _plan_modalities((*place, "phases", index), _mapping(phase))
    switch_to = _mapping(protocol.get("switch")).get("to")
    yield from _positions((*place, "switch", "to"), switch_to)


def _plan_modalities(place: Place, plan: Mapping[str, Any]) -> Iterator[tuple[Place, Any]]:
    yield from _positions((*place, "each_visit"), plan.get("each_visit"))
    for index, entry in enumerate(_listed(plan.get("alternate"))):
        yield from _positions((*place, "alternate", index), entry)


def _positions(place: Place, given: Any) -> Iterator[tuple[Place, Any]]:
    if isinstance(given, str):
        yield place, given
    for index, name in enumerate(_listed(given)):
        yield (*place, index), name


def _mapping(part: Any) -> Mapping[str, Any]:
    return part if isinstance(part, Mapping) else {}


def _listed(part: Any) -> list[Any]:
    return list(part) if isinstance(part, list | tuple) else []


def _names(part: Any) -> list[Any]:
    return list(_mapping(part))
