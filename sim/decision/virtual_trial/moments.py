"""How patients of trials scatter: means, spreads, correlation with the first reading, likeness within therapists."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.virtual_trial.analyses import Sums

Floats = NDArray[np.float64]

COUNTS = 11
"""Numbers that are kept: the sums, then those between therapists."""
GROUPS = 20
"""Parts of the trials, each left out in turn, that errors are found from."""


@dataclass(frozen=True)
class Moments:
    """Moments of a group's outcome y: patients assessed, mean, sd, `slope` on the first reading x and correlation `r`.

    `before`, `before_sd`: of x; `icc`, `icc_adjusted`: how much patients of one therapist are alike, as they are and
    at the same x; `left_sd`, `left_r`: the spread of x - y and its correlation with x: of the second reading, where y
    is the fall.
    """

    n: float
    mean: float
    sd: float
    slope: float
    r: float
    before: float
    before_sd: float
    left_sd: float
    left_r: float
    icc: float
    icc_adjusted: float


def kept_of(whole: Sums, clusters: Sums | None) -> Floats:
    """Return what is kept of each trial, (trials, COUNTS), from its sums, (trials,), and those of its therapists."""
    found = np.zeros((len(whole.n), COUNTS))
    found[:, :6] = np.stack(whole, axis=1)
    if clusters is not None:
        n = np.maximum(clusters.n, 1.0)
        between = (clusters.x**2 / n, clusters.x * clusters.y / n, clusters.y**2 / n, clusters.n > 0, clusters.n**2)
        found[:, 6:] = np.stack([one.sum(axis=1) for one in between], axis=1)
    return found


def moments_of(kept: Floats) -> Moments:
    """Return the moments of what was kept and added up, (COUNTS,)."""
    n, x, y, xx, xy, yy, bxx, bxy, byy, clusters, squares = (float(one) for one in kept)
    sxx, sxy, syy = xx - x * x / n, xy - x * y / n, yy - y * y / n
    slope = sxy / sxx if sxx > 0 else 0.0
    r = sxy / math.sqrt(sxx * syy) if sxx > 0 and syy > 0 else 0.0
    left = sxx - 2 * sxy + syy
    left_r = (sxx - sxy) / math.sqrt(sxx * left) if sxx > 0 and left > 0 else 0.0
    icc = adjusted = 0.0
    if clusters > 1:
        each = (n - squares / n) / (clusters - 1)
        tails = (
            (byy - y * y / n, yy - byy),
            (byy - y * y / n - 2 * slope * (bxy - x * y / n) + slope**2 * (bxx - x * x / n),
             yy - byy - 2 * slope * (xy - bxy) + slope**2 * (xx - bxx)),
        )  # fmt: skip
        icc, adjusted = (_icc(between / (clusters - 1), within / (n - clusters), each) for between, within in tails)
    sd, before_sd, left_sd = (math.sqrt(max(one, 0.0) / (n - 1)) for one in (syy, sxx, left))
    return Moments(n, y / n, sd, slope, r, x / n, before_sd, left_sd, left_r, icc, adjusted)


def _icc(between: float, within: float, each: float) -> float:
    """Return the intraclass correlation by analysis of variance, from mean squares and patients in a cluster."""
    whole = between + (each - 1) * within
    return (between - within) / whole if whole > 0 else 0.0


def without_each(kept: Floats) -> Floats:
    """Return the sums of all without each of at most GROUPS parts in turn; `kept`: by trial first."""
    parts = np.array_split(kept, min(GROUPS, len(kept)))
    added = np.stack([part.sum(axis=0) for part in parts])
    return np.asarray(added.sum(axis=0) - added)


def jackknife_error(values: Floats) -> float:
    """Return the standard error of a number from its values without each part in turn, (parts,)."""
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if len(known) < 2:
        return math.nan
    return math.sqrt((len(known) - 1) / len(known) * float(((known - known.mean()) ** 2).sum()))
