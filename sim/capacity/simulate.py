"""One replication of a clinic: patients ask, are booked or wait, are treated, and some come back (SimPy)."""

from __future__ import annotations

import gc
import math
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import simpy

from sim.capacity.absence import SickLeave, draw_spells, ill_days, team_without_ill
from sim.capacity.calendar import Calendar
from sim.capacity.calls import Caller
from sim.capacity.courses import EPISODE_BLOCKS, Courses
from sim.capacity.double_booking import DoubleBookings
from sim.capacity.held import held_slots
from sim.capacity.history import ENDED, LEFT, Absence, Course, History
from sim.capacity.model import Model
from sim.capacity.requests import draw_requests
from sim.capacity.slot import Slot
from sim.capacity.visit_length import VisitTimes
from sim.capacity.visits import Desk, Visits
from sim.capacity.walk_in import Place, WaitingRoom
from sim.capacity.week import DAYS, WEEK_MINUTES
from sim.scenario.clinic import DAY_MINUTES
from sim.study.at_work import worked

Process = Generator[simpy.Event, Any, None]


@contextmanager
def _no_search_for_circles() -> Iterator[None]:
    """Spare Python searching the appointments of a year, again and again, for objects that only hold each other."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Replication:
    """A clinic in one possible year: its calendar or waiting room, its patients and what has happened so far."""

    def __init__(self, model: Model, number: int) -> None:
        clinic = model.clinic
        self.model, self.number = model, number
        self.environment = simpy.Environment()
        self.history = History(clinic.weeks * WEEK_MINUTES)
        self.desk = self._desk()
        self.visits = self._by_appointment
        spells = draw_spells(model, number)
        for worker, days in enumerate(ill_days(spells, len(model.team)) if spells else ()):
            self.history.absences += [Absence(worker, day) for day in sorted(days) if day < clinic.weeks * DAYS]
        self.sick_leave = SickLeave(self.desk, spells) if spells else None
        self.times = VisitTimes(model) if model.is_timed else None
        if clinic.booking.form == "walk_in":
            self.sick_leave = None
            present = team_without_ill(model.team, spells)
            overtime = model.most_overtime_minutes
            self.queue = WaitingRoom(self.environment, present, model.rooms, clinic.weeks, overtime)
            self.visits = self._walk_in
        self._requests = draw_requests(clinic.arrivals, clinic.weeks, model.scenario.seed, number)
        self._patients: dict[int, int] = {}
        for one in self._requests:
            self._patients[one.block] = max(self._patients.get(one.block, 0), one.patient + 1)
        self._courses: dict[int, Courses] = {}

    def run(self) -> History:
        """Run to the end of the weeks and return what happened."""
        self.environment.process(self._arrivals())
        if self.sick_leave is not None:
            self.environment.process(self.sick_leave.begin())
        with _no_search_for_circles():
            for week in range(1, self.model.clinic.weeks + 1):
                self.environment.run(until=week * WEEK_MINUTES)
                worked()
        return self.history

    def _desk(self) -> Desk:
        """Return the front desk with its appointment book, as the scenario has them."""
        model, booking = self.model, self.model.clinic.booking
        held = None if booking.held is None else held_slots(model.team, booking.held)
        share, slot = float(booking.overbooked or 0.0), booking.slot_minutes
        double = DoubleBookings(model.team, share, slot) if model.overbooks else None
        calendar = Calendar(model.team, model.rooms, slot, held, double)
        calls = booking.calls
        caller = Caller(self.environment, calendar, calls) if calls is not None and calls.most else None
        return Desk(model, self.environment, calendar, self.history, caller)

    def courses(self, block: int) -> Courses:
        """Return the courses of a block of patients."""
        if block not in self._courses:
            model, patients = self.model, self._patients[block % EPISODE_BLOCKS]
            self._courses[block] = Courses(model.study, model.rules, self.number, block, patients)
        return self._courses[block]

    def _arrivals(self) -> Process:
        model, environment = self.model, self.environment
        for one in self._requests:
            yield environment.timeout(one.minute - environment.now)
            environment.process(self._patient(one.block, one.patient, model.arm_of(one.fate)))

    def _patient(self, block: int, patient: int, arm: int) -> Process:
        """Follow a patient through courses, one after another as long as the patient comes back."""
        returns = self.model.clinic.returns
        episode = 0
        while True:
            courses = self.courses(block + episode * EPISODE_BLOCKS)
            profile = int(courses.cohort.profile[patient])
            course = Course(self.environment.now, block, patient, episode, arm, profile=profile)
            self.history.courses.append(course)
            yield from self.visits(courses, course, len(self.history.courses) - 1)
            if course.stands not in (ENDED, LEFT) or not math.isfinite(course.ended):
                return
            chance, late = courses.back[:, patient].tolist()
            if not chance < float(returns.share):
                return
            asked, last = (int(minute // DAY_MINUTES) for minute in (course.asked, self.history.minutes))
            lost = courses.relief_lost(patient, last - asked)
            if lost is None:
                return
            # At the time of day of the first request: when the last visit was depends on the visits of others.
            back = course.asked + (lost + late * float(returns.delay)) * DAY_MINUTES
            if back >= self.history.minutes:
                return
            yield self.environment.timeout(max(back - self.environment.now, 0.0))
            episode += 1

    def _by_appointment(self, courses: Courses, course: Course, number: int) -> Process:
        """Book and make the visits of a course."""
        environment = self.environment
        visits = Visits(self.desk, courses, course, number)
        if self.sick_leave is not None:
            self.sick_leave.follow(number, visits)
        while True:
            slot = visits.next_slot()
            if slot is None:
                visits.give_up()
                break
            try:
                begun = yield from self._waited_for(visits, slot)
            except simpy.Interrupt:  # the practitioner has fallen ill
                continue
            if begun is None:
                visits.withdraw()
                continue
            # Attending goes on to the next visit; how long this one takes is asked of it before.
            planned, visit = (visits.minutes(visits.at), visits.visit) if self.times is not None else (0.0, 0)
            appointment, came = visits.attend(begun)
            if came and self.times is not None:
                now, patient = environment.now, course.patient
                yield environment.timeout(self.times.begin(now, appointment, planned, courses, patient, visit))
            elif came:
                yield environment.timeout(begun.minutes)
            if visits.is_over:
                visits.finish()
                break
        if self.sick_leave is not None:
            self.sick_leave.forget(number)

    def _waited_for(self, visits: Visits, slot: Slot) -> Generator[simpy.Event, Any, Slot | None]:
        """Wait for an appointment; return it or the earlier one into which the patient was called, None if the patient
        cancels it in time.
        """
        until = slot.start if self.model.clinic.cancellation is None else visits.stands_until(slot)
        if self.desk.caller is None:
            yield self.environment.timeout(max(until - self.environment.now, 0.0))
        elif (moved := (yield from self.desk.caller.wait(visits, slot, until))) is not None:
            return moved
        return slot if until >= slot.start else None

    def _walk_in(self, courses: Courses, course: Course, number: int) -> Process:
        """Come when a visit is due, and wait for somebody to be free."""
        model, environment = self.model, self.environment
        visits = Visits(self.desk, courses, course, number)
        while True:
            came_at = environment.now
            minutes, skills = visits.minutes(visits.at), visits.skills(visits.at)
            turn = self.queue.join(skills, minutes, visits.rank)
            if model.clinic.booking.visit_length == "exponential":
                minutes *= float(courses.lengths[visits.visit, course.patient])
            if visits.bears is None:
                yield turn
            else:
                yield turn | environment.timeout(visits.bears * DAY_MINUTES)
                if not turn.triggered:
                    self.queue.leave(skills, turn)
                    visits.give_up()
                    return
            place = cast(Place, turn.value)
            # On calendars times are whole minutes; people who walk in come and take any part of one.
            slot = Slot(environment.now, minutes, place.worker, place.room)  # type: ignore[arg-type]
            visits.write(slot, came_at)
            appointment, came = visits.attend(slot)
            if came:
                yield environment.timeout(minutes)
            else:
                appointment.minutes = 0.0  # nobody waits for those who do not walk in
            self.queue.release(place)
            if visits.is_over:
                visits.finish()
                return
            due = came_at + (visits.due - int(came_at // DAY_MINUTES) + visits.asked_day) * DAY_MINUTES
            yield environment.timeout(max(due - environment.now, 0.0))
