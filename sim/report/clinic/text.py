"""A clinic in plain sentences: how long people wait, how full it is, what comes of it, and what it costs."""

from __future__ import annotations

import math
from functools import partial

from sim.capacity.assess import Assessment
from sim.capacity.catalogue import measures_of
from sim.capacity.neighbours import rooms_are_used_up
from sim.capacity.replicate import Replications
from sim.capacity.variants import Staffing
from sim.estimate.estimate import Estimate
from sim.quantities import DAY_42, DAY_133
from sim.report.clinic.booking_text import booking_sentences
from sim.report.clinic.near_by import best_sentence
from sim.report.clinic.season import season_sentence
from sim.report.clinic.staff_text import best_of_numbers, one_practitioner_more, says_best
from sim.report.clinic.words import (
    people,
    per_week,
    plain,
    plain_of,
    rooms,
    signed,
    skills_words,
    target_words,
    whole_days,
    within,
)

FEW = 0.05
"""Fewer people than this a week are not worth a sentence."""


def sentences(found: Assessment) -> list[str]:
    """Return what the assessment found, the most important first."""
    runs, model = found.base, found.model
    of = partial(plain_of, runs)
    team = f"{per_week(model)}, {people(len(model.team))} and {rooms(model.rooms)}"
    goal = float(model.clinic.goals.first_visit_within)
    if math.isnan(runs.estimate("wait_mean_days").estimate):
        said = [f"With {per_week(model)}, nobody asked for a first visit in the weeks that were counted."]
    elif model.clinic.booking.form == "walk_in":
        said = [f"With {team}, people who walk in wait {_minutes(found)} minutes on average until they are first seen."]
    else:
        said = [
            f"With {team}, half of those who ask are offered a first visit "
            f"{within(runs, 'wait_p50_days')} and nine in ten {within(runs, 'wait_p90_days')}; "
            f"{of('wait_within')} start within {whole_days(goal)}."
        ]
    said.append(stability(found))
    if found.staffing is not None and found.neighbours is None:
        said += [*_target(found, found.staffing), *best_of_numbers(found)]
    if season := season_sentence(found):
        said.append(season)
    said.append(
        f"Practitioners are booked for {of('utilisation')} of their time and with patients for "
        f"{of('treating')}; rooms are in use for {of('room_use')} of the hours in which anybody works."
    )
    said += _absences(runs)
    said.append(
        f"A week brings {of('visits_per_week')} visits, {_courses(runs)}, {of('relieved_per_week')} patients who are "
        f"in relief on day {DAY_42} after asking, and {of('lasting_per_week')} for whom it lasts until day "
        f"{DAY_133}."
    )
    said.append(_money(runs))
    gone, late = runs.estimate("gave_up_per_week"), runs.estimate("on_time")
    if gone.estimate > FEW and model.clinic.booking.form == "walk_in":
        said.append(f"{_one_or_more(gone)} a week {'leaves' if _is_one(gone) else 'leave'} before being seen.")
    elif gone.estimate > FEW:
        finds, goes = ("finds", "goes") if _is_one(gone) else ("find", "go")
        said.append(f"{_one_or_more(gone)} a week {finds} the first free date too late and {goes} elsewhere.")
    if late.estimate < 0.995:
        allowed = float(model.clinic.goals.visit_late_by)
        said.append(
            f"{plain(late)} of later visits are at most {whole_days(allowed)} past the day on which they are due."
        )
    said += booking_sentences(found)
    said += _variants(found)
    return said


def _courses(runs: Replications) -> str:
    """Return how many courses begin in a week, with whether people who come back are among them."""
    back = " (those of people who come back among them)" if float(runs.model.clinic.returns.share) > 0 else ""
    return f"{plain_of(runs, 'patients_per_week')} courses that begin{back}"


def _money(runs: Replications) -> str:
    """Return what the clinic takes, and what it costs if any cost is stated."""
    of, clinic = partial(plain_of, runs), runs.model.clinic
    takes = f"It takes {of('revenue_per_week')} a week"
    if not clinic.states_costs:
        wage = f"`clinic.practitioners.{next(iter(clinic.practitioners))}.wage_per_hour`"
        return (
            f"{takes}. What it costs is not told, as the scenario does not state the wage ({wage}) or any other cost."
        )
    said = f"{takes} and costs {of('cost_per_week')}: a margin of {of('margin_per_week')}"
    if math.isnan(runs.estimate("cost_per_lasting").estimate):
        return f"{said}."
    return f"{said}, and a cost of {of('cost_per_lasting')} per lastingly relieved patient."


