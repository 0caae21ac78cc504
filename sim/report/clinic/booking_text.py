"""How people book and come, in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.capacity.assess import Assessment
from sim.capacity.booking_catalogue import booking_measures
from sim.capacity.groups import Group
from sim.capacity.model import Model
from sim.estimate.estimate import Estimate
from sim.report.clinic.group_tables import by_group
from sim.report.clinic.words import days_words, plain, plain_of
from sim.units import GAP

LEAST = 0.05
"""Fewer than this a week are not worth a sentence."""
FEW_HOURS = 2.0
"""Hours below which minutes are told."""


def booking_sentences(found: Assessment) -> Iterator[str]:
    """Yield what is worth saying of missed visits, reminders, second bookings, calls, priority and overtime."""
    clinic, runs = found.model.clinic, found.base
    listed = {one.name for one in booking_measures(clinic)}
    if not listed and not clinic.booking.priority:
        return
    groups = by_group(found)
    if clinic.no_shows is not None or clinic.reminders is not None:
        yield from _missed(found, groups)
    if clinic.reminders is not None:
        reminders = runs.estimate("reminders_per_week")
        cost = reminders.estimate * float(clinic.reminders.cost_each)
        price = runs.estimate("cost_per_week").unit
        yield f"{plain(reminders)} reminders are sent a week, for {price.plain(cost)}."
    yield from _delays(found, listed)
    if "cancelled_per_week" in listed:
        yield f"{plain_of(runs, 'cancelled_per_week')} appointments a week are cancelled in time and booked again."
    if "called_per_week" in listed:
        yield f"{plain_of(runs, 'called_per_week')} appointments a week are moved up by a call into a freed slot."
    if clinic.booking.priority:
        yield from _by_profile(found, groups)
    if "another_day_per_week" in listed and (late := runs.estimate("another_day_per_week")).estimate > LEAST:
        yield f"{plain(late)} visits a week wait for another day, as they no longer fit before the doors close."
    if "overtime_hours_per_week" in listed and (over := runs.estimate("overtime_hours_per_week")).estimate > LEAST:
        paid = runs.estimate("overtime_cost_per_week")
        costs = f", which costs {plain(paid)}" if paid.estimate > 0 else ""
        yield f"Practitioners work {_hours(over.estimate)} of overtime a week{costs}."


def _delays(found: Assessment, listed: set[str]) -> Iterator[str]:
    """Yield how long people wait beyond the appointed time, and why."""
    if "delay_mean_minutes" not in listed:
        return
    varies = "visits vary in length" if float(found.model.clinic.visit_spread) > 0 else ""
    delay = found.base.estimate("delay_mean_minutes")
    waits = f"whoever is seen waits {delay.estimate:.1f}{GAP}minutes beyond the appointed time on average"
    if found.model.overbooks and found.base.estimate("double_booked_per_week").estimate > LEAST:
        twice = f"{plain_of(found.base, 'double_booked_per_week')} visits a week are in slots that are booked twice"
        yield f"{twice}{f', and {varies}' if varies else ''}; {waits}."
    elif varies:
        yield f"{varies.capitalize()}; {waits}."


def _hours(hours: float) -> str:
    """Return hours with their unit, in minutes if they are few."""
    return f"{hours:.1f}{GAP}hours" if hours >= FEW_HOURS else f"{60 * hours:.0f}{GAP}minutes"


def booking_methods(model: Model) -> Iterator[str]:
    """Yield how what a clinic has of bookings is simulated."""
    clinic, booking = model.clinic, model.clinic.booking
    if clinic.no_shows is not None:
        yield (
            "The share missed (attendance.no_show) is that of visits booked 1 to 3 days ahead. Whether a visit is "
            "missed goes by a normal number of which a part is the person's own (a Gaussian copula): shares by days "
            "ahead hold, and any two visits of a person booked 1 to 3 days ahead are correlated as given."
        )
    if clinic.reminders is not None:
        yield "A reminder multiplies everybody's chance to miss the visit by the same ratio."
    if booking.held is not None:
        yield "Slots at the end of each practitioner's day are held for first visits until they are released."
    if model.overbooks:
        yield (
            "On a full day a slot may be booked twice, as far as the share of the day allows. Who comes while "
            "practitioner or room are taken waits; what lies beyond duty is overtime. No minute counts twice in shares "
            "of time."
        )
    if booking.calls is not None:
        yield (
            "Slots given back are offered to those booked for a later day, whose visit is due, by priority and then by "
            "who asked first; slots that they give up are offered in turn."
        )
    if booking.form == "walk_in":
        yield (
            "A visit is begun only if it is planned to end on duty, or within the overtime that is accepted. Who waits "
            "when the doors close keeps the place in the queue."
        )


def _missed(found: Assessment, groups: dict[Group, dict[str, Estimate]]) -> Iterator[str]:
    """Yield how many visits are missed: of all, and where it depends on the days, of the first and last class."""
    share = found.base.estimate("no_show_share")
    if math.isnan(share.estimate):
        return
    booked = [
        (group, of["no_show_share"])
        for group, of in groups.items()
        if group.kind == "booked" and of["appointments_per_week"].estimate > LEAST
    ]
    if found.model.clinic.no_shows is None or len(booked) < 2:
        yield f"{plain(share)} of visits are missed without notice."
        return
    (first, few), (last, many) = booked[0], booked[-1]
    yield (
        f"{plain(share)} of visits are missed without notice: {plain(few)} of those booked {_ahead(first)}, "
        f"{plain(many)} of those booked {_ahead(last)}."
    )


def _ahead(group: Group) -> str:
    return "for the same day" if group.name == "same_day" else f"{group.label} ahead"


def _by_profile(found: Assessment, groups: dict[Group, dict[str, Estimate]]) -> Iterator[str]:
    """Yield how long each kind of patient waits, those with priority first."""
    waits = {group: of["wait_mean_days"] for group, of in groups.items() if group.kind == "profile"}
    order = found.model.clinic.booking.priority
    known = [(group, wait) for group, wait in waits.items() if math.isfinite(wait.estimate)]
    known.sort(key=lambda one: order.index(one[0].name) if one[0].name in order else len(order))
    if known:
        said = ", ".join(f"{group.label.lower()} {days_words(wait.estimate)}" for group, wait in known)
        yield f"Mean waits for the first visit: {said}."
