"""Sobol indices: how much of the variance of an answer each factor explains, by itself and together with others.

They are read off the emulator (sim/decision/sensitivity/emulator.py): what its parts are expected to vary by, which is
what they vary by as they were learnt and what they may vary by besides (Oakley and O'Hagan 2004,
doi:10.1111/j.1467-9868.2004.05304.x). The error of an index is that of a jackknife over groups of answers, and the part
that was not learnt.

Nothing can be read off it about what it misses of fresh answers. That may be what several factors do together, and any
one of them may have a share in all of it: so much further up does the interval of a total index go. It may also hide
what a factor does by itself, but the less the more answers there are: a coefficient that is learnt has the variance of
what is missed over the answers that there are more of than factors. Where there are none, nothing is known.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, stdtrit

from sim.decision.sensitivity.emulator import Emulator, emulator
from sim.decision.sensitivity.polynomials import Basis
from sim.estimate.estimate import Estimate
from sim.units import SHARE

Floats = NDArray[np.float64]

GROUPS = 16
"""Groups of answers that the jackknife leaves out in turn."""
T_975 = float(stdtrit(GROUPS - 1, 0.975))
"""97.5 % quantile of Student's t with as many degrees of freedom as the jackknife has."""
FRESH = 8
"""One answer in so many is foretold from the others before it is used."""
HIDDEN = float(chdtri(1, 0.05))
"""Square of a coefficient, in units of its variance, that chance exceeds once in 20 times."""
UNSEEN = 0.05
"""Chance of missing what is sought in so many draws, by which it is said how often it may be there."""


@dataclass(frozen=True)
class Indices:
    """First-order and total index of every factor, in order; `alone`, the sum of the first; `variance` of the answer.

    Indices are shares of that variance. `unexplained`: the share that was missed of the answers that were foretold.
    """

    first: tuple[Estimate, ...]
    total: tuple[Estimate, ...]
    alone: Estimate
    variance: float
    unexplained: Estimate


