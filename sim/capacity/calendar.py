"""The appointment book: the first free slot on or after a day, with the right skill and a free room.

A day is one integer for each practitioner and each room, a bit for each slot that is free; an appointment of n slots
can begin where n bits in a row are set.
"""

from __future__ import annotations

from functools import lru_cache

from sim.capacity.double_booking import DoubleBookings
from sim.capacity.held import HeldSlots
from sim.capacity.slot import Slot
from sim.capacity.week import Worker
from sim.scenario.clinic import DAY_MINUTES


class Calendar:
    """The calendars of the practitioners and rooms of a clinic; days are made when they are first looked at."""

    def __init__(
        self, team: tuple[Worker, ...], rooms: int, slot_minutes: int, held: HeldSlots | None = None,
        double: DoubleBookings | None = None,
    ) -> None:  # fmt: skip
        self._team = team
        self._slot = slot_minutes
        self._rooms = rooms
        self._held, self._double = held, double
        self._has_own_rooms = rooms >= len(team)  # then everybody stays in one room, and rooms never stand in the way
        self._free: list[list[int]] = []
        self._room_free: list[list[int]] = []
        self._able: dict[frozenset[str], list[int]] = {}
        self._full_before: dict[tuple[frozenset[str], int], int] = {}

    def slots(self, minutes: float) -> int:
        """Return how many slots an appointment fills."""
        return max(1, -int(-minutes // self._slot))

    def book(
        self, now: float, day: int, minutes: float, skills: frozenset[str], last: int = -1, entitled: bool = True
    ) -> Slot:
        """Book the first free slot on or after a day, not before `now`; on a full day, one that may be booked twice.

        Somebody must have the skills and work that long without a break. Of practitioners who are free at the same
        time, the one seen last, then the one with the fewest skills. Held slots are for those who are `entitled`.
        """
        n = self.slots(minutes)
        able, shifts = self._able_for(skills), _shifts(n)
        key = (skills, n)
        today = int(now // DAY_MINUTES)
        bound = max(self._full_before.get(key, 0), today)
        held = None if entitled else self._held
        looked = max(day, today, bound) if self._double is None else max(day, today)
        while True:
            free = self._day(looked)
            in_a_room = -1 if self._has_own_rooms else self._with_a_room(looked, shifts)
            best, chosen, is_full = 0, -1, True
            for worker in able:
                possible = free[worker]
                for shift in shifts:
                    possible &= possible >> shift
                possible &= in_a_room
                if possible:
                    is_full = False
                    if held is not None and (withheld := held.withheld(worker, looked, today)):
                        possible &= self._starts(free[worker] & ~withheld, shifts)
                    if looked == today:
                        past = -int(-(now - today * DAY_MINUTES) // self._slot)
                        possible = possible >> past << past
                    first = possible & -possible
                    if first and (not best or first < best or (first == best and worker == last)):
                        best, chosen = first, worker
            if best:
                self._full_before[key] = bound
                return self._take(looked, best, n, chosen)
            if self._double is not None and (again := self._double.book(looked, now, n * self._slot, able, last)):
                return again
            if is_full and looked == bound:
                bound += 1
            looked += 1

    def cancel(self, slot: Slot) -> None:
        """Give a slot back."""
        bits = self._bits(slot)
        if self._double is not None and (other := self._double.cancel(slot)) is not None:
            bits &= ~self._bits(other)
        self._free[slot.day][slot.worker] |= bits
        if not self._has_own_rooms:
            self._room_free[slot.day][slot.room] |= bits
        for key, bound in self._full_before.items():
            if bound > slot.day:
                self._full_before[key] = slot.day

    def is_free(self, slot: Slot) -> bool:
        """Tell whether a slot is free, and some room with it."""
        bits = self._bits(slot)
        rooms = self._room_free[slot.day]
        has_room = self._has_own_rooms or any(free & bits == bits for free in rooms)
        return has_room and self._day(slot.day)[slot.worker] & bits == bits

    def is_withheld(self, now: float, slot: Slot) -> bool:
        """Tell whether a slot is held for those who are entitled to it."""
        if self._held is None:
            return False
        today = int(now // DAY_MINUTES)
        return bool(self._held.withheld(slot.worker, slot.day, today) & self._bits(slot))

    def take(self, slot: Slot, minutes: float) -> Slot:
        """Book the first so many minutes of a slot that is free."""
        first = 1 << slot.start % DAY_MINUTES // self._slot
        return self._take(slot.day, first, self.slots(minutes), slot.worker)

    def close(self, worker: int, day: int) -> None:
        """Take a practitioner, from whom nobody has an appointment on a day, off the calendar of that day."""
        self._day(day)[worker] = 0

    def _take(self, day: int, first: int, n: int, worker: int) -> Slot:
        bits = first * ((1 << n) - 1)
        rooms = self._room_free[day]
        if self._has_own_rooms:
            room = worker
        else:
            room = next(r for r, free in enumerate(rooms) if free & bits == bits)
            rooms[room] ^= bits
        self._free[day][worker] ^= bits
        start = day * DAY_MINUTES + (first.bit_length() - 1) * self._slot
        slot = Slot(start, n * self._slot, worker, room)
        if self._double is not None:
            self._double.note(slot)
        return slot

    def _bits(self, slot: Slot) -> int:
        return ((1 << slot.minutes // self._slot) - 1) << (slot.start % DAY_MINUTES // self._slot)

    def _day(self, day: int) -> list[int]:
        """Return when each practitioner is free on a day, which is made if nobody has looked at it."""
        if day < len(self._free):
            return self._free[day]
        all_day = [] if self._has_own_rooms else [(1 << DAY_MINUTES // self._slot) - 1] * self._rooms
        while len(self._free) <= day:
            day_made = len(self._free)
            self._free.append([one.slots_of(day_made) for one in self._team])
            self._room_free.append(list(all_day))
        return self._free[day]

    def _with_a_room(self, day: int, shifts: tuple[int, ...]) -> int:
        """Return the bits from which some room is free for as many slots as the shifts look for."""
        found = 0
        for room in self._room_free[day]:
            free = room
            for shift in shifts:
                free &= free >> shift
            found |= free
        return found

    @staticmethod
    def _starts(free: int, shifts: tuple[int, ...]) -> int:
        """Return the bits from which as many in a row are set as the shifts look for."""
        for shift in shifts:
            free &= free >> shift
        return free

    def _able_for(self, skills: frozenset[str]) -> list[int]:
        if skills not in self._able:
            able = [i for i, one in enumerate(self._team) if skills <= one.skills]
            self._able[skills] = sorted(able, key=lambda i: len(self._team[i].skills))
        return self._able[skills]


@lru_cache(maxsize=1024)
def _shifts(n: int) -> tuple[int, ...]:
    """Return by how much to shift, step by step, to find n bits in a row: each step doubles what is found."""
    found, have = [], 1
    while have < n:
        found.append(min(have, n - have))
        have += found[-1]
    return tuple(found)
