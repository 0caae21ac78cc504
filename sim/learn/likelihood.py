"""How likely a clinic's records are under a study: each patient's readings, averaged over a bank of patients.

A reading is pain with the noise of its person, rounded to what the clinic writes down and cut at 0 and 10, so its
likelihood is that of an interval of the normal distribution. What is not known of a patient (pain at the start,
plateau, responsiveness, noise, luck of relapses) is averaged out over a bank of evenly spread patients, the same for
all values of the inputs, each of whom is taken through the patient's own visits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.compiled import kernel
from sim.learn.observed import LEFT, YES, Bytes, Group, Observed
from sim.learn.paths import Seen, along
from sim.luck.numbers import Luck, Needs, spread_luck
from sim.patient.cohort import NO_ENTRY_RULE, cohort_law
from sim.patient.patients import Patients, make_patients
from sim.study.prepare import Study

Floats = NDArray[np.float64]

SLIP = 0.001
"""Chance of a slip of the pen: a reading that is any value of the scale, whatever the pain. Assumption."""
WRONG = 0.05
"""Chance that somebody who is asked whether the complaint came back answers wrongly. Assumption."""
_REACH, _CELLS = 8.0, 1 << 14
_NORMAL: Floats = ndtr(np.linspace(-_REACH, _REACH, _CELLS + 1))
"""The normal distribution function, so finely that straight lines between its values are good to 3e-8."""


@dataclass(frozen=True)
class Bank:
    """A bank of evenly spread patients: their luck, the same whoever they are under which inputs."""

    luck: Luck

    @classmethod
    def of(cls, study: Study, patients: int, seed: int = 0) -> Bank:
        """Return a bank for the modalities of a study; `patients` is best a power of 2, 128 at least."""
        needs = Needs(tuple(study.scenario.modalities), 0, 0.0, 0.0, False, False, False)
        return cls(spread_luck(seed, 0, 0, needs, patients))

    def patients(self, study: Study, profile: str | None) -> Patients:
        """Return everybody of the bank as patients of a kind, or of the study's cohort for None."""
        shares = {profile: 1.0} if profile is not None else dict(study.scenario.cohort.profiles)
        law = cohort_law(study.scenario, shares, study.calibration.natural, NO_ENTRY_RULE)
        return make_patients(self.luck, law, study.response)


@dataclass(frozen=True)
class Likelihood:
    """The likelihood of what was observed, over a bank.

    `leaving_is_known`: whether the study's rates of drop-out are read; without any rate a drop-out could not be.
    """

    observed: Observed
    bank: Bank

    @cached_property
    def profiles(self) -> tuple[str | None, ...]:
        """The kinds of patient of whom there are records."""
        return tuple(dict.fromkeys(group.profile for group in self.observed.groups))

    def by_patient(self, study: Study) -> Floats:
        """Return the logarithm of each patient's likelihood, (patients,); 0 for one who is not among the observed."""
        found = np.zeros(self.observed.patients)
        banks = {profile: self.bank.patients(study, profile) for profile in self.profiles}
        work = np.empty((len(self.bank.luck.number),))
        for group in self.observed.groups:
            of = banks[group.profile]
            seen = along(group.schedule, of, study.rules)
            out = np.empty(len(group.patients))
            _of_group(seen, of.cohort.noise, *_arrays(group, study, self.observed.step), work, out, False)
            found[list(group.patients)] = out
        return found

    def weights(self, study: Study, group: Group) -> tuple[Patients, Seen, Floats]:
        """Return the bank, what it shows along a group's schedule, and who of it is how likely the first of its
        patients, (bank,), summing to 1.
        """
        of = self.bank.patients(study, group.profile)
        seen = along(group.schedule, of, study.rules)
        work, out = np.empty(len(self.bank.luck.number)), np.empty(1)
        first = replace(
            group, patients=group.patients[:1], readings=group.readings[:1], went=group.went[:1],
            event=group.event[:1], returned=group.returned[:1], returned_by=group.returned_by[:1],
        )  # fmt: skip
        _of_group(seen, of.cohort.noise, *_arrays(first, study, self.observed.step), work, out, True)
        return of, seen, work / work.sum()


def _arrays(group: Group, study: Study, step: float) -> tuple[Floats, float, Bytes, Bytes, Floats, Bytes, Floats]:
    rules = study.rules
    leaving = np.array(
        [
            rules.drop_out + rules.drop_out_if_not_relieved,
            rules.drop_out + rules.drop_out_if_relieved,
            rules.drop_out_after_event,
        ]
    )
    return group.readings, step, group.went, group.event, leaving, group.returned, group.returned_by


@kernel
def _of_group(
    seen: Seen, noise: Floats, readings: Floats, step: float, went: Bytes, event: Bytes, leaving: Floats,
    returned: Bytes, returned_by: Floats, work: Floats, out: Floats, keeps: bool,
) -> None:  # fmt: skip
    """Fill `out`, (patients,), with logarithms of likelihoods; if it `keeps`, leave who is how likely in `work`."""
    looks, columns = seen.pain.shape
    any_leaving = leaving[0] + leaving[1] + leaving[2] > 0.0
    floor = SLIP / (10.0 / step + 1.0)
    for p in range(len(out)):
        most = -np.inf
        for i in range(columns):
            total, product = 0.0, 1.0
            for look in range(looks):
                reading = readings[p, look]
                if not math.isnan(reading):
                    chance = _interval(reading, step, seen.pain[look, i], noise[i])
                    product *= (1.0 - SLIP) * chance + floor
                if any_leaving and went[p, look] > 0:
                    rate = leaving[1] if seen.relieved[look, i] > 0.0 else leaving[0]
                    rate += leaving[2] if event[p, look] > 0 else 0.0
                    rate = min(max(rate, 1e-9), 1.0 - 1e-9)
                    product *= rate if went[p, look] == LEFT else 1.0 - rate
                if product < 1e-100:
                    total += math.log(product)
                    product = 1.0
            if returned[p] >= 0:
                came_back = seen.lost[i] <= returned_by[p]
                product *= 1.0 - WRONG if came_back == (returned[p] == YES) else WRONG
            total += math.log(product)
            work[i] = total
            most = max(most, total)
        mean = 0.0
        for i in range(columns):
            likely = math.exp(work[i] - most)
            mean += likely
            if keeps:
                work[i] = likely
        out[p] = most + math.log(mean / columns)


@kernel
def _interval(reading: float, step: float, pain: float, noise: float) -> float:
    """Return the chance of a reading that is rounded to a step and cut at 0 and 10."""
    per_cell = 1.0 / max(noise, 1e-6)
    lower = 0.0 if reading <= 0.0 else _normal((reading - 0.5 * step - pain) * per_cell)
    upper = 1.0 if reading >= 10.0 else _normal((reading + 0.5 * step - pain) * per_cell)
    return upper - lower


@kernel
def _normal(x: float) -> float:
    at = (min(max(x, -_REACH), _REACH - 1e-9) + _REACH) * (_CELLS / (2.0 * _REACH))
    cell = int(at)
    part = at - cell
    found: float = _NORMAL[cell] + part * (_NORMAL[cell + 1] - _NORMAL[cell])
    return found
