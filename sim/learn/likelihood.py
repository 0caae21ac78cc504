"""How likely a clinic's records are under a study: each patient's readings, averaged over a bank of patients.

A reading is pain with the noise of its person, rounded to what the clinic writes down and cut at 0 and 10, so its
likelihood is that of an interval of the normal distribution. What is not known of a patient (pain at the start,
plateau, responsiveness, noise, luck of relapses) is averaged out over a bank of evenly spread patients, the same for
all values of the inputs, each of whom is taken through the patient's own visits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.compiled import kernel
from sim.learn.observed import LEFT, UNKNOWN, YES, Bytes, Distinct, Group, Observed
from sim.learn.paths import Seen, along
from sim.luck.numbers import Luck, Needs, spread_luck
from sim.patient.cohort import NO_ENTRY_RULE
from sim.patient.patients import Patients, make_patients
from sim.study.prepare import Study

Floats = NDArray[np.float64]

SLIP = 0.001
"""Chance of a slip of the pen: a reading that is any value of the scale, whatever the pain. Assumption."""
WRONG = 0.05
"""Chance that somebody who is asked whether the complaint came back answers wrongly. Assumption."""
MOST_AT_ONCE = 32
"""Readings whose chances are multiplied before their logarithm is taken."""
_REACH, _CELLS = 8.0, 1 << 14
_NORMAL: Floats = ndtr(np.linspace(-_REACH, _REACH, _CELLS + 1))
"""The normal distribution function, so finely that straight lines between its values are good to 3e-8."""


@dataclass(frozen=True)
class Bank:
    """A bank of evenly spread patients: their luck, the same whoever they are under which inputs."""

    luck: Luck

    @classmethod
    def of(cls, study: Study, patients: int, seed: int = 0, first: int = 0, draw: int = 0) -> Bank:
        """Return a bank for the modalities of a study; `patients` is best a power of 2, 128 at least.

        `first`: a multiple of 128, to have a bank of other people, and so is another `draw`.
        """
        needs = Needs(tuple(study.scenario.modalities), 0, 0.0, 0.0, False, False, False)
        return cls(spread_luck(seed, draw, first, needs, patients))

    def some(self, columns: NDArray[np.int64]) -> Bank:
        """Return a bank of some of its people, each as often as their column is named."""
        kept: Any = (np.ascontiguousarray(part[..., columns]) for part in self.luck[:-3])
        rest: Any = self.luck[-3:]  # nothing of it belongs to visits
        return Bank(Luck(*kept, *rest))

    def patients(self, study: Study, profile: str | None, *, entry_rule: bool = False) -> Patients:
        """Return everybody of the bank as patients of a kind, or of the study's cohort for None.

        `entry_rule`: only people who report as much before the first visit as the study asks for.
        """
        law = study.law if entry_rule else study.law._replace(least_reading=NO_ENTRY_RULE)
        if profile is not None:
            below = np.arange(len(law.edges)) < list(study.scenario.profiles).index(profile)
            law = law._replace(edges=np.where(below, 0.0, 2.0))
        return make_patients(self.luck, law, study.response)


@dataclass(frozen=True)
class Likelihood:
    """The likelihood of what was observed, over a bank.

    Where a study has no rate of drop-out at all, what is known of who left tells nothing. `entry_rule`: whether the
    readings leave out the one that the study's entry rule asks for; one that is among them says all that the rule does.
    """

    observed: Observed
    bank: Bank
    entry_rule: bool = False

    @cached_property
    def profiles(self) -> tuple[str | None, ...]:
        """The kinds of patient of whom there are records."""
        return tuple(dict.fromkeys(group.profile for group in self.observed.groups))

    def by_patient(self, study: Study) -> Floats:
        """Return the logarithm of each patient's likelihood, (patients,); 0 for one who is not among the observed."""
        found = np.zeros(self.observed.patients)
        banks = {profile: self.bank.patients(study, profile, entry_rule=self.entry_rule) for profile in self.profiles}
        for group in self.observed.groups:
            of = banks[group.profile]
            seen = along(group.schedule, of, study.rules)
            out, _ = _likelihoods(group, seen, of.cohort.noise, study, self.observed.step)
            found[list(group.patients)] = out
        return found

    def weights(self, study: Study, group: Group) -> tuple[Patients, Seen, Floats]:
        """Return the bank, what it shows along a group's schedule, and how likely each of it is to be the last of the
        group's patients, (bank,), summing to 1.
        """
        of = self.bank.patients(study, group.profile, entry_rule=self.entry_rule)
        seen = along(group.schedule, of, study.rules)
        _, work = _likelihoods(group, seen, of.cohort.noise, study, self.observed.step)
        return of, seen, work / work.sum()


def likely_in_bank(bank: Bank, group: Group, study: Study, step: float) -> Floats:
    """Return the logarithm of the likelihood of a group's last patient if each of a bank were that patient, (bank,)."""
    of = bank.patients(study, group.profile)
    out, work = _likelihoods(group, along(group.schedule, of, study.rules), of.cohort.noise, study, step)
    with np.errstate(divide="ignore"):
        return np.asarray(out[-1] + np.log(work / work.mean()))


