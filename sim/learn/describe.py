"""What a clinic's records say by themselves: who comes, how often, and how pain went; nothing is modelled."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

from sim.learn.cells_shown import (
    Described,
    is_small,
    mean_of,
    parts_of_a_whole,
    ratio_of,
    share_of_patients,
    spread_of,
)
from sim.learn.records import Patient, Records, Visit
from sim.learn.time_to_event import TimeToEvent, time_to_event
from sim.units import DAYS, POINTS, SHARE, VISITS

WORTHWHILE = 2.0
"""The fall in points that counts as relief, as in the model."""
MOST_VISITS = 24
"""Visits that are looked at one by one."""
WAITS = ((0, 2), (3, 7), (8, 14), (15, 28), (29, None))
GAPS = ((1, 3), (4, 6), (7, 7), (8, 10), (11, 14), (15, 28), (29, 90), (91, None))
LATER = ((0, 45), (46, 120), (121, 240), (241, 480), (481, None))
"""Days from the first visit in which answers are put together."""
RETURN_DAYS = (30, 61, 91, 182, 365, 730)
ENDINGS = {"completed": "completed as planned", "relieved": "ended in relief", "dropped_out": "dropped out"}


@dataclass(frozen=True)
class People:
    """How many patients there are: in the file, of them those who ever came, and those who answered later."""

    recorded: int
    began: int
    never_came: int
    answered: int
    visits: int
    readings: int


@dataclass(frozen=True)
class Returns:
    """When the complaint came back, in days from the last visit: the estimate, and how many it leaves out.

    `before_the_end`: patients whose only answers are from before their last visit.
    """

    curve: TimeToEvent
    asked: int
    before_the_end: int


@dataclass(frozen=True)
class Description:
    """All that is found in records: numbers of people, estimates by topic, and when the complaint came back.

    `usual_last`: the last visit that at least half of those who began came to.
    """

    records: Records
    people: People
    estimates: tuple[Described, ...]
    returns: Returns | None
    usual_last: int
    usual_gap: int | None

    def about(self, topic: str, at: str | None = None, statistic: str | None = None) -> list[Described]:
        """Return the estimates of a topic, or of a part of it."""
        return [
            one for one in self.estimates
            if one.topic == topic and at in (None, one.at) and statistic in (None, one.statistic)
        ]  # fmt: skip

    def one(self, topic: str, at: str, statistic: str | None = None) -> Described | None:
        """Return an estimate if it is there and shown."""
        return next((found for found in self.about(topic, at, statistic) if found.is_shown), None)

    @cached_property
    def is_any_hidden(self) -> bool:
        """Whether a number is not shown because too few patients stand behind it."""
        return not all(one.is_shown for one in self.estimates)


class _Course:
    """A patient who came: the visits that took place, and the readings at them by the number of the visit."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self.visits = [visit for visit in patient.visits if visit.attended]
        self.readings = {k: visit.pain for k, visit in enumerate(self.visits, 1) if visit.pain is not None}
        self.gaps = [later.day - earlier.day for earlier, later in pairwise(self.visits)]

    @property
    def first(self) -> float | None:
        return self.readings.get(1)

    @property
    def change(self) -> float | None:
        """By how much pain fell from the first reading to the last, None without two."""
        if len(self.readings) < 2:
            return None
        places = sorted(self.readings)
        return self.readings[places[0]] - self.readings[places[-1]]


def describe_records(records: Records) -> Description:
    """Return the description of records; what is of fewer than five patients is in it as not shown."""
    came = [_Course(patient) for patient in records.patients if any(visit.attended for visit in patient.visits)]
    usual = max((k for k in range(1, MOST_VISITS + 1) if 2 * _reached(came, k) >= len(came)), default=1)
    gaps = Counter(gap for course in came for gap in course.gaps)
    usual_gap = max(gaps, key=lambda gap: (gaps[gap], -gap)) if gaps else None
    found = [
        *_attendance(records, came),
        *_spacing(came, usual_gap),
        *_pain(came, usual),
        *_given(came),
        *_events(came),
        *_ends(came),
        *_profiles(came),
        *_later(came),
    ]
    people = People(
        len(records.patients), len(came), len(records.patients) - len(came),
        sum(any(one.pain is not None or one.returned is not None for one in c.patient.followup) for c in came),
        sum(len(course.visits) for course in came), sum(len(course.readings) for course in came),
    )  # fmt: skip
    return Description(records, people, tuple(found), _returns(came), usual, usual_gap)


