"""Luck: everything random about patients, before any assumption is applied.

The cohort of a study is drawn in nets, evenly spread (`spread_luck`). Where patients must be independent of each other,
because their variety itself is what is looked at or a procedure relies on it, they are drawn alone
(`independent_luck`). Either way a number belongs to a seed, a draw, a patient and a purpose, never to an arm or to the
order of calls: adding an arm, a worker or a patient changes nobody's numbers.
"""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inner, kernel
from sim.luck.nets import NET_SIZE, SPREAD, fill_by_visit, fill_order, fill_spread, fill_strata, number
from sim.luck.quantiles import position
from sim.luck.streams import BLOCK_SIZE, stream
from sim.luck.threefry import WORDS, fill_words, key_of

Floats = NDArray[np.float64]

NUMBERED_RELAPSES = 4
"""Relapses for which the limits are spread over patients; those of later ones are drawn when they are needed."""
AT = (
    "baseline pain", "muscular share", "natural plateau", "natural time constant", "responsiveness", "reading noise",
    "reading at baseline", "reading at end of course", "reading at day 42", "reading at day 133",
    *(f"relapse {r}" for r in range(NUMBERED_RELAPSES)),
)  # fmt: skip
"""Purposes of which a patient has one number, by row of `Luck.at`; below them one row per modality."""
(
    BASELINE, MUSCULAR, PLATEAU, TIME_CONSTANT, COMMON, NOISE,
    READING_BASELINE, READING_END, READING_DAY42, READING_DAY133, RELAPSE,
) = range(11)  # fmt: skip
OWN = len(AT)
"""The row of `Luck.at` that holds the responsiveness to the first modality."""
PERSON = (BASELINE, MUSCULAR, PLATEAU, TIME_CONSTANT, COMMON, NOISE)
"""Rows that say who a patient is, beside the responsiveness to each modality; the others say what happens this time."""
BY_VISIT = ("soreness", "bruising", "attendance", "drop-out", "readings")
"""Purposes of which a patient has a number at every visit."""
SORENESS, BRUISING, ATTENDANCE, DROP_OUT, READINGS = range(5)


class Needs(NamedTuple):
    """What the scenario draws on: a number that nothing reads is not drawn, which changes no other number.

    `soreness` and `bruising`: the largest risk at any visit. Only numbers below it make a difference.
    """

    modalities: tuple[str, ...]
    visits: int
    soreness: float
    bruising: float
    attendance: bool
    drop_out: bool
    readings: bool

    def union(self, other: Needs) -> Needs:
        """Return what both need; they must give the same modalities."""
        larger: Any = (max(one, two) for one, two in zip(self[1:], other[1:], strict=True))
        return Needs(self.modalities, *larger)


class Events(NamedTuple):
    """The numbers of one kind of adverse event that are small enough to make a difference.

    By net of columns and visit: how `many` there are, (nets, visits), and of each the `column` within the net and the
    `number` (uniform), (nets, visits, most).
    """

    many: NDArray[np.int64]
    column: NDArray[np.int64]
    number: Floats

    @classmethod
    def room(cls, nets: int, visits: int, most: int) -> Events:
        """Return room for so many numbers at each visit."""
        shape = (nets, visits, most)
        return cls(np.zeros(shape[:2], np.int64), np.zeros(shape, np.int64), np.zeros(shape))


