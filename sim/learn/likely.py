"""Who could be a patient: people drawn near those whom the patient's readings leave likely.

Of a bank of evenly spread people most are nothing like a given patient. Those who are tell where to draw others: in
normal scores of what a person brings along, from the normal distribution with their mean and covariance, in the
dimensions that the readings say anything about, and from everybody alike in one case of ten, so that nobody's weight is
large (defensive importance sampling; Hesterberg 1995, doi:10.1080/00401706.1995.10484303).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.learn.likelihood import Bank, likely_in_bank
from sim.learn.observed import Group, one_of
from sim.luck.numbers import OWN, PERSON, RELAPSE, positions
from sim.luck.quantiles import CELLS, Z_GRID
from sim.luck.streams import stream
from sim.study.prepare import Study

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Single = tuple[Group, int]

EVEN = 0.1
"""Part of the draws that goes to everybody alike, so that nobody's weight is large."""
LIKELY = 150.0
"""Effective number of likely people that a bank must have for a patient; it is doubled until it has."""
LARGER = 32
"""By how much a bank may grow for a patient."""
TOLD_SD, TOLD_SHIFT = 0.9, 0.3
"""Readings tell a dimension if they leave it a smaller standard deviation than this, or shift it by more."""
WIDER = 1.1
"""By how much, in standard deviations, it is drawn wider than the likely people of the bank are spread."""
AS_BEFORE = 10.0
"""People that the spread of everybody counts for beside the likely ones of the bank."""
AT_ONCE = 8192
"""People who are looked at at once."""
OTHERS = 1
"""The draw of luck that people near a patient are of: they have nothing in common with any bank."""


@dataclass(frozen=True)
class Where:
    """Where a patient's likely people are: `rows` of luck, (told,), that the readings tell, and the `mean`, (told,),
    and lower Cholesky `factor` of the normal distribution of their normal scores.

    `variance`, from point to point, that one drawn person leaves in the logarithm of the likelihood; `varies`:
    relative variance of the likelihood of one who is drawn as often as likely, at a point that was not looked at.
    """

    rows: Whole
    mean: Floats
    factor: Floats
    variance: float
    varies: float


def place_of(single: Single) -> int:
    """Return the place in the records of a row of a group."""
    group, row = single
    return group.patients[row]


def rows_of(group: Group) -> Whole:
    """Return the rows of luck that readings of a group could tell."""
    given = sorted({number for _, numbers in group.schedule.visits for number in numbers})
    return np.array([*PERSON, RELAPSE, RELAPSE + 1, *(OWN + number for number in given)], dtype=np.int64)


def where_likely(single: Single, bank: int, studies: Sequence[Study], seed: int, step: float) -> Where:
    """Return where those are who are likely to be a patient under some of several studies, by a bank that is doubled
    until there are enough of them.
    """
    group, row = single
    alone, largest, rows = one_of(group, row), bank * LARGER, rows_of(group)
    first = place_of(single) * largest
    logs, z, size = np.empty((len(studies), 0)), np.empty((len(rows), 0)), bank
    while True:
        more = Bank.of(studies[0], size - logs.shape[1], seed, first + logs.shape[1])
        logs = np.concatenate([logs, [likely_in_bank(more, alone, study, step) for study in studies]], axis=1)
        z = np.concatenate([z, _scores(more.luck.at[rows])], axis=1)
        shares = shares_of(logs)
        if np.mean(1 / (shares**2).sum(axis=1)) >= LIKELY or size == largest:
            break
        size *= 2
    weights = shares.mean(axis=0)
    mean = z @ weights
    covariance = (weights * (z - mean[:, None])) @ (z - mean[:, None]).T
    told = np.flatnonzero((np.diag(covariance) < TOLD_SD**2) | (np.abs(mean) > TOLD_SHIFT))
    likely = 1 / float((weights**2).sum())
    spread = (likely * covariance[np.ix_(told, told)] + AS_BEFORE * np.eye(len(told))) / (likely + AS_BEFORE)
    found = Where(rows[told], mean[told], WIDER * np.linalg.cholesky(spread), 0.0, _varies(shares))
    apart = size * (shares - weights)
    return replace(found, variance=float((apart**2 * _weights(found, z[told])).mean()))


def people_near(single: Single, where: Where, start: int, number: int, study: Study, seed: int) -> tuple[Bank, Floats]:
    """Return `number` people near a patient, a multiple of 128, from number `start` on, and how much each weighs such
    that their mean is that of everybody, (number,).
    """
    place = place_of(single)
    luck = Bank.of(study, number, seed, (place << 24) + start, OTHERS).luck
    near = stream(seed, place, start, "who is drawn from everybody").random(number) >= EVEN
    z = _scores(luck.at[where.rows])
    z[:, near] = where.mean[:, None] + where.factor @ z[:, near]
    luck.at[where.rows[:, None], np.flatnonzero(near)] = positions(ndtr(z[:, near]))
    return Bank(luck), _weights(where, z)


def shares_of(logs: Floats) -> Floats:
    """Return likelihoods, given by their logarithms, as shares of those of a row, (studies, people)."""
    found = np.exp(logs - logs.max(axis=1)[:, None])
    return np.asarray(found / found.sum(axis=1)[:, None])


def _scores(at: Floats) -> Floats:
    """Return the normal scores at positions on the grid of quantiles."""
    cell = np.minimum(at.astype(np.int64), CELLS - 1)
    low = Z_GRID[cell]
    return np.asarray(low + (at - cell) * (Z_GRID[cell + 1] - low))


def _weights(where: Where, z: Floats) -> Floats:
    """Return the density of everybody over that of those who are drawn, at normal scores, (told, people)."""
    white = np.linalg.solve(where.factor, z - where.mean[:, None])
    log_ratio = 0.5 * ((z**2).sum(axis=0) - (white**2).sum(axis=0)) - np.log(np.diag(where.factor)).sum()
    return np.asarray(1 / (EVEN + (1 - EVEN) * np.exp(np.minimum(log_ratio, 600.0))))


def _varies(shares: Floats) -> float:
    """Return the relative variance of the likelihood of one who is drawn, at a study that was left out of the draw."""
    studies, size = shares.shape
    if studies == 1:
        return 1.0
    others = EVEN / size + (1 - EVEN) * (shares.sum(axis=0) - shares) / (studies - 1)
    return max(float(np.median((shares**2 / others).sum(axis=1))) - 1.0, 1e-3)
