"""What is expected on an evening: means over weighed people, and quantiles of a reading with its noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compiled import kernel
from sim.estimate.estimate import Estimate
from sim.learn.likelihood import normal_share
from sim.units import POINTS, SHARE, Unit

Floats = NDArray[np.float64]

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_SCALE: Floats = np.linspace(0.0, 10.0, 101)
"""Readings, in points, at which the share of lower ones is worked out; in between, along straight lines."""


@dataclass(frozen=True)
class Average:
    """What is expected on an evening: mean `pain` in points and the chance to be in `relief`, each with its Monte Carlo
    error.
    """

    day: int
    pain: Estimate
    relief: Estimate


@dataclass(frozen=True)
class Expected(Average):
    """Also quantiles of a `reading` on that day by LEVELS, in points, before it is rounded: a rounded reading has the
    rounded quantiles.
    """

    reading: tuple[float, ...]


def average(day: int, pain: Floats, relieved: Floats, weights: Floats) -> Average:
    """Return what people show on average, (people,) each; the weights sum to 1."""
    return Average(day, mean_of(POINTS, pain, weights), mean_of(SHARE, relieved, weights))


def expected(day: int, pain: Floats, relieved: Floats, noise: Floats, weights: Floats) -> Expected:
    """Return what is expected of people whose readings scatter with their noise, (people,) each."""
    of_all = average(day, pain, relieved, weights)
    return Expected(of_all.day, of_all.pain, of_all.relief, quantiles(pain, noise, weights))


def quantiles(pain: Floats, noise: Floats, weights: Floats) -> tuple[float, ...]:
    """Return the quantiles, by LEVELS, of a reading that is cut at 0 and 10: its noise is normal, with the sd of its
    person.
    """
    lower = np.zeros(len(_SCALE))
    _add_lower(pain, noise, weights, _SCALE, lower)
    return tuple(float(one) for one in np.interp(LEVELS, lower, _SCALE))


@kernel
def _add_lower(pain: Floats, noise: Floats, weights: Floats, scale: Floats, lower: Floats) -> None:
    """Add to `lower` the share of readings below each point of a scale."""
    for i in range(len(pain)):
        if weights[i] == 0.0:
            continue
        per_noise = 1.0 / max(noise[i], 1e-6)
        for k in range(len(scale)):
            lower[k] += weights[i] * normal_share((scale[k] - pain[i]) * per_noise)


def mean_of(unit: Unit, values: Floats, weights: Floats) -> Estimate:
    """Return a weighted mean with its Monte Carlo standard error; the weights sum to 1."""
    mean = float((weights * values).sum())  # the same bits on any number of threads
    return Estimate.normal(unit, mean, math.sqrt(float(((weights * (values - mean)) ** 2).sum())))
