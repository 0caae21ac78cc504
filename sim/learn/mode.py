"""The most likely values of the unknowns, by the scoring method of Berndt, Hall, Hall and Hausman.

The slopes of each piece of the data (a patient) give the gradient and, by their products, the curvature at once
(Annals of Economic and Social Measurement 1974, 3/4:653), so that a handful of steps suffices where a search that
learns the curvature from its own steps takes dozens. It only has to say where to begin to draw.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.learn.problem import Problem

Floats = NDArray[np.float64]

MOST_STEPS = 6
ENOUGH = 0.25
"""A step shorter than this, in standard deviations of the posterior, ends the search."""
STEPS = 0.15, 0.6
"""The shortest and longest step of a difference, in standard deviations of the prior: in a finite bank relapses come
one by one, so that short steps show jumps."""
LONGEST = 3.0
"""The longest step, in standard deviations of the prior."""


@dataclass(frozen=True)
class Mode:
    """Where the posterior of the stated form is highest: `x`, its logarithm `height` (not normalised), and what the
    data tell there, the `information` beside that of the prior, (active, active).
    """

    x: Floats
    height: float
    information: Floats


def find_mode(problem: Problem, start: Floats, pool: Executor) -> Mode:
    """Return about the mode that is reached from a point, (active,)."""
    x, sd = start, np.ones(problem.dimensions)
    nothing: Floats = np.eye(problem.dimensions)
    information = nothing * 0.0
    pieces = problem.by_piece(x)
    for _ in range(MOST_STEPS):
        slopes = _slopes(problem, x, pieces, np.clip(sd, *STEPS), pool)
        information = slopes.T @ slopes
        covariance = np.asarray(np.linalg.inv(information + nothing))
        sd = np.sqrt(np.diag(covariance))
        step = covariance @ (slopes.sum(axis=0) - x)
        step *= min(1.0, LONGEST / max(float(np.sqrt((step**2).sum())), 1e-12))
        tried = [x + step * part for part in (1.0, 0.5, 0.25, 0.1)]
        found = problem.pieces(tried, pool)
        best = int(np.argmax([_height(one, at) for one, at in zip(found, tried, strict=True)]))
        if _height(found[best], tried[best]) <= _height(pieces, x):
            break
        moved = float(np.abs((tried[best] - x) / sd).max())
        x, pieces = tried[best], found[best]
        if moved < ENOUGH:
            break
    return Mode(x, _height(pieces, x), information)


def _height(pieces: Floats, x: Floats) -> float:
    return float(pieces.sum() - 0.5 * (x**2).sum())


def _slopes(problem: Problem, x: Floats, pieces: Floats, steps: Floats, pool: Executor) -> Floats:
    """Return the slopes of each piece's likelihood, (pieces, active), by differences towards the prior's middle."""
    signed = np.where(x > 0, -steps, steps)
    found = problem.pieces([x + size * one for one, size in zip(np.eye(len(x)), signed, strict=True)], pool)
    return np.stack([(one - pieces) / size for one, size in zip(found, signed, strict=True)], axis=1)
