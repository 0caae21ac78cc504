"""A budget impact analysis: every measure by year and arm, with its errors, and what one-way scenarios change."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.decision.budget.flows import FLOWS, Flows, flows_in_draws, flows_of
from sim.decision.budget.ledger import MIXES, ledger
from sim.decision.budget.measures import MEASURE, PLACE
from sim.decision.budget.terms import Team, budget_of, team_of, terms_of, with_its_arms
from sim.estimate.estimate import Estimate
from sim.scenario.budget import Budget
from sim.scenario.places import quantities, with_values
from sim.scenario.schema import Scenario
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.inputs import Input, Points, inputs_at, values_at
from sim.study.prepare import Study, prepare
from sim.study.uncertainty import INTERVAL

Floats = NDArray[np.float64]

ALL = "all"
THE_CHANGE = "(change)"
"""What stands for the costs of the change itself where arms stand."""
TOTAL, LATER = "all years", "later"
PURPOSE, CLINIC = "budget", "clinic"
"""Sections whose inputs are drawn with a budget; the first names the purpose of their random numbers too. Draws of the
model are those of every other analysis.
"""


@dataclass(frozen=True)
class Figures:
    """Every measure, (mixes, years + 2, arms + 2, measures): as the scenario states it, with its simulation error, and
    over draws of the inputs their mean and 95 % interval, NaN without draws.
    """

    estimate: Floats
    error: Floats
    mean: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Impact:
    """A finished budget of one scenario. `draws`: how many there were, 0 for none; `uncertain`: inputs of the budget
    itself that were drawn, `model_inputs`: how many of the model's.
    """

    scenario: Scenario
    budget: Budget
    team: Team
    figures: Figures
    patients: int
    draws: int
    uncertain: tuple[Input, ...]
    model_inputs: int

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, in order."""
        return tuple(self.scenario.arms)

    @cached_property
    def years(self) -> tuple[str, ...]:
        """What the years are called, then all of them, then what falls later."""
        return (*(self.budget.year_label(year) for year in range(self.budget.years)), TOTAL, LATER)

    @property
    def rows(self) -> tuple[str, ...]:
        """The arms, the change itself, and everything together."""
        return (*self.arms, THE_CHANGE, ALL)

    def arm_label(self, arm: str) -> str:
        """Return the name of an arm, or of what stands where arms stand, as people read it."""
        if arm in (THE_CHANGE, ALL):
            return "The change itself" if arm == THE_CHANGE else "Together"
        return self.scenario.arm_label(arm)

    def get(self, mix: str, year: str | int, measure: str, arm: str = ALL) -> Estimate:
        """Return a measure in a year, by its name or its place from 0, with its simulation error."""
        at = self._at(mix, year, arm, measure)
        unit = MEASURE[measure].unit.of(self.scenario.costs.currency)
        return Estimate.normal(unit, float(self.figures.estimate[at]), float(self.figures.error[at]))

    def doubt(self, mix: str, year: str | int, measure: str, arm: str = ALL) -> tuple[float, float, float]:
        """Return mean and 95 % interval of a measure over draws of the inputs; NaN without draws."""
        at = self._at(mix, year, arm, measure)
        return float(self.figures.mean[at]), float(self.figures.lower[at]), float(self.figures.upper[at])

    def is_known(self, measure: str) -> bool:
        """Whether everything is stated that a measure takes."""
        return bool(np.isfinite(self.figures.estimate[0, 0, -1, PLACE[measure]]))

    def _at(self, mix: str, year: str | int, arm: str, measure: str) -> tuple[int, int, int, int]:
        place = self.years.index(year) if isinstance(year, str) else year
        return MIXES.index(mix), place, self.rows.index(arm), PLACE[measure]


@dataclass(frozen=True)
class Case:
    """A one-way scenario: its name, what it sets, and its budget without draws."""

    name: str
    settings: tuple[str, ...]
    impact: Impact


