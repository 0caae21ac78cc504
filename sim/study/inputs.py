"""The uncertain inputs of a scenario, and drawing them together.

Points of a scrambled Sobol sequence (Owen 1998, doi:10.1006/jcom.1998.0487) go through the inverse distributions, so
that draws fill the space of the inputs evenly. Correlated inputs are joined by a Gaussian copula. A distribution is
cut at what its number may be at all: a share stays between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from sim.errors import ScenarioError, did_you_mean
from sim.luck.streams import stream
from sim.scenario.distributions import TAIL, Distribution, distribution
from sim.scenario.evidence import Quantity
from sim.scenario.places import Placed
from sim.scenario.places import quantities as places
from sim.scenario.references import Place
from sim.scenario.schema import Scenario

Floats = NDArray[np.float64]

MOST_CUT = 0.05
"""Largest part of a distribution that may lie beyond what its number can be."""
LOWEST_RANK = 1e-9
_NO_ROOM = 1e-12
"""Variance that rounding leaves of an input which follows exactly from others."""


@dataclass(frozen=True)
class Input:
    """An uncertain input: its place and quantity, its distribution, and the ranks between which it may lie."""

    place: Place
    quantity: Quantity
    distribution: Distribution
    ranks: tuple[float, float]

    @property
    def path(self) -> str:
        """The place as users write it."""
        return ".".join(str(step) for step in self.place)

    def quantile(self, u: Floats) -> Floats:
        """Return the values at ranks between 0 and 1, in the unit of the quantity; the same shape."""
        low, high = self.ranks
        return self.distribution.quantile(np.clip(low + (high - low) * u, LOWEST_RANK, 1 - LOWEST_RANK))

    @property
    def step(self) -> float:
        """About a standard deviation: half of where it lies with a chance of 68 %."""
        low, high = self.quantile(np.array([0.16, 0.84]))
        return float(high - low) / 2

    @property
    def range95(self) -> tuple[float, float]:
        """The values between which the input lies with a chance of 95 %."""
        low, high = self.quantile(np.array([TAIL, 1 - TAIL]))
        return float(low), float(high)


def uncertain_inputs(scenario: Scenario) -> tuple[Input, ...]:
    """Return the inputs that have a distribution and can make a difference to the scenario's arms, in order.

    Raises ScenarioError for a distribution that lies beyond what its number can be.
    """
    return inputs_at(_uncertain(scenario))


def inputs_at(quantities: Iterable[Placed]) -> tuple[Input, ...]:
    """Return uncertain quantities as inputs; ScenarioError for a distribution beyond what its number can be."""
    faults: list[str] = []
    found: list[Input] = []
    for placed in quantities:
        try:
            found.append(_input(placed))
        except ScenarioError as error:
            faults += [f"{placed.path}.uncertainty: {fault}" for fault in error.faults]
    if faults:
        raise ScenarioError(faults)
    return tuple(found)


def copula(scenario: Scenario, inputs: Sequence[Input]) -> Floats:
    """Return the lower Cholesky factor of the correlation of the inputs' normal scores, (inputs, inputs).

    Raises ScenarioError for a correlation of anything but two uncertain inputs, or correlations that cannot hold
    together.
    """
    return _joined(scenario, [one.path for one in inputs])


def input_faults(scenario: Scenario) -> list[str]:
    """Return everything for which the inputs of a scenario could not be drawn, each with its path before it."""
    paths = [placed.path for placed in _uncertain(scenario)]
    faults: list[str] = []
    for attempt in (lambda: uncertain_inputs(scenario), lambda: _joined(scenario, paths)):
        try:
            attempt()
        except ScenarioError as error:
            faults += error.faults
    return faults


def _uncertain(scenario: Scenario) -> list[Placed]:
    """Return the uncertain numbers that courses depend on: a clinic's are no part of them."""
    return [
        one
        for one in places(scenario)
        if one.quantity.is_uncertain and one.place[0] != "clinic" and _matters(scenario, one.place)
    ]


def _joined(scenario: Scenario, paths: Sequence[str]) -> Floats:
    """Return what `copula` returns, for inputs by path."""
    matrix = np.eye(len(paths))
    seen: dict[frozenset[str], int] = {}
    faults: list[str] = []
    for i, given in enumerate(scenario.draws.correlations):
        place, pair = f"draws.correlations.{i}.between", frozenset(given.between)
        strange = [(k, path) for k, path in enumerate(given.between) if path not in paths]
        for k, path in strange:
            hint = did_you_mean(path, paths)
            faults.append(f"{place}.{k}: {path} is no uncertain input of this scenario.{hint}")
        if pair in seen:
            faults.append(f"{place}: the same two inputs as in draws.correlations.{seen[pair]}")
        elif not strange:
            a, b = (paths.index(path) for path in given.between)
            matrix[a, b] = matrix[b, a] = given.correlation
        seen.setdefault(pair, i)
    factor = _factor(matrix)
    if factor is None:
        faults.append("draws.correlations: these correlations cannot all hold at once; make some of them weaker")
    if faults or factor is None:
        raise ScenarioError(faults)
    return factor


