"""What a scenario states for a budget, as numbers: who begins in each year with what, who pays, what treating takes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import UsageError
from sim.scenario.budget import NOTHING, Budget, share_in
from sim.scenario.clinic import DAY_MINUTES, WEEKDAYS, Clinic
from sim.scenario.protocol import Protocol
from sim.scenario.schema import Scenario
from sim.scenario.working_year import YEAR_WEEKS

Floats = NDArray[np.float64]
WEEKS_PER_YEAR = 365.25 / 7
_REST = Protocol(label="Nothing", description="No visit at all.", visits=1, each_visit=())
"""Stands for nothing: by the model a visit at which nothing is done changes nothing but its own cost and time."""


@dataclass(frozen=True)
class Terms:
    """A budget in numbers. `now` and `after`: people who begin a course, (years, arms).

    `payer` (arms,): share of the price that the payer pays. Money is in the currency; what is not known is NaN.
    """

    now: Floats
    after: Floats
    payer: Floats
    is_treated: NDArray[np.bool_]
    price_factor: float
    missed_fee: float
    first_visit_minutes: float
    start_up: float
    per_year: float
    payer_pays_change: bool
    wage: float
    supplies: float
    room_week: float
    with_patients: float
    hours_per_week: float
    room_hours_per_week: float
    weeks: float


@dataclass(frozen=True)
class Team:
    """Those who treat, as they are now: practitioners, their paid hours in a week, and rooms; NaN where not stated."""

    practitioners: float
    hours_per_week: float
    rooms: float
    room_hours_per_week: float


def budget_of(scenario: Scenario, name: str = "budget") -> Budget:
    """Return the budget of a scenario; UsageError, which begins with a `name`, if it states none."""
    if scenario.budget is None:
        raise UsageError(
            f"{name}: the scenario has no `budget` section; it needs `population`, `incidence` or `prevalence`, `now` "
            "and `after`, as configs/budget.yaml has them"
        )
    return scenario.budget


def with_its_arms(scenario: Scenario) -> Scenario:
    """Return a scenario whose arms are those of its budget; nothing is a course of one visit that is never paid."""
    arms, protocols = budget_of(scenario).arms, scenario.protocols
    if NOTHING in arms and NOTHING not in protocols and NOTHING not in scenario.policies:
        protocols = {**protocols, NOTHING: _REST}
    return scenario.model_copy(update={"arms": arms, "protocols": protocols})


def terms_of(scenario: Scenario, budget: Budget) -> Terms:
    """Return a budget as numbers; `scenario` has its arms, and the clinic from which what is left out is taken."""
    clinic, given = scenario.clinic, budget.delivery
    money, team = clinic.money if clinic else None, team_of(scenario, budget)
    wage = float(given.wage_per_hour) if given.wage_per_hour else _mean_wage(clinic)
    supplies = given.supplies_per_visit or (money.supplies_per_visit if money else None)
    room = given.room_per_week or (money.room_per_week if money else None)
    begin = _begin(budget)
    return Terms(
        now=begin[:, None] * _mix(budget, scenario.arms, after=False),
        after=begin[:, None] * _mix(budget, scenario.arms, after=True),
        payer=np.array([float(budget.payer.by_arm.get(arm, budget.payer.share)) for arm in scenario.arms]),
        is_treated=np.array([scenario.protocols.get(arm) != _REST for arm in scenario.arms]),
        price_factor=float(money.price_factor) if money else 1.0,
        missed_fee=float(money.missed_visit_fee) if money else 0.0,
        first_visit_minutes=float(clinic.first_visit_extra_minutes) if clinic else 0.0,
        start_up=float(budget.change.start_up),
        per_year=float(budget.change.per_year),
        payer_pays_change=budget.change.paid_by == "payer",
        wage=wage,
        supplies=math.nan if supplies is None else float(supplies),
        room_week=math.nan if room is None else float(room),
        with_patients=float(given.time_with_patients),
        hours_per_week=team.hours_per_week,
        room_hours_per_week=team.room_hours_per_week,
        weeks=float(given.weeks_per_year),
    )


def team_of(scenario: Scenario, budget: Budget) -> Team:
    """Return those who treat: as the budget states them, else as the scenario's clinic has them."""
    given, clinic = budget.delivery, scenario.clinic
    hours = _hours_of(clinic)
    people = sum(hours.values()) and math.fsum(count for count in _counts(clinic).values())
    week = math.fsum(hours.values()) / people if people else math.nan
    return Team(
        practitioners=float(given.practitioners) if given.practitioners is not None else people or math.nan,
        hours_per_week=float(given.hours_per_week) if given.hours_per_week else week,
        rooms=float(given.rooms) if given.rooms is not None else float(clinic.rooms) if clinic else math.nan,
        room_hours_per_week=float(given.room_hours_per_week) if given.room_hours_per_week else _open_hours(clinic),
    )


def _begin(budget: Budget) -> Floats:
    """Return how many eligible people begin in each year, (years,)."""
    growth = (1 + float(budget.growth)) ** np.arange(budget.years)
    cases = np.full(budget.years, float(budget.incidence))
    cases[0] += float(budget.prevalence)
    return np.asarray(float(budget.population) * growth * cases * float(budget.eligible))


def _mix(budget: Budget, arms: tuple[str, ...], *, after: bool) -> Floats:
    """Return the share of the eligible by year and arm; shares that sum to more, as in a draw, are scaled to 1."""
    mix, found = budget.after if after else budget.now, np.zeros((budget.years, len(arms)))
    for arm, shares in mix.items():
        found[:, arms.index(arm)] += [share_in(shares, year) for year in range(budget.years)]
    total = found.sum(axis=1)
    found /= np.maximum(total, 1)[:, None]
    found[:, arms.index(budget.otherwise)] += 1 - np.minimum(total, 1)
    return found


def _counts(clinic: Clinic | None) -> dict[str, int]:
    return {} if clinic is None else {name: one.count for name, one in clinic.practitioners.items()}


def _hours_of(clinic: Clinic | None) -> dict[str, float]:
    """Return the hours on duty of all practitioners of each kind in a week, the mean of those of their roster."""
    if clinic is None:
        return {}
    return {
        name: one.count
        * sum(end - start for week in one.weeks for day in week for start, end in day)
        / (60 * len(one.weeks))
        for name, one in clinic.practitioners.items()
    }


def _mean_wage(clinic: Clinic | None) -> float:
    hours = _hours_of(clinic)
    if clinic is None or not hours:
        return math.nan
    paid = math.fsum(hours[name] * float(one.wage_per_hour) for name, one in clinic.practitioners.items())
    return paid / math.fsum(hours.values())


def _open_hours(clinic: Clinic | None) -> float:
    """Return the hours of a week in which anybody works, the mean of a year of the rosters; NaN without a clinic."""
    if clinic is None:
        return math.nan
    rosters = [one.weeks for one in clinic.practitioners.values()]
    weeks = min(math.lcm(*map(len, rosters)), YEAR_WEEKS)
    open_at = np.zeros((weeks, len(WEEKDAYS), DAY_MINUTES), bool)
    for roster in rosters:
        for week in range(weeks):
            for day, spans in enumerate(roster[week % len(roster)]):
                for start, end in spans:
                    open_at[week, day, start:end] = True
    return float(open_at.sum() / 60 / weeks)
