"""Plans: all pathways of all arms as one set of arrays, so that one compiled function runs any scenario's arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.arms import Arm
from sim.patient.compiled import inlined, kernel
from sim.patient.course import run_members
from sim.patient.pathway import Pathway, Rules, Trace
from sim.patient.room import Room, room_for
from sim.patient.side_by_side import is_alike, run_everybody

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


class Plans(NamedTuple):
    """Pathways one after another, arm by arm, and the rules that say who takes which.

    `of_arm`: first pathway of each arm and the end, (arms + 1,); `alike`: whether everybody has the same visits,
    (pathways,). The entries of `Pathway` follow with pathways as their first axis. `rules_of_arm`: first rule of each
    arm and the end, (arms + 1,); `profiles` (rules, profiles), `low` and `high` (rules,) say for whom a rule holds, and
    `takes` (rules,) which pathway it gives; `otherwise` (arms,) is that of everybody else.
    """

    of_arm: Whole
    alike: NDArray[np.bool_]
    visits: Whole
    days: Floats
    day_row: Whole
    given: NDArray[np.uint8]
    cost: Floats
    minutes: Floats
    event_risk: Floats
    stop_after: Whole
    step_at: Whole
    discharge_by: Whole
    judged_by_reading: NDArray[np.bool_]
    rules_of_arm: Whole
    profiles: NDArray[np.bool_]
    low: Floats
    high: Floats
    takes: Whole
    otherwise: Whole


class Space(NamedTuple):
    """Room for a group of patients going through the plans: `room` and `taken` for what is known on the way, `members`
    and `out` for those who take one of several pathways, and no `trace`.
    """

    room: Room
    taken: Whole
    members: Whole
    out: Floats
    trace: Trace


def space_for(patients: int, modalities: int, rows: int) -> Space:
    """Return space for so many patients."""
    taken, members = (np.empty(patients, np.int64) for _ in range(2))
    return Space(room_for(patients, modalities), taken, members, np.empty((rows, patients)), Trace.empty(0, 0))


def build_plans(arms: Mapping[str, Arm], rules: Rules, profiles: int) -> Plans:
    """Return the arms of a setting as plans."""
    built = list(arms.values())
    pathways = [pathway for arm in built for pathway in arm.pathways]
    first = np.cumsum([0, *(len(arm.pathways) for arm in built)])
    chosen = [(arm.choices, at) for arm, at in zip(built, first, strict=False)]
    rules_of = [(choices, at) for choices, at in chosen if choices]
    parts: dict[str, Any] = {name: _stacked([getattr(one, name) for one in pathways]) for name in Pathway._fields}
    return Plans(
        of_arm=first,
        alike=np.array([is_alike(pathway, rules) for pathway in pathways], dtype=np.bool_),
        **parts,
        rules_of_arm=np.cumsum([0, *(len(choices.low) if choices else 0 for choices, _ in chosen)]),
        profiles=np.concatenate([np.zeros((0, profiles), np.bool_), *(choices.profiles for choices, _ in rules_of)]),
        low=np.concatenate([np.zeros(0), *(choices.low for choices, _ in rules_of)]),
        high=np.concatenate([np.zeros(0), *(choices.high for choices, _ in rules_of)]),
        takes=np.concatenate([np.zeros(0, np.int64), *(choices.pathway[:-1] + at for choices, at in rules_of)]),
        otherwise=np.array([at + (choices.pathway[-1] if choices else 0) for choices, at in chosen], dtype=np.int64),
    )


def _stacked(parts: Sequence[Any]) -> Any:
    """Return arrays of several shapes as one array, filled up with zeros."""
    arrays = [np.asarray(part) for part in parts]
    shape = tuple(max(sizes) for sizes in zip(*(array.shape for array in arrays), strict=True))
    whole = np.zeros((len(arrays), *shape), arrays[0].dtype)
    for place, array in enumerate(arrays):
        filled: tuple[Any, ...] = (place, *map(slice, array.shape))
        whole[filled] = array
    return whole


@inlined
def _pathway(plans, p):  # type: ignore[no-untyped-def]
    return Pathway(
        plans.visits[p], plans.days[p], plans.day_row[p], plans.given[p], plans.cost[p], plans.minutes[p],
        plans.event_risk[p], plans.stop_after[p], plans.step_at[p], plans.discharge_by[p], plans.judged_by_reading[p],
    )  # fmt: skip


@kernel
def run_plans(patients, plans, response, rules, soreness_days, space, rows):  # type: ignore[no-untyped-def]
    """Run all arms for some patients; fills `rows`, (arms, N_ROWS, patients)."""
    luck, cohort, ceilings, natural = patients
    members, out = space.members, space.out
    for a in range(len(rows)):
        several = plans.of_arm[a + 1] - plans.of_arm[a] > 1
        if several:
            _choose(plans, a, cohort, space.taken)
        for p in range(plans.of_arm[a], plans.of_arm[a + 1]):
            count = 0
            for i in range(len(members)):
                members[count] = i
                count += 1 if not several or space.taken[i] == p else 0
            if count == 0:
                continue
            if plans.alike[p]:
                target = out if several else rows[a]
                run_everybody(
                    cohort, luck, ceilings, response, natural, _pathway(plans, p), rules, soreness_days, space.room,
                    target,
                )  # fmt: skip
                if several:
                    for row in range(len(out)):
                        for c in range(count):
                            rows[a, row, members[c]] = out[row, members[c]]
            else:
                run_members(
                    members[:count], space.room.given, cohort, luck, ceilings, response, natural, _pathway(plans, p),
                    rules, soreness_days, rows[a], space.trace,
                )  # fmt: skip


@kernel
def _choose(plans, a, cohort, taken):  # type: ignore[no-untyped-def]
    """Find which pathway of an arm each patient takes: the first rule that holds decides."""
    for i in range(len(taken)):
        taken[i] = plans.otherwise[a]
        for r in range(plans.rules_of_arm[a + 1] - 1, plans.rules_of_arm[a] - 1, -1):
            reading = cohort.baseline_reading[i]
            if plans.profiles[r, cohort.profile[i]] and reading >= plans.low[r] and reading < plans.high[r]:
                taken[i] = plans.takes[r]
