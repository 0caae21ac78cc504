"""Curves: pain, relief and relapse over visits and days, with errors from the differences between nets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.estimate.by_net import ByNet, Members, rank_spread, shown_by
from sim.estimate.estimate import Z95, Estimate
from sim.estimate.estimates import ALL, QUANTILES, distribution, reach95, wilson
from sim.estimate.histograms import BINS
from sim.quantities import DAYS_TO_RELIEF, ROW, THREE_MONTHS, VISITS_TO_RELIEF
from sim.study.run import Result
from sim.study.trajectories import Traced
from sim.units import POINTS, SHARE, SHARE_OF_RELIEVED, Unit

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

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


def curves(result: Result, traced: Traced) -> list[Point]:
    """Return the points of all curves of a run, whose whole first block has been traced.

    Pain comes from the first block of patients, by day for all of them together; relief and relapse from the whole run.
    """
    pain = [*_pain_by_visit(result, traced), *_pain_by_day(result, traced)]
    return [*pain, *_relief(result), *_relapse(result)]


def _pain_by_visit(result: Result, traced: Traced) -> Iterator[Point]:
    own, profile = traced.patients.luck.number < result.patients, traced.patients.cohort.profile
    for arm, trace in traced.traces.items():
        pain = np.vstack([traced.patients.cohort.baseline[None], trace.pain])
        nets, visits = traced.of(pain, result.patients), np.arange(float(len(pain)))
        for group, subgroup in _tallied_groups(result):
            members = own if subgroup is None else own & (profile == subgroup)
            if members.any():
                yield from _summaries((arm, group, "visit"), visits, pain[:, members], nets, subgroup)


def _pain_by_day(result: Result, traced: Traced) -> Iterator[Point]:
    own = traced.patients.luck.number < result.patients
    for arm, trace in traced.traces.items():
        days, nets = np.arange(float(len(trace.diary))), traced.of(trace.diary, result.patients)
        yield from _summaries((arm, ALL, "day"), days, trace.diary[:, own], nets, None)


def _summaries(
    of: tuple[str, str, str], at: Floats, pain: Floats, nets: Sequence[ByNet], group: int | None
) -> Iterator[Point]:
    """Yield mean and quantiles of each row of pain, (positions, patients), among those present (not NaN).

    `of`: the arm, the name of the group and the axis; `nets`: pain on which the errors are found. Those of quantiles
    come from order statistics.
    """
    ordered = np.sort(pain, axis=1)  # NaN last
    n = np.isfinite(ordered).sum(axis=1)
    found = np.flatnonzero(n > 0)
    at, ordered, n = at[found], ordered[found], n[found]
    rows, last = np.arange(len(n)), n - 1
    mean = np.nansum(ordered, axis=1) / n
    error, reach = _errors(nets, found, group, n, _of_mean)
    columns = [("mean", mean, error, mean - reach * error, mean + reach * error)]
    for name, p in QUANTILES.items():
        middle = ordered[rows, np.clip(np.ceil(p * n).astype(int) - 1, 0, last)]
        error, reach = _errors(nets, found, group, n, partial(_of_quantile, middle[:, None], p))
        ends = np.where(np.isfinite(error), reach * error, 1.0)
        known = (p - ends > 0) & (p + ends + 1 / n < 1)  # too few patients: an end may be beyond the last of them
        lower, upper = (
            np.where(known, ordered[rows, np.clip(np.ceil(share * n).astype(int) - 1, 0, last)], math.nan)
            # Where p exactly are below a value, the quantile is between that value and the next.
            for share in (p - ends, p + ends + 1 / n)
        )
        columns.append((name, middle, (upper - lower) / (2 * reach), lower, upper))
    arm, name_of_group, axis = of
    for name, *numbers in columns:
        for where, value, spread, low, high, count in zip(
            at.tolist(), *(column.tolist() for column in numbers), n.tolist(), strict=True
        ):
            yield Point(POINTS, value, spread, low, high, arm, name_of_group, "pain", axis, where, name, count)


def _errors(
    nets: Sequence[ByNet], rows: NDArray[np.int64], group: int | None, n: NDArray[np.int64],
    variance: Callable[[Members, Floats, Flags], Floats],
) -> tuple[Floats, float]:  # fmt: skip
    """Return the errors of what has a `variance` by nets, for `n` patients who are present, and how many of them the
    interval reaches; NaN for a single patient.
    """
    variances = []
    for one in nets:
        members = one.groups[group]
        values = members.of(one.rows[0])[rows]
        present = np.isfinite(values)
        variances.append(variance(members, values, present) / np.maximum(present.mean(axis=1), 1 / present.shape[1]))
    shown = shown_by(nets, variances, group)
    if shown is None:
        return np.full(len(n), math.nan), math.nan
    return np.where(n > 1, np.sqrt(shown.variance / n), math.nan), reach95(shown.degrees)


def _of_mean(members: Members, values: Floats, present: Flags) -> Floats:
    mean = np.nansum(values, axis=1) / np.maximum(present.sum(axis=1), 1)
    return members.variance(members.totals(np.where(present, values - mean[:, None], 0.0)))


def _of_quantile(quantile: Floats, share: float, members: Members, values: Floats, present: Flags) -> Floats:
    below, upto = members.count(values < quantile), members.count(values <= quantile)
    return rank_spread(members, below, upto, members.count(present), np.array(share))


def _relief(result: Result) -> Iterator[Point]:
    """Yield the cumulative incidence of relief by visit and by day, among all patients."""
    horizon = result.study.rules.horizon
    for a, (arm, compiled) in enumerate(result.study.setting.arms.items()):
        axes = {"visit": np.arange(compiled.longest + 1.0), "day": np.arange(horizon + 1.0)}
        for group, subgroup in _tallied_groups(result):
            for axis, at in axes.items():
                edges, counts = distribution(result.tally, _UNTIL_RELIEF[axis], arm, subgroup)
                reached, of_them = _reached(edges, counts, at), int(counts.sum())
                shares = _Shares(result, a, subgroup, _UNTIL_RELIEF[axis], at, reached, of_them)
                yield from shares.points((arm, group, "relief", axis), SHARE)


def _relapse(result: Result) -> Iterator[Point]:
    """Yield the cumulative incidence of losing relief by day since it began, among those in whom it began by day 42."""
    days = np.arange(THREE_MONTHS + 1.0)
    for a, arm in enumerate(result.study.setting.arms):
        for group, subgroup in _tallied_groups(result):
            edges, counts = distribution(result.tally, "days_to_relapse", arm, subgroup)
            members = slice(None) if subgroup is None else slice(subgroup, subgroup + 1)
            began = int(result.tally.moments.total[ROW["began_by_day42"], a, members].sum())
            if began > 0:
                reached = _reached(edges, counts, days)
                shares = _Shares(result, a, subgroup, "days_to_relapse", days, reached, began, "began_by_day42")
                yield from shares.points((arm, group, "relapse", "day"), SHARE_OF_RELIEVED)


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


@dataclass(frozen=True)
class _Shares:
    """How many of `n` patients in a group of an arm have `reached` each place, which is recorded as `until`.

    `among`: what these patients have in common, if they are not all.
    """

    result: Result
    arm: int
    group: int | None
    until: str
    at: Floats
    reached: NDArray[np.int64]
    n: int
    among: str = ""

    def points(self, of: tuple[str, str, str, str], unit: Unit) -> Iterator[Point]:
        """Yield the points; `of`: the arm, the name of the group, the outcome and the axis."""
        share, (effect, reach) = self.reached / self.n, self._effect()
        alike = self.n / effect
        columns = (self.at, share, np.sqrt(share * (1 - share) / alike), *wilson(share, alike, reach))
        arm, group, outcome, axis = of
        for where, value, spread, low, high in zip(*(column.tolist() for column in columns), strict=True):
            yield Point(unit, value, spread, low, high, arm, group, outcome, axis, where, "cumulative", self.n)

    def _effect(self) -> tuple[Floats, float]:
        """Return how much the variances of the shares differ from those of independent patients, as nets show it."""
        effects, nets = [], self.result.tally.nets
        for one in nets:
            members = one.groups[self.group]
            rows = members.of(one.rows[self.arm])
            reached = members.count_upto(rows[ROW[self.until]], self.at)
            among = members.totals(rows[ROW[self.among]]) if self.among else members.sizes
            of_them = max(float(among.sum()), 1.0)
            share = reached.sum(axis=1) / of_them
            variance, alone = members.variance(reached - share[:, None] * among), share * (1 - share)
            effects.append(np.where(alone > 0, variance * members.n / of_them / np.where(alone > 0, alone, 1.0), 1.0))
        shown = shown_by(nets, effects, self.group)
        if shown is None or self.n < 2:
            return np.ones(len(self.at)), Z95
        return np.where(shown.variance > 0, shown.variance, 1.0), reach95(shown.degrees)
