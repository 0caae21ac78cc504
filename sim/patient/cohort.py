"""The cohort: luck turned into patients, once, shared by every arm."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.compiled import inner, kernel
from sim.luck.nets import number
from sim.luck.numbers import (
    BASELINE,
    COMMON,
    MUSCULAR,
    NOISE,
    OWN,
    PLATEAU,
    READING_BASELINE,
    READING_DAY42,
    READING_DAY133,
    READING_END,
    RELAPSE,
    TIME_CONSTANT,
    Luck,
    positions,
)
from sim.luck.quantiles import (
    EXPONENTIAL,
    Z_GRID,
    beta_table,
    interpolate,
    interpolate_in,
    lognormal_table,
    position,
    soreness_table,
    truncated_normal_table,
)
from sim.luck.threefry import WORDS, fill_words
from sim.patient.elementary import exp
from sim.scenario.profile import Profile
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]

NO_ENTRY_RULE = -math.inf
ENTRY_COUNTER = 1 << 20
"""Where the numbers for those who are asked again begin, behind those for late relapses."""
MOST_ASKED = 20_000
"""People asked, at most, until one passes the entry rule."""


class NaturalMeans(NamedTuple):
    """Mean plateau (share) and mean time constant (days) of a profile's natural course."""

    plateau: float
    time_constant: float


class CohortLaw(NamedTuple):
    """The distributions that patients are drawn from.

    `edges`: upper edges of the profiles' shares, shape (profiles,). Tables: quantiles on the grid of ranks, shape
    (profiles, cells + 1); `soreness_days` has shape (cells + 1,). `least_reading`: the baseline reading, in points,
    from which on patients are taken in.
    """

    edges: Floats
    baseline: Floats
    muscular: Floats
    plateau: Floats
    time_constant: Floats
    noise: Floats
    soreness_days: Floats
    correlation: float
    individual_sd: float
    least_reading: float


class Cohort(NamedTuple):
    """Patients, in the columns of their luck.

    `profile`: index; `baseline` pain in points, `plateau` of natural pain as a share, `decay`: what a day leaves of the
    part above it, exp(-1 / tau). `against` has one row per modality: the odds against responding relative to the
    average patient, exp(-sd * theta); `context_against` likewise for the context effect. `noise`: standard deviation
    of readings in points, and the noise of single readings in points; `limits`: unit exponentials of the first
    relapses, (relapses, columns).
    """

    profile: NDArray[np.int64]
    baseline: Floats
    muscular: Floats
    plateau: Floats
    decay: Floats
    against: Floats
    context_against: Floats
    noise: Floats
    baseline_reading: Floats
    end_noise: Floats
    day42_noise: Floats
    day133_noise: Floats
    limits: Floats


def cohort_law(
    scenario: Scenario,
    shares: dict[str, float],
    natural: dict[str, NaturalMeans],
    least_reading: float = NO_ENTRY_RULE,
    like: CohortLaw | None = None,
) -> CohortLaw:
    """Return the distributions of a mixture of the scenario's profiles; `shares` by profile sum to 1.

    A profile keeps its place in the mixture whatever its share, so a patient's luck means the same everywhere. Those of
    profiles that nobody has are taken from `like`, if it is given.
    """
    profiles = scenario.profiles
    edges = np.cumsum([shares.get(name, 0.0) for name in profiles])
    last_used = max(i for i, name in enumerate(profiles) if shares.get(name, 0.0) > 0)
    edges[last_used:] = 2.0  # rounding must not leave a sliver above the last share

    def tables(table: Callable[[str, Profile], Floats], known: Floats | None) -> Floats:
        return np.stack([
            table(name, profile) if known is None or shares.get(name, 0.0) > 0 else known[i]
            for i, (name, profile) in enumerate(profiles.items())
        ])  # fmt: skip

    return CohortLaw(
        edges=edges,
        baseline=tables(lambda _, p: truncated_normal_table(p.baseline_pain), like and like.baseline),
        muscular=tables(lambda _, p: beta_table(float(p.muscular_share.mean), p.muscular_share.concentration),
                        like and like.muscular),
        plateau=tables(lambda name, p: beta_table(natural[name].plateau, p.natural_course.plateau.concentration),
                       like and like.plateau),
        time_constant=tables(lambda name, p: lognormal_table(natural[name].time_constant,
                                                             float(p.natural_course.time_constant.cv)),
                             like and like.time_constant),
        noise=tables(lambda _, p: lognormal_table(float(p.reading_noise.mean), float(p.reading_noise.cv)),
                     like and like.noise),
        soreness_days=soreness_table(scenario.soreness),
        correlation=float(scenario.response.correlation),
        individual_sd=float(scenario.response.individual_sd),
        least_reading=least_reading,
    )  # fmt: skip


def with_natural_course(law: CohortLaw, scenario: Scenario, profile: str, means: NaturalMeans) -> CohortLaw:
    """Return the distributions with other means of the natural course of one profile."""
    course, at = scenario.profiles[profile].natural_course, list(scenario.profiles).index(profile)
    plateau, time_constant = law.plateau.copy(), law.time_constant.copy()
    plateau[at] = beta_table(means.plateau, course.plateau.concentration)
    time_constant[at] = lognormal_table(means.time_constant, float(course.time_constant.cv))
    return law._replace(plateau=plateau, time_constant=time_constant)


