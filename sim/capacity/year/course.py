"""A course by appointment, compiled: which visit is next, the slots booked for it, and what becomes of them.

What is told here of the rows of a log, `sim.capacity.visits` tells for SimPy; both give the same years, bit for bit.
"""

from __future__ import annotations

import math
from typing import Final

import sim.capacity.year.log as at
from sim.capacity.courses import ATTEMPTS
from sim.capacity.history import CANCELLED, ENDED, GAVE_UP, IN_CARE, KEPT, LATE_CANCELLED, LEFT, NO_SHOW, WITHDRAWN
from sim.capacity.year.book import NOWHERE, Book, book_slot, give_back
from sim.capacity.year.diary import Care, advance_course, leave_course, note_ending
from sim.capacity.year.log import Log
from sim.capacity.year.people import People
from sim.capacity.year.terms import Terms
from sim.compiled import inner
from sim.patient.tile import IN_CARE as GOES_ON
from sim.patient.tile import STEP, WIDTH
from sim.quantities import DISCHARGED, DROPPED_OUT
from sim.scenario.clinic import DAY_MINUTES

BOOKED: Final = 0
TOO_FAR_OFF: Final = 1
TOO_FEW_DAYS: Final = 2


@inner
def next_slot(terms: Terms, book: Book, log: Log, c: int, now: float) -> int:
    """Book the next visit and those to be booked ahead, where that has not been done; say whether it is `BOOKED`.

    A slot that was booked ahead and is now too far off is given back for the first one that is free. One that would be
    too far off is not booked ahead: it is asked for when the visit is next.
    """
    course, made = log.whole[c], log.made[c]
    due, visit = course[at.DUE], course[at.NEXT]
    if course[at.MADE] > 0 and (not _fits(terms, log, c, now) or _is_too_late(log, c, made[0, at.START], due)):
        cancel_all(terms, book, log, c)
    if course[at.MADE] == 0:
        if not _book(terms, book, log, c, now, visit, due):
            return TOO_FEW_DAYS
        _write(log, c, now, visit, due)
        if _is_too_late(log, c, made[0, at.START], due):
            give_back(terms, book, made[0])
            log.counts[at.APPOINTMENTS] -= 1
            return TOO_FAR_OFF
        course[at.MADE] = 1
    while course[at.MADE] < terms.ahead:
        before = made[course[at.MADE] - 1]
        visit = before[at.OF_VISIT] + 1
        if visit >= terms.visits[course[at.PATHWAY], course[at.STEP_AT]]:
            break
        due = before[at.ON_DAY] + _gap(terms, log, c, visit)
        if not _book(terms, book, log, c, now, visit, due):
            return TOO_FEW_DAYS
        if _is_too_late(log, c, made[course[at.MADE], at.START], due):
            give_back(terms, book, made[course[at.MADE]])
            break
        _write(log, c, now, visit, due)
        course[at.MADE] += 1
    return BOOKED


@inner
def _book(terms: Terms, book: Book, log: Log, c: int, now: float, visit: int, due: int) -> bool:
    """Book a slot for a visit after those that are booked, without counting it among them; False without the days."""
    course, slot = log.whole[c], log.made[c, log.whole[c, at.MADE]]
    of, step = course[at.PATHWAY], course[at.STEP_AT]
    is_entitled = visit == 0 and terms.is_entitled[course[at.PROFILE]]
    book_slot(
        terms, book, now, course[at.ASKED_DAY] + due, terms.keys[of, step, visit], terms.slots[of, step, visit],
        course[at.SEEN_BY], is_entitled, slot,
    )  # fmt: skip
    slot[at.OF_VISIT] = visit
    slot[at.ON_DAY] = due + late_by(log, c, slot[at.START], due)
    return bool(slot[at.WORKER] != NOWHERE)


@inner
def _write(log: Log, c: int, now: float, visit: int, due: int) -> None:
    """Write down the appointment that was booked last; the first one of a course says how long the patient waits."""
    course, slot = log.whole[c], log.made[c, log.whole[c, at.MADE]]
    row = log.counts[at.APPOINTMENTS]
    log.counts[at.APPOINTMENTS] += 1
    slot[at.ROW] = row
    appointment, details = log.appointments[row], log.details[row]
    for i in range(at.COURSE):
        appointment[i] = slot[i]
    appointment[at.COURSE], appointment[at.VISIT], appointment[at.BECAME] = c, visit, 0
    is_first = course[at.TRIED] == 0 and visit == 0
    details[at.BOOKED_AT], details[at.PAYS], details[at.DELAY], details[at.TOOK] = now, 0.0, 0.0, math.nan
    details[at.LATE_DAYS] = math.nan if is_first else float(late_by(log, c, slot[at.START], due))
    if is_first:
        log.real[c, at.WAIT] = (slot[at.START] - log.real[c, at.ASKED]) / DAY_MINUTES


