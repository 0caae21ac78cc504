"""Pain, relief and relapse over visits and days, and the courses of a few single patients."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimate import Z95, Estimate
from sim.estimate.estimates import ALL, QUANTILES, distribution
from sim.estimate.histograms import BINS
from sim.luck.numbers import spread_luck
from sim.luck.streams import BLOCK_SIZE
from sim.patient.pathway import ATTENDED, BRUISED_AFTER, MISSED, RELIEVED, SORE_AFTER, SWITCHED, Trace
from sim.patient.patients import Patients, make_patients
from sim.patient.plans import trace_arm
from sim.quantities import DAYS_TO_RELIEF, ROW, THREE_MONTHS, VISITS_TO_RELIEF
from sim.study.prepare import Study
from sim.study.run import Result
from sim.units import POINTS, SHARE, SHARE_OF_RELIEVED, Unit

Floats = NDArray[np.float64]

EXAMPLE_RANKS = (0.2, 0.5, 0.8)
NEAR = 0.02
"""How far an example may stand from its rank, so that the examples relapse as often as the cohort does."""
"""Where the single patients stand among all, by pain on day 42, averaged over arms."""

_UNTIL_RELIEF = {"visit": VISITS_TO_RELIEF, "day": DAYS_TO_RELIEF}


@dataclass(frozen=True)
class Point(Estimate):
    """One estimate along an axis (`visit` or `day`), from `n` patients."""

    arm: str
    subgroup: str
    outcome: str
    axis: str
    at: float
    statistic: str
    n: int

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "arm", "subgroup", "outcome", "axis", "at", "statistic", *Estimate.COLUMNS, "n",
    )  # fmt: skip


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
class _Traced:
    """The first block, run once more with every visit and every day written down."""

    patients: Patients
    rows: dict[str, Floats]
    traces: dict[str, Trace]


def trajectories(result: Result) -> tuple[list[Point], list[ExamplePatient]]:
    """Return the points of all curves and the example patients of a run.

    Pain comes from the first block of patients, by day for all of them together; relief and relapse from the whole run.
    """
    traced = trace_first_block(result.study, min(result.patients, BLOCK_SIZE))
    points = [*_pain_by_visit(result.study, traced), *_pain_by_day(traced)]
    points += [*_relief(result), *_relapse(result)]
    return points, _examples(result.study, traced)


def trace_first_block(study: Study, n: int) -> _Traced:
    """Return the first patients of a run with every visit and every day written down."""
    setting = study.setting
    luck = spread_luck(study.scenario.seed, 0, 0, setting.needs._replace(readings=True), n)
    patients = make_patients(luck, study.law, study.response)
    rows, traces = {}, {}
    for a, (name, arm) in enumerate(setting.arms.items()):
        traces[name] = Trace.empty(arm.longest, study.rules.horizon + 1, n, relapses=True)
        soreness_days = study.law.soreness_days
        rows[name] = trace_arm(patients, setting.plans, a, study.rules, soreness_days, traces[name])
    return _Traced(patients, rows, traces)


def _groups(study: Study, traced: _Traced) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    profile = traced.patients.cohort.profile
    yield ALL, np.ones(len(profile), dtype=bool)
    for index, name in enumerate(study.scenario.profiles):
        if (profile == index).any():
            yield name, profile == index


def _pain_by_visit(study: Study, traced: _Traced) -> Iterator[Point]:
    for arm, trace in traced.traces.items():
        for group, members in _groups(study, traced):
            pain = np.vstack([traced.patients.cohort.baseline[None], trace.pain])[:, members]
            visits = np.arange(float(len(pain)))
            yield from _summaries(arm, group, "visit", visits, pain)


def _pain_by_day(traced: _Traced) -> Iterator[Point]:
    for arm, trace in traced.traces.items():
        yield from _summaries(arm, ALL, "day", np.arange(float(len(trace.diary))), trace.diary)


def _summaries(arm: str, group: str, axis: str, at: Floats, pain: Floats) -> Iterator[Point]:
    """Yield mean and quantiles of each row of pain, (positions, patients), among those present (not NaN).

    Errors of quantiles come from order statistics.
    """
    ordered = np.sort(pain, axis=1)  # NaN last
    n = np.isfinite(ordered).sum(axis=1)
    at, ordered, n = at[n > 0], ordered[n > 0], n[n > 0]
    mean = np.nansum(ordered, axis=1) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.nansum((ordered - mean[:, None]) ** 2, axis=1) / (n - 1) / n)
    rows = np.arange(len(n))
    columns = [("mean", mean, error, mean - Z95 * error, mean + Z95 * error)]
    for name, p in QUANTILES.items():
        reach = Z95 * np.sqrt(p * (1 - p) / n)
        middle, lower, upper = (
            ordered[rows, np.clip(np.ceil(share * n).astype(int) - 1, 0, n - 1)] for share in (p, p - reach, p + reach)
        )
        columns.append((name, middle, (upper - lower) / (2 * Z95), lower, upper))
    for name, *numbers in columns:
        for where, value, spread, low, high, count in zip(
            at.tolist(), *(column.tolist() for column in numbers), n.tolist(), strict=True
        ):
            yield Point(POINTS, value, spread, low, high, arm, group, "pain", axis, where, name, count)


def _relief(result: Result) -> Iterator[Point]:
    """Yield the cumulative incidence of relief by visit and by day, among all patients."""
    horizon = result.study.rules.horizon
    for arm, compiled in result.study.setting.arms.items():
        axes = {"visit": np.arange(compiled.longest + 1.0), "day": np.arange(horizon + 1.0)}
        for group, subgroup in _tallied_groups(result):
            for axis, at in axes.items():
                edges, counts = distribution(result.tally, _UNTIL_RELIEF[axis], arm, subgroup)
                reached = _reached(edges, counts, at)
                yield from _cumulative(arm, group, "relief", axis, SHARE, at, reached, int(counts.sum()))


def _relapse(result: Result) -> Iterator[Point]:
    """Yield the cumulative incidence of losing relief by day since it began, among those in whom it began by day 42."""
    days = np.arange(THREE_MONTHS + 1.0)
    for arm in result.study.setting.arms:
        a = result.tally.arms.index(arm)
        for group, subgroup in _tallied_groups(result):
            edges, counts = distribution(result.tally, "days_to_relapse", arm, subgroup)
            members = slice(None) if subgroup is None else slice(subgroup, subgroup + 1)
            began = int(result.tally.moments.total[ROW["began_by_day42"], a, members].sum())
            reached = _reached(edges, counts, days)
            if began > 0:
                yield from _cumulative(arm, group, "relapse", "day", SHARE_OF_RELIEVED, days, reached, began)


def _reached(edges: Floats, counts: NDArray[np.int64], at: Floats) -> NDArray[np.int64]:
    """Return how many values lie up to each whole number; a bin holds what lies between its edge, included, and the
    next."""
    last = np.minimum(np.searchsorted(edges, at + 0.5, side="right"), BINS)
    reached: NDArray[np.int64] = np.concatenate([[0], np.cumsum(counts[:-1])])[last]
    return reached


def _tallied_groups(result: Result) -> Iterator[tuple[str, int | None]]:
    yield ALL, None
    for p, name in enumerate(result.study.scenario.profiles):
        if result.tally.n[p] > 0:
            yield name, p


def _cumulative(
    arm: str, group: str, outcome: str, axis: str, unit: Unit, at: Floats, reached: NDArray[np.int64], n: int
) -> Iterator[Point]:
    share = reached / n
    error = np.sqrt(share * (1 - share) / n)
    lower, upper = np.maximum(share - Z95 * error, 0), np.minimum(share + Z95 * error, 1)
    for where, value, spread, low, high in zip(
        at.tolist(), share.tolist(), error.tolist(), lower.tolist(), upper.tolist(), strict=True
    ):
        yield Point(unit, value, spread, low, high, arm, group, outcome, axis, where, "cumulative", n)


def _examples(study: Study, traced: _Traced) -> list[ExamplePatient]:
    cohort = traced.patients.cohort
    remaining = np.mean([rows[ROW["pain_day42"]] for rows in traced.rows.values()], axis=0)
    relapsed = np.mean([trace.relapses[-1] > 0 for trace in traced.traces.values()], axis=0)
    names = list(study.scenario.profiles)
    return [
        ExamplePatient(
            number=int(traced.patients.luck.number[i]) + 1,
            profile=names[cohort.profile[i]],
            baseline_pain=float(cohort.baseline[i]),
            less_pain=float(np.mean(remaining < remaining[i])),
            relapsing=float(relapsed.mean()),
            courses={arm: _example_course(study, traced, arm, i) for arm in traced.rows},
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


def _example_course(study: Study, traced: _Traced, arm: str, i: int) -> ExampleCourse:
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
        path=diary,
    )