def share_passing(law: CohortLaw, profile: int) -> float:
    """Return the share of people of a profile whose baseline reading passes the entry rule."""
    middles = positions((np.arange(256) + 0.5) / 256)
    baseline = np.interp(middles, np.arange(len(law.baseline[profile])), law.baseline[profile])
    noise = np.interp(middles, np.arange(len(law.noise[profile])), law.noise[profile])
    with np.errstate(divide="ignore"):
        return float(ndtr((baseline[:, None] - law.least_reading) / np.maximum(noise, 1e-12)).mean())


def empty_cohort(modalities: int, relapses: int, columns: int) -> Cohort:
    """Return room for so many patients."""
    room: dict[str, NDArray[Any]] = {name: np.empty(columns) for name in Cohort._fields}
    room |= {"profile": np.empty(columns, np.int64), "against": np.empty((modalities, columns))}
    room["limits"] = np.empty((relapses, columns))
    return Cohort(**room)


def make_cohort(luck: Luck, law: CohortLaw) -> Cohort:
    """Return the patients of some luck."""
    cohort = empty_cohort(len(luck.at) - OWN, OWN - RELAPSE, len(luck.profile))
    fill_cohort(luck, law, cohort, np.empty(WORDS, np.int64))
    return cohort


@kernel
def fill_cohort(luck: Luck, law: CohortLaw, cohort: Cohort, words: NDArray[np.int64]) -> None:
    """Fill `cohort` with the patients of `luck`; `words` is scratch space."""
    _fill_profiles(luck.profile, law.edges, cohort.profile)
    _look_up(law.baseline, cohort.profile, luck.at[BASELINE], cohort.baseline)
    _look_up(law.muscular, cohort.profile, luck.at[MUSCULAR], cohort.muscular)
    _look_up(law.plateau, cohort.profile, luck.at[PLATEAU], cohort.plateau)
    _look_up(law.time_constant, cohort.profile, luck.at[TIME_CONSTANT], cohort.decay)
    _to_decay(cohort.decay)
    _look_up(law.noise, cohort.profile, luck.at[NOISE], cohort.noise)
    _look_up_one(Z_GRID, luck.at[READING_BASELINE], cohort.baseline_reading)
    _to_readings(cohort.baseline, cohort.noise, cohort.baseline_reading)
    if law.least_reading > 0.0:
        _ask_again(luck, law, cohort, words)
    _look_up_one(Z_GRID, luck.at[READING_END], cohort.end_noise)
    _look_up_one(Z_GRID, luck.at[READING_DAY42], cohort.day42_noise)
    _look_up_one(Z_GRID, luck.at[READING_DAY133], cohort.day133_noise)
    _times(cohort.noise, cohort.end_noise)
    _times(cohort.noise, cohort.day42_noise)
    _times(cohort.noise, cohort.day133_noise)
    for r in range(len(cohort.limits)):
        _look_up_one(EXPONENTIAL, luck.at[RELAPSE + r], cohort.limits[r])
    _look_up_one(Z_GRID, luck.at[COMMON], cohort.context_against)
    shared, own, sd = math.sqrt(law.correlation), math.sqrt(1.0 - law.correlation), law.individual_sd
    for m in range(len(cohort.against)):
        _look_up_one(Z_GRID, luck.at[OWN + m], cohort.against[m])
        _to_odds_against(cohort.context_against, cohort.against[m], shared, own, sd)
    _to_odds_against(cohort.context_against, cohort.context_against, 1.0, 0.0, sd)


@inner
def _ask_again(luck: Luck, law: CohortLaw, cohort: Cohort, words: NDArray[np.int64]) -> None:
    """Where a reading does not pass the entry rule, ask other people of the kind until one does.

    Pain, noise and reading are drawn anew together, so that who is taken in has them as those have who pass.
    """
    for i in range(len(cohort.baseline)):
        asked = 0
        while cohort.baseline_reading[i] < law.least_reading and asked < MOST_ASKED:
            fill_words(luck.key, luck.number[i], ENTRY_COUNTER + asked, words)
            p = cohort.profile[i]
            baseline = interpolate_in(law.baseline, p, position(number(words[0])))
            noise = interpolate_in(law.noise, p, position(number(words[1])))
            reading = baseline + noise * interpolate(Z_GRID, position(number(words[2])))
            cohort.baseline[i], cohort.noise[i] = baseline, noise
            cohort.baseline_reading[i] = min(max(reading, 0.0), 10.0)
            asked += 1


@inner
def _fill_profiles(u: Floats, edges: Floats, profile: NDArray[np.int64]) -> None:
    for i in range(len(u)):
        p = 0
        while u[i] >= edges[p]:
            p += 1
        profile[i] = p


@inner
def _look_up(tables: Floats, profile: NDArray[np.int64], at: Floats, values: Floats) -> None:
    for i in range(len(at)):
        values[i] = interpolate_in(tables, profile[i], at[i])


@inner
def _look_up_one(table: Floats, at: Floats, values: Floats) -> None:
    for i in range(len(at)):
        values[i] = interpolate(table, at[i])


@inner
def _to_decay(time_constant: Floats) -> None:
    for i in range(len(time_constant)):
        time_constant[i] = exp(-1.0 / time_constant[i])


@inner
def _to_odds_against(common: Floats, own: Floats, shared_weight: float, own_weight: float, sd: float) -> None:
    for i in range(len(own)):
        own[i] = exp(-sd * (shared_weight * common[i] + own_weight * own[i]))


@inner
def _to_readings(pain: Floats, sd: Floats, noise: Floats) -> None:
    for i in range(len(pain)):
        noise[i] = min(max(pain[i] + sd[i] * noise[i], 0.0), 10.0)


@inner
def _times(factor: Floats, values: Floats) -> None:
    for i in range(len(values)):
        values[i] *= factor[i]
