"""A clinic: who asks for treatment, who works when, in how many rooms, how visits are booked, and what it all costs."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from sim.scenario.bookings import Calls, Cancellation, Held, NoShows, Overtime, Reminders, of_appointments
from sim.scenario.evidence import Days, Frozen, Label, Minutes, Money, Number, Quantity, Share
from sim.scenario.evidence import assumed as _assumed
from sim.scenario.left_out import OrNull, without_nulls
from sim.scenario.protocol import Count, Name, Names, as_tuple
from sim.scenario.working_year import DaysOff, Illness, ordered_spans

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
MONTHS = 12

_WEEK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")

Weight = Annotated[float, Field(ge=0, le=1e6)]


def _listed(given: Any) -> Any:
    return as_tuple(given) if isinstance(given, list | tuple) else (given,)


def _spans(given: Any) -> Any:
    return tuple(_span(one) for one in _listed(given))


def _span(given: Any) -> Any:
    """Read `08:00-16:30` as minutes from midnight."""
    found = _HOURS.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        if isinstance(given, tuple):
            return given
        raise PydanticCustomError("hours", "hours are written as 08:00-16:30")
    first, first_minute, last, last_minute = (int(part) for part in found.groups())
    start, end = 60 * first + first_minute, 60 * last + last_minute
    if max(first_minute, last_minute) > 59 or end > DAY_MINUTES:
        raise PydanticCustomError("hours", "hours must lie within a day, 00:00-24:00")
    if start >= end:
        raise PydanticCustomError("hours", "hours must end after they begin, on the same day")
    return start, end


def _as_written(span: tuple[int, int]) -> str:
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span)


_WRITTEN = {"type": "string", "pattern": f"^{_HOURS.pattern}$", "description": "hours of a day, as 08:00-16:30"}
Span = Annotated[
    tuple[int, int],
    BeforeValidator(_span),
    PlainSerializer(_as_written, return_type=str, when_used="json"),
    WithJsonSchema(_WRITTEN),
]
Spans = Annotated[
    tuple[tuple[int, int], ...],
    Field(min_length=1, max_length=8),
    BeforeValidator(_spans),
    PlainSerializer(lambda spans: [_as_written(span) for span in spans], return_type=list[str], when_used="json"),
    WithJsonSchema({"anyOf": [_WRITTEN, {"type": "array", "items": _WRITTEN, "minItems": 1, "maxItems": 8}]}),
]


class Arrivals(Frozen):
    """New patients who ask for treatment: a Poisson process, with the pattern of the week and of the year.

    `by_weekday`: relative numbers from Monday to Sunday; `by_month`: relative numbers of twelve equal parts of the
    year, the first week simulated being the first week of the year; `hours`: when people ask.
    """

    per_week: Annotated[Quantity, Number("new patients a week", ge=0, le=2000)] = Field(title="New patients a week")
    by_weekday: Annotated[tuple[Weight, ...], Field(min_length=7, max_length=7), BeforeValidator(as_tuple)] = (
        1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0,
    )  # fmt: skip
    by_month: (
        Annotated[tuple[Weight, ...], Field(min_length=MONTHS, max_length=MONTHS), BeforeValidator(as_tuple)] | None
    ) = None
    hours: Span = (8 * 60, 18 * 60)

    @model_validator(mode="after")
    def _somebody_comes(self) -> Arrivals:
        for name, pattern in (("by_weekday", self.by_weekday), ("by_month", self.by_month or (1.0,))):
            if not math.fsum(pattern) > 0:
                raise PydanticCustomError("pattern", "`{name}` needs a number above 0", {"name": name})
        return self


def _week(given: Any) -> Any:
    if isinstance(given, dict) and not given:
        raise PydanticCustomError("roster", "a week of a roster needs hours on some day; weeks off are `leave`")
    return given


def _week_name(given: Any) -> Any:
    if not (isinstance(given, str) and _WEEK_NAME.fullmatch(given)):
        raise PydanticCustomError("roster", "weeks of a roster have short names of letters and digits, as A and B")
    return given


WeekName = Annotated[str, BeforeValidator(_week_name)]
Week = Annotated[dict[Weekday, Spans], Field(max_length=7), BeforeValidator(_week)]
"""The hours of a week by weekday."""


class Practitioner(Frozen):
    """People who work alike: what they can give (nothing: reviews only), when they work, and their wage.

    `days` and `hours` are those of every week; a `roster` instead names weeks, which come in turn as `pattern` says
    (in the order in which they are listed). `leave`: days of every year on which they are away; `illness`: how often
    each of them falls ill.
    """

    label: Label = None
    count: Annotated[Count, Field(ge=1, le=500)] = Field(default=1, title="how many")
    skills: Names
    days: Annotated[
        tuple[Weekday, ...], Field(min_length=1, max_length=7), BeforeValidator(lambda given: as_tuple(_listed(given)))
    ] = ("mon", "tue", "wed", "thu", "fri")
    hours: Spans | None = None
    roster: Annotated[dict[WeekName, Week], Field(min_length=1, max_length=12)] | None = None
    pattern: Annotated[tuple[str, ...], Field(min_length=1, max_length=52), BeforeValidator(_listed)] | None = None
    leave: DaysOff = ()
    illness: Illness | None = None
    wage_per_hour: Money = _assumed(0, "currency", "Wage for an hour on duty")

    @model_validator(mode="after")
    def _once(self) -> Practitioner:
        if (self.hours is None) == (self.roster is None):
            raise PydanticCustomError("hours", "give `hours` (with `days`), or `roster` with the hours of its weeks")
        ordered_spans(self.hours or ())
        for week in (self.roster or {}).values():
            for spans in week.values():
                ordered_spans(spans)
        if len(set(self.days)) != len(self.days):
            raise PydanticCustomError("days", "the same day appears twice in `days`")
        if self.pattern is not None and self.roster is None:
            raise PydanticCustomError("pattern", "`pattern` gives the turn of the weeks of a `roster`")
        for name in self.pattern or ():
            if name not in (self.roster or {}):
                raise PydanticCustomError(
                    "pattern", "`pattern` names the week '{name}', which `roster` does not have", {"name": name}
                )
        return self

    @property
    def weeks(self) -> tuple[tuple[tuple[tuple[int, int], ...], ...], ...]:
        """The hours on duty by week of the roster and weekday, as minutes from midnight."""
        if self.roster is None:
            return (tuple(self.hours or () if day in self.days else () for day in WEEKDAYS),)
        turns = self.pattern or tuple(self.roster)
        return tuple(tuple(ordered_spans(self.roster[name].get(day, ())) for day in WEEKDAYS) for name in turns)


class Missed(Frozen):
    """What follows a missed appointment.

    `lost`: the visit is lost, the next is due as planned (as in the course model); `rebooked`: another appointment is
    made for it, unless the patient has missed `discharge_after` in a row (0: never discharged).
    """

    then: Literal["lost", "rebooked"] = Field(default="lost", title="A visit that is missed")
    discharge_after: Annotated[Count, Field(ge=0, le=10)] = 2


class Booking(Frozen):
    """How visits come about.

    `appointments`: the first free slot on or after the due date, `ahead` visits at a time; `walk_in`: patients come
    when they are due, and wait for whoever is free. `slot_minutes`: appointments begin every so many minutes and fill
    whole slots. `visit_length`: as planned, or exponential around it (walk-in only). `held`: slots held for first
    visits; `overbooked`: the share of each practitioner's day that may be booked twice; `priority`: profiles that are
    served before others, the first of them first; `calls`: who is called into freed slots.
    """

    form: Literal["appointments", "walk_in"] = "appointments"
    ahead: Annotated[Count, Field(ge=1, le=20)] = Field(default=1, title="Visits booked ahead")
    slot_minutes: Literal[5, 10, 15, 20, 30, 60] = 5
    visit_length: Literal["planned", "exponential"] = "planned"
    held: Held | None = None
    overbooked: Share | None = Field(default=None, title="Share of each day that may be booked twice")
    calls: Calls | None = None
    priority: Names = ()

    @field_validator("held", "overbooked", "calls")
    @classmethod
    def _of_appointments(cls, given: Any, info: ValidationInfo) -> Any:
        return of_appointments(given, info.data.get("form"))

    @field_validator("priority")
    @classmethod
    def _decides(cls, priority: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        """Refuse an order of profiles that nothing goes by, and slots that are held for profiles that nobody named."""
        held = info.data.get("held")
        by_priority = held is not None and held.kept_for == "priority"
        if by_priority and not priority:
            raise PydanticCustomError("priority", "`held.kept_for: priority` needs the profiles, in `priority`")
        if priority and info.data.get("form") == "appointments" and not by_priority and info.data.get("calls") is None:
            raise PydanticCustomError(
                "priority",
                "says for whom slots are held (`held.kept_for: priority`) and who is called into freed ones first "
                "(`calls`): with appointments, give one of these",
            )
        return priority

    @model_validator(mode="after")
    def _fits(self) -> Booking:
        if self.visit_length == "exponential" and self.form != "walk_in":
            raise PydanticCustomError(
                "booking", "`visit_length: exponential` is for `form: walk_in`; an appointment has its planned length"
            )
        return self


class Returns(Frozen):
    """Patients who lose their relief after their course: the share that comes back, and how long after it (mean)."""

    share: Share = _assumed(0, "share", "Relapsed patients who come back")
    delay: Annotated[Quantity, Number("days", ge=0, le=3650)] = _assumed(
        7, "days", "Days from the relapse until they ask: mean"
    )


class Finance(Frozen):
    """What the clinic takes and pays beyond wages; the price of a visit is what `costs` says that it costs."""

    price_factor: Annotated[Quantity, Number("times the price", ge=0, le=100)] = _assumed(
        1, "times the price", "Share of the price that is taken"
    )
    missed_visit_fee: Money = _assumed(0, "currency", "Fee for a missed appointment")
    room_per_week: Money = _assumed(0, "currency", "Cost of a room for a week")
    supplies_per_visit: Money = _assumed(0, "currency", "Supplies for a visit")
    overhead_per_week: Money = _assumed(0, "currency", "Other costs of a week")
    absence_pay: Share = _assumed(1, "share", "Share of the wage that is paid on closing days, leave and illness")


class Goals(Frozen):
    """What counts as soon: days to the first visit, and days by which a later visit may be past its due date."""

    first_visit_within: Days = _assumed(7, "days", "Soon enough for a first visit: within")
    visit_late_by: Annotated[Quantity, Number("days", ge=0, le=365)] = _assumed(
        2, "days", "Still on time for a later visit: late by at most"
    )


class Clinic(Frozen):
    """A clinic and the weeks for which it is simulated, the warm-up among them.

    `warm_up`: weeks that are left out, or `auto`: found by MSER-5. `treatment`: the arm that everybody gets, a policy
    perhaps, or the share of patients for each arm. `patience`: how long a patient waits for an appointment beyond the
    day on which it is due before leaving, exponential with this mean; nobody leaves if it is not given. `no_shows`:
    how missed visits depend on wait and person, `reminders`: what makes fewer of them; without, all are alike.
    `cancellation`: what is cancelled in time. `closed`: days of every year on which nobody works. `visit_spread`: sd
    of the time that a visit takes, as a share of its planned minutes (lognormal); what takes longer than its
    appointment makes the next ones begin later.
    """

    weeks: Annotated[Count, Field(ge=2, le=520)] = 52
    warm_up: Literal["auto"] | Annotated[Count, Field(ge=0, le=519)] = "auto"
    replications: Annotated[Count, Field(ge=2, le=10_000)] = 30
    arrivals: Arrivals
    treatment: Annotated[str, Field(min_length=1)] | Annotated[dict[str, Share], Field(min_length=1, max_length=24)] = (
        Field(title="Share of patients who get it")
    )
    practitioners: Annotated[
        dict[Name, Annotated[Practitioner, OrNull()]],
        Field(min_length=1, max_length=50),
        BeforeValidator(without_nulls),
    ]
    closed: DaysOff = ()
    visit_spread: Annotated[Quantity, Number("share of the planned minutes", ge=0, le=2)] = _assumed(
        0, "share of the planned minutes", "How much the length of a visit varies: sd"
    )
    rooms: Annotated[Count, Field(ge=1, le=1000)] = Field(title="Rooms")
    first_visit_extra_minutes: Minutes = _assumed(0, "minutes", "More minutes for the first visit")
    booking: Booking = Booking()
    no_shows: NoShows | None = None
    reminders: Reminders | None = None
    cancellation: Cancellation | None = None
    late_cancellation: Share = _assumed(0, "share", "Appointments cancelled too late for somebody else")
    missed: Missed = Missed()
    patience: Days | None = Field(default=None, title="Days that a patient would wait beyond the due date: mean")
    returns: Annotated[Returns, Field(default_factory=Returns)]
    overtime: Overtime | None = None
    money: Annotated[Finance, Field(default_factory=Finance)]
    goals: Annotated[Goals, Field(default_factory=Goals)]

    @field_validator("no_shows", "reminders", "cancellation")
    @classmethod
    def _of_appointments(cls, given: Any, info: ValidationInfo) -> Any:
        booking = info.data.get("booking")
        return of_appointments(given, booking and booking.form)

    @model_validator(mode="after")
    def _consistent(self) -> Clinic:
        if isinstance(self.warm_up, int) and self.warm_up >= self.weeks:
            raise PydanticCustomError(
                "warm_up",
                "`weeks` ({weeks}) must be more than `warm_up` ({warm_up})",
                {"weeks": self.weeks, "warm_up": self.warm_up},
            )
        if isinstance(self.treatment, dict):
            total = math.fsum(float(share) for share in self.treatment.values())
            if abs(total - 1) > 1e-9:
                raise PydanticCustomError(
                    "treatment",
                    "the shares of `treatment` must sum to 1, they sum to {total}",
                    {"total": f"{total:.6g}"},
                )
        if self.booking.form == "walk_in" and float(self.visit_spread) > 0:
            raise PydanticCustomError(
                "visit_spread", "`visit_spread` is for appointments; walk-in visits can be `visit_length: exponential`"
            )
        return self

    @property
    def states_costs(self) -> bool:
        """Whether anything that the clinic pays is stated: a wage, rooms, supplies, reminders or overhead."""
        paid = [one.wage_per_hour for one in self.practitioners.values()]
        paid += [self.money.room_per_week, self.money.supplies_per_visit, self.money.overhead_per_week]
        paid += [self.reminders.cost_each] if self.reminders is not None else []
        return any(float(one) > 0 for one in paid)

    @property
    def treatments(self) -> dict[str, float]:
        """The share of patients for each arm."""
        if isinstance(self.treatment, str):
            return {self.treatment: 1.0}
        return {arm: float(share) for arm, share in self.treatment.items()}
