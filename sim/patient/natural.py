"""The natural course: pain over time without any treatment, and its integral, on the days that anybody looks at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.cohort import Cohort
from sim.patient.compiled import kernel, njit
from sim.patient.elementary import exp

Floats = NDArray[np.float64]

DAY_0 = 0
DAY_42 = 1
FIRST_DAYS = (0.0, 42.0)
"""Days that every arm reads, and their rows; the day after each visit follows."""


class NaturalCourse(NamedTuple):
    """Natural pain `plateau + transient * exp(-t / tau)` in points, and its integral over days up to a constant;
    (days, patients).
    """

    pain: Floats
    area: Floats


def empty_natural(days: int, patients: int) -> NaturalCourse:
    """Return room for the natural course of so many patients on so many days."""
    return NaturalCourse(np.empty((days, patients)), np.empty((days, patients)))


def natural_course(cohort: Cohort, days: Floats) -> NaturalCourse:
    """Return the natural course of patients on given days."""
    found = empty_natural(len(days), len(cohort.rate))
    fill_natural(cohort, days, found)
    return found


@njit(nogil=True, cache=True, error_model="numpy")
def fill_natural_of(cohort, i, day, natural, row):  # type: ignore[no-untyped-def]
    """Fill a row of `natural` with the natural course of one patient on a day."""
    remaining = exp(day * cohort.rate[i])
    natural.area[row, i] = cohort.plateau[i] * day + cohort.drift[i] * remaining
    natural.pain[row, i] = cohort.plateau[i] + cohort.transient[i] * remaining


@kernel
def fill_natural(cohort, days, natural):  # type: ignore[no-untyped-def]
    """Fill `natural` with the natural course of `cohort` on `days`."""
    plateau, transient, rate, drift = cohort.plateau, cohort.transient, cohort.rate, cohort.drift
    for d in range(len(days)):
        day, pain, area = days[d], natural.pain[d], natural.area[d]
        for i in range(len(rate)):
            pain[i] = exp(day * rate[i])
        for i in range(len(rate)):
            area[i] = plateau[i] * day + drift[i] * pain[i]
        for i in range(len(rate)):
            pain[i] = plateau[i] + transient[i] * pain[i]
