"""Shares of evenly spread patients as functions of one number, and where such a function has a given value.

Both functions fall all the way, and what stands for their number is found by Newton's method, held between two ends.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inner, kernel
from sim.patient.elementary import exp

Floats = NDArray[np.float64]

NEAR = 1e-9
"""How far the last step of a search goes, at most; what is left is in proportion to its square."""
MOST_STEPS = 200
GREATEST = 600.0
"""The greatest argument of an exponential."""


@inner
def _narrowed(at: float, above: float, falls: float, low: float, high: float) -> tuple[float, float, float]:
    """Return ends moved up to a place, and the next one: Newton's, or the middle where that lies beyond an end.

    There the function is `above` what is wanted, and `falls` by so much.
    """
    if above > 0.0:
        low = at
    else:
        high = at
    following = at + above / max(falls, 1e-300)
    return low, high, following if low < following < high else (low + high) / 2.0


@inner
def _relapse(times: float, used_up: Floats, fades: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the share that loses relief with so many times the hazard, and its slope by the logarithm of that."""
    share, slope = 0.0, 0.0
    for i in range(len(used_up)):
        hazard = times * used_up[i]
        held = exp(-hazard)
        share += 1.0 if fades[i] else 1.0 - held
        slope += 0.0 if fades[i] else hazard * held
    return share / len(used_up), slope / len(used_up)


@kernel
def relapse_with(times: float, used_up: Floats, fades: NDArray[np.bool_]) -> float:
    """Return the share that loses relief with so many times the hazard `used_up`, (patients,): the mean of each
    patient's chance, 1 - exp(-hazard), or 1 where relief `fades`.
    """
    return _relapse(times, used_up, fades)[0]


@kernel
def scale_for_relapse(
    share: float, used_up: Floats, fades: NDArray[np.bool_], power: float, known: float, low: float, high: float
) -> float:
    """Return the logarithm of the relapse scale with which a share loses relief, between two: hazard, which is
    `used_up` at the `known` one, is in proportion to the scale to the minus `power`. An end if all of them are beyond
    it.
    """
    if _relapse(exp(power * (known - high)), used_up, fades)[0] >= share:
        return high
    if _relapse(exp(power * (known - low)), used_up, fades)[0] <= share:
        return low
    at = min(max(known, low), high)
    for _ in range(MOST_STEPS):
        got, slope = _relapse(exp(power * (known - at)), used_up, fades)
        low, high, following = _narrowed(at, got - share, power * slope, low, high)
        step, at = abs(following - at), following
        if step < NEAR:
            break
    return at


@inner
def _satisfied(
    threshold: float, reduction: Floats, width: float, penalty: float, free: float
) -> tuple[float, float]:  # fmt: skip
    share, slope = 0.0, 0.0
    for i in range(len(reduction)):
        calm = 1.0 / (1.0 + exp(min((threshold - reduction[i]) / width, GREATEST)))
        troubled = 1.0 / (1.0 + exp(min((threshold + penalty - reduction[i]) / width, GREATEST)))
        share += free * calm + (1.0 - free) * troubled
        slope += (free * calm * (1.0 - calm) + (1.0 - free) * troubled * (1.0 - troubled)) / width
    return share / len(reduction), slope / len(reduction)


@kernel
def satisfied_with(threshold: float, reduction: Floats, width: float, penalty: float, free: float) -> float:
    """Return the share that is satisfied with a threshold in points.

    `reduction` of pain that they report, in points, (patients,); `width` of the threshold and `penalty` of adverse
    events, in points; `free`: the share without such events.
    """
    return _satisfied(threshold, reduction, width, penalty, free)[0]


@kernel
def threshold_for_share(
    share: float, reduction: Floats, width: float, penalty: float, free: float, low: float, high: float
) -> float:
    """Return the threshold in points, between two, with which a share is satisfied; NaN if it is beyond them."""
    if not (
        _satisfied(low, reduction, width, penalty, free)[0] >= share
        >= _satisfied(high, reduction, width, penalty, free)[0]
    ):  # fmt: skip
        return np.nan
    at = 0.5 * (low + high)
    for _ in range(MOST_STEPS):
        got, slope = _satisfied(at, reduction, width, penalty, free)
        low, high, following = _narrowed(at, got - share, slope, low, high)
        step, at = abs(following - at), following
        if step < NEAR:
            break
    return at
