"""What a course costs, takes and brings, by the day of each visit: what a budget is added up from.

The patients and their luck are those of an ordinary run; every visit is written down, so that a course that goes on
into another year counts there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError
from sim.estimate.clusters import FEW
from sim.luck.nets import NET_SIZE
from sim.luck.numbers import spread_luck
from sim.luck.streams import BLOCK_SIZE
from sim.patient.pathway import ATTENDED, MISSED, Pathway, Rules, Trace
from sim.patient.patients import Patients, make_patients
from sim.patient.plans import pathways_taken, trace_arm
from sim.patient.utility import YEARS_PER_DAY
from sim.quantities import LASTING_RELIEF, QALY, RELIEF_DAY42, RESPONDER_DAY42, ROW, VISITS_ATTENDED
from sim.scenario.structure import Form
from sim.study.at_work import Told, worked
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.draws import DRAWS_PER_TASK, Drawing, plan_draws
from sim.study.executors import Workers, open_pool
from sim.study.prepare import Study
from sim.study.run import block_sizes

Floats = NDArray[np.float64]
Begin = Literal["evenly", "first_day"]
Progress = Callable[[int, int], None]

TIMED = ("price", "minutes", VISITS_ATTENDED, "first_visits", "missed_visits")
"""What happens on the days of visits: per patient who begins, the price of what was done, in the currency; minutes of
a practitioner; attended visits, those that are a patient's first, and missed ones."""
HELPED = (RELIEF_DAY42, RESPONDER_DAY42, LASTING_RELIEF, QALY)
"""What a course brings, counted in the year in which it begins."""
OFFSETS = 4
"""Years in which a visit of a course may fall, that of its beginning among them."""
MOST_UNITS = 200
"""Units of patients that are kept at most; with more patients a unit is larger."""
FEW_IN_DRAW = 2
"""Nets from which on the noise of a draw comes from the differences between nets, as in every run over draws."""
PARTS = (*((name, after) for name in TIMED for after in range(OFFSETS)), *((name, 0) for name in HELPED))
"""What is kept of an arm: a flow, and how many years after the beginning of the course it falls."""
PART: dict[tuple[str, int], int] = {part: k for k, part in enumerate(PARTS)}
FLOWS = "budget"
"""The part of a run that these are, where finished work is kept."""


@dataclass(frozen=True)
class Flows:
    """Flows per patient who begins a course. `values` (draws, units, arms, parts): means over each unit of patients
    that is independent of the others; `weights` (units,) are the shares of the patients in each.
    """

    arms: tuple[str, ...]
    values: Floats
    weights: Floats

    @property
    def draws(self) -> int:
        """How many draws there are; one for the scenario as it stands."""
        return len(self.values)


def flows_of(study: Study, begin: Begin) -> Flows:
    """Return the flows of a study as its scenario states it, over its whole cohort."""
    return _flows(study, begin, study.scenario.cohort.size, 0, FEW)


def flows_in_draws(
    study: Study,
    begin: Begin,
    workers: int | Workers = 1,
    progress: Progress = lambda done, total: None,
    saved: Saved = NOTHING_SAVED,
    part: str = FLOWS,
) -> tuple[Flows, Drawing]:
    """Return the flows in each draw that the study's scenario asks for, and how its inputs are drawn.

    `part` names them among what is kept. Draws and their patients are those of `run_draws`; `workers`,
    `progress`, `saved` and what is raised are as there.
    """
    planned = plan_draws(study)
    wanted, patients = len(planned.values), study.scenario.draws.patients
    kept = saved.load(part)
    done: list[Floats] = [] if kept is None else list(kept["values"])

    def state() -> dict[str, Floats]:
        return {"values": np.array(done)}

    run = partial(_run_tasks, planned.drawing, begin, patients)
    with open_pool(workers) as pool:
        numbered = [(number, planned.values[number], planned.forms[number]) for number in range(len(done), wanted)]
        tasks = (numbered[i : i + DRAWS_PER_TASK] for i in range(0, len(numbered), DRAWS_PER_TASK))
        told = Told(progress, len(done), wanted)
        for found in pool.in_order(run, tasks, told.under_way):
            done.extend(found)
            saved.save(part, state)
            told.finished(len(done))
    flows = Flows(tuple(study.setting.arms), np.array(done), _weights(patients, FEW_IN_DRAW))
    return flows, planned.drawing


def share_after(days: Floats, after: int, begin: Begin) -> Floats:
    """Return which share of the visits on some days of a course falls so many years after the year of its beginning.

    With courses that begin evenly through the year it falls off linearly to both sides.

    >>> share_after(np.array([0.0, 91.3125, 365.25]), 1, "evenly").tolist()
    [0.0, 0.25, 1.0]
    >>> share_after(np.array([0.0, 91.3125, 365.25]), 1, "first_day").tolist()
    [0.0, 0.0, 1.0]
    """
    years = days * YEARS_PER_DAY
    if begin == "first_day":
        return np.asarray((years >= after) & (years < after + 1), dtype=float)
    return np.asarray(np.clip(1 - np.abs(years - after), 0.0, None))


