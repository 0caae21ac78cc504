"""One patient's course under one arm, visit by visit: the kernel.

The kernel is one plain story per patient, compiled. Run without compilation (NUMBA_DISABLE_JIT=1), the same
lines give the same bits; the tests hold it to that.
"""

from __future__ import annotations

import math

import numpy as np

from sim.patient import outcomes as o
from sim.patient.compiled import kernel, njit
from sim.patient.followup import DAY_42, HORIZON, after_course, fall, knot_above, relapse_scale, satisfaction_threshold
from sim.patient.pathway import ATTENDED, BRUISED, MISSED, RELIEVED, SORE, SWITCHED
from sim.patient.quantiles import interpolate, rank_position


@kernel
def share_left(i, muscular, given, needled, ceiling, dose_reached, context, context_dose, rho):  # type: ignore[no-untyped-def]
    """Return the share of natural pain that treatment leaves after `given` visits by modality, `needled` in all.

    Per component the modalities combine, sorted from strongest, as (1 - f1) * (1 - rho * f2) * ...
    """
    muscular_left = 1.0
    central_left = 1.0
    strongest_muscular = 0.0
    strongest_central = 0.0
    for m in range(len(given)):
        if given[m] > 0:
            dose = dose_reached[m, given[m]]
            effect = ceiling[m, 0, i] * dose
            muscular_left *= max(1.0 - rho * min(effect, strongest_muscular), 0.0)
            strongest_muscular = max(effect, strongest_muscular)
            effect = ceiling[m, 1, i] * dose
            central_left *= max(1.0 - rho * min(effect, strongest_central), 0.0)
            strongest_central = max(effect, strongest_central)
    muscular_left *= 1.0 - strongest_muscular
    central_left *= 1.0 - strongest_central
    shared = 1.0 - context[i] * context_dose[needled]
    return shared * (muscular * muscular_left + (1.0 - muscular) * central_left)


@njit(nogil=True, cache=True)
def simulate_pathway(members, cohort, luck, effects, decay, pathway, rules, soreness_days, out, trace):  # type: ignore[no-untyped-def]
    """Run one pathway for the members of a block, (members,) indices in the order of the block.

    `decay`: exp(-t / tau) on day 42, on the horizon, then on the day after each distinct visit day, (rows, patients).
    Fills `out`, (N_ROWS, patients sorted by profile), and `trace`.
    """
    given = np.zeros(pathway.given.shape[2], np.int64)
    _simulate(members, given, cohort, luck, effects, decay, pathway, rules, soreness_days, out, trace)


