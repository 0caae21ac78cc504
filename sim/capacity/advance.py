"""The diary of one patient in a clinic, taken from appointment to appointment by the one step of a day.

A patient's numbers stay in the column of a tile that they have in a run; seen from that column on, the tile is one of
a single patient.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.patient.course import keep_day
from sim.patient.day import Limits, step
from sim.patient.pathway import Pathway, Rules, Trace
from sim.patient.patients import Patients
from sim.patient.record import write_rows
from sim.patient.tile import NOT_IN_RELIEF, SINCE, STEP, WIDTH, Lanes
from sim.patient.visit import after_visit, attend, expect_nobody

Floats = NDArray[np.float64]

NO_VISIT: Final = -1
"""The day of a visit, where there is none."""


@kernel
def advance(
    tiles: Floats, patient: int, reached: int, until: int, visit_day: int, k: int, today: int, writes: bool,
    lanes: Lanes, patients: Patients, limits: Limits, pathway: Pathway, rules: Rules, soreness_days: Floats,
    trace: Trace, out: Floats,
) -> int:  # fmt: skip
    """Take a patient from the evening of day `reached` to that of day `until`; visit k (from 0) is on `visit_day`.

    `tiles`: the state of all patients, (nets, numbers of a tile). What adds up over the diary is added up to the
    horizon. Return the first day after `today` on which relief was lost, 0 if it was not. If it `writes`, what became
    of the patient goes into `out`, (rows, patients).
    """
    luck, cohort, _ = patients
    column, width = patient % WIDTH, 1
    tile = tiles[patient // WIDTH][column:]
    lanes.lane[:] = -1
    lanes.lane[column], lanes.column[0], lanes.net[0] = 0, patient, patient // WIDTH
    lost = 0
    for day in range(reached + 1, until + 1):
        is_visit = day - 1 == visit_day
        s = int(tile[STEP])
        if is_visit:
            expect_nobody(tile, width, pathway.active)
            attend(tile, width, lanes, s, k, luck, pathway, rules)
        began = tile[SINCE]
        step(
            tile, width, lanes, float(day), pathway.active, is_visit, pathway.needles, rules.effects, rules.relapse,
            limits,
        )  # fmt: skip
        if lost == 0 and day > today and began < NOT_IN_RELIEF and tile[SINCE] != began:
            lost = day
        if is_visit:
            after_visit(
                tile, width, lanes, float(day), s, k, cohort, luck, pathway, rules, soreness_days, trace
            )  # fmt: skip
        if day <= rules.horizon:
            keep_day(tile, width, day, rules.utility, rules.sore_points)
    if writes:
        write_rows(tile, width, lanes, cohort, luck, pathway, rules, out)
    return lost