def _one_or_more(found: Estimate) -> str:
    if _is_one(found):
        return "Fewer than one person" if found.estimate < 1 else "About one person"
    return f"About {plain(found)} people"


def _is_one(found: Estimate) -> bool:
    return found.estimate < 1 or plain(found) == "1"


def stability(found: Assessment) -> str:
    """Return whether the clinic can give what is asked of it."""
    wanted, model = found.demand, found.model
    if wanted.is_stable:
        return (
            f"Patients ask for {wanted.total:,.1f} hours of treatment a week, and the clinic can give "
            f"{wanted.capacity:,.0f}."
        )
    what = "rooms" if wanted.is_short_of_rooms else skills_words(model, wanted.scarce)
    where = f" ({what})" if wanted.scarce else ""
    after = (
        "The wait grows no further only because people go elsewhere."
        if model.clinic.patience is not None
        else "The wait grows from week to week, so it depends on how many weeks are simulated."
    )
    return f"Not stable: demand exceeds capacity by {wanted.excess:,.1f} hours a week{where}. {after}"


def _absences(runs: Replications) -> list[str]:
    """Return what absences take."""
    shown, said = {one.name for one in measures_of(runs.model.clinic)}, []
    of = partial(plain_of, runs)
    if "absent_hours_per_week" in shown:
        moved = f", and {of('moved_per_week')} appointments a week are moved" if "moved_per_week" in shown else ""
        hours = f"{of('absent_hours_per_week')} of the practitioners' hours a week"
        said.append(f"Closing days, leave and illness take {hours}{moved}.")
    return said


def _minutes(found: Assessment) -> str:
    mean = found.base.estimate("wait_mean_days")
    return f"{mean.estimate * 1440:.0f}"


def _target(found: Assessment, staffing: Staffing) -> list[str]:
    """Return which number of practitioners is the smallest that meets the target, if there is one."""
    if staffing.target is None:
        return []
    said = []
    wanted = target_words(staffing.target)
    low, high = staffing.numbers[0], staffing.numbers[-1]
    if staffing.smallest is None:
        said.append(f"No number of practitioners from {low} to {high} meets the target ({wanted}) with confidence.")
    else:
        said.append(
            f"{people(staffing.smallest).capitalize()} is the smallest staffing that meets the target ({wanted}) "
            "with 95 % confidence."
            if staffing.smallest == 1
            else f"{people(staffing.smallest).capitalize()} are the smallest staffing that meets the target "
            f"({wanted}) with 95 % confidence."
        )
    if staffing.smallest is None and len(staffing.runs) > 1:
        last, before = staffing.runs[-1], staffing.runs[-2]
        measure = staffing.target.measure
        if abs(last.estimate(measure).estimate - before.estimate(measure).estimate) < 1e-9:
            why = f": there are only {rooms(found.model.rooms)}" if rooms_are_used_up(last) else ""
            said.append(f"More practitioners change nothing{why}.")
    return said


def _variants(found: Assessment) -> list[str]:
    said = []
    staffing, policies = found.staffing, found.policies
    for count, fault in staffing.impossible.items() if staffing is not None else ():
        said.append(f"{people(count).capitalize()} cannot run this clinic: {fault}.")
    if staffing is not None and staffing.target is None:
        here = len(found.model.team)
        for count, runs in zip(staffing.numbers, staffing.runs, strict=True):
            if count == here + 1:
                said += filter(None, [one_practitioner_more(found, runs)])
        if found.neighbours is not None and says_best(found):
            said.append(best_sentence(found.neighbours))
    if policies is not None:
        scenario = found.model.scenario
        means = [runs.estimate("lasting_per_week").estimate for runs in policies.runs]
        best = max(range(len(means)), key=lambda i: (means[i], -i))
        first = scenario.arm_label(policies.arms[0])
        label = scenario.arm_label(policies.arms[best])
        said.append(
            f"{label} for everybody brings the most lastingly relieved patients in this clinic: "
            f"{plain_of(policies.runs[best], 'lasting_per_week')} a week."
        )
        for index, arm in enumerate(policies.arms[1:], 1):
            more = policies.difference(index, "lasting_per_week")
            longer = policies.difference(index, "wait_mean_days")
            said.append(
                f"{scenario.arm_label(arm)} instead of {first}: {signed(more)} lastingly relieved patients "
                f"a week, {signed(longer)} days of waiting."
            )
    return said
