"""What the model expects of one patient, given what was reported and done so far, under several ways to go on.

The bank and the likelihood are those of a fit: everybody of the bank is taken through the patient's own visits and
weighed by how likely the readings would be; then each way to go on is run from there, for the same people.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError, did_you_mean
from sim.estimate.estimate import Estimate
from sim.learn.likelihood import Bank, Likelihood
from sim.learn.observed import observe
from sim.learn.paths import Schedule, Seen, along
from sim.learn.records import FollowUp, Patient, Records, Visit
from sim.patient.patients import Patients
from sim.patient.setting import horizon_of
from sim.scenario.protocol import Protocol
from sim.scenario.schema import Scenario
from sim.study.prepare import Study
from sim.units import POINTS, SHARE, Unit

Floats = NDArray[np.float64]

BANK, LARGEST_BANK = 8192, 131_072
ENOUGH = 200.0
"""People of the bank that the readings must leave, in effect; the bank is doubled until they do."""
STOP = "stop"
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
EVERY = 7
"""Days from one evening that is shown to the next."""


@dataclass(frozen=True)
class SoFar:
    """What is known of a patient: `profile` (None if unknown), visits by day with what was given and reported, and
    readings on other days, in points.
    """

    profile: str | None
    visits: tuple[Visit, ...]
    readings: tuple[FollowUp, ...] = ()

    @property
    def today(self) -> int:
        """The last day of which anything is known."""
        return max([0, *(one.day for one in self.visits), *(one.day for one in self.readings)])


@dataclass(frozen=True)
class Expected:
    """What is expected on an evening: mean `pain` in points, quantiles of a `reading` on that day by LEVELS, and the
    chance to be in `relief`; each mean with its Monte Carlo error.
    """

    day: int
    pain: Estimate
    reading: tuple[float, ...]
    relief: Estimate


@dataclass(frozen=True)
class Way:
    """One way to go on: what is expected by evening, of this patient and (`of_all`) of all patients of the kind.

    `visits`: days of the visits to come; `lost`: the chance that relief, now or to come, is lost by the horizon, with
    its error.
    """

    name: str
    label: str
    visits: tuple[int, ...]
    expected: tuple[Expected, ...]
    of_all: tuple[Expected, ...]
    lost: Estimate

    def on(self, day: int) -> Expected:
        """Return what is expected on a day, or on the last one shown before it."""
        return max((one for one in self.expected if one.day <= day), key=lambda one: one.day)


@dataclass(frozen=True)
class Outlook:
    """The outlook of one patient: `effective` of the `bank` patients are as these readings say; `moved`: by how much
    they move the expected pain of today, in points.
    """

    scenario: Scenario
    so_far: SoFar
    ways: tuple[Way, ...]
    bank: int
    effective: float
    moved: float


def look_ahead(study: Study, so_far: SoFar, ways: Sequence[str] = (), seed: int = 0) -> Outlook:
    """Return what is expected of a patient under ways to go on: STOP, and protocols by name, by default those that the
    scenario's arms name.

    Raises ScenarioError for a profile, modality or protocol that the scenario lacks, and readings that cannot be.
    """
    scenario = study.scenario
    _check(scenario, so_far)
    chosen = tuple(ways) or (STOP, *(arm for arm in scenario.arms if arm in scenario.protocols))
    if strange := next((one for one in chosen if one != STOP and one not in scenario.protocols), None):
        known = [STOP, *scenario.protocols]
        raise ScenarioError([f"no protocol {strange!r}; there is: {', '.join(known)}.{did_you_mean(strange, known)}"])
    patient = Patient("this patient", so_far.visits, so_far.readings, profile=so_far.profile)
    observed = observe(Records((patient,), "before", 0.5, (), ""), scenario)
    size = BANK
    while True:
        bank = Bank.of(study, size, seed)
        people, _, weights = Likelihood(observed, bank).weights(study, observed.groups[0])
        effective = 1.0 / float((weights**2).sum())
        if effective >= ENOUGH or 2 * size > LARGEST_BANK:
            break
        size *= 2
    today = so_far.today
    found = tuple(_way(scenario, study, so_far, name, people, weights) for name in chosen)
    now = Schedule(_given(scenario, so_far.visits), (today,))
    pain = along(now, people, study.rules).pain[0]
    moved = float(weights @ pain - pain.mean())
    return Outlook(scenario, so_far, found, size, effective, moved)


def _check(scenario: Scenario, so_far: SoFar) -> None:
    faults = []
    if so_far.profile is not None and so_far.profile not in scenario.profiles:
        known = list(scenario.profiles)
        faults.append(
            f"no profile {so_far.profile!r}; there is: {', '.join(known)}.{did_you_mean(so_far.profile, known)}"
        )
    for name in dict.fromkeys(name for visit in so_far.visits for name in visit.modalities):
        if name not in scenario.modalities:
            known = list(scenario.modalities)
            faults.append(f"no modality {name!r}; there is: {', '.join(known)}.{did_you_mean(name, known)}")
    days = [*(one.day for one in so_far.visits), *(one.day for one in so_far.readings)]
    twice = sorted({day for day in days if days.count(day) > 1})
    if twice:
        faults.append(f"day {twice[0]} is named twice; a day has one reading")
    last = horizon_of(scenario)
    if days and not 0 <= min(days) <= max(days) < last:
        faults.append(f"days must lie between 0 (the first visit) and {last - 1}; given {min(days)} to {max(days)}")
    said = [*((one.day, one.pain) for one in so_far.visits), *((one.day, one.pain) for one in so_far.readings)]
    faults += [
        f"day {day}: pain must lie between 0 and 10, is {pain:g}"
        for day, pain in said
        if pain is not None and not 0 <= pain <= 10
    ]
    if faults:
        raise ScenarioError(faults)


def _given(scenario: Scenario, visits: Sequence[Visit]) -> tuple[tuple[int, tuple[int, ...]], ...]:
    numbers = {name: m for m, name in enumerate(scenario.modalities)}
    return tuple(
        (one.day, tuple(sorted(numbers[name] for name in one.modalities)))
        for one in visits
        if one.attended and one.modalities
    )


def _to_come(protocol: Protocol, so_far: SoFar) -> list[tuple[int, tuple[str, ...]]]:
    """Return the visits that are left of a protocol: as many as it has, less those so far at which the same was given,
    at its own distances from the last visit on.
    """
    days, given = protocol.visit_days, protocol.visit_modalities
    had = [one for one in so_far.visits if one.attended and one.modalities]
    same = {frozenset(names) for names in given}
    done = min(sum(frozenset(one.modalities) in same for one in had), len(days))
    if done == 0 or done >= len(days):
        left = list(zip(days, given, strict=True))[done:]
        gap = (days[1] - days[0]) if len(days) > 1 else EVERY
        start = max([one.day for one in had], default=so_far.today - gap) + gap
        start = max(start, so_far.today)
        return [(start + day - left[0][0], names) for day, names in left] if left else []
    start = max(one.day for one in had) - days[done - 1]
    start = max(start, so_far.today - days[done])
    return [(start + day, names) for day, names in list(zip(days, given, strict=True))[done:]]


def _way(scenario: Scenario, study: Study, so_far: SoFar, name: str, people: Patients, weights: Floats) -> Way:
    to_come = [] if name == STOP else _to_come(scenario.protocols[name], so_far)
    last = horizon_of(scenario)
    to_come = [(day, names) for day, names in to_come if day < last]
    future = tuple(Visit(day, names, None) for day, names in to_come)
    # A visit to come on the day of the last reading takes place after it, unless there was one.
    kept = tuple(one for one in so_far.visits if not any(other.day == one.day for other in future) or one.modalities)
    planned = _given(scenario, kept) + _given(
        scenario, [one for one in future if all(one.day != old.day for old in kept)]
    )
    today = so_far.today
    looks = tuple(sorted({*range(today, last + 1, EVERY), *(day for day in (42, last) if day >= today)}))
    seen = along(Schedule(tuple(sorted(planned)), looks), people, study.rules)
    even = np.full(len(weights), 1 / len(weights))
    lost = (seen.lost > today) & (seen.lost <= last)
    label = "Stop here" if name == STOP else scenario.arm_label(name)
    return Way(
        name, label, tuple(one.day for one in future),
        tuple(_expected(day, seen, k, people, weights) for k, day in enumerate(looks)),
        tuple(_expected(day, seen, k, people, even) for k, day in enumerate(looks)),
        _mean(SHARE, lost.astype(float), weights),
    )  # fmt: skip


def _expected(day: int, seen: Seen, look: int, people: Patients, weights: Floats) -> Expected:
    pain, relieved = seen.pain[look], seen.relieved[look]
    spots = np.linspace(-1.9, 1.9, 9)
    share = np.exp(-(spots**2) / 2)
    share /= share.sum()
    readings = np.clip(pain[:, None] + people.cohort.noise[:, None] * spots, 0.0, 10.0)
    order = np.argsort(readings, axis=None)
    reached = np.cumsum((weights[:, None] * share).ravel()[order])
    at = np.searchsorted(reached, np.array(LEVELS) * reached[-1])
    values = readings.ravel()[order][np.minimum(at, len(order) - 1)]
    quantiles = tuple(float(one) for one in values)
    return Expected(day, _mean(POINTS, pain, weights), quantiles, _mean(SHARE, relieved, weights))


def _mean(unit: Unit, values: Floats, weights: Floats) -> Estimate:
    """Return a weighted mean with its Monte Carlo standard error; the weights sum to 1."""
    mean = float(weights @ values)
    return Estimate.normal(unit, mean, math.sqrt(float((weights**2) @ (values - mean) ** 2)))
