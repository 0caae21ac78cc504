"""Names and numbers of a virtual trial as people read them."""

from __future__ import annotations

import math

from sim.decision.virtual_trial.assess import AtSize, Comparison, VirtualTrial
from sim.decision.virtual_trial.design import Design
from sim.estimate.estimate import Estimate
from sim.plain_text import plain_text
from sim.report.words.numbers import format_count
from sim.scenario.schema import Scenario
from sim.units import GAP, MINUS, UNDEFINED

SEEN = 0.0005
"""Errors of shares below this are nothing with one decimal of a per cent."""
ANALYSES = {
    "ancova": "analysis of covariance",
    "difference": "difference",
    "follow_up": "difference of reported pain, without the first reading",
    "odds_ratio": "odds ratio",
}
TESTS = {
    ("ancova", False): "Analysis of covariance: the difference of means at the same first reading, by least squares "
    "with one slope for both groups; Student's t.",
    ("difference", False): "Difference of means: Welch's t.",
    ("follow_up", False): "Difference of mean reported pain on the day, whatever the first reading was: Welch's t.",
    ("difference", True): "Difference of shares: Pearson's chi-squared test without correction, and the interval of "
    "Newcombe (1998).",
    ("odds_ratio", True): "Odds ratio: Woolf's test and interval, a half added to every cell.",
}  # fmt: skip


def arm_label(scenario: Scenario, arm: str) -> str:
    """Return the name of an arm as people read it."""
    return plain_text(scenario.arm_label(arm))


def versus(found: VirtualTrial, one: Comparison) -> str:
    """Return which arms are compared."""
    return f"{arm_label(found.scenario, one.arm)} against {arm_label(found.scenario, found.design.reference)}"


def is_ratio(design: Design, measure: int) -> bool:
    """Whether an odds ratio is looked at, of which estimates hold the logarithm."""
    return design.analyses[measure] == "odds_ratio"


def difference_text(found: VirtualTrial, one: Comparison) -> str:
    """Return the true difference with its error in words, as an odds ratio where that is looked at."""
    difference = one.difference
    if is_ratio(found.design, one.measure):
        return f"an odds ratio of {math.exp(difference.estimate):.2f}"
    return difference.unit.of(found.scenario.costs.currency).difference_in_words(
        difference.estimate, difference.mc_error
    )


def width_text(found: VirtualTrial, one: Comparison, at: AtSize) -> str:
    """Return how wide the interval is on average; of an odds ratio its upper end over its lower one."""
    if is_ratio(found.design, one.measure):
        return f"{math.exp(at.width.estimate):.2f}-fold" if math.isfinite(at.width.estimate) else UNDEFINED
    unit = at.width.unit.of(found.scenario.costs.currency)
    written = unit.with_error(at.width.estimate, at.width.mc_error)
    return unit.in_words(written.replace(f"{GAP}%", f"{GAP}pp"))


def percent(one: Estimate | None) -> str:
    """Return a share in per cent with its Monte Carlo error; a dash where there is none."""
    if one is None or not math.isfinite(one.estimate):
        return UNDEFINED
    digits = 1 if one.mc_error >= SEEN else 2
    return f"{100 * one.estimate:.{digits}f}{GAP}±{GAP}{100 * one.mc_error:.{digits}f}{GAP}%"


def plain_percent(share: float) -> str:
    """Return a share in per cent without its error."""
    if not math.isfinite(share):
        return UNDEFINED
    return f"{100 * share:.1f}{GAP}%" if 0 < share < 0.1 else f"{100 * share:.0f}{GAP}%"


def patients(design: Design, size: int) -> str:
    """Return the size of a trial in words."""
    other = design.in_reference(size)
    if other == size:
        return f"{format_count(size)} patients in each arm"
    return f"{format_count(size)} patients in the arm and {format_count(other)} in the reference"


def signed(value: float) -> str:
    """Return percentage points with their sign."""
    return f"{value:+.0f}".replace("-", MINUS)


def goal(found: VirtualTrial, one: Comparison) -> str:
    """Return what a trial of a comparison succeeds in, after "to"."""
    design, measure = found.design, found.design.measures[one.measure]
    arm, reference = arm_label(found.scenario, one.arm), arm_label(found.scenario, design.reference)
    margin = measure.unit.of(found.scenario.costs.currency).amount(design.margins[one.measure])
    what = {
        "superiority": f"find {arm} better than {reference}",
        "non_inferiority": f"find {arm} no more than {margin} worse than {reference}",
        "superiority_by_margin": f"find {arm} better than {reference} by more than {margin}",
    }[design.hypothesis]
    return f"{what} in {measure.in_sentence}"
