"""A visit: who comes, what they get, what the day after it shows, and what the rules make of it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inner, kernel
from sim.luck.numbers import Luck
from sim.luck.quantiles import Z_GRID, interpolate, position
from sim.patient.cohort import Cohort
from sim.patient.pathway import ATTENDED, BRUISED_AFTER, MISSED, RELIEVED, SORE_AFTER, SWITCHED, Pathway, Rules, Trace
from sim.patient.tile import (
    BRUISED,
    CAME,
    COST,
    END_DAY,
    END_PAIN,
    ENDED_BY,
    EVENT,
    EVER_JUDGED,
    FELT,
    GIVEN,
    HELD,
    IN_CARE,
    INTENSITY,
    MINUTES,
    NOT_IN_RELIEF,
    PAIN,
    PER_MODALITY,
    SERIOUS,
    SINCE,
    SORE,
    SORE_UNTIL,
    STEP,
    TO_CONTEXT,
    TO_DOSE,
    TO_RELIEF,
    VISITS,
    WORK,
    Lanes,
)
from sim.quantities import COMPLETED, DISCHARGED, DROPPED_OUT, STOPPED

Floats = NDArray[np.float64]


@inner
def expect_nobody(tile: Floats, width: int, active: NDArray[np.uint8]) -> None:
    """Begin a day of visits: nobody has come yet."""
    for row in (CAME, TO_CONTEXT, EVENT):
        for i in range(width):
            tile[row + i] = 0.0
    for m in range(len(active)):
        if not active[m]:
            continue
        for i in range(width):
            tile[TO_DOSE + m * PER_MODALITY + i] = 0.0


@inner
def attend(tile: Floats, width: int, lanes: Lanes, s: int, k: int, luck: Luck, pathway: Pathway, rules: Rules) -> None:
    """Let visit k (from 0) of step s take place for those whose it is: who comes, what it costs, what it gives."""
    for i in range(width):
        tile[WORK + i] = tile[IN_CARE + i] if tile[STEP + i] == s else 0.0
    if rules.no_show > 0.0:
        for i in range(width):
            tile[WORK + i] = tile[WORK + i] if luck.attendance[k, lanes.column[i]] >= rules.no_show else 0.0
    cost, minutes, serious = pathway.cost[s, k], pathway.minutes[s, k], pathway.serious[s, k]
    for i in range(width):
        tile[CAME + i] += tile[WORK + i]
        tile[VISITS + i] += tile[WORK + i]
        tile[COST + i] += tile[WORK + i] * cost
        tile[MINUTES + i] += tile[WORK + i] * minutes
        tile[SERIOUS + i] += tile[WORK + i] * serious
    of_context, of_scale = np.int64(0), np.int64(0)
    for m in range(len(pathway.active)):
        if not pathway.active[m]:
            continue
        if pathway.given[s, k, m]:
            of, extra = m * PER_MODALITY, rules.first_visit_cost[m]
            for i in range(width):
                is_first = tile[WORK + i] > 0.0 and tile[GIVEN + of + i] == 0.0
                tile[COST + i] += extra if is_first else 0.0
                tile[GIVEN + of + i] += tile[WORK + i]
                tile[TO_DOSE + of + i] += tile[WORK + i]
            of_context += 1 if rules.needling[m] else 0
            of_scale += 1 if rules.intensity[m] > 0.0 else 0
    if of_context > 0:
        for i in range(width):
            tile[TO_CONTEXT + i] += tile[WORK + i]
    if of_scale > 0 and rules.weighted_scale:
        _weigh_intensity(tile, width, pathway.active, rules)
    elif of_scale > 0:
        _lowest_intensity(tile, width, pathway.active, rules)


@inner
def _lowest_intensity(tile: Floats, width: int, active: NDArray[np.uint8], rules: Rules) -> None:
    """Take the longest relapse scale among the modalities given so far, which has the lowest intensity."""
    for i in range(width):
        tile[FELT + i] = np.inf
    for m in range(len(active)):
        if not active[m]:
            continue
        of, intensity = m * PER_MODALITY, rules.intensity[m]
        if intensity > 0.0:
            for i in range(width):
                own = intensity if tile[GIVEN + of + i] > 0.0 else np.inf
                tile[FELT + i] = min(tile[FELT + i], own)
    without = rules.intensity_without
    for i in range(width):
        tile[INTENSITY + i] = tile[FELT + i] if tile[FELT + i] < np.inf else without


@inner
def _weigh_intensity(tile: Floats, width: int, active: NDArray[np.uint8], rules: Rules) -> None:
    """Take the visit-weighted mean of the relapse scales of the modalities given so far."""
    for i in range(width):
        total, visits = 0.0, 0.0
        for m in range(len(active)):
            if not active[m]:
                continue
            if rules.intensity[m] > 0.0:
                given = tile[GIVEN + m * PER_MODALITY + i]
                total += given * rules.scale[m]
                visits += given
        if visits > 0.0:
            tile[INTENSITY + i] = intensity_of(total / visits, rules.scale_power)


@inner
def after_visit(
    tile: Floats, width: int, lanes: Lanes, day: float, s: int, k: int, cohort: Cohort, luck: Luck,
    pathway: Pathway, rules: Rules, soreness_days: Floats, trace: Trace,
) -> None:  # fmt: skip
    """Note what the day after visit k of step s shows, then ask who leaves, and whether a rule ends or changes the
    course; the first rule that is met ends it.
    """
    _note_events(tile, width, lanes, day, s, k, luck, pathway, soreness_days)
    for i in range(width):
        due = tile[IN_CARE + i] > 0.0 and tile[STEP + i] == s
        relieved = tile[TO_RELIEF + i] == np.inf and tile[SINCE + i] < NOT_IN_RELIEF
        tile[TO_RELIEF + i] = k + 1.0 if due and relieved else tile[TO_RELIEF + i]
    if len(trace.pain) > 0:
        _note_visit(tile, width, lanes, day, s, k, cohort, luck, trace)
    leaving = rules.drop_out + max(rules.drop_out_if_relieved, rules.drop_out_if_not_relieved)
    leaving += rules.drop_out_after_event
    is_last = k + 1 == pathway.visits[s]
    has_rules = pathway.stop_after[s] > 0 or pathway.discharge_by[s] > 0 or pathway.step_at[0] > 0
    if leaving > 0.0 or has_rules:
        for i in range(width):
            if tile[IN_CARE + i] > 0.0 and tile[STEP + i] == s:
                _decide(tile, i, lanes.column[i], day, s, k, cohort, luck, pathway, rules)
    elif is_last:
        for i in range(width):
            ends = tile[IN_CARE + i] > 0.0 and tile[STEP + i] == s
            tile[END_DAY + i] = day if ends else tile[END_DAY + i]
            tile[END_PAIN + i] = tile[PAIN + i] if ends else tile[END_PAIN + i]
            tile[IN_CARE + i] = 0.0 if ends else tile[IN_CARE + i]


@inner
def _decide(
    tile: Floats, i: int, column: int, day: float, s: int, k: int, cohort: Cohort, luck: Luck, pathway: Pathway,
    rules: Rules,
) -> None:  # fmt: skip
    """Ask one patient's rules after a visit: drop-out, stop, discharge, the next step."""
    comes, in_relief = tile[CAME + i] > 0.0, tile[SINCE + i] < NOT_IN_RELIEF
    judged = in_relief
    if pathway.judged_by_reading:
        reported = reading(tile[PAIN + i], cohort.noise[column] * interpolate(Z_GRID, luck.readings[k, column]))
        first_reading = cohort.baseline_reading[column]
        judged = first_reading - reported >= rules.relief_points + rules.relief_share * first_reading
    if comes:
        tile[EVER_JUDGED + i] = 1.0 if judged else tile[EVER_JUDGED + i]
        tile[HELD + i] = tile[HELD + i] + 1.0 if judged else 0.0
    never = tile[EVER_JUDGED + i] == 0.0
    goes_on = pathway.step_at[s] == k + 1 and never
    if k + 1 == pathway.visits[s] and not goes_on:
        leave(tile, i, day, COMPLETED)
        return
    leaving = rules.drop_out
    # Who leaves goes by what the patient feels, not by what the clinic sees.
    leaving += rules.drop_out_if_relieved if in_relief else rules.drop_out_if_not_relieved
    leaving += rules.drop_out_after_event if tile[EVENT + i] > 0.0 else 0.0
    if leaving > 0.0 and luck.drop_out[k, column] < leaving:
        leave(tile, i, day, DROPPED_OUT)
    elif comes and 0 < pathway.stop_after[s] <= tile[HELD + i]:
        leave(tile, i, day, STOPPED)
    elif comes and 0 < pathway.discharge_by[s] <= k + 1 and never:
        leave(tile, i, day, DISCHARGED)
    elif goes_on:
        tile[STEP + i] = s + 1.0


