"""The events of a clinic that books appointments, compiled: those of `sim.capacity.simulate`, in the order of SimPy."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import sim.capacity.year.log as at
from sim.capacity.courses import ATTEMPTS
from sim.capacity.history import ENDED, LEFT
from sim.capacity.year.book import DAYS_AHEAD, Book
from sim.capacity.year.course import (
    TOO_FAR_OFF,
    TOO_FEW_DAYS,
    attend,
    finish,
    give_up,
    next_slot,
    withdraw,
)
from sim.capacity.year.diary import Care, relief_lost
from sim.capacity.year.events import BEGINS, ENDS, REQUEST, RETURNS, WITHDRAWS, Events, drop_first, push
from sim.capacity.year.log import Log
from sim.capacity.year.people import People
from sim.capacity.year.terms import Terms
from sim.compiled import inner, kernel
from sim.scenario.clinic import DAY_MINUTES

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# Why the year stands still.
IS_DONE: Final = 0
NEEDS_ROOM: Final = 1
NEEDS_PEOPLE: Final = 2
NEEDS_DAYS: Final = 3
HAD_TOO_FEW_DAYS: Final = 4


class Requests(NamedTuple):
    """Who asks, in the order of time: when, place of the block in the list, patient, and arm; (requests,)."""

    minute: Floats
    block: Whole
    patient: Whole
    arm: Whole


class Until(NamedTuple):
    """When practitioners and rooms are free again, where visits may take longer than booked."""

    worker: Floats
    room: Floats


@kernel
def run_until(
    end: float, terms: Terms, requests: Requests, book: Book, people: People, care: Care, log: Log, events: Events,
    until: Until, wanted: Whole,
) -> int:  # fmt: skip
    """Let everything happen that happens before `end`; say why it stands still.

    `wanted`: the block and how often its people have come back, if people are needed. If there had been too few days,
    what has happened since cannot be used.
    """
    while events.counts[0] > 0 and events.time[0] < end:
        now, kind, c = events.time[0], events.what[0, 1], events.what[0, 2]
        if _is_short_of_room(terms, log, events):
            return NEEDS_ROOM
        if book.last[0] + DAYS_AHEAD > len(book.free):
            return NEEDS_DAYS
        if kind == RETURNS:
            wanted[0], wanted[1] = log.whole[c, at.BLOCK], log.whole[c, at.EPISODE] + 1
            if wanted[1] >= people.first.shape[1] or people.first[wanted[0], wanted[1]] < 0:
                return NEEDS_PEOPLE
        drop_first(events)
        books = True
        if kind == REQUEST:
            if c + 1 < len(requests.minute):
                push(events, now + (requests.minute[c + 1] - now), REQUEST, c + 1)
            c = _begin_course(terms, people, log, now, requests.block[c], requests.patient[c], requests.arm[c], 0)
        elif kind == RETURNS:
            of = log.whole[c]
            c = _begin_course(terms, people, log, now, of[at.BLOCK], of[at.PATIENT], of[at.ARM], of[at.EPISODE] + 1)
        elif kind == WITHDRAWS:
            withdraw(terms, book, log, c)
        elif kind == BEGINS:
            books = not _attend(terms, people, care, log, events, until, c, now)
        if books and log.whole[c, at.IS_OVER]:
            finish(terms, book, people, care, log, c, now)
            _ask_whether_back(terms, people, care, log, events, c, now)
        elif books and not _book_next(terms, book, people, care, log, events, c, now):
            return HAD_TOO_FEW_DAYS
    return IS_DONE


@inner
def _is_short_of_room(terms: Terms, log: Log, events: Events) -> bool:
    return bool(
        log.counts[at.COURSES] >= len(log.whole)
        or log.counts[at.APPOINTMENTS] + terms.ahead + 1 >= len(log.details)
        or events.counts[0] + 3 >= len(events.time)
    )


@inner
def _begin_course(
    terms: Terms, people: People, log: Log, now: float, block: int, patient: int, arm: int, episode: int
) -> int:
    """Begin the course of somebody who asks, and return its number."""
    c = log.counts[at.COURSES]
    log.counts[at.COURSES] += 1
    course, real = log.whole[c], log.real[c]
    place = people.first[block, episode] + patient
    course[:] = 0
    course[at.BLOCK], course[at.PATIENT], course[at.EPISODE], course[at.ARM] = block, patient, episode, arm
    course[at.PLACE], course[at.PROFILE] = place, people.patients.cohort.profile[place]
    course[at.PATHWAY] = people.lots.taken[arm, place]
    course[at.ASKED_DAY], course[at.SEEN_BY], course[at.LOST_ON] = int(now // DAY_MINUTES), -1, -1
    real[:] = math.nan
    real[at.ASKED] = now
    patience = people.lots.patience[place]
    real[at.BEARS] = terms.patience * patience if terms.patience < math.inf else math.inf
    return int(c)


@inner
def _book_next(
    terms: Terms, book: Book, people: People, care: Care, log: Log, events: Events, c: int, now: float
) -> bool:  # fmt: skip
    """Book the next visit, or leave because it would be too far off; False if the book has too few days."""
    found = next_slot(terms, book, log, c, now)
    if found == TOO_FEW_DAYS:
        return False
    if found == TOO_FAR_OFF:
        give_up(terms, book, people, care, log, c, now)
        _ask_whether_back(terms, people, care, log, events, c, now)
        return True
    start = float(log.made[c, 0, at.START])
    stands_until = start
    if terms.cancels >= 0:
        stands_until = start - terms.notice
        if stands_until <= now:
            stands_until = start
        else:
            asked, place = log.whole[c, at.ASKED_WHETHER] % ATTEMPTS, log.whole[c, at.PLACE]
            log.whole[c, at.ASKED_WHETHER] += 1
            stands_until = stands_until if people.lots.withdrawals[asked, place] < terms.cancels else start
    push(events, now + max(stands_until - now, 0.0), BEGINS if stands_until >= start else WITHDRAWS, c)
    return True


@inner
def _attend(
    terms: Terms, people: People, care: Care, log: Log, events: Events, until: Until, c: int, now: float
) -> bool:  # fmt: skip
    """Let an appointment take place, or be missed; tell whether the patient came, and is there until the visit ends."""
    course = log.whole[c]
    visit, row = course[at.NEXT], log.made[c, 0, at.ROW]
    planned = terms.planned[course[at.PATHWAY], course[at.STEP_AT], visit]
    if not attend(terms, people, care, log, c):
        return False
    appointment = log.appointments[row]
    lasts = float(appointment[at.LENGTH])
    if terms.is_timed:
        took = lasts
        if terms.length_sd > 0:
            took = planned * math.exp(
                terms.length_sd * people.lots.spreads[visit, course[at.PLACE]] - terms.length_mean
            )  # fmt: skip
        start, worker, room = float(appointment[at.START]), appointment[at.WORKER], appointment[at.ROOM]
        begins = max(start, now, until.worker[worker], until.room[room])
        until.worker[worker] = until.room[room] = begins + took
        log.details[row, at.DELAY], log.details[row, at.TOOK] = begins - start, took
        lasts = begins + took - now
    push(events, now + lasts, ENDS, c)
    return True


@inner
def _ask_whether_back(
    terms: Terms, people: People, care: Care, log: Log, events: Events, c: int, now: float
) -> None:  # fmt: skip
    """Have somebody whose course has ended come back, if relief is lost and the patient then would."""
    course, place = log.whole[c], log.whole[c, at.PLACE]
    if (course[at.STANDS] != ENDED and course[at.STANDS] != LEFT) or math.isnan(log.real[c, at.ENDED_AT]):
        return
    if not people.lots.whether_back[place] < terms.returns:
        return
    lost = relief_lost(people, care, log, c, int(terms.end // DAY_MINUTES) - course[at.ASKED_DAY])
    if lost == 0:
        return
    # At the time of day of the first request: when the last visit was depends on the visits of others.
    back = log.real[c, at.ASKED] + (lost + people.lots.how_late[place] * terms.return_delay) * DAY_MINUTES
    if back < terms.end:
        push(events, now + max(back - now, 0.0), RETURNS, c)
