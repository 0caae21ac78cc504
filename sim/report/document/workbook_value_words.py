"""What the tables of an assessment of value hold, beyond what they share with other analyses."""

from __future__ import annotations

TABLES: dict[str, tuple[str, str]] = {
    "reference": ("Against the reference", "What each strategy costs and gains more than the reference."),
    "reference_curves": ("Reference by price", "What each strategy is worth more than the reference at each price."),
    "by_effect": ("By other effects", "Each strategy and the steps along the frontier, by another effect."),
    "by_input": ("Along inputs", "How far each strategy is ahead of the preferred one, along each input."),
    "draws_inputs": ("Inputs of draws", "The inputs of one draw a row; of a kind of structure, the place of the form."),
}

COLUMNS: dict[str, str] = {
    "reference": "The strategy that it is held against.",
    "probability_better": "Share of the draws in which it is worth more than the reference; ties count half.",
    "share_costs_more_gains_more": "Share of draws in which it costs more and gains more than the reference.",
    "share_costs_less_gains_more": "Share of draws in which it costs less and gains more.",
    "share_costs_less_gains_less": "Share of draws in which it costs less and gains less.",
    "share_costs_more_gains_less": "Share of draws in which it costs more and gains less.",
    "share_no_difference": "Share of draws in which it neither costs nor gains anything else.",
    "by_effect": "The effect.",
    "explained": "Share of the variance of differences in net benefit that the regression explains.",
    "misfit": "How much more a second estimator finds where the regression does not fit; it is in the error.",
    "net_benefit_ahead": "By how much its net benefit is above that of the preferred strategy.",
    "net_benefit_ahead_error": "Error of that.",
}
"""Columns by name, where no other analysis has one of that name."""

IN_TABLES: dict[tuple[str, str], str] = {
    ("reference", "place"): "What it costs and gains on average, against the reference.",
    ("reference", "icer"): "What one unit of effect more costs, or one unit less saves; empty where neither is so.",
    ("reference", "net_benefit"): "By how much its net benefit is above that of the reference.",
    ("reference_curves", "net_benefit"): "By how much its net benefit is above that of the reference.",
    ("by_effect", "place"): "Whether it is on the efficient frontier, or what it is dominated by.",
    ("evppi", "kind"): "Whether it is a single input, a group of inputs, or all of them.",
    ("by_input", "input"): "Path of the input in the scenario file, or its name.",
    ("by_input", "value"): "Value of the input.",
}
