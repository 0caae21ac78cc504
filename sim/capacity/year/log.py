"""What is known of courses under way and of appointments, in rows of arrays for compiled functions.

A column is named by its number. Rows are added at the end; where there may be too few, they are made more before the
next event.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.capacity.history import KINDS
from sim.quantities import PAIN_REDUCTION, SATISFIED

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# Of a course: who, how it stands, and the visit that is next.
PERSON: Final = 0  # number in the list of blocks and patients
BLOCK: Final = 1  # place of the block in the list
PATIENT: Final = 2
EPISODE: Final = 3
ARM: Final = 4
PROFILE: Final = 5
PLACE: Final = 6  # in the arrays of people
PATHWAY: Final = 7
STANDS: Final = 8
RELIEVED: Final = 9
LASTING_RELIEF: Final = 10
CONTENT: Final = 11
ASKED_DAY: Final = 12
STEP_AT: Final = 13
NEXT: Final = 14  # visit, from 0
DUE: Final = 15  # day of the course
MADE: Final = 16  # appointments that are booked
TRIED: Final = 17
ATTENDED: Final = 18
IN_A_ROW: Final = 19  # missed
SEEN_BY: Final = 20  # practitioner seen last
SEEN: Final = 21  # bits of the skills
ASKED_WHETHER: Final = 22  # to cancel
IS_OVER: Final = 23
REACHED: Final = 24  # day of the course
LOST_ON: Final = 25  # first day without relief, 0 if there is none so far, -1 if that was not looked for
COURSE_WHOLE: Final = 26

ASKED: Final = 0
WAIT: Final = 1
BEGAN: Final = 2
ENDED_AT: Final = 3
REDUCTION: Final = 4
BEARS: Final = 5
COURSE_REAL: Final = 6

# Of a slot that is booked ahead; the first four as `sim.capacity.slot` has them.
START: Final = 0
LENGTH: Final = 1
WORKER: Final = 2
ROOM: Final = 3
OF_VISIT: Final = 4
ON_DAY: Final = 5  # of the course
ROW: Final = 6  # of the appointment
SLOT_WHOLE: Final = 7

# Of an appointment, after the first four.
COURSE: Final = 4
VISIT: Final = 5
BECAME: Final = 6
APPOINTMENT_WHOLE: Final = 7

BOOKED_AT: Final = 0
LATE_DAYS: Final = 1
PAYS: Final = 2
DELAY: Final = 3
TOOK: Final = 4
APPOINTMENT_REAL: Final = 5

COURSES: Final = 0
APPOINTMENTS: Final = 1
COUNTS: Final = 2


class Log(NamedTuple):
    """Courses, (courses, columns), the slots that each has booked ahead, (courses, ahead, columns), appointments,
    (appointments, columns), each whole numbers and others; `counts`: how many rows of each there are.
    """

    whole: Whole
    real: Floats
    made: Whole
    appointments: Whole
    details: Floats
    counts: Whole


def empty_log(courses: int, appointments: int, ahead: int) -> Log:
    """Return a log in which nothing has happened, with room for so many rows."""
    return Log(
        np.zeros((courses, COURSE_WHOLE), np.int64), np.zeros((courses, COURSE_REAL)),
        np.zeros((courses, ahead, SLOT_WHOLE), np.int64), np.zeros((appointments, APPOINTMENT_WHOLE), np.int64),
        np.zeros((appointments, APPOINTMENT_REAL)), np.zeros(COUNTS, np.int64),
    )  # fmt: skip


def with_room(log: Log, courses: int, appointments: int) -> Log:
    """Return a log with room for so many rows, or as many as it has."""
    found = empty_log(max(courses, len(log.whole)), max(appointments, len(log.details)), log.made.shape[1])
    for more, one in zip(found, log, strict=True):
        more[: len(one)] = one
    return found


_COURSE_COLUMNS = {
    "block": BLOCK, "patient": PATIENT, "episode": EPISODE, "arm": ARM, "stands": STANDS, "relieved": RELIEVED,
    "lasting": LASTING_RELIEF, SATISFIED: CONTENT, "profile": PROFILE,
}  # fmt: skip
_COURSE_REALS = {
    "asked": ASKED, "wait": WAIT, "began": BEGAN, "ended": ENDED_AT, PAIN_REDUCTION: REDUCTION,
}  # fmt: skip
_APPOINTMENT_COLUMNS = {
    "course": COURSE, "start": START, "minutes": LENGTH, "worker": WORKER, "room": ROOM, "visit": VISIT,
    "became": BECAME,
}  # fmt: skip
_APPOINTMENT_REALS = {"made": BOOKED_AT, "late_days": LATE_DAYS, "pays": PAYS, "delay": DELAY, "took": TOOK}
_YES_OR_NO = ("relieved", "lasting", SATISFIED)


def columns_of(log: Log, blocks: list[int]) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Return what happened, appointments and courses by field as in `sim.capacity.history`; `blocks`: their numbers."""
    n, rows = log.counts.tolist()
    courses: dict[str, NDArray[Any]] = {name: log.whole[:n, at].copy() for name, at in _COURSE_COLUMNS.items()}
    courses |= {name: log.real[:n, at].copy() for name, at in _COURSE_REALS.items()}
    courses |= {name: courses[name].astype(bool) for name in _YES_OR_NO}
    courses["block"] = np.array(blocks, np.int64)[courses["block"]]
    found: dict[str, NDArray[Any]] = {n: log.appointments[:rows, at].copy() for n, at in _APPOINTMENT_COLUMNS.items()}
    found |= {name: log.details[:rows, at].copy() for name, at in _APPOINTMENT_REALS.items()}
    found["is_called"] = np.zeros(rows, dtype=bool)
    return (
        {name: found[name] for name in KINDS["appointments"].__dataclass_fields__},
        {name: courses[name] for name in KINDS["courses"].__dataclass_fields__},
    )
