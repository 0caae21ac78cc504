"""A course: the days of a tile of patients under one pathway, with the visits, the rules and what is kept of the days.

A visit takes place on its day, and what it brings is there on the next: `visit.attend` finds who comes and what they
get, then the day is taken (`day.step`), then `visit.after_visit` notes adverse events and asks the rules. Patients who
have different visits, or have missed some, differ in the marks of a tile; nothing is told twice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inner, kernel
from sim.luck.numbers import Luck
from sim.patient.cohort import Cohort
from sim.patient.day import Limits, step
from sim.patient.pathway import Pathway, Rules, Trace
from sim.patient.tile import (
    BASELINE,
    BRUISED,
    COST,
    DOSE,
    END_DAY,
    ENDED_BY,
    EVER_JUDGED,
    FELT,
    FIRST,
    FREE,
    GIVEN,
    HAZARD,
    HELD,
    IN_CARE,
    INTENSITY,
    LASTING,
    LEFT,
    LEVEL,
    LIMIT,
    LOSS,
    LOST,
    MINUTES,
    NEEDLED,
    NEVER,
    NOT_IN_RELIEF,
    PAIN,
    PAIN_42,
    PAIN_133,
    PER_MODALITY,
    RELAPSES,
    RELIEF_42,
    SERIOUS,
    SINCE,
    SORE,
    SORE_DAYS,
    SORE_UNTIL,
    STEP,
    TO_RELIEF,
    VISITS,
    Lanes,
)
from sim.patient.utility import Utility
from sim.patient.visit import after_visit, attend, expect_nobody
from sim.quantities import COMPLETED, DAY_42, DAY_133

Floats = NDArray[np.float64]


@inner
def run_course(
    tile: Floats, width: int, lanes: Lanes, cohort: Cohort, luck: Luck, limits: Limits, pathway: Pathway, rules: Rules,
    soreness_days: Floats, trace: Trace,
) -> None:  # fmt: skip
    """Take the first `width` patients of a tile through a pathway to the horizon."""
    steps = len(pathway.visits)
    begin(tile, width, lanes, limits, rules)
    if len(trace.row_of) > 0:
        _note_day(tile, width, lanes, 0, trace)
    for day in range(1, rules.horizon + 1):
        yesterday = day - 1
        visits = has_visit(pathway, yesterday)
        if visits:
            expect_nobody(tile, width, pathway.active)
            for s in range(steps):
                if pathway.visit_on[s, yesterday] > 0:
                    attend(tile, width, lanes, s, pathway.visit_on[s, yesterday] - 1, luck, pathway, rules)
        step(
            tile, width, lanes, float(day), pathway.active, visits, pathway.needles, rules.effects, rules.relapse,
            limits,
        )  # fmt: skip
        if visits:
            for s in range(steps - 1, -1, -1):  # whoever goes on to the next step has had this visit
                if pathway.visit_on[s, yesterday] > 0:
                    after_visit(
                        tile, width, lanes, float(day), s, pathway.visit_on[s, yesterday] - 1, cohort, luck, pathway,
                        rules, soreness_days, trace,
                    )  # fmt: skip
        if rules.keeps_days:
            keep_day(tile, width, day, rules.utility, rules.sore_points)
        if len(trace.row_of) > day:
            _note_day(tile, width, lanes, day, trace)


@inner
def has_visit(pathway: Pathway, day: int) -> bool:
    """Tell whether any step of a pathway has a visit on a day."""
    steps, visit_days = pathway.visit_on.shape
    found = np.int64(0)
    if day < visit_days:
        for s in range(steps):
            found += pathway.visit_on[s, day]
    return bool(found > 0)


@kernel
def begin(tile: Floats, width: int, lanes: Lanes, limits: Limits, rules: Rules) -> None:
    """Put patients at the evening of day 0; who they are has been filled in."""
    for i in range(width):
        tile[LEVEL + i] = tile[BASELINE + i]
        tile[PAIN + i] = tile[BASELINE + i]
        tile[LEFT + i] = 1.0
        tile[LIMIT + i] = limits.numbered[0, lanes.column[i]]
        tile[INTENSITY + i] = rules.intensity_without
        tile[SINCE + i] = NOT_IN_RELIEF
        tile[FIRST + i] = NEVER
        tile[LOST + i] = NEVER
        tile[END_DAY + i] = NEVER
        tile[TO_RELIEF + i] = np.inf
        tile[IN_CARE + i] = 1.0
        tile[ENDED_BY + i] = COMPLETED
    for row in (NEEDLED, HAZARD, RELAPSES, SORE_UNTIL, SORE_DAYS, LOSS, FREE, STEP, HELD, EVER_JUDGED, VISITS):
        for i in range(width):
            tile[row + i] = 0.0
    for row in (MINUTES, COST, SORE, BRUISED, SERIOUS):
        for i in range(width):
            tile[row + i] = 0.0
    for m in range(len(rules.needling)):
        for i in range(width):
            tile[DOSE + m * PER_MODALITY + i] = 0.0
            tile[GIVEN + m * PER_MODALITY + i] = 0.0


@inner
def keep_day(tile: Floats, width: int, day: int, utility: Utility, sore_points: float) -> None:
    """Add a day to the sums over the diary, and keep what is read on fixed days; a sore day hurts more."""
    sore = 0
    for i in range(width):
        sore += 1 if tile[SORE_UNTIL + i] >= day else 0
    if sore > 0:
        for i in range(width):
            is_sore = tile[SORE_UNTIL + i] >= day
            tile[FELT + i] = min(tile[PAIN + i] + sore_points, 10.0) if is_sore else tile[PAIN + i]
            tile[SORE_DAYS + i] += 1.0 if is_sore else 0.0
    else:
        for i in range(width):
            tile[FELT + i] = tile[PAIN + i]
    slope, intercept, little = utility.slope, utility.intercept, utility.little
    for i in range(width):
        piece = np.uint32(np.int32(tile[FELT + i]))
        tile[LOSS + i] += slope[piece] * tile[FELT + i] + intercept[piece]
        tile[FREE + i] += 1.0 if tile[FELT + i] <= little else 0.0
    if day == DAY_42:
        for i in range(width):
            tile[PAIN_42 + i] = tile[PAIN + i]
            tile[RELIEF_42 + i] = 1.0 if tile[SINCE + i] < NOT_IN_RELIEF else 0.0
    if day == DAY_133:
        for i in range(width):
            tile[PAIN_133 + i] = tile[PAIN + i]
            tile[LASTING + i] = 1.0 if tile[SINCE + i] <= DAY_42 and tile[LOST + i] == NEVER else 0.0


@inner
def _note_day(tile: Floats, width: int, lanes: Lanes, day: int, trace: Trace) -> None:
    row = trace.row_of[day]
    if row >= 0:
        for i in range(width):
            trace.diary[row, lanes.column[i]] = tile[PAIN + i]
    if len(trace.hazard) > day:
        for i in range(width):
            trace.hazard[day, lanes.column[i]] = tile[HAZARD + i]
    if len(trace.relapses) > day:
        for i in range(width):
            trace.relapses[day, lanes.column[i]] = np.uint8(tile[RELAPSES + i])
