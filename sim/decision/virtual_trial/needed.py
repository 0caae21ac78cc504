"""How many patients a power takes, read from the power at several sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.special import ndtri

from sim.decision.virtual_trial.moments import jackknife_error
from sim.estimate.estimate import Estimate
from sim.units import PATIENTS

Floats = NDArray[np.float64]

Where = Literal["found", "fewer", "more", "never"]
"""Whether the number lies among the sizes that were tried, below the least, or above the largest of them; or whether no
number is enough."""


@dataclass(frozen=True)
class Needed:
    """Patients in the arm that a `power` takes: `number` where it was found among the sizes; `where` it lies if not."""

    power: float
    where: Where
    number: Estimate


def needed(power: float, sizes: Floats, by_part: Floats, most: float = 1.0) -> Needed:
    """Return the size from which on a power is reached.

    `by_part`: the power at each size, in all trials first, then without each part of them in turn, (1 + parts, sizes);
    `most`: what it tends to with ever more patients. Between two sizes its probit is a straight line over the square
    root of the size, as it is for a normal estimate.
    """
    found, *others = (_at(power, sizes, one) for one in by_part)
    if math.isfinite(found):
        error = jackknife_error(np.array(others))
        return Needed(power, "found", Estimate.normal(PATIENTS, found, error, over="trials"))
    nothing = Estimate(PATIENTS, math.nan, math.nan, math.nan, math.nan, over="trials")
    where: Where = "fewer" if found < 0 else "never" if most < power else "more"
    return Needed(power, where, nothing)


def by_formula(power: float, size: Estimate) -> Needed:
    """Return what a formula says that a power takes."""
    if math.isfinite(size.estimate):
        return Needed(power, "found", size)
    return Needed(power, "never", Estimate(PATIENTS, math.nan, math.nan, math.nan, math.nan, over="trials"))


def _at(power: float, sizes: Floats, powers: Floats) -> float:
    """Return the size at which a power is first reached for good; -inf below the least, inf above the largest."""
    rising = isotonic_regression(powers).x
    if rising[0] >= power:
        return -math.inf
    if rising[-1] < power:
        return math.inf
    k = int(np.searchsorted(rising, power))
    z = ndtri(np.clip(rising[[k - 1, k]], 1e-4, 1 - 1e-4))
    part = (ndtri(power) - z[0]) / (z[1] - z[0])
    low, high = math.sqrt(sizes[k - 1]), math.sqrt(sizes[k])
    return float((low + part * (high - low)) ** 2)
