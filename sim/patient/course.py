"""One patient's course under one arm, visit by visit: the kernel.

The kernel is one plain story per patient, compiled. Run without compilation (NUMBA_DISABLE_JIT=1), the same
lines give the same bits; the tests hold it to that. Where all patients have the same visits, `side_by_side` does the
same arithmetic for all of them at once, and faster.
"""

from __future__ import annotations

import math

import numpy as np

from sim.patient import outcomes as o
from sim.patient.compiled import inlined, kernel, njit
from sim.patient.elementary import exp, log
from sim.patient.followup import days_to_relapse, reading, relapse_scale, satisfaction_threshold
from sim.patient.natural import DAY_0, DAY_42
from sim.patient.pathway import ATTENDED, BRUISED, MISSED, RELIEVED, SORE, SWITCHED
from sim.patient.quantiles import Z_GRID, interpolate, position
from sim.patient.utility import LEAST_Y, YEARS_PER_DAY, lost_above, piece_of


@inlined
def share_left(i, muscular, given, needled, ceilings, dose, context, context_dose, rho):  # type: ignore[no-untyped-def]
    """Return the share of natural pain that treatment leaves after `given` visits by modality, `needled` in all.

    Per component the modalities combine, sorted from strongest, as (1 - f1) * (1 - rho * f2) * ...
    """
    muscular_left = 1.0
    central_left = 1.0
    strongest_muscular = 0.0
    strongest_central = 0.0
    for m in range(len(given)):
        if given[m] > 0:
            reached = dose[m, given[m]]
            effect = ceilings[m, 0, i] * reached
            muscular_left *= max(1.0 - rho * min(effect, strongest_muscular), 0.0)
            strongest_muscular = max(effect, strongest_muscular)
            effect = ceilings[m, 1, i] * reached
            central_left *= max(1.0 - rho * min(effect, strongest_central), 0.0)
            strongest_central = max(effect, strongest_central)
    muscular_left *= 1.0 - strongest_muscular
    central_left *= 1.0 - strongest_central
    shared = 1.0 - context[i] * context_dose[needled]
    return shared * (muscular * muscular_left + (1.0 - muscular) * central_left)


@inlined
def stretch(left, start, end, area, days, plateau, tau, utility, loss, loss_above, free, free_above):  # type: ignore[no-untyped-def]
    """Follow a patient who feels a share `left` of natural pain while that falls from `start` to `end`.

    `area` is the integral of natural pain over the `days`. Adds to the loss in days as if all of it were in the last
    piece, to what is lost above that, and likewise to the days with little pain and what is to be taken off them.
    """
    at_start, at_end = piece_of(left * start), piece_of(left * end)
    loss += utility.slope[at_end] * (left * area) + utility.intercept[at_end] * days
    free += days if left * end <= utility.little else 0.0
    above, low = left * (start - plateau), left * plateau
    for point in range(at_start, at_end, -1):
        y = max((point - low) * (1.0 / above), LEAST_Y)
        log_y = log(y)
        loss_above += lost_above(utility.bend[point] * above * tau, y, log_y)
        if point == utility.little:
            free_above += tau * log_y
    if not utility.is_whole and left * start > utility.little and left * end <= utility.little:
        free_above += tau * log(max((utility.little - low) * (1.0 / above), LEAST_Y))
    return loss, loss_above, free, free_above


@inlined
def steady(pain, days, utility):  # type: ignore[no-untyped-def]
    """Return (loss in days, days with little pain) of constant pain."""
    piece = piece_of(pain)
    return (utility.slope[piece] * pain + utility.intercept[piece]) * days, days if pain <= utility.little else 0.0


@njit(nogil=True, cache=True, error_model="numpy")
def simulate_pathway(members, cohort, luck, ceilings, response, natural, pathway, rules, soreness_days, out, trace):  # type: ignore[no-untyped-def]
    """Run one pathway for some patients, (members,) as columns of the cohort.

    `natural`: the natural course on the days of the setting, (days, columns). Fills `out`, (N_ROWS, columns), and
    `trace`.
    """
    given = np.zeros(pathway.given.shape[2], np.int64)
    run_members(members, given, cohort, luck, ceilings, response, natural, pathway, rules, soreness_days, out, trace)


