"""Rank correlations: how regularly an answer rises or falls with each input."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimate import Z95, Estimate, Over
from sim.units import NUMBER

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RankCorrelation(Estimate):
    """Spearman's rank correlation with its 95 % interval, and `partial`, that with the other inputs held."""

    partial: float
    over: Over = field(default="draws", kw_only=True)

    COLUMNS: ClassVar[tuple[str, ...]] = (*Estimate.COLUMNS, "partial")


def rank_correlations(values: Floats, answers: Floats, held: Floats | None = None) -> tuple[RankCorrelation, ...]:
    """Return the rank correlation of the answers, (draws,), with each input's values, (draws, inputs).

    `held`, (draws, terms), are held besides the other inputs in the partial correlation, as they stand.

    The interval is Fisher's, with the standard error for ranks of Fieller, Hartley and Pearson (1957,
    doi:10.1093/biomet/44.3-4.470). The partial correlation is that of what is left of the ranks of input and answer
    after regression on the ranks of the other inputs (Iman and Conover 1979, doi:10.1080/00401706.1979.10489820); NaN
    with too few draws. An answer that never differs has correlation 0.
    """
    from scipy.stats import rankdata  # takes most of a second to load

    middle = (len(answers) + 1) / 2
    own, ranks = rankdata(answers) - middle, rankdata(values, axis=0) - middle
    others = ranks if held is None else np.column_stack([ranks, held - held.mean(axis=0)])
    error = math.sqrt(1.06 / (len(answers) - 3)) if own.any() else 0.0  # of Fisher's z
    found = []
    for k in range(values.shape[1]):
        rho = _correlation(own, others[:, k])
        z = math.atanh(min(max(rho, -1 + 1e-12), 1 - 1e-12))
        low, high = (math.tanh(z + reach) for reach in (-Z95 * error, Z95 * error))
        found.append(RankCorrelation(NUMBER, rho, (1 - rho**2) * error, low, high, _partial(own, others, k)))
    return tuple(found)


def _partial(own: Floats, others: Floats, k: int) -> float:
    if len(own) < others.shape[1] + 3:
        return math.nan
    rest = np.delete(others, k, axis=1)
    both = np.column_stack([own, others[:, k]])
    left = both - rest @ np.linalg.lstsq(rest, both, rcond=None)[0]
    return _correlation(left[:, 0], left[:, 1])


def _correlation(a: Floats, b: Floats) -> float:
    """Return the correlation of two centred columns; 0 if one of them is constant."""
    spread = math.sqrt(float((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / spread if spread > 0 else 0.0
