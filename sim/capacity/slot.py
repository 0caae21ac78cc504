"""A slot of the appointment book."""

from __future__ import annotations

from typing import NamedTuple

from sim.scenario.clinic import DAY_MINUTES


class Slot(NamedTuple):
    """A booked stretch of time: minutes from the first Monday on, practitioner and room by number."""

    start: int
    minutes: int
    worker: int
    room: int

    @property
    def day(self) -> int:
        """Day from the first Monday on."""
        return self.start // DAY_MINUTES