@kernel
def run_members(  # type: ignore[no-untyped-def]
    members, given, cohort, luck, ceilings, response, natural, pathway, rules, soreness_days, out, trace
):
    """Run the pathway; `given` has room for a count per modality."""
    # Arrays are taken out of their tuples once: doing so inside the loop costs a reference count each time.
    baselines, muscular_shares, plateaus = cohort.baseline, cohort.muscular, cohort.plateau
    transients, drifts, time_constants, rates = cohort.transient, cohort.drift, cohort.time_constant, cohort.rate
    first_readings, log_exponentials = cohort.baseline_reading, cohort.log_exponential
    end_noise, day42_noise = cohort.end_noise, cohort.day42_noise
    u_soreness, u_bruising, u_attendance = luck.soreness, luck.bruising, luck.attendance
    u_drop_out, u_booster, readings_at = luck.drop_out, luck.booster, luck.readings
    natural_pain, natural_area = natural.pain, natural.area
    specific, context = ceilings.specific, ceilings.context
    dose, context_dose, thresholds, scales = response.dose, response.context_dose, response.threshold, response.scale
    visits_in, days, day_row, given_at = pathway.visits, pathway.days, pathway.day_row, pathway.given
    cost_at, minutes_at, event_risk = pathway.cost, pathway.minutes, pathway.event_risk
    stop_after, step_at, discharge_by = pathway.stop_after, pathway.step_at, pathway.discharge_by
    judged_by_reading, first_visit_cost = pathway.judged_by_reading, rules.first_visit_cost
    trace_day, trace_pain, trace_reading = trace.day, trace.pain, trace.reading
    trace_left, trace_event, trace_step = trace.left, trace.event, trace.step
    n_modalities = given_at.shape[2]
    power = 1.0 / rules.relapse_shape
    traced = trace_pain.shape[0] > 0
    reads = judged_by_reading or (traced and readings_at.shape[0] > 0)
    for i in members:
        baseline = baselines[i]
        muscular = muscular_shares[i]
        plateau = plateaus[i]
        tau = time_constants[i]
        relief_at = baseline - rules.relief_points - rules.relief_share * baseline
        given[:] = 0
        needled = 0
        left = 1.0
        left_day42 = 1.0
        pain = baseline
        now = 0.0
        now_row = DAY_0
        since = 0.0  # the day from which the share that is left has been felt
        since_row = DAY_0
        loss = 0.0
        loss_above = 0.0
        free = 0.0
        free_above = 0.0
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
            now = days[step, k] + 1.0
            now_row = day_row[step, k]
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
                    loss, loss_above, free, free_above = stretch(
                        left, natural_pain[since_row, i], natural_pain[now_row, i],
                        natural_area[now_row, i] - natural_area[since_row, i], now - since, plateau, tau, rules.utility,
                        loss, loss_above, free, free_above,
                    )  # fmt: skip
                    since, since_row = now, now_row
                    left = share_left(i, muscular, given, needled, specific, dose, context, context_dose, rules.rho)
                    risk = event_risk[0, step, k]
                    if risk > 0.0 and u_soreness[k, i] < risk:
                        event |= SORE
                        sore_visits += 1
                        # Given that it happened, u / risk is uniform again and says for how long.
                        sore_days += interpolate(soreness_days, position(u_soreness[k, i] / risk))
                    risk = event_risk[1, step, k]
                    if risk > 0.0 and u_bruising[k, i] < risk:
                        event |= BRUISED
                        bruised_visits += 1
            else:
                event |= MISSED
            pain = left * natural_pain[now_row, i]
            if now <= 42.0:
                left_day42 = left
            if not relieved and pain <= relief_at:
                relieved = True
                visits_to_relief = k + 1.0
                days_to_relief = now
            judged_relieved = relieved
            reported = pain
            if reads:
                reported = reading(pain, rules.reading_sd * interpolate(Z_GRID, readings_at[k, i]))
            if judged_by_reading:
                first = first_readings[i]
                judged_relieved = first - reported >= rules.relief_points + rules.relief_share * first
            if traced:
                if relieved:
                    event |= RELIEVED
                if step > 0:
                    event |= SWITCHED
                trace_day[k, i] = days[step, k]
                trace_pain[k, i] = pain
                if reads:
                    trace_reading[k, i] = reported
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
        relapse_in = math.inf
        if relieved:
            scale = relapse_scale(scales, given, rules.scale_without_needling, rules.weighted_scale)
            relapse_in = days_to_relapse(
                log(scale), log_exponentials[i], pain, rules.log_hazard_ratio, rules.reference_pain, power
            )
        relapsed = relapse_in <= o.THREE_MONTHS
        boosted = rules.booster_share > 0.0 and relapsed and u_booster[i] < rules.booster_share
        if boosted:
            cost += rules.booster_visits * cost_at[step, visits_in[step] - 1]
            minutes += rules.booster_visits * minutes_at[step, visits_in[step] - 1]

        # Until a relapse pain goes on as in the natural course, or is held.
        relapse_day = now + relapse_in
        until = min(relapse_day, rules.horizon)
        if rules.held:
            end, pain_end, area_end = now, natural_pain[now_row, i], natural_area[now_row, i]
        else:
            end, decayed = until, exp(until * rates[i])
            pain_end, area_end = plateau + transients[i] * decayed, plateau * until + drifts[i] * decayed
        loss, loss_above, free, free_above = stretch(
            left, natural_pain[since_row, i], pain_end, area_end - natural_area[since_row, i], end - since,
            plateau, tau, rules.utility, loss, loss_above, free, free_above,
        )  # fmt: skip
        before = left * pain_end
        if rules.held:
            step_loss, step_free = steady(before, until - now, rules.utility)
            loss += step_loss
            free += step_free
        # A relapse takes pain back towards baseline, where it stays, or until after a booster course.
        after = before + rules.rebound * (baseline - before)
        back = min(until + rules.booster_days, rules.horizon) if boosted else rules.horizon
        if until < rules.horizon:
            step_loss, step_free = steady(after, back - until, rules.utility)
            loss += step_loss
            free += step_free
            if boosted:
                step_loss, step_free = steady(before, rules.horizon - back, rules.utility)
                loss += step_loss
                free += step_free
        if now > 42.0:
            pain_day42 = left_day42 * natural_pain[DAY_42, i]
        elif relapse_day <= 42.0:
            pain_day42 = after if back > 42.0 else before
        else:
            pain_day42 = before if rules.held else left * natural_pain[DAY_42, i]
        reduction = first_readings[i] - reading(pain, end_noise[i])
        felt = reduction - rules.adverse_event_penalty if adverse else reduction

        out[o.PAIN_REDUCTION, i] = reduction
        out[o.PAIN_REDUCTION_DAY42, i] = first_readings[i] - reading(pain_day42, day42_noise[i])
        out[o.RELIEF, i] = relieved
        out[o.SORENESS, i] = sore_visits > 0
        out[o.SORENESS_EVENTS, i] = sore_visits
        out[o.SORENESS_DAYS, i] = sore_days
        out[o.BRUISING, i] = bruised_visits > 0
        out[o.BRUISING_EVENTS, i] = bruised_visits
        out[o.SATISFIED, i] = felt >= satisfaction_threshold(thresholds, given)
        out[o.RELAPSE_TREATED, i] = relapsed
        out[o.LASTING_RELIEF, i] = relieved and not relapsed
        out[o.VISITS, i] = attended
        out[o.MINUTES, i] = minutes
        out[o.COST, i] = cost
        out[o.PAIN_FREE_DAYS, i] = free + free_above
        out[o.QALY, i] = (rules.horizon - (loss + loss_above)) * YEARS_PER_DAY
        out[o.VISITS_TO_RELIEF, i] = visits_to_relief
        out[o.DAYS_TO_RELIEF, i] = days_to_relief
        out[o.PAIN_END, i] = pain
        out[o.COURSE_END, i] = now
        out[o.DAYS_TO_RELAPSE, i] = relapse_in
        out[o.ENDED_BY, i] = ended_by