@inner
def attend(
    terms: Terms, people: People, care: Care, log: Log, c: int,
) -> bool:  # fmt: skip
    """Let the appointment that is next take place, or be missed; tell whether the patient came."""
    course, slot = log.whole[c], log.made[c, 0]
    row, start, worker = slot[at.ROW], slot[at.START], slot[at.WORKER]
    appointment, details = log.appointments[row], log.details[row]
    _drop_first_slot(log, c)
    visit, due = course[at.NEXT], course[at.DUE]
    appointment[at.VISIT] = visit
    late = late_by(log, c, start, due)
    if course[at.TRIED] > 0:
        details[at.LATE_DAYS] = late
    if course[at.STANDS] != IN_CARE:
        course[at.STANDS] = IN_CARE
        log.real[c, at.BEGAN] = start
    came = _comes(terms, people, log, c, row)
    course[at.TRIED] += 1
    if came:
        course[at.IN_A_ROW] = 0
        _pay(terms, log, c, row)
        course[at.SEEN_BY] = worker
        course[at.ATTENDED] += 1
    else:
        course[at.IN_A_ROW] += 1
        details[at.PAYS] = terms.missed_fee
    if came or not terms.rebooks:
        day = due + late
        advance_course(people, care, log, c, day + 1, day, 0, False)
        tile = people.nets.tiles[course[at.PLACE] // WIDTH]
        column = course[at.PLACE] % WIDTH
        if tile[GOES_ON + column] == 0.0:
            course[at.IS_OVER] = 1
        else:
            course[at.STEP_AT] = int(tile[STEP + column])
            course[at.NEXT] = visit + 1
            course[at.DUE] = day + _gap(terms, log, c, visit + 1)
    elif course[at.IN_A_ROW] == terms.discharge_after:
        course[at.IS_OVER] = 1
        if visit > 0:
            leave_course(people, log, c, DISCHARGED)
    else:
        course[at.DUE] = due + late + 1
        # What was booked for the visits to come now serves one visit earlier.
        for i in range(course[at.MADE]):
            log.made[c, i, at.OF_VISIT] -= 1
    return came


@inner
def _comes(terms: Terms, people: People, log: Log, c: int, row: int) -> bool:
    """Tell whether a patient comes to an appointment, and write down what became of it."""
    course, place = log.whole[c], log.whole[c, at.PLACE]
    luck, visit = 1.0, course[at.NEXT]
    if terms.rebooks:
        luck = people.lots.attempts[course[at.TRIED] % ATTEMPTS, place]
    elif terms.missed > 0:
        luck = people.patients.luck.attendance[visit, place]
    no_show, missed = terms.no_show, terms.missed
    if terms.has_leads:
        booked, start = log.details[row, at.BOOKED_AT], log.appointments[row, at.START]
        ahead = start // DAY_MINUTES - int(booked // DAY_MINUTES)
        no_show = _chance_to_miss(terms, ahead, people.lots.proneness[place])
        missed = no_show + terms.late * ((1 - no_show) / (1 - terms.reference))
    came = luck >= missed
    if terms.has_leads and terms.missed > 0:
        people.patients.luck.attendance[visit, place] = 1.0 if came else -1.0
    log.appointments[row, at.BECAME] = KEPT if came else NO_SHOW if luck < no_show else LATE_CANCELLED
    return bool(came)


@inner
def _chance_to_miss(terms: Terms, days_ahead: int, person: float) -> float:
    """Return the chance that a visit booked so many days ahead is missed without notice."""
    of = len(terms.lead_from) - 1
    while terms.lead_from[of] > days_ahead:
        of -= 1
    chance = terms.lead_chance[of]
    if terms.latent > 0 and 0 < chance < 1:
        edge = (terms.lead_edge[of] - math.sqrt(terms.latent) * person) / math.sqrt(1 - terms.latent)
        chance = math.erfc(edge / math.sqrt(2)) / 2
    return float(chance * terms.reminder_ratio if days_ahead >= terms.reminded_from else chance)


@inner
def _pay(terms: Terms, log: Log, c: int, row: int) -> None:
    course = log.whole[c]
    of, step, visit = course[at.PATHWAY], course[at.STEP_AT], course[at.NEXT]
    price, given = terms.prices[of, step, visit], terms.given[of, step, visit]
    for skill in range(len(terms.first_prices)):
        if given >> skill & 1 and not course[at.SEEN] >> skill & 1:
            price += terms.first_prices[skill]
    course[at.SEEN] |= given
    log.details[row, at.PAYS] = price * terms.price_factor


@inner
def give_up(terms: Terms, book: Book, people: People, care: Care, log: Log, c: int, now: float) -> None:
    """Leave because the next appointment is too far off."""
    course = log.whole[c]
    if course[at.STANDS] == IN_CARE and course[at.NEXT] > 0:
        leave_course(people, log, c, DROPPED_OUT)
        note_ending(people, care, log, c, now, LEFT)
    elif course[at.STANDS] == IN_CARE:
        course[at.STANDS], log.real[c, at.ENDED_AT] = LEFT, now  # never seen, so not relieved
    else:
        course[at.STANDS] = GAVE_UP
    cancel_all(terms, book, log, c)


@inner
def finish(terms: Terms, book: Book, people: People, care: Care, log: Log, c: int, now: float) -> None:
    """End a course and give back what was booked ahead."""
    cancel_all(terms, book, log, c)
    if log.whole[c, at.ATTENDED] == 0 and terms.rebooks:
        log.whole[c, at.STANDS], log.real[c, at.ENDED_AT] = ENDED, now  # never seen, so not relieved
    else:
        note_ending(people, care, log, c, now, ENDED)


@inner
def withdraw(terms: Terms, book: Book, log: Log, c: int) -> None:
    """Cancel the appointment for the next visit, which is then due on a later day, and those after it."""
    course, row, start = log.whole[c], log.made[c, 0, at.ROW], log.made[c, 0, at.START]
    cancel_all(terms, book, log, c)
    log.appointments[row, at.BECAME] = WITHDRAWN
    course[at.DUE] = start // DAY_MINUTES - course[at.ASKED_DAY] + 1


@inner
def cancel_all(terms: Terms, book: Book, log: Log, c: int) -> None:
    """Give back everything that is booked for a course."""
    for i in range(log.whole[c, at.MADE]):
        give_back(terms, book, log.made[c, i])
        log.appointments[log.made[c, i, at.ROW], at.BECAME] = CANCELLED
    log.whole[c, at.MADE] = 0


@inner
def late_by(log: Log, c: int, start: int, due: int) -> int:
    """Return by how many days an appointment is past its due date."""
    return int(max(start // DAY_MINUTES - log.whole[c, at.ASKED_DAY] - due, 0))


@inner
def _drop_first_slot(log: Log, c: int) -> None:
    log.whole[c, at.MADE] -= 1
    for i in range(log.whole[c, at.MADE]):
        for k in range(at.SLOT_WHOLE):
            log.made[c, i, k] = log.made[c, i + 1, k]


@inner
def _gap(terms: Terms, log: Log, c: int, visit: int) -> int:
    of, step = log.whole[c, at.PATHWAY], log.whole[c, at.STEP_AT]
    return int(terms.days[of, step, visit] - terms.days[of, step, visit - 1])


@inner
def _is_too_late(log: Log, c: int, start: int, due: int) -> bool:
    """Tell whether an appointment is further beyond its due date than the patient would wait."""
    return bool(start // DAY_MINUTES > log.whole[c, at.ASKED_DAY] + due + log.real[c, at.BEARS])


@inner
def _fits(terms: Terms, log: Log, c: int, now: float) -> bool:
    """Tell whether what was booked ahead still serves the visit that is next."""
    course, slot = log.whole[c], log.made[c, 0]
    of, step, visit = course[at.PATHWAY], course[at.STEP_AT], course[at.NEXT]
    return bool(
        slot[at.LENGTH] >= terms.slots[of, step, visit] * terms.slot_minutes
        and terms.can[terms.keys[of, step, visit], slot[at.WORKER]]
        and slot[at.START] // DAY_MINUTES - course[at.ASKED_DAY] >= course[at.DUE]
        and slot[at.START] >= now
    )
