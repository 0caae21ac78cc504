"""The diary of a course by appointment, compiled: its days, and how it came out."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import sim.capacity.year.log as at
from sim.capacity.advance import NO_VISIT, advance
from sim.capacity.year.log import Log
from sim.capacity.year.people import People
from sim.compiled import inner
from sim.patient.pathway import Rules, Trace
from sim.patient.plans import Plans, pathway_of
from sim.patient.tile import WIDTH, Lanes
from sim.patient.visit import leave
from sim.quantities import LASTING_RELIEF, PAIN_REDUCTION, RELIEF_DAY42, SATISFIED
from sim.quantities import ROW as RECORDED
from sim.scenario.clinic import DAY_MINUTES

Floats = NDArray[np.float64]

R_RELIEVED: Final = RECORDED[RELIEF_DAY42]
R_LASTING: Final = RECORDED[LASTING_RELIEF]
R_SATISFIED: Final = RECORDED[SATISFIED]
R_REDUCTION: Final = RECORDED[PAIN_REDUCTION]


class Care(NamedTuple):
    """What the diary of patients goes by: the arms as plans, the rules, and a trace that keeps nothing."""

    plans: Plans
    rules: Rules
    soreness_days: Floats
    lanes: Lanes
    trace: Trace


@inner
def advance_course(
    people: People, care: Care, log: Log, c: int, until: int, visit_day: int, today: int, writes: bool
) -> int:
    """Take the diary of a course to the evening of a day; see `sim.capacity.advance`."""
    place, pathway = log.whole[c, at.PLACE], pathway_of(care.plans, log.whole[c, at.PATHWAY])
    for i in range(len(people.limits.key)):
        people.limits.key[i] = people.nets.keys[place // WIDTH, i]
    reached = log.whole[c, at.REACHED]
    log.whole[c, at.REACHED] = until
    return advance(
        people.nets.tiles, place, reached, until, visit_day, log.whole[c, at.NEXT], today, writes, care.lanes,
        people.patients, people.limits, pathway, care.rules, care.soreness_days, care.trace, people.out,
    )  # fmt: skip


@inner
def leave_course(people: People, log: Log, c: int, why: float) -> None:
    """End a course the day after its last visit, before the protocol would; `why` as in `sim.quantities`."""
    place = log.whole[c, at.PLACE]
    leave(people.nets.tiles[place // WIDTH], place % WIDTH, float(log.whole[c, at.REACHED]), why)


@inner
def note_ending(people: People, care: Care, log: Log, c: int, now: float, stands: int) -> None:
    """Run the diary of a course that ends on to the horizon, and write down how it came out."""
    course, place = log.whole[c], log.whole[c, at.PLACE]
    today = int(now // DAY_MINUTES) - course[at.ASKED_DAY]
    until = max(care.rules.horizon, course[at.REACHED])
    course[at.LOST_ON] = advance_course(people, care, log, c, until, NO_VISIT, today, True)
    course[at.STANDS], log.real[c, at.ENDED_AT] = stands, now
    course[at.RELIEVED] = int(people.out[R_RELIEVED, place] != 0.0)
    course[at.LASTING_RELIEF] = int(people.out[R_LASTING, place] != 0.0)
    course[at.CONTENT] = int(people.out[R_SATISFIED, place] != 0.0)
    log.real[c, at.REDUCTION] = people.out[R_REDUCTION, place]


@inner
def relief_lost(people: People, care: Care, log: Log, c: int, until: int) -> int:
    """Return the first day after a course on which relief was lost, 0 if that does not happen by a day or the patient
    was never seen.
    """
    course = log.whole[c]
    if course[at.LOST_ON] == 0:
        reached = course[at.REACHED]
        course[at.LOST_ON] = advance_course(people, care, log, c, max(until, reached), NO_VISIT, reached, False)
    lost = course[at.LOST_ON]
    return int(lost) if 0 < lost <= until else 0
