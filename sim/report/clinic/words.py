"""The measures of a clinic in words: numbers with their errors, and what a clinic is made of."""

from __future__ import annotations

import math

from sim.capacity.assess import Assessment
from sim.capacity.catalogue import MEASURE
from sim.capacity.model import Model
from sim.capacity.replicate import Replications
from sim.capacity.target import Target
from sim.estimate.estimate import Estimate
from sim.units import DAYS, GAP, HOURS, SHARE, UNDEFINED

SMALLEST_DAYS = 0.01
"""Errors of waits below this are not written out: nobody plans in seconds."""


def number(found: Estimate) -> str:
    """Return an estimate with its simulation error."""
    if math.isnan(found.estimate):
        return UNDEFINED
    written = found.unit.with_error(found.estimate, found.mc_error)
    if found.unit == DAYS and 0 < found.mc_error < SMALLEST_DAYS:
        return f"{written.split('±')[0]}±{GAP}<{GAP}{SMALLEST_DAYS}"
    return written


def wait(runs: Replications, name: str) -> str:
    """Return a wait with its unit: in hours if it is less than a day."""
    return days_words(runs.estimate(name).estimate)


def within(runs: Replications, name: str) -> str:
    """Return the time within which somebody is seen, as `within 3 hours`."""
    return "within the hour" if 24 * runs.estimate(name).estimate <= 1 else f"within {wait(runs, name)}"


def days_words(days: float) -> str:
    """Return days with their unit: in hours if they are less than one.

    >>> [days_words(days).replace(GAP, " ") for days in (0.01, 0.05, 0.4, 1.04)]
    ['less than an hour', '1 hour', '10 hours', '1.0 days']
    """
    if days >= 1:
        return f"{days:.1f}{GAP}days"
    hours = HOURS.plain(float(round(24 * days)))
    return "less than an hour" if hours == "0" else f"{hours}{GAP}hour{'' if hours == '1' else 's'}"


def whole_days(days: float) -> str:
    """Return a number of days as the scenario has it, as `7 days`.

    >>> whole_days(1.0), whole_days(2.5)
    ('1 day', '2.5 days')
    """
    return f"{days:g} day{'' if days == 1 else 's'}"


def interval(found: Estimate) -> str:
    """Return a 95 % interval."""
    if math.isnan(found.lower):
        return UNDEFINED
    low, high = (found.unit.number(v, found.mc_error, bare=True) for v in (found.lower, found.upper))
    return f"{low} to {high}"


def of(runs: Replications, name: str) -> str:
    """Return a measure with its simulation error."""
    return number(runs.estimate(name))


def signed(found: Estimate) -> str:
    """Return a difference with its sign and simulation error."""
    if math.isnan(found.estimate):
        return UNDEFINED
    value = found.unit.number(found.estimate, found.mc_error, signed=True, bare=True)
    return f"{value} ± {found.unit.error(found.estimate, found.mc_error)}"


def plain(found: Estimate) -> str:
    """Return an estimate with as many digits as a person can use."""
    return UNDEFINED if math.isnan(found.estimate) else found.unit.plain(found.estimate)


def plain_of(runs: Replications, name: str) -> str:
    """Return a measure without its error."""
    return plain(runs.estimate(name))


def people(count: int) -> str:
    """Return a number of practitioners."""
    return f"{count} practitioner" if count == 1 else f"{count} practitioners"


def per_week(model: Model) -> str:
    """Return how many new patients ask, as `25 new patients a week`."""
    count = float(model.clinic.arrivals.per_week)
    return f"{count:g} new patient{'' if count == 1 else 's'} a week"


def rooms(count: int) -> str:
    """Return a number of rooms."""
    return f"{count} room" if count == 1 else f"{count} rooms"


def target_words(target: Target) -> str:
    """Return a target as a sentence would have it."""
    measure = MEASURE[target.measure]
    relation = "at most" if target.at_most else "at least"
    value = measure.unit.in_words(measure.unit.number(target.value))
    return f"{measure.label[0].lower()}{measure.label[1:]}: {relation} {value}"


def skills_words(model: Model, skills: frozenset[str]) -> str:
    """Return skills as people name them."""
    names = [model.scenario.modality_label(name).lower() for name in skills]
    return " and ".join(sorted(names)) or "reviews"


def treatment_words(found: Assessment) -> str:
    """Return who gets what."""
    model = found.model
    before, shares = 0.0, []
    for arm, edge in zip(model.arms, model.edges, strict=True):
        shares.append((model.scenario.arm_label(arm), edge - before))
        before = edge
    if len(shares) == 1:
        return shares[0][0]
    return ", ".join(f"{label} {SHARE.number(share)}" for label, share in shares)
