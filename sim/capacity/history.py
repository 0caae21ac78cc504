"""What happened in one replication: every appointment and every course, as columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

PENDING, KEPT, NO_SHOW, LATE_CANCELLED, CANCELLED, WITHDRAWN, MOVED = range(7)
"""What became of an appointment; pending ones lie beyond the end, withdrawn ones were cancelled in time by the patient,
cancelled ones given back with the course or for another date, moved ones were with somebody who fell ill."""
WAITING, GAVE_UP, IN_CARE, ENDED, LEFT = range(5)
"""How a course stands: waiting for the first visit, gone before it, under way, ended, ended by waiting."""


@dataclass(slots=True)
class Appointment:
    """An appointment: when and where, of which course, for which visit, and what became of it.

    `start`, `minutes`: by the calendar; `late_days`: days past its due date (NaN for a first visit); `pays`: what it
    brings in; `delay`, `took`: minutes by which it began later than booked, and that it took where that may differ from
    what was booked (NaN otherwise); `is_called`: whether the patient was called into a freed slot.
    """

    course: int
    start: float
    minutes: float
    worker: int
    room: int
    made: float
    late_days: float = math.nan
    visit: int = 0
    became: int = PENDING
    pays: float = 0.0
    delay: float = 0.0
    took: float = math.nan
    is_called: bool = False


@dataclass(slots=True)
class Course:
    """A course: who, when asked for, the wait for the first visit in days, and how it came out.

    `block`, `patient`: whose luck; `episode`: how often this person has come back; `profile`: which of the scenario's;
    `relieved` on day 42 after asking, `lasting`: until day 133.
    """

    asked: float
    block: int
    patient: int
    episode: int
    arm: int
    stands: int = WAITING
    wait: float = math.nan
    began: float = math.nan
    ended: float = math.nan
    relieved: bool = False
    lasting: bool = False
    satisfied: bool = False
    pain_reduction: float = math.nan
    profile: int = 0


@dataclass(slots=True)
class Absence:
    """A day of the weeks simulated, counted from the first Monday on, on which a practitioner (by number) is ill."""

    worker: int
    day: int


KINDS: dict[str, Any] = {"appointments": Appointment, "courses": Course, "absences": Absence}


@dataclass
class History:
    """Everything that happened in a replication of `minutes` from the first Monday on."""

    minutes: float
    appointments: list[Appointment] = field(default_factory=list)
    courses: list[Course] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)

    def columns(self, what: str) -> dict[str, NDArray[Any]]:
        """Return `appointments`, `courses` or `absences` as arrays by field."""
        rows = getattr(self, what)
        return {name: np.array(list(map(attrgetter(name), rows))) for name in KINDS[what].__dataclass_fields__}

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the arrays: another process takes a hundredth of the time to read them."""
        return Recorded, (self.minutes, *(self.columns(what) for what in KINDS))


@dataclass(frozen=True)
class Recorded:
    """A history whose parts are arrays by field: each is kept in the smallest type that holds it exactly."""

    minutes: float
    appointments: dict[str, NDArray[Any]]
    courses: dict[str, NDArray[Any]]
    absences: dict[str, NDArray[Any]]

    def __post_init__(self) -> None:
        for what in KINDS:
            object.__setattr__(self, what, {name: _packed(column) for name, column in getattr(self, what).items()})

    def columns(self, what: str) -> dict[str, NDArray[Any]]:
        """Return `appointments`, `courses` or `absences` as arrays by field, in the types that one calculates in."""
        return {
            name: column
            if column.dtype.kind not in _CALCULATED_IN
            else column.astype(_CALCULATED_IN[column.dtype.kind])
            for name, column in getattr(self, what).items()
        }


_CALCULATED_IN = {"i": np.int64, "f": np.float64}
_SMALL = {"i": (np.int8, np.int16, np.int32), "f": (np.float16, np.float32)}


def _packed(column: NDArray[Any]) -> NDArray[Any]:
    """Return a column in the smallest type that holds the same numbers."""
    for kind in _SMALL.get(column.dtype.kind, ()):
        with np.errstate(over="ignore"):
            small = column.astype(kind)
        if np.array_equal(small, column, equal_nan=column.dtype.kind == "f"):
            return small
    return column


AnyHistory = History | Recorded


def joined_histories(several: Sequence[AnyHistory]) -> dict[str, NDArray[Any]]:
    """Return histories as arrays to be kept."""
    found: dict[str, NDArray[Any]] = {"minutes": np.array([one.minutes for one in several])}
    for number, one in enumerate(several):
        packed = one if isinstance(one, Recorded) else Recorded(one.minutes, *(one.columns(what) for what in KINDS))
        for what in KINDS:
            found |= {f"{number}/{what}/{name}": column for name, column in getattr(packed, what).items()}
    return found


def parted_histories(kept: Mapping[str, NDArray[Any]]) -> list[AnyHistory]:
    """Return the histories that were kept."""
    columns: dict[str, dict[str, NDArray[Any]]] = {}
    for place, column in kept.items():
        of, _, name = place.rpartition("/")
        columns.setdefault(of, {})[name] = column
    return [
        Recorded(minutes, *(columns[f"{number}/{what}"] for what in KINDS))
        for number, minutes in enumerate(kept["minutes"].tolist())
    ]
