"""The share that a prior and a posterior have in common, with the error that the posterior's draws leave in it.

Draws that are worth n have a mean and a standard deviation that are off by chance, to either side, and either way less
is in common: of two that are the same, 250 draws show 0.97 on average in place of 1. So it is estimated what chance
takes away, by what it takes away once more from what was found, and put back (parametric bootstrap; Efron and
Tibshirani 1993, chapter 10). Of two that are the same that leaves a little more than half of it, elsewhere none.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from sim.study.inputs import Points

Floats = NDArray[np.float64]

CELLS = 1000
"""Cells over which the lower of the two densities is added up."""
REPEATS = 128
"""Times that chance is made to act once more."""


def overlap(mean: float, sd: float, other: float, other_sd: float, draws: float) -> tuple[float, float]:
    """Return the share that two normal distributions have in common, and its standard error, where the second is known
    by so many independent draws.

    >>> overlap(0.0, 1.0, 1.0, 1.0, 1e9)[0]  # 2 Φ(−1/2)
    0.617...
    """
    luck = ndtri(Points(0, 2, "overlap").first(REPEATS))
    ratio = other_sd / sd
    shift = (other - mean) / sd
    found = float(common(np.array([shift]), np.array([ratio]))[0])
    again = common(
        shift + luck[:, 0] * ratio / math.sqrt(draws), ratio * np.exp(luck[:, 1] / math.sqrt(2 * draws))
    )  # fmt: skip
    return min(2 * found - float(again.mean()), 1.0), float(again.std())


def common(shifts: Floats, ratios: Floats) -> Floats:
    """Return the shares that a standard normal distribution has in common with others, of which means and standard
    deviations are given, (distributions,) (Inman and Bradley 1989, doi:10.1080/03610928908830074).
    """
    widths = np.maximum(ratios, 1e-9)
    low, high = np.minimum(-6.0, shifts - 6 * widths), np.maximum(6.0, shifts + 6 * widths)
    edges = low + (high - low) * np.linspace(0, 1, CELLS + 1)[:, None]
    own, others = (np.diff(ndtr(at), axis=0) for at in (edges, (edges - shifts) / widths))
    return np.asarray(np.minimum(own, others).sum(axis=0))
