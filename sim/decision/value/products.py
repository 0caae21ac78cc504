"""Products of two and three inputs that a sum of smooth functions leaves in its residuals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sim.decision.value.psa import Floats

MOST_PRODUCTS = 10
_MARGIN = 1.0
_MOST_SEEN = 5000
_MOST_INPUTS = 40
"""Inputs of which any three are looked at: of 100 it would be 161,700 products."""
_ROUNDS = 2


@dataclass(frozen=True)
class Product:
    """A product of inputs by their places: in standard units, or with `cuts`, of 1 above the cut and -1 up to it."""

    places: tuple[int, ...]
    cuts: tuple[float, ...] = ()

    def column(self, inputs: Sequence[Floats]) -> Floats:
        """Return its value in every draw, (draws,)."""
        chosen = [inputs[place] for place in self.places]
        if not self.cuts:
            return np.asarray(np.prod([_standard(values) for values in chosen], axis=0))
        return np.asarray(np.prod([_sides(values, cut) for values, cut in zip(chosen, self.cuts, strict=True)], axis=0))


def missed_products(inputs: Sequence[Floats], residuals: Floats, most: int) -> tuple[Product, ...]:
    """Return the products of two and three inputs that residuals (draws, responses) are related to, strongest first.

    A relation counts where it is more standard errors above 0 than the largest of so many would be by chance. At most
    `most`; products of three are those of the first 40 inputs. Of those inputs whose sides are multiplied, the cuts are
    moved to where the relation is strongest.
    """
    step = max(math.ceil(len(residuals) / _MOST_SEEN), 1)
    seen = residuals[::step] - residuals[::step].mean(axis=0)
    spread = seen.std(axis=0)
    seen = seen[:, spread > 0] / spread[spread > 0]
    columns = [values[::step] for values in inputs]
    middles = [_middle(values) for values in columns]
    plain = np.stack([_standard(values) for values in columns], axis=1)
    sides = np.stack([_sides(values, cut) for values, cut in zip(columns, middles, strict=True)], axis=1)
    found = {
        (places, of_sides): score
        for of_sides, of in ((False, plain), (True, sides))
        for places, score in _scores(of, seen).items()
    }
    least = math.sqrt(2 * math.log(2 * max(len(found) * seen.shape[1], 1))) + _MARGIN
    kept: dict[tuple[int, ...], Product] = {}
    for places, of_sides in sorted(found, key=lambda one: (-found[one], one)):
        if found[places, of_sides] > least and places not in kept and len(kept) < min(most, MOST_PRODUCTS):
            cuts = tuple(middles[place] for place in places) if of_sides else ()
            kept[places] = _moved(Product(places, cuts), columns, seen) if of_sides else Product(places)
    return tuple(kept.values())


def _moved(product: Product, columns: Sequence[Floats], responses: Floats) -> Product:
    """Return a product of sides with each cut in turn where its relation to one response, the closest, is strongest."""
    response = responses[:, np.argmax(np.abs(product.column(columns) @ responses))]
    cuts = list(product.cuts)
    for _ in range(_ROUNDS):
        for k, place in enumerate(product.places):
            values = columns[place]
            rest = Product(product.places, tuple(cuts)).column(columns) * _sides(values, cuts[k])
            order = np.argsort(values, kind="stable")
            below = np.cumsum((response * rest)[order])
            apart = np.flatnonzero(np.diff(values[order]) > 0)
            if len(apart):
                at = int(apart[np.argmax(np.abs(below[-1] - 2 * below[apart]))])
                cuts[k] = float(values[order][at] + values[order][at + 1]) / 2
    return Product(product.places, tuple(cuts))


def _scores(columns: Floats, responses: Floats) -> dict[tuple[int, ...], float]:
    """Return how many standard errors each pair and triple is related to any response, either way."""
    found: dict[tuple[int, ...], float] = {}
    count = columns.shape[1]
    for i, j in combinations(range(count), 2):
        pair = columns[:, i] * columns[:, j]
        thirds = columns[:, j + 1 : _MOST_INPUTS]
        products = pair[:, None] * np.concatenate([np.ones((len(pair), 1)), thirds], axis=1)
        products -= products.mean(axis=0)
        noise = np.sqrt((products**2).sum(axis=0))[:, None]  # the responses have variance 1
        scores = (np.abs(products.T @ responses) / np.where(noise > 0, noise, 1.0)).max(axis=1, initial=0.0)
        found[i, j] = float(scores[0])
        found |= {(i, j, k): float(score) for k, score in zip(range(j + 1, j + len(scores)), scores[1:], strict=True)}
    return found


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std())


def _sides(values: Floats, cut: float) -> Floats:
    """Return 1 above the cut and -1 up to it."""
    return np.where(values > cut, 1.0, -1.0)


def _middle(values: Floats) -> float:
    """Return a value with about as many draws above it as not: between the median and its neighbour."""
    known = np.unique(values)
    at = min(max(int(np.searchsorted(known, np.median(values), side="right")), 1), len(known) - 1)
    return float(known[at - 1] + known[at]) / 2