def _factor(matrix: Floats) -> Floats | None:
    """Return the lower Cholesky factor of a matrix of correlations, None if there is none.

    A matrix that is singular has one too: where inputs follow exactly from those before them, the column is 0.
    """
    try:
        return np.asarray(np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        pass
    factor = np.zeros_like(matrix)
    for j in range(len(matrix)):
        left = matrix[j:, j] - factor[j:, :j] @ factor[j, :j]
        if left[0] > _NO_ROOM:
            factor[j:, j] = left / math.sqrt(left[0])
        elif left[0] < -_NO_ROOM or np.abs(left).max() > math.sqrt(_NO_ROOM):
            return None
    return factor


class Points:
    """The scrambled Sobol sequence in the unit cube, one point after another; it depends on the seed only."""

    def __init__(self, seed: int, dimensions: int, purpose: str = "inputs") -> None:
        from scipy.stats import qmc  # takes most of a second to load

        scrambling = int(stream(seed, 0, 0, purpose).integers(2**62))
        self._engine = qmc.Sobol(dimensions, scramble=True, seed=scrambling) if dimensions else None
        self._drawn = np.empty((0, dimensions))

    def first(self, n: int) -> Floats:
        """Return the first `n` points, (n, dimensions), strictly between 0 and 1."""
        if self._engine is None:
            return np.empty((n, 0))
        while len(self._drawn) < n:
            # A power of 2 keeps the balance of the sequence.
            more = len(self._drawn) or 2 ** max(math.ceil(math.log2(n)), 4)
            self._drawn = np.concatenate([self._drawn, self._engine.random(more)])
        return np.clip(self._drawn[:n], LOWEST_RANK, 1 - LOWEST_RANK)


def values_at(inputs: Sequence[Input], points: Floats, factor: Floats | None = None) -> Floats:
    """Return the values of the inputs at points of the unit cube, (points, inputs), correlated by a copula's factor."""
    if factor is not None and not np.array_equal(factor, np.eye(len(inputs))):
        points = ndtr(ndtri(points) @ factor.T)
    columns = [one.quantile(points[:, k]) for k, one in enumerate(inputs)]
    return np.stack(columns, axis=1) if columns else np.empty((len(points), 0))


def _input(placed: Placed) -> Input:
    quantity, number = placed.quantity, placed.number
    assert quantity.uncertainty is not None
    found = distribution(quantity.uncertainty, quantity.value)
    low, high = max(number.ge, number.gt), min(number.le, number.lt)
    ranks = found.below(low), found.below(high)
    if 1 - (ranks[1] - ranks[0]) > MOST_CUT:
        beyond = 100 * (1 - (ranks[1] - ranks[0]))
        raise ScenarioError(
            [f"{beyond:.2g} % of this distribution lies beyond what the number can be ({number.allowed()}); "
             f"at most {100 * MOST_CUT:g} % may"]
        )  # fmt: skip
    return Input(placed.place, quantity, found, ranks)


def _matters(scenario: Scenario, place: Place) -> bool:
    """Tell whether anything in a run reads a number; a modality that no arm gives still is calibrated."""
    match place:
        case ("profiles", str(name), *_):
            shares = (scenario.cohort.profiles, scenario.calibration.profiles)
            return any(one.get(name, 0) > 0 for one in shares)
        case ("claims", str(name), claim, *_):
            replaced_by = {
                "pain_reduction": "ceiling", "over_sham": "ceiling", "over": "ceiling",
                "visits_to_relief": "half_life", "satisfied": "satisfaction_threshold", "relapse_3mo": "relapse_scale",
            }  # fmt: skip
            given = scenario.parameters.get(name)
            return not (given and getattr(given, replaced_by.get(str(claim), ""), None))
        case ("decision" | "budget", *_):
            return False  # a choice, which no run reads; what a budget counts is drawn with it
    return True


def fixed_inputs(scenario: Scenario) -> tuple[Placed, ...]:
    """Return the numbers that make a difference and are taken as fixed: no distribution says how unsure they are."""
    return tuple(
        placed for placed in places(scenario) if not placed.quantity.is_uncertain and _matters(scenario, placed.place)
    )
