"""What is held against the model: a clinic's records and the arms of trials, as pieces with a likelihood each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.learn.counts import Counts
from sim.learn.likelihood import Bank, Likelihood
from sim.learn.observed import Observed
from sim.study.prepare import Study

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RecordsData:
    """A clinic's records over a bank: a piece is a patient, with readings, course and counts together."""

    readings: Likelihood
    counts: Counts

    @classmethod
    def of(cls, observed: Observed, counts: Counts, study: Study, bank: int) -> RecordsData:
        """Return records over a bank of so many patients."""
        return cls(Likelihood(observed, Bank.of(study, bank)), counts)

    def by_piece(self, study: Study) -> Floats:
        """Return the logarithm of the likelihood of each patient, (patients,)."""
        return self.readings.by_patient(study) + self.counts.by_patient(study)
