"""What the kernel is told and what it writes down: a pathway of visits, the rules, the effects, and a trace."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.utility import Utility

Floats = NDArray[np.float64]

# Bits of a visit's event code in a trace.
ATTENDED, MISSED, SORE, BRUISED, RELIEVED, SWITCHED = 1, 2, 4, 8, 16, 32


class Pathway(NamedTuple):
    """What a patient may go through under one arm, as arrays: a protocol, then step by step what may follow it.

    Each step lists all visits from the first one on, so that a patient who goes on to the next step stays at the same
    visit number. `visits`: number of visits, (steps,); `days`: day of each visit, (steps, visits); `day_row`: row
    of the natural course on the day after each visit, (steps, visits); `given`: 1 where a modality is given, (steps,
    visits, modalities); `cost`, `minutes`: per attended visit, (steps, visits); `event_risk`: of soreness and bruising,
    (2, steps, visits). `stop_after`: visits for which relief must have held, `step_at`: visit at which the next step
    begins if there was no relief, `discharge_by`: visit from which patients without relief leave, (steps,); 0 is off.
    """

    visits: NDArray[np.int64]
    days: Floats
    day_row: NDArray[np.int64]
    given: NDArray[np.uint8]
    cost: Floats
    minutes: Floats
    event_risk: Floats
    stop_after: NDArray[np.int64]
    step_at: NDArray[np.int64]
    discharge_by: NDArray[np.int64]
    judged_by_reading: bool


class Rules(NamedTuple):
    """The assumptions shared by all arms, in the units of MODEL: points, days, shares, log odds."""

    relief_points: float
    relief_share: float
    rho: float
    reading_sd: float
    no_show: float
    drop_out: float
    drop_out_if_relieved: float
    drop_out_if_not_relieved: float
    first_visit_cost: Floats
    adverse_event_penalty: float
    relapse_shape: float
    log_hazard_ratio: float
    reference_pain: float
    scale_without_needling: float
    weighted_scale: bool
    rebound: float
    horizon: float
    held: bool
    booster_share: float
    booster_visits: float
    booster_days: float
    utility: Utility


class Trace(NamedTuple):
    """Visit-by-visit records, (visits, patients); empty where no trace is wanted.

    `day` of each visit, `pain` and `reading` in points (NaN after the end of the course), `left` the share of natural
    pain that remains, `event` the codes above, `step` the step of the pathway at which the visit was made.
    """

    day: Floats
    pain: Floats
    reading: Floats
    left: Floats
    event: NDArray[np.uint8]
    step: NDArray[np.uint8]

    @classmethod
    def empty(cls, visits: int, patients: int) -> Trace:
        """Return a trace in which nothing has happened yet."""
        day, pain, reading, left = (np.full((visits, patients), np.nan) for _ in range(4))
        event, step = (np.zeros((visits, patients), np.uint8) for _ in range(2))
        return cls(day, pain, reading, left, event, step)


NO_TRACE = Trace.empty(0, 0)
