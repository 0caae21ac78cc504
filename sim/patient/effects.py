"""How patients respond: what is common to all of them, and the ceilings of each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inner, kernel
from sim.patient.cohort import Cohort

Floats = NDArray[np.float64]

COMPONENTS = ("muscular", "central")


class ResponseParameters(NamedTuple):
    """What calibration finds for one modality: ceiling on target (share), half-life (visits), satisfaction threshold
    (points) and relapse scale (days); the last two are NaN for a modality that has none of its own.
    """

    ceiling: float
    half_life: float
    satisfaction_threshold: float
    relapse_scale: float


class Response(NamedTuple):
    """The ceilings of an average patient on the scale of odds: `reach` (modalities, components), and that of the
    context."""

    reach: Floats
    context_reach: float


class Ceilings(NamedTuple):
    """The most that treatment removes of each patient's pain, as shares.

    `specific`: (modalities, components, patients); `context`: (patients,).
    """

    specific: Floats
    context: Floats


def empty_ceilings(modalities: int, patients: int) -> Ceilings:
    """Return room for the ceilings of so many patients."""
    return Ceilings(np.empty((modalities, len(COMPONENTS), patients)), np.empty(patients))


def ceilings_of(cohort: Cohort, response: Response) -> Ceilings:
    """Return the ceilings of patients."""
    found = empty_ceilings(len(response.reach), len(cohort.profile))
    fill_ceilings(cohort, response, found)
    return found


@kernel
def fill_ceilings(cohort: Cohort, response: Response, ceilings: Ceilings) -> None:
    """Fill `ceilings`: sigmoid(logit(a) + sd * theta) for the average patient's ceiling a, on the scale of odds."""
    for m in range(len(response.reach)):
        for j in range(len(COMPONENTS)):
            _fill_ceiling(response.reach[m, j], cohort.against[m], ceilings.specific[m, j])
    _fill_ceiling(response.context_reach, cohort.context_against, ceilings.context)


@inner
def _fill_ceiling(reach: float, against: Floats, ceiling: Floats) -> None:
    for i in range(len(against)):
        ceiling[i] = reach / (reach + against[i])
