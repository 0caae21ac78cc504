"""Pain, relief and relapse over visits and days, and the courses of a few single patients."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.patient import outcomes as o
from sim.patient.cohort import Cohort, make_cohort
from sim.patient.course import ATTENDED, BRUISED, MISSED, RELIEVED, SORE, SWITCHED, Trace, simulate_arm
from sim.patient.path import pain_on_days
from sim.patient.setting import build_effects, decay_table
from sim.patient.streams import BLOCK_SIZE, Luck, draw_luck
from sim.study.estimates import ALL, QUANTILES, Z95, distribution
from sim.study.run import Result, Study

Floats = NDArray[np.float64]

EXAMPLE_RANKS = (0.2, 0.5, 0.8)
"""Where the single patients stand among all, by pain left at the end of the course, averaged over arms."""


@dataclass(frozen=True)
class Point:
    """One estimate along an axis (`visit` or `day`), from `n` patients."""

    arm: str
    subgroup: str
    outcome: str
    axis: str
    at: float
    statistic: str
    unit: str
    estimate: float
    mc_error: float
    lower: float
    upper: float
    n: int


@dataclass(frozen=True)
class ExampleCourse:
    """One patient's course under one arm. Arrays by visit hold only the visits of the course.

    `visit_days` in days, `pain` and `reading` (reported pain) in points the day after each visit, the flags by visit;
    `path_days` and `path` trace pain from day 0 to the horizon; `relapse_day` is None without a relapse by then.
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
    relapse_day: float | None
    path_days: Floats
    path: Floats


@dataclass(frozen=True)
class ExamplePatient:
    """A single patient, seen under every arm with the same luck; pain in points."""

    number: int
    profile: str
    baseline_pain: float
    courses: dict[str, ExampleCourse]


@dataclass(frozen=True)
class _Traced:
    """The first block, run once more with every visit written down."""

    cohort: Cohort
    luck: Luck
    rows: dict[str, Floats]
    traces: dict[str, Trace]


def trajectories(result: Result) -> tuple[list[Point], list[ExamplePatient]]:
    """Return the points of all curves and the example patients of a run.

    Pain comes from the first block of patients; relief and relapse from all of them.
    """
    traced = _trace_first_block(result.study, min(result.patients, BLOCK_SIZE))
    days = np.arange(0.0, result.study.setting.rules.horizon + 0.5)
    paths = {arm: _path(result.study, traced, arm, days) for arm in result.study.setting.arms}
    points = [*_pain_by_visit(result.study, traced), *_pain_by_day(result.study, traced, days, paths)]
    points += [*_relief(result), *_relapse(result)]
    return points, _examples(result.study, traced, days, paths)


def _trace_first_block(study: Study, n: int) -> _Traced:
    setting = study.setting
    luck = draw_luck(study.scenario.seed, 0, 0, setting.needs._replace(readings=True))
    cohort = make_cohort(luck, study.law, n)
    effects = build_effects(study.scenario, cohort, study.parameters, setting.needs.visits)
    decay = decay_table(cohort, setting.days)
    rows, traces = {}, {}
    for name, arm in setting.arms.items():
        shape = (len(arm.days), n)
        trace = Trace(*(np.full(shape, np.nan) for _ in range(3)), np.zeros(shape, np.uint8))
        rows[name], traces[name] = np.empty((o.N_ROWS, n)), trace
        simulate_arm(cohort, luck, effects, decay, arm, setting.rules, study.law.soreness_days, rows[name], trace)
    return _Traced(cohort, luck, rows, traces)


def _path(study: Study, traced: _Traced, arm: str, days: Floats) -> Floats:
    setting = study.setting
    return np.asarray(
        pain_on_days(
            days, traced.cohort, setting.arms[arm], setting.rules, traced.traces[arm], traced.rows[arm],
            traced.luck.booster,
        )
    )  # fmt: skip


def _groups(study: Study, traced: _Traced) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    profile = traced.cohort.profile
    yield ALL, np.ones(len(profile), dtype=bool)
    for index, name in enumerate(study.scenario.profiles):
        if (profile == index).any():
            yield name, profile == index


def _pain_by_visit(study: Study, traced: _Traced) -> Iterator[Point]:
    for arm, trace in traced.traces.items():
        for group, members in _groups(study, traced):
            pain = np.vstack([traced.cohort.baseline[None], trace.pain])[:, members]
            for visit, values in enumerate(pain):
                present = np.sort(values[np.isfinite(values)])
                if len(present):
                    yield from _summary(arm, group, "visit", float(visit), present)


def _pain_by_day(study: Study, traced: _Traced, days: Floats, paths: dict[str, Floats]) -> Iterator[Point]:
    for arm, path in paths.items():
        for group, members in _groups(study, traced):
            ordered = np.sort(path[:, members], axis=1)
            for day, values in zip(days, ordered, strict=True):
                yield from _summary(arm, group, "day", float(day), values)


