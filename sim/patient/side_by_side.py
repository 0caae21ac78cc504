"""All patients of a pathway side by side, where everybody has the same visits.

Without missed visits, drop-out or rules, what is given at a visit is given to all. Then each step of the story that
`course` tells patient by patient is a short loop over all patients, which a processor does for several at once. The
arithmetic is that of `course`, operation by operation, so the results have the same bits; the tests hold it to that.
"""

from __future__ import annotations

from sim.patient import outcomes as o
from sim.patient.compiled import kernel
from sim.patient.elementary import log
from sim.patient.ending import felt_pain, follow_up, write_outcomes
from sim.patient.followup import relapse_scale, satisfaction_threshold
from sim.patient.natural import DAY_0
from sim.patient.pathway import Pathway, Rules
from sim.patient.quantiles import interpolate, position
from sim.patient.room import copy, fill
from sim.patient.stretches import lose_above, stretch_all


def is_alike(pathway: Pathway, rules: Rules) -> bool:
    """Tell whether everybody who takes a pathway has the same visits, and the plain follow-up."""
    leaving = rules.drop_out + max(rules.drop_out_if_relieved, rules.drop_out_if_not_relieved)
    has_rules = len(pathway.visits) > 1 or pathway.stop_after.any() or pathway.discharge_by.any()
    return not (has_rules or rules.no_show > 0 or leaving > 0 or rules.held or rules.booster_share > 0)


@kernel
def run_everybody(cohort, luck, ceilings, response, natural, pathway, rules, soreness_days, room, out):  # type: ignore[no-untyped-def]
    """Run a pathway in which everybody has the same visits for all patients; fills `out`, (N_ROWS, patients)."""
    given, utility = room.given, rules.utility
    visits, days, day_row = pathway.visits[0], pathway.days[0], pathway.day_row[0]
    for m in range(len(given)):
        given[m] = 0
    needled = 0
    cost = 0.0
    minutes = 0.0
    now = 0.0
    since = 0.0
    now_row = DAY_0
    since_row = DAY_0
    found = 0
    _begin(cohort.baseline, rules.relief_points, rules.relief_share, room)
    for k in range(visits):
        now, now_row = days[k] + 1.0, day_row[k]
        cost += pathway.cost[0, k]
        minutes += pathway.minutes[0, k]
        dosed = False
        for m in range(len(given)):
            if pathway.given[0, k, m]:
                if given[m] == 0:
                    cost += rules.first_visit_cost[m]
                given[m] += 1
                dosed = True
        if dosed:
            needled += 1
            fill(now - since, room.days)
            found = stretch_all(
                found, natural.pain[since_row], natural.pain[now_row], natural.area[since_row],
                natural.area[now_row], cohort, utility, room,
            )  # fmt: skip
            since, since_row = now, now_row
            _treat(cohort.muscular, given, needled, ceilings, response, rules.rho, room)
        if now <= 42.0:
            copy(room.left, room.left_day42)
        _count_late(room.left, natural.pain[now_row], room.relief_at, room.late)
    felt_pain(room.left, natural.pain[now_row], room.pain)
    _add_events(luck, pathway.event_risk[:, 0], visits, soreness_days, out)
    scale = relapse_scale(response.scale, given, rules.scale_without_needling, rules.weighted_scale)
    follow_up(log(scale), visits, now, since, cohort, rules, room)
    found = stretch_all(
        found, natural.pain[since_row], room.end, natural.area[since_row], room.end_area, cohort, utility, room
    )
    lose_above(found, room)
    threshold = satisfaction_threshold(response.threshold, given)
    write_outcomes(visits, days, now, cost, minutes, threshold, cohort, natural, rules, room, out)


@kernel
def _begin(baseline, relief_points, relief_share, room):  # type: ignore[no-untyped-def]
    fill(1.0, room.left)
    fill(1.0, room.left_day42)
    fill(0.0, room.late)
    fill(0.0, room.loss)
    fill(0.0, room.loss_above)
    fill(0.0, room.free)
    fill(0.0, room.free_above)
    relief_at = room.relief_at
    for i in range(len(relief_at)):
        relief_at[i] = baseline[i] - relief_points - relief_share * baseline[i]


