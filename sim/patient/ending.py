"""How the courses of all patients end, side by side: relapse, what follows until the horizon, and every outcome."""

from __future__ import annotations

import numpy as np

from sim.patient import outcomes as o
from sim.patient.compiled import kernel
from sim.patient.elementary import exp
from sim.patient.followup import days_to_relapse, reading
from sim.patient.natural import DAY_42
from sim.patient.room import copy, fill
from sim.patient.utility import YEARS_PER_DAY, piece_of


@kernel
def follow_up(log_scale, visits, now, since, cohort, rules, room):  # type: ignore[no-untyped-def]
    """Find when the relieved relapse, and natural pain at that time or at the horizon."""
    pain, late, relapse_in, log_exponential = room.pain, room.late, room.relapse_in, cohort.log_exponential
    log_hazard_ratio, reference_pain, power = rules.log_hazard_ratio, rules.reference_pain, 1.0 / rules.relapse_shape
    for i in range(len(pain)):
        relapse_in[i] = days_to_relapse(log_scale, log_exponential[i], pain[i], log_hazard_ratio, reference_pain, power)
    for i in range(len(pain)):
        relapse_in[i] = relapse_in[i] if late[i] < visits else np.inf
    until, days, end, end_area = room.until, room.days, room.end, room.end_area
    horizon, rate, plateau, transient, drift = (
        rules.horizon, cohort.rate, cohort.plateau, cohort.transient, cohort.drift,
    )  # fmt: skip
    for i in range(len(pain)):
        until[i] = min(now + relapse_in[i], horizon)
    for i in range(len(pain)):
        days[i] = until[i] - since
    for i in range(len(pain)):
        end[i] = exp(until[i] * rate[i])
    for i in range(len(pain)):
        end_area[i] = plateau[i] * until[i] + drift[i] * end[i]
    for i in range(len(pain)):
        end[i] = plateau[i] + transient[i] * end[i]


@kernel
def write_outcomes(visits, visit_days, now, cost, minutes, threshold, cohort, natural, rules, room, out):  # type: ignore[no-untyped-def]
    """Write down everything but adverse events."""
    late, pain, relapse_in = room.late, room.pain, room.relapse_in
    _steady_after_relapse(cohort.baseline, rules.rebound, rules.horizon, rules.utility, room)
    _pain_on_day_42(now, natural.pain[DAY_42], room, out[o.PAIN_REDUCTION_DAY42])
    _drop(cohort.baseline_reading, cohort.day42_noise, out[o.PAIN_REDUCTION_DAY42])
    reduction = out[o.PAIN_REDUCTION]
    copy(pain, reduction)
    _drop(cohort.baseline_reading, cohort.end_noise, reduction)
    sore, bruised, satisfied, penalty = (
        out[o.SORENESS], out[o.BRUISING], out[o.SATISFIED], rules.adverse_event_penalty,
    )  # fmt: skip
    for i in range(len(pain)):
        felt = reduction[i] - penalty if sore[i] + bruised[i] > 0.0 else reduction[i]
        satisfied[i] = 1.0 if felt >= threshold else 0.0
    relief, relapsed, lasting = out[o.RELIEF], out[o.RELAPSE_TREATED], out[o.LASTING_RELIEF]
    for i in range(len(pain)):
        relief[i] = 1.0 if late[i] < visits else 0.0
    for i in range(len(pain)):
        relapsed[i] = 1.0 if relapse_in[i] <= o.THREE_MONTHS else 0.0
    for i in range(len(pain)):
        lasting[i] = relief[i] - relapsed[i]
    fill(visits, out[o.VISITS])
    fill(minutes, out[o.MINUTES])
    fill(cost, out[o.COST])
    copy(pain, out[o.PAIN_END])
    fill(now, out[o.COURSE_END])
    copy(relapse_in, out[o.DAYS_TO_RELAPSE])
    fill(o.COMPLETED, out[o.ENDED_BY])
    free, free_above, free_days = room.free, room.free_above, out[o.PAIN_FREE_DAYS]
    for i in range(len(pain)):
        free_days[i] = free[i] + free_above[i]
    loss, loss_above, qaly, horizon = room.loss, room.loss_above, out[o.QALY], rules.horizon
    for i in range(len(pain)):
        qaly[i] = (horizon - (loss[i] + loss_above[i])) * YEARS_PER_DAY
    to_relief, days_to_relief = out[o.VISITS_TO_RELIEF], out[o.DAYS_TO_RELIEF]
    for i in range(len(pain)):
        to_relief[i] = late[i] + 1.0 if late[i] < visits else np.inf
    for i in range(len(pain)):
        days_to_relief[i] = visit_days[min(int(late[i]), visits - 1)] + 1.0 if late[i] < visits else np.inf


@kernel
def _steady_after_relapse(baseline, rebound, horizon, utility, room):  # type: ignore[no-untyped-def]
    """Add what constant pain costs between a relapse and the horizon: nothing, where there is no time between."""
    left, end, until, days, after, piece = room.left, room.end, room.until, room.days, room.after, room.at_end
    for i in range(len(left)):
        before = left[i] * end[i]
        after[i] = before + rebound * (baseline[i] - before)
    for i in range(len(left)):
        days[i] = horizon - until[i]
    for i in range(len(left)):
        piece[i] = piece_of(after[i])
    little, free, loss, slope, intercept = utility.little, room.free, room.loss, utility.slope, utility.intercept
    for i in range(len(left)):
        free[i] += days[i] if after[i] <= little else 0.0
    for i in range(len(left)):
        k = np.uint32(piece[i])
        loss[i] += (slope[k] * after[i] + intercept[k]) * days[i]


@kernel
def _pain_on_day_42(now, natural_pain, room, pain):  # type: ignore[no-untyped-def]
    if now > 42.0:
        felt_pain(room.left_day42, natural_pain, pain)
        return
    after, relapse_in = room.after, room.relapse_in
    felt_pain(room.left, natural_pain, pain)
    for i in range(len(pain)):
        pain[i] = after[i] if now + relapse_in[i] <= 42.0 else pain[i]


@kernel
def _drop(first_reading, noise, pain):  # type: ignore[no-untyped-def]
    """Turn pain into the drop of reported pain since the first visit."""
    for i in range(len(pain)):
        pain[i] = first_reading[i] - reading(pain[i], noise[i])


@kernel
def felt_pain(left, natural_pain, pain):  # type: ignore[no-untyped-def]
    """Fill in the share of natural pain that is felt."""
    for i in range(len(pain)):
        pain[i] = left[i] * natural_pain[i]
