"""Selecting the best of many candidates by simulation, with a stated probability of being right.

The test between two candidates is the fully sequential one of Kim and Nelson (2001), which allows for common random
numbers; applied once from either side, it tells apart three answers instead of two: ahead, behind, or a tie. A budget
is tested likewise, as Andradottir and Kim (2010) do. This module knows nothing of patients: it is given sums.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sim.estimate.rounding import ROUNDING

Floats = NDArray[np.float64]
Verdicts = NDArray[np.int8]

EXACT = 1e-9
"""Differences without any spread are equal if they are this small, relative to what makes a difference."""


class Status(StrEnum):
    """What has been found out about a candidate."""

    BEST = "best"
    TIE = "tie"
    WORSE = "worse"
    OVER = "over budget"
    LIMIT = "at the limit of the budget"
    LEADING = "leading, not separated"
    OPEN = "not separated"
    UNSETTLED = "budget not settled"


_IN = (Status.OPEN, Status.UNSETTLED)


@dataclass(frozen=True)
class Plan:
    """What is asked of a selection.

    `confidence`: probability of a good selection; `indifference`: the smallest difference worth finding, in the unit
    of the objective; `tolerances`: the same for each budget, in its unit.
    """

    confidence: float
    indifference: float
    tolerances: tuple[float, ...] = ()

    @property
    def error_of_comparing(self) -> float:
        """The part of the probability of error that goes to comparing candidates."""
        return (1 - self.confidence) / (2 if self.tolerances else 1)

    @property
    def error_of_budgets(self) -> float:
        """The part of the probability of error that goes to the budgets."""
        return 1 - self.confidence - self.error_of_comparing


def reach(error: float, n0: int) -> float:
    """Return h**2 = 2 eta (n0 - 1) with eta = (1/2) ((2 error)**(-2 / (n0 - 1)) - 1), Kim and Nelson's for c = 1.

    `error` is the probability of error of one test; `n0` the patients from whom the variance was estimated
    (doi:10.1145/502109.502111).
    """
    if error >= 0.5:
        return 0.0  # a guess is right as often as that
    return math.expm1(-2 / (n0 - 1) * math.log(2 * error)) * (n0 - 1)


def verdicts(total: Floats, variance: Floats, n: int, drift: float, h2: float) -> Verdicts:
    """Return what sums of `n` observations say about the sign of their mean: 1 above, -1 below, 0 not yet.

    The mean is taken to be at least `drift` away from zero; 0 is given as long as the sum lies within
    W = max(0, h2 variance / (2 drift) - n drift / 2). `total` and `variance` of any one shape.
    """
    within = np.maximum(h2 * variance / (2 * drift) - n * drift / 2, 0.0)
    return np.where(total > within, 1, np.where((total < -within) | (within == 0), -1, 0)).astype(np.int8)


@dataclass
class Selection:
    """A selection under way among k candidates; larger is better, and a budget holds up to 0 above it.

    `variance`: of the paired differences of the objective in the first stage, (k, k); `over_variance`: of what each
    candidate is above its budgets, (budgets, k). The sums `total` (k,) and `over` (budgets, k) are over the `n`
    patients of those who are still in. `ahead` (k, k): whether the first is ahead of the second (1), or not ahead by
    the indifference (-1); `above`, `below` (budgets, k): the same of a budget.
    """

    plan: Plan
    n0: int
    n: int
    variance: Floats
    total: Floats
    over_variance: Floats
    over: Floats
    ahead: Verdicts
    above: Verdicts
    below: Verdicts
    status: list[Status]
    is_done: bool = False

    @classmethod
    def begin(cls, plan: Plan, objective: Floats, over: Floats) -> Selection:
        """Return a selection after its first stage: `objective` (k, n0) and `over` (budgets, k, n0) by patient."""
        k, n0 = objective.shape
        budgets = len(plan.tolerances)
        centred = _centred(objective)
        shared = centred @ centred.T / (n0 - 1)
        own = np.diag(shared)
        both = own[:, None] + own[None, :]
        variance = both - 2 * shared
        begun = cls(
            plan=plan,
            n0=n0,
            n=n0,
            variance=np.where(variance <= ROUNDING * both, 0.0, variance),
            total=objective.sum(axis=1),
            over_variance=(_centred(over) ** 2).sum(axis=2) / (n0 - 1),
            over=over.sum(axis=2),
            ahead=np.zeros((k, k), np.int8),
            above=np.zeros((budgets, k), np.int8),
            below=np.zeros((budgets, k), np.int8),
            status=[Status.UNSETTLED if budgets else Status.OPEN] * k,
        )
        begun._settle()
        return begun

    @property
    def members(self) -> list[int]:
        """Candidates that need more patients, as indices; none once the selection is done."""
        return [] if self.is_done else self._still_in()

    def add(self, n: int, total: Floats, over: Floats) -> None:
        """Add the sums of `n` more patients of the members in order: `total` (members,), `over` (budgets, members)."""
        members = self.members
        self.n += n
        self.total[members] += total
        self.over[:, members] += over
        self._settle()

    def give_up(self) -> None:
        """End the selection where it stands; what is not separated is called so."""
        if not self.is_done:
            self._finish(self._leader())

    def _still_in(self) -> list[int]:
        return [i for i, status in enumerate(self.status) if status in _IN]

    def _settle(self) -> None:
        self._judge_budgets(np.array(self._still_in(), int))
        members = np.array(self._still_in(), int)
        self._compare(members)
        self._remove_the_worse(members)
        members = np.array(self._still_in(), int)
        leader = self._leader()
        if leader is None:
            if not len(members):
                self.is_done = True
        elif all(self.status[i] is Status.OPEN and (i == leader or self._is_tie(i, leader)) for i in members):
            self._finish(leader)

    def _judge_budgets(self, members: NDArray[np.int64]) -> None:
        """Say of members whether they are within each budget, over it, or within the tolerance of it."""
        k, h2 = len(self.status), 0.0
        if self.plan.tolerances:
            h2 = reach(self.plan.error_of_budgets / (k * len(self.plan.tolerances)), self.n0)
        for b, tolerance in enumerate(self.plan.tolerances):
            over, variance, half = self.over[b, members], self.over_variance[b, members], tolerance / 2
            above = verdicts(over - self.n * half, variance, self.n, half, h2)
            below = verdicts(over + self.n * half, variance, self.n, half, h2)
            exact = np.where(over > EXACT * tolerance * self.n, 1, -1)
            # Who was found within the budget stays within: that it is not over the budget is settled by that.
            above = np.where(self.below[b, members] == -1, -1, above)
            for kept, found in ((self.above, above), (self.below, below)):
                found = np.where(variance == 0, exact, found)
                kept[b, members] = np.where(kept[b, members] == 0, found, kept[b, members])
        for i in members:
            above, below = self.above[:, i], self.below[:, i]
            if (above == 1).any():
                self.status[i] = Status.OVER
            elif ((above == -1) & (below == 1)).any():
                self.status[i] = Status.LIMIT
            elif (below == -1).all():
                self.status[i] = Status.OPEN

    def _compare(self, members: NDArray[np.int64]) -> None:
        """Say of every pair of members who is ahead, as far as that is plain."""
        k = len(self.status)
        # Every pair has its share of the error, so that whatever is said of any pair holds together.
        h2 = reach(self.plan.error_of_comparing / max(k * (k - 1) / 2, 1), self.n0)
        pairs = np.ix_(members, members)
        half = self.plan.indifference / 2
        difference = self.total[members][:, None] - self.total[members][None, :]
        variance = self.variance[pairs]
        found = verdicts(difference - self.n * half, variance, self.n, half, h2)
        exact = np.where(difference > EXACT * self.plan.indifference * self.n, 1, -1)
        found = np.where(variance == 0, exact, found)
        kept = self.ahead[pairs]
        kept = np.where(kept == 0, found, kept)
        # Who was found ahead first stays ahead: the other way round is settled by that.
        kept[(self.ahead[pairs] == 0) & (self.ahead[pairs].T == 1)] = -1
        self.ahead[pairs] = kept

    def _remove_the_worse(self, members: NDArray[np.int64]) -> None:
        """Take out whoever is behind a member within all budgets; who leads on average speaks first."""
        for i in members[np.argsort(-self.total[members], kind="stable")]:
            if self.status[i] is Status.OPEN:
                for j in members[self.ahead[i, members] == 1]:
                    if self.status[j] in _IN:
                        self.status[j] = Status.WORSE

    def _leader(self) -> int | None:
        """Return the member with the best mean within all budgets, the first of exact equals."""
        able = [i for i in self._still_in() if self.status[i] is Status.OPEN]
        if not able:
            return None
        best = max(self.total[i] for i in able)
        return next(i for i in able if self.total[i] >= best - EXACT * self.plan.indifference * self.n)

    def _is_tie(self, i: int, leader: int) -> bool:
        return bool(self.ahead[i, leader] == -1 and self.ahead[leader, i] == -1)

    def _finish(self, leader: int | None) -> None:
        self.is_done = True
        if leader is None:
            return
        for i in self._still_in():
            if i != leader and self.status[i] is Status.OPEN and self._is_tie(i, leader):
                self.status[i] = Status.TIE
        separated = self._still_in() == [leader]
        self.status[leader] = Status.BEST if separated else Status.LEADING


def _centred(values: Floats) -> Floats:
    """Return values less their mean over patients (the last axis); what does not vary becomes exactly zero."""
    moved = values - values[..., :1]
    return np.asarray(moved - moved.mean(axis=-1, keepdims=True))
