"""One day of the diary, for many patients at once: the only place that tells what happens to them.

`step` takes patients from the evening of one day to the evening of the next. Runs, calibration, drawn courses, patient
rows and clinics all call it; what it does without compilation is the same, to the bit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, inner
from sim.luck.nets import number
from sim.luck.threefry import fill_words
from sim.patient.elementary import exp2
from sim.patient.tile import (
    BASELINE,
    CEILING_CENTRAL,
    CEILING_MUSCULAR,
    CENTRAL_LEFT,
    CENTRAL_MOST,
    CONTEXT,
    DECAY,
    DOSE,
    FIRST,
    HAZARD,
    INTENSITY,
    LEFT,
    LEVEL,
    LIMIT,
    LOST,
    MUSCULAR,
    MUSCULAR_LEFT,
    MUSCULAR_MOST,
    NEEDLED,
    NOT_IN_RELIEF,
    PAIN,
    PER_MODALITY,
    PLATEAU,
    REACHED,
    RELAPSES,
    RELIEF_AT,
    SINCE,
    TO_CONTEXT,
    TO_DOSE,
    WORK,
    Lanes,
)

Floats = NDArray[np.float64]


class Effects(NamedTuple):
    """How treatments act, alike for everybody.

    By modality, (modalities,): `keeps`, the share of a dose that is left a day later, and `per_dose`, by how many
    halvings a dose of 1 brings the effect nearer to its ceiling; the same of the context, and `rho`.
    """

    keeps: Floats
    per_dose: Floats
    context_keeps: float
    context_per_dose: float
    rho: float


class Relapse(NamedTuple):
    """How relief ends: `weight` by days in relief, e**k - (e - 1)**k and 0 at 0, (longest + 1,); `log_ratio`: base 2
    logarithm of the hazard ratio per point above `reference_pain`; `rebound`: share of the way back to baseline.
    """

    happens: bool
    weight: Floats
    log_ratio: float
    reference_pain: float
    rebound: float


class Limits(NamedTuple):
    """The unit exponentials X[r] of a cohort's patients.

    `numbered`: those of the first relapses, (relapses, columns); any later one is drawn when it is needed, from the
    words of a `key` at the patient's `number` and the number of the relapse; `words`: scratch space for them.
    """

    numbered: Floats
    key: NDArray[np.uint64]
    number: NDArray[np.int64]
    words: NDArray[np.int64]


@inner
def step(
    tile: Floats, width: int, lanes: Lanes, day: float, active: NDArray[np.uint8], is_visit: bool,
    needles: bool, effects: Effects, relapse: Relapse, limits: Limits,
) -> None:  # fmt: skip
    """Take the first `width` patients of a tile to the evening of a day, counted from the first visit.

    `lanes`: which patients of the cohort these are; `active`: 1 for the modalities that their arm can give; `is_visit`:
    whether the day before brought them doses (TO_DOSE and TO_CONTEXT); `needles`: whether their arm can needle.
    """
    _fade(tile, width, active, is_visit, needles, effects)
    _feel(tile, width, active, needles, effects)
    if relapse.happens:
        _relapse(tile, width, lanes, day, active, relapse, limits)
    _relieve(tile, width, day)


@inner
def _fade(tile: Floats, width: int, active: NDArray[np.uint8], is_visit: bool, needles: bool, effects: Effects) -> None:
    """1. Doses fade, then the visit of the day before adds to them."""
    for m in range(len(active)):
        if active[m]:
            keeps, of = effects.keeps[m], m * PER_MODALITY
            for i in range(width):
                tile[DOSE + of + i] *= keeps
            if is_visit:
                for i in range(width):
                    tile[DOSE + of + i] += tile[TO_DOSE + of + i]
    if needles:
        keeps = effects.context_keeps
        for i in range(width):
            tile[NEEDLED + i] *= keeps
        if is_visit:
            for i in range(width):
                tile[NEEDLED + i] += tile[TO_CONTEXT + i]


@inner
def _feel(tile: Floats, width: int, active: NDArray[np.uint8], needles: bool, effects: Effects) -> None:
    """2. Pain: the natural course of the episode, times what the context and the modalities leave of it.

    Per component the modalities combine, sorted from the strongest, as (1 - f1) * (1 - rho * f2) * ...
    """
    for i in range(width):
        tile[LEFT + i] *= tile[DECAY + i]
        tile[PAIN + i] = tile[LEVEL + i] * (tile[PLATEAU + i] + (1.0 - tile[PLATEAU + i]) * tile[LEFT + i])
    if needles:
        halvings = effects.context_per_dose
        for i in range(width):
            tile[PAIN + i] *= 1.0 - tile[CONTEXT + i] * (1.0 - exp2(-(tile[NEEDLED + i] * halvings)))
    acting = np.int64(0)
    for m in range(len(active)):
        if active[m]:
            _act(tile, width, m, effects.per_dose[m], effects.rho, acting == 0)
            acting += 1
    if acting == 1:
        for i in range(width):
            muscular, central = 1.0 - tile[MUSCULAR_MOST + i], 1.0 - tile[CENTRAL_MOST + i]
            left = tile[MUSCULAR + i] * muscular + (1.0 - tile[MUSCULAR + i]) * central
            tile[PAIN + i] *= left
    elif acting > 1:
        for i in range(width):
            muscular = tile[MUSCULAR_LEFT + i] * (1.0 - tile[MUSCULAR_MOST + i])
            central = tile[CENTRAL_LEFT + i] * (1.0 - tile[CENTRAL_MOST + i])
            left = tile[MUSCULAR + i] * muscular + (1.0 - tile[MUSCULAR + i]) * central
            tile[PAIN + i] = min(tile[PAIN + i] * left, 10.0)


@inner
def _act(tile: Floats, width: int, m: int, halvings: float, rho: float, is_first: bool) -> None:
    """Let a modality act, by its number: a compiler knows the rows apart if it knows which they are."""
    if m == 0:
        _act_on(tile, width, 0, halvings, rho, is_first)
    elif m == 1:
        _act_on(tile, width, 1 * PER_MODALITY, halvings, rho, is_first)
    elif m == 2:
        _act_on(tile, width, 2 * PER_MODALITY, halvings, rho, is_first)
    elif m == 3:
        _act_on(tile, width, 3 * PER_MODALITY, halvings, rho, is_first)
    else:
        _act_on(tile, width, m * PER_MODALITY, halvings, rho, is_first)


@inlined
def _act_on(tile: Floats, width: int, of: int, halvings: float, rho: float, is_first: bool) -> None:
    """Add what a modality, whose rows are `of` further on, does to both components."""
    for i in range(width):
        tile[REACHED + i] = 1.0 - exp2(-(tile[DOSE + of + i] * halvings))
    if is_first:
        for i in range(width):
            tile[MUSCULAR_MOST + i] = tile[CEILING_MUSCULAR + of + i] * tile[REACHED + i]
            tile[CENTRAL_MOST + i] = tile[CEILING_CENTRAL + of + i] * tile[REACHED + i]
            tile[MUSCULAR_LEFT + i] = 1.0
            tile[CENTRAL_LEFT + i] = 1.0
    else:
        for i in range(width):
            effect, most = tile[CEILING_MUSCULAR + of + i] * tile[REACHED + i], tile[MUSCULAR_MOST + i]
            tile[MUSCULAR_MOST + i] = max(effect, most)
            tile[MUSCULAR_LEFT + i] *= max(1.0 - rho * min(effect, most), 0.0)
        for i in range(width):
            effect, most = tile[CEILING_CENTRAL + of + i] * tile[REACHED + i], tile[CENTRAL_MOST + i]
            tile[CENTRAL_MOST + i] = max(effect, most)
            tile[CENTRAL_LEFT + i] *= max(1.0 - rho * min(effect, most), 0.0)


@inner
def _relapse(
    tile: Floats,
    width: int,
    lanes: Lanes,
    day: float,
    active: NDArray[np.uint8],
    relapse: Relapse,
    limits: Limits,
) -> None:
    """3. Hazard adds up while in relief; where it reaches the limit of the patient, a new episode begins."""
    weight, log_ratio, reference = relapse.weight, relapse.log_ratio, relapse.reference_pain
    for i in range(width):
        tile[WORK + i] = tile[INTENSITY + i] * exp2(log_ratio * (tile[PAIN + i] - reference))
    reached = np.int64(0)
    for i in range(width):
        days_in_relief = np.uint32(np.int32(max(day - tile[SINCE + i], 0.0)))
        tile[HAZARD + i] += tile[WORK + i] * weight[days_in_relief]
    for i in range(width):
        reached += 1 if tile[HAZARD + i] >= tile[LIMIT + i] else 0
    if reached > 0:
        for i in range(width):
            if tile[HAZARD + i] >= tile[LIMIT + i]:
                _begin_again(tile, i, lanes.column[i], day, active, relapse.rebound, limits)


@inner
def _begin_again(
    tile: Floats, i: int, column: int, day: float, active: NDArray[np.uint8], rebound: float, limits: Limits
) -> None:
    """Begin a new episode: pain is on its way back to baseline, and what treatment had achieved is lost."""
    tile[PAIN + i] += rebound * (tile[BASELINE + i] - tile[PAIN + i])
    tile[LEVEL + i] = tile[PAIN + i]
    tile[LEFT + i] = 1.0
    for m in range(len(active)):
        if not active[m]:
            continue
        tile[DOSE + m * PER_MODALITY + i] = 0.0
    tile[NEEDLED + i] = 0.0
    tile[RELAPSES + i] += 1.0
    tile[LIMIT + i] = limit_of(int(tile[RELAPSES + i]), column, limits)
    _lose(tile, i, day)


@inner
def limit_of(relapse: int, column: int, limits: Limits) -> float:
    """Return the unit exponential of a relapse, counted from 0, of the patient in a column of the cohort."""
    if relapse < len(limits.numbered):
        numbered: float = limits.numbered[relapse, column]
        return numbered
    fill_words(limits.key, limits.number[column], relapse, limits.words)
    return -math.log(number(limits.words[0]))


@inner
def _relieve(tile: Floats, width: int, day: float) -> None:
    """4. Relief begins, goes on or is lost; with it the hazard of a relapse."""
    lost = np.int64(0)
    for i in range(width):
        tile[WORK + i] = 0.0 if tile[PAIN + i] <= tile[RELIEF_AT + i] else NOT_IN_RELIEF
    for i in range(width):
        lost += 1 if tile[WORK + i] > tile[SINCE + i] else 0
    if lost > 0:
        for i in range(width):
            if tile[WORK + i] > tile[SINCE + i]:
                _lose(tile, i, day)
    for i in range(width):
        tile[SINCE + i] = max(min(tile[SINCE + i], day), tile[WORK + i])


@inner
def _lose(tile: Floats, i: int, day: float) -> None:
    """Note that relief is lost, and end its hazard."""
    tile[FIRST + i] = min(tile[FIRST + i], tile[SINCE + i])
    tile[LOST + i] = min(tile[LOST + i], day)
    tile[SINCE + i] = NOT_IN_RELIEF
    tile[HAZARD + i] = 0.0
