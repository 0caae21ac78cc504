"""What a budget found, in sentences: what the payer pays more, what the others do, what it takes, whom it helps."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.decision.budget.assess import LATER, TOTAL, Case, Impact
from sim.decision.budget.measures import (
    HOURS_WORKED,
    INCOME,
    MARGIN,
    MEASURE,
    PATIENT_COST,
    PAYER_COST,
    PRACTITIONERS,
    ROOMS,
    SPENDING,
    STARTING,
)
from sim.quantities import LASTING_RELIEF, RESPONDER_DAY42
from sim.report.budget.words import more, said_range, told
from sim.report.words.numbers import all_of, format_count

MISSING = {
    "wages": "the wage (`budget.delivery.wage_per_hour`)",
    "supplies": "supplies for a visit (`budget.delivery.supplies_per_visit`)",
    "room_cost": "the cost of a room (`budget.delivery.room_per_week`) or its hours (`room_hours_per_week`)",
}


def sentences(impact: Impact, cases: Sequence[Case] = ()) -> list[str]:
    """Return the answer first: what the payer pays more over all years."""
    found = [payer_sentence(impact), eligible_sentence(impact), helped_sentence(impact), *work_sentences(impact)]
    return [*found, *clinic_sentences(impact), *case_sentences(impact, cases), *later_sentences(impact)]


def payer_sentence(impact: Impact) -> str:
    """Return what the change costs the payer, in all and by year."""
    total = impact.get("change", TOTAL, PAYER_COST)
    span = _span(impact)
    if total.estimate == 0:
        return f"{span} the payer pays the same after the change as now, {_money(impact, 'now', PAYER_COST)}."
    first, last = (impact.get("change", year, PAYER_COST) for year in (0, impact.budget.years - 1))
    said = f"{span} the payer pays {more(total.unit, total.estimate)} after the change than now"
    said += said_range(impact, PAYER_COST)
    base = impact.get("now", TOTAL, PAYER_COST).estimate
    if base > 0:
        said += f", {abs(total.estimate) / base:.0%} of the {told(total.unit, base)} that it pays now".replace(
            "%", " %"
        )
    if impact.budget.years > 1:
        said += (
            f": {more(first.unit, first.estimate)} in {impact.years[0]}, "
            f"{more(last.unit, last.estimate)} in {impact.years[impact.budget.years - 1]}"
            if impact.budget.first_year is not None
            else f": {more(first.unit, first.estimate)} in the first year, {more(last.unit, last.estimate)} in the last"
        )
    return f"{said}. Nothing is discounted."


def eligible_sentence(impact: Impact) -> str:
    """Return how many people are eligible, and how many of them get something else."""
    people = impact.get("now", TOTAL, STARTING).estimate
    moved = sum(max(impact.get("change", TOTAL, STARTING, arm).estimate, 0.0) for arm in impact.arms)
    return f"{_count(people)} people are eligible in these years; {_count(moved)} get something else after the change."


def helped_sentence(impact: Impact) -> str:
    """Return how many more people are helped."""
    lasting, responders = (impact.get("change", TOTAL, name) for name in (LASTING_RELIEF, RESPONDER_DAY42))
    return (
        f"{_people(lasting.estimate)} have lasting relief{said_range(impact, LASTING_RELIEF)}, and "
        f"{_people(responders.estimate).lower()} report at least 2 points less pain after six weeks."
    )


def work_sentences(impact: Impact) -> list[str]:
    """Return the hours that the change takes, and whether people and rooms are enough."""
    hours = impact.get("change", TOTAL, HOURS_WORKED)
    said = [f"Practitioners work {more(hours.unit, hours.estimate)} with patients over these years."]
    for measure, have, name in (
        (PRACTITIONERS, impact.team.practitioners, "practitioners"),
        (ROOMS, impact.team.rooms, "rooms"),
    ):
        if not impact.is_known(measure):
            said.append(f"How many {name} it needs is not told: their hours in a week are not stated.")
            continue
        needs = [impact.get("after", year, measure).estimate for year in range(impact.budget.years)]
        most = max(range(len(needs)), key=needs.__getitem__)
        line = (
            f"{_year(impact, most)} needs {needs[most]:.1f} {name}, now it would be "
            f"{impact.get('now', most, measure).estimate:.1f}"
        )
        if not math.isnan(have):
            line += f"; there are {format_count(round(have))}"
            line += "" if needs[most] <= have else f", {needs[most] - have:.1f} too few"
        said.append(f"{line}.")
    return said


def clinic_sentences(impact: Impact) -> list[str]:
    """Return what patients pay, and what the clinic earns and spends."""
    patients, income = (impact.get("change", TOTAL, name) for name in (PATIENT_COST, INCOME))
    said = (
        f"Patients pay {more(patients.unit, patients.estimate)}, the clinic earns {more(income.unit, income.estimate)}"
    )
    if impact.is_known(MARGIN):
        spending, margin = (impact.get("change", TOTAL, name) for name in (SPENDING, MARGIN))
        return [
            f"{said} and spends {more(spending.unit, spending.estimate)}: a margin of "
            f"{more(margin.unit, margin.estimate)}{said_range(impact, MARGIN)}."
        ]
    missing = all_of([words for name, words in MISSING.items() if not impact.is_known(name)])
    return [f"{said}. What it spends is not told, as the scenario does not state {missing}."]


def case_sentences(impact: Impact, cases: Sequence[Case]) -> list[str]:
    """Return which one-way scenario moves the payer's change most."""
    if not cases:
        return []
    base = impact.get("change", TOTAL, PAYER_COST)
    moved = {one.name: one.impact.get("change", TOTAL, PAYER_COST).estimate - base.estimate for one in cases}
    name = max(moved, key=lambda one: abs(moved[one]))
    if moved[name] == 0:
        return ["No one-way scenario changes what the payer pays more."]
    there = next(one.impact.get("change", TOTAL, PAYER_COST).estimate for one in cases if one.name == name)
    return [
        f"Of {format_count(len(cases))} one-way scenario{'s' if len(cases) > 1 else ''}, “{name.replace('_', ' ')}” "
        f"moves it most: the payer would pay {more(base.unit, there)}."
    ]


def later_sentences(impact: Impact) -> list[str]:
    """Return what courses that begin in these years cost after them."""
    later = impact.get("change", LATER, PAYER_COST)
    if later.estimate == 0:
        return []
    return [
        "Courses that begin in the last year go on into the next: there the payer pays "
        f"{more(later.unit, later.estimate)}, which is not in these sums."
    ]


def _span(impact: Impact) -> str:
    years = impact.budget.years
    first, last = impact.years[0], impact.years[years - 1]
    if impact.budget.first_year is None:
        return "In one year" if years == 1 else f"Over {years} years"
    return f"In {first}" if years == 1 else f"Over the {years} years {first} to {last}"


def _year(impact: Impact, year: int) -> str:
    return f"The year {impact.years[year]}" if impact.budget.first_year is not None else f"Year {year + 1}"


def _money(impact: Impact, mix: str, measure: str) -> str:
    one = impact.get(mix, TOTAL, measure)
    return told(one.unit, one.estimate)


def _people(change: float) -> str:
    if round(change, 3) == 0:
        return "Nobody more or fewer"
    return f"{_count(abs(change))} {'more' if change > 0 else 'fewer'} people"


def _count(people: float) -> str:
    return MEASURE[STARTING].unit.plain(float(f"{people:.3g}"))