def impact_of(
    scenario: Scenario,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
    saved: Saved = NOTHING_SAVED,
    part: str = FLOWS,
) -> Impact:
    """Return the budget of a scenario, over the draws of the inputs that it asks for.

    `part` names what is kept of it.

    Raises UsageError without a budget, ScenarioError for distributions that cannot be.
    """
    budget, own = budget_of(scenario), budget_inputs(scenario)
    study = prepare(with_its_arms(scenario))
    base = flows_of(study, budget.begin)
    stated, error = _mean_and_error(ledger(base.values[0], terms_of(study.scenario, budget)), base.weights)
    nothing = np.full_like(stated, np.nan)
    figures, drawn = Figures(stated, error, nothing, nothing, nothing), 0
    model_inputs = 0
    if scenario.draws.number:
        flows, drawing = flows_in_draws(study, budget.begin, workers, progress, saved, part)
        drawn, model_inputs = flows.draws, len(drawing.inputs)
        mean, lower, upper = _over_draws(study, flows, own)
        figures = replace(figures, mean=mean, lower=lower, upper=upper)
    return Impact(study.scenario, budget, team_of(study.scenario, budget), figures, scenario.cohort.size, drawn,
                  own if drawn else (), model_inputs)  # fmt: skip


def budget_inputs(scenario: Scenario) -> tuple[Input, ...]:
    """Return the inputs that have a distribution of the budget itself, and of the clinic that it takes numbers from.

    Raises ScenarioError for a distribution that cannot be.
    """
    parts = chain(quantities(budget_of(scenario), (PURPOSE,)), quantities(scenario.clinic, (CLINIC,)))
    return inputs_at(one for one in parts if one.quantity.is_uncertain)


def _over_draws(study: Study, flows: Flows, uncertain: tuple[Input, ...]) -> tuple[Floats, Floats, Floats]:
    """Return mean, lower and upper end over the draws, with the noise of their patients taken out of the interval."""
    scenario, budget = study.scenario, budget_of(study.scenario)
    own = values_at(uncertain, Points(scenario.seed, len(uncertain), PURPOSE).first(flows.draws))
    means, noise = [], []
    for k in range(flows.draws):
        drawn = {one.place: float(own[k, i]) for i, one in enumerate(uncertain)}
        of_clinic = {place: value for place, value in drawn.items() if place[0] == CLINIC}
        of_budget = {place[1:]: value for place, value in drawn.items() if place[0] == PURPOSE}
        terms = terms_of(with_values(scenario, of_clinic), _with_drawn(budget, of_budget))
        mean, error = _mean_and_error(ledger(flows.values[k], terms), flows.weights)
        means.append(mean)
        noise.append(error**2)
    return _interval(np.array(means), np.array(noise))


def _with_drawn(part: Any, values: Mapping[tuple[str | int, ...], float]) -> Any:
    """Return a part of a budget with drawn values; shares that then sum to more than 1 are scaled in adding up."""
    if () in values:
        return part.model_copy(update={"value": values[()]})
    below: dict[str | int, dict[tuple[str | int, ...], float]] = {}
    for place, value in values.items():
        below.setdefault(place[0], {})[place[1:]] = value
    if isinstance(part, tuple):
        return tuple(_with_drawn(one, below.get(i, {})) for i, one in enumerate(part))
    if isinstance(part, dict):
        return part | {name: _with_drawn(part[name], inner) for name, inner in below.items() if isinstance(name, str)}
    return part.model_copy(update={name: _with_drawn(getattr(part, str(name)), inner) for name, inner in below.items()})


def _interval(values: Floats, noise: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean and 95 % interval over draws, which stand first; `noise` is the variance of each by its patients.

    The variance between draws is that of the inputs and that of the noise; as much is taken out as the noise has.
    """
    mean, between, within = values.mean(axis=0), values.var(axis=0, ddof=1), noise.mean(axis=0)
    kept = np.sqrt(np.divide(np.maximum(between - within, 0), between, out=np.zeros_like(between), where=between > 0))
    ordered = np.sort(mean + kept * (values - mean), axis=0)
    last = len(values) - 1
    return mean, ordered[math.floor(INTERVAL[0] * last)], ordered[math.ceil(INTERVAL[1] * last)]


def _mean_and_error(found: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return means over units of patients, which stand third, and their standard errors."""
    mean = np.einsum("u,myuab->myab", weights, found)
    units = len(weights)
    if units < 2:
        return mean, np.full_like(mean, np.nan)
    apart = (found - mean[:, :, None]) * weights[:, None, None]
    spread = np.sqrt((apart**2).sum(axis=2) * units / (units - 1))
    return mean, np.where(spread <= 1e-13 * np.abs(mean), 0.0, spread)
