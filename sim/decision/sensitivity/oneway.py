"""One input at a time: how far the target moves between the low and the high end of each input (a tornado)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.response import Response
from sim.study.inputs import Input
from sim.study.units import error_of_mean
from sim.study.workers import in_order

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

HALVINGS = 12
"""Halvings after which the furthest possible value of an input is near enough."""


@dataclass(frozen=True)
class Moved:
    """The target with an input at one end of its range.

    `value` of the input; `wanted` if the claims cannot be met there, so that `value` is the furthest at which they can;
    `target` and its distance `change` from the base case, with the Monte Carlo error `error` of that paired change.
    """

    value: float
    wanted: float
    target: float
    change: float
    error: float

    @property
    def is_cut(self) -> bool:
        """Whether the claims cannot be met at the end of the range."""
        return self.value != self.wanted


@dataclass(frozen=True)
class Bar:
    """An input with the target at the low and at the high end of its 95 % range; `swing_error`: of their difference."""

    input: Input
    low: Moved
    high: Moved
    swing_error: float

    @property
    def swing(self) -> float:
        """How far the target moves from the low end to the high end; below 0 where it falls."""
        return self.high.target - self.low.target

    @property
    def reach(self) -> float:
        """The largest distance between any two of low end, base case and high end."""
        changes = (0.0, self.low.change, self.high.change)
        return max(changes) - min(changes)


@dataclass(frozen=True)
class OneWay:
    """The base case with its Monte Carlo error, the measure of every arm there, and a bar for each input, widest first.

    `means` and `errors` (arms,) are those of the measure in the base case.
    """

    base: float
    base_error: float
    means: Floats
    errors: Floats
    bars: tuple[Bar, ...]


def one_way(response: Response, workers: int = 1, progress: Progress = lambda done, total: None) -> OneWay:
    """Return how the target moves with each input by itself; the result does not depend on `workers`."""
    base = response.by_patient(response.base)
    target = response.question.of(base)
    bars: list[Bar] = []
    places = range(len(response.inputs))
    with ThreadPoolExecutor(workers) as executor:
        for bar in in_order(executor, lambda place: _bar(response, place, target), iter(places), workers):
            bars.append(bar)
            progress(len(bars), len(response.inputs))
    bars.sort(key=lambda bar: -bar.reach)
    errors = np.array([error_of_mean(values) for values in base])
    return OneWay(float(target.mean()), error_of_mean(target), base.mean(axis=1), errors, tuple(bars))


def possible_range(response: Response, place: int) -> tuple[float, float]:
    """Return the 95 % range of an input, each end drawn in to the furthest value at which the claims can be met."""
    low, high = (_furthest(response, place, end) for end in response.inputs[place].range95)
    return low, high


def _bar(response: Response, place: int, base: Floats) -> Bar:
    one = response.inputs[place]
    possible = possible_range(response, place)
    ends = [response.question.of(response.by_patient(response.at(place, value))) for value in possible]
    low, high = (
        Moved(value, wanted, float(end.mean()), float((end - base).mean()), error_of_mean(end - base))
        for value, wanted, end in zip(possible, one.range95, ends, strict=True)
    )
    return Bar(one, low, high, error_of_mean(ends[1] - ends[0]))


def _furthest(response: Response, place: int, wanted: float) -> float:
    """Return the wanted value, or the furthest from the base case towards it at which the claims can be met."""
    if response.is_possible(response.at(place, wanted)):
        return wanted
    possible, impossible = float(response.base[place]), wanted
    for _ in range(HALVINGS):
        middle = (possible + impossible) / 2
        if response.is_possible(response.at(place, middle)):
            possible = middle
        else:
            impossible = middle
    return possible
