"""The year by month: what each month brings, and the month in which people wait longest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.capacity.demand import Demand, excess_of
from sim.capacity.replicate import Replications, mean_of, ratio_of
from sim.capacity.shares import OF_MONTH, month_count, months_of
from sim.capacity.week import DAYS
from sim.estimate.estimate import Z95, Estimate
from sim.scenario.clinic import MONTHS
from sim.units import DAYS as DAYS_UNIT
from sim.units import Unit

Floats = NDArray[np.float64]

MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_AT = {name: place for place, name in enumerate(OF_MONTH)}
NOTABLY = 1.5
"""Times as long as over the whole year that people must wait in a month for a warning."""
LEAST_WAIT = 1.0
"""Days of waiting, on average, below which a month is not worth a warning."""


@dataclass(frozen=True)
class Month:
    """A month of the simulated weeks: its number from 0, whether the clinic had filled before it, and its days."""

    number: int
    is_counted: bool
    days: int

    @property
    def name(self) -> str:
        """What it is called."""
        return MONTH_NAMES[self.number % MONTHS]

    @property
    def year(self) -> int:
        """The year of the simulation, from 1."""
        return self.number // MONTHS + 1


def months(runs: Replications) -> list[Month]:
    """Return the months of a clinic's weeks; the last one may be cut short."""
    weeks = runs.model.clinic.weeks
    of_day = months_of(np.arange(weeks * DAYS))
    counted_from = runs.warm_up.weeks * DAYS
    return [
        Month(m, bool(np.flatnonzero(of_day == m)[0] >= counted_from), int((of_day == m).sum()))
        for m in range(month_count(weeks))
    ]


def monthly(runs: Replications, name: str) -> Floats:
    """Return what months brought in every replication, (replications, months); `name` as in `OF_MONTH`."""
    return np.stack([one.months[:, _AT[name]] for one in runs.measured])


def month_total(runs: Replications, month: Month, name: str, unit: Unit) -> Estimate:
    """Return what a month brought."""
    return mean_of(monthly(runs, name)[:, month.number], unit)


def month_margin(runs: Replications, month: Month, unit: Unit) -> Estimate:
    """Return the revenue less all cost of a month; NaN if no cost is stated."""
    if not runs.model.clinic.states_costs:
        return mean_of(np.full(runs.number, np.nan), unit)
    spent = sum(monthly(runs, name) for name in ("wages", "rooms_and_other", "supplies", "reminders"))
    return mean_of((monthly(runs, "revenue") - spent)[:, month.number], unit)


def month_wait(runs: Replications, month: Month) -> Estimate:
    """Return the mean wait of those who ask in a month."""
    at = month.number
    return ratio_of(monthly(runs, "wait_days")[:, at], monthly(runs, "asked")[:, at], DAYS_UNIT)


@dataclass(frozen=True)
class Peak:
    """The month in which people wait longest: the wait then, and over all counted weeks, mean days.

    `per_week`, `usual_per_week`: new patients who ask in a week of it, and on average over the year; `hours`,
    `usual_hours`: practitioners' hours on duty in a week of it, and over all counted weeks; `has_absences`: whether
    anybody is ever off; `excess`: hours a week by which the courses of those who ask exceed what the clinic can give,
    negative if they do not; `is_notable`: whether it is worth a warning.
    """

    month: Month
    wait: Estimate
    usual_wait: Estimate
    per_week: float
    usual_per_week: float
    hours: float
    usual_hours: float
    has_absences: bool
    excess: float
    is_notable: bool


def peak(runs: Replications, demand: Demand) -> Peak | None:
    """Return the month in which people wait longest, None if every month is alike or nobody asks."""
    model = runs.model
    pattern = model.clinic.arrivals.by_month or (1.0,) * MONTHS
    is_away = any(one.off for one in model.team)
    if min(pattern) == max(pattern) and not is_away:
        return None
    counted = [one for one in months(runs) if one.is_counted and monthly(runs, "asked")[:, one.number].sum() > 0]
    if not counted:
        return None
    month = max(counted, key=lambda one: month_wait(runs, one).estimate)
    wait, usual = month_wait(runs, month), runs.estimate("wait_mean_days")
    mean = float(model.clinic.arrivals.per_week)
    per_week = mean * pattern[month.number % MONTHS] * MONTHS / sum(pattern)
    excess = excess_of({skills: per_week * hours for skills, hours in demand.per_course.items()}, model)
    hours = float(monthly(runs, "on_duty")[:, month.number].mean()) / 60 / (month.days / DAYS)
    is_sure = wait.estimate - usual.estimate > Z95 * float(np.hypot(wait.mc_error, usual.mc_error))
    goal = float(model.clinic.goals.first_visit_within)
    is_long = wait.estimate > max(NOTABLY * usual.estimate, LEAST_WAIT) or wait.estimate > goal >= usual.estimate
    is_overloaded = demand.is_stable and excess >= 0
    return Peak(
        month, wait, usual, per_week, mean, hours, runs.estimate("hours_per_week").estimate, is_away, excess,
        (is_sure and is_long) or is_overloaded,
    )  # fmt: skip
