"""Quantile functions as tables on one grid of ranks: one lookup turns luck into a patient's quantity.

A patient's quantity is `F^-1(u)` with the patient's own rank `u`. Because `u` is drawn before `F` is known, the same
patient stays at the same rank when an assumption is tuned, and results move smoothly with it. The grid is even in the
fourth root of the distance to the nearer end, so that it is fine where quantiles change quickly. Between its points
tables are linear: the mean error of a standard normal is 4e-7, its variance is 1e-7 too small.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, betaln, expit, gammainccinv, gammaincinv, ndtr, ndtri

from sim.compiled import inlined
from sim.scenario.evidence import Quantity
from sim.scenario.profile import TruncatedNormal
from sim.scenario.schema import Soreness

Floats = NDArray[np.float64]

HALF = 1024
CELLS = 2 * HALF
LOWER_RANKS: Floats = (np.arange(HALF + 1) / HALF) ** 4 / 2
LOWER_RANKS[0] = LOWER_RANKS[1] / 32
"""Ranks of the lower half of the grid; those of the upper half are as far from 1. The outermost, of ranks that hardly
ever occur, stands for 0, whose quantile may be infinite."""
Z_GRID: Floats = np.concatenate([ndtri(LOWER_RANKS), -ndtri(LOWER_RANKS[-2::-1])])
"""Quantiles of the standard normal on the grid."""
EXPONENTIAL: Floats = np.concatenate([-np.log1p(-LOWER_RANKS), -np.log(LOWER_RANKS[-2::-1])])
"""Quantiles of a unit exponential on the grid."""
LEAST = 1e-280
"""A quantile nearer to 0 has no logit to work with."""
_NODES: Floats = np.linspace(Z_GRID[0], 0.0, 65)
_SPACING = float(_NODES[1] - _NODES[0])
_HALF_LOG_2PI = math.log(2 * math.pi) / 2


def _quintic_hermite(t: Floats) -> Floats:
    """Return the weights of value, slope and second derivative at both ends of a unit interval, (points, 6)."""
    t3, t4, t5 = t**3, t**4, t**5
    end = 10 * t3 - 15 * t4 + 6 * t5
    return np.column_stack([
        1 - end, t - 6 * t3 + 8 * t4 - 3 * t5, (t**2 - 3 * t3 + 3 * t4 - t5) / 2,
        end, -4 * t3 + 7 * t4 - 3 * t5, (t3 - 2 * t4 + t5) / 2,
    ])  # fmt: skip


_PLACES: Floats = (Z_GRID[: HALF + 1] - _NODES[0]) / _SPACING
_INTERVALS: NDArray[np.int64] = np.minimum(_PLACES.astype(np.int64), len(_NODES) - 2)
_HERMITE: Floats = _quintic_hermite(_PLACES - _INTERVALS)


def truncated_normal_table(law: TruncatedNormal) -> Floats:
    """Return the quantiles of a truncated normal on the grid, in points."""
    return _truncated_normal_quantiles(float(law.mean), float(law.sd), float(law.low), float(law.high))


@lru_cache(maxsize=256)
def _truncated_normal_quantiles(mean: float, sd: float, low: float, high: float) -> Floats:
    if sd == 0:
        return np.full_like(Z_GRID, mean)
    below, above = ndtr((low - mean) / sd), ndtr((high - mean) / sd)
    rank = below + ndtr(Z_GRID) * (above - below)
    # In the upper half, count from above: 1 - rank keeps its digits there.
    rank_above = (1 - above) + ndtr(-Z_GRID) * (above - below)
    z = np.where(Z_GRID < 0, ndtri(rank), -ndtri(rank_above))
    return np.asarray(np.clip(mean + sd * z, low, high))


def beta_table(mean: float, concentration: Quantity | None) -> Floats:
    """Return the quantiles of a beta distribution on the grid; without concentration it has no spread."""
    if concentration is None:
        return np.full_like(Z_GRID, mean)
    return _beta_quantiles(mean * float(concentration), (1 - mean) * float(concentration))


@lru_cache(maxsize=256)
def _beta_quantiles(alpha: float, beta: float) -> Floats:
    # Each half is counted from its own end, where ranks keep their digits.
    return np.concatenate([_lower_beta(alpha, beta), 1 - _lower_beta(beta, alpha)[-2::-1]])


def _lower_beta(alpha: float, beta: float) -> Floats:
    """Return the quantiles of a beta distribution on the lower half of the grid, the middle included.

    Found exactly at 65 even steps of `z`; in between by quintic Hermite interpolation of their logit `y`, whose
    derivatives follow from the density: `log y' = log phi(z) - alpha log x - beta log(1 - x) + log B(alpha, beta)`. The
    error is below 1e-9. Where quantiles are too near 0 or 1 for that, all are found exactly.
    """
    x = betaincinv(alpha, beta, ndtr(_NODES))
    if alpha + beta < 1 or not (x.min() > LEAST and x.max() < 1):
        return np.asarray(betaincinv(alpha, beta, LOWER_RANKS))
    logs, logs_rest = np.log(x), np.log1p(-x)
    slope = np.exp(betaln(alpha, beta) - _NODES**2 / 2 - _HALF_LOG_2PI - alpha * logs - beta * logs_rest)
    bend = -slope * (_NODES + (alpha * (1 - x) - beta * x) * slope)
    y = np.column_stack([logs - logs_rest, _SPACING * slope, _SPACING**2 * bend])
    ends = np.hstack([y[:-1], y[1:]])
    return np.asarray(expit((ends[_INTERVALS] * _HERMITE).sum(axis=1)))


def lognormal_table(mean: float, cv: float) -> Floats:
    """Return the quantiles of a lognormal distribution on the grid, in the unit of its mean."""
    sigma = math.sqrt(math.log1p(cv**2))
    return np.asarray(mean * np.exp(sigma * Z_GRID - sigma**2 / 2))


def soreness_table(law: Soreness) -> Floats:
    """Return the quantiles of the gamma-distributed hours of soreness on the grid, in days."""
    return _gamma_days(float(law.mean), float(law.sd))


@lru_cache(maxsize=256)
def _gamma_days(mean: float, sd: float) -> Floats:
    shape = (mean / sd) ** 2
    hours = np.concatenate([gammaincinv(shape, LOWER_RANKS), gammainccinv(shape, LOWER_RANKS[-2::-1])])
    return np.asarray(hours * (mean / shape / 24))


@inlined
def position(u: float) -> float:
    """Return where a rank between 0 and 1 lies on the grid, in cells."""
    from_end = HALF * math.sqrt(math.sqrt(2.0 * min(u, 1.0 - u)))
    return from_end if u < 0.5 else CELLS - from_end


@inlined
def interpolate_in(tables: Floats, row: int | np.int64, place: float) -> float:
    """Return the value at a position of one of several tables, (tables, cells + 1)."""
    cell = min(int(place), CELLS - 1)
    low = tables[row, cell]
    value: float = low + (place - cell) * (tables[row, cell + 1] - low)
    return value


@inlined
def interpolate(table: Floats, place: float) -> float:
    """Return the table's value at a position in cells, linear in between."""
    cell = min(int(place), CELLS - 1)
    low = table[cell]
    value: float = low + (place - cell) * (table[cell + 1] - low)
    return value
