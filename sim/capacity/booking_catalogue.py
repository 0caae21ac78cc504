"""What is measured of how people book and come; listed where the clinic has what makes it differ."""

from __future__ import annotations

from sim.capacity.measure import Measure
from sim.scenario.clinic import Clinic
from sim.units import CURRENCY, HOURS, MINUTES, SHARE, VISITS

NO_SHOW_SHARE = Measure(
    "no_show_share", SHARE, "Missed without notice", "Share of appointments, late cancellations among them.", "low"
)
REMINDERS = Measure(
    "reminders_per_week", VISITS, "Reminders, a week", "Appointments booked early enough to be reminded of."
)
DOUBLE_BOOKED = Measure(
    "double_booked_per_week", VISITS, "Visits in slots booked twice, a week", "Both appointments, kept or missed."
)
DELAY = Measure(
    "delay_mean_minutes",
    MINUTES,
    "Wait beyond the appointed time, mean",
    "Minutes from the appointed time to the visit, of visits kept: slots are booked twice, or visits take longer.",
    "low",
)
WITHDRAWN_IN_TIME = Measure(
    "cancelled_per_week", VISITS, "Appointments cancelled in time, a week", "By patients, of the weeks they were for."
)
CALLED = Measure(
    "called_per_week", VISITS, "Appointments moved up by a call, a week", "Into freed slots, by the day of the call."
)
OVERTIME = Measure(
    "overtime_hours_per_week", HOURS, "Overtime, a week", "Hours with patients beyond the hours of duty.", "low"
)
OVERTIME_COST = Measure("overtime_cost_per_week", CURRENCY, "Cost of overtime, a week", "Part of the cost.", "low")
ANOTHER_DAY = Measure(
    "another_day_per_week",
    VISITS,
    "Visits that waited for another day, a week",
    "People who walked in and were seen on a later day, as their visit no longer fitted before the doors closed.",
    "low",
)
BOOKING_MEASURES = (
    NO_SHOW_SHARE,
    REMINDERS,
    DOUBLE_BOOKED,
    DELAY,
    WITHDRAWN_IN_TIME,
    CALLED,
    OVERTIME,
    OVERTIME_COST,
    ANOTHER_DAY,
)


def booking_measures(clinic: Clinic) -> tuple[Measure, ...]:
    """Return the measures of booking and coming that a clinic has a reason to look at."""
    booking = clinic.booking
    overbooks = booking.overbooked is not None
    is_delayed = overbooks or float(clinic.visit_spread) > 0
    walks_in = booking.form == "walk_in"
    wanted = {
        NO_SHOW_SHARE: overbooks or clinic.no_shows is not None or clinic.reminders is not None,
        REMINDERS: clinic.reminders is not None,
        DOUBLE_BOOKED: overbooks,
        DELAY: is_delayed,
        WITHDRAWN_IN_TIME: clinic.cancellation is not None,
        CALLED: booking.calls is not None,
        OVERTIME: is_delayed or walks_in,
        OVERTIME_COST: is_delayed or walks_in,
        ANOTHER_DAY: walks_in,
    }
    return tuple(one for one in BOOKING_MEASURES if wanted[one])