def _run_tasks(drawing: Drawing, begin: Begin, patients: int, draws: list[tuple[int, Floats, Form]]) -> list[Floats]:
    found = []
    for number, values, form in draws:
        found.append(_flows(drawing.study_at(values, form), begin, patients, number + 1, FEW_IN_DRAW).values[0])
        worked()
    return found


def _flows(study: Study, begin: Begin, patients: int, draw: int, few: int) -> Flows:
    if too_long := [name for name, arm in study.setting.arms.items() if arm.last_day * YEARS_PER_DAY >= OFFSETS - 1]:
        raise ScenarioError([f"{too_long[0]}: a budget takes courses that end within {OFFSETS - 1} years"])
    sums = np.zeros((len(_weights(patients, few)), len(study.setting.arms), len(PARTS)))
    size = _unit_size(patients, few)
    for block, n in block_sizes(patients):
        luck = spread_luck(study.scenario.seed, draw, block * BLOCK_SIZE, study.setting.needs, n)
        of_patients = _of_patients(study, make_patients(luck, study.law, study.response), begin)
        units = (block * BLOCK_SIZE + np.arange(n)) // size
        starts = np.flatnonzero(np.diff(units, prepend=-1))
        sums[units[starts]] += np.moveaxis(np.add.reduceat(of_patients, starts, axis=-1), -1, 0)
    weights = _weights(patients, few)
    return Flows(tuple(study.setting.arms), (sums / (patients * weights)[:, None, None])[None], weights)


def _unit_size(patients: int, few: int) -> int:
    """Return how many patients a unit has: one where there are too few nets, else whole nets."""
    return 1 if patients < few * NET_SIZE else NET_SIZE * -(-patients // (NET_SIZE * MOST_UNITS))


def _weights(patients: int, few: int) -> Floats:
    """Return the share of patients in each unit."""
    size = _unit_size(patients, few)
    whole, left = divmod(patients, size)
    return np.array([size] * whole + [left] * (left > 0)) / patients


def _of_patients(study: Study, patients: Patients, begin: Begin) -> Floats:
    """Return the parts of every patient, (arms, parts, columns)."""
    setting, rules = study.setting, study.rules
    found = np.zeros((len(setting.arms), len(PARTS), len(patients.cohort.profile)))
    for a, arm in enumerate(setting.arms.values()):
        trace = Trace.empty(arm.longest, rules.horizon + 1, found.shape[-1], diary=())
        rows = trace_arm(patients, setting.plans, a, rules, study.law.soreness_days, trace)
        taken = pathways_taken(setting.plans, a, patients.cohort)
        for amounts, days in _visits(trace, arm.pathways, taken, rules):
            for after in range(OFFSETS):
                share = share_after(days, after, begin)
                for name, amount in amounts.items():
                    found[a, PART[name, after]] += amount * share
        for name in HELPED:
            found[a, PART[name, 0]] = rows[ROW[name]]
    return found


def _visits(
    trace: Trace, pathways: tuple[Pathway, ...], taken: NDArray[np.int64], rules: Rules
) -> Iterator[tuple[dict[str, Any], Floats]]:
    """Yield what happens at each visit by flow, and its day, (columns,) each; nothing where nobody is due."""
    given_before = np.zeros((len(taken), len(rules.first_visit_cost)), bool)
    came_before = np.zeros(len(taken), bool)
    cost, minutes = _stacked([one.cost for one in pathways]), _stacked([one.minutes for one in pathways])
    given = _stacked([one.given for one in pathways])
    for k in range(len(trace.day)):
        attended, missed = ((trace.event[k] & bit) > 0 for bit in (ATTENDED, MISSED))
        at = taken, trace.step[k].astype(np.int64), np.full(len(taken), k)
        gives = (given[at] > 0) & attended[:, None]
        first = gives & ~given_before
        yield (
            {
                "price": attended * cost[at] + first @ rules.first_visit_cost,
                "minutes": attended * minutes[at],
                VISITS_ATTENDED: attended.astype(float),
                "first_visits": (attended & ~came_before).astype(float),
                "missed_visits": missed.astype(float),
            },
            np.nan_to_num(trace.day[k]),
        )
        given_before |= gives
        came_before |= attended


def _stacked(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """Return arrays by (step, visit) as one by (pathway, step, visit), filled up with zeros."""
    shape = [max(one.shape[k] for one in arrays) for k in (0, 1)]
    whole = np.zeros((len(arrays), *shape, *arrays[0].shape[2:]), arrays[0].dtype)
    for place, one in enumerate(arrays):
        whole[place, : one.shape[0], : one.shape[1]] = one
    return whole
