"""What is kept of a run: sums, products and counts that merge by addition, so memory does not grow with patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.patient.setting import Setting
from sim.study.grids import BINS, GRID_ROWS, MOST_COUNTED, add_counts, ranges_of, unpack
from sim.study.moments import Moments
from sim.study.units import FEW

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass
class Tally:
    """The moments of a scenario's arms by profile, and the distributions of their outcomes.

    Shapes: `packed`, `counts` and `offsets` (grids, arms, profiles, BINS + 1), the last bin for values never reached
    (infinite); what is packed is not yet in the other two. `low` and `width` (grids, arms) place the bins, in the unit
    of the outcome.
    """

    moments: Moments
    packed: Counts
    counts: Counts
    offsets: Counts
    low: Floats
    width: Floats
    n_packed: int = 0

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, in order."""
        return self.moments.names

    @property
    def n(self) -> NDArray[np.int64]:
        """Patients by profile, (profiles,)."""
        return self.moments.n

    @classmethod
    def empty(cls, setting: Setting, profiles: int) -> Tally:
        """Return a tally of nobody."""
        arms = tuple(setting.arms)
        by_arm = [ranges_of(arm, setting.rules) for arm in setting.arms.values()]
        ranges = np.array([[of_arm[name] for of_arm in by_arm] for name in GRID_ROWS])
        ranges = ranges.reshape(len(GRID_ROWS), len(arms), 2)
        shape = (len(GRID_ROWS), len(arms), profiles, BINS + 1)
        packed, counts, offsets = (np.zeros(shape, np.int64) for _ in range(3))
        low, width = ranges[:, :, 0].copy(), (ranges[:, :, 1] - ranges[:, :, 0]) / BINS
        return cls(Moments.empty(arms, profiles), packed, counts, offsets, low, width)

    def add(self, rows: Floats, starts: NDArray[np.int64], first_net: int, few: int = FEW) -> None:
        """Add nets, from a net of the run on: `rows` (arms, N_ROWS, columns), `starts` (nets, profiles + 1): the first
        column of each profile in each net, and the end. Patients count singly in the first `few` nets.
        """
        self.moments.add(rows, starts, first_net, few)
        columns = rows.shape[2]
        cells, addends = np.empty(columns, np.int32), np.empty(columns, np.int64)
        add_counts(rows, starts, self.low, self.width, self.packed, cells, addends)
        self.counted(columns)

    def counted(self, patients: int) -> None:
        """Say that so many patients have been packed."""
        self.n_packed += patients
        if self.n_packed > MOST_COUNTED // 2:
            self.settle()

    def settle(self) -> None:
        """Take what is packed over into counts and offsets."""
        if self.n_packed:
            unpack(self.packed.reshape(-1), self.counts.reshape(-1), self.offsets.reshape(-1))
            self.n_packed = 0

    def merge(self, later: Tally) -> None:
        """Add the tally of later nets; merging in their order gives the same bytes for any number of workers."""
        self.moments.merge(later.moments)
        later.settle()
        self.counts += later.counts
        self.offsets += later.offsets

    def kept(self, following: int) -> dict[str, NDArray[Any]]:
        """Return the sums and counts so far, and the block that follows, as arrays to be kept."""
        self.settle()
        counted = {"counts": self.counts, "offsets": self.offsets}
        return {**self.moments.kept(), **counted, "following": np.array(following)}

    def restore(self, kept: dict[str, NDArray[Any]]) -> int:
        """Take over what was kept; return the block that follows."""
        self.moments.restore(kept)
        self.counts[...] = kept["counts"]
        self.offsets[...] = kept["offsets"]
        return int(kept["following"])
