"""What many patients would have felt, had they had the visits that one patient had: the step of a day along a record.

Everybody of a bank of evenly spread patients is taken through the days on which the visits really were, by the same
step and the same visits as in a run. Nobody leaves and no rule is asked: what happened is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.luck.numbers import Luck
from sim.patient.cohort import Cohort
from sim.patient.course import begin
from sim.patient.day import Limits, step
from sim.patient.effects import Ceilings
from sim.patient.pathway import Pathway, Rules
from sim.patient.patients import Patients, fill_tile, limits_of
from sim.patient.plans import Space, space_for
from sim.patient.tile import LOST, NEVER, NOT_IN_RELIEF, PAIN, SINCE, WIDTH
from sim.patient.visit import attend, expect_nobody

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Schedule:
    """The days of one or more patients with the same visits.

    `visits`: days of attended visits with the numbers of the modalities that were given; `looks`: evenings of the diary
    on which pain and relief are wanted, ascending; `lost_after`: the day up to which relief that is lost does not
    count, -1 if it always does.
    """

    visits: tuple[tuple[int, tuple[int, ...]], ...]
    looks: tuple[int, ...]
    lost_after: int = -1

    @property
    def last(self) -> int:
        """The last day that anything is wanted of."""
        return max((*self.looks, 0))


class Seen(NamedTuple):
    """What a bank of patients shows on the evenings wanted, (looks, patients): `pain` in points, and `relieved` as 1 or
    0; `lost`, (patients,): the first day that counts on which relief was lost, a very late one if it was not.
    """

    pain: Floats
    relieved: Floats
    lost: Floats


def along(schedule: Schedule, bank: Patients, rules: Rules) -> Seen:
    """Return what everybody of a bank would have shown along a schedule."""
    columns, modalities = len(bank.cohort.profile), len(rules.needling)
    seen = Seen(np.empty((len(schedule.looks), columns)), np.empty((len(schedule.looks), columns)), np.empty(columns))
    pathway, look_at = visits_of(schedule, rules.needling.tobytes())
    limits, space = limits_of(bank.luck, bank.cohort), space_for(modalities)
    everybody_comes: Any = rules._replace(no_show=0.0)
    _along(
        bank.luck, bank.cohort, bank.ceilings, limits, pathway, everybody_comes, look_at, schedule.lost_after, space,
        seen,
    )  # fmt: skip
    return seen


@lru_cache(maxsize=20_000)
def visits_of(schedule: Schedule, needling: bytes) -> tuple[Pathway, Whole]:
    """Return the visits as a pathway, and by day which look is taken, from 1, (days + 1,)."""
    look_at = np.zeros(schedule.last + 1, np.int64)
    look_at[list(schedule.looks)] = np.arange(1, len(schedule.looks) + 1)
    return _pathway(schedule, np.frombuffer(needling, np.uint8)), look_at


def _pathway(schedule: Schedule, needling: NDArray[np.uint8]) -> Pathway:
    modalities = len(needling)
    days: Sequence[int] = [day for day, _ in schedule.visits] or [0]
    n = len(days)
    given = np.zeros((1, n, modalities), np.uint8)
    visit_on = np.zeros((1, max(days) + 1), np.int64)
    for k, (day, numbers) in enumerate(schedule.visits):
        visit_on[0, day] = k + 1
        given[0, k, list(numbers)] = 1
    active: NDArray[np.uint8] = np.asarray(given.any(axis=(0, 1)), dtype=np.uint8)
    nothing, none = np.zeros((1, n)), np.zeros(1, np.int64)
    return Pathway(
        visits=np.array([n]), days=np.array([days]), visit_on=visit_on, given=given,
        treatment=np.zeros((1, n), np.int64), cost=nothing, minutes=nothing, serious=nothing,
        event_risk=np.zeros((2, 1, n)), stop_after=none, step_at=none, discharge_by=none, active=active,
        judged_by_reading=False, needles=bool((active & needling).any()),
    )  # fmt: skip


@kernel
def _along(
    luck: Luck, cohort: Cohort, ceilings: Ceilings, limits: Limits, pathway: Pathway, rules: Rules, look_at: Whole,
    lost_after: int, space: Space, seen: Seen,
) -> None:  # fmt: skip
    for start in range(0, len(seen.lost), WIDTH):
        width: Any = np.int64(min(len(seen.lost) - start, WIDTH))
        run_visits(
            start, width, luck, cohort, ceilings, limits, pathway, rules, look_at, len(look_at) - 1,
            lost_after, space, seen.pain[:, start : start + width], seen.relieved[:, start : start + width],
        )  # fmt: skip
        for i in range(width):
            seen.lost[start + i] = space.tile[LOST + i]


@kernel
def run_visits(
    start: int, width: int, luck: Luck, cohort: Cohort, ceilings: Ceilings, limits: Limits, pathway: Pathway,
    rules: Rules, look_at: Whole, last: int, lost_after: int, space: Space, pain: Floats, relieved: Floats,
) -> None:  # fmt: skip
    """Take `width` patients from column `start` on through visits to a last day; the tile is left in their state.

    `look_at`: by day which look is taken, from 1, 0 for none; `lost_after`: the day after which the first loss of
    relief is noted; `pain` and `relieved` are filled, (looks, width).
    """
    tile, lanes, _ = space
    for i in range(width):
        lanes.column[i] = start + i
        lanes.lane[i] = i
    lanes.net[0] = start // WIDTH
    fill_tile(tile, width, lanes, cohort, ceilings, rules)
    begin(tile, width, lanes, limits, rules)
    _note(tile, width, look_at[0], pain, relieved)
    for day in range(1, last + 1):
        yesterday = day - 1
        visit = pathway.visit_on[0, yesterday] if yesterday < pathway.visit_on.shape[1] else 0
        if visit > 0:
            expect_nobody(tile, width, pathway.active)
            attend(tile, width, lanes, 0, visit - 1, luck, pathway, rules)
        step(
            tile, width, lanes, float(day), pathway.active, visit > 0, pathway.needles, rules.effects, rules.relapse,
            limits,
        )  # fmt: skip
        _note(tile, width, look_at[day], pain, relieved)
        if day == lost_after:
            for i in range(width):
                tile[LOST + i] = NEVER


@kernel
def _note(tile: Floats, width: int, look: int, pain: Floats, relieved: Floats) -> None:
    if look > 0:
        for i in range(width):
            pain[look - 1, i] = tile[PAIN + i]
            relieved[look - 1, i] = 1.0 if tile[SINCE + i] < NOT_IN_RELIEF else 0.0
