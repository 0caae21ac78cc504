"""What is missed around a known place, as a table: where a search does well to begin, and with which slopes.

A search that begins so needs one or two corrections. What it finds is found on patients; the table only says where to
look.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.calibration.least_squares import Misses

Floats = NDArray[np.float64]

FINER = 8
"""Steps of the table between two places at which something was run."""


@dataclass(frozen=True)
class Surroundings:
    """What is missed around the place `x` of the unknowns, `here`, and how inputs move it.

    `places`: values of each unknown at which something was run; `found`: what is missed there, (*values of the
    unknowns, misses). By inputs, in steps of each: `moves` and `curves`, (misses, inputs); that they move it alike
    everywhere is what is not exact.
    """

    here: Floats
    places: tuple[Floats, ...]
    found: Floats
    moves: Floats
    curves: Floats

    @classmethod
    def of(
        cls,
        misses: Misses,
        x: Floats,
        reach: Sequence[tuple[float, float]],
        places: int,
        inputs: Sequence[tuple[Misses, Misses]],
    ) -> Surroundings:
        """Find it from so many `places` along each unknown, in `reach` (below, above), and with each input a step down
        and a step up.
        """
        here = misses(x)
        coarse = [np.linspace(one - below, one + above, places) for one, (below, above) in zip(x, reach, strict=True)]
        found = np.array([misses(np.array(at)) for at in itertools.product(*coarse)])
        ends = np.array([[lower(x), upper(x)] for lower, upper in inputs]).reshape(len(inputs), 2, len(here))
        moves, curves = (ends[:, 1] - ends[:, 0]) / 2, (ends[:, 1] - 2 * here + ends[:, 0]) / 2
        return cls(here, tuple(coarse), found.reshape(*(places for _ in x), len(here)), moves.T, curves.T)

    @cached_property
    def axes(self) -> tuple[Floats, ...]:
        """The values of each unknown in the table."""
        return tuple(_between(len(one)) @ one for one in self.places)

    @cached_property
    def table(self) -> Floats:
        """What is missed at these values, (*values of the unknowns, misses)."""
        table = self.found
        for axis, one in enumerate(self.places):
            table = np.moveaxis(np.tensordot(_between(len(one)), table, (1, axis)), 0, axis)
        return np.ascontiguousarray(table)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what the table is made of."""
        return Surroundings, (self.here, self.places, self.found, self.moves, self.curves)

    def moved_to(self, x: Floats, here: Floats) -> Surroundings:
        """Return the same where so much is missed in a place, as in another form of the model."""
        at = tuple(int(np.abs(axis - one).argmin()) for axis, one in zip(self.axes, x, strict=True))
        return replace(self, here=here, found=self.found + (here - self.table[at]))

    @cached_property
    def _squares(self) -> Floats:
        """What is missed in each place of the table, squared and summed, (places,)."""
        found: Floats = (self.table**2).sum(axis=-1).reshape(-1)
        return found

    def best(self, by: Floats, less: Floats) -> tuple[Floats, Floats]:
        """Return where least is missed, and the slopes there, with inputs moved by so many steps and `less` missed."""
        table, more = self.table, self.moves @ by + self.curves @ by**2 - less
        # The squares of `table + more`, summed, but for those of `more`, which are the same everywhere.
        squares = self._squares + table.reshape(-1, len(more)) @ (2 * more)
        at = [int(i) for i in np.unravel_index(squares.argmin(), table.shape[:-1])]
        slopes = np.empty((len(less), len(self.axes)))
        for k, axis in enumerate(self.axes):
            low, high = max(at[k] - FINER // 2, 0), min(at[k] + FINER // 2, len(axis) - 1)
            below, above = (tuple(end if j == k else i for j, i in enumerate(at)) for end in (low, high))
            slopes[:, k] = (table[above] - table[below]) / (axis[high] - axis[low])
        return np.array([axis[i] for axis, i in zip(self.axes, at, strict=True)]), slopes


@lru_cache(maxsize=8)
def _between(places: int) -> Floats:
    """Return the weights of values at even places for those between them, (finer places, places): cubic curves whose
    slope in a place is that between its neighbours.
    """
    weights = np.zeros(((places - 1) * FINER + 1, places))
    slope = np.gradient(np.eye(places), axis=0)
    for i in range(len(weights)):
        k = min(i // FINER, places - 2)
        t = i / FINER - k
        end = t * t * (3 - 2 * t)
        weights[i, k] += 1 - end
        weights[i, k + 1] += end
        weights[i] += t * (1 - t) ** 2 * slope[k] - t * t * (1 - t) * slope[k + 1]
    return weights
