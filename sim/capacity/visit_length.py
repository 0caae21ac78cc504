"""When visits by appointment begin and how long they take: who has to wait for whom."""

from __future__ import annotations

import math

from sim.capacity.courses import Courses
from sim.capacity.history import Appointment
from sim.capacity.model import Model


class VisitTimes:
    """When practitioners and rooms are free again, and how long visits take.

    A visit begins at the time of its appointment, or as soon as its practitioner and its room are free of those before
    it, in slots booked twice or as those take longer; one that ends early makes none begin earlier. It takes the
    minutes of its appointment or, where visits vary in length, lognormal ones about those that are planned.
    """

    def __init__(self, model: Model) -> None:
        variance = math.log1p(float(model.clinic.visit_spread) ** 2)
        self._sd, self._mean = math.sqrt(variance), variance / 2
        self._worker_free = [0.0] * len(model.team)
        self._room_free = [0.0] * max(model.rooms, len(model.team))

    def begin(
        self, now: float, appointment: Appointment, planned: float, courses: Courses, patient: int, visit: int
    ) -> float:
        """Write down when a visit begins and how long it takes; return the minutes from now to its end.

        Appointments are asked about in the order in which they begin.
        """
        took = appointment.minutes
        if self._sd > 0:
            took = planned * math.exp(self._sd * float(courses.spreads[visit, patient]) - self._mean)
        worker, room = appointment.worker, appointment.room
        begins = max(float(appointment.start), now, self._worker_free[worker], self._room_free[room])
        self._worker_free[worker] = self._room_free[room] = ends = begins + took
        appointment.delay, appointment.took = begins - appointment.start, took
        return ends - now
