"""The cohort: luck turned into patients, once per block, shared by every arm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.compiled import njit
from sim.patient.quantiles import (
    beta_table,
    interpolate,
    lognormal_table,
    soreness_table,
    truncated_normal_table,
    z_position,
)
from sim.patient.streams import Luck
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]


class CohortLaw(NamedTuple):
    """The distributions that patients are drawn from.

    `edges`: upper edges of the profiles' shares, shape (profiles,). Tables: quantiles on the normal scale, shape
    (profiles, cells + 1); `soreness_days` has shape (cells + 1,).
    """

    edges: Floats
    baseline: Floats
    muscular: Floats
    plateau: Floats
    time_constant: Floats
    soreness_days: Floats
    correlation: float
    individual_sd: float
    reading_sd: float
    relapse_shape: float


class Cohort(NamedTuple):
    """The patients of a block.

    `profile`: index; `place`: where each patient stands when the block is sorted by profile; `starts`: the first
    place of each profile and the end, shape (profiles + 1,). Pain in points, time constants in days.
    `against` has one row per modality: the odds against responding relative to the average patient,
    exp(-sd * theta); `context_against` likewise for the context effect. `relapse_factor` is X**(1/shape) for the
    patient's exponential X.
    """

    profile: NDArray[np.int64]
    place: NDArray[np.int64]
    starts: NDArray[np.int64]
    baseline: Floats
    muscular: Floats
    plateau: Floats
    time_constant: Floats
    against: Floats
    context_against: Floats
    baseline_reading: Floats
    end_noise: Floats
    day42_noise: Floats
    relapse_factor: Floats


def cohort_law(scenario: Scenario, shares: dict[str, float]) -> CohortLaw:
    """Return the distributions of a mixture of the scenario's profiles; `shares` by profile sum to 1.

    A profile keeps its place in the mixture whatever its share, so a patient's luck means the same everywhere.
    """
    profiles = scenario.profiles
    edges = np.cumsum([shares.get(name, 0.0) for name in profiles])
    last_used = max(i for i, name in enumerate(profiles) if shares.get(name, 0.0) > 0)
    edges[last_used:] = 2.0  # rounding must not leave a sliver above the last share
    return CohortLaw(
        edges=edges,
        baseline=np.stack([truncated_normal_table(p.baseline_pain) for p in profiles.values()]),
        muscular=np.stack([beta_table(p.muscular_share) for p in profiles.values()]),
        plateau=np.stack([beta_table(p.natural_course.plateau) for p in profiles.values()]),
        time_constant=np.stack([lognormal_table(p.natural_course.time_constant) for p in profiles.values()]),
        soreness_days=soreness_table(scenario.soreness_duration),
        correlation=float(scenario.response.correlation),
        individual_sd=float(scenario.response.individual_sd),
        reading_sd=float(scenario.reading_sd),
        relapse_shape=float(scenario.relapse.shape),
    )


def make_cohort(luck: Luck, law: CohortLaw, n: int) -> Cohort:
    """Return the first `n` patients of a block."""
    profile, place, starts = _sorted_profiles(luck.profile, law.edges, n)
    r = law.correlation
    common = luck.common[:n]
    baseline = _look_up(law.baseline, profile, luck.baseline)
    return Cohort(
        profile=profile,
        place=place,
        starts=starts,
        baseline=baseline,
        muscular=_look_up(law.muscular, profile, luck.muscular),
        plateau=_look_up(law.plateau, profile, luck.plateau),
        time_constant=_look_up(law.time_constant, profile, luck.time_constant),
        against=np.exp(-law.individual_sd * (np.sqrt(r) * common + np.sqrt(1 - r) * luck.own[:, :n])),
        context_against=np.exp(-law.individual_sd * common),
        baseline_reading=np.clip(baseline + law.reading_sd * luck.reading_baseline[:n], 0, 10),
        end_noise=law.reading_sd * luck.reading_end[:n],
        day42_noise=law.reading_sd * luck.reading_day42[:n],
        relapse_factor=luck.relapse[:n] ** (1 / law.relapse_shape),
    )


@njit(nogil=True, cache=True)
def _look_up(tables, profile, z):  # type: ignore[no-untyped-def]
    values = np.empty(len(profile))
    for i in range(len(profile)):
        values[i] = interpolate(tables[profile[i]], z_position(z[i]))
    return values


@njit(nogil=True, cache=True)
def _sorted_profiles(u, edges, n):  # type: ignore[no-untyped-def]
    profile = np.empty(n, np.int64)
    starts = np.zeros(len(edges) + 1, np.int64)
    for i in range(n):
        p = 0
        while u[i] >= edges[p]:
            p += 1
        profile[i] = p
        starts[p + 1] += 1
    for p in range(len(edges)):
        starts[p + 1] += starts[p]
    place = np.empty(n, np.int64)
    following = starts.copy()
    for i in range(n):
        place[i] = following[profile[i]]
        following[profile[i]] += 1
    return profile, place, starts