def indices(bases: Sequence[Basis], answers: Floats, idle: Collection[int] = (), checked: int = 0) -> Indices:
    """Return the indices of factors from answers, (points,), and the functions of every factor at their points.

    All are 0 if the answer never differs. `idle` are places of factors that changed nothing in so many draws in which
    it was `checked`.
    """
    variance = _variance(answers)
    if not variance:
        nothing = _within(0.0, 0.0)
        return Indices(tuple(nothing for _ in bases), tuple(nothing for _ in bases), nothing, 0.0, nothing)
    known = len(answers) - max(len(answers) // FRESH, 2)
    moving = [k for k in range(len(bases)) if k not in idle]
    found = emulator([bases[k] for k in moving], answers, known)
    parts = _parts(found, np.column_stack([found.weights, *_with_groups_left_out(found)]))
    shares = parts.learnt + parts.left
    shares /= shares[:, -1:] + found.covariance.noise
    without = shares[1:]
    error = np.sqrt((GROUPS - 1) * ((without - without.mean(axis=0)) ** 2).mean(axis=0))
    error = np.hypot(error, parts.left)
    unexplained, n = _unexplained(found, known), len(moving)
    over = len(answers) - n
    error = np.hypot(error, _of_squares(shares[0], unexplained.estimate, over))
    hidden = HIDDEN * unexplained.upper / over if over > 0 else 1.0
    shown = list(zip(shares[0].tolist(), error.tolist(), strict=True))
    first = [_within(0.0, 0.0)] * len(bases)
    total = [_within(0.0, 0.0, _unseen(checked) * unexplained.upper)] * len(bases)
    for place, k in enumerate(moving):
        first[k] = _within(*shown[place], hidden)
        one = _within(*shown[n + place], max(unexplained.upper, hidden))
        # No less than what it does by itself.
        total[k] = replace(one, lower=max(one.lower, first[k].lower), upper=max(one.upper, first[k].upper))
    return Indices(tuple(first), tuple(total), _within(*shown[2 * n]), variance, unexplained)


def _of_squares(shares: Floats, missed: float, over: int) -> Floats:
    """Return the error of shares as squares of coefficients: twice the coefficient times its own error, from so many
    answers `over` as many as there are factors; 1 without any.
    """
    return 2 * np.sqrt(np.maximum(shares, 0.0) * missed / over) if over > 0 else np.ones_like(shares)


def _unseen(checked: int) -> float:
    """Return in which share of all draws a factor may at most change the answer that changed none of those `checked`:
    if more, that would have had a chance of 5 %.
    """
    return 1 - UNSEEN ** (1 / checked) if checked else 0.0


def _within(share: float, error: float, missed: float = 0.0) -> Estimate:
    """Return a share with its error and interval, held between 0 and 1; so much more that was `missed` may belong to
    it. Limits of a sum lie as far from it as those of its parts from them, squared and summed (Zou and Donner 2008,
    doi:10.1002/sim.3095).
    """
    low, high = max(share - T_975 * error, 0.0), min(share + math.hypot(T_975 * error, missed), 1.0)
    return Estimate(SHARE, share, error, min(low, share), max(high, share), over="draws")


def _variance(answers: Floats) -> float:
    """Return the variance of answers; 0 if they differ by rounding only."""
    variance = float(answers.var())
    return variance if variance > (1e-12 * float(np.abs(answers).max())) ** 2 else 0.0


def _unexplained(found: Emulator, known: int) -> Estimate:
    """Return the share of the variance that an emulator of the `known` first answers misses of the others: all of it
    where their mean would miss less.
    """
    first, last = slice(0, known), slice(known, None)
    of_first = Emulator(found.covariance, tuple(basis.at(first) for basis in found.bases), found.answers[first])
    missed = (found.answers[last] - of_first.at([basis.at(last) for basis in found.bases])) ** 2 / found.answers.var()
    return _within(min(float(missed.mean()), 1.0), float(missed.std(ddof=1)) / math.sqrt(len(missed)))


def _with_groups_left_out(found: Emulator) -> Iterator[Floats]:
    """Yield the weights of all answers but a group, (points,), those of the group being 0, with the same covariance."""
    inverse, weights = found.inverse, found.weights
    group = np.arange(len(weights)) % GROUPS
    for k in range(GROUPS):
        out = np.flatnonzero(group == k)
        gone = np.linalg.solve(inverse[np.ix_(out, out)], weights[out])
        yield np.where(group == k, 0.0, weights - inverse[:, out] @ gone)


class _Parts(NamedTuple):
    """Variances: the first-order one of every factor, the total one of every factor, the sum of the first, and all.

    As `learnt` by each column of weights, (columns, 2 factors + 2), and what may come to them besides, `left`, (2
    factors + 2,).
    """

    learnt: Floats
    left: Floats


def _parts(found: Emulator, weights: Floats) -> _Parts:
    law, inverse = found.covariance, found.inverse
    parts, scale = law.factors, law.scale
    moved = {k: part**2 * found.bases[k].kernel(found.bases[k].values, 2) for k, part in enumerate(parts) if part}
    everything = np.ones_like(inverse)
    for one in moved.values():
        everything *= 1 + one
    together = float(np.prod(1 + parts))

    def variances(moves: Floats, expected: float) -> tuple[Floats, float]:
        learnt = scale**2 * (weights * (moves @ weights)).sum(axis=0)
        return learnt, max(scale * expected - scale**2 * float(np.vdot(inverse, moves)), 0.0)

    learnt, left = np.zeros((2, len(parts), weights.shape[1])), np.zeros((2, len(parts)))
    for k, own in moved.items():
        learnt[0, k], left[0, k] = variances(own, parts[k])
        learnt[1, k], left[1, k] = variances(everything * (own / (1 + own)), together * parts[k] / (1 + parts[k]))
    every, every_left = variances(everything - 1, together - 1)
    by_column = np.vstack([learnt.reshape(-1, weights.shape[1]), learnt[0].sum(axis=0), every])
    return _Parts(by_column.T, np.concatenate([left.ravel(), [left[0].sum(), every_left]]))
