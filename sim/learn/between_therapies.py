"""Differences between therapies, which records of patients who chose theirs do not tell.

Who gets which therapy in a clinic differs in more than the therapy. So the records may move the level that therapies
have in common, and what differs between them in the records is taken as something of its own: the difference between
the therapies keeps its prior, given what was learnt of all else (a cut of the flow of information; Plummer 2015,
doi:10.1007/s11222-014-9503-z).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.learn.prior import Prior

Floats = NDArray[np.float64]

HELD = ("ceiling", "half_life", "relapse_scale", "satisfaction_threshold")
FREE = 5.0
"""How far, in standard deviations of the prior, the records may move a difference that is not learnt from them."""


def contrasts(prior: Prior, modalities: Sequence[str], together: bool) -> Floats:
    """Return the directions among the unknowns that are differences between therapies, (directions, unknowns), each of
    length 1; none for fewer than two modalities.

    `together`: whether some patients got several modalities, so that the part that is shared, `rho`, is one too.
    """
    paths = prior.paths
    found: list[Floats] = []
    for what in HELD if len(modalities) > 1 else ():
        named = [f"parameters.{name}.{what}" for name in modalities]
        at = [paths.index(path) for path in named if path in paths]
        for k in range(1, len(at)):  # Helmert's contrasts: each against the mean of those before it
            direction = np.zeros(len(paths))
            direction[at[:k]], direction[at[k]] = 1.0 / k, -1.0
            found.append(direction / np.linalg.norm(direction))
    if len(modalities) > 1 and together and "response.rho" in paths:
        direction = np.zeros(len(paths))
        direction[paths.index("response.rho")] = 1.0
        found.append(direction)
    return np.array(found).reshape(-1, len(paths))


def widening(prior: Prior, directions: Floats) -> Floats:
    """Return the covariance that sets the differences free while the records are read, (unknowns, unknowns)."""
    variance = np.einsum("di,ij,dj->d", directions, prior.covariance, directions)
    return np.asarray((directions.T * (FREE**2 * variance)) @ directions)


def held_at_prior(prior: Prior, directions: Floats, z: Floats, normals: Floats) -> Floats:
    """Return unknowns, (draws, unknowns), whose differences are drawn from their prior given all else.

    `normals`: independent standard normal numbers, (draws, directions).
    """
    if not len(directions):
        return z
    rest = np.linalg.svd(directions)[2][len(directions) :]
    cov = prior.covariance
    of_rest, across = rest @ cov @ rest.T, directions @ cov @ rest.T
    weights = np.linalg.solve(of_rest, across.T).T
    left = directions @ cov @ directions.T - weights @ across.T
    apart = z - prior.mean
    drawn = (apart @ rest.T) @ weights.T + normals @ np.linalg.cholesky(left + 1e-12 * np.eye(len(left))).T
    return np.asarray(prior.mean + apart @ rest.T @ rest + drawn @ directions)
