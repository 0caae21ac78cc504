"""Means of a cohort of few nets: its own, with errors that are found on more patients, in nets like its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.estimate.by_net import ByNet
from sim.estimate.moments import AVERAGED, Means, Moments
from sim.estimate.sums import RATIOS

Floats = NDArray[np.float64]

NETS = 2
"""Nets with anybody of a group that errors can be found on."""
_PER_ROW = {AVERAGED.index(outcome): outcome.per_row for outcome in RATIOS}


def with_sample(moments: Moments, nets: Sequence[ByNet]) -> Moments:
    """Return the moments of a small cohort with those of nets like its own, whose rows are of the same names."""
    sample = []
    for one in nets:
        found = Moments.empty(moments.names, len(moments.n))
        found.add(np.ascontiguousarray(one.rows), one.starts, 0)
        sample.append((one.share, found))
    return replace(moments, sample=tuple(sample))


def means_of(moments: Moments, group: int | None = None) -> Means:
    """Return means and their errors over the patients of a group, or of all."""
    own = moments.means(group)
    if not moments.sample or own.n < 2:
        return own
    known = [(share, of, of.means(group, NETS)) for share, of in moments.sample]
    known = [one for one in known if one[2].degrees >= NETS - 1]
    if not known:
        return replace(own, covariance=np.full_like(own.covariance, np.nan))
    whole = sum(share for share, _, _ in known)
    covariance = np.sum(
        [share / whole * seen.n / own.n * _as_in(moments, of, group, seen.covariance) for share, of, seen in known],
        axis=0,
    )
    seen = known[0][2]
    return replace(own, degrees=seen.degrees, spread=seen.spread, covariance=covariance, seen=seen.mean, seen_n=seen.n)


def _as_in(moments: Moments, other: Moments, group: int | None, covariance: Floats) -> Floats:
    """Return the covariance of errors that others show, for as large denominators of ratios as there are.

    Of a ratio that is a share of some patients, the variance is in proportion to how many these are.
    """
    found = covariance.copy()
    for place, row in _PER_ROW.items():
        mine, theirs = (_mean(one, row, group) for one in (moments, other))
        scale = theirs / np.where(mine > 0, mine, np.nan)
        if AVERAGED[place].is_share_of:
            scale = np.sqrt(scale)
        found[place] *= scale[:, None] * scale[None, :]
    return found


def _mean(moments: Moments, row: int, group: int | None) -> Floats:
    members = slice(None) if group is None else slice(group, group + 1)
    return np.asarray(moments.total[row, :, members].sum(axis=1) / moments.n[members].sum())
