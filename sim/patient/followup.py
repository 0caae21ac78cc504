"""After and between visits: loss of utility along the exact path of pain, relapse and satisfaction."""

from __future__ import annotations

import math

from sim.patient.compiled import kernel

DAY_42 = 0
HORIZON = 1
"""Rows of the decay table that every arm reads: exp(-t / tau) on day 42 and on the horizon."""


@kernel
def knot_above(knots, pain):  # type: ignore[no-untyped-def]
    """Return the index of the interval of the utility table that holds a pain, counted from 0."""
    k = len(knots) - 2
    while k > 0 and pain <= knots[k]:
        k -= 1
    return k


@kernel
def fall(level, transient, tau, remaining, decayed, days, knot, knots, slopes, intercepts, free_knot):  # type: ignore[no-untyped-def]
    """Integrate along `level + transient * exp(-t / tau)` while exp(-t / tau) goes from `remaining` to `decayed`.

    Utility loss is linear between knots, so the integral over each stretch is in closed form; stretches end where
    pain crosses a knot. Returns (loss in days, days with little pain, knot at the end).
    """
    loss = 0.0
    free_days = 0.0
    at = remaining
    left = days
    lowest = level + transient * decayed
    while knot > 0 and lowest < knots[knot]:
        crossing = (knots[knot] - level) / transient
        stretch = min(tau * math.log(at / crossing), left) if crossing < at else 0.0
        if stretch > 0.0:
            integral = level * stretch + transient * tau * (at - crossing)
            loss += slopes[knot] * integral + intercepts[knot] * stretch
            if knot < free_knot:
                free_days += stretch
            left -= stretch
            at = crossing
        knot -= 1
    integral = level * left + transient * tau * (at - decayed)
    loss += slopes[knot] * integral + intercepts[knot] * left
    if knot < free_knot:
        free_days += left
    return loss, free_days, knot


@kernel
def steady(pain, days, knots, slopes, intercepts, free_knot):  # type: ignore[no-untyped-def]
    """Return (loss in days, days with little pain) of constant pain."""
    knot = knot_above(knots, pain)
    loss = (slopes[knot] * pain + intercepts[knot]) * days
    return loss, days if knot < free_knot else 0.0


@kernel
def satisfaction_threshold(threshold, given):  # type: ignore[no-untyped-def]
    """Return the visit-weighted mean of the modalities' thresholds; without needling, their plain mean."""
    total = 0.0
    weight = 0
    for m in range(len(given)):
        total += threshold[m] * given[m]
        weight += given[m]
    return total / weight if weight > 0 else threshold.sum() / len(threshold)


@kernel
def relapse_scale(scale, given, without_needling, weighted):  # type: ignore[no-untyped-def]
    """Return the Weibull scale in days for the modalities given: the best of theirs, or their visit-weighted mean."""
    best = 0.0
    total = 0.0
    weight = 0
    for m in range(len(given)):
        if given[m] > 0:
            best = max(best, scale[m])
            total += scale[m] * given[m]
            weight += given[m]
    if weight == 0:
        return without_needling
    return total / weight if weighted else best


# fmt: off
@kernel
def after_course(  # type: ignore[no-untyped-def]
    baseline, level, transient, tau, pain, now, remaining, relapse_day, back_after,
    decay_day42, decay_horizon, horizon, rebound, held, knot, knots, slopes, intercepts, free_knot,
):
    """Follow a patient from the end of the course to the horizon.

    Until a relapse pain goes on as `level + transient * exp(-t / tau)`, or is held; a relapse takes it `rebound` of
    the way back to baseline, where it stays, or for `back_after` days only if a booster course follows.
    Returns (utility-loss days, days with little pain, pain on day 42 if the course has ended by then).
    """
    if held:
        level = pain
        transient = 0.0
    until = min(relapse_day, horizon)
    decayed = math.exp(-until / tau) if until < horizon else decay_horizon
    loss, free_days, _ = fall(
        level, transient, tau, remaining, decayed, until - now, knot, knots, slopes, intercepts, free_knot
    )
    before = level + transient * decayed
    after = before + rebound * (baseline - before)
    back = min(until + back_after, horizon)
    if until < horizon:
        step_loss, step_free = steady(after, back - until, knots, slopes, intercepts, free_knot)
        loss += step_loss
        free_days += step_free
        step_loss, step_free = steady(before, horizon - back, knots, slopes, intercepts, free_knot)
        loss += step_loss
        free_days += step_free
    pain_day42 = level + transient * decay_day42
    if relapse_day <= 42.0:
        pain_day42 = after if back > 42.0 else before
    return loss, free_days, pain_day42
