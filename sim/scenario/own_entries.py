"""Treatments and courses of one's own as entries of a scenario: lines of a file, or changes of one that is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from sim.scenario.answers import DEFAULT_MINUTES, Course, Treatment
from sim.scenario.schema import Scenario
from sim.scenario.tree import parse_tree
from sim.scenario.typed_courses import as_protocol

WITHIN = "within the price of the visit"
_HORIZONS = (182, 273, 364, 546, 730, 1095)


def additions(treatments: Sequence[Treatment], courses: Sequence[Course], scenario: Scenario) -> tuple[str, ...]:
    """Return treatments and courses as `path=value`, as `--set` takes them; the courses become arms.

    A horizon before which a course does not end becomes a later one.
    """
    sections = {
        "modalities": treatment_lines(treatments),
        "parameters": effect_lines(treatments),
        "protocols": course_lines(courses),
    }
    found = [
        f"{section}.{name}={_flow(entry)}"
        for section, lines in sections.items()
        for name, entry in parse_tree("\n".join(lines) or "{}", section).tree.items()
    ]
    if courses:
        found.append(f"arms={_flow([*scenario.arms, *(one.name for one in courses)])}")
    if horizon := horizon_for(courses, scenario):
        found.append(f"followup.horizon={horizon}")
    return tuple(found)


def horizon_for(courses: Iterable[Course], scenario: Scenario) -> int | None:
    """Return the horizon by which courses end, in days, None if that of the scenario will do."""
    last = max((as_protocol(one).visit_days[-1] for one in courses), default=0)
    if last <= scenario.followup.horizon.value:
        return None
    return next(days for days in _HORIZONS if days >= last)


def treatment_lines(treatments: Iterable[Treatment]) -> Iterator[str]:
    """Yield treatments as entries of `modalities`."""
    for one in treatments:
        yield f"{one.name}:"
        yield f"  label: {json.dumps(one.label, ensure_ascii=False)}"
        yield "  needling: false"
        yield f"  target: {one.acts_on}           # the kind of pain it acts on: muscular or central"
        yield f"  fade: {{value: {one.fades:.12g}, source: assumption}}   # days in which half of a dose fades"
        yield f"  minutes: {own_number(one.minutes, DEFAULT_MINUTES)}   # on top of the visit itself"
        yield f"  cost: {own_number(one.price, 0, WITHIN)}   # on top of the visit itself"
        yield "  first_visit_cost: 0"


def effect_lines(treatments: Iterable[Treatment]) -> Iterator[str]:
    """Yield what treatments do as entries of `parameters`."""
    for one in treatments:
        yield from _effect(one)


def _effect(one: Treatment) -> Iterator[str]:
    yield f"{one.name}:"
    yield f"  ceiling: {{value: {one.removes:.12g}, source: assumption}}   # most of that pain that it takes away"
    yield f"  half_life: {{value: {one.half_after:.12g}, source: assumption}}   # visits to half of that"


def course_lines(courses: Iterable[Course]) -> Iterator[str]:
    """Yield courses as entries of `protocols`."""
    for one in courses:
        yield from _course(one)


def _course(one: Course) -> Iterator[str]:
    given = f"[{', '.join(one.treatments)}]"
    yield f"{one.name}:"
    yield f"  label: {json.dumps(one.label, ensure_ascii=False)}"
    if one.boosters:
        yield "  phases:"
        yield f"    - {{visits: {one.visits}, every_days: {one.every_days:g}, each_visit: {given}}}"
        boosters = f"{{visits: {one.boosters}, every_days: {one.boosters_every:g}, each_visit: {given}}}"
        yield f"    - {boosters}   # boosters"
    else:
        yield f"  visits: {one.visits}"
        yield f"  every_days: {one.every_days:g}"
        yield f"  each_visit: {given}"


def own_number(said: float | None, otherwise: float = 0.0, note: str = "") -> str:
    """Return a number of the user's; what was not said is assumed, with a note perhaps."""
    if said is not None:
        return f"{{value: {said:.12g}, source: own}}"
    return f"{{value: {otherwise:.12g}, source: assumption{note and f', note: {note}'}}}"


def _flow(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
