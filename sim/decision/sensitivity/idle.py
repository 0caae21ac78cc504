"""Factors that make no difference: they move nothing by themselves, and nothing in company of all the others either,
which is seen by changing all of them at once in some of the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sim.estimate.rounding import unless_rounding

Floats = NDArray[np.float64]

MOST_CHECKED = 64
"""Draws in which they are changed."""
NO_DIFFERENCE = 1e-9
"""Part of the widest bar below which a factor moves nothing by itself."""


def unmoving(reaches: Sequence[float]) -> list[int]:
    """Return the places of the factors that move nothing by themselves, by how far the target moves with each."""
    return [place for place, reach in enumerate(reaches) if not reach > NO_DIFFERENCE * max(reaches)]


def checked_of(draws: int) -> int:
    """Return in how many of the draws factors are changed."""
    return min(draws - draws % 2, MOST_CHECKED)


def changed(points: Floats, places: Sequence[int], draw: int) -> Floats:
    """Return the point of a draw, (factors,), with some factors as they are in the draw that is its pair.

    `points` are of a Sobol sequence, (draws, factors): two that make a pair lie on different sides of the middle in
    every factor.
    """
    found: Floats = points[draw].copy()
    found[list(places)] = points[draw ^ 1, list(places)]
    return found


def idle(
    places: Sequence[int], answers: Floats, answer: Callable[[int, Sequence[int]], float], then: Floats
) -> list[int]:
    """Return those of some factors without which no answer differs from that of its draw, (draws,).

    `answer` gives that of a draw with some factors changed; `then` holds it for the first draws with all of `places`
    changed. Where it differs, one factor after another by which it does is left out.
    """
    left, size = list(places), float(np.abs(answers).max())

    def differs(draw: int, some: Sequence[int]) -> bool:
        return unless_rounding(answer(draw, some) - float(answers[draw]), size) != 0

    for draw in range(len(then)):
        if unless_rounding(float(then[draw] - answers[draw]), size):
            while left and differs(draw, left):
                left.remove(_one_that_moves(left, partial(differs, draw)))
    return left


def _one_that_moves(places: Sequence[int], differs: Callable[[Sequence[int]], bool]) -> int:
    """Return a factor by which the answer differs once all before it are changed; with all of them it does."""
    without, among = 0, len(places)
    while among - without > 1:
        middle = (without + among) // 2
        if differs(places[:middle]):
            among = middle
        else:
            without = middle
    return places[among - 1]
