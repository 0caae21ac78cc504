"""What the model expects of one patient, given what was reported and done so far, under several ways to go on.

The bank and the likelihood are those of a fit: everybody of the bank is taken through the patient's own visits and
weighed by how likely the readings would be; then each way to go on is run from there, for the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.calibration.calibrate import used_profiles
from sim.errors import ScenarioError, did_you_mean
from sim.estimate.estimate import Estimate
from sim.learn.expected import Average, Expected, average, expected, mean_of
from sim.learn.likelihood import Bank, Likelihood
from sim.learn.observed import observe
from sim.learn.paths import Schedule, along
from sim.learn.records import FollowUp, Patient, Records, Visit
from sim.patient.patients import Patients
from sim.patient.setting import horizon_of
from sim.scenario.protocol import Protocol
from sim.scenario.schema import Scenario
from sim.study.prepare import Study
from sim.units import SHARE

Floats = NDArray[np.float64]

BANK, LARGEST_BANK = 8192, 131_072
ENOUGH = 200.0
"""People of the bank that the readings must leave, in effect; the bank is doubled until they do."""
NEGLIGIBLE = 1e-4
"""Share of the likelihood that those have together for whom the ways to go on are not run."""
STOP = "stop"
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

    @property
    def said(self) -> tuple[tuple[int, float], ...]:
        """Day and pain of every reading, those at visits first."""
        known = (*((one.day, one.pain) for one in self.visits), *((one.day, one.pain) for one in self.readings))
        return tuple((day, pain) for day, pain in known if pain is not None)


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
    of_all: tuple[Average, ...]
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


def with_kind(scenario: Scenario, profile: str | None) -> Scenario:
    """Return a scenario in which the natural course of a kind of patient is known: it is sought only for those kinds
    that somebody in the cohort has, so where nobody has this one, everybody gets it.
    """
    if profile is None or profile not in scenario.profiles or profile in used_profiles(scenario):
        return scenario
    cohort = scenario.cohort.model_copy(update={"profiles": {profile: 1.0}})
    return scenario.model_copy(update={"cohort": cohort})


def look_ahead(study: Study, so_far: SoFar, ways: Sequence[str] = (), seed: int = 0) -> Outlook:
    """Return what is expected of a patient under ways to go on: STOP, and protocols by name, by default those that the
    scenario's arms name.

    Raises ScenarioError for a profile, modality or protocol that the scenario lacks, and readings that cannot be.
    """
    scenario = study.scenario
    if faults := faults_of(scenario, so_far):
        raise ScenarioError([fault.text for fault in faults])
    chosen = tuple(ways) or (STOP, *(arm for arm in scenario.arms if arm in scenario.protocols))
    if strange := next((one for one in chosen if one != STOP and one not in scenario.protocols), None):
        raise ScenarioError([_lacks("protocol", strange, [STOP, *scenario.protocols])])
    patient = Patient("this patient", so_far.visits, so_far.readings, profile=so_far.profile)
    observed = observe(Records((patient,), "before", 0.5, (), ""), scenario)
    # The reading of the first visit says all that an entry rule does; without it, the rule says something.
    entry_rule = all(day > 0 for day, _ in so_far.said)
    size = BANK
    while True:
        bank = Bank.of(study, size, seed)
        people, _, weights = Likelihood(observed, bank, entry_rule).weights(study, observed.groups[0])
        effective = 1.0 / float((weights**2).sum())
        if size == BANK:
            everybody = people
        if effective >= ENOUGH or 2 * size > LARGEST_BANK:
            break
        size *= 2
    weights = _that_matter(weights)
    if people is not everybody:
        kept = np.flatnonzero(weights)
        people = bank.some(kept).patients(study, so_far.profile, entry_rule=entry_rule)
        weights = weights[kept]
    found = tuple(_way(study, so_far, name, Weighed(people, weights), everybody) for name in chosen)
    first = found[0]
    moved = first.expected[0].pain.estimate - first.of_all[0].pain.estimate
    return Outlook(scenario, so_far, found, size, effective, moved)


def _that_matter(weights: Floats) -> Floats:
    """Return weights in which those that are negligible together are 0."""
    order = np.argsort(weights)
    kept = weights.copy()
    kept[order[np.cumsum(weights[order]) <= NEGLIGIBLE]] = 0.0
    found: Floats = kept / kept.sum()
    return found


class Fault(NamedTuple):
    """What cannot be of what is known of a patient, in words: `about` is "profile", "given", "day" or "pain", and `day`
    the day that it concerns, if one.
    """

    about: str
    day: int | None
    text: str


def faults_of(scenario: Scenario, so_far: SoFar) -> list[Fault]:
    """Return what cannot be in a scenario of what is known of a patient."""
    faults = []
    if so_far.profile is not None and so_far.profile not in scenario.profiles:
        faults.append(Fault("profile", None, _lacks("profile", so_far.profile, list(scenario.profiles))))
    told = set()
    for visit in so_far.visits:
        for name in visit.modalities:
            if name not in scenario.modalities and name not in told:
                told.add(name)
                faults.append(Fault("given", visit.day, _lacks("modality", name, list(scenario.modalities))))
    days = [*(one.day for one in so_far.visits), *(one.day for one in so_far.readings)]
    twice = sorted({day for day in days if days.count(day) > 1})
    if twice:
        faults.append(Fault("day", twice[0], f"day {twice[0]} is named twice; a day has one reading"))
    last = horizon_of(scenario)
    if outside := [day for day in days if not 0 <= day < last]:
        given = f"given {min(days)} to {max(days)}" if min(days) < max(days) else f"given {days[0]}"
        faults.append(Fault("day", outside[0], f"days must lie between 0 (the first visit) and {last - 1}; {given}"))
    faults += [
        Fault("pain", day, f"day {day}: pain must lie between 0 and 10, is {pain:g}")
        for day, pain in so_far.said
        if not 0 <= pain <= 10
    ]
    return faults


def _lacks(what: str, name: str, known: Sequence[str]) -> str:
    return f"no {what} {name!r}; there is: {', '.join(known)}.{did_you_mean(name, known)}"


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


class Weighed(NamedTuple):
    """People, and how likely each is to be the patient, (people,), summing to 1."""

    people: Patients
    weights: Floats


def _way(study: Study, so_far: SoFar, name: str, likely: Weighed, everybody: Patients) -> Way:
    scenario = study.scenario
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
    schedule = Schedule(tuple(sorted(planned)), looks, lost_after=today)
    (people, weights), noise = likely, likely.people.cohort.noise
    by_all = along(schedule, everybody, study.rules)
    seen = by_all if people is everybody else along(schedule, people, study.rules)
    even = np.full(len(by_all.lost), 1 / len(by_all.lost))
    return Way(
        name, "Stop here" if name == STOP else scenario.arm_label(name), tuple(one.day for one in future),
        tuple(expected(day, seen.pain[k], seen.relieved[k], noise, weights) for k, day in enumerate(looks)),
        tuple(average(day, by_all.pain[k], by_all.relieved[k], even) for k, day in enumerate(looks)),
        mean_of(SHARE, (seen.lost <= last).astype(float), weights),
    )  # fmt: skip
