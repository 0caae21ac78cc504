"""How the time of practitioners and rooms is spent: no minute counts twice, and what lies beyond duty is overtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.capacity.duty import Duty
from sim.capacity.model import Model
from sim.capacity.stretches import Stretches, apart

Floats = NDArray[np.float64]
_ROUNDING = 1e-9
"""Minutes by which a visit may seem to end after duty because times are not exact."""


class Spent(NamedTuple):
    """Time spent: when each part starts, its minutes, and whose it is, practitioner or room by number."""

    start: Floats
    minutes: Floats
    of: NDArray[np.int64]

    def within(self, first: float, last: float) -> Spent:
        """Return what lies between two points of time, cut where it goes beyond them."""
        end = self.start + self.minutes
        begins, ends = np.maximum(self.start, first), np.minimum(end, last)
        # What lies wholly within keeps its minutes to the bit.
        minutes = np.where((begins == self.start) & (ends == end), self.minutes, ends - begins)
        some = ends > begins
        return Spent(begins[some], minutes[some], self.of[some])


@dataclass(frozen=True)
class Occupancy:
    """How time was spent.

    `staff`: of practitioners on duty, booked or with a patient, missed appointments among them; `rooms`: of rooms while
    anybody is on duty, likewise; `treating`: of practitioners on duty with patients; `overtime`: minutes of each
    appointment, kept or not, with a patient beyond the duty of the practitioner.
    """

    staff: Spent
    rooms: Spent
    treating: Spent
    overtime: Floats


def occupancy(model: Model, visits: dict[str, NDArray[Any]], happened: NDArray[np.bool_], kept: NDArray[np.bool_],
              duty: Duty) -> Occupancy:  # fmt: skip
    """Return how time was spent on the appointments that happened, of which some were kept."""
    start, minutes = visits["start"].astype(float), visits["minutes"].astype(float)
    worker, room = visits["worker"].astype(np.int64), visits["room"].astype(np.int64)
    by_calendar = start[happened], minutes[happened]
    if not model.runs_over:
        staff, rooms = (Spent(*by_calendar, of[happened]) for of in (worker, room))
        return Occupancy(staff, rooms, Spent(start[kept], minutes[kept], worker[kept]), np.zeros(len(start)))
    took = np.where(np.isnan(visits["took"].astype(float)), minutes, visits["took"].astype(float))
    begins = start + visits["delay"].astype(float)
    treated = begins[kept], took[kept]
    spent = tuple(np.concatenate(both) for both in zip(by_calendar, treated, strict=True))
    staff, rooms = (
        _by_owner(Spent(*apart(spent[0], spent[1], np.concatenate([of[happened], of[kept]]))), stretches)
        for of, stretches in ((worker, duty.stretches), (room, [duty.opening] * max(model.rooms, len(model.team))))
    )
    treating = _by_owner(Spent(*treated, worker[kept]), duty.stretches)
    overtime = np.zeros(len(start))
    overtime[kept] = _beyond(*treated, worker[kept], duty.stretches)
    return Occupancy(staff, rooms, treating, overtime)


def _by_owner(spent: Spent, duties: Sequence[Stretches]) -> Spent:
    """Return what falls into the stretches of each owner."""
    found = [duty.parts(spent.start[spent.of == i], spent.minutes[spent.of == i]) for i, duty in enumerate(duties)]
    owner = np.repeat(np.arange(len(found)), [len(start) for start, _ in found])
    return Spent(np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found]), owner)


def _beyond(start: Floats, minutes: Floats, worker: NDArray[np.int64], duties: Sequence[Stretches]) -> Floats:
    """Return the minutes of visits that lie beyond the duty of their practitioners."""
    ends = np.array([duties[i].end_of(at) for i, at in zip(worker.tolist(), start.tolist(), strict=True)])
    found = np.zeros(len(start))
    for i in np.flatnonzero(start + minutes > ends + _ROUNDING).tolist():
        found[i] = minutes[i] - duties[worker[i]].parts(start[i : i + 1], minutes[i : i + 1])[1].sum()
    return found
