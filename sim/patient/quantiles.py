"""Quantile functions as tables over the standard normal scale: one lookup turns luck into a patient's quantity.

A patient's quantity is `F^-1(Phi(z))` with the patient's own `z`. Because `z` is drawn before `F` is known, the same
patient stays at the same rank when an assumption is tuned, and results move smoothly with it.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, betaln, expit, gammaincinv, ndtr, ndtri

from sim.patient.compiled import njit
from sim.scenario.profile import BetaShare, LogNormalDays, TruncatedNormal
from sim.scenario.schema import SorenessDuration

Floats = NDArray[np.float64]

CELLS = 2048
Z_LIMIT = 8.25
LOGIT_LIMIT = 36.0
Z_GRID: Floats = np.linspace(-Z_LIMIT, Z_LIMIT, CELLS + 1)
LEAST = 1e-280
"""A quantile nearer to 0 has no logit to work with."""
_NODE_EVERY = 16
_NODES: Floats = Z_GRID[: CELLS // 2 + 1 : _NODE_EVERY]
_SPACING = 2 * Z_LIMIT / CELLS * _NODE_EVERY
_HALF_LOG_2PI = math.log(2 * math.pi) / 2


def _quintic_hermite(t: Floats) -> Floats:
    """Return the weights of value, slope and second derivative at both ends of a unit interval, (points, 6)."""
    t3, t4, t5 = t**3, t**4, t**5
    end = 10 * t3 - 15 * t4 + 6 * t5
    return np.column_stack([
        1 - end, t - 6 * t3 + 8 * t4 - 3 * t5, (t**2 - 3 * t3 + 3 * t4 - t5) / 2,
        end, -4 * t3 + 7 * t4 - 3 * t5, (t3 - 2 * t4 + t5) / 2,
    ])  # fmt: skip


_HERMITE: Floats = _quintic_hermite(np.arange(_NODE_EVERY) / _NODE_EVERY)


def truncated_normal_table(law: TruncatedNormal) -> Floats:
    """Return the quantiles of a truncated normal on `Z_GRID`, in points."""
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


def beta_table(law: BetaShare) -> Floats:
    """Return the quantiles of a beta distribution on `Z_GRID`."""
    mean = float(law.mean)
    if law.concentration is None:
        return np.full_like(Z_GRID, mean)
    return _beta_quantiles(mean * float(law.concentration), (1 - mean) * float(law.concentration))


@lru_cache(maxsize=256)
def _beta_quantiles(alpha: float, beta: float) -> Floats:
    # Each half is counted from its own end, where ranks keep their digits.
    return np.concatenate([_lower_beta(alpha, beta), 1 - _lower_beta(beta, alpha)[-2::-1]])


def _lower_beta(alpha: float, beta: float) -> Floats:
    """Return the quantiles of a beta distribution on the lower half of `Z_GRID`, the middle included.

    Found exactly at every sixteenth point; in between by quintic Hermite interpolation of their logit `y`, whose
    derivatives follow from the density: `log y' = log phi(z) - alpha log x - beta log(1 - x) + log B(alpha, beta)`. The
    error is below 1e-9. Where quantiles are too near 0 or 1 for that, all are found exactly.
    """
    x = betaincinv(alpha, beta, ndtr(_NODES))
    if alpha + beta < 1 or not (x.min() > LEAST and x.max() < 1):
        return np.asarray(betaincinv(alpha, beta, ndtr(Z_GRID[: CELLS // 2 + 1])))
    logs, logs_rest = np.log(x), np.log1p(-x)
    slope = np.exp(betaln(alpha, beta) - _NODES**2 / 2 - _HALF_LOG_2PI - alpha * logs - beta * logs_rest)
    bend = -slope * (_NODES + (alpha * (1 - x) - beta * x) * slope)
    y = np.column_stack([logs - logs_rest, _SPACING * slope, _SPACING**2 * bend])
    between = np.hstack([y[:-1], y[1:]]) @ _HERMITE.T
    return np.asarray(expit(np.append(between.ravel(), y[-1, 0])))


def lognormal_table(law: LogNormalDays) -> Floats:
    """Return the quantiles of a lognormal distribution on `Z_GRID`, in days."""
    sigma = math.sqrt(math.log1p(float(law.cv) ** 2))
    return np.asarray(float(law.mean) * np.exp(sigma * Z_GRID - sigma**2 / 2))


def soreness_table(law: SorenessDuration) -> Floats:
    """Return the quantiles of the gamma-distributed hours of soreness on an even grid of logit(u), in days."""
    return _gamma_days(float(law.mean), float(law.sd))


@lru_cache(maxsize=256)
def _gamma_days(mean: float, sd: float) -> Floats:
    shape = (mean / sd) ** 2
    scale_hours = mean / shape
    logit = np.linspace(-LOGIT_LIMIT, LOGIT_LIMIT, CELLS + 1)
    rank = 1 / (1 + np.exp(-logit))
    return np.asarray(gammaincinv(shape, rank) * scale_hours / 24)


@njit(nogil=True, cache=True, inline="always")
def interpolate(table, position):  # type: ignore[no-untyped-def]
    """Return the table's value at a position in cells, linear in between and held at both ends."""
    position = min(max(position, 0.0), float(CELLS))
    cell = min(int(position), CELLS - 1)
    low = table[cell]
    return low + (position - cell) * (table[cell + 1] - low)


@njit(nogil=True, cache=True, inline="always")
def z_position(z):  # type: ignore[no-untyped-def]
    """Return where a standard normal lies on `Z_GRID`, in cells."""
    return (z + Z_LIMIT) * (CELLS / (2 * Z_LIMIT))


@njit(nogil=True, cache=True, inline="always")
def rank_position(u):  # type: ignore[no-untyped-def]
    """Return where a rank between 0 and 1 lies on the logit grid, in cells."""
    u = min(max(u, 1e-15), 1 - 1e-15)
    return (math.log(u / (1 - u)) + LOGIT_LIMIT) * (CELLS / (2 * LOGIT_LIMIT))
