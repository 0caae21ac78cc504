"""The visits of one course: which is next, when it is due, what it needs, and the appointments made for it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Container
from dataclasses import dataclass
from typing import NamedTuple

import simpy

from sim.capacity.calendar import Calendar, Slot
from sim.capacity.courses import ATTEMPTS, Courses, Path
from sim.capacity.history import (
    CANCELLED,
    ENDED,
    GAVE_UP,
    IN_CARE,
    KEPT,
    LATE_CANCELLED,
    LEFT,
    MOVED,
    NO_SHOW,
    Appointment,
    Course,
    History,
)
from sim.capacity.model import Model
from sim.quantities import DISCHARGED, DROPPED_OUT
from sim.scenario.clinic import DAY_MINUTES


@dataclass(frozen=True)
class Desk:
    """The front desk: the clinic, its clock, its appointment book and what has happened so far."""

    model: Model
    environment: simpy.Environment
    calendar: Calendar
    history: History


class _Booked(NamedTuple):
    """A slot booked for a visit, and the day of the course on which it lies."""

    slot: Slot
    visit: int
    day: int


class Visits:
    """The visits of one course: which is next, when it is due, what it needs, and the appointments made for it.

    Days of the course are whole, and counted from the day on which the patient asked.
    """

    def __init__(self, desk: Desk, courses: Courses, course: Course, number: int) -> None:
        self._of, self._model = desk, desk.model
        self._courses, self._course, self._number = courses, course, number
        index = courses.pathway_of(course.patient, self._model.arms[course.arm])
        self.path: Path = self._model.pathways.by_arm[self._model.arms[course.arm]][index]
        self.asked_day = int(course.asked // DAY_MINUTES)
        self.visit, self.at, self.due = 0, 0, 0
        self.is_over = False
        self.is_expected = False
        self._made: deque[_Booked] = deque()
        self._attended = 0
        self._tried = 0
        self._missed_in_a_row = 0
        self._last = -1
        self._seen: set[str] = set()
        mean = self._model.clinic.patience
        self._bears = None if mean is None else float(mean) * float(courses.patience[course.patient])
        self._written: dict[Slot, Appointment] = {}

    def skills(self, step: int, visit: int | None = None) -> frozenset[str]:
        """Return the skills that a visit asks for, the next one if none is named."""
        return self.path.skills[step][self.visit if visit is None else visit]

    def minutes(self, step: int, visit: int | None = None) -> float:
        """Return the planned minutes of a visit, the next one if none is named."""
        visit = self.visit if visit is None else visit
        return self.path.minutes[step][visit] + (self._model.extra_minutes if visit == 0 else 0.0)

    def next_slot(self) -> Slot | None:
        """Return the appointment for the next visit, booking it and those to be booked ahead; None if it is too far off
        for the patient.

        An appointment that was booked ahead and is now too far off is given back for the first one that is free. One
        that would be too far off is not booked ahead: it is asked for when the visit is next.
        """
        step, calendar, now = self.at, self._of.calendar, self._of.environment.now
        made = self._made
        self.is_expected = True
        if made and (not self._fits(made[0].slot) or self._is_too_late(made[0].slot, self.due)):
            self._cancel_all()
        if not made:
            slot = self._book(step, self.visit, self.due)
            self.write(slot, now)
            if self._is_too_late(slot, self.due):
                calendar.cancel(slot)
                self._written.pop(slot)
                self._of.history.appointments.pop()
                return None
            made.append(_Booked(slot, self.visit, self._day_of(slot, self.due)))
        ahead = self._model.clinic.booking.ahead
        while len(made) < ahead and made[-1].visit + 1 < self.path.visits[step]:
            visit = made[-1].visit + 1
            due = made[-1].day + self._gap(step, visit)
            slot = self._book(step, visit, due)
            if self._is_too_late(slot, due):
                calendar.cancel(slot)
                break
            self.write(slot, now, visit, due)
            made.append(_Booked(slot, visit, self._day_of(slot, due)))
        return made[0].slot

    def write(self, slot: Slot, made: float, visit: int | None = None, due: int | None = None) -> None:
        """Write an appointment into the history; the first one of a course says how long the patient waits."""
        course, visit = self._course, self.visit if visit is None else visit
        is_first = not self._tried and visit == 0
        late = math.nan if is_first else self._late(slot, self.due if due is None else due)
        appointment = Appointment(self._number, slot.start, slot.minutes, slot.worker, slot.room, made, late, visit)
        self._of.history.appointments.append(appointment)
        self._written[slot] = appointment
        if is_first:
            course.wait = (slot.start - course.asked) / DAY_MINUTES

    def attend(self, slot: Slot) -> tuple[Appointment, bool]:
        """Let the appointment take place, or be missed; say what it was and whether the patient came."""
        model, courses, patient = self._model, self._courses, self._course.patient
        self.is_expected = False
        if self._made:
            self._made.popleft()
        appointment = self._written.pop(slot)
        appointment.visit = self.visit
        if self._tried:
            appointment.late_days = self._late(slot, self.due)
        day = self._day_of(slot, self.due)
        step, visit = self.at, self.visit
        if self._course.stands != IN_CARE:
            self._course.stands, self._course.began = IN_CARE, slot.start
        if model.clinic.missed.then == "rebooked":
            luck = float(courses.attempts[self._tried % ATTEMPTS, patient])
            came = luck >= model.missed
        else:
            luck = float(courses.luck.attendance[visit, patient]) if model.missed > 0 else 1.0
            came = luck >= model.missed
        self._tried += 1
        appointment.became = KEPT if came else NO_SHOW if luck < model.no_show else LATE_CANCELLED
        self._missed_in_a_row = 0 if came else self._missed_in_a_row + 1
        if came:
            self._pay(appointment, step, visit)
            self._last = slot.worker
            self._attended += 1
        else:
            appointment.pays = model.missed_fee
        if came or model.clinic.missed.then == "lost":
            following = courses.visit(patient, self.path, visit, day)
            if following is None:
                self.is_over = True
            else:
                gap = self._gap(following, visit + 1)
                self.visit, self.at, self.due = visit + 1, following, day + gap
        elif self._missed_in_a_row == model.clinic.missed.discharge_after:
            self.is_over = True
            if visit:
                courses.leave(patient, DISCHARGED)
        else:
            self.due = day + 1
            # What was booked for the visits to come now serves one visit earlier.
            self._made = deque(one._replace(visit=one.visit - 1) for one in self._made)
        return appointment, came

    def call_off(self, worker: int, days: Container[int]) -> Slot | None:
        """Give back what is booked with a practitioner on days, and all after it; return the first, None if none is."""
        made = list(self._made)
        at = next((i for i, one in enumerate(made) if one.slot.worker == worker and one.slot.day in days), None)
        if at is None:
            return None
        for one in made[at:]:
            self._made.pop()
            self._of.calendar.cancel(one.slot)
            is_moved = one.slot.worker == worker and one.slot.day in days
            self._written.pop(one.slot).became = MOVED if is_moved else CANCELLED
        return made[at].slot

    def give_up(self) -> None:
        """Leave because the next appointment is too far off."""
        if self._course.stands == IN_CARE and self.visit:
            self._courses.leave(self._course.patient, DROPPED_OUT)
            self._note_ending(LEFT)
        elif self._course.stands == IN_CARE:
            self._course.stands, self._course.ended = LEFT, self._of.environment.now  # never seen, so not relieved
        else:
            self._course.stands = GAVE_UP
        self._cancel_all()

    def finish(self) -> None:
        """End the course and give back what was booked ahead."""
        self._cancel_all()
        if not self._attended and self._model.clinic.missed.then == "rebooked":
            self._course.stands, self._course.ended = ENDED, self._of.environment.now  # never seen, so not relieved
            return
        self._note_ending(ENDED)

    def _note_ending(self, stands: int) -> None:
        course, now = self._course, self._of.environment.now
        ending = self._courses.finish(course.patient, self.path, int(now // DAY_MINUTES) - self.asked_day)
        course.stands, course.ended = stands, now
        course.relieved, course.lasting = ending.relieved, ending.lasting
        course.satisfied, course.pain_reduction = ending.satisfied, ending.pain_reduction

    def _pay(self, appointment: Appointment, step: int, visit: int) -> None:
        price = self.path.price[step][visit]
        if new := self.path.skills[step][visit] - self._seen:
            for name in sorted(new):
                price += self._model.first_visit_price[name]
            self._seen |= new
        appointment.pays = price * self._model.price_factor

    def _gap(self, step: int, visit: int) -> int:
        days = self.path.days[step]
        return days[visit] - days[visit - 1]

    def _day_of(self, slot: Slot, due: int) -> int:
        """Return the day of the course on which an appointment lies: the due day and whole days of delay."""
        return due + self._late(slot, due)

    def _late(self, slot: Slot, due: int) -> int:
        """Return by how many days an appointment is past its due date."""
        late = int(slot.start // DAY_MINUTES) - self.asked_day - due
        return late if late > 0 else 0

    def _is_too_late(self, slot: Slot, due: int) -> bool:
        """Tell whether an appointment is further beyond its due date than the patient would wait."""
        if self._bears is None:
            return False
        return slot.start // DAY_MINUTES > self.asked_day + due + self._bears

    def _book(self, step: int, visit: int, due: int) -> Slot:
        return self._of.calendar.book(
            self._of.environment.now, self.asked_day + due, self.minutes(step, visit),
            self.skills(step, visit), self._last,
        )  # fmt: skip

    def _fits(self, slot: Slot) -> bool:
        """Tell whether what was booked ahead still serves the visit that is next."""
        calendar, step = self._of.calendar, self.at
        return (
            slot.minutes >= calendar.slots(self.minutes(step)) * self._model.clinic.booking.slot_minutes
            and self.skills(step) <= self._model.team[slot.worker].skills
            and slot.start // DAY_MINUTES - self.asked_day >= self.due
        )

    def _cancel_all(self) -> None:
        for slot, _, _ in self._made:
            self._of.calendar.cancel(slot)
            self._written.pop(slot).became = CANCELLED
        self._made.clear()
