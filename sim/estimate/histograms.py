"""Grids: the distribution of an outcome as counts in even bins, with the mean of each bin, and quantiles from them.

While patients are counted, a bin is one whole number: how many values it holds in the upper bits, and in the lower ones
the sum of where in the bin they lie, in 2**-24 of its width. Whole numbers add up to the same whatever their order.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, inner, kernel
from sim.patient.arms import Arm
from sim.patient.pathway import Rules
from sim.patient.utility import worst_loss
from sim.quantities import BY_NAME, COUNTED, ROW, limits

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 2048
FRACTION = 24
ONE = np.int64(1 << 44)
OFFSETS = ONE - 1
MOST_COUNTED = 1 << 19
"""Patients that can be counted before counts and offsets have to be told apart."""

_ROWS = np.array([BY_NAME[name].row if name in BY_NAME else ROW[name] for name in COUNTED])


def ranges_of(arm: Arm, rules: Rules) -> dict[str, tuple[float, float]]:
    """Return where an arm's values of each counted outcome lie, the upper end excluded; it depends on no other arm."""
    visits = float(arm.longest)
    minutes, cost = (max(float(getattr(one, name).max()) for one in arm.pathways) for name in ("minutes", "cost"))
    most_cost = cost * visits + float(rules.first_visit_cost.sum())
    worst = worst_loss(rules.utility)
    return {
        name: limits(kind, rules.horizon, visits, minutes * visits, most_cost, worst) for name, kind in COUNTED.items()
    }


@kernel
def add_counts(
    rows: Floats, starts: NDArray[np.int64], low: Floats, width: Floats, packed: Counts, outside: Counts,
    cells: NDArray[np.int32], addends: Counts,
) -> None:  # fmt: skip
    """Count nets: `rows` (arms, N_ROWS, columns), `starts` (nets, profiles + 1), `low` and `width` (grids, arms) into
    `packed` (grids, arms, profiles, BINS + 1), the last bin for values never reached; `outside` (grids, arms) counts
    values beyond the bins; `cells` and `addends` (columns,) are scratch space.
    """
    for g in range(len(_ROWS)):
        for a in range(len(rows)):
            _place(rows[a, _ROWS[g]], low[g, a], 1.0 / width[g, a], cells, addends)
            outside[g, a] += _beyond(rows[a, _ROWS[g]], low[g, a], low[g, a] + width[g, a] * BINS)
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


@inner
def _beyond(values: Floats, low: float, high: float) -> int:
    """Return how many values lie below the first bin or, finite, above the last one."""
    found = 0
    for i in range(len(values)):
        found += 1 if values[i] < low or high <= values[i] < np.inf else 0
    return found


@inner
def _place(values: Floats, low: float, per_unit: float, cells: NDArray[np.int32], addends: Counts) -> None:
    """Find the bin of each value, and what it adds to it."""
    for i in range(len(values)):
        place = min(max((values[i] - low) * per_unit, 0.0), BINS - 0.5) if values[i] < np.inf else float(BINS)
        cells[i] = np.int32(place)
    for i in range(len(values)):
        place = min(max((values[i] - low) * per_unit, 0.0), BINS - 0.5) if values[i] < np.inf else float(BINS)
        addends[i] = ONE + np.int32((place - cells[i]) * (1 << FRACTION) + 0.5)


@inner
def _are_alike(cells: NDArray[np.int32], addends: Counts) -> bool:
    """Tell whether all values are the same."""
    cell, addend = cells[0], addends[0]
    other_cells, other_addends = 0, 0
    for i in range(len(cells)):
        other_cells |= cells[i] ^ cell
    for i in range(len(cells)):
        other_addends |= addends[i] ^ addend
    return other_cells == 0 and other_addends == 0


@kernel
def unpack(packed: Counts, counts: Counts, offsets: Counts) -> None:
    """Add packed bins to counts and offsets, and empty them; arrays of any one number of entries, (entries,)."""
    for i in range(len(packed)):
        counts[i] += packed[i] >> 44
    for i in range(len(packed)):
        offsets[i] += packed[i] & OFFSETS
        packed[i] = 0


@inlined
def mean_of_bin(cell: int, count: int, offset: int, low: float, width: float) -> float:
    """Return the mean of the values in a bin."""
    mean: float = low + width * (cell + offset / count / (1 << FRACTION))
    return mean


@kernel
def quantile_in(seen: Counts, offsets: Counts, low: float, width: float, share: float, whole_numbers: bool) -> float:
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
    for cell in range(BINS):  # bins are narrower than 1: each that is filled holds one whole number
        count = seen[cell] - seen[cell - 1] if cell > 0 else seen[cell]
        if count > 0:
            reached = seen[cell] / n
            if reached >= share:
                value = math.floor(mean_of_bin(cell, count, offsets[cell], low, width) + 0.5)
                within: float = value - 0.5 + (share - before) / (reached - before)
                return within
            before = reached
    return math.inf


def means_of_bins(counts: Counts, offsets: Counts, low: float, width: float) -> tuple[Floats, Counts]:
    """Return the mean of every bin that holds anything but what is never reached, and how many it holds."""
    filled = np.flatnonzero(counts[:BINS])
    return low + width * (filled + offsets[filled] / counts[filled] / (1 << FRACTION)), counts[filled]
