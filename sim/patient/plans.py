"""Plans: all pathways of all arms as one set of arrays, so that one compiled function runs any scenario's arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, inner, kernel
from sim.patient.arms import Arm
from sim.patient.cohort import Cohort
from sim.patient.course import run_course
from sim.patient.day import Limits
from sim.patient.pathway import NO_TRACE, Pathway, Rules, Trace
from sim.patient.patients import Patients, fill_tile, limits_of
from sim.patient.record import write_rows
from sim.patient.tile import WIDTH, Lanes, empty_lanes, empty_tile
from sim.quantities import N_ROWS

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


class Plans(NamedTuple):
    """Pathways one after another, arm by arm, and the rules that say who takes which.

    `of_arm`: first pathway of each arm and the end, (arms + 1,). The entries of `Pathway` follow with pathways as their
    first axis. `rules_of_arm`: first rule of each arm and the end, (arms + 1,); `profiles` (rules, profiles), `low` and
    `high` (rules,) say for whom a rule holds, and `takes` (rules,) which pathway it gives; `otherwise` (arms,) is that
    of everybody else.
    """

    of_arm: Whole
    visits: Whole
    days: Whole
    visit_on: Whole
    given: NDArray[np.uint8]
    treatment: Whole
    cost: Floats
    minutes: Floats
    serious: Floats
    event_risk: Floats
    stop_after: Whole
    step_at: Whole
    discharge_by: Whole
    active: NDArray[np.uint8]
    judged_by_reading: NDArray[np.bool_]
    needles: NDArray[np.bool_]
    rules_of_arm: Whole
    profiles: NDArray[np.bool_]
    low: Floats
    high: Floats
    takes: Whole
    otherwise: Whole


class Space(NamedTuple):
    """Room for a net of patients under way: the tile, who sits where in it, which pathway each takes."""

    tile: Floats
    lanes: Lanes
    taken: Whole


def space_for(modalities: int) -> Space:
    """Return space for a net of patients."""
    return Space(empty_tile(modalities), empty_lanes(), np.zeros(WIDTH, np.int64))


def build_plans(arms: Mapping[str, Arm], profiles: int) -> Plans:
    """Return the arms of a setting as plans."""
    built = list(arms.values())
    pathways = [pathway for arm in built for pathway in arm.pathways]
    first = np.cumsum([0, *(len(arm.pathways) for arm in built)])
    chosen = [(arm.choices, at) for arm, at in zip(built, first, strict=False)]
    rules_of = [(choices, at) for choices, at in chosen if choices]
    parts: dict[str, Any] = {name: _stacked([getattr(one, name) for one in pathways]) for name in Pathway._fields}
    return Plans(
        of_arm=first,
        **parts,
        rules_of_arm=np.cumsum([0, *(len(choices.low) if choices else 0 for choices, _ in chosen)]),
        profiles=np.concatenate([np.zeros((0, profiles), np.bool_), *(choices.profiles for choices, _ in rules_of)]),
        low=np.concatenate([np.zeros(0), *(choices.low for choices, _ in rules_of)]),
        high=np.concatenate([np.zeros(0), *(choices.high for choices, _ in rules_of)]),
        takes=np.concatenate([np.zeros(0, np.int64), *(choices.pathway[:-1] + at for choices, at in rules_of)]),
        otherwise=np.array([at + (choices.pathway[-1] if choices else 0) for choices, at in chosen], dtype=np.int64),
    )


def with_numbers(plans: Plans, arms: Mapping[str, Arm]) -> Plans:
    """Return the plans of arms that differ from those of `plans` in costs, minutes and risks only."""
    pathways = [pathway for arm in arms.values() for pathway in arm.pathways]
    return plans._replace(
        cost=_stacked([one.cost for one in pathways]),
        minutes=_stacked([one.minutes for one in pathways]),
        serious=_stacked([one.serious for one in pathways]),
        event_risk=_stacked([one.event_risk for one in pathways]),
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
def pathway_of(plans: Plans, p: int) -> Pathway:
    """Return a pathway by its number."""
    return Pathway(
        plans.visits[p], plans.days[p], plans.visit_on[p], plans.given[p], plans.treatment[p], plans.cost[p],
        plans.minutes[p], plans.serious[p], plans.event_risk[p], plans.stop_after[p], plans.step_at[p],
        plans.discharge_by[p], plans.active[p], plans.judged_by_reading[p], plans.needles[p],
    )  # fmt: skip


def run_patients(patients: Patients, plans: Plans, rules: Rules, soreness_days: Floats) -> Floats:
    """Return what happens to patients under every arm, (arms, N_ROWS, columns)."""
    rows = np.empty((len(plans.otherwise), N_ROWS, len(patients.cohort.profile)))
    space = space_for(len(rules.needling))
    run_plans(patients, limits_of(patients.luck, patients.cohort), plans, rules, soreness_days, space, NO_TRACE, rows)
    return rows


def trace_arm(patients: Patients, plans: Plans, a: int, rules: Rules, soreness_days: Floats, trace: Trace) -> Floats:
    """Return what happens to patients under arm number a, (N_ROWS, columns); fills `trace`."""
    alone = plans._replace(
        of_arm=plans.of_arm[a : a + 2], rules_of_arm=plans.rules_of_arm[a : a + 2], otherwise=plans.otherwise[a : a + 1]
    )
    rows = np.empty((1, N_ROWS, len(patients.cohort.profile)))
    space, limits = space_for(len(rules.needling)), limits_of(patients.luck, patients.cohort)
    run_plans(patients, limits, alone, rules, soreness_days, space, trace, rows)
    found: Floats = rows[0]
    return found


@kernel
def run_plans(
    patients: Patients, limits: Limits, plans: Plans, rules: Rules, soreness_days: Floats, space: Space, trace: Trace,
    rows: Floats,
) -> None:  # fmt: skip
    """Run all arms for some patients, net by net; fills `rows`, (arms, N_ROWS, columns)."""
    for a in range(len(rows)):
        for start in range(0, rows.shape[2], WIDTH):
            _run_net(start, patients, limits, plans, a, rules, soreness_days, space, trace, rows[a])


@inner
def _run_net(
    start: int, patients: Patients, limits: Limits, plans: Plans, a: int, rules: Rules, soreness_days: Floats,
    space: Space, trace: Trace, out: Floats,
) -> None:  # fmt: skip
    """Run an arm for the net of patients from column `start` on; fills `out`, (N_ROWS, columns)."""
    luck, cohort, ceilings = patients
    tile, lanes, taken = space
    columns = min(len(cohort.profile) - start, WIDTH)
    lanes.net[0] = start // WIDTH
    several = plans.of_arm[a + 1] - plans.of_arm[a] > 1
    _choose(plans, a, cohort, start, columns, taken)
    for p in range(plans.of_arm[a], plans.of_arm[a + 1]):
        width: Any = np.int64(0)  # a literal 0 would have everything compiled twice
        for column in range(WIDTH):
            lanes.lane[column] = -1
            if column < columns and (not several or taken[column] == p):
                lanes.lane[column] = width
                lanes.column[width] = start + column
                width += 1
        if width > 0:
            pathway = pathway_of(plans, p)
            fill_tile(tile, width, lanes, cohort, ceilings, rules)
            run_course(tile, width, lanes, cohort, luck, limits, pathway, rules, soreness_days, trace)
            write_rows(tile, width, lanes, cohort, luck, pathway, rules, out)


@kernel
def _choose(plans: Plans, a: int, cohort: Cohort, start: int, columns: int, taken: Whole) -> None:
    """Find which pathway of an arm each patient takes: the first rule that holds decides."""
    for i in range(columns):
        taken[i] = plans.otherwise[a]
        reading = cohort.baseline_reading[start + i]
        for r in range(plans.rules_of_arm[a + 1] - 1, plans.rules_of_arm[a] - 1, -1):
            if plans.profiles[r, cohort.profile[start + i]] and plans.low[r] <= reading < plans.high[r]:
                taken[i] = plans.takes[r]


def pathways_taken(plans: Plans, a: int, cohort: Cohort) -> Whole:
    """Return which of its arm's pathways each patient takes, from 0, (columns,)."""
    taken = np.zeros(len(cohort.profile), np.int64)
    _choose(plans, a, cohort, 0, len(taken), taken)
    found: Whole = taken - plans.of_arm[a]
    return found
