"""The people of one replication side by side in arrays: those of every block, and again each time that they come back.

Whoever comes has a place, the column of the arrays with the luck and the state of that course. The places of a block
begin with a new net, in which everybody has the column that `sim.capacity.courses` gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.capacity.courses import EPISODE_BLOCKS, Courses
from sim.capacity.model import Model
from sim.luck.numbers import Events
from sim.luck.threefry import WORDS
from sim.patient.day import Limits
from sim.patient.patients import Patients
from sim.patient.tile import WIDTH

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


TIMES = 4
"""Times that everybody may come for whom there is room at first; what is never used of it takes no memory."""


class Lots(NamedTuple):
    """Numbers that only a clinic draws, by place: see `sim.capacity.courses`; (0, places) where nothing reads them.

    `patience`, `whether_back`, `how_late` and `proneness`: (places,); `attempts`, `withdrawals` and `spreads`: (many,
    places). `taken`: which of all pathways each would take under each arm, (arms, places).
    """

    patience: Floats
    whether_back: Floats
    how_late: Floats
    proneness: Floats
    attempts: Floats
    withdrawals: Floats
    spreads: Floats
    taken: Whole


class Nets(NamedTuple):
    """By net: the state of all in `tiles`, (nets, numbers of a tile), and `keys` of what is drawn for single patients.

    The latter are (nets, 4).
    """

    tiles: Floats
    keys: NDArray[np.uint64]


class Drawn(NamedTuple):
    """People who have been drawn; `out`: what is recorded of their courses, (rows, places)."""

    patients: Patients
    lots: Lots
    nets: Nets
    out: Floats


class People(NamedTuple):
    """Everybody who has come so far.

    `limits`: of the relapses of all, with room for the key of one; `first`: the first place of a block, by how often
    its people have come back, (blocks, times), -1 where it has not been drawn.
    """

    patients: Patients
    lots: Lots
    nets: Nets
    out: Floats
    limits: Limits
    first: Whole


class Blocks:
    """The blocks of a replication, drawn when they are asked for.

    `sizes`: how many people of each block, by its number, may come.
    """

    def __init__(self, model: Model, replication: int, sizes: Mapping[int, int]) -> None:
        """Draw everybody who may come for the first time."""
        self._model, self._replication, self._sizes = model, replication, sizes
        self._numbers = list(sizes)
        self._first = np.full((len(sizes), 1), -1)
        self._used = 0
        self._room: Drawn | None = None
        for block in range(len(sizes)):
            self.draw(block, 0)

    @property
    def people(self) -> People:
        """Everybody who has been drawn."""
        assert self._room is not None
        patients, lots, nets, out = self._room
        key = np.zeros(4, np.uint64)
        limits = Limits(patients.cohort.limits, key, patients.luck.number, np.empty(WORDS, np.int64))
        return People(patients._replace(luck=patients.luck._replace(key=key)), lots, nets, out, limits, self._first)

    def draw(self, block: int, episode: int) -> None:
        """Draw a block, by its place in the list, whose people come back for the so-manieth time."""
        number = self._numbers[block]
        size = self._sizes[number]
        address = self._replication, number + episode * EPISODE_BLOCKS
        found = self._drawn(Courses(self._model.study, self._model.rules, *address, size))
        if episode >= self._first.shape[1]:
            self._first = np.pad(self._first, ((0, 0), (0, 1)), constant_values=-1)
        at, nets = self._used, len(found.nets.tiles)
        self._first[block, episode] = at
        self._used += nets * WIDTH
        if self._room is None:
            everybody = TIMES * sum(-(-one // WIDTH) for one in self._sizes.values())
            self._room = _each(lambda by_net, one: _room(by_net, one, everybody), False, found)
        elif self._used > self._room.out.shape[1]:
            more = _each(lambda by_net, one: _room(by_net, one, 2 * self._used // WIDTH), False, found)
            _each(lambda by_net, whole, one: _put(by_net, whole, one, 0), False, more, self._room)
            self._room = more
        _each(lambda by_net, whole, one: _put(by_net, whole, one, at), False, self._room, found)

    def _drawn(self, one: Courses) -> Drawn:
        clinic, n = self._model.clinic, len(one.patience)
        nothing = np.empty((0, n))
        first = self._model.study.setting.plans.of_arm
        lots = Lots(
            one.patience,
            one.back[0],
            one.back[1],
            one.proneness[:n] if self._model.attendance is not None else np.zeros(n),
            one.attempts[:, :n] if clinic.missed.then == "rebooked" else nothing,
            one.withdrawals[:, :n] if clinic.cancellation is not None else nothing,
            one.spreads[:, :n] if self._model.is_timed else nothing,
            np.stack([at + one.taken[arm] for at, arm in zip(first, self._model.arms, strict=False)]),
        )
        nets = Nets(one.tiles, np.tile(one.luck.key, (len(one.tiles), 1)))
        # What is drawn for single patients goes by the net, as blocks differ.
        patients = one.patients._replace(luck=one.luck._replace(key=np.zeros(n, np.uint64)))
        return Drawn(patients, lots, nets, one.out)


def _each(change: Callable[..., Any], by_net: bool, *parts: Any) -> Any:
    """Return what `change` makes of each array of parts of one kind; it is told whether that is by net or by place."""
    kind = type(parts[0])
    if issubclass(kind, tuple):
        by_net = by_net or kind in (Events, Nets)
        return kind(*(_each(change, by_net, *fields) for fields in zip(*parts, strict=True)))
    return change(by_net, *parts)


def _room(by_net: bool, part: NDArray[Any], nets: int) -> NDArray[Any]:
    """Return room like that of an array for so many nets."""
    return np.zeros((nets, *part.shape[1:]) if by_net else (*part.shape[:-1], nets * WIDTH), part.dtype)


def _put(by_net: bool, whole: NDArray[Any], part: NDArray[Any], at: int) -> None:
    """Put an array in its place, from the first place that is its on."""
    if by_net:
        whole[at // WIDTH : at // WIDTH + len(part)] = part
    else:
        whole[..., at : at + part.shape[-1]] = part
