"""The likelihood of records over few patients of a bank: for each patient those whom the readings leave likely.

Most of a bank is nothing like a given patient. So once it is known about where the inputs lie, some hundreds of a large
bank, another one for each patient, are drawn as often as they are likely there, and stand for all of it with their
weights (importance sampling in the patients; every one has some chance, so nobody is left out for good). How many are
drawn follows from how much their likelihoods differ between points where they were looked at (optimal allocation;
Neyman 1934, doi:10.1111/j.2397-2335.1934.tb04184.x). There are several sets of them, one of which stands at each point,
so that their error differs from point to point: it then costs draws, and moves the posterior less (importance sampling
squared; Tran, Scharth, Pitt and Kohn 2013, arXiv:1309.3339).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.learn.likelihood import (
    MOST_AT_ONCE,
    SLIP,
    Bank,
    interval,
    leaving_of,
    likely_in_bank,
    scaled,
    times_answer,
    times_going_on,
)
from sim.learn.observed import LEFT, YES, Bytes, Group, Observed, one_of
from sim.learn.paths import run_visits, visits_of
from sim.luck.numbers import Luck
from sim.luck.streams import stream
from sim.patient.cohort import Cohort
from sim.patient.day import Limits
from sim.patient.effects import Ceilings
from sim.patient.pathway import Pathway, Rules
from sim.patient.patients import limits_of
from sim.patient.plans import Space, space_for
from sim.patient.tile import LOST, WIDTH
from sim.study.prepare import Study

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Single = tuple[Group, int]

EVEN = 0.1
"""Part of the draws that goes to all of the bank alike, so that nobody's weight is large."""
SETS = 8
"""Sets of those who stand for the patients; which of them does so belongs to the inputs."""
NOISE = 0.7
"""Variance, between sets, of the logarithm of the likelihood of all records that is aimed at."""
MOST_TILES = 16
"""The most that stand for one patient, in tiles of WIDTH."""
LIKELY = 150.0
"""Effective number of likely people that a bank must have for a patient; it is doubled until it has."""
LARGER = 32
"""By how much a bank may grow for a patient."""


class Stack(NamedTuple):
    """Visits and looks of several patients, one after another: arrays of `Pathway` with patients as first axis,
    `look_at` (patients, days) and `last` day (patients,); what was seen, (patients, looks) or (patients,).
    """

    visits: Whole
    days: Whole
    visit_on: Whole
    given: NDArray[np.uint8]
    active: NDArray[np.uint8]
    needles: NDArray[np.bool_]
    nothing: Floats
    no_risk: Floats
    no_rule: Whole
    no_treatment: Whole
    look_at: Whole
    last: Whole
    looks: Whole
    readings: Floats
    went: Bytes
    event: Bytes
    returned: Bytes
    returned_by: Floats


@dataclass(frozen=True)
class Likely:
    """Who of a patient's bank, from person `first` on, is likely to be the patient: the `chance` of each to be drawn,
    (bank,); `varies`: relative variance of the likelihood of one that is drawn, at a point that was not looked at.

    The people themselves are made again when some of them are drawn: all banks at once would take gigabytes.
    """

    first: int
    chance: Floats
    varies: float


@dataclass(frozen=True)
class Part:
    """Patients of one kind: their `places` in the records, their visits, and those who stand for them.

    `sets`: the luck of each set, in columns by patient, from column `first`, (patients + 1,), on; `weights`, (SETS,
    columns).
    """

    profile: str | None
    places: Whole
    stack: Stack
    first: Whole
    sets: tuple[Luck, ...]
    weights: Floats


