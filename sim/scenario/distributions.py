"""Distributions of uncertain inputs, as people state them: by mean and sd, or by a 95 % range."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv, gammainc, gammaincinv, ndtr, ndtri

from sim.errors import ScenarioError
from sim.roots import root_between
from sim.scenario.evidence import Uncertainty

Floats = NDArray[np.float64]

TAIL = 0.025
_Z = float(ndtri(1 - TAIL))


@dataclass(frozen=True)
class Distribution:
    """A distribution by its family and parameters, in the unit of its input.

    Parameters: normal (mean, sd); lognormal (mean, sd of the logarithm); beta (alpha, beta); gamma (shape, scale);
    uniform (low, high); triangular (low, mode, high).
    """

    family: str
    parameters: tuple[float, ...]

    def quantile(self, u: Floats) -> Floats:
        """Return the values at ranks `u`, strictly between 0 and 1; the same shape."""
        a, b, *rest = self.parameters
        match self.family:
            case "normal":
                return np.asarray(a + b * ndtri(u))
            case "lognormal":
                return np.asarray(np.exp(a + b * ndtri(u)))
            case "beta":
                return np.asarray(betaincinv(a, b, u))
            case "gamma":
                return np.asarray(b * gammaincinv(a, u))
            case "uniform":
                return np.asarray(a + (b - a) * u)
        high = rest[0]
        rising = (b - a) / (high - a)
        return np.where(
            u < rising,
            a + np.sqrt(u * (high - a) * (b - a)),
            high - np.sqrt((1 - u) * (high - a) * (high - b)),
        )

    def below(self, x: float) -> float:
        """Return the chance of a value up to `x`."""
        if x == math.inf or x == -math.inf:
            return float(x > 0)
        a, b, *rest = self.parameters
        match self.family:
            case "normal":
                return float(ndtr((x - a) / b))
            case "lognormal":
                return float(ndtr((math.log(x) - a) / b)) if x > 0 else 0.0
            case "beta":
                return float(betainc(a, b, min(max(x, 0.0), 1.0)))
            case "gamma":
                return float(gammainc(a, max(x, 0.0) / b))
            case "uniform":
                return min(max((x - a) / (b - a), 0.0), 1.0)
        high = rest[0]
        if x <= b:
            return max(x - a, 0.0) ** 2 / ((high - a) * (b - a)) if b > a else 0.0
        return 1 - max(high - x, 0.0) ** 2 / ((high - a) * (high - b))

    @property
    def sd(self) -> float:
        """Standard deviation."""
        a, b, *rest = self.parameters
        match self.family:
            case "lognormal":
                return math.exp(a + b * b / 2) * math.sqrt(math.expm1(b * b))
            case "beta":
                return math.sqrt(a * b / (a + b + 1)) / (a + b)
            case "gamma":
                return math.sqrt(a) * b
            case "uniform":
                return (b - a) / math.sqrt(12)
            case "triangular":
                sides = b - a, rest[0] - b, rest[0] - a
                return math.sqrt(sum(side * side for side in sides) / 36)
        return b


def distribution(uncertainty: Uncertainty, value: float) -> Distribution:
    """Return the distribution of an uncertain value.

    With an sd the value is the mean. With a range, a normal, lognormal, beta or gamma distribution is the one whose
    central 95 % is that range, whatever the value. Raises ScenarioError if there is none, or for a fixed value.
    """
    family, spread = uncertainty.family, uncertainty.spread
    if family is None or spread is None:
        raise ScenarioError(["a fixed value has no distribution"])
    if spread.alpha is not None and spread.beta is not None:
        return Distribution("beta", (spread.alpha, spread.beta))
    if spread.low is not None and spread.high is not None:
        if family == "triangular":
            return Distribution(family, (spread.low, value if spread.mode is None else spread.mode, spread.high))
        return Distribution(family, _BY_RANGE[family](spread.low, spread.high))
    return Distribution(family, _by_sd(family, value, spread.sd or 0.0))


def _by_sd(family: str, mean: float, sd: float) -> tuple[float, ...]:
    match family:
        case "lognormal":
            squared = math.log1p((sd / mean) ** 2)
            return math.log(mean) - squared / 2, math.sqrt(squared)
        case "beta":
            concentration = mean * (1 - mean) / sd**2 - 1
            return mean * concentration, (1 - mean) * concentration
        case "gamma":
            return (mean / sd) ** 2, sd**2 / mean
        case "uniform":
            return mean - math.sqrt(3) * sd, mean + math.sqrt(3) * sd
        case "triangular":
            return mean - math.sqrt(6) * sd, mean, mean + math.sqrt(6) * sd
    return mean, sd


def _normal_by_range(low: float, high: float) -> tuple[float, ...]:
    return (low + high) / 2, (high - low) / (2 * _Z)


def _lognormal_by_range(low: float, high: float) -> tuple[float, ...]:
    return _normal_by_range(math.log(low), math.log(high))


def _gamma_by_range(low: float, high: float) -> tuple[float, ...]:
    def too_wide(log_shape: float) -> float:
        lower, upper = gammaincinv(math.exp(log_shape), [TAIL, 1 - TAIL])
        return float(np.log(upper / lower)) - math.log(high / low)

    shape = math.exp(_bracketed(too_wide, (-4.0, 25.0), low, high, "gamma"))
    return shape, high / float(gammaincinv(shape, 1 - TAIL))


def _beta_by_range(low: float, high: float) -> tuple[float, ...]:
    from scipy.optimize import root  # takes long to load, and is seldom needed

    def missed(x: Floats) -> list[float]:
        alpha, beta = np.exp(np.clip(x, -20, 30))
        return [float(ndtri(betainc(alpha, beta, low))) + _Z, float(ndtri(betainc(alpha, beta, high))) - _Z]

    mean, sd = _normal_by_range(low, high)
    concentration = max(mean * (1 - mean) / sd**2 - 1, 0.5)
    found = root(missed, np.log([mean * concentration, (1 - mean) * concentration]))
    if not found.success or max(map(abs, missed(found.x))) > 1e-6:
        raise ScenarioError([f"no beta distribution has 95 % of its values between {low:g} and {high:g}"])
    alpha, beta = np.exp(found.x)
    return float(alpha), float(beta)


def _bracketed(
    f: Callable[[float], float], bracket: tuple[float, float], low: float, high: float, family: str
) -> float:
    if not f(bracket[0]) >= 0 >= f(bracket[1]):
        raise ScenarioError([f"no {family} distribution has 95 % of its values between {low:g} and {high:g}"])
    return root_between(f, *bracket, 1e-12)


_BY_RANGE: dict[str, Callable[[float, float], tuple[float, ...]]] = {
    "normal": _normal_by_range,
    "lognormal": _lognormal_by_range,
    "gamma": _gamma_by_range,
    "beta": _beta_by_range,
    "uniform": lambda low, high: (low, high),
}