@kernel
def leave(tile: Floats, i: int, day: float, why: float) -> None:
    """End a patient's course on a day; the diary goes on."""
    tile[END_DAY + i] = day
    tile[END_PAIN + i] = tile[PAIN + i]
    tile[ENDED_BY + i] = why
    tile[IN_CARE + i] = 0.0


@inner
def _note_events(
    tile: Floats, width: int, lanes: Lanes, day: float, s: int, k: int, luck: Luck, pathway: Pathway,
    soreness_days: Floats,
) -> None:  # fmt: skip
    """Note soreness and bruises after visit k of step s."""
    net, treatment = lanes.net[0], pathway.treatment[s, k]
    risk = pathway.event_risk[0, s, k]
    if risk > 0.0:
        sore = luck.sore
        for e in range(sore.many[net, treatment]):
            i, u = lanes.lane[sore.column[net, treatment, e]], sore.number[net, treatment, e]
            if u < risk and 0 <= i < width and tile[CAME + i] > 0.0 and tile[STEP + i] == s:
                tile[SORE + i] += 1.0
                tile[EVENT + i] = 1.0
                # Given that it happened, u / risk is uniform again and says for how long: whole days, one at least.
                lasts = max(np.floor(interpolate(soreness_days, position(u / risk)) + 0.5), 1.0)
                tile[SORE_UNTIL + i] = max(tile[SORE_UNTIL + i], day - 1.0 + lasts)
    risk = pathway.event_risk[1, s, k]
    if risk > 0.0:
        bruised = luck.bruised
        for e in range(bruised.many[net, treatment]):
            i, u = lanes.lane[bruised.column[net, treatment, e]], bruised.number[net, treatment, e]
            if u < risk and 0 <= i < width and tile[CAME + i] > 0.0 and tile[STEP + i] == s:
                tile[BRUISED + i] += 1.0
                tile[EVENT + i] += 2.0


