"""Calls into freed slots: who is booked for a later day is asked to come earlier."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, Protocol

import simpy

from sim.capacity.calendar import Calendar
from sim.capacity.slot import Slot
from sim.scenario.bookings import Calls

HOUR_MINUTES = 60


class Booked(Protocol):
    """Somebody who waits for an appointment and may be called."""

    @property
    def number(self) -> int:
        """Number of the course."""

    @property
    def rank(self) -> int:
        """Place of the patient's profile in the order of priority."""

    @property
    def booked(self) -> Slot:
        """The appointment for the next visit."""

    def wants(self, slot: Slot, by: Slot) -> bool:
        """Tell whether a slot would do for the visit that is booked for `by`, and is on an earlier day."""

    def can_come(self, share: float) -> bool:
        """Tell whether somebody who is called can come, which a share can."""

    def move_to(self, slot: Slot) -> Slot:
        """Move the next visit into a slot that is free; return the one given up."""


class Caller:
    """Who waits for an appointment and could be called, and the calls."""

    def __init__(self, environment: simpy.Environment, calendar: Calendar, calls: Calls) -> None:
        self._environment, self._calendar = environment, calendar
        self._most, self._reached = calls.most, float(calls.reached)
        self._notice = float(calls.notice_hours) * HOUR_MINUTES
        self._waiting: dict[int, tuple[Booked, Slot, simpy.Event]] = {}

    def wait(self, visits: Booked, slot: Slot, until: float) -> Generator[simpy.Event, Any, Slot | None]:
        """Wait for an appointment `until` it begins or is cancelled; return the earlier one into which the patient was
        called and which has begun, None without a call.
        """
        environment, called_to = self._environment, None
        while True:
            moved = environment.event()
            self._waiting[visits.number] = visits, slot, moved
            try:
                yield environment.timeout(max(until - environment.now, 0.0)) | moved
            finally:  # as well if the appointment is called off
                self._waiting.pop(visits.number, None)
            if not moved.triggered:
                return called_to
            slot = called_to = visits.booked
            until = slot.start

    def offer(self, freed: Iterable[Slot]) -> None:
        """Offer slots that have become free, once those who gave them back have booked again."""
        listed = list(freed)
        if listed and self._most:
            self._environment.timeout(0).callbacks.append(lambda _: self._call(listed))

    def _call(self, freed: list[Slot]) -> None:
        """Call people for slots, and for the slots that they give up."""
        while freed:
            slot = freed.pop(0)
            if slot.start - self._environment.now < self._notice or not self._calendar.is_free(slot):
                continue
            called = 0
            for _, number in sorted((one.rank, number) for number, (one, _, _) in self._waiting.items()):
                visits, by, moved = self._waiting[number]
                if not visits.wants(slot, by):
                    continue
                called += 1
                if visits.can_come(self._reached):
                    del self._waiting[number]
                    freed.append(visits.move_to(slot))
                    moved.succeed()
                    break
                if called == self._most:
                    break
