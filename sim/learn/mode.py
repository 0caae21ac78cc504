"""The most likely values of the unknowns, by the scoring method of Berndt, Hall, Hall and Hausman.

The slopes of each piece of the data (a patient) give the gradient and, by their products, the curvature at once
(Annals of Economic and Social Measurement 1974, 3/4:653), so that a handful of steps suffices where a search that
learns the curvature from its own steps takes dozens.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.learn.problem import Problem

Floats = NDArray[np.float64]

MOST_STEPS = 20
ENOUGH = 0.05
"""A step shorter than this, in standard deviations of the posterior, ends the search."""
STEPS = 0.15, 0.6
"""The shortest and longest step of a difference, in standard deviations of the prior: in a finite bank relapses come
one by one, so that short steps show jumps."""
LONGEST = 3.0
"""The longest step, in standard deviations of the prior."""


@dataclass(frozen=True)
class Mode:
    """Where the posterior is highest: `x`, its logarithm `height` (not normalised), and the `covariance` of the normal
    distribution that touches it there.
    """

    x: Floats
    height: float
    covariance: Floats
    found: bool


def find_mode(problem: Problem, start: Floats, pool: Executor, most: int = MOST_STEPS) -> Mode:
    """Return the mode that is reached from a point, (active,)."""
    x, sd = start, np.ones(problem.dimensions)
    pieces = problem.by_piece(x)
    height = _height(problem, pieces, x)
    covariance: Floats = np.eye(problem.dimensions)
    for _ in range(most):
        slopes = _slopes(problem, x, np.clip(sd, *STEPS), pool)
        # Not centred: at the mode the slopes add up to the small ones of the prior.
        covariance = np.asarray(np.linalg.inv(slopes.T @ slopes + np.eye(len(x))))
        sd = np.clip(np.sqrt(np.diag(covariance)), 1e-3, 1.0)
        step = covariance @ (slopes.sum(axis=0) - x)
        length = float(np.sqrt((step**2).sum()))
        step *= min(1.0, LONGEST / max(length, 1e-12))
        tried = [x + step * part for part in (1.0, 0.5, 0.25, 0.1)]
        heights = [_height(problem, one, at) for one, at in zip(problem.pieces(tried, pool), tried, strict=True)]
        best = int(np.argmax(heights))
        moved = float(np.abs(step / sd).max())
        if heights[best] <= height:
            return Mode(x, height, covariance, moved < 1.0)
        x, height = tried[best], heights[best]
        if moved < ENOUGH:
            return Mode(x, height, covariance, True)
    return Mode(x, height, covariance, False)


def _height(problem: Problem, pieces: Floats, x: Floats) -> float:
    return float(pieces.sum() + problem.log_prior(x))


def _slopes(problem: Problem, x: Floats, step: Floats, pool: Executor) -> Floats:
    """Return the slopes of each piece's likelihood by central differences, (pieces, active)."""
    points = [x + sign * step * one for one in np.eye(len(x)) for sign in (1.0, -1.0)]
    found = problem.pieces(points, pool)
    columns = [(up - down) / (2 * size) for up, down, size in zip(found[::2], found[1::2], step, strict=True)]
    return np.stack(columns, axis=1) if columns else np.zeros((1, 0))
