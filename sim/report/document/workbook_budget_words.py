"""What the tables of a budget and of check lists hold, beyond what they share with other analyses."""

from __future__ import annotations

TABLES: dict[str, tuple[str, str]] = {
    "budget": ("Budget", "Every measure by year and arm, now, after the change, and the change."),
    "cases": ("One-way scenarios", "Every measure over all years with one thing stated otherwise."),
    "checklist": ("Check list", "Every item of a reporting standard, and what answers it."),
}

COLUMNS: dict[str, str] = {
    "mix": "now: as it is; after: after the change; change: after less now.",
    "draws_lower": "Lower end of the 95 % of draws of the inputs, simulation noise taken out.",
    "draws_upper": "Upper end of the 95 % of draws of the inputs, simulation noise taken out.",
    "case": "Name of the one-way scenario.",
    "settings": "What it sets, as after --set.",
    "beyond_base": "How much more than in the scenario as it is.",
    "standard": "The reporting standard.",
    "item": "Number of the item there.",
    "asks": "What it asks for, in short.",
    "state": "answered, in part, or open.",
    "answer": "What answers it; what nobody has stated is open.",
}
"""Columns by name, where no other analysis has one of that name."""

IN_TABLES: dict[tuple[str, str], str] = {
    ("budget", "arm"): "What patients get; (change): the costs of the change itself; all: everything together.",
    ("budget", "year"): "The year; all years: their sum, or mean for practitioners and rooms; later: what falls after.",
    ("budget", "measure"): "What is counted; the report says what each is.",
    ("budget", "draws_mean"): "Mean over draws of the inputs.",
    ("cases", "measure"): "What is counted; the report says what each is.",
    ("checklist", "section"): "Section of the standard.",
}
