"""Luck: everything random about patients, before any assumption is applied.

The cohort of a study is drawn in nets, evenly spread (`spread_luck`). Where patients must be independent of each other,
because their variety itself is what is looked at or a procedure relies on it, they are drawn alone
(`independent_luck`). Either way a number belongs to a seed, a draw, a patient and a purpose, never to an arm or to the
order of calls: adding an arm, a worker or a patient changes nobody's numbers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.patient.compiled import kernel
from sim.patient.nets import NET_SIZE, SPREAD, fill_by_visit, fill_order, fill_spread, number
from sim.patient.quantiles import position
from sim.patient.streams import BLOCK_SIZE, stream
from sim.patient.words import WORDS, fill_words, key_of

Floats = NDArray[np.float64]

AT = (
    "baseline pain", "muscular share", "natural plateau", "natural time constant", "responsiveness",
    "reading at baseline", "reading at end of course", "reading at day 42", "relapse",
)  # fmt: skip
"""Purposes of which a patient has one number, by row of `Luck.at`; below them one row per modality."""
BASELINE, MUSCULAR, PLATEAU, TIME_CONSTANT, COMMON, READING_BASELINE, READING_END, READING_DAY42, RELAPSE = range(9)
OWN = len(AT)
"""The row of `Luck.at` that holds the responsiveness to the first modality."""
PERSON = (BASELINE, MUSCULAR, PLATEAU, TIME_CONSTANT, COMMON)
"""Rows that say who a patient is, beside the responsiveness to each modality; the others say what happens this time."""
BY_VISIT = ("soreness", "bruising", "attendance", "drop-out", "readings")
"""Purposes of which a patient has a number at every visit."""


class Needs(NamedTuple):
    """What the scenario draws on: a purpose that nothing reads is not drawn, which changes no other purpose."""

    modalities: tuple[str, ...]
    visits: int
    soreness: bool
    bruising: bool
    attendance: bool
    drop_out: bool
    readings: bool

    def union(self, other: Needs) -> Needs:
        """Return what both need; they must give the same modalities."""
        larger: Any = (max(one, two) for one, two in zip(self[1:], other[1:], strict=True))
        return Needs(self.modalities, *larger)


class Luck(NamedTuple):
    """The luck of some patients, in columns.

    `number`: which patient each column is, from 0; `profile` and `booster`: uniform numbers, (columns,); `at`:
    positions on the grid of quantiles, by the rows of AT and one per modality, (rows, columns). By visit, (visits,
    columns), or (0, columns) where nothing reads them: uniform numbers, and positions for `readings`.
    """

    number: NDArray[np.int64]
    profile: Floats
    booster: Floats
    at: Floats
    soreness: Floats
    bruising: Floats
    attendance: Floats
    drop_out: Floats
    readings: Floats

    def of(self, columns: Any) -> Luck:
        """Return the luck of some of the columns."""
        kept: Any = (np.ascontiguousarray(part[..., columns]) for part in self)
        return Luck(*kept)


class Keys(NamedTuple):
    """Keys of the purposes that nets are drawn for: (4,), (rows, 4) and (purposes, 4)."""

    order: NDArray[np.uint64]
    profile: NDArray[np.uint64]
    booster: NDArray[np.uint64]
    at: NDArray[np.uint64]
    by_visit: NDArray[np.uint64]


@lru_cache(maxsize=64)
def keys_of(seed: int, draw: int, modalities: tuple[str, ...]) -> Keys:
    """Return the keys of a draw."""

    def key(purpose: str) -> NDArray[np.uint64]:
        return key_of(seed, draw, purpose)

    own = [f"responsiveness to {name}" for name in modalities]
    return Keys(
        key("order of patients"), key("profile"), key("booster"), np.stack([key(one) for one in (*AT, *own)]),
        np.stack([key(one) for one in BY_VISIT]),
    )  # fmt: skip


def empty_luck(needs: Needs, columns: int) -> Luck:
    """Return room for the luck of so many columns."""

    def by_visit(needed: bool) -> Floats:
        return np.empty((needs.visits if needed else 0, columns))

    return Luck(
        np.empty(columns, np.int64), np.empty(columns), np.empty(columns),
        np.empty((OWN + len(needs.modalities), columns)), by_visit(needs.soreness), by_visit(needs.bruising),
        by_visit(needs.attendance), by_visit(needs.drop_out), by_visit(needs.readings),
    )  # fmt: skip


def spread_luck(seed: int, draw: int, first: int, needs: Needs, n: int) -> Luck:
    """Return the luck of `n` patients who are evenly spread, from patient `first` (a multiple of NET_SIZE) on.

    Columns are in the order of their nets. Of a net that is not whole its first patients are kept.
    """
    nets = -(-n // NET_SIZE)
    luck = empty_luck(needs, nets * NET_SIZE)
    fill_luck(keys_of(seed, draw, needs.modalities), first // NET_SIZE, luck, *scratch())
    return luck if n == nets * NET_SIZE else luck.of(luck.number < first + n)


def scratch() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the room that `fill_luck` needs."""
    return np.empty(WORDS, np.int64), np.empty(NET_SIZE, np.int64), np.empty(NET_SIZE, np.int64)


@kernel
def fill_luck(keys, first_net, luck, words, columns, points):  # type: ignore[no-untyped-def]
    """Fill `luck` with whole nets, from a net on."""
    for start in range(0, len(luck.number), NET_SIZE):
        stop = start + NET_SIZE
        net = first_net + start // NET_SIZE
        fill_order(keys.order, net, words, points)
        for i in range(NET_SIZE):
            luck.number[start + i] = net * NET_SIZE + points[i]
        _fill_uniform(keys.profile, net, 0, luck.profile[start:stop], words, points)
        _fill_uniform(keys.booster, net, len(SPREAD), luck.booster[start:stop], words, points)
        for row in range(len(luck.at)):
            _fill_uniform(keys.at[row], net, row + 1, luck.at[row, start:stop], words, points)
            _to_positions(luck.at[row, start:stop])
        by_visit = (luck.soreness, luck.bruising, luck.attendance, luck.drop_out, luck.readings)
        for purpose in range(len(by_visit)):
            numbers = by_visit[purpose]
            for visit in range(len(numbers)):
                fill_words(keys.by_visit[purpose], net, visit, words)
                fill_by_visit(words, columns, points, numbers[visit, start:stop])
        for visit in range(len(luck.readings)):
            _to_positions(luck.readings[visit, start:stop])


@kernel
def _fill_uniform(key, net, dimension, numbers, words, points):  # type: ignore[no-untyped-def]
    fill_words(key, net, 0, words)
    fill_spread(dimension, words, points)
    for i in range(NET_SIZE):
        numbers[i] = number(points[i])


@kernel
def _to_positions(numbers):  # type: ignore[no-untyped-def]
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
        booster=uniform("booster"),
        at=positions(np.stack([uniform(purpose) for purpose in (*AT, *own)])),
        soreness=by_visit("soreness", needs.soreness),
        bruising=by_visit("bruising", needs.bruising),
        attendance=by_visit("attendance", needs.attendance),
        drop_out=by_visit("drop-out", needs.drop_out),
        readings=positions(by_visit("readings", needs.readings)),
    )


def positions(numbers: Floats) -> Floats:
    """Return where uniform numbers lie on the grid of quantiles, as a new array of the same shape."""
    found = np.array(numbers, dtype=np.float64)
    _to_positions(found.reshape(-1))
    return found
