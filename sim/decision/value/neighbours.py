"""A second opinion on a regression: whether draws with alike inputs have alike residuals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree
from scipy.stats import rankdata

from sim.decision.value.psa import Floats

MOST_SEEN = 4000
"""Draws of which neighbours are looked for; of more, as many evenly spaced ones."""
_LEAST = 5


class Neighbourhood:
    """The nearest neighbours of every draw by the ranks of some inputs; `places` are the draws that it looks at."""

    def __init__(self, inputs: Sequence[Floats]) -> None:
        """`inputs` are (draws,) each."""
        draws = len(inputs[0])
        self.places: NDArray[np.int64] = np.unique(np.linspace(0, draws - 1, MOST_SEEN).astype(np.int64))
        ranks = np.stack([rankdata(values[self.places]) for values in inputs], axis=1)
        seen = len(self.places)
        count = min(max(_LEAST, round(math.sqrt(seen) / 4)), seen - 1)
        _, near = cKDTree(ranks).query(ranks, count + 1)
        rows = np.repeat(np.arange(seen), count + 1)
        columns = near.ravel()
        apart = rows != columns  # of draws with the same inputs, a draw may not be among its own neighbours
        links = csr_array((np.ones(int(apart.sum())), (rows[apart], columns[apart])), shape=(seen, seen))
        self._size = np.asarray(links.sum(axis=1)).ravel()
        self._links = links
        both = (links + links.T).tocsr()
        self._squares = both.multiply(both)

    def told(self, residuals: Floats) -> tuple[Floats, Floats]:
        """Return what neighbours tell of the residuals, (places, responses), and its score, (responses,).

        The score is Moran's statistic (1950, doi:10.1093/biomet/37.1-2.17) in standard errors: with independent
        residuals, about standard normal, however their spread varies.
        """
        mean = (self._links @ residuals) / self._size[:, None]
        shared = (residuals * (self._links @ residuals)).sum(axis=0)
        noise = np.sqrt((residuals**2 * (self._squares @ residuals**2)).sum(axis=0) / 2)
        return np.asarray(mean), np.asarray(shared / np.where(noise > 0, noise, 1.0))
