"""Functions of one factor that are orthonormal under its distribution: each has mean 0 and mean square 1, and no two go
together. What a sum of their products varies by is then the sum of the squares of its coefficients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HIGHEST = 8
"""Highest power of a number."""
DECAY = 4
"""How fast the share of a power in the variance is expected to fall: with this power of it."""
EVEN_RANKS = (np.arange(4096) + 0.5) / 4096
LEAST = 1e-6
"""Mean square root of what is left of a power, of the power before it, below which there is nothing new in it."""


@dataclass(frozen=True)
class Basis:
    """The functions of a factor at points, (points, functions), and their likely shares of its variance, (functions,).

    A factor that does not vary has none.
    """

    values: Floats
    shares: Floats

    def at(self, points: slice | NDArray[np.int64]) -> Basis:
        """Return the same at some of the points."""
        return Basis(self.values[points], self.shares)

    def kernel(self, other: Floats, power: int = 1) -> Floats:
        """Return the products of the functions at these and at other points, each times its share to a power, summed.

        `other` is (others, functions); returned is (points, others).
        """
        return np.asarray((self.values * self.shares**power) @ other.T)


def of_number(quantile: Callable[[Floats], Floats], ranks: Floats) -> Basis:
    """Return the polynomials of a number at ranks between 0 and 1, (points,), by its quantile function.

    They are orthonormal under the number's own distribution (Oladyshkin and Nowak 2012,
    doi:10.1016/j.ress.2012.05.002), seen at 4,096 even ranks.
    """
    nodes = quantile(EVEN_RANKS)
    within = quantile(np.clip(ranks, EVEN_RANKS[0], EVEN_RANKS[-1]))  # beyond, powers of a long tail know no bounds
    values = _orthonormal(nodes, np.full(len(nodes), 1 / len(nodes)), within, HIGHEST)
    shares = np.arange(1, values.shape[1] + 1, dtype=np.float64) ** -DECAY
    return Basis(values, shares / shares.sum() if len(shares) else shares)


def of_alternatives(weights: Sequence[float], places: NDArray[np.int64]) -> Basis:
    """Return functions of which of some alternatives is taken, (points,), by their weights; no function comes first."""
    nodes = np.arange(len(weights), dtype=np.float64)
    share = np.asarray(weights, dtype=np.float64) / sum(weights)
    values = _orthonormal(nodes, share, places.astype(np.float64), len(nodes) - 1)
    functions = values.shape[1]
    return Basis(values, np.full(functions, 1 / max(functions, 1)))


def _orthonormal(nodes: Floats, weights: Floats, values: Floats, highest: int) -> Floats:
    """Return polynomials at `values` that are orthonormal at weighted nodes, but for the constant (Stieltjes)."""
    middle = float(weights @ nodes)
    spread = math.sqrt(float(weights @ (nodes - middle) ** 2))
    if spread <= 1e-12 * abs(middle):
        return np.empty((len(values), 0))
    nodes, values = (nodes - middle) / spread, (values - middle) / spread
    at_nodes, found = [np.ones_like(nodes)], [np.ones_like(values)]
    for _ in range(highest):
        at, there = nodes * at_nodes[-1], values * found[-1]
        for known, known_there in zip(at_nodes[-2:], found[-2:], strict=True):
            along = float(weights @ (at * known))
            at, there = at - along * known, there - along * known_there
        size = math.sqrt(float(weights @ at**2))
        if size < LEAST:
            break
        at_nodes.append(at / size)
        found.append(there / size)
    return np.stack(found[1:], axis=1)
