"""The cohort: luck turned into patients, once, shared by every arm."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.compiled import kernel
from sim.patient.elementary import exp
from sim.patient.luck import (
    BASELINE,
    COMMON,
    MUSCULAR,
    OWN,
    PLATEAU,
    READING_BASELINE,
    READING_DAY42,
    READING_END,
    RELAPSE,
    TIME_CONSTANT,
    Luck,
)
from sim.patient.quantiles import (
    LOG_EXPONENTIAL,
    Z_GRID,
    beta_table,
    interpolate,
    interpolate_in,
    lognormal_table,
    soreness_table,
    truncated_normal_table,
)
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]


class CohortLaw(NamedTuple):
    """The distributions that patients are drawn from.

    `edges`: upper edges of the profiles' shares, shape (profiles,). Tables: quantiles on the grid of ranks, shape
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


class Cohort(NamedTuple):
    """Patients, in the columns of their luck.

    `profile`: index; `baseline` pain, the `plateau` of natural pain and the `transient` part above it in points;
    `time_constant` tau in days; `rate`: -1 / tau; `drift`: -tau times the transient part. `against` has one row per
    modality: the odds against responding relative to the average patient, exp(-sd * theta); `context_against` likewise
    for the context effect. Noise of readings in points; `log_exponential`: the logarithm of the patient's unit
    exponential, for relapse.
    """

    profile: NDArray[np.int64]
    baseline: Floats
    muscular: Floats
    plateau: Floats
    transient: Floats
    time_constant: Floats
    rate: Floats
    drift: Floats
    against: Floats
    context_against: Floats
    baseline_reading: Floats
    end_noise: Floats
    day42_noise: Floats
    log_exponential: Floats


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
    )


def empty_cohort(modalities: int, columns: int) -> Cohort:
    """Return room for so many patients."""
    room: dict[str, NDArray[Any]] = {name: np.empty(columns) for name in Cohort._fields}
    room |= {"profile": np.empty(columns, np.int64), "against": np.empty((modalities, columns))}
    return Cohort(**room)


def make_cohort(luck: Luck, law: CohortLaw) -> Cohort:
    """Return the patients of some luck."""
    cohort = empty_cohort(len(luck.at) - OWN, len(luck.profile))
    fill_cohort(luck, law, cohort)
    return cohort


@kernel
def fill_cohort(luck, law, cohort):  # type: ignore[no-untyped-def]
    """Fill `cohort` with the patients of `luck`."""
    _fill_profiles(luck.profile, law.edges, cohort.profile)
    _look_up(law.baseline, cohort.profile, luck.at[BASELINE], cohort.baseline)
    _look_up(law.muscular, cohort.profile, luck.at[MUSCULAR], cohort.muscular)
    _look_up(law.plateau, cohort.profile, luck.at[PLATEAU], cohort.plateau)
    _look_up(law.time_constant, cohort.profile, luck.at[TIME_CONSTANT], cohort.time_constant)
    _look_up_z(luck.at[COMMON], cohort.context_against)
    _look_up_z(luck.at[READING_BASELINE], cohort.baseline_reading)
    _look_up_z(luck.at[READING_END], cohort.end_noise)
    _look_up_z(luck.at[READING_DAY42], cohort.day42_noise)
    _look_up_log_exponential(luck.at[RELAPSE], cohort.log_exponential)
    shared, own, sd = math.sqrt(law.correlation), math.sqrt(1.0 - law.correlation), law.individual_sd
    for m in range(len(cohort.against)):
        _look_up_z(luck.at[OWN + m], cohort.against[m])
        _to_odds_against(cohort.context_against, cohort.against[m], shared, own, sd)
    _to_odds_against(cohort.context_against, cohort.context_against, 1.0, 0.0, sd)
    _fill_natural_course(cohort)
    _to_readings(cohort.baseline, law.reading_sd, cohort.baseline_reading)
    _times(law.reading_sd, cohort.end_noise)
    _times(law.reading_sd, cohort.day42_noise)


@kernel
def _fill_profiles(u, edges, profile):  # type: ignore[no-untyped-def]
    for i in range(len(u)):
        p = 0
        while u[i] >= edges[p]:
            p += 1
        profile[i] = p


@kernel
def _look_up(tables, profile, at, values):  # type: ignore[no-untyped-def]
    for i in range(len(at)):
        values[i] = interpolate_in(tables, profile[i], at[i])


@kernel
def _look_up_z(at, values):  # type: ignore[no-untyped-def]
    for i in range(len(at)):
        values[i] = interpolate(Z_GRID, at[i])


@kernel
def _look_up_log_exponential(at, values):  # type: ignore[no-untyped-def]
    for i in range(len(at)):
        values[i] = interpolate(LOG_EXPONENTIAL, at[i])


@kernel
def _fill_natural_course(cohort):  # type: ignore[no-untyped-def]
    baselines, plateaus, transients = cohort.baseline, cohort.plateau, cohort.transient
    time_constants, rates, drifts = cohort.time_constant, cohort.rate, cohort.drift
    for i in range(len(plateaus)):
        plateaus[i] = baselines[i] * plateaus[i]
    for i in range(len(plateaus)):
        transients[i] = baselines[i] - plateaus[i]
    for i in range(len(plateaus)):
        rates[i] = -1.0 / time_constants[i]
    for i in range(len(plateaus)):
        drifts[i] = -time_constants[i] * transients[i]


@kernel
def _to_odds_against(common, own, shared_weight, own_weight, sd):  # type: ignore[no-untyped-def]
    for i in range(len(own)):
        own[i] = exp(-sd * (shared_weight * common[i] + own_weight * own[i]))


@kernel
def _to_readings(pain, sd, noise):  # type: ignore[no-untyped-def]
    for i in range(len(pain)):
        noise[i] = min(max(pain[i] + sd * noise[i], 0.0), 10.0)


@kernel
def _times(factor, values):  # type: ignore[no-untyped-def]
    for i in range(len(values)):
        values[i] *= factor