@kernel
def _simulate(members, given, cohort, luck, effects, decay, pathway, rules, soreness_days, out, trace):  # type: ignore[no-untyped-def]
    """Run the pathway; `given` has room for a count per modality."""
    # Arrays are taken out of their tuples once: doing so inside the loop costs a reference count each time.
    places, baselines, muscular_shares = cohort.place, cohort.baseline, cohort.muscular
    plateaus, time_constants, first_readings = cohort.plateau, cohort.time_constant, cohort.baseline_reading
    end_noise, day42_noise, relapse_factors = cohort.end_noise, cohort.day42_noise, cohort.relapse_factor
    u_soreness, u_bruising, u_attendance = luck.soreness, luck.bruising, luck.attendance
    u_drop_out, u_booster, z_readings = luck.drop_out, luck.booster, luck.readings
    ceiling, dose, context, context_dose = effects.ceiling, effects.dose, effects.context, effects.context_dose
    thresholds, scales = effects.threshold, effects.scale
    visits_in, days, decay_row, given_at = pathway.visits, pathway.days, pathway.decay, pathway.given
    cost_at, minutes_at, event_risk = pathway.cost, pathway.minutes, pathway.event_risk
    stop_after, step_at, discharge_by = pathway.stop_after, pathway.step_at, pathway.discharge_by
    judged_by_reading, first_visit_cost = pathway.judged_by_reading, rules.first_visit_cost
    knots, slopes, intercepts = rules.knots, rules.utility_slope, rules.utility_intercept
    trace_day, trace_pain, trace_reading = trace.day, trace.pain, trace.reading
    trace_left, trace_event, trace_step = trace.left, trace.event, trace.step
    n_modalities = given_at.shape[2]
    free_knot = rules.pain_free_knot
    traced = trace_pain.shape[0] > 0
    for i in members:
        baseline = baselines[i]
        muscular = muscular_shares[i]
        tau = time_constants[i]
        plateau = baseline * plateaus[i]
        transient = baseline - plateau
        relief_at = baseline - rules.relief_points - rules.relief_share * baseline
        given[:] = 0
        needled = 0
        left = 1.0
        left_day42 = 1.0
        pain = baseline
        now = 0.0
        remaining = 1.0  # exp(-now / tau)
        knot = knot_above(knots, baseline)
        loss = 0.0
        free_days = 0.0
        sore_days = 0.0
        sore_visits = 0
        bruised_visits = 0
        attended = 0
        minutes = 0.0
        cost = 0.0
        relieved = False
        ever_judged_relieved = False
        visits_to_relief = math.inf
        days_to_relief = math.inf
        held_for = 0
        step = 0
        ended_by = o.COMPLETED

        for k in range(days.shape[1]):
            after = days[step, k] + 1.0
            decayed = decay[decay_row[step, k], i]
            step_loss, step_free, knot = fall(
                plateau * left,
                transient * left,
                tau,
                remaining,
                decayed,
                after - now,
                knot,
                knots,
                slopes,
                intercepts,
                free_knot,
            )
            loss += step_loss
            free_days += step_free
            now = after
            remaining = decayed
            event = 0
            comes = rules.no_show == 0.0 or u_attendance[k, i] >= rules.no_show
            if comes:
                event |= ATTENDED
                attended += 1
                cost += cost_at[step, k]
                minutes += minutes_at[step, k]
                dosed = False
                for m in range(n_modalities):
                    if given_at[step, k, m]:
                        if given[m] == 0:
                            cost += first_visit_cost[m]
                        given[m] += 1
                        dosed = True
                if dosed:
                    needled += 1
                    left = share_left(i, muscular, given, needled, ceiling, dose, context, context_dose, rules.rho)
                    risk = event_risk[0, step, k]
                    if risk > 0.0 and u_soreness[k, i] < risk:
                        event |= SORE
                        sore_visits += 1
                        # Given that it happened, u / risk is uniform again and says for how long.
                        sore_days += interpolate(soreness_days, rank_position(u_soreness[k, i] / risk))
                    risk = event_risk[1, step, k]
                    if risk > 0.0 and u_bruising[k, i] < risk:
                        event |= BRUISED
                        bruised_visits += 1
            else:
                event |= MISSED
            pain = (plateau + transient * remaining) * left
            if after <= 42.0:
                left_day42 = left
            while knot > 0 and pain <= knots[knot]:
                knot -= 1
            if not relieved and pain <= relief_at:
                relieved = True
                visits_to_relief = k + 1.0
                days_to_relief = after
            judged_relieved = relieved
            reading = pain
            if judged_by_reading or traced:
                reading = min(max(pain + rules.reading_sd * z_readings[k, i], 0.0), 10.0)
            if judged_by_reading:
                first = first_readings[i]
                judged_relieved = first - reading >= rules.relief_points + rules.relief_share * first
            if traced:
                if relieved:
                    event |= RELIEVED
                if step > 0:
                    event |= SWITCHED
                trace_day[k, i] = days[step, k]
                trace_pain[k, i] = pain
                trace_reading[k, i] = reading
                trace_left[k, i] = left
                trace_event[k, i] = event
                trace_step[k, i] = step
            if comes:
                ever_judged_relieved = ever_judged_relieved or judged_relieved
                held_for = held_for + 1 if judged_relieved else 0
            goes_on = step_at[step] == k + 1 and not ever_judged_relieved
            if k + 1 == visits_in[step] and not goes_on:
                break
            leaving = rules.drop_out
            # Who leaves goes by what the patient feels, not by what the clinic sees.
            leaving += rules.drop_out_if_relieved if relieved else rules.drop_out_if_not_relieved
            if leaving > 0.0 and u_drop_out[k, i] < leaving:
                ended_by = o.DROPPED_OUT
                break
            if comes and stop_after[step] > 0 and held_for >= stop_after[step]:
                ended_by = o.STOPPED
                break
            if comes and discharge_by[step] > 0 and k + 1 >= discharge_by[step] and not ever_judged_relieved:
                ended_by = o.DISCHARGED
                break
            if goes_on:
                step += 1

        adverse = sore_visits > 0 or bruised_visits > 0
        relapse_day = math.inf
        if relieved:
            scale = relapse_scale(scales, given, rules.scale_without_needling, rules.weighted_scale)
            hazard = math.exp(-rules.log_hazard_ratio * (pain - rules.reference_pain) / rules.relapse_shape)
            relapse_day = now + scale * relapse_factors[i] * hazard
        relapsed = relapse_day - now <= o.THREE_MONTHS
        boosted = rules.booster_share > 0.0 and relapsed and u_booster[i] < rules.booster_share
        back_after = rules.booster_days if boosted else math.inf
        if boosted:
            cost += rules.booster_visits * cost_at[step, visits_in[step] - 1]
            minutes += rules.booster_visits * minutes_at[step, visits_in[step] - 1]
        step_loss, step_free, pain_day42 = after_course(
            baseline, plateau * left, transient * left, tau, pain, now, remaining, relapse_day, back_after,
            decay[DAY_42, i], decay[HORIZON, i], rules.horizon, rules.rebound, rules.held,
            knot, knots, slopes, intercepts, free_knot,
        )  # fmt: skip
        loss += step_loss
        free_days += step_free
        if now > 42.0:
            pain_day42 = (plateau + transient * decay[DAY_42, i]) * left_day42
        end_reading = min(max(pain + end_noise[i], 0.0), 10.0)
        day42_reading = min(max(pain_day42 + day42_noise[i], 0.0), 10.0)
        reduction = first_readings[i] - end_reading
        felt = reduction - rules.adverse_event_penalty if adverse else reduction

        at = places[i]
        out[o.PAIN_REDUCTION, at] = reduction
        out[o.PAIN_REDUCTION_DAY42, at] = first_readings[i] - day42_reading
        out[o.RELIEF, at] = relieved
        out[o.SORENESS, at] = sore_visits > 0
        out[o.SORENESS_EVENTS, at] = sore_visits
        out[o.SORENESS_DAYS, at] = sore_days
        out[o.BRUISING, at] = bruised_visits > 0
        out[o.BRUISING_EVENTS, at] = bruised_visits
        out[o.SATISFIED, at] = felt >= satisfaction_threshold(thresholds, given)
        out[o.RELAPSE_TREATED, at] = relapsed
        out[o.LASTING_RELIEF, at] = relieved and not relapsed
        out[o.VISITS, at] = attended
        out[o.MINUTES, at] = minutes
        out[o.COST, at] = cost
        out[o.PAIN_FREE_DAYS, at] = free_days
        out[o.QALY, at] = (rules.horizon - loss) / 365.25
        out[o.VISITS_TO_RELIEF, at] = visits_to_relief
        out[o.DAYS_TO_RELIEF, at] = days_to_relief
        out[o.PAIN_END, at] = pain
        out[o.COURSE_END, at] = now
        out[o.DAYS_TO_RELAPSE, at] = relapse_day - now
        out[o.ENDED_BY, at] = ended_by