@kernel
def _treat(muscular, given, needled, ceilings, response, rho, room):  # type: ignore[no-untyped-def]
    """Find the share of natural pain that is left after a visit, as `course.share_left` does."""
    left, context, effect_of_context = room.left, ceilings.context, response.context_dose[needled]
    modalities = 0
    only = 0
    for m in range(len(given)):
        if given[m] > 0:
            modalities += 1
            only = m
    if modalities == 1:
        reached = response.dose[only, given[only]]
        of_muscular, of_central = ceilings.specific[only, 0], ceilings.specific[only, 1]
        for i in range(len(left)):
            shared = 1.0 - context[i] * effect_of_context
            left_of_muscular = 1.0 - of_muscular[i] * reached
            left_of_central = 1.0 - of_central[i] * reached
            left[i] = shared * (muscular[i] * left_of_muscular + (1.0 - muscular[i]) * left_of_central)
        return
    left_of_muscular, left_of_central = room.left_of[0], room.left_of[1]
    if modalities == 2:
        first, second = -1, -1
        for m in range(len(given)):
            if given[m] > 0:
                first, second = second, m
        reached_first, reached_second = response.dose[first, given[first]], response.dose[second, given[second]]
        for j in range(2):
            _combine_two(
                ceilings.specific[first, j], ceilings.specific[second, j], reached_first, reached_second, rho,
                room.left_of[j],
            )  # fmt: skip
    else:
        for j in range(2):
            fill(1.0, room.left_of[j])
            fill(0.0, room.strongest[j])
            for m in range(len(given)):
                if given[m] > 0:
                    reached = response.dose[m, given[m]]
                    _combine(ceilings.specific[m, j], reached, rho, room.left_of[j], room.strongest[j])
            _without_strongest(room.strongest[j], room.left_of[j])
    for i in range(len(left)):
        shared = 1.0 - context[i] * effect_of_context
        left[i] = shared * (muscular[i] * left_of_muscular[i] + (1.0 - muscular[i]) * left_of_central[i])


@kernel
def _combine_two(one, other, reached_one, reached_other, rho, left_of):  # type: ignore[no-untyped-def]
    for i in range(len(left_of)):
        effect, before = other[i] * reached_other, one[i] * reached_one
        left_of[i] = max(1.0 - rho * min(effect, before), 0.0) * (1.0 - max(effect, before))


@kernel
def _combine(ceiling, reached, rho, left_of, strongest):  # type: ignore[no-untyped-def]
    for i in range(len(ceiling)):
        left_of[i] *= max(1.0 - rho * min(ceiling[i] * reached, strongest[i]), 0.0)
    for i in range(len(ceiling)):
        strongest[i] = max(ceiling[i] * reached, strongest[i])


@kernel
def _without_strongest(strongest, left_of):  # type: ignore[no-untyped-def]
    for i in range(len(left_of)):
        left_of[i] *= 1.0 - strongest[i]


@kernel
def _count_late(left, natural_pain, relief_at, late):  # type: ignore[no-untyped-def]
    """Count the visits after which there is no relief: pain never rises, so they come first."""
    for i in range(len(late)):
        late[i] += 1.0 if left[i] * natural_pain[i] > relief_at[i] else 0.0


@kernel
def _add_events(luck, risk, visits, soreness_days, out):  # type: ignore[no-untyped-def]
    """Write down soreness and bruising; `risk` by event and visit."""
    for row in (o.SORENESS, o.SORENESS_EVENTS, o.SORENESS_DAYS, o.BRUISING, o.BRUISING_EVENTS):
        fill(0.0, out[row])
    sore, bruised = luck.sore, luck.bruised
    for e in range(sore.filled[0]):
        k, i, u = sore.visit[e], sore.column[e], sore.number[e]
        if k < visits and u < risk[0, k]:
            out[o.SORENESS, i] = 1.0
            out[o.SORENESS_EVENTS, i] += 1.0
            # Given that it happened, u / risk is uniform again and says for how long.
            out[o.SORENESS_DAYS, i] += interpolate(soreness_days, position(u / risk[0, k]))
    for e in range(bruised.filled[0]):
        k, i = bruised.visit[e], bruised.column[e]
        if k < visits and bruised.number[e] < risk[1, k]:
            out[o.BRUISING, i] = 1.0
            out[o.BRUISING_EVENTS, i] += 1.0
