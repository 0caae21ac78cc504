"""What the engine is told and what it writes down: a pathway of visits, the rules, and a trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.day import Effects, Relapse
from sim.patient.utility import Utility

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# Bits of a visit's event code in a trace.
ATTENDED, MISSED, SORE_AFTER, BRUISED_AFTER, RELIEVED, SWITCHED = 1, 2, 4, 8, 16, 32


class Pathway(NamedTuple):
    """What a patient may go through under one arm, as arrays: a protocol, then step by step what may follow it.

    Each step lists all visits from the first one on, so that a patient who goes on to the next step stays at the
    same visit number. `visits`: number of visits, (steps,); `days`: day of each visit, (steps, visits); `visit_on`:
    the visit on each day, counted from 1, 0 where there is none, (steps, days); `given`: 1 where a modality is
    given, (steps, visits, modalities); `treatment`: how many visits before this one give something, (steps,
    visits): the luck of adverse events belongs to it, so that a visit at which nothing is done changes none;
    `cost`, `minutes`, `serious`: per attended visit (serious events per 100,000 patients), (steps, visits);
    `event_risk`: of soreness and bruising, (2, steps, visits). `stop_after`: visits for which relief must have
    held, `step_at`: visit at which the next step begins if there was no relief, `discharge_by`: visit from which
    patients without relief leave, (steps,); 0 is off. `active`: 1 for the modalities that may be given; `needles`:
    whether one of them is needling.
    """

    visits: Whole
    days: Whole
    visit_on: Whole
    given: NDArray[np.uint8]
    treatment: Whole
    cost: Floats
    minutes: Floats
    serious: Floats
    event_risk: Floats
    stop_after: Whole
    step_at: Whole
    discharge_by: Whole
    active: NDArray[np.uint8]
    judged_by_reading: bool
    needles: bool


class Rules(NamedTuple):
    """The assumptions shared by all arms, in the units of the model: points, days, shares.

    By modality, (modalities,): `needling`, `first_visit_cost`, the relapse `scale` and its `intensity`, the scale to
    the power -k (`scale_power`), both 0 where a modality has none of its own; `intensity_without`: without needling.
    """

    effects: Effects
    relapse: Relapse
    utility: Utility
    relief_points: float
    relief_share: float
    needling: NDArray[np.uint8]
    first_visit_cost: Floats
    scale: Floats
    intensity: Floats
    intensity_without: float
    scale_power: float
    weighted_scale: bool
    no_show: float
    drop_out: float
    drop_out_if_relieved: float
    drop_out_if_not_relieved: float
    drop_out_after_event: float
    threshold: Floats
    adverse_event_penalty: float
    satisfaction_width: float
    sore_points: float
    horizon: int
    keeps_days: bool


class Trace(NamedTuple):
    """What is written down on the way, where it is wanted; empty otherwise.

    By visit, (visits, patients): `day` of each visit, `pain` and `reading` in points the day after it (NaN after the
    end of the course), `event` the codes above, `step` the step of the pathway at which the visit was made. By day,
    (days + 1, patients): the `diary` of pain from day 0 on, the `hazard` of a relapse used up while in relief, and how
    many `relapses` there have been. `row_of`: the row of the diary that is kept of each day, or -1, (days + 1,).
    """

    day: Floats
    pain: Floats
    reading: Floats
    event: NDArray[np.uint8]
    step: NDArray[np.uint8]
    diary: Floats
    hazard: Floats
    relapses: NDArray[np.uint8]
    row_of: Whole

    @classmethod
    def empty(
        cls, visits: int, days: int, patients: int, *, hazard: bool = False, relapses: bool = False,
        diary: Sequence[int] | None = None,
    ) -> Trace:  # fmt: skip
        """Return a trace in which nothing has happened yet; `diary`: the days that it keeps, if not all."""
        row_of = np.arange(days)
        if diary is not None:
            row_of[:] = -1
            row_of[list(diary)] = np.arange(len(diary))
        day, pain, reading = (np.full((visits, patients), np.nan) for _ in range(3))
        event, step = (np.zeros((visits, patients), np.uint8) for _ in range(2))
        return cls(
            day,
            pain,
            reading,
            event,
            step,
            np.full((days if diary is None else len(diary), patients), np.nan),
            np.zeros((days if hazard else 0, patients)),
            np.zeros((days if relapses else 0, patients), np.uint8),
            row_of,
        )


NO_TRACE = Trace.empty(0, 0, 0)
