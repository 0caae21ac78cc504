"""Therapists as clusters: means of therapists compared by Student's t, and how much they are alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.decision.virtual_trial.analyses import Findings, Sums, from_error
from sim.decision.virtual_trial.groups import Seen

Floats = NDArray[np.float64]


def by_therapist(seen: Seen, measure: int, size: int, therapists: int) -> Sums:
    """Return the sums of each therapist's patients among the first of each trial, (trials, therapists)."""
    values = seen.values[measure][:, :size]
    there = np.isfinite(values)
    x, y = np.where(there, seen.before[:, :size], 0.0), np.where(there, values, 0.0)
    starts = np.arange(therapists)
    order = np.argsort(seen.therapist[:size], kind="stable")
    first = np.searchsorted(seen.therapist[:size][order], starts)
    return Sums(
        *(
            np.add.reduceat(one[:, order], first, axis=1)
            for one in (there.astype(np.float64), x, y, x * x, x * y, y * y)
        )
    )


def compared_by_therapist(one: Sums, other: Sums, adjusted: bool, alpha: float) -> Findings:
    """Return the difference of the means of therapists' means, by trial, (trials,), by Student's t on these.

    `adjusted`: at the same first reading, by the slope within therapists (Hayes and Moulton, Cluster Randomised Trials,
    chapter 10). A therapist of whose patients none was assessed is left out.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.zeros((len(one.n), 1))
        if adjusted:
            xx, xy = (sum(group.within[k].sum(axis=1) for group in (one, other)) for k in (0, 1))
            slope = np.where(xx > 0, xy / xx, 0.0)[:, None]
        means = [(group.y - slope * group.x) / np.where(group.n > 0, group.n, np.nan) for group in (one, other)]
        many = [np.isfinite(one).sum(axis=1).astype(np.float64) for one in means]
        middle = [np.nansum(one, axis=1) / m for one, m in zip(means, many, strict=True)]
        squares = sum(
            np.nansum((one - centre[:, None]) ** 2, axis=1) for one, centre in zip(means, middle, strict=True)
        )
        degrees = many[0] + many[1] - 2
        error = np.sqrt(squares / degrees * (1 / many[0] + 1 / many[1]))
        return from_error(middle[0] - middle[1], error, degrees, alpha)
