"""Who asks for treatment, and when: a Poisson process in which a higher rate adds people and changes nobody.

Points are scattered evenly over time and over the height of the rate; those below the rate of their week are the
people who ask (Lewis and Shedler 1979, doi:10.1002/nav.3800260304). The height is cut into layers, each with streams
of its own, so that the patients of 25 a week are among those of 30 a week, with the same luck.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.capacity.week import DAYS, WEEK_MINUTES
from sim.luck.streams import BLOCK_SIZE, stream
from sim.scenario.clinic import DAY_MINUTES, MONTHS, Arrivals

LAYER = 10.0
"""Patients a week in a layer."""
LAYER_BLOCKS = 1024
"""Blocks of patients set aside for each layer."""
YEAR_WEEKS = 365.25 / 7


@dataclass(frozen=True)
class Request:
    """Somebody asks for treatment: minute from the first Monday on, block and place of the patient, and a uniform
    number that decides on the treatment.
    """

    minute: float
    block: int
    patient: int
    fate: float


def weekly_rate(arrivals: Arrivals, week: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return patients a week at points of time, in weeks from the start."""
    if arrivals.by_month is None:
        return np.full(len(week), float(arrivals.per_week))
    pattern = np.array(arrivals.by_month)
    month = (week / YEAR_WEEKS * MONTHS).astype(int) % MONTHS
    return np.asarray(float(arrivals.per_week) * pattern[month] / pattern.mean())


def draw_requests(arrivals: Arrivals, weeks: int, seed: int, replication: int) -> list[Request]:
    """Return all requests of a replication in the order in which they are made."""
    highest = float(arrivals.per_week)
    if arrivals.by_month is not None:
        highest *= max(arrivals.by_month) / (math.fsum(arrivals.by_month) / MONTHS)
    weekdays = np.array(arrivals.by_weekday) / math.fsum(arrivals.by_weekday)
    edges = np.concatenate([[0.0], np.cumsum(weekdays)])
    start, end = arrivals.hours
    found = []
    for layer in range(math.ceil(highest / LAYER)):
        lots = stream(seed, replication, layer, "clinic requests")
        n = int(lots.poisson(LAYER * weeks))
        time, height, fate = lots.random(n) * weeks, (layer + lots.random(n)) * LAYER, lots.random(n)
        week, part = np.floor(time), time % 1.0
        # Where a week begins decides its rate, so that a week is either wholly in a month or not.
        asks = height < weekly_rate(arrivals, week)
        day = np.clip(np.searchsorted(edges, part, side="right") - 1, 0, DAYS - 1)
        within = np.clip((part - edges[day]) / np.maximum(weekdays[day], 1e-300), 0.0, 1.0)
        minute = week * WEEK_MINUTES + day * DAY_MINUTES + start + within * (end - start)
        for i in np.flatnonzero(asks).tolist():
            block = layer * LAYER_BLOCKS + i // BLOCK_SIZE
            found.append(Request(float(minute[i]), block, i % BLOCK_SIZE, float(fate[i])))
    return sorted(found, key=lambda one: (one.minute, one.block, one.patient))
