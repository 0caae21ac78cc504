"""How people book and come: missed visits by wait and person, reminders, held slots, double bookings, calls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from sim.scenario.evidence import Frozen, Minutes, Money, Number, Quantity, Share, assumed
from sim.scenario.protocol import Count

Ratio = Annotated[Quantity, Number("times the share missed", ge=0, le=20)]
ByDaysBooked = tuple[tuple[int, str], ...]
LEAD_CLASSES: ByDaysBooked = (
    (0, "same_day"), (1, "days_1_to_3"), (4, "days_4_to_7"), (8, "days_8_to_14"), (15, "from_15_days"),
)  # fmt: skip
"""Classes of the days between booking and visit: the first day of each, and its name."""
REFERENCE_CLASS = "days_1_to_3"
"""The class in which `attendance.no_show` is missed."""


class NoShows(Frozen):
    """How the chance that a visit is missed depends on the days since it was booked, and on the person.

    `attendance.no_show` is the share missed of visits booked 1 to 3 days ahead; the others are so many times as likely
    to be missed. `correlation`: between any two visits of a person, of being missed, where both are booked 1 to 3 days
    ahead. Late cancellations are as likely for everybody who would have come.
    """

    same_day: Ratio = assumed(1, "times the share missed", "Missed if booked on the same day, against 1 to 3")
    days_4_to_7: Ratio = assumed(1, "times the share missed", "Missed if booked 4 to 7 days ahead, against 1 to 3")
    days_8_to_14: Ratio = assumed(1, "times the share missed", "Missed if booked 8 to 14 days ahead, against 1 to 3")
    from_15_days: Ratio = assumed(1, "times the share missed", "Missed if booked 15 days ahead or more, against 1 to 3")
    correlation: Annotated[Quantity, Number("correlation", ge=0, le=0.95)] = assumed(
        0, "correlation", "Correlation of missed visits within a person"
    )

    def ratio(self, name: str) -> float:
        """Return how many times as likely visits of a class are missed as those of the class of reference."""
        return 1.0 if name == REFERENCE_CLASS else float(getattr(self, name))


class Reminders(Frozen):
    """A reminder of every visit that is booked long enough ahead.

    `no_show_ratio`: the share missed with a reminder, as a ratio to that without; `days_before`: how many days before
    the visit it is sent, and visits booked later than that get none.
    """

    no_show_ratio: Annotated[Quantity, Number("times the share missed", ge=0)] = Field(
        title="Missed with a reminder, against without"
    )
    days_before: Annotated[Count, Field(ge=0, le=60)] = 1
    cost_each: Money = assumed(0, "currency", "Cost of a reminder")

    @field_validator("no_show_ratio")
    @classmethod
    def _helps(cls, ratio: Quantity) -> Quantity:
        if float(ratio) > 1:
            raise PydanticCustomError(
                "reminders", "must be at most 1: a reminder does not make people miss more visits"
            )
        return ratio


class Cancellation(Frozen):
    """Appointments that are cancelled in time for somebody else, and booked again for a later day.

    `share`: of appointments for the next visit, booked further ahead than the notice; `notice_days`: how long before
    the visit they are cancelled, with what is booked for visits after it.
    """

    share: Annotated[Quantity, Number("share", ge=0, lt=1)] = assumed(0, "share", "Appointments cancelled in time")
    notice_days: Annotated[Quantity, Number("days", gt=0, le=365)] = assumed(
        3, "days", "Notice with which appointments are cancelled"
    )


class Held(Frozen):
    """Slots held for first visits: the last `share` of each practitioner's day, until `release_days` before it.

    `kept_for`: all first visits, or only those of the profiles that `priority` names.
    """

    share: Annotated[Quantity, Number("share", ge=0, lt=1)] = Field(title="Share of each day held for first visits")
    release_days: Annotated[Count, Field(ge=0, le=60)] = 1
    kept_for: Literal["first_visits", "priority"] = "first_visits"


class Calls(Frozen):
    """Calls into freed slots: who is booked for a later day is asked to come earlier.

    At most `most` people are called for a slot, first those of the profiles that `priority` names, then who asked
    first; `reached`: the share of them who can come; `notice_hours`: how long before the slot they must be called.
    """

    most: Annotated[Count, Field(ge=0, le=50)] = Field(default=0, title="People called for a freed slot, at most")
    reached: Share = assumed(0.5, "share", "People called for a freed slot who can come")
    notice_hours: Annotated[Quantity, Number("hours", ge=0, le=720)] = assumed(
        24, "hours", "Notice of a freed slot that people need"
    )


class Overtime(Frozen):
    """Time beyond the hours of duty: what it costs, and how much of it a walk-in clinic accepts.

    `most_minutes`: a walk-in visit is begun only if it is planned to end at most so many minutes after duty does;
    `wage_factor`: what an hour of overtime costs, in hours of duty.
    """

    most_minutes: Minutes = assumed(0, "minutes", "Overtime for which a walk-in visit is still begun, at most")
    wage_factor: Annotated[Quantity, Number("times the wage", ge=0, le=10)] = assumed(
        1, "times the wage", "Wage for an hour of overtime, against one on duty"
    )


def of_appointments(given: Any, form: str | None) -> Any:
    """Return what was given of bookings; raises PydanticCustomError where a clinic has none."""
    if given is not None and form == "walk_in":
        raise PydanticCustomError("booking", "is for appointments; a walk-in clinic books none")
    return given
