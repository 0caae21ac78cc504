"""The likelihood of records over few people for each patient: those whom the readings leave likely.

Once it is known about where the inputs lie, thousands of people are drawn near each patient. How many follows from how
much their likelihoods err between points (optimal allocation; Neyman 1934, doi:10.1111/j.2397-2335.1934.tb04184.x). Of
them, as many as a few banks hold are kept, each as often as the readings leave them likely, and with weights that make
their mean that of everybody. Some hundred of these stand for the patient at a point, others at each point and for each
patient: what is then left of chance differs from point to point, so it costs draws, and does not move the posterior
(importance sampling squared; Tran, Scharth, Pitt and Kohn 2013, arXiv:1309.3339).
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
from sim.learn.likelihood import MOST_AT_ONCE, SLIP, Bank, interval, leaving_of, scaled, times_answer, times_going_on
from sim.learn.likely import place_of, where_likely
from sim.learn.observed import LEFT, UNKNOWN, YES, Bytes, Group, Observed
from sim.learn.paths import run_visits, visits_of
from sim.learn.standing import Standing, luck_of, standing_for
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

NOISE = 0.7
"""Variance, by who stands for the patients, of the logarithm of the likelihood of all records that is aimed at."""
MOST_TILES = 16
"""The most that stand for one patient at a point, in tiles of WIDTH."""
DRAWN, ENOUGH = 24, 300
"""People who are drawn near a patient, on average, for each of a bank, if there are ENOUGH patients: what they leave of
chance adds up over patients, so of fewer patients, so many fewer are enough."""
LEAST, MOST = 4, 4
"""The fewest on average for each of a bank, and how many times the average the most for a patient may be."""
KEPT, MOST_KEPT = 6, 10_000_000
"""One in so many is kept; the most for all patients together: 24 bytes each."""


class Stack(NamedTuple):
    """Visits and looks of several patients, one after another: arrays of `Pathway` with patients as first axis,
    `look_at` (patients, days) and `last` day (patients,); what was seen, (patients, looks), and answered, (patients,
    answers).
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
    asked_on: Floats


@dataclass(frozen=True)
class Part:
    """Patients of one kind: their `places` in the records, their visits, and those who can stand for each."""

    profile: str | None
    places: Whole
    stack: Stack
    standing: tuple[Standing, ...]


@dataclass(frozen=True)
class Chosen:
    """The likelihood of records over those who stand for each patient.

    `is_fixed`: whether the same do so at every point, rather than others that belong to the inputs; `sets`: over how
    many sets of others the mean is taken.
    """

    observed: Observed
    parts: tuple[Part, ...]
    is_fixed: bool = False
    sets: int = 1

    @classmethod
    def of(cls, observed: Observed, bank: int, studies: Sequence[Study], seed: int, pool: Executor) -> Chosen:
        """Return the likelihood over people near each patient, found by a bank under some of several studies."""
        singles = [(group, row) for group in observed.groups for row in range(len(group.patients))]
        where = list(
            pool.map(partial(where_likely, bank=bank, studies=studies, seed=seed, step=observed.step), singles)
        )
        tiles = _tiles(np.array([one.varies for one in where]))
        drawn = drawn_near(np.array([one.variance for one in where]), bank)
        kept = min(int(drawn.mean()) // KEPT, MOST_KEPT // len(singles))
        stand = partial(standing_for, kept=kept, studies=studies, seed=seed, step=observed.step)
        found = list(pool.map(stand, singles, where, drawn.tolist(), (tiles * WIDTH).tolist()))
        needling, parts = studies[0].rules.needling, []
        for profile in dict.fromkeys(group.profile for group in observed.groups):
            of = [k for k, (group, _) in enumerate(singles) if group.profile == profile]
            places = np.array([place_of(singles[k]) for k in of], dtype=np.int64)
            stack = _stack([singles[k] for k in of], needling)
            parts.append(Part(profile, places, stack, tuple(found[k] for k in of)))
        return cls(observed, tuple(parts))

    def by_patient(self, study: Study) -> Floats:
        """Return the logarithm of each patient's likelihood, (patients,); 0 for one who is not among the observed."""
        first = 0 if self.is_fixed else _number(study)
        logs = [self.by_patient_and_number(study, first + k) for k in range(self.sets)]
        return logs[0] if self.sets == 1 else np.logaddexp.reduce(logs) - math.log(self.sets)

    def by_patient_and_number(self, study: Study, number: int) -> Floats:
        """Return the same over those who stand for the patients by a number."""
        found = np.zeros(self.observed.patients)
        which = stream(number, 0, 0, "who stands for whom").random(self.observed.patients)
        rules: Any = study.rules._replace(no_show=0.0)
        for part in self.parts:
            luck, first, weights = luck_of(part.standing, which[part.places], study, number)
            of = Bank(luck).patients(study, part.profile)
            out = np.empty(len(part.places))
            most = part.stack.readings.shape[1]
            room = np.empty((2, most, WIDTH)), np.empty(WIDTH), np.empty(WIDTH)
            _all(
                of.luck, of.cohort, of.ceilings, limits_of(of.luck, of.cohort), part.stack, rules, first, weights,
                leaving_of(study), rules.drop_out_after_event, self.observed.step, space_for(len(rules.needling)),
                *room, out,
            )  # fmt: skip
            found[part.places] = out
        return found


def _tiles(varies: Floats) -> Whole:
    """Return how many tiles of people shall stand for each patient, (patients,), such that the variance of all
    together is what is aimed at with the fewest people.
    """
    root = np.sqrt(varies)
    people = root * root.sum() / NOISE
    return np.asarray(np.clip(np.ceil(people / WIDTH), 1, MOST_TILES), dtype=np.int64)


def drawn_near(errors: Floats, bank: int) -> Whole:
    """Return how many people shall be drawn near each patient, (patients,), such that all together err the least."""
    root = np.sqrt(errors) + 1e-12
    average = bank * max(DRAWN * min(len(errors) / ENOUGH, 1.0), LEAST)
    people = np.clip(root / root.mean(), 0.25, MOST) * average
    return np.asarray(np.ceil(people / WIDTH) * WIDTH, dtype=np.int64)


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


def _stack(singles: Sequence[tuple[Group, int]], needling: NDArray[np.uint8]) -> Stack:
    plans = [visits_of(group.schedule, needling.tobytes()) for group, _ in singles]
    n = len(singles)
    most = max(pathway.days.shape[1] for pathway, _ in plans)
    last = np.array([group.schedule.last for group, _ in singles], dtype=np.int64)
    days, looks = int(last.max()) + 1, max(len(group.schedule.looks) for group, _ in singles)
    answers = max(group.returned.shape[1] for group, _ in singles)
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
        returned=np.full((n, answers), UNKNOWN, np.int8), asked_on=np.zeros((n, answers)),
    )  # fmt: skip
    for p, ((pathway, look_at), (group, row)) in enumerate(zip(plans, singles, strict=True)):
        made.days[p, :, : pathway.days.shape[1]] = pathway.days
        made.visit_on[p, :, : pathway.visit_on.shape[1]] = pathway.visit_on
        made.given[p, :, : pathway.given.shape[1]] = pathway.given
        made.look_at[p, : len(look_at)] = look_at
        for into, given in (
            (made.readings, group.readings), (made.went, group.went), (made.event, group.event),
            (made.returned, group.returned), (made.asked_on, group.asked_on),
        ):  # fmt: skip
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
            for k in range(stack.returned.shape[1]):
                if stack.returned[p, k] != UNKNOWN:
                    times_answer(work, lost, stack.asked_on[p, k], stack.returned[p, k] == YES)
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
