"""What the tables of a clinic and their columns are, for the workbook."""

from __future__ import annotations

TABLES: dict[str, tuple[str, str]] = {
    "weekly": ("Weeks", "The clinic week by week."),
    "waits": ("Waits", "How many wait no longer than so many days."),
    "groups": ("Groups", "Waits by treatment and by kind of patient, and missed visits by the days booked ahead."),
    "calendar": ("Calendar", "When the clinic is busy: a mean week, hour by hour."),
    "practitioners": ("Practitioners", "What each practitioner does in a mean week, one number a row."),
    "months": ("Months", "The year by month: people, visits and money, one number a row."),
    "neighbours": ("One more, one fewer", "The clinic with one practitioner or room more or fewer, one number a row."),
    "replications": ("Replications", "The clinic simulated again and again with other luck, one time a row."),
}
"""Sheets by table: their names, and what they hold."""

COLUMNS: dict[str, str] = {
    "practitioners": "How many practitioners work.",
    "treatment": "What patients get.",
    "minus": "The treatment that it is compared with.",
    "measure": "What is counted in the clinic.",
    "week": "Number of the week.",
    "practitioner": "Who it is.",
    "group": "The entry of the scenario that the practitioner belongs to.",
    "month": "Number of the month in its year, 1 to 12.",
    "month_name": "What the month is called.",
    "change": "What there is one more or fewer of; none: the clinic as it is.",
    "rooms": "How many rooms there are.",
    "is_run": "Whether it was simulated; rooms that are never short change their own cost only.",
    "is_counted": "Whether the clinic had filled by then, so that the week counts.",
    "mean": "Mean of the replications.",
    "p05": "One in twenty replications is below.",
    "p95": "One in twenty replications is above.",
    "days": "Days of waiting.",
    "share": "Share of those who ask who wait at most so long.",
    "weekday": "Day of the week.",
    "hour": "Hour of the day, from 0.",
    "minutes_booked": "Minutes booked in that hour, all practitioners together.",
    "minutes_on_duty": "Minutes on duty in that hour.",
    "replication": "Number of the replication.",
}
"""Columns by name."""

IN_TABLES: dict[tuple[str, str], str] = {
    ("months", "year"): "Year of the simulation, from 1.",
    ("months", "days"): "Days of the month that were simulated.",
    ("months", "is_counted"): "Whether the clinic had filled before the month began.",
    ("groups", "kind"): "What the groups differ in: the treatment, the profile, or the days from booking to visit.",
    ("groups", "group"): "The arm, the profile, or the class of days.",
}
"""Columns that mean something of their own in a table."""
