"""Nets through all arms into a tally, a few at a time, in one compiled call: nothing is kept per patient.

So few patients are under way that what is known of them stays in the processor's own memory.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import for_types_of, inner, kernel
from sim.estimate.clusters import FEW
from sim.estimate.histograms import add_counts
from sim.estimate.sums import add_moments, scratch_of
from sim.estimate.tally import Tally
from sim.luck.nets import NET_SIZE
from sim.luck.numbers import NUMBERED_RELAPSES, Keys, empty_luck, fill_luck, keys_of, scratch
from sim.patient.cohort import CohortLaw, empty_cohort, fill_cohort
from sim.patient.day import Limits
from sim.patient.effects import Response, empty_ceilings, fill_ceilings
from sim.patient.pathway import NO_TRACE, Rules, Trace
from sim.patient.patients import Patients, limits_of
from sim.patient.plans import Plans, Space, run_plans, space_for
from sim.quantities import N_ROWS
from sim.study.prepare import Study

Floats = NDArray[np.float64]

TOGETHER = 4
"""Nets that are under way together; what is drawn from a stream does not depend on it."""


class Bench(NamedTuple):
    """Room for the patients of a few nets, and for everything that is made of them."""

    patients: Patients
    limits: Limits
    space: Space
    trace: Trace
    rows: Floats
    starts: NDArray[np.int64]
    drawing: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
    totals: tuple[Floats, Floats]
    cells: NDArray[np.int32]
    addends: NDArray[np.int64]


def bench_for(study: Study) -> Bench:
    """Return room for `TOGETHER` nets of a study."""
    needs, profiles, arms = study.setting.needs, len(study.scenario.profiles), len(study.setting.arms)
    n, modalities = TOGETHER * NET_SIZE, len(study.setting.needs.modalities)
    luck, cohort = empty_luck(needs, n), empty_cohort(modalities, NUMBERED_RELAPSES, n)
    return Bench(
        Patients(luck, cohort, empty_ceilings(modalities, n)), limits_of(luck, cohort), space_for(modalities), NO_TRACE,
        np.empty((arms, N_ROWS, n)), np.empty((TOGETHER, profiles + 1), np.int64), scratch(),
        scratch_of(arms, profiles), np.empty(n, np.int32), np.empty(n, np.int64),
    )  # fmt: skip


def tally_patients(study: Study, bench: Bench, first: int, n: int, tally: Tally) -> None:
    """Run `n` patients, from patient `first` (of a net) on, and add them to a tally."""
    _tally_patients(*_given(study, bench, first, n, tally))
    tally.counted(n)


def compile_tallying(study: Study, bench: Bench, tally: Tally) -> None:
    """Compile what `tally_patients` calls; the study need not be calibrated."""
    for_types_of(_tally_patients, *_given(study, bench, 0, 0, tally))


def _given(study: Study, bench: Bench, first: int, n: int, tally: Tally) -> tuple[Any, ...]:
    setting, moments = study.setting, tally.moments
    return (
        keys_of(study.scenario.seed, 0, setting.needs.modalities), first // NET_SIZE, first + n, study.law,
        study.response, setting.plans, study.rules, bench, moments.n, moments.total, moments.square,
        moments.nets.arrays, moments.patients.arrays, tally.low, tally.width, tally.packed, tally.outside,
    )  # fmt: skip


@kernel
def _tally_patients(
    keys: Keys, net: int, end: int, law: CohortLaw, response: Response, plans: Plans, rules: Rules, bench: Bench,
    n: NDArray[np.int64], total: Floats, square: Floats, products: tuple[Floats, ...], by_patient: tuple[Floats, ...],
    low: Floats, width: Floats, packed: NDArray[np.int64], outside: NDArray[np.int64],
) -> None:  # fmt: skip
    patients, rows, starts = bench.patients, bench.rows, bench.starts
    luck, cohort, ceilings = patients
    words, columns, points = bench.drawing
    while net * NET_SIZE < end:
        fill_luck(keys, net, luck, words, columns, points)
        fill_cohort(luck, law, cohort, words)
        fill_ceilings(cohort, response, ceilings)
        run_plans(patients, bench.limits, plans, rules, law.soreness_days, bench.space, bench.trace, rows)
        if (net + TOGETHER) * NET_SIZE > end:
            _keep_those_before(end, luck.number, cohort.profile, rows, starts)
        else:
            fill_starts(cohort.profile, starts)
        add_moments(rows, starts, net, FEW, n, total, square, products, by_patient, bench.totals)
        add_counts(rows, starts, low, width, packed, outside, bench.cells, bench.addends)
        net += TOGETHER


@inner
def _keep_those_before(
    end: int, number: NDArray[np.int64], profile: NDArray[np.int64], rows: Floats, starts: NDArray[np.int64]
) -> None:
    """Move the patients with a number below `end` to the front of their nets, and fill `starts` with them alone."""
    for j in range(len(starts)):
        kept = j * NET_SIZE
        for column in range(j * NET_SIZE, (j + 1) * NET_SIZE):
            if number[column] < end:
                profile[kept] = profile[column]
                for a in range(rows.shape[0]):
                    for row in range(rows.shape[1]):
                        rows[a, row, kept] = rows[a, row, column]
                kept += 1
        _fill_starts(profile, j * NET_SIZE, kept, starts[j])


def starts_of(profile: NDArray[np.int64], profiles: int) -> NDArray[np.int64]:
    """Return the first column of each profile in each net, and the end, (nets, profiles + 1)."""
    starts = np.empty((-(-len(profile) // NET_SIZE), profiles + 1), np.int64)
    fill_starts(profile, starts)
    return starts


@kernel
def fill_starts(profile: NDArray[np.int64], starts: NDArray[np.int64]) -> None:
    """Fill `starts`; within a net, columns are in the order of profiles."""
    for j in range(len(starts)):
        _fill_starts(profile, j * NET_SIZE, min((j + 1) * NET_SIZE, len(profile)), starts[j])


@inner
def _fill_starts(profile: NDArray[np.int64], start: int, stop: int, starts: NDArray[np.int64]) -> None:
    column = start
    for p in range(len(starts)):
        while column < stop and profile[column] < p:
            column += 1
        starts[p] = column
