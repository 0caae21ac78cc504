"""What is measured in a clinic: names, units, labels and definitions."""

from __future__ import annotations

from sim.capacity.booking_catalogue import BOOKING_MEASURES, booking_measures
from sim.capacity.measure import Measure
from sim.scenario.clinic import Clinic
from sim.units import CURRENCY, DAYS, HOURS, PATIENTS, POINTS, SHARE, VISITS

MEASURES = (
    Measure(
        "wait_mean_days", DAYS, "Wait for the first visit, mean", "Days from asking to the first appointment.", "low"
    ),
    Measure("wait_p50_days", DAYS, "Wait for the first visit, median", "Half of those who ask wait no longer.", "low"),
    Measure("wait_p90_days", DAYS, "Wait for the first visit, 9 in 10", "Nine in ten who ask wait no longer.", "low"),
    Measure(
        "wait_within",
        SHARE,
        "First visit soon enough",
        "Share of those who ask whose first visit is within the goal.",
        "high",
    ),
    Measure(
        "gave_up_per_week",
        PATIENTS,
        "Gone before the first visit, a week",
        "People who ask and find the first free date too late.",
        "low",
    ),
    Measure(
        "on_time",
        SHARE,
        "Later visits on time",
        "Share of later visits no more than the allowed days past their due date.",
        "high",
    ),
    Measure(
        "late_mean_days",
        DAYS,
        "Later visits past due, mean",
        "Days from the due date to the appointment, weekends among them.",
        "low",
    ),
    Measure(
        "left_waiting",
        SHARE,
        "Courses broken off by waiting",
        "Share of courses that end because the next date is too late.",
        "low",
    ),
    Measure(
        "utilisation",
        SHARE,
        "Practitioners' time booked",
        "Minutes of appointments, missed ones and what goes beyond them among them, of minutes on duty.",
    ),
    Measure("treating", SHARE, "Practitioners' time with patients", "Minutes of kept appointments of minutes on duty."),
    Measure(
        "room_use",
        SHARE,
        "Rooms in use",
        "Minutes of appointments of minutes that rooms are open: while anybody is on duty.",
    ),
    Measure(
        "waiting",
        PATIENTS,
        "Patients waiting for a first visit",
        "Mean number of those with an appointment to come, or in the queue.",
    ),
    Measure("in_care", PATIENTS, "Patients in care", "Mean number of patients between first visit and end of course."),
    Measure("requests_per_week", PATIENTS, "People who ask, a week", "New patients and those who come back."),
    Measure("patients_per_week", PATIENTS, "Courses begun, a week", "First appointments, missed ones among them."),
    Measure("visits_per_week", VISITS, "Visits, a week", "Appointments kept.", "high"),
    Measure("missed_per_week", VISITS, "Missed appointments, a week", "Not attended, or cancelled too late.", "low"),
    Measure(
        "relieved_per_week",
        PATIENTS,
        "Relieved, a week",
        "Courses ended, of patients in relief on day 42 after asking.",
        "high",
    ),
    Measure(
        "lasting_per_week",
        PATIENTS,
        "Lastingly relieved, a week",
        "Courses ended, of patients whose relief began within 42 days of asking and was not lost until day 133.",
        "high",
    ),
    Measure(
        "relief",
        SHARE,
        "Relieved, of all courses",
        "Share of courses ended whose patients are in relief on day 42 after asking.",
        "high",
    ),
    Measure(
        "lasting_relief",
        SHARE,
        "Lastingly relieved, of all courses",
        "Share of courses ended whose patients' relief began within 42 days of asking and was not lost until day 133.",
        "high",
    ),
    Measure(
        "pain_reduction",
        POINTS,
        "Pain reduction",
        "Reported pain when asking minus at the end of the course.",
        "high",
    ),
    Measure("satisfied", SHARE, "Satisfied", "Share of courses that end with a satisfied patient.", "high"),
    Measure("hours_per_week", HOURS, "Practitioner hours, a week", "Hours on duty."),
    Measure(
        "revenue_per_week", CURRENCY, "Revenue, a week", "Prices of visits kept, and fees for missed ones.", "high"
    ),
    Measure(
        "cost_per_week",
        CURRENCY,
        "Cost, a week",
        "Wages, rooms, supplies, reminders and overhead.",
        "low",
    ),
    Measure("margin_per_week", CURRENCY, "Margin, a week", "Revenue minus cost.", "high"),
    Measure(
        "cost_per_lasting", CURRENCY, "Cost per lasting relief", "Cost for each lastingly relieved patient.", "low"
    ),
    Measure(
        "margin_per_lasting",
        CURRENCY,
        "Margin per lasting relief",
        "Margin for each lastingly relieved patient.",
        "high",
    ),
)
ABSENCE_MEASURES = (
    Measure(
        "absent_hours_per_week", HOURS, "Hours absent, a week", "Hours of the rosters lost to closing days, leave and "
        "illness.",
    ),
    Measure(
        "moved_per_week", VISITS, "Appointments moved, a week",
        "Appointments given up because the practitioner fell ill.", "low",
    ),
)  # fmt: skip
"""Measures that are shown where absences or illness make them differ from nothing."""
MEASURE = {one.name: one for one in (*MEASURES, *ABSENCE_MEASURES, *BOOKING_MEASURES)}
RATIOS = {
    "cost_per_lasting": ("cost_per_week", "lasting_per_week"),
    "margin_per_lasting": ("margin_per_week", "lasting_per_week"),
}
"""Measures that are ratios of two others, taken over all replications together."""


def absence_measures(clinic: Clinic) -> tuple[Measure, ...]:
    """Return the measures of absence that a clinic has a reason to look at."""
    team = clinic.practitioners.values()
    is_ill = any(one.illness is not None and float(one.illness.spells_per_year) > 0 for one in team)
    is_away = is_ill or bool(clinic.closed) or any(one.leave for one in team)
    absent, moved = ABSENCE_MEASURES
    return (*((absent,) if is_away else ()), *((moved,) if is_ill and clinic.booking.form == "appointments" else ()))


def measures_of(clinic: Clinic) -> tuple[Measure, ...]:
    """Return the measures of a clinic: those of all, and those of what it has beyond."""
    return (*MEASURES, *absence_measures(clinic), *booking_measures(clinic))
