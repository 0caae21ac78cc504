"""What the tables of a virtual trial hold, beyond what they share with other analyses."""

from __future__ import annotations

TABLES: dict[str, tuple[str, str]] = {
    "power": ("Power", "What trials of each size find: one number of one comparison and size a row."),
    "needed": ("Patients needed", "How many patients in the arm a chance to succeed takes."),
    "spread": ("Spread", "How patients of the trials scatter, one number of an arm a row."),
    "estimates": ("Estimates of trials", "The share of trials by the difference that they find."),
    "published": ("Published spread", "How far patients of published trials scatter, beside the model's there."),
}

COLUMNS: dict[str, str] = {
    "analysis": "ancova: means at the same first reading; difference: of means or shares; follow_up: of reported pain "
                "alone; odds_ratio: its logarithm.",
    "patients_reference": "Patients in the reference.",
    "model_sd": "The model's spread between patients in the same arm and on the same day, in points.",
    "times_the_patients": "How many times the patients a plain comparison would take with the published spread.",
}  # fmt: skip
"""Columns by name, where no other analysis has one of that name."""

IN_TABLES: dict[tuple[str, str], str] = {
    ("power", "statistic"): "power: share of trials that succeed; assurance: the same over draws of the inputs; "
                            "significantly_worse: trials that find the arm worse; formula_power: the textbook's; "
                            "interval_width: mean width; coverage: intervals that hold the true difference; "
                            "exaggeration: mean estimate of trials that succeed, over the true difference; "
                            "not_analysed; type_one_error: the reference against itself.",
    ("needed", "power"): "The chance to succeed.",
    ("needed", "by"): "At the stated inputs (power), over the doubt in them (assurance), or by the formula.",
    ("needed", "where"): "found among the sizes; fewer than the least, more than the largest; never enough.",
    ("spread", "arm"): "What patients get; a difference names both arms.",
    ("spread", "statistic"): "mean, sd and correlation_with_first_reading of the outcome; first_reading; reading_sd "
                             "and correlation_of_readings: of pain on the day; true_difference.",
    ("estimates", "from"): "Lower end of the differences counted.",
    ("estimates", "to"): "Upper end of the differences counted.",
    ("estimates", "share"): "Share of the trials.",
    ("published", "ratio"): "Published spread over the model's.",
    **{(table, "patients"): words for table, words in (
        ("power", "Patients in the arm."), ("needed", "Patients in the arm; empty where they were not found."),
        ("estimates", "Patients in the arm."), ("published", "Patients behind the published number."),
    )},
}  # fmt: skip
