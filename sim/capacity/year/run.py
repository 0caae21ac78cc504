"""Years of a clinic that books appointments, run by compiled functions: less than a third of the time that SimPy takes.

They give the years that SimPy gives. It runs clinics in which people walk in, are called for freed slots or are booked
twice into one, or whose practitioners fall ill.
"""

from __future__ import annotations

import numpy as np

from sim.capacity.history import AnyHistory, History, Recorded
from sim.capacity.model import Model
from sim.capacity.requests import Request, draw_requests
from sim.capacity.week import WEEK_MINUTES
from sim.capacity.year.book import days_at_first, empty_book, with_more_days
from sim.capacity.year.diary import Care
from sim.capacity.year.events import REQUEST, no_events, push, with_more_room
from sim.capacity.year.log import APPOINTMENTS, COURSES, columns_of, empty_log, with_room
from sim.capacity.year.loop import HAD_TOO_FEW_DAYS, NEEDS_DAYS, NEEDS_PEOPLE, NEEDS_ROOM, Requests, Until, run_until
from sim.capacity.year.people import Blocks
from sim.capacity.year.terms import terms_of
from sim.compiled import for_types_of
from sim.patient.pathway import NO_TRACE
from sim.patient.tile import empty_lanes
from sim.study.at_work import worked

VISITS_A_COURSE = 8
"""Appointments of a course for which there is room at first."""


def is_compiled(model: Model) -> bool:
    """Tell whether the years of a clinic are run by compiled functions."""
    booking = model.clinic.booking
    has_calls = booking.calls is not None and booking.calls.most > 0
    may_be_ill = any(one.illness[0] > 0 for one in model.team)
    return booking.form == "appointments" and not (has_calls or may_be_ill or model.overbooks)


def run_appointments(model: Model, number: int) -> AnyHistory:
    """Run a replication of a clinic and return what happened."""
    clinic = model.clinic
    requests = draw_requests(clinic.arrivals, clinic.weeks, model.scenario.seed, number)
    if not requests:
        return History(clinic.weeks * WEEK_MINUTES)
    days = days_at_first(model)
    while (found := _run(model, number, requests, days)) is None:
        days *= 2
    return found


def _run(model: Model, number: int, requests: list[Request], days: int) -> Recorded | None:
    """Run a replication with a book of so many days at first; None if in one event it had to have many more."""
    terms = terms_of(model)
    book, log = empty_book(model, terms, days), empty_log(len(requests), VISITS_A_COURSE * len(requests), terms.ahead)
    sizes: dict[int, int] = {}
    for one in requests:
        sizes[one.block] = max(sizes.get(one.block, 0), one.patient + 1)
    blocks, listed = Blocks(model, number, sizes), list(sizes)
    place = {block: i for i, block in enumerate(listed)}
    asked = Requests(
        np.array([one.minute for one in requests]), np.array([place[one.block] for one in requests]),
        np.array([one.patient for one in requests]), np.array([model.arm_of(one.fate) for one in requests]),
    )  # fmt: skip
    care = Care(model.study.setting.plans, model.rules, model.study.law.soreness_days, empty_lanes(), NO_TRACE)
    until = Until(np.zeros(len(model.team)), np.zeros(max(model.rooms, len(model.team))))
    events, wanted = no_events(len(requests)), np.zeros(2, np.int64)
    push(events, asked.minute[0], REQUEST, 0)
    kernel = None
    for week in range(1, model.clinic.weeks + 1):
        while True:
            given = (
                float(week * WEEK_MINUTES), terms, asked, book, blocks.people, care, log, events, until, wanted,
            )  # fmt: skip
            kernel = kernel or for_types_of(run_until, *given)
            stands = kernel(*given)
            if stands == HAD_TOO_FEW_DAYS:
                return None
            if stands == NEEDS_DAYS:
                book = with_more_days(book, model, terms, len(book.free))
            elif stands == NEEDS_PEOPLE:
                blocks.draw(*wanted.tolist())
            elif stands == NEEDS_ROOM:
                log = with_room(log, 2 * int(log.counts[COURSES]), 2 * int(log.counts[APPOINTMENTS]))
                events = with_more_room(events)
            else:
                break
        worked()
    appointments, courses = columns_of(log, listed)
    return Recorded(
        float(model.clinic.weeks * WEEK_MINUTES), appointments, courses, {"worker": np.empty(0), "day": np.empty(0)}
    )
