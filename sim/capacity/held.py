"""Slots held for first visits: which they are, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from sim.capacity.week import Worker
from sim.scenario.bookings import Held


@dataclass(frozen=True)
class HeldSlots:
    """The held slots of each practitioner by day of the roster, as bits, and how many days before they are released."""

    of: tuple[tuple[int, ...], ...]
    release_days: int

    def withheld(self, worker: int, day: int, today: int) -> int:
        """Return the slots of a practitioner on a day that are still held."""
        return self.of[worker][day % len(self.of[worker])] if day > today + self.release_days else 0


def held_slots(team: tuple[Worker, ...], held: Held) -> HeldSlots:
    """Return the last slots of every day, as many as are held."""
    share = float(held.share)
    of = tuple(tuple(_last(mask, share) for mask in one.on_duty) for one in team)
    return HeldSlots(of, held.release_days)


def _last(mask: int, share: float) -> int:
    """Return the highest bits of a mask, a share of them."""
    for _ in range(mask.bit_count() - round(share * mask.bit_count())):
        mask &= mask - 1
    return mask


def longest_run(mask: int) -> int:
    """Return the largest number of bits in a row."""
    found = 0
    while mask:
        mask &= mask >> 1
        found += 1
    return found
