"""Patients made ready for any arm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.luck.numbers import Luck
from sim.luck.threefry import WORDS
from sim.patient.cohort import Cohort, CohortLaw, make_cohort
from sim.patient.day import Limits
from sim.patient.effects import Ceilings, Response, ceilings_of
from sim.patient.pathway import Rules
from sim.patient.tile import (
    BASELINE,
    CEILING_CENTRAL,
    CEILING_MUSCULAR,
    CONTEXT,
    DECAY,
    MUSCULAR,
    PER_MODALITY,
    PLATEAU,
    RELIEF_AT,
    Lanes,
)

Floats = NDArray[np.float64]


class Patients(NamedTuple):
    """Some patients in columns: their luck, who they are, and how they respond."""

    luck: Luck
    cohort: Cohort
    ceilings: Ceilings


def make_patients(luck: Luck, law: CohortLaw, response: Response) -> Patients:
    """Return the patients of some luck."""
    return ready(luck, make_cohort(luck, law), response)


def ready(luck: Luck, cohort: Cohort, response: Response) -> Patients:
    """Return the patients of a cohort that was made of some luck."""
    return Patients(luck, cohort, ceilings_of(cohort, response))


def limits_of(luck: Luck, cohort: Cohort) -> Limits:
    """Return the limits of the relapses of patients."""
    return Limits(cohort.limits, luck.key, luck.number, np.empty(WORDS, np.int64))


@kernel
def fill_tile(tile: Floats, width: int, lanes: Lanes, cohort: Cohort, ceilings: Ceilings, rules: Rules) -> None:
    """Put patients into a tile: who they are."""
    for i in range(width):
        c = lanes.column[i]
        tile[BASELINE + i] = cohort.baseline[c]
        tile[MUSCULAR + i] = cohort.muscular[c]
        tile[PLATEAU + i] = cohort.plateau[c]
        tile[DECAY + i] = cohort.decay[c]
        tile[CONTEXT + i] = ceilings.context[c]
        tile[RELIEF_AT + i] = cohort.baseline[c] - rules.relief_points - rules.relief_share * cohort.baseline[c]
    for m in range(len(ceilings.specific)):
        of = m * PER_MODALITY
        for i in range(width):
            tile[CEILING_MUSCULAR + of + i] = ceilings.specific[m, 0, lanes.column[i]]
            tile[CEILING_CENTRAL + of + i] = ceilings.specific[m, 1, lanes.column[i]]