@dataclass(frozen=True)
class Chosen:
    """The likelihood of records over those who were chosen for each patient; `only`: the set that stands at every
    point, None for one that belongs to the inputs.
    """

    observed: Observed
    parts: tuple[Part, ...]
    only: int | None = None

    @classmethod
    def of(cls, observed: Observed, bank: int, studies: Sequence[Study], seed: int, pool: Executor) -> Chosen:
        """Return the likelihood over those of a bank for each patient who are likely under some of several studies."""
        parts = []
        singles = [(group, row) for group in observed.groups for row in range(len(group.patients))]
        found = list(
            pool.map(partial(likely_people, bank=bank, studies=studies, seed=seed, step=observed.step), singles)
        )
        tiles = _tiles(np.array([one.varies for one in found]))
        needling = studies[0].rules.needling
        for profile in dict.fromkeys(group.profile for group in observed.groups):
            of = [k for k, (group, _) in enumerate(singles) if group.profile == profile]
            places = np.array([_place(singles[k]) for k in of], dtype=np.int64)
            starts = stream(seed, 0, 0, "who of the bank stands for whom").random(observed.patients)[places]
            drawn = [
                _drawn(studies[0], seed, found[k], int(tiles[k]) * WIDTH, start)
                for k, start in zip(of, starts, strict=True)
            ]
            first = np.cumsum([0, *(int(tiles[k]) * WIDTH for k in of)])
            sets = tuple(_joined([luck for luck, _ in one]) for one in zip(*drawn, strict=True))
            weights = np.stack([np.concatenate([weight for _, weight in one]) for one in zip(*drawn, strict=True)])
            parts.append(Part(profile, places, _stack([singles[k] for k in of], needling), first, sets, weights))
        return cls(observed, tuple(parts))

    def by_patient(self, study: Study) -> Floats:
        """Return the logarithm of each patient's likelihood, (patients,); 0 for one who is not among the observed."""
        return self.by_patient_and_set(study, _number(study) % SETS if self.only is None else self.only)

    def by_patient_and_set(self, study: Study, which: int) -> Floats:
        """Return the same over one of the sets."""
        found = np.zeros(self.observed.patients)
        rules: Any = study.rules._replace(no_show=0.0)
        for part in self.parts:
            of = Bank(part.sets[which]).patients(study, part.profile)
            out = np.empty(len(part.places))
            most = part.stack.readings.shape[1]
            room = np.empty((2, most, WIDTH)), np.empty(WIDTH), np.empty(WIDTH)
            _all(
                of.luck, of.cohort, of.ceilings, limits_of(of.luck, of.cohort), part.stack, rules, part.first,
                part.weights[which], leaving_of(study), rules.drop_out_after_event, self.observed.step,
                space_for(len(rules.needling)), *room, out,
            )  # fmt: skip
            found[part.places] = out
        return found


def _place(single: Single) -> int:
    group, row = single
    return group.patients[row]


def likely_people(single: Single, bank: int, studies: Sequence[Study], seed: int, step: float) -> Likely:
    """Return who is likely to be a patient under some of several studies, of a bank that is doubled until there are
    enough of them.
    """
    group, row = single
    alone, largest = one_of(group, row), bank * LARGER
    first = group.patients[row] * largest
    logs = np.empty((len(studies), 0))
    size = bank
    while True:
        more = Bank.of(studies[0], size - logs.shape[1], seed, first + logs.shape[1])
        logs = np.concatenate([logs, [likely_in_bank(more, alone, study, step) for study in studies]], axis=1)
        shares = np.exp(logs - logs.max(axis=1)[:, None])
        shares /= shares.sum(axis=1)[:, None]
        if np.mean(1 / (shares**2).sum(axis=1)) >= LIKELY or size == largest:
            break
        size *= 2
    chance = EVEN / size + (1 - EVEN) * shares.mean(axis=0)
    return Likely(first, chance, _varies(shares))


def _varies(shares: Floats) -> float:
    """Return the relative variance of the likelihood of one who is drawn, at a study that was left out of the draw."""
    studies, size = shares.shape
    if studies == 1:
        return 1.0
    others = EVEN / size + (1 - EVEN) * (shares.sum(axis=0) - shares) / (studies - 1)
    return max(float(np.median((shares**2 / others).sum(axis=1))) - 1.0, 1e-3)


def _tiles(varies: Floats) -> Whole:
    """Return how many tiles of people shall stand for each patient, (patients,), such that the variance of all
    together is what is aimed at with the fewest people.
    """
    root = np.sqrt(varies)
    people = root * root.sum() / NOISE
    return np.asarray(np.clip(np.ceil(people / WIDTH), 1, MOST_TILES), dtype=np.int64)


def _drawn(study: Study, seed: int, likely: Likely, people: int, start: float) -> list[tuple[Luck, Floats]]:
    """Return for each set who stands for a patient, and with what weights, (people,)."""
    bank = Bank.of(study, len(likely.chance), seed, likely.first)
    size, number = len(likely.chance), people * SETS
    reached = np.cumsum(likely.chance)
    columns = np.searchsorted(reached / reached[-1], (np.arange(number) + start) / number)
    columns = np.minimum(columns, size - 1)
    sets = [columns[k::SETS] for k in range(SETS)]
    return [(bank.some(one).luck, 1 / (size * people * likely.chance[one])) for one in sets]


def _number(study: Study) -> int:
    """Return a number that belongs to a study's inputs, another one for others."""
    text = hashlib.blake2b(digest_size=4)
    effects, relapse = study.rules.effects, study.rules.relapse
    arrays = [study.response.reach, effects.keeps, effects.per_dose, relapse.weight, study.rules.scale]
    arrays += [study.law.baseline, study.law.plateau, study.law.time_constant, study.law.noise, study.law.muscular]
    for one in arrays:
        text.update(np.ascontiguousarray(one).tobytes())
    numbers = (
        study.response.context_reach, effects.context_keeps, effects.context_per_dose, effects.rho, relapse.log_ratio,
        relapse.rebound, study.rules.intensity_without, study.law.correlation, study.law.individual_sd,
    )  # fmt: skip
    text.update(np.array(numbers).tobytes())
    return int.from_bytes(text.digest(), "big") >> 1


