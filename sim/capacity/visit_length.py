"""Visits that take longer or shorter than their appointment: who has to wait for whom, and how much is overtime."""

from __future__ import annotations

import math

from sim.capacity.courses import Courses
from sim.capacity.history import Appointment
from sim.capacity.model import Model
from sim.scenario.clinic import DAY_MINUTES


class Lengths:
    """How long visits really take: lognormal about their planned minutes.

    A visit begins at the time of its appointment, or as soon as its practitioner and its room are free of those before
    it; one that ends early makes none begin earlier.
    """

    def __init__(self, model: Model) -> None:
        self._team = model.team
        variance = math.log1p(float(model.clinic.visit_spread) ** 2)
        self._sd, self._mean = math.sqrt(variance), variance / 2
        self._worker_free = [0.0] * len(model.team)
        self._room_free = [0.0] * max(model.rooms, len(model.team))

    def takes(self, appointment: Appointment, planned: float, courses: Courses, patient: int, visit: int) -> float:
        """Write down when a visit begins and how long it takes; return the minutes from its appointment to its end.

        Appointments are asked about in the order in which they begin.
        """
        took = planned * math.exp(self._sd * float(courses.spreads[visit, patient]) - self._mean)
        worker, room = appointment.worker, appointment.room
        begins = max(appointment.start, self._worker_free[worker], self._room_free[room])
        self._worker_free[worker] = self._room_free[room] = ends = begins + took
        appointment.delay, appointment.took = begins - appointment.start, took
        appointment.overtime = took - self._on_duty(worker, begins, ends)
        return ends - appointment.start

    def _on_duty(self, worker: int, begins: float, ends: float) -> float:
        """Return the minutes between two points of time in which a practitioner is on duty."""
        total = 0.0
        for day in range(int(begins // DAY_MINUTES), int(ends // DAY_MINUTES) + 1):
            for start, end in self._team[worker].spans_of(day):
                total += max(0.0, min(ends, day * DAY_MINUTES + end) - max(begins, day * DAY_MINUTES + start))
        return total
