"""The candidates of a protocol search: every combination of the grid that is a course of its own and fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import ValidationError

from sim.errors import ScenarioError
from sim.scenario.protocol import Protocol
from sim.scenario.schema import Scenario
from sim.scenario.search import Sequence

MAX_CANDIDATES = 10_000


@dataclass(frozen=True)
class Candidate:
    """A protocol of the grid, and the entries of the grid that it was made from; a rule that is off is None."""

    protocol: Protocol
    sequence: str
    visits: int
    every_days: tuple[float, ...]
    first_visits: int | None
    stop_after_relief: int | None
    discharge_without_relief_by: int | None

    @property
    def key(self) -> str:
        """Return a short name, unique in the grid, as `both 6x7d stop2`."""
        words = [self.sequence.replace("_", " "), f"{self.visits}x{'+'.join(f'{gap:g}' for gap in self.every_days)}d"]
        if self.first_visits is not None:
            words.insert(1, f"({self.first_visits} first)")
        if self.stop_after_relief is not None:
            words.append(f"stop{self.stop_after_relief}")
        if self.discharge_without_relief_by is not None:
            words.append(f"out{self.discharge_without_relief_by}")
        return " ".join(words)

    @property
    def order(self) -> tuple[Any, ...]:
        """Return what candidates are sorted by, so that the order of the grid makes no difference."""
        rules = (self.first_visits or 0, self.stop_after_relief or 0, self.discharge_without_relief_by or 0)
        return (self.visits, self.every_days, self.sequence, *rules)


@dataclass(frozen=True)
class Grid:
    """The candidates in order, and what became of the other combinations.

    `asked`: combinations in the grid; `alike`: left out because another candidate is the same course; `beyond`: left
    out because the course would end after the horizon.
    """

    candidates: tuple[Candidate, ...]
    asked: int
    alike: int
    beyond: int


def build_grid(scenario: Scenario) -> Grid:
    """Return the candidates that a scenario's `search` describes.

    Raises ScenarioError if there is no grid, if it has too many combinations, or if none of them fits the horizon.
    """
    search = scenario.search
    if search is None:
        raise ScenarioError(["search: this scenario states no grid; give `visits`, `every_days` and `sequences`"])
    asked = search.size
    if asked > MAX_CANDIDATES:
        raise ScenarioError([f"search: the grid has {asked:,} combinations; allowed: at most {MAX_CANDIDATES:,}"])
    horizon = float(scenario.followup.horizon)
    kept: dict[tuple[Any, ...], Candidate] = {}
    fitting = 0
    for candidate in sorted(_combinations(scenario), key=lambda one: one.order):
        protocol = candidate.protocol
        if protocol.visit_days[-1] + 1 > horizon:
            continue
        fitting += 1
        course = (
            protocol.visit_days,
            tuple(map(frozenset, protocol.visit_modalities)),
            protocol.stop,
            protocol.discharge,
        )
        kept.setdefault(course, candidate)
    if not kept:
        raise ScenarioError(
            [
                f"search: every one of the {asked:,} combinations ends after the horizon (day {horizon:g}) or has an "
                "impossible number of visits; allowed: courses that end by then"
            ]
        )
    return Grid(tuple(kept.values()), asked, fitting - len(kept), asked - fitting)


def _combinations(scenario: Scenario) -> Iterator[Candidate]:
    """Yield every combination that can be a protocol at all."""
    search = scenario.search
    assert search is not None
    for name, sequence in search.used.items():
        for visits, gaps, first, stop, out in product(
            sorted(set(search.visits)),
            dict.fromkeys(search.every_days),
            sequence.first_visits or (None,),
            search.stop_after_relief,
            search.discharge_without_relief_by,
        ):
            # A rule that could only end a course at its last visit changes nothing.
            stop_after = None if stop == "never" or stop >= visits else stop
            out_by = None if out == "never" or out >= visits else out
            plan = _plan(sequence, visits, gaps, first)
            try:
                protocol = Protocol.model_validate(plan | _rules(stop_after, out_by))
            except ValidationError:
                continue  # longer than any course may be
            # With no more visits than the first thing takes, it is all there is.
            first_visits = first if first is None or first < visits else visits
            yield Candidate(protocol, name, visits, gaps, first_visits, stop_after, out_by)


def _plan(sequence: Sequence, visits: int, gaps: tuple[float, ...], first: int | None) -> dict[str, Any]:
    if first is not None and first < visits:
        phases = (
            {"visits": first, "every_days": gaps, "each_visit": sequence.first},
            {"visits": visits - first, "every_days": gaps, "each_visit": sequence.then},
        )
        return {"phases": phases}
    given = {"alternate": sequence.alternate} if sequence.alternate else {"each_visit": sequence.each_visit}
    if first is not None:
        given = {"each_visit": sequence.first}
    return {"visits": visits, "every_days": gaps, **given}


def _rules(stop: int | None, out: int | None) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    if stop is not None:
        rules["stop"] = {"relief_held_for": stop}
    if out is not None:
        rules["discharge"] = {"no_relief_by_visit": out}
    return rules | ({"judged_by": "reported_pain"} if rules else {})
