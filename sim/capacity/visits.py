"""The visits of one course: which is next, when it is due, what it needs, and the appointments made for it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Container
from dataclasses import dataclass
from typing import NamedTuple

import simpy

from sim.capacity.attendance import Attendance
from sim.capacity.calendar import Calendar
from sim.capacity.calls import Caller
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
    WITHDRAWN,
    Appointment,
    Course,
    History,
)
from sim.capacity.model import Model
from sim.capacity.slot import Slot
from sim.quantities import DISCHARGED, DROPPED_OUT
from sim.scenario.clinic import DAY_MINUTES


@dataclass(frozen=True)
class Desk:
    """The front desk: the clinic, its clock, its appointment book, what has happened so far, and who calls people."""

    model: Model
    environment: simpy.Environment
    calendar: Calendar
    history: History
    caller: Caller | None = None


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
        self._courses, self._course, self.number = courses, course, number
        self.rank = self._model.rank_of(course.profile)
        self._are_slots_held = self.rank < self._model.ranks_entitled
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
        self.bears = None if mean is None else float(mean) * float(courses.patience[course.patient])
        self._written: dict[Slot, Appointment] = {}
        self._called = 0
        self._asked_whether = 0

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
        appointment = Appointment(self.number, slot.start, slot.minutes, slot.worker, slot.room, made, late, visit)
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
        else:
            luck = float(courses.luck.attendance[visit, patient]) if model.missed > 0 else 1.0
        no_show, missed = model.no_show, model.missed
        if model.attendance is not None:
            no_show, missed = self._chances(model.attendance, appointment)
        came = luck >= missed
        if model.attendance is not None and model.missed > 0:
            courses.decide_attendance(patient, visit, came)
        self._tried += 1
        appointment.became = KEPT if came else NO_SHOW if luck < no_show else LATE_CANCELLED
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

    def _chances(self, attendance: Attendance, appointment: Appointment) -> tuple[float, float]:
        """Return the chance that an appointment is missed without notice, and in any way."""
        days_ahead = int(appointment.start // DAY_MINUTES) - int(appointment.made // DAY_MINUTES)
        return attendance.chances(days_ahead, float(self._courses.proneness[self._course.patient]))

    @property
    def booked(self) -> Slot:
        """The appointment for the next visit."""
        return self._made[0].slot

    def stands_until(self, slot: Slot) -> float:
        """Return when an appointment begins, or is cancelled if the patient does so in time."""
        cancellation, now = self._model.clinic.cancellation, self._of.environment.now
        if cancellation is None:
            return slot.start
        until = slot.start - float(cancellation.notice_days) * DAY_MINUTES
        if until <= now:
            return slot.start
        luck = float(self._courses.withdrawals[self._asked_whether % ATTEMPTS, self._course.patient])
        self._asked_whether += 1
        return until if luck < float(cancellation.share) else slot.start

    def withdraw(self) -> None:
        """Cancel the appointment for the next visit, which is then due on a later day, and those after it."""
        booked = self._made[0]
        appointment = self._written[booked.slot]
        self._cancel_all()
        appointment.became = WITHDRAWN
        self.due = booked.slot.day - self.asked_day + 1

    def wants(self, slot: Slot, by: Slot) -> bool:
        """Tell whether a slot would do for the visit that is booked for `by`, and is on an earlier day."""
        calendar = self._of.calendar
        return (
            self.asked_day + self.due <= slot.day < by.day
            and self.skills(self.at) <= self._model.team[slot.worker].skills
            and self.minutes(self.at) <= slot.minutes
            and (self._is_entitled(self.visit) or not calendar.is_withheld(self._of.environment.now, slot))
        )

    def can_come(self, share: float) -> bool:
        """Tell whether the patient, called for a freed slot, can come, which a share can."""
        luck = float(self._courses.calls[self._called % ATTEMPTS, self._course.patient])
        self._called += 1
        return luck < share

    def move_to(self, slot: Slot) -> Slot:
        """Move the next visit into a slot that is free; return the one given up."""
        calendar, given_up = self._of.calendar, self._made[0].slot
        slot = calendar.take(slot, self.minutes(self.at))
        calendar.cancel(given_up)
        self._written.pop(given_up).became = CANCELLED
        self._made[0] = _Booked(slot, self.visit, self._day_of(slot, self.due))
        self.write(slot, self._of.environment.now)
        self._written[slot].is_called = True
        return given_up

    def call_off(self, worker: int, days: Container[int]) -> Slot | None:
        """Give back what is booked with a practitioner on days, and all after it; return the first, None if none is.

        What is given back with others or for other days is free for those who may be called.
        """
        made = list(self._made)
        at = next((i for i, one in enumerate(made) if one.slot.worker == worker and one.slot.day in days), None)
        if at is None:
            return None
        freed = []
        for one in made[at:]:
            self._made.pop()
            self._of.calendar.cancel(one.slot)
            is_moved = one.slot.worker == worker and one.slot.day in days
            self._written.pop(one.slot).became = MOVED if is_moved else CANCELLED
            if not is_moved:
                freed.append(one.slot)
        if self._of.caller is not None:
            self._of.caller.offer(freed)
        return made[at].slot

    def give_up(self) -> None:
        """Leave because the next appointment is too far off, or the wait in the waiting room too long."""
        if self._course.stands == IN_CARE and self.visit:
            self._courses.leave(self._course.patient, DROPPED_OUT)
            self._note_ending(LEFT)
        elif self._course.stands == IN_CARE:
            self._course.stands, self._course.ended = LEFT, self._of.environment.now  # never seen, so not relieved
        else:
            self._course.stands = GAVE_UP
            if math.isnan(self._course.wait):  # nobody offered a date: the time in the waiting room
                self._course.ended = self._of.environment.now
                self._course.wait = (self._course.ended - self._course.asked) / DAY_MINUTES
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
        if self.bears is None:
            return False
        return slot.start // DAY_MINUTES > self.asked_day + due + self.bears

    def _book(self, step: int, visit: int, due: int) -> Slot:
        return self._of.calendar.book(
            self._of.environment.now, self.asked_day + due, self.minutes(step, visit),
            self.skills(step, visit), self._last, self._is_entitled(visit),
        )  # fmt: skip

    def _is_entitled(self, visit: int) -> bool:
        """Tell whether slots are held for a visit."""
        return visit == 0 and self._are_slots_held

    def _fits(self, slot: Slot) -> bool:
        """Tell whether what was booked ahead still serves the visit that is next."""
        calendar, step = self._of.calendar, self.at
        return (
            slot.minutes >= calendar.slots(self.minutes(step)) * self._model.clinic.booking.slot_minutes
            and self.skills(step) <= self._model.team[slot.worker].skills
            and slot.start // DAY_MINUTES - self.asked_day >= self.due
            and slot.start >= self._of.environment.now
        )

    def _cancel_all(self) -> None:
        for slot, _, _ in self._made:
            self._of.calendar.cancel(slot)
            self._written.pop(slot).became = CANCELLED
        if self._of.caller is not None:
            self._of.caller.offer(one.slot for one in self._made)
        self._made.clear()
