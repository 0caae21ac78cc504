"""What the tables of a clinic hold, beyond what they share with other analyses."""

from __future__ import annotations

TABLES: dict[str, tuple[str, str]] = {
    "groups": ("Groups", "Waits by treatment and by kind of patient, and missed visits by the days booked ahead."),
}

IN_TABLES: dict[tuple[str, str], str] = {
    ("groups", "kind"): "What the groups differ in: the treatment, the profile, or the days from booking to visit.",
    ("groups", "group"): "The arm, the profile, or the class of days.",
}
