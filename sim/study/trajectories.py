"""The first block of a run once more, with every visit and day written down, and the courses of a few patients."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.estimate.by_net import ByNet, nets_like
from sim.luck.numbers import spread_luck
from sim.luck.streams import BLOCK_SIZE
from sim.patient.pathway import ATTENDED, BRUISED_AFTER, MISSED, RELIEVED, SORE_AFTER, SWITCHED, Trace
from sim.patient.patients import Patients, make_patients
from sim.patient.plans import trace_arm
from sim.quantities import ROW
from sim.study.batch import starts_of
from sim.study.prepare import Study
from sim.study.run import Result

Floats = NDArray[np.float64]

EXAMPLE_RANKS = (0.2, 0.5, 0.8)
NEAR = 0.02
"""How far an example may stand from its rank, so that the examples relapse as often as the cohort does."""
"""Where the single patients stand among all, by pain on day 42, averaged over arms."""


@dataclass(frozen=True)
class ExampleCourse:
    """One patient's course under one arm. Arrays by visit hold only the visits of the course.

    `visit_days` in days, `pain` and `reading` (reported pain) in points the day after each visit, the flags by visit;
    `path_days` and `path` are the diary of pain from day 0 to the horizon; `relapse_days` those of relapses in it.
    """

    visit_days: Floats
    pain: Floats
    reading: Floats
    attended: NDArray[np.bool_]
    missed: NDArray[np.bool_]
    sore: NDArray[np.bool_]
    bruised: NDArray[np.bool_]
    relieved: NDArray[np.bool_]
    switched: NDArray[np.bool_]
    end_day: float
    relapse_days: Floats
    path_days: Floats
    path: Floats


@dataclass(frozen=True)
class ExamplePatient:
    """A single patient, seen under every arm with the same luck; pain in points.

    `less_pain`: the share of patients who have less pain on day 42, averaged over the arms; `relapsing`: the share of
    all patients' courses, over all arms, with a relapse.
    """

    number: int
    profile: str
    baseline_pain: float
    less_pain: float
    relapsing: float
    courses: dict[str, ExampleCourse]


@dataclass(frozen=True)
class Traced:
    """The first block, run once more with every visit and every day written down."""

    patients: Patients
    rows: dict[str, Floats]
    traces: dict[str, Trace]
    starts: NDArray[np.int64]

    def nets(self, patients: int) -> tuple[ByNet, ...]:
        """Return what is recorded of the block in nets like those of a cohort of so many patients."""
        return nets_like(np.stack(list(self.rows.values())), self.starts, self.patients.luck.number, patients)

    def of(self, values: Floats, patients: int) -> tuple[ByNet, ...]:
        """Return other values of the same patients, (positions, columns), in nets like those of a cohort."""
        return nets_like(values[None], self.starts, self.patients.luck.number, patients)


def trace_first_block(study: Study, n: int = BLOCK_SIZE) -> Traced:
    """Return the first patients of a run with every visit and every day written down."""
    setting = study.setting
    luck = spread_luck(study.scenario.seed, 0, 0, setting.needs._replace(readings=True), n)
    patients = make_patients(luck, study.law, study.response)
    rows, traces = {}, {}
    for a, (name, arm) in enumerate(setting.arms.items()):
        traces[name] = Trace.empty(arm.longest, study.rules.horizon + 1, n, relapses=True)
        soreness_days = study.law.soreness_days
        rows[name] = trace_arm(patients, setting.plans, a, study.rules, soreness_days, traces[name])
    return Traced(patients, rows, traces, starts_of(patients.cohort.profile, len(study.scenario.profiles)))


def examples(result: Result, traced: Traced) -> list[ExamplePatient]:
    """Return a few patients of a run, whose whole first block has been traced."""
    study, cohort = result.study, traced.patients.cohort
    own = np.flatnonzero(traced.patients.luck.number < result.patients)
    remaining = np.mean([rows[ROW["pain_day42"]][own] for rows in traced.rows.values()], axis=0)
    relapsed = np.mean([trace.relapses[-1][own] > 0 for trace in traced.traces.values()], axis=0)
    names = list(study.scenario.profiles)
    return [
        ExamplePatient(
            number=int(traced.patients.luck.number[own[i]]) + 1,
            profile=names[cohort.profile[own[i]]],
            baseline_pain=float(cohort.baseline[own[i]]),
            less_pain=float(np.mean(remaining < remaining[i])),
            relapsing=float(relapsed.mean()),
            courses={arm: _example_course(traced, arm, int(own[i])) for arm in traced.rows},
        )
        for i in _chosen(np.argsort(remaining, kind="stable"), relapsed)
    ]


def _chosen(order: NDArray[np.int64], relapsed: Floats) -> list[int]:
    """Return a patient for each rank of an order, near it and so that together they relapse as often as all do."""
    last = len(order) - 1
    places = [int(rank * last) for rank in EXAMPLE_RANKS]
    options: list[list[int]] = []
    for rank, place in zip(EXAMPLE_RANKS, places, strict=True):
        low, high = min(math.ceil((rank - NEAR) * last), place), max(math.floor((rank + NEAR) * last), place)
        nearest: dict[float, int] = {}
        for other in sorted(range(low, high + 1), key=lambda one: abs(one - place)):
            nearest.setdefault(float(relapsed[order[other]]), other)
        options.append(list(nearest.values()))

    def distance(chosen: tuple[int, ...]) -> tuple[float, int]:
        share = np.mean([relapsed[order[one]] for one in chosen])
        away = sum(abs(one - place) for one, place in zip(chosen, places, strict=True))
        return round(abs(float(share - relapsed.mean())), 9), away

    best = min(itertools.product(*options), key=distance)
    return [int(order[one]) for one in sorted(set(best))]


def _example_course(traced: Traced, arm: str, i: int) -> ExampleCourse:
    trace, rows = traced.traces[arm], traced.rows[arm][:, i]
    event, diary = trace.event[:, i], trace.diary[:, i]
    took_place = event > 0
    flags = {
        name: (event[took_place] & bit) > 0
        for name, bit in (
            ("attended", ATTENDED), ("missed", MISSED), ("sore", SORE_AFTER),
            ("bruised", BRUISED_AFTER), ("relieved", RELIEVED), ("switched", SWITCHED),
        )
    }  # fmt: skip
    return ExampleCourse(
        visit_days=trace.day[took_place, i],
        pain=trace.pain[took_place, i],
        reading=trace.reading[took_place, i],
        **flags,
        end_day=float(rows[ROW["course_end"]]),
        relapse_days=(1 + np.flatnonzero(np.diff(trace.relapses[:, i]))).astype(np.float64),
        path_days=np.arange(float(len(diary))),
        path=diary.copy(),  # else the days of a whole block of patients are kept with it
    )