def leaving_of(study: Study) -> Floats:
    """Return the chance to leave after a visit, (2,): for somebody who is not in relief, and for one who is."""
    rules = study.rules
    return np.array([rules.drop_out_if_not_relieved, rules.drop_out_if_relieved]) + rules.drop_out


def _likelihoods(group: Group, seen: Seen, noise: Floats, study: Study, step: float) -> tuple[Floats, Floats]:
    """Return the logarithms of the likelihoods of a group's patients, (patients,), and of the last of them how likely
    each patient of the bank is, (bank,), up to a factor.
    """
    columns = len(noise)
    out, work = np.empty(len(group.patients)), np.empty(columns)
    table = np.empty((len(group.distinct.look), columns))
    _of_group(
        seen, noise, group.distinct, step, group.went, group.event, leaving_of(study), study.rules.drop_out_after_event,
        group.returned, group.asked_on, table, work, out,
    )  # fmt: skip
    return out, work


@kernel
def _of_group(
    seen: Seen, noise: Floats, distinct: Distinct, step: float, went: Bytes, event: Bytes, leaving: Floats,
    after_event: float, returned: Bytes, asked_on: Floats, table: Floats, work: Floats, out: Floats,
) -> None:  # fmt: skip
    """Fill `out`, (patients,), with logarithms of likelihoods, and leave those of the last by the bank in `work`.

    `table`: room for the chance of each distinct reading, (distinct readings, bank).
    """
    looks, columns = seen.pain.shape
    floor = SLIP / (10.0 / step + 1.0)
    for u in range(len(table)):
        look, value = distinct.look[u], distinct.value[u]
        for i in range(columns):
            table[u, i] = (1.0 - SLIP) * interval(value, step, seen.pain[look, i], noise[i]) + floor
    any_leaving = leaving[0] + leaving[1] + after_event > 0.0
    for p in range(len(out)):
        total = 0.0
        for i in range(columns):
            work[i] = 1.0
        for look in range(looks):
            u = distinct.which[p, look]
            if u >= 0:
                for i in range(columns):
                    work[i] *= table[u, i]
            if any_leaving and went[p, look] > 0:
                more = after_event if event[p, look] > 0 else 0.0
                times_going_on(work, seen.relieved[look], leaving, more, went[p, look] == LEFT)
            if look % MOST_AT_ONCE == MOST_AT_ONCE - 1:
                total += scaled(work)
        for k in range(returned.shape[1]):
            if returned[p, k] != UNKNOWN:
                times_answer(work, seen.lost, asked_on[p, k], returned[p, k] == YES)
        mean = 0.0
        for i in range(columns):
            mean += work[i]
        out[p] = total + math.log(mean / columns)


@kernel
def times_going_on(work: Floats, relieved: Floats, leaving: Floats, more: float, has_left: bool) -> None:
    """Multiply likelihoods by the chance that a patient left after a visit, or that one went on."""
    in_relief = min(max(leaving[1] + more, 1e-9), 1.0 - 1e-9)
    not_in_relief = min(max(leaving[0] + more, 1e-9), 1.0 - 1e-9)
    if not has_left:
        in_relief, not_in_relief = 1.0 - in_relief, 1.0 - not_in_relief
    for i in range(len(work)):
        work[i] *= in_relief if relieved[i] > 0.0 else not_in_relief


@kernel
def times_answer(work: Floats, lost: Floats, by: float, is_yes: bool) -> None:
    """Multiply likelihoods by the chance of an answer to whether the complaint came back by a day."""
    for i in range(len(work)):
        work[i] *= 1.0 - WRONG if (lost[i] <= by) == is_yes else WRONG


@kernel
def scaled(work: Floats) -> float:
    """Divide likelihoods by the largest of them, whose logarithm is returned: many readings would come to 0."""
    most = 0.0
    for i in range(len(work)):
        most = max(most, work[i])
    for i in range(len(work)):
        work[i] /= most
    return math.log(most)


@kernel
def interval(reading: float, step: float, pain: float, noise: float) -> float:
    """Return the chance of a reading that is rounded to a step and cut at 0 and 10."""
    per_noise = 1.0 / max(noise, 1e-6)
    lower = 0.0 if reading <= 0.0 else normal_share((reading - 0.5 * step - pain) * per_noise)
    upper = 1.0 if reading >= 10.0 else normal_share((reading + 0.5 * step - pain) * per_noise)
    return upper - lower


@kernel
def normal_share(x: float) -> float:
    """Return the share of a standard normal distribution below a value."""
    at = (min(max(x, -_REACH), _REACH - 1e-9) + _REACH) * (_CELLS / (2.0 * _REACH))
    cell = int(at)
    part = at - cell
    found: float = _NORMAL[cell] + part * (_NORMAL[cell + 1] - _NORMAL[cell])
    return found
