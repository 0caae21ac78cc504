"""What is held against the model: a clinic's records and the arms of trials, as pieces with a likelihood each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim.errors import ScenarioError
from sim.learn.arms import TrialArms
from sim.learn.chosen import Chosen
from sim.learn.counts import Counts
from sim.learn.likelihood import Bank, Likelihood
from sim.learn.observed import Observed
from sim.learn.problem import Data
from sim.learn.trials import Trials
from sim.scenario.schema import Scenario
from sim.study.prepare import Study

Floats = NDArray[np.float64]

BETWEEN_TRIALS = 0.4
"""Spread between trials that were done alike, in points: standard deviation of what all arms of a trial share beside
the sampling error. Assumption; published differences between trials of one design are about as large."""
BETWEEN_ARMS = 0.15
"""The same for what an arm has of its own."""
SETS = 4
"""Sets of people whose mean is taken where a likelihood that has no chance is weighed anew by one that no set leans."""
PER_ARM, FEWEST_IN_ARM = 2, 1280
"""An arm of a trial is simulated with half of the patients of a bank, but so many at the least: a mean of theirs
has an error of a twentieth of a point, a fraction of any trial's own."""


@dataclass(frozen=True)
class RecordsData:
    """A clinic's records over a bank: a piece is a patient, with readings, course and counts together."""

    readings: Likelihood | Chosen
    counts: Counts

    def by_piece(self, study: Study) -> Floats:
        """Return the logarithm of the likelihood of each patient, (patients,)."""
        return self.readings.by_patient(study) + self.counts.by_patient(study)


@dataclass(frozen=True)
class TrialsData:
    """Arms of trials: a piece is a trial, whose results are jointly normal about what is predicted.

    Their covariance is that of sampling, of what the trial has beside it (one number for all its arms) and of what each
    arm has of its own; readings of one arm on several days go together. Results that are held out are not read.
    """

    arms: TrialArms

    @classmethod
    def of(cls, scenario: Scenario, trials: Trials, patients: int) -> TrialsData:
        """Return trials, each arm of which is simulated with so many patients.

        Raises ScenarioError if no result says how sure it is.
        """
        found = cls(TrialArms(scenario, trials, patients))
        if not any(found.read_of(name) for name in trials.trials):
            what = "no result that is not held out has an error, or an sd and n; nothing can be learnt"
            raise ScenarioError([f"{trials.file.name}: {what}"])
        return found

    def read_of(self, trial: str) -> list[int]:
        """Return the places of the results of a trial that are read: those with an error that are not held out."""
        return [
            i for i, one in enumerate(self.arms.results)
            if one.trial == trial and not one.published.held_out and math.isfinite(one.published.sampling_error)
        ]  # fmt: skip

    def by_piece(self, study: Study) -> Floats:
        """Return the logarithm of the likelihood of each trial, (trials,)."""
        predicted = self.arms.predict(study)
        names = tuple(dict.fromkeys(one.trial for one in self.arms.results))
        found = np.zeros(len(names))
        for k, name in enumerate(names):
            if at := self.read_of(name):
                found[k] = _normal_density(self._covariance(at), np.array([self._off(i, predicted.mean) for i in at]))
        return found

    def _off(self, i: int, predicted: Floats) -> float:
        return float(self.arms.results[i].published.value - predicted[i])

    def _covariance(self, at: list[int]) -> Floats:
        results = [self.arms.results[i] for i in at]
        covariance = np.diag([one.published.sampling_error**2 for one in results])
        for a, one in enumerate(results):
            for b, other in enumerate(results):
                same_arm, same_day = one.arm == other.arm, one.published.day == other.published.day
                scale = _scale(one.published.outcome) * _scale(other.published.outcome)
                covariance[a, b] += scale * (BETWEEN_TRIALS**2 + (BETWEEN_ARMS**2 if same_arm else 0.0))
                if same_arm and not (same_day and a == b) and one.published.outcome == other.published.outcome:
                    # The same people are asked again: half of the sampling error stays from day to day.
                    covariance[a, b] += 0.5 * one.published.sampling_error * other.published.sampling_error
        return np.asarray(covariance)


def _scale(outcome: str) -> float:
    """Return what a point is on the scale of an outcome: of a share of responders about 0.15."""
    return 0.15 if outcome == "responders" else 1.0


def _normal_density(covariance: Floats, off: Floats) -> float:
    factor = np.linalg.cholesky(covariance)
    white = np.linalg.solve(factor, off)
    constant = float(np.log(np.diag(factor)).sum()) + len(off) / 2 * math.log(2 * math.pi)
    return -0.5 * float(white @ white) - constant


@dataclass(frozen=True)
class Together:
    """Several kinds of data at once: the pieces of all of them, one after another."""

    parts: tuple[Data, ...]

    def by_piece(self, study: Study) -> Floats:
        """Return the logarithm of the likelihood of each piece of each part, in order."""
        return np.concatenate([one.by_piece(study) for one in self.parts])


@dataclass(frozen=True)
class Evidence:
    """All that a fit is given: records with their counts, trials, or both."""

    study: Study
    observed: Observed | None = None
    counts: Counts | None = None
    trials: Trials | None = None
    _made: dict[int, TrialsData] = field(default_factory=dict, init=False, repr=False)

    def over(self, bank: int) -> Data:
        """Return the data over a whole bank of patients."""
        if self.observed is None:
            return self._with_trials(bank, ())
        return self._with_trials(bank, (Likelihood(self.observed, Bank.of(self.study, bank)),))

    def near(self, bank: int, studies: Sequence[Study], seed: int, pool: Executor) -> Data:
        """Return the data over those of a bank who are likely, for each patient, under some of several studies."""
        if self.observed is None:
            return self._with_trials(bank, ())
        return self._with_trials(bank, (Chosen.of(self.observed, bank, studies, seed, pool),))

    def fixed(self, bank: int, studies: Sequence[Study], seed: int, pool: Executor) -> tuple[Data, Data]:
        """Return the data over the same few of a bank at every point, a function of the inputs without any chance, and
        over several sets that are chosen anew at each; the same where there are no records.
        """
        if self.observed is None:
            data = self._with_trials(bank, ())
            return data, data
        chosen = Chosen.of(self.observed, bank, studies, seed, pool)
        same, anew = replace(chosen, is_fixed=True), replace(chosen, sets=SETS)
        return self._with_trials(bank, (same,)), self._with_trials(bank, (anew,))

    def _trials(self, patients: int) -> TrialsData:
        assert self.trials is not None
        if patients not in self._made:
            self._made[patients] = TrialsData.of(self.study.scenario, self.trials, patients)
        return self._made[patients]

    def _with_trials(self, bank: int, readings: Sequence[Likelihood | Chosen]) -> Data:
        parts: list[Data] = [RecordsData(one, self.counts) for one in readings if self.counts is not None]
        if self.trials is not None:
            parts.append(self._trials(max(bank // PER_ARM, FEWEST_IN_ARM)))
        return parts[0] if len(parts) == 1 else Together(tuple(parts))