@inner
def _note_visit(
    tile: Floats, width: int, lanes: Lanes, day: float, s: int, k: int, cohort: Cohort, luck: Luck,
    trace: Trace,
) -> None:  # fmt: skip
    for i in range(width):
        if tile[IN_CARE + i] > 0.0 and tile[STEP + i] == s:
            column, event = lanes.column[i], int(tile[EVENT + i])
            code = ATTENDED if tile[CAME + i] > 0.0 else MISSED
            code |= SORE_AFTER if event % 2 == 1 else 0
            code |= BRUISED_AFTER if event >= 2 else 0
            code |= RELIEVED if tile[SINCE + i] < NOT_IN_RELIEF else 0
            code |= SWITCHED if s > 0 else 0
            trace.day[k, column] = day - 1.0
            trace.pain[k, column] = tile[PAIN + i]
            if len(luck.readings) > k:  # the readings at visits are drawn only where somebody looks at them
                noise = cohort.noise[column] * interpolate(Z_GRID, luck.readings[k, column])
                trace.reading[k, column] = reading(tile[PAIN + i], noise)
            trace.event[k, column] = code
            trace.step[k, column] = s


@inner
def reading(pain: float, noise: float) -> float:
    """Return reported pain: what is felt with noise, between 0 and 10."""
    return min(max(pain + noise, 0.0), 10.0)


@inner
def intensity_of(scale: float, power: float) -> float:
    """Return a relapse scale in days to the power -k."""
    return math.exp(-power * math.log(scale))
