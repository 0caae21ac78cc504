"""A clinic's records as the program reads them: patients, their visits, readings of pain, and what was found odd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Moment = Literal["before", "after"]
"""When pain is read at a visit: before the treatment, or after it."""


@dataclass(frozen=True)
class Visit:
    """One visit of a patient on a whole day, counted from the patient's first visit.

    `modalities`: what was given, empty for a visit without treatment or one that was missed; `pain`: what the patient
    reported, 0 to 10 points, None where nothing was written down; `sore` and `bruised`: whether such an event followed,
    None where nobody asked; `waited`: days from booking to the visit, None if not recorded.
    """

    day: int
    modalities: tuple[str, ...]
    pain: float | None
    attended: bool = True
    sore: bool | None = None
    bruised: bool | None = None
    waited: int | None = None


@dataclass(frozen=True)
class FollowUp:
    """What a patient said later: pain on a day (points, or None), and whether the complaint has come back by then."""

    day: int
    pain: float | None
    returned: bool | None = None


@dataclass(frozen=True)
class Patient:
    """One patient: visits by day, what was asked later, and how the course ended.

    The first visit is on day 0 and the first that was attended, unless none was: then it is the first that was missed.
    `profile`: the kind of patient, None if not recorded; `ended`: "completed", "relieved", "dropped_out" or None if not
    recorded; `satisfied`: what the patient said at the end, or None; `missed_before`: appointments that were missed
    before the first visit, on negative days; `began`: the date of day 0 as days since the year 1, None if not recorded.
    """

    name: str
    visits: tuple[Visit, ...]
    followup: tuple[FollowUp, ...] = ()
    profile: str | None = None
    ended: str | None = None
    satisfied: bool | None = None
    missed_before: tuple[Visit, ...] = ()
    began: int | None = None


@dataclass(frozen=True)
class Finding:
    """Something odd in the records: what, how many rows, what was done about it, and where the first ones stand.

    `rows` are the lines of the file, counted from 1; at most a few are named.
    """

    what: str
    count: int
    done: str
    file: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Records:
    """All patients of some files in the order of their names, whatever the order of the rows.

    `moment`: when pain is read at a visit; `step`: what readings are rounded to, 1 or 0.5 points; `findings`: what was
    odd; `sha256`: that of what was read, the same whatever the order of rows and the line ends; `has_attendance`:
    whether it was recorded who came, without which every visit counts as attended.
    """

    patients: tuple[Patient, ...]
    moment: Moment
    step: float
    findings: tuple[Finding, ...]
    sha256: str
    has_attendance: bool = True