def _reached(came: Sequence[_Course], k: int) -> int:
    return sum(len(course.visits) >= k for course in came)


def span_words(low: int, high: int | None, unit: str = "days") -> str:
    """Return a span of whole days in words.

    >>> span_words(3, 7), span_words(7, 7), span_words(29, None)
    ('3 to 7 days', '7 days', '29 days or more')
    """
    if high is None:
        return f"{low} {unit} or more"
    return f"{low} {unit}" if low == high else f"{low} to {high} {unit}"


def _within(value: int, low: int, high: int | None) -> bool:
    return value >= low and (high is None or value <= high)


def _attendance(records: Records, came: Sequence[_Course]) -> Iterator[Described]:
    yield mean_of(VISITS, "visits", "visits a patient", [len(course.visits) for course in came])
    for k in range(1, min(MOST_VISITS, max((len(course.visits) for course in came), default=0)) + 1):
        yield share_of_patients(SHARE, "still coming", f"visit {k}", [len(course.visits) >= k for course in came])
    if not records.has_attendance:
        return
    every = [[*patient.missed_before, *patient.visits] for patient in records.patients]
    yield _missed("all appointments", every, lambda visit: True)
    none = [not course.patient.missed_before and len(course.visits) == len(course.patient.visits) for course in came]
    yield share_of_patients(SHARE, "no-shows", "patients who missed none", none)
    if any(visit.waited is not None for some in every for visit in some):
        for low, high in WAITS:
            yield _missed(f"booked {span_words(low, high)} before", every, partial(_waited, low=low, high=high))


def _waited(visit: Visit, low: int, high: int | None) -> bool:
    return visit.waited is not None and _within(visit.waited, low, high)


def _missed(at: str, every: Sequence[Sequence[Visit]], counts: Callable[[Visit], bool]) -> Described:
    chosen = [[visit for visit in some if counts(visit)] for some in every]
    hits = [sum(not visit.attended for visit in some) for some in chosen]
    return share_of_patients(SHARE, "no-shows", at, hits, [len(some) for some in chosen])


def _spacing(came: Sequence[_Course], usual_gap: int | None) -> Iterator[Described]:
    if usual_gap is None:
        return
    counts = [len(course.gaps) for course in came]
    yield ratio_of(DAYS, "spacing", "all", [sum(course.gaps) for course in came], counts)
    near = [sum(abs(gap - usual_gap) <= 1 for gap in course.gaps) for course in came]
    yield share_of_patients(SHARE, "spacing", "as usual, or a day off", near, counts)
    for low, high in GAPS:
        inside = [sum(_within(gap, low, high) for gap in course.gaps) for course in came]
        yield share_of_patients(SHARE, "spacing", span_words(low, high), inside, counts)


def _pain(came: Sequence[_Course], usual: int) -> Iterator[Described]:
    for k in range(1, MOST_VISITS + 1):
        readings = [course.readings[k] for course in came if k in course.readings]
        if not readings:
            break
        yield mean_of(POINTS, "pain", f"visit {k}", readings)
        yield spread_of(POINTS, "pain", f"visit {k}", readings)
    both = [c for c in came if 1 in c.readings and usual in c.readings]
    if usual > 1 and both:
        yield mean_of(POINTS, "the same patients", "visit 1", [course.readings[1] for course in both])
        yield mean_of(POINTS, "the same patients", f"visit {usual}", [course.readings[usual] for course in both])
    changes = [course.change for course in came if course.change is not None]
    if changes:
        yield mean_of(POINTS, "change", "first to last reading", changes)
        yield spread_of(POINTS, "change", "first to last reading", changes)
        yield share_of_patients(SHARE, "change", "fell by 2 points or more", [one >= WORTHWHILE for one in changes])
        yield share_of_patients(SHARE, "change", "rose", [one < 0 for one in changes])