def _summary(arm: str, group: str, axis: str, at: float, ordered: Floats) -> Iterator[Point]:
    """Yield mean and quantiles of ordered values with their errors (for quantiles from order statistics)."""
    n = len(ordered)
    mean = float(ordered.mean())
    error = float(ordered.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    unit = "NRS points"
    yield Point(arm, group, "pain", axis, at, "mean", unit, mean, error, mean - Z95 * error, mean + Z95 * error, n)
    for name, p in QUANTILES.items():
        reach = Z95 * math.sqrt(p * (1 - p) / n)
        middle, lower, upper = (
            float(ordered[min(max(math.ceil(share * n) - 1, 0), n - 1)]) for share in (p, p - reach, p + reach)
        )
        yield Point(arm, group, "pain", axis, at, name, unit, middle, (upper - lower) / (2 * Z95), lower, upper, n)


def _relief(result: Result) -> Iterator[Point]:
    """Yield the cumulative incidence of relief by visit and by day, among all patients."""
    for arm, compiled in result.study.setting.arms.items():
        by_visit = [(k + 1.0, "visit", "visits_to_relief") for k in range(len(compiled.days))]
        by_day = [(float(day) + 1, "day", "days_to_relief") for day in compiled.days]
        for at, axis, outcome in [
            (0.0, "visit", "visits_to_relief"),
            *by_visit,
            (0.0, "day", "days_to_relief"),
            *by_day,
        ]:
            yield from _cumulative(result, arm, "relief", axis, outcome, at, "share")


def _relapse(result: Result) -> Iterator[Point]:
    """Yield the cumulative incidence of relapse by day after the course, among the relieved."""
    for arm in result.study.setting.arms:
        for day in np.arange(0.0, result.study.setting.rules.followup_days + 0.5):
            yield from _cumulative(result, arm, "relapse", "day", "days_to_relapse", float(day), "share of relieved")


def _cumulative(
    result: Result, arm: str, outcome: str, axis: str, counted: str, at: float, unit: str
) -> Iterator[Point]:
    profiles = list(result.study.scenario.profiles)
    groups: list[tuple[str, int | None]] = [(ALL, None)]
    groups += [(name, p) for p, name in enumerate(profiles) if result.tally.n[p] > 0]
    for group, subgroup in groups:
        edges, counts = distribution(result.tally, counted, arm, subgroup)
        if outcome == "relapse":
            _, relief = distribution(result.tally, "visits_to_relief", arm, subgroup)
            n = int(relief[:-1].sum())
            reached = int(counts[:-1][edges[1:] <= at].sum())
        else:
            n = int(counts.sum())
            reached = int(counts[:-1][edges[:-1] <= at].sum())
        if n == 0:
            continue
        share = reached / n
        error = math.sqrt(share * (1 - share) / n)
        lower, upper = max(share - Z95 * error, 0.0), min(share + Z95 * error, 1.0)
        yield Point(arm, group, outcome, axis, at, "cumulative", unit, share, error, lower, upper, n)


def _examples(study: Study, traced: _Traced, days: Floats, paths: dict[str, Floats]) -> list[ExamplePatient]:
    cohort = traced.cohort
    remaining = np.mean([rows[o.PAIN_END][cohort.place] for rows in traced.rows.values()], axis=0)
    order = np.argsort(remaining, kind="stable")
    chosen = sorted({int(order[int(rank * (len(order) - 1))]) for rank in EXAMPLE_RANKS}, key=list(order).index)
    names = list(study.scenario.profiles)
    return [
        ExamplePatient(
            number=i + 1,
            profile=names[cohort.profile[i]],
            baseline_pain=float(cohort.baseline[i]),
            courses={arm: _example_course(study, traced, arm, i, days, paths[arm]) for arm in traced.rows},
        )
        for i in chosen
    ]


def _example_course(study: Study, traced: _Traced, arm: str, i: int, days: Floats, path: Floats) -> ExampleCourse:
    trace, rows = traced.traces[arm], traced.rows[arm][:, traced.cohort.place[i]]
    event = trace.event[:, i]
    took_place = event > 0
    flags = {
        name: (event[took_place] & bit) > 0
        for name, bit in (
            ("attended", ATTENDED), ("missed", MISSED), ("sore", SORE),
            ("bruised", BRUISED), ("relieved", RELIEVED), ("switched", SWITCHED),
        )
    }  # fmt: skip
    relapse_day = float(rows[o.COURSE_END] + rows[o.DAYS_TO_RELAPSE])
    return ExampleCourse(
        visit_days=study.setting.arms[arm].days[took_place],
        pain=trace.pain[took_place, i],
        reading=trace.reading[took_place, i],
        **flags,
        end_day=float(rows[o.COURSE_END]),
        relapse_day=relapse_day if relapse_day <= study.setting.rules.horizon else None,
        path_days=days,
        path=path[:, i],
    )
