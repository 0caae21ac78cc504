"""How the time of practitioners and rooms is spent: no minute counts twice, and what lies beyond duty is overtime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.capacity.duty import Stretches, apart, duty_of
from sim.capacity.model import Model

Floats = NDArray[np.float64]
Times = tuple[Floats, Floats]


@dataclass(frozen=True)
class Occupancy:
    """Time spent, each as when it starts and for how many minutes.

    `staff`: of practitioners on duty, with appointments, missed ones among them; `rooms`: of rooms while anybody is on
    duty; `treating`: of practitioners on duty with patients; `overtime`: hours with patients beyond duty, by when the
    visit began, and what they cost: (start, hours, wages).
    """

    staff: Times
    rooms: Times
    treating: Times
    overtime: tuple[Floats, Floats, Floats]


def occupancy(model: Model, visits: dict[str, NDArray[Any]], happened: NDArray[np.bool_],
              kept: NDArray[np.bool_]) -> Occupancy:  # fmt: skip
    """Return how time was spent on the appointments that happened, of which some were kept."""
    start, minutes = visits["start"].astype(float), visits["minutes"].astype(float)
    given, treated = (start[happened], minutes[happened]), (start[kept], minutes[kept])
    nothing = np.empty(0)
    if not model.runs_over:
        return Occupancy(given, given, treated, (nothing, nothing, nothing))
    weeks = model.clinic.weeks
    duties = [duty_of([one], weeks) for one in model.team]
    worker = visits["worker"].astype(int)
    staff = _by_owner(*apart(*given, worker[happened]), duties)
    opening = [duty_of(model.team, weeks)] * model.rooms
    own_rooms = model.rooms >= len(model.team) and model.clinic.booking.form == "appointments"
    room = (worker if own_rooms else visits["room"].astype(int))[happened]
    if own_rooms:
        opening = opening[:1] * len(model.team)
    rooms = _by_owner(*apart(*given, room), opening)
    treating = _by_owner(*treated, worker[kept], duties)
    return Occupancy(staff, rooms, treating, _overtime(model, *treated, worker[kept], duties))


def _by_owner(start: Floats, minutes: Floats, of: NDArray[np.int64], duties: list[Stretches]) -> Times:
    """Return what falls into the stretches of each owner."""
    found = [duty.parts(start[of == i], minutes[of == i]) for i, duty in enumerate(duties)]
    return np.concatenate([one for one, _ in found]), np.concatenate([one for _, one in found])


def _overtime(model: Model, start: Floats, minutes: Floats, worker: NDArray[np.int64],
              duties: list[Stretches]) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Return the hours of visits that lie beyond duty, and their wages; nothing for visits wholly on duty."""
    ends = np.array([duties[i].end_of(at) for i, at in zip(worker.tolist(), start.tolist(), strict=True)])
    over = np.flatnonzero(start + minutes > ends + 1e-9)
    hours = np.array(
        [(minutes[i] - duties[worker[i]].parts(start[i : i + 1], minutes[i : i + 1])[1].sum()) / 60 for i in over]
    )
    wages = np.array([model.team[worker[i]].wage_per_hour for i in over])
    return start[over], hours, hours * wages * model.overtime_factor