def _given(came: Sequence[_Course]) -> Iterator[Described]:
    counts = [len(course.visits) for course in came]
    for given in sorted({visit.modalities for course in came for visit in course.visits}):
        hits = [sum(visit.modalities == given for visit in course.visits) for course in came]
        yield share_of_patients(SHARE, "given", " + ".join(given) or "no treatment", hits, counts)


def _events(came: Sequence[_Course]) -> Iterator[Described]:
    seen: dict[str, Callable[[Visit], bool | None]] = {
        "soreness": lambda visit: visit.sore, "bruising": lambda visit: visit.bruised,
    }  # fmt: skip
    for name, of in seen.items():
        asked = [[said for visit in course.visits if (said := of(visit)) is not None] for course in came]
        if any(asked):
            yield share_of_patients(SHARE, "adverse events", name, [sum(some) for some in asked], list(map(len, asked)))


def _ends(came: Sequence[_Course]) -> Iterator[Described]:
    known = [course for course in came if course.patient.ended is not None]
    if known:
        yield from parts_of_a_whole([
            share_of_patients(SHARE, "ends", label, [course.patient.ended == name for course in known])
            for name, label in ENDINGS.items()
        ])  # fmt: skip
    asked = [course.patient.satisfied for course in came if course.patient.satisfied is not None]
    if asked:
        yield share_of_patients(SHARE, "ends", "satisfied, of those asked", asked)
    if known:
        # Whoever completes a course cannot leave after its last visit.
        left = [float(course.patient.ended == "dropped_out") for course in known]
        chances = [len(c.visits) - (c.patient.ended != "dropped_out") for c in known]
        yield share_of_patients(SHARE, "ends", "drop-out per visit", left, chances)


def _profiles(came: Sequence[_Course]) -> Iterator[Described]:
    firsts = [course.first for course in came if course.first is not None]
    if firsts:
        yield mean_of(POINTS, "first reading", "all", firsts)
        yield spread_of(POINTS, "first reading", "all", firsts)
    known = [course for course in came if course.patient.profile is not None]
    names = sorted({course.patient.profile or "" for course in known})
    yield from parts_of_a_whole([
        share_of_patients(SHARE, "profiles", name, [course.patient.profile == name for course in known])
        for name in names
    ])  # fmt: skip
    for profile in names:
        own = [course.first for course in known if course.patient.profile == profile and course.first is not None]
        yield mean_of(POINTS, "first reading", profile, own)
        yield spread_of(POINTS, "first reading", profile, own)


def _later(came: Sequence[_Course]) -> Iterator[Described]:
    for low, high in LATER:
        latest = []
        for course in came:
            inside = [
                one.pain for one in course.patient.followup if _within(one.day, low, high) and one.pain is not None
            ]
            latest += inside[-1:]
        if latest:
            yield mean_of(POINTS, "pain later", span_words(low, high), latest)
            yield spread_of(POINTS, "pain later", span_words(low, high), latest)


def _returns(came: Sequence[_Course]) -> Returns | None:
    """Return when the complaint came back: after the last visit or the last no, and by the first yes."""
    after: list[float] = []
    by: list[float] = []
    early = 0
    for course in came:
        end = course.visits[-1].day
        answers = [one for one in course.patient.followup if one.returned is not None]
        later = [one for one in answers if one.day >= end]
        if not later:
            early += bool(answers)
            continue
        back = min((one.day - end for one in later if one.returned), default=math.inf)
        known = max((one.day - end for one in later if one.day - end < back), default=0)
        after.append(known if back > 0 else -1.0)  # who says so at the last visit has an interval too
        by.append(back)
    if not after or is_small(len(after)):
        return None
    return Returns(time_to_event(after, by), len(after), early)
