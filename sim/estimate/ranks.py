"""Rank probabilities: how often an arm is the best, for a single patient and for the mean of the cohort."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.estimate.clusters import errors_from_sums
from sim.estimate.estimate import Estimate
from sim.estimate.estimates import covariance_of_means
from sim.estimate.moments import Moments
from sim.luck.streams import stream
from sim.quantities import OUTCOMES, Outcome
from sim.units import SHARE

Floats = NDArray[np.float64]

RANKED: tuple[Outcome, ...] = tuple(o for o in OUTCOMES if o.kind != "ratio" and o.better is not None)
"""Outcomes that a single patient has and of which more, or less, is better."""
_ROWS = np.array([outcome.row for outcome in RANKED])
_SIGNS = np.array([1.0 if outcome.better == "higher" else -1.0 for outcome in RANKED])

MEAN_DRAWS = 20_000
_SUMS = ("n", "units", "size_squares", "won", "squares", "by_size", "tied")


@dataclass
class Wins:
    """How often each arm gave a patient the best outcome, over `n` patients; arms that tie share the win.

    `won` (outcomes, arms); over `units` of patients that are independent, the `squares` of their wins and wins times
    sizes (`by_size`), and the squares of sizes; `tied` (outcomes,): patients with several best arms.
    """

    arms: tuple[str, ...]
    n: int
    units: int
    size_squares: float
    won: Floats
    squares: Floats
    by_size: Floats
    tied: Floats

    @classmethod
    def empty(cls, arms: Sequence[str]) -> Wins:
        """Return the wins of nobody."""
        shape = (len(RANKED), len(arms))
        won, squares, by_size = (np.zeros(shape) for _ in range(3))
        return cls(tuple(arms), 0, 0, 0.0, won, squares, by_size, np.zeros(len(RANKED)))

    def add_block(self, rows: Floats, starts: NDArray[np.int64]) -> None:
        """Add a block: `rows` (arms, N_ROWS, patients), `starts` (units,): the first patient of each unit."""
        ends = np.append(starts, rows.shape[2])
        self.n += rows.shape[2]
        self.units += len(starts)
        self.size_squares += float((np.diff(ends) ** 2).sum())
        _add_wins(rows, ends, _ROWS, _SIGNS, self.won, self.squares, self.by_size, self.tied)

    def merge(self, later: Wins) -> None:
        """Add the wins of later blocks."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(later, name))

    def kept(self) -> dict[str, NDArray[Any]]:
        """Return all sums by name, as arrays to be kept."""
        return {name: np.array(getattr(self, name)) for name in _SUMS}

    def restore(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """Take over what was kept."""
        for name in _SUMS:
            kind = type(getattr(self, name))
            setattr(self, name, kept[name].copy() if kind is np.ndarray else kind(kept[name]))


@dataclass(frozen=True)
class RankProbability:
    """The chance that an arm is the best on an outcome.

    `patient`: for a random patient, ties shared; `tied`: share of patients for whom several arms are equally good;
    `cohort`: for the mean of the cohort, given the Monte Carlo error of the means.
    """

    arm: str
    outcome: str
    patient: Estimate
    tied: float
    cohort: float


def rank_probabilities(wins: Wins, moments: Moments) -> list[RankProbability]:
    """Return the rank probabilities of every ranked outcome and arm; `cohort` is NaN where a mean is not defined.

    `moments` may hold more arms than those that compete for wins.
    """
    found = []
    among = [moments.names.index(arm) for arm in wins.arms]
    for k, outcome in enumerate(RANKED):
        share = wins.won[k] / wins.n
        sums = wins.won[k], wins.squares[k], wins.by_size[k]
        errors = errors_from_sums(wins.n, wins.units, wins.size_squares, *sums)
        cohort = np.full(len(share), math.nan) if outcome.kind == "time" else best_of_means(moments, outcome, among)
        tied = float(wins.tied[k]) / wins.n
        for arm, *numbers in zip(wins.arms, share, errors, cohort, strict=True):
            patient, error, of_mean = (float(number) for number in numbers)
            found.append(RankProbability(arm, outcome.name, Estimate.normal(SHARE, patient, error), tied, of_mean))
    return found


def best_of_means(moments: Moments, outcome: Outcome, among: Sequence[int]) -> Floats:
    """Return the chance of each arm that its mean is the best, (arms,), given the joint normal error of the means.

    `among`: the positions in `moments` of the arms that compete.
    Counted over draws from that error; arms whose means are the same share it.
    """
    means, covariance = covariance_of_means(moments, outcome.name)
    means, covariance = means[among], covariance[np.ix_(among, among)]
    if np.isnan(means).any() or np.isnan(covariance).any():
        return np.full(len(means), math.nan)
    values, vectors = np.linalg.eigh(covariance)
    spread = vectors * np.sqrt(np.maximum(values, 0))
    z = stream(0, 0, 0, "rank of means").standard_normal((MEAN_DRAWS, len(means)))
    drawn = means + z @ spread.T
    if outcome.better == "lower":
        drawn = -drawn
    scale = float(np.abs(drawn).max())
    is_best = drawn >= drawn.max(axis=1, keepdims=True) - 1e-12 * scale
    return np.asarray((is_best / is_best.sum(axis=1, keepdims=True)).mean(axis=0))


@compiled
def _add_wins(
    rows: Floats, ends: NDArray[np.int64], outcome_rows: NDArray[np.int64], signs: Floats, won: Floats, squares: Floats,
    by_size: Floats, tied: Floats,
) -> None:  # fmt: skip
    n_arms = rows.shape[0]
    of_unit = np.empty(n_arms)
    for k in range(len(outcome_rows)):
        row, sign = outcome_rows[k], signs[k]
        for u in range(len(ends) - 1):
            of_unit[:] = 0.0
            for i in range(ends[u], ends[u + 1]):
                best = -math.inf
                sharing = 0
                for a in range(n_arms):
                    value = sign * rows[a, row, i]
                    if value > best:
                        best = value
                        sharing = 1
                    elif value == best:
                        sharing += 1
                for a in range(n_arms):
                    if sign * rows[a, row, i] == best:
                        of_unit[a] += 1.0 / sharing
                if sharing > 1:
                    tied[k] += 1.0
            for a in range(n_arms):
                won[k, a] += of_unit[a]
                squares[k, a] += of_unit[a] * of_unit[a]
                by_size[k, a] += of_unit[a] * (ends[u + 1] - ends[u])
