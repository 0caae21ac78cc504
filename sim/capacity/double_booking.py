"""Slots booked twice: which may be."""

from __future__ import annotations

from collections.abc import Sequence

from sim.capacity.slot import Slot
from sim.capacity.week import Worker


class DoubleBookings:
    """The second bookings of slots: at most a share of each practitioner's day, and never a third one."""

    def __init__(self, team: tuple[Worker, ...], share: float, slot_minutes: int) -> None:
        self._most = [[share * mask.bit_count() * slot_minutes for mask in one.on_duty] for one in team]
        self._booked: dict[tuple[int, int], dict[int, list[Slot]]] = {}
        self._used: dict[tuple[int, int], int] = {}

    def note(self, slot: Slot) -> None:
        """Note a slot that is booked for the first time."""
        self._booked.setdefault((slot.day, slot.worker), {})[slot.start] = [slot]

    def book(self, day: int, now: float, minutes: int, able: Sequence[int], last: int) -> Slot | None:
        """Book the first slot of a day that can be booked once more, not before `now`; None if there is none."""
        best: Slot | None = None
        for worker in able:
            at = day, worker
            if self._used.get(at, 0) + minutes > self._most[worker][day % len(self._most[worker])]:
                continue
            for start, listed in self._booked.get(at, {}).items():
                if len(listed) > 1 or start < now or listed[0].minutes < minutes:
                    continue
                if best is None or start < best.start or (start == best.start and worker == last):
                    best = listed[0]._replace(minutes=minutes)
        if best is not None:
            self._booked[best.day, best.worker][best.start].append(best)
            self._used[best.day, best.worker] = self._used.get((best.day, best.worker), 0) + minutes
        return best

    def cancel(self, slot: Slot) -> Slot | None:
        """Take a booking out; return the other one of the slot, None if it was the only one."""
        of_day = self._booked[slot.day, slot.worker]
        listed = of_day[slot.start]
        if len(listed) > 1:
            self._used[slot.day, slot.worker] -= listed[1].minutes
        listed.remove(slot)
        if not listed:
            del of_day[slot.start]
            return None
        return listed[0]
