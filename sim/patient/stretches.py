"""What a stretch of a course costs all patients side by side: loss of utility, and days with little pain.

The arithmetic is that of `course.stretch`, see there and in `utility`.
"""

from __future__ import annotations

import numpy as np

from sim.patient.compiled import kernel
from sim.patient.elementary import log
from sim.patient.utility import LEAST_Y, lost_above, piece_of


@kernel
def stretch_all(found, start, end, start_area, end_area, cohort, utility, room):  # type: ignore[no-untyped-def]
    """Follow everybody over a stretch, as `course.stretch` does: natural pain from `start` to `end`, its integral from
    `start_area` to `end_area`, over `room.days`. Lists the points that pain falls through after the first `found`;
    returns how many there are then.
    """
    left, days, area, free, at_start, at_end = (
        room.left, room.days, room.area, room.free, room.at_start, room.at_end,
    )  # fmt: skip
    little = utility.little
    for i in range(len(left)):
        at_start[i] = piece_of(left[i] * start[i])
    for i in range(len(left)):
        at_end[i] = piece_of(left[i] * end[i])
    for i in range(len(left)):
        area[i] = left[i] * (end_area[i] - start_area[i])
    for i in range(len(left)):
        free[i] += days[i] if left[i] * end[i] <= little else 0.0
    _lose(at_end, area, days, utility.slope, utility.intercept, room.loss)
    crossing = _crossing(at_start, at_end, room.crossed)
    found = _points(found, crossing, start, cohort.plateau, cohort.time_constant, utility, room)
    if not utility.is_whole:
        found = _little(found, start, end, cohort.plateau, cohort.time_constant, little, room)
    return found


@kernel
def lose_above(found, room):  # type: ignore[no-untyped-def]
    """Add what is lost above the points found, and take off the days before pain was little."""
    y, weight, log_y = room.y, room.weight, room.log_y
    for c in range(found):
        log_y[c] = log(y[c])
    for c in range(found):
        weight[c] = lost_above(weight[c], y[c], log_y[c])
    who, tau_of_little, loss_above, free_above = room.who, room.tau_of_little, room.loss_above, room.free_above
    for c in range(found):
        loss_above[who[c]] += weight[c]
        free_above[who[c]] += tau_of_little[c] * log_y[c]


@kernel
def _lose(piece, area, days, slope, intercept, loss):  # type: ignore[no-untyped-def]
    for i in range(len(loss)):
        k = np.uint32(piece[i])
        loss[i] += slope[k] * area[i] + intercept[k] * days[i]


@kernel
def _crossing(at_start, at_end, crossed):  # type: ignore[no-untyped-def]
    """List the patients whose pain falls through a whole point; return how many there are."""
    n = 0
    for i in range(len(at_start)):
        crossed[n] = i
        n += 1 if at_start[i] != at_end[i] else 0
    return n


@kernel
def _points(found, crossing, start, plateau, tau, utility, room):  # type: ignore[no-untyped-def]
    """List the points that the first `crossing` of the crossed fall through."""
    bend, little, left, crossed = utility.bend, utility.little, room.left, room.crossed
    who, y, weight, tau_of_little = room.who, room.y, room.weight, room.tau_of_little
    at_start, at_end = room.at_start, room.at_end
    for c in range(crossing):
        i = crossed[c]
        above, low = left[i] * (start[i] - plateau[i]), left[i] * plateau[i]
        scale = 1.0 / above
        for point in range(at_start[i], at_end[i], -1):
            who[found] = i
            y[found] = max((point - low) * scale, LEAST_Y)
            weight[found] = bend[point] * above * tau[i]
            tau_of_little[found] = tau[i] if point == little else 0.0
            found += 1
    return found


@kernel
def _little(found, start, end, plateau, tau, little, room):  # type: ignore[no-untyped-def]
    """List those whose pain falls to what counts as little, between two points."""
    left, who, y, weight, tau_of_little = room.left, room.who, room.y, room.weight, room.tau_of_little
    for i in range(len(left)):
        if left[i] * start[i] > little and left[i] * end[i] <= little:
            above, low = left[i] * (start[i] - plateau[i]), left[i] * plateau[i]
            who[found] = i
            y[found] = max((little - low) * (1.0 / above), LEAST_Y)
            weight[found] = 0.0
            tau_of_little[found] = tau[i]
            found += 1
    return found
