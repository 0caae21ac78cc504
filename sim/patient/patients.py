"""Patients with everything that happens to them made ready, and arms run through them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient import outcomes as o
from sim.patient.arms import Arm
from sim.patient.cohort import Cohort, CohortLaw, make_cohort
from sim.patient.course import simulate_pathway
from sim.patient.effects import Ceilings, Response, ceilings_of
from sim.patient.luck import Luck
from sim.patient.natural import NaturalCourse, natural_course
from sim.patient.pathway import NO_TRACE, Rules, Trace

Floats = NDArray[np.float64]


class Patients(NamedTuple):
    """Some patients in columns: their luck, who they are, how they respond, and the natural course of their pain."""

    luck: Luck
    cohort: Cohort
    ceilings: Ceilings
    natural: NaturalCourse


def make_patients(luck: Luck, law: CohortLaw, response: Response, days: Floats) -> Patients:
    """Return the patients of some luck; `days` are those of the setting."""
    return ready(luck, make_cohort(luck, law), response, days)


def ready(luck: Luck, cohort: Cohort, response: Response, days: Floats) -> Patients:
    """Return the patients of a cohort that was made of some luck."""
    return Patients(luck, cohort, ceilings_of(cohort, response), natural_course(cohort, days))


def run_arm(
    arm: Arm,
    patients: Patients,
    response: Response,
    rules: Rules,
    soreness_days: Floats,
    trace: Trace = NO_TRACE,
) -> Floats:
    """Return what happens to patients under an arm, (N_ROWS, columns); fills `trace`."""
    luck, cohort, ceilings, natural = patients
    out = np.empty((o.N_ROWS, len(cohort.profile)))
    for pathway, members in arm.taken(cohort):
        simulate_pathway(members, cohort, luck, ceilings, response, natural, pathway, rules, soreness_days, out, trace)
    return out
