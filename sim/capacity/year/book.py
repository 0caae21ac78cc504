"""The appointment book, compiled: the first free slot on or after a day, with the right skill and a free room.

It books as `sim.capacity.calendar` does, without slots booked twice. A day is a row of slots for each practitioner and
each room, 1 where it is free, from the first slot of the week in which anybody is on duty to the last.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.capacity.held import held_slots
from sim.capacity.model import Model
from sim.capacity.year.terms import Terms
from sim.compiled import inner
from sim.scenario.clinic import DAY_MINUTES

Marks = NDArray[np.uint8]
Whole = NDArray[np.int64]

DAYS_AHEAD: Final = 180
"""Days of the book beyond the last one booked, at least: more than one event usually looks through."""
NOWHERE: Final = -1
"""The practitioner of a slot that lies beyond the days of the book."""


class Book(NamedTuple):
    """The days of the book.

    `free`, `held`: slots of practitioners that are free, and held for first visits, (days, practitioners, slots);
    `rooms`: free slots of rooms, (days, rooms, slots), without days where rooms never stand in the way; `left`: how
    many slots of a practitioner are free, (days, practitioners); `full_before`: the day before which nothing is free,
    by set of skills and slots in a row, (skills, slots + 1); `last`: the last day on which anything was booked, (1,);
    `looked`: scratch space, what is known of rooms, (slots + 1,), of which the last counts the looks.
    """

    free: Marks
    held: Marks
    rooms: Marks
    left: Whole
    full_before: Whole
    last: Whole
    looked: Whole


def empty_book(model: Model, terms: Terms, days: int) -> Book:
    """Return a book of so many days in which nothing is booked."""
    return Book(
        *_days(model, terms, 0, days), np.zeros((len(terms.able), terms.slots_a_day + 1), np.int64),
        np.zeros(1, np.int64), np.zeros(terms.slots_a_day + 1, np.int64),
    )  # fmt: skip


def with_more_days(book: Book, model: Model, terms: Terms, days: int) -> Book:
    """Return a book with more days."""
    more = _days(model, terms, len(book.free), len(book.free) + days)
    joined = (np.concatenate([one, other]) for one, other in zip(book, more, strict=False))
    return book._replace(**dict(zip(Book._fields, joined, strict=False)))


def _days(model: Model, terms: Terms, first: int, last: int) -> tuple[Marks, Marks, Marks, Whole]:
    """Return days of the book before anything is booked."""
    days, n = np.arange(first, last), terms.slots_a_day
    held = model.clinic.booking.held
    kept = held_slots(model.team, held).of if held is not None else ()
    free = np.zeros((len(days), len(model.team), n), np.uint8)
    withheld = np.zeros((len(days) if kept else 0, len(model.team), n), np.uint8)
    for w, one in enumerate(model.team):
        free[:, w] = _marks(one.on_duty, terms)[days % len(one.on_duty)]
        free[[day - first for day in one.off if first <= day < last], w] = 0
        if kept:
            withheld[:, w] = _marks(kept[w], terms)[days % len(kept[w])]
    rooms = np.ones((0 if terms.has_own_rooms else len(days), model.rooms, n), np.uint8)
    return free, withheld, rooms, free.sum(axis=2, dtype=np.int64)


def _marks(masks: tuple[int, ...], terms: Terms) -> Marks:
    """Return bits of slots as marks, (days, slots)."""
    at = range(terms.first_slot, terms.first_slot + terms.slots_a_day)
    return np.array([[mask >> slot & 1 for slot in at] for mask in masks], np.uint8)


@inner
def book_slot(
    terms: Terms, book: Book, now: float, day: int, key: int, n: int, last: int, entitled: bool, made: Whole
) -> None:
    """Book n slots in a row on or after a day, not before `now`, into `made` (start, minutes, practitioner, room).

    The practitioner is `NOWHERE` if the book has too few days.
    """
    today = int(now // DAY_MINUTES)
    bound = max(book.full_before[key, n], today)
    looked = max(day, bound)
    past = -int(-(now - today * DAY_MINUTES) // terms.slot_minutes) - terms.first_slot
    made[2] = NOWHERE
    while looked < len(book.free):
        book.looked[-1] += 1
        from_slot = max(past, 0) if looked == today else 0
        is_withheld = not entitled and len(book.held) > 0 and looked > today + terms.release_days
        best, chosen = len(book.looked), NOWHERE
        for i in range(terms.able_count[key]):
            worker = terms.able[key, i]
            if book.left[looked, worker] < n:
                continue
            most = best if worker == last else best - 1
            first = _first_start(terms, book, looked, worker, n, from_slot, most, is_withheld)
            if first >= 0:
                best, chosen = first, worker
        if chosen != NOWHERE:
            book.full_before[key, n] = bound
            _take(terms, book, looked, best, n, chosen, made)
            return
        if looked == bound and not is_withheld:
            bound += 1
        looked += 1


@inner
def _first_start(
    terms: Terms, book: Book, day: int, worker: int, n: int, from_slot: int, most: int, is_withheld: bool
) -> int:
    """Return the first slot, up to `most`, from which n are free and a room with them; -1 if there is none."""
    run = 0
    for slot in range(from_slot, book.free.shape[2]):
        begin = slot - n + 1
        if begin > most:
            break
        is_free = book.free[day, worker, slot] > 0 and not (is_withheld and book.held[day, worker, slot] > 0)
        run = run + 1 if is_free else 0
        if run >= n and _has_room(terms, book, day, begin, n):
            return begin
    return -1


@inner
def _has_room(terms: Terms, book: Book, day: int, begin: int, n: int) -> bool:
    """Tell whether some room is free for n slots; what was found is kept until the next look."""
    if terms.has_own_rooms:
        return True
    look = book.looked[-1]
    if book.looked[begin] != look and book.looked[begin] != -look:
        book.looked[begin] = look if _free_room(book, day, begin, n) >= 0 else -look
    return bool(book.looked[begin] == look)


@inner
def _free_room(book: Book, day: int, begin: int, n: int) -> int:
    """Return the first room that is free for n slots, -1 if none is."""
    for room in range(book.rooms.shape[1]):
        free = 0
        while free < n and book.rooms[day, room, begin + free] > 0:
            free += 1
        if free == n:
            return room
    return -1


@inner
def _take(terms: Terms, book: Book, day: int, begin: int, n: int, worker: int, made: Whole) -> None:
    room = worker if terms.has_own_rooms else _free_room(book, day, begin, n)
    made[0] = day * DAY_MINUTES + (begin + terms.first_slot) * terms.slot_minutes
    made[1], made[2], made[3] = n * terms.slot_minutes, worker, room
    book.last[0] = max(book.last[0], day)
    _mark(terms, book, made, 0)


@inner
def give_back(terms: Terms, book: Book, made: Whole) -> None:
    """Give a slot back that was booked."""
    _mark(terms, book, made, 1)
    day = made[0] // DAY_MINUTES
    for key in range(len(book.full_before)):
        for n in range(book.full_before.shape[1]):
            book.full_before[key, n] = min(book.full_before[key, n], day)


@inner
def _mark(terms: Terms, book: Book, made: Whole, free: int) -> None:
    """Mark the slots of a booking, and of its room, as free (1) or not (0)."""
    day, n = made[0] // DAY_MINUTES, made[1] // terms.slot_minutes
    begin = made[0] % DAY_MINUTES // terms.slot_minutes - terms.first_slot
    for slot in range(begin, begin + n):
        book.free[day, made[2], slot] = free
        if not terms.has_own_rooms:
            book.rooms[day, made[3], slot] = free
    book.left[day, made[2]] += n if free else -n


def days_at_first(model: Model) -> int:
    """Return for how many days a book is made at first: the weeks simulated and half a year."""
    return model.clinic.weeks * 7 + DAYS_AHEAD
