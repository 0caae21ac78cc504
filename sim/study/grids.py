"""Grids: the distribution of an outcome as counts in even bins, with the mean of each bin, and quantiles from them.

While patients are counted, a bin is one whole number: how many values it holds in the upper bits, and in the lower ones
the sum of where in the bin they lie, in 2**-24 of its width. Whole numbers add up to the same whatever their order.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.patient import outcomes as o
from sim.patient.arms import Arm
from sim.patient.compiled import inlined, kernel
from sim.patient.pathway import Rules

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 2048
PER_UNIT = 8
"""Bins per visit, where visits are counted."""
FRACTION = 24
ONE = 1 << 44
OFFSETS = ONE - 1
MOST_COUNTED = 1 << 19
"""Patients that can be counted before counts and offsets have to be told apart."""

GRID_ROWS: dict[str, int] = {
    "pain_reduction": o.PAIN_REDUCTION,
    "pain_reduction_day42": o.PAIN_REDUCTION_DAY42,
    "soreness_days": o.SORENESS_DAYS,
    "visits": o.VISITS,
    "practitioner_minutes": o.MINUTES,
    "cost": o.COST,
    "pain_free_days": o.PAIN_FREE_DAYS,
    "qaly": o.QALY,
    "visits_to_relief": o.VISITS_TO_RELIEF,
    "days_to_relief": o.DAYS_TO_RELIEF,
    "days_to_relapse": o.DAYS_TO_RELAPSE,
}
"""Outcomes whose distribution is counted, and their rows."""
_ROWS = np.array(list(GRID_ROWS.values()))


def ranges_of(arm: Arm, rules: Rules) -> dict[str, tuple[float, float]]:
    """Return where an arm's values of each outcome lie, the upper end excluded; it depends on no other arm."""
    booster = rules.booster_visits if rules.booster_share > 0 else 0.0
    visits = arm.longest + booster
    minutes, cost = (max(float(getattr(one, name).max()) for one in arm.pathways) for name in ("minutes", "cost"))
    years = rules.horizon / 365.25
    worst_loss = float(rules.utility.slope[-1] * 10 + rules.utility.intercept[-1])
    return {
        "pain_reduction": (-10.0, 10.01),
        "pain_reduction_day42": (-10.0, 10.01),
        "soreness_days": (0.0, 64.0),
        "visits": (-0.5, BINS / PER_UNIT - 0.5),
        "practitioner_minutes": (0.0, max(minutes * visits, 1.0) * 1.001),
        "cost": (0.0, max(cost * visits + float(rules.first_visit_cost.sum()), 1.0) * 1.001),
        "pain_free_days": (0.0, rules.horizon * 1.001),
        "qaly": (years * (1 - worst_loss), years * 1.001),
        "visits_to_relief": (-0.5, BINS / PER_UNIT - 0.5),
        "days_to_relief": (0.0, BINS / 2),
        "days_to_relapse": (0.0, BINS / 8),
    }


@kernel
def add_counts(rows, starts, low, width, packed, cells, addends):  # type: ignore[no-untyped-def]
    """Count nets: `rows` (arms, N_ROWS, columns), `starts` (nets, profiles + 1), `low` and `width` (grids, arms) into
    `packed` (grids, arms, profiles, BINS + 1), the last bin for values never reached; `cells` and `addends` (columns,)
    are scratch space.
    """
    for g in range(len(_ROWS)):
        for a in range(len(rows)):
            _place(rows[a, _ROWS[g]], low[g, a], 1.0 / width[g, a], cells, addends)
            if _are_alike(cells, addends):
                # Adding to one bin time after time takes longer than adding once.
                for p in range(starts.shape[1] - 1):
                    for j in range(len(starts)):
                        packed[g, a, p, np.uint32(cells[0])] += addends[0] * (starts[j, p + 1] - starts[j, p])
                continue
            for j in range(len(starts)):
                for p in range(starts.shape[1] - 1):
                    bins = packed[g, a, p]
                    for i in range(starts[j, p], starts[j, p + 1]):
                        bins[np.uint32(cells[i])] += addends[i]


@kernel
def _place(values, low, per_unit, cells, addends):  # type: ignore[no-untyped-def]
    """Find the bin of each value, and what it adds to it."""
    for i in range(len(values)):
        place = min(max((values[i] - low) * per_unit, 0.0), BINS - 0.5) if values[i] < np.inf else float(BINS)
        cells[i] = np.int32(place)
    for i in range(len(values)):
        place = min(max((values[i] - low) * per_unit, 0.0), BINS - 0.5) if values[i] < np.inf else float(BINS)
        addends[i] = ONE + np.int32((place - cells[i]) * (1 << FRACTION) + 0.5)


@kernel
def _are_alike(cells, addends):  # type: ignore[no-untyped-def]
    """Tell whether all values are the same."""
    cell, addend = cells[0], addends[0]
    other_cells, other_addends = 0, 0
    for i in range(len(cells)):
        other_cells |= cells[i] ^ cell
    for i in range(len(cells)):
        other_addends |= addends[i] ^ addend
    return other_cells == 0 and other_addends == 0


@kernel
def unpack(packed, counts, offsets):  # type: ignore[no-untyped-def]
    """Add packed bins to counts and offsets, and empty them; arrays of any one number of entries, (entries,)."""
    for i in range(len(packed)):
        counts[i] += packed[i] >> 44
    for i in range(len(packed)):
        offsets[i] += packed[i] & OFFSETS
        packed[i] = 0


@inlined
def mean_of_bin(cell, count, offset, low, width):  # type: ignore[no-untyped-def]
    """Return the mean of the values in a bin."""
    return low + width * (cell + offset / count / (1 << FRACTION))


@kernel
def quantile_in(seen, offsets, low, width, share, whole_numbers):  # type: ignore[no-untyped-def]
    """Return a quantile from the counts of bins up to each, `seen`, and their offsets, (BINS + 1,).

    The mean of the values in its bin, inf in the last one, of values never reached; for whole numbers, interpolated
    inside the unit-wide bin (k - 1/2, k + 1/2).
    """
    n = seen[BINS]
    if n == 0:
        return math.nan
    if not whole_numbers:
        rank = min(max(math.ceil(share * n), 1), n)
        cell = np.searchsorted(seen, rank)
        if cell == BINS:
            return math.inf
        count = seen[cell] - seen[cell - 1] if cell > 0 else seen[cell]
        return mean_of_bin(cell, count, offsets[cell], low, width)
    share = max(share, 0.0)
    before = 0.0
    for k in range(BINS // PER_UNIT):
        reached = seen[(k + 1) * PER_UNIT - 1] / n
        if reached >= share:
            return k - 0.5 + (share - before) / (reached - before) if reached > before else k - 0.5
        before = reached
    return math.inf


def means_of_bins(counts: Counts, offsets: Counts, low: float, width: float) -> tuple[Floats, Counts]:
    """Return the mean of every bin that holds anything but what is never reached, and how many it holds."""
    filled = np.flatnonzero(counts[:BINS])
    return low + width * (filled + offsets[filled] / counts[filled] / (1 << FRACTION)), counts[filled]