def _joined(lucks: Sequence[Luck]) -> Luck:
    """Return the luck of all columns of several, which have the same key; nothing of it belongs to visits."""
    kept: Any = (np.concatenate(parts, axis=-1) for parts in zip(*(one[:-3] for one in lucks), strict=True))
    rest: Any = lucks[0][-3:]
    return Luck(*kept, *rest)


def _stack(singles: Sequence[tuple[Group, int]], needling: NDArray[np.uint8]) -> Stack:
    plans = [visits_of(group.schedule, needling.tobytes()) for group, _ in singles]
    n = len(singles)
    most = max(pathway.days.shape[1] for pathway, _ in plans)
    last = np.array([group.schedule.last for group, _ in singles], dtype=np.int64)
    days, looks = int(last.max()) + 1, max(len(group.schedule.looks) for group, _ in singles)
    wide = max(days, max(pathway.visit_on.shape[1] for pathway, _ in plans))
    made = Stack(
        visits=np.array([[pathway.days.shape[1]] for pathway, _ in plans], dtype=np.int64),
        days=np.zeros((n, 1, most), np.int64), visit_on=np.zeros((n, 1, wide), np.int64),
        given=np.zeros((n, 1, most, len(needling)), np.uint8), active=np.array([one.active for one, _ in plans]),
        needles=np.array([one.needles for one, _ in plans]), nothing=np.zeros((1, most)),
        no_risk=np.zeros((2, 1, most)), no_rule=np.zeros(1, np.int64), no_treatment=np.zeros((1, most), np.int64),
        look_at=np.zeros((n, days), np.int64), last=last,
        looks=np.array([len(group.schedule.looks) for group, _ in singles], dtype=np.int64),
        readings=np.full((n, looks), math.nan), went=np.zeros((n, looks), np.int8),
        event=np.zeros((n, looks), np.int8),
        returned=np.array([group.returned[row] for group, row in singles], dtype=np.int8),
        returned_by=np.array([group.returned_by[row] for group, row in singles]),
    )  # fmt: skip
    for p, ((pathway, look_at), (group, row)) in enumerate(zip(plans, singles, strict=True)):
        made.days[p, :, : pathway.days.shape[1]] = pathway.days
        made.visit_on[p, :, : pathway.visit_on.shape[1]] = pathway.visit_on
        made.given[p, :, : pathway.given.shape[1]] = pathway.given
        made.look_at[p, : len(look_at)] = look_at
        for into, given in ((made.readings, group.readings), (made.went, group.went), (made.event, group.event)):
            into[p, : given.shape[1]] = given[row]
    return made


@kernel
def _all(
    luck: Luck, cohort: Cohort, ceilings: Ceilings, limits: Limits, stack: Stack, rules: Rules, first: Whole,
    weights: Floats, leaving: Floats, after_event: float, step: float, space: Space, seen: Floats, lost: Floats,
    work: Floats, out: Floats,
) -> None:  # fmt: skip
    """Fill `out`, (patients,), with logarithms of likelihoods; `seen`: room for pain and relief, (2, looks, WIDTH)."""
    floor = SLIP / (10.0 / step + 1.0)
    any_leaving = leaving[0] + leaving[1] + after_event > 0.0
    for p in range(len(out)):
        pathway = Pathway(
            stack.visits[p], stack.days[p], stack.visit_on[p], stack.given[p], stack.no_treatment, stack.nothing,
            stack.nothing, stack.nothing, stack.no_risk, stack.no_rule, stack.no_rule, stack.no_rule, stack.active[p],
            False, stack.needles[p],
        )  # fmt: skip
        largest, summed = -math.inf, 0.0
        for start in range(first[p], first[p + 1], WIDTH):
            run_visits(
                start, WIDTH, luck, cohort, ceilings, limits, pathway, rules, stack.look_at[p], stack.last[p], -1,
                space, seen[0], seen[1],
            )  # fmt: skip
            for i in range(WIDTH):
                lost[i] = space.tile[LOST + i]
                work[i] = weights[start + i]
            total = 0.0
            for look in range(stack.looks[p]):
                reading = stack.readings[p, look]
                if not math.isnan(reading):
                    for i in range(WIDTH):
                        chance = interval(reading, step, seen[0, look, i], cohort.noise[start + i])
                        work[i] *= (1.0 - SLIP) * chance + floor
                if any_leaving and stack.went[p, look] > 0:
                    more = after_event if stack.event[p, look] > 0 else 0.0
                    times_going_on(work, seen[1, look], leaving, more, stack.went[p, look] == LEFT)
                if look % MOST_AT_ONCE == MOST_AT_ONCE - 1:
                    total += scaled(work)
            if stack.returned[p] >= 0:
                times_answer(work, lost, stack.returned_by[p], stack.returned[p] == YES)
            mean = 0.0
            for i in range(WIDTH):
                mean += work[i]
            here = total + math.log(mean)
            if here > largest:
                summed = summed * math.exp(largest - here) + 1.0
                largest = here
            else:
                summed += math.exp(here - largest)
        out[p] = largest + math.log(summed)
