"""Two inputs at a time: the target and the preferred arm over a grid of the values of both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.response import Response
from sim.study.at_work import Threads
from sim.study.executors import in_order
from sim.study.inputs import Input

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

SIDE = 7
"""Values of each input on the grid."""


@dataclass(frozen=True)
class PairMap:
    """The target over the values of two inputs, (values of the second, values of the first).

    `preferred`: the position of the arm that is best, of the same shape.
    """

    across: Input
    up: Input
    across_values: Floats
    up_values: Floats
    target: Floats
    preferred: NDArray[np.int64]


def pair_map(
    response: Response, pair: tuple[str, str], workers: int = 1, progress: Progress = lambda done, total: None
) -> PairMap:
    """Return the map of two inputs, by their paths, over their 95 % ranges."""
    paths = [one.path for one in response.inputs]
    places = [paths.index(path) for path in pair]
    across, up = (response.inputs[place] for place in places)
    sides = [np.linspace(*one.range95, SIDE) for one in (across, up)]
    target, preferred = np.empty((SIDE, SIDE)), np.empty((SIDE, SIDE), np.int64)
    cells = [(row, column) for row in range(SIDE) for column in range(SIDE)]

    def answer(cell: tuple[int, int]) -> Floats:
        values = response.base.copy()
        values[places] = sides[0][cell[1]], sides[1][cell[0]]
        return response.means(values)

    with Threads(workers) as executor:
        for done, (cell, means) in enumerate(
            zip(cells, in_order(executor, answer, iter(cells), workers), strict=True), 1
        ):
            target[cell] = response.question.of(means)
            preferred[cell] = response.question.measure.best(means)
            progress(done, len(cells))
    return PairMap(across, up, sides[0], sides[1], target, preferred)