class Luck(NamedTuple):
    """The luck of some patients, in columns.

    `number`: which patient each column is, from 0; `profile` and `satisfied`: uniform numbers, (columns,); `at`:
    positions on the grid of quantiles, by the rows of AT and one per modality, (rows, columns). By visit, (visits,
    columns), or (0, columns) where nothing reads them: uniform numbers, and positions for `readings`. `sore` and
    `bruised`: the numbers of soreness and bruising that make a difference. `key`: of what is drawn for single patients
    when it is needed.
    """

    number: NDArray[np.int64]
    profile: Floats
    satisfied: Floats
    at: Floats
    attendance: Floats
    drop_out: Floats
    readings: Floats
    sore: Events
    bruised: Events
    key: NDArray[np.uint64]

    def of(self, columns: NDArray[np.int64]) -> Luck:
        """Return the luck of some of the columns, by their indices in order; all but the last net must be whole."""
        kept: Any = (np.ascontiguousarray(part[..., columns]) for part in self[:-3])
        place = np.full(-(-len(self.number) // NET_SIZE) * NET_SIZE, -1)
        place[columns] = np.arange(len(columns))
        moved: Any = (_moved(self.sore, place), _moved(self.bruised, place), self.key)
        return Luck(*kept, *moved)


class Keys(NamedTuple):
    """Keys of the purposes that nets are drawn for: (4,), (rows, 4) and (purposes, 4); `single`: of single patients."""

    order: NDArray[np.uint64]
    profile: NDArray[np.uint64]
    satisfied: NDArray[np.uint64]
    at: NDArray[np.uint64]
    by_visit: NDArray[np.uint64]
    single: NDArray[np.uint64]


@lru_cache(maxsize=64)
def keys_of(seed: int, draw: int, modalities: tuple[str, ...]) -> Keys:
    """Return the keys of a draw."""

    def key(purpose: str) -> NDArray[np.uint64]:
        return key_of(seed, draw, purpose)

    own = [f"responsiveness to {name}" for name in modalities]
    return Keys(
        key("order of patients"), key("profile"), key("satisfied"), np.stack([key(one) for one in (*AT, *own)]),
        np.stack([key(one) for one in BY_VISIT]), key("single patients"),
    )  # fmt: skip


def empty_luck(needs: Needs, columns: int) -> Luck:
    """Return room for the luck of so many columns, whole nets or less."""

    def by_visit(needed: bool) -> Floats:
        return np.empty((needs.visits if needed else 0, columns))

    def events(risk: float) -> Events:
        return Events.room(-(-columns // NET_SIZE), needs.visits, strata_below(risk))

    return Luck(
        np.empty(columns, np.int64), np.empty(columns), np.empty(columns),
        np.empty((OWN + len(needs.modalities), columns)), by_visit(needs.attendance), by_visit(needs.drop_out),
        by_visit(needs.readings), events(needs.soreness), events(needs.bruising), np.zeros(4, np.uint64),
    )  # fmt: skip


def strata_below(risk: float) -> int:
    """Return how many strata of a net, from the lowest, hold the numbers below a risk."""
    return min(int(risk * NET_SIZE) + 1, NET_SIZE) if risk > 0 else 0


def _moved(events: Events, place: NDArray[np.int64]) -> Events:
    """Return events in other columns, those of -1 left out."""
    found = Events.room(len(events.many), events.many.shape[1], events.column.shape[2])
    stay = (place == np.arange(len(place))).reshape(-1, NET_SIZE).all(axis=1)
    for part, before in zip(found, events, strict=True):
        part[stay] = before[stay]
    for j, visit in itertools.product(np.flatnonzero(~stay), range(events.many.shape[1])):
        count = events.many[j, visit]
        columns = place[j * NET_SIZE + events.column[j, visit, :count]]
        kept = columns >= 0
        of_net, n = (j, visit), int(kept.sum())
        found.many[of_net] = n
        found.column[of_net][:n] = columns[kept] - j * NET_SIZE
        found.number[of_net][:n] = events.number[j, visit, :count][kept]
    return found


def spread_luck(seed: int, draw: int, first: int, needs: Needs, n: int) -> Luck:
    """Return the luck of `n` patients who are evenly spread, from patient `first` (a multiple of NET_SIZE) on.

    Columns are in the order of their nets. Of a net that is not whole its first patients are kept.
    """
    nets = -(-n // NET_SIZE)
    luck = empty_luck(needs, nets * NET_SIZE)
    fill_luck(keys_of(seed, draw, needs.modalities), first // NET_SIZE, luck, *scratch())
    return luck if n == nets * NET_SIZE else luck.of(np.flatnonzero(luck.number < first + n))


def scratch() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the room that `fill_luck` needs."""
    return np.empty(WORDS, np.int64), np.empty(NET_SIZE, np.int64), np.empty(NET_SIZE, np.int64)


@kernel
def fill_luck(
    keys: Keys, first_net: int, luck: Luck, words: NDArray[np.int64], columns: NDArray[np.int64],
    points: NDArray[np.int64],
) -> None:  # fmt: skip
    """Fill `luck` with whole nets, from a net on."""
    for k in range(len(keys.single)):
        luck.key[k] = keys.single[k]
    for start in range(0, len(luck.number), NET_SIZE):
        stop = start + NET_SIZE
        j = start // NET_SIZE
        net = first_net + j
        fill_order(keys.order, net, words, points)
        for i in range(NET_SIZE):
            luck.number[start + i] = net * NET_SIZE + points[i]
        _fill_uniform(keys.profile, net, 0, luck.profile[start:stop], words, points)
        _fill_uniform(keys.satisfied, net, len(SPREAD), luck.satisfied[start:stop], words, points)
        for row in range(len(luck.at)):
            _fill_uniform(keys.at[row], net, row + 1, luck.at[row, start:stop], words, points)
            _to_positions(luck.at[row, start:stop])
        by_visit = (luck.attendance, luck.drop_out, luck.readings)
        for purpose in range(len(by_visit)):
            numbers = by_visit[purpose]
            for visit in range(len(numbers)):
                fill_words(keys.by_visit[ATTENDANCE + purpose], net, visit, words)
                fill_by_visit(words, columns, points, numbers[visit, start:stop])
        _fill_events(keys.by_visit[SORENESS], net, j, luck.sore, words, columns, points)
        _fill_events(keys.by_visit[BRUISING], net, j, luck.bruised, words, columns, points)
        for visit in range(len(luck.readings)):
            _to_positions(luck.readings[visit, start:stop])


@inner
def _fill_events(
    key: NDArray[np.uint64], net: int, j: int, events: Events, words: NDArray[np.int64], columns: NDArray[np.int64],
    points: NDArray[np.int64],
) -> None:  # fmt: skip
    strata = events.column.shape[2]
    if strata == 0:
        return
    for visit in range(events.many.shape[1]):
        fill_words(key, net, visit, words)
        fill_strata(words, strata, columns, points)
        for stratum in range(strata):
            events.column[j, visit, stratum] = columns[stratum]
            events.number[j, visit, stratum] = number(points[stratum])
        events.many[j, visit] = strata


@inner
def _fill_uniform(
    key: NDArray[np.uint64], net: int, dimension: int, numbers: Floats, words: NDArray[np.int64],
    points: NDArray[np.int64],
) -> None:  # fmt: skip
    fill_words(key, net, 0, words)
    fill_spread(dimension, words, points)
    for i in range(NET_SIZE):
        numbers[i] = number(points[i])


@kernel
def _to_positions(numbers: Floats) -> None:
    for i in range(len(numbers)):
        numbers[i] = position(numbers[i])


def independent_luck(seed: int, draw: int, block: int, needs: Needs, n: int = BLOCK_SIZE) -> Luck:
    """Return the luck of the first `n` patients of a block, each drawn alone, in their order.

    A stream yields its numbers one after another, so the first patients' are the same whoever follows. Arrays by visit
    are drawn for the whole block: the numbers of visit 2 come after everybody's of visit 1.
    """

    def uniform(purpose: str) -> Floats:
        return stream(seed, draw, block, purpose).random(n)

    def by_visit(purpose: str, needed: bool) -> Floats:
        if not needed:
            return np.empty((0, n))
        return np.ascontiguousarray(stream(seed, draw, block, purpose).random((needs.visits, BLOCK_SIZE))[:, :n])

    own = [f"responsiveness to {name}" for name in needs.modalities]
    return Luck(
        number=np.arange(n),
        profile=uniform("profile"),
        satisfied=uniform("satisfied"),
        at=positions(np.stack([uniform(purpose) for purpose in (*AT, *own)])),
        attendance=by_visit("attendance", needs.attendance),
        drop_out=by_visit("drop-out", needs.drop_out),
        readings=positions(by_visit("readings", needs.readings)),
        sore=_events_below(needs.soreness, by_visit("soreness", needs.soreness > 0), n),
        bruised=_events_below(needs.bruising, by_visit("bruising", needs.bruising > 0), n),
        key=key_of(seed, draw, f"single patients of block {block}"),
    )


def _events_below(risk: float, numbers: Floats, n: int) -> Events:
    """Return the numbers below a risk, of all by visit, (visits, columns)."""
    nets, visits = -(-n // NET_SIZE), len(numbers)
    found = Events.room(nets, visits, NET_SIZE if visits else 0)
    for j, visit in np.ndindex(nets, visits):
        of_net = numbers[visit, j * NET_SIZE : (j + 1) * NET_SIZE]
        columns = np.flatnonzero(of_net < risk)
        found.many[j, visit] = len(columns)
        found.column[j, visit, : len(columns)] = columns
        found.number[j, visit, : len(columns)] = of_net[columns]
    return found


def positions(numbers: Floats) -> Floats:
    """Return where uniform numbers lie on the grid of quantiles, as a new array of the same shape."""
    found = np.array(numbers, dtype=np.float64, order="C")
    _to_positions(found.reshape(-1))
    return found
