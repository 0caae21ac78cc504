"""Patients in whole nets, on whom errors are found that the sums of a run do not show: those of a small cohort, and
those of standard deviations, quantiles and curves.

The error of a number is a matter of the model and of how many patients there are, so it can be found on more patients
than the cohort has: on the nets of the first block, of which the cohort has as many as it reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.estimate.clusters import variance_over_units
from sim.luck.nets import NET_SIZE

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Members:
    """The members of a group: their `columns`, net by net, and how many there are in each net that has any, `sizes`."""

    columns: slice | Counts
    sizes: Counts

    @property
    def n(self) -> int:
        """How many they are."""
        return int(self.sizes.sum())

    @property
    def units(self) -> int:
        """In how many nets they are."""
        return len(self.sizes)

    def of(self, values: Floats) -> Floats:
        """Return their values, of those of all columns, (..., columns)."""
        return values[..., self.columns]

    def totals(self, values: Floats) -> Floats:
        """Return the totals of their values, (..., members), in each net, (..., nets)."""
        return np.asarray(np.add.reduceat(values, np.cumsum(self.sizes) - self.sizes, axis=-1))

    def count(self, flags: Flags) -> Floats:
        """Return how many of them are flagged, (..., members), in each net, (..., nets)."""
        if (self.sizes != NET_SIZE).any():
            return self.totals(flags.astype(np.float64))
        words = np.bitwise_count(np.packbits(flags, axis=-1).view(np.uint64))
        return np.asarray(words.reshape(*flags.shape[:-1], -1, NET_SIZE // 64).sum(axis=-1, dtype=np.float64))

    def count_upto(self, values: Floats, at: Floats) -> Floats:
        """Return how many values, (members,), reach no more than each whole number from 0 on, `at`, (at, nets)."""
        cells = np.minimum(np.ceil(np.maximum(values, 0) - 0.5), len(at)).astype(np.int64)
        places = np.repeat(np.arange(self.units), self.sizes) * (len(at) + 1) + cells
        counts = np.bincount(places, minlength=self.units * (len(at) + 1)).reshape(self.units, -1)
        return np.asarray(counts.cumsum(axis=1)[:, :-1].T, dtype=np.float64)

    def variance(self, totals: Floats) -> Floats:
        """Return the variance of a mean of terms that add up to 0, times the number of members, by totals of nets."""
        return variance_over_units(totals, self.n)


@dataclass(frozen=True)
class ByNet:
    """What is recorded of the patients of alike nets, `rows` (names, rows, columns), in columns net by net.

    `starts` (nets, groups + 1): the first column of each group in each net, and the end; `share`: of the patients of
    the cohort, how many are in nets like these.
    """

    rows: Floats
    starts: Counts
    share: float

    @cached_property
    def groups(self) -> dict[int | None, Members]:
        """The members of each group, and of all (None)."""
        sizes = np.diff(self.starts, axis=1)
        everybody = Members(slice(None), sizes.sum(axis=1))
        found: dict[int | None, Members] = {None: everybody}
        for group in range(sizes.shape[1]):
            columns = [np.arange(start, stop) for start, stop in self.starts[:, group : group + 2]]
            of_net = sizes[:, group]
            alike = (of_net == everybody.sizes).all()
            found[group] = everybody if alike else Members(np.concatenate(columns), of_net[of_net > 0])
        return found


def nets_like(rows: Floats, starts: Counts, number: Counts, patients: int) -> tuple[ByNet, ...]:
    """Return whole nets, and those with as many patients as the last net of a cohort of `patients` has, if it has any.

    `rows`, `starts`: those of whole nets; `number`: which patient each column is.
    """
    left = patients % NET_SIZE
    if patients >= rows.shape[2] or left == 0:
        return (ByNet(rows, starts, 1.0),)
    columns = np.flatnonzero(number % NET_SIZE < left)
    partial = ByNet(rows[:, :, columns], np.searchsorted(columns, starts), left / patients)
    return (ByNet(rows, starts, 1 - partial.share), partial) if patients > NET_SIZE else (partial,)


@dataclass(frozen=True)
class Shown:
    """What nets show of a statistic: the `variance` of an estimate times the number of patients, and the degrees of
    freedom that it is known with.
    """

    variance: Floats
    degrees: float


def shown_by(nets: Sequence[ByNet], variances: Sequence[Floats], group: int | None) -> Shown | None:
    """Return what alike nets show together, each by its share; None if there are too few with anybody of a group."""
    units = [one.groups[group].units for one in nets]
    known = [k for k, there in enumerate(units) if there > 1]
    if not known:
        return None
    whole = sum(nets[k].share for k in known)
    variance = np.sum([nets[k].share / whole * variances[k] for k in known], axis=0)
    return Shown(variance, units[known[0]] - 1)


def spread_variance(nets: Sequence[ByNet], name: int, row: int, group: int | None) -> Shown | None:
    """Return the variance of a standard deviation, relative to it and times the number of patients."""
    return shown_by(nets, [_of_spread(one.groups[group], one.rows[name, row]) for one in nets], group)


def _of_spread(members: Members, values: Floats) -> Floats:
    values = members.of(values)
    squares = (values - values.mean()) ** 2 if values.size else values
    variance = squares.mean() if values.size else 0.0
    return members.variance(members.totals(squares / variance - 1)) / 4 if variance > 0 else np.zeros(())


def rank_variance(
    nets: Sequence[ByNet], name: int, row: int, group: int | None, lower: Floats, upper: Floats, shares: Floats
) -> Shown | None:
    """Return the variance of the share of patients below a quantile, times their number, (shares,).

    `lower`, `upper`: the ends of what is taken to be equal to the quantile, (shares,), the upper one excluded.
    """
    found = []
    for one in nets:
        members = one.groups[group]
        values = members.of(one.rows[name, row])
        below, upto = members.count(values < lower[:, None]), members.count(values < upper[:, None])
        found.append(rank_spread(members, below, upto, members.sizes, shares[:, None]))
    return shown_by(nets, found, group)


def rank_spread(members: Members, below: Floats, upto: Floats, present: Floats | Counts, share: Floats) -> Floats:
    """Return the variance of the share of members below a quantile, (...), times their number.

    By nets, (..., nets): how many are `below`, how many not above (`upto`), and how many have a value at all (
    `present`). Of those that are equal to the quantile so large a part counts as makes their share `share` (..., 1).
    """
    n = np.maximum(present.sum(axis=-1, keepdims=True), 1)
    under, reached = (counts.sum(axis=-1, keepdims=True) / n for counts in (below, upto))
    equal = reached - under
    part = np.clip((share - under) / np.where(equal > 0, equal, np.inf), 0.0, 1.0)
    return members.variance(below + part * (upto - below) - (under + part * equal) * present)
