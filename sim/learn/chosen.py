"""The likelihood of records over few patients of a bank: for each patient those whom the readings leave likely.

Most of a bank is nothing like a given patient. So once it is known about where the inputs lie, 128 of a large bank are
drawn for each patient, as often as they are likely there, and stand for all of it with their weights (importance
sampling in the patients; every one has some chance, so nobody is left out for good). They are drawn anew at every
point, so that their error differs from point to point: it then costs draws, and does not move the posterior (importance
sampling squared; Tran, Scharth, Pitt and Kohn 2013, arXiv:1309.3339).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.learn.likelihood import (
    MOST_AT_ONCE,
    SLIP,
    Likelihood,
    interval,
    leaving_of,
    scaled,
    times_answer,
    times_going_on,
)
from sim.learn.observed import LEFT, YES, Bytes, Group, Observed
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

EVEN = 0.2
"""Part of the draws that goes to all of the bank alike, so that nobody's weight is large."""


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
class Part:
    """Patients of one kind: their places in the records, their visits, and how likely each of the bank is to be drawn
    for them, `likely` (patients, bank), with `reached`, its sums one after another from the first patient's on.
    """

    profile: str | None
    places: Whole
    stack: Stack
    likely: Floats
    reached: Floats

    def drawn(self, starts: Floats) -> tuple[Whole, Floats]:
        """Return who stands for each patient, (patients x WIDTH,), and with what weights, (patients, WIDTH)."""
        n, size = self.likely.shape
        rows = np.arange(n)[:, None]
        at = (np.arange(WIDTH) + starts[self.places, None]) / WIDTH + rows
        columns = np.searchsorted(self.reached, at.ravel()).reshape(n, WIDTH) - rows * size
        columns = np.clip(columns, 0, size - 1)
        return columns.ravel(), 1 / (size * WIDTH * self.likely[rows, columns])


@dataclass(frozen=True)
class Chosen:
    """The likelihood of records over those who were chosen for each patient."""

    observed: Observed
    likelihood: Likelihood
    parts: tuple[Part, ...]
    seed: int

    @classmethod
    def of(cls, likelihood: Likelihood, studies: Sequence[Study], seed: int) -> Chosen:
        """Return the likelihood over those who are likely under one of several studies."""
        observed = likelihood.observed
        size = len(likelihood.bank.luck.number)
        chance = np.full((observed.patients, size), EVEN / size)
        for study in studies:
            for place, weights in likelihood.shares(study):
                chance[place] += (1 - EVEN) / len(studies) * weights
        needling = studies[0].rules.needling
        parts = []
        for profile in likelihood.profiles:
            groups = [one for one in observed.groups if one.profile == profile]
            singles = [(group, row) for group in groups for row in range(len(group.patients))]
            places = np.array([group.patients[row] for group, row in singles], dtype=np.int64)
            likely = chance[places]
            reached = (
                np.cumsum(likely, axis=1) / likely.sum(axis=1)[:, None] + np.arange(len(places))[:, None]
            ).ravel()
            parts.append(Part(profile, places, _stack(singles, needling), likely, reached))
        return cls(observed, likelihood, tuple(parts), seed)

    def by_patient(self, study: Study) -> Floats:
        """Return the logarithm of each patient's likelihood, (patients,); 0 for one who is not among the observed."""
        found = np.zeros(self.observed.patients)
        rules: Any = study.rules._replace(no_show=0.0)
        starts = stream(self.seed, _number(study), 0, "who of the bank stands for whom").random(self.observed.patients)
        for part in self.parts:
            columns, weights = part.drawn(starts)
            luck = luck_of(self.likelihood.bank.luck, columns)
            of = self.likelihood.bank.patients(study, part.profile, luck)
            out = np.empty(len(part.places))
            most = part.stack.readings.shape[1]
            room = np.empty((2, most, WIDTH)), np.empty(WIDTH), np.empty(WIDTH)
            _all(
                of.luck, of.cohort, of.ceilings, limits_of(of.luck, of.cohort), part.stack, rules, weights,
                leaving_of(study), rules.drop_out_after_event, self.observed.step, space_for(len(rules.needling)),
                *room, out,
            )  # fmt: skip
            found[part.places] = out
        return found


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


def luck_of(luck: Luck, columns: Whole) -> Luck:
    """Return the luck of some columns, each as often as it is named; nothing of it belongs to visits."""
    kept: Any = (np.ascontiguousarray(part[..., columns]) for part in luck[:-3])
    rest: Any = luck[-3:]
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
    luck: Luck, cohort: Cohort, ceilings: Ceilings, limits: Limits, stack: Stack, rules: Rules, weights: Floats,
    leaving: Floats, after_event: float, step: float, space: Space, seen: Floats, lost: Floats, work: Floats,
    out: Floats,
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
        run_visits(
            p * WIDTH, WIDTH, luck, cohort, ceilings, limits, pathway, rules, stack.look_at[p], stack.last[p], -1,
            space, seen[0], seen[1],
        )  # fmt: skip
        for i in range(WIDTH):
            lost[i] = space.tile[LOST + i]
            work[i] = weights[p, i]
        total = 0.0
        for look in range(stack.looks[p]):
            reading = stack.readings[p, look]
            if not math.isnan(reading):
                for i in range(WIDTH):
                    chance = interval(reading, step, seen[0, look, i], cohort.noise[p * WIDTH + i])
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
        out[p] = total + math.log(mean)
