"""Those who can stand for a patient: people near the patient, each as often as the readings leave them likely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.learn.likelihood import likely_in_bank
from sim.learn.likely import AT_ONCE, EVEN, Single, Where, people_near, place_of, rows_of, shares_of
from sim.learn.observed import one_of
from sim.luck.numbers import NUMBERED_RELAPSES, RELAPSE, Luck, Needs, empty_luck, keys_of
from sim.luck.quantiles import HALF
from sim.luck.streams import stream
from sim.study.prepare import Study

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FINER = 31
"""Parts of a cell of the grid of quantiles that positions are kept to: so they fit into 16 bits."""
FLAT = 0.2
"""Part of those who are kept for whom the root of their likelihood counts: at an input that was not looked at, others
are likely."""
FEWEST_SETS = 8
NUMBERS = 1 << 40
"""From which numbers on those who stand for patients have their luck of late relapses."""


@dataclass(frozen=True)
class Standing:
    """Those who can stand for a patient, in sets of `width`, one set after another.

    `rows` of luck, (rows,), and the positions in these, in parts of a cell, `at` (rows, people); `profile`: the luck
    that says the kind of patient, (people,); `weights`, (people,), such that the sum over a set of weight times
    likelihood is the patient's likelihood.
    """

    width: int
    rows: Whole
    at: NDArray[np.uint16]
    profile: NDArray[np.float32]
    weights: NDArray[np.float32]

    def set_at(self, share: float) -> slice:
        """Return the people of a set, by a number from 0 to 1 that says which."""
        first = int(share * (len(self.weights) // self.width)) * self.width
        return slice(first, first + self.width)


def standing_for(
    single: Single, where: Where, drawn: int, width: int, kept: int, studies: Sequence[Study], seed: int, step: float
) -> Standing:
    """Return about `kept` of `drawn` people near a patient, in sets of `width`."""
    group, row = single
    alone = one_of(group, row)
    rows = np.unique([*rows_of(group), *range(RELAPSE, RELAPSE + NUMBERED_RELAPSES)])
    logs, near = np.empty((len(studies), drawn)), np.empty(drawn)
    at, profile = np.empty((len(rows), drawn), np.uint16), np.empty(drawn, np.float32)
    for start in range(0, drawn, AT_ONCE):
        some = slice(start, min(start + AT_ONCE, drawn))
        bank, near[some] = people_near(single, where, start, some.stop - start, studies[0], seed)
        for k, study in enumerate(studies):
            logs[k, some] = likely_in_bank(bank, alone, study, step)
        at[:, some], profile[some] = np.round(bank.luck.at[rows] * FINER), bank.luck.profile
    chance, likely = _chances(logs, near)
    # In the order of how much each adds to the likelihood, every set adds up to about the same.
    order = np.argsort(likely / chance, kind="stable")
    reached = np.cumsum(chance[order])
    sets = max(kept // width, FEWEST_SETS)
    begin = stream(seed, place_of(single), 0, "who stands for whom").random()
    at_order = np.searchsorted(reached / reached[-1], (np.arange(sets * width) + begin) / (sets * width))
    columns = order[np.minimum(at_order, drawn - 1)].reshape(width, sets).T.ravel()
    weights = near[columns] / (drawn * width * chance[columns] / reached[-1])
    return Standing(width, rows, at[:, columns], profile[columns], weights.astype(np.float32))


def _chances(logs: Floats, near: Floats) -> tuple[Floats, Floats]:
    """Return how often each of some people shall be kept, and how likely each is, (people,), by the logarithms of their
    likelihoods under several studies, (studies, people), and their weights: most as often as they are likely, and some
    as often as those who may be likely under another study.
    """
    likely = shares_of(logs + np.log(near)).mean(axis=0)
    flat = np.sqrt(near * likely)
    return EVEN * near / near.sum() + FLAT * flat / flat.sum() + (1 - EVEN - FLAT) * likely, likely


def luck_of(standing: Sequence[Standing], which: Floats, study: Study, number: int) -> tuple[Luck, Whole, Floats]:
    """Return the luck of a set for each of several patients, in columns by patient, the first column of each,
    (patients + 1,), and the weights, (columns,).

    `which`: a number from 0 to 1 for each patient, (patients,); the luck of late relapses belongs to `number`.
    """
    modalities = tuple(study.scenario.modalities)
    first = np.cumsum([0, *(one.width for one in standing)])
    luck = empty_luck(Needs(modalities, 0, 0.0, 0.0, False, False, False), int(first[-1]))
    luck.satisfied[:] = 0.5
    luck.at[:] = HALF
    luck.number[:] = NUMBERS + np.arange(first[-1])
    luck.key[:] = keys_of(number, 0, modalities).single
    weights = np.empty(first[-1])
    for one, share, start in zip(standing, which, first, strict=False):
        people, into = one.set_at(share), slice(start, start + one.width)
        luck.at[one.rows, into] = one.at[:, people]
        luck.at[one.rows, into] /= FINER
        luck.profile[into] = one.profile[people]
        weights[into] = one.weights[people]
    return luck, np.asarray(first), weights
