"""Thresholds: the values of each input, within its range, at which another arm becomes the preferred one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.calibration_error import CalibrationError, is_calibrated_anew
from sim.decision.sensitivity.response import Response
from sim.estimate.clusters import error_of_mean
from sim.estimate.estimate import Estimate
from sim.roots import root_between
from sim.study.at_work import Threads
from sim.study.executors import in_order
from sim.study.inputs import Input

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

PARTS, FINER_PARTS = 4, 8
"""Parts of a range between which the preferred arm is compared, and as many where another arm comes near.

A change and a change back within one of these go unseen.
"""
NEAR = 0.5
"""An arm comes near within a part if it is less far from the best at an end than so many of its largest bend."""
FINENESS = 1e-4
"""A threshold is found to this part of the range."""


@dataclass(frozen=True)
class Threshold:
    """The value of an input, in its unit, where the preferred arm changes; arms by their positions."""

    at: Estimate
    below: int
    above: int


@dataclass(frozen=True)
class Scan:
    """An input's way through its range: the measure of every arm at `values`, (values, arms), and the thresholds.

    `values` runs over the 95 % range, with the base case among them.
    """

    input: Input
    values: Floats
    means: Floats
    preferred: tuple[int, ...]
    thresholds: tuple[Threshold, ...]


def scan_all(
    response: Response,
    workers: int = 1,
    progress: Progress = lambda done, total: None,
    calibrated: CalibrationError | None = None,
) -> tuple[Scan, ...]:
    """Return the scan of every input, in their order; the result does not depend on `workers`.

    `calibrated`: the error of calibration where an input that it reads is elsewhere.
    """
    found: list[Scan] = []
    with Threads(workers) as executor:
        places = iter(range(len(response.inputs)))
        for scan in in_order(executor, lambda place: _scan(response, place, calibrated), places, workers):
            found.append(scan)
            progress(len(found), len(response.inputs))
    return tuple(found)


def _scan(response: Response, place: int, calibrated: CalibrationError | None) -> Scan:
    best = response.question.measure.best
    low, high = response.inputs[place].range95
    known = {value: response.means(response.at(place, value)) for value in (low, response.base[place], high)}
    if any((means != known[low]).any() for means in known.values()):
        for value in np.linspace(low, high, PARTS + 1)[1:-1]:
            known[value] = response.means(response.at(place, value))
        middles = np.linspace(low, high, FINER_PARTS + 1)[1::2]
        for value in [middle for middle in middles if _is_near(known, float(middle), best)]:
            known[value] = response.means(response.at(place, value))
    values = np.array(sorted(known))
    means = np.stack([known[value] for value in values])
    preferred = tuple(best(row) for row in means)
    found: list[Threshold] = []
    for (left, of_left), (right, of_right) in pairwise(zip(values.tolist(), preferred, strict=True)):
        found += _between(response, place, (left, right), (of_left, of_right), FINENESS * (high - low), calibrated)
    return Scan(response.inputs[place], values, means, preferred, tuple(found))


def _is_near(known: Mapping[float, Floats], value: float, best: Callable[[Floats], int]) -> bool:
    """Tell whether an arm other than the best at the next known value below is, or may well be, the best at a value."""
    values = sorted(known)
    means = np.stack([known[one] for one in values])
    above = int(np.searchsorted(values, value))
    leaders = [best(row) for row in means[above - 1 : above + 1]]
    behind = np.delete(np.abs(means - means[:, [leaders[0]]]), leaders[0], axis=1)
    bend = np.abs(np.diff(behind, n=2, axis=0)).max(axis=0)
    return leaders[0] != leaders[1] or bool((behind[above - 1 : above + 1].min(axis=0) <= NEAR * bend).any())


def _between(
    response: Response,
    place: int,
    ends: tuple[float, float],
    preferred: tuple[int, int],
    tolerance: float,
    calibrated: CalibrationError | None,
) -> list[Threshold]:
    """Return the thresholds between two values; where a third arm is preferred in between, there are two or more."""
    below, above = preferred
    if below == above:
        return []

    def lead(value: float) -> float:
        means = response.means(response.at(place, value))
        return float(means[above] - means[below])

    at_ends = [lead(value) for value in ends]
    if at_ends[0] * at_ends[1] > 0:  # only if the two arms tie at an end
        return []
    root = root_between(lead, *ends, tolerance, 1e-12)
    values = response.by_patient(response.at(place, root))
    between = response.question.measure.best(values.mean(axis=1))
    if between not in preferred and ends[0] < root < ends[1] and ends[1] - ends[0] > 2 * tolerance:
        left = _between(response, place, (ends[0], root), (below, between), tolerance, calibrated)
        return left + _between(response, place, (root, ends[1]), (between, above), tolerance, calibrated)
    slope = (at_ends[1] - at_ends[0]) / (ends[1] - ends[0])
    error = error_of_mean(values[above] - values[below])
    one = response.inputs[place]
    if calibrated is not None and is_calibrated_anew(one, response.scenario):
        error = math.hypot(error, calibrated.of((above, below), one.path))
    error = error / abs(slope) if slope else math.nan
    return [Threshold(Estimate.normal(response.units[place], root, error), below, above)]
