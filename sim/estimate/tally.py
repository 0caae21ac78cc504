"""What is kept of a run: sums, products and counts that merge by addition, so memory does not grow with patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.estimate.by_net import ByNet
from sim.estimate.clusters import FEW
from sim.estimate.few import with_sample
from sim.estimate.histograms import BINS, MOST_COUNTED, add_counts, ranges_of, unpack
from sim.estimate.moments import Moments
from sim.patient.pathway import Rules
from sim.patient.setting import Setting
from sim.quantities import COUNTED

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass
class Tally:
    """The moments of a scenario's arms by profile, and the distributions of their outcomes.

    Shapes: `packed`, `counts` and `offsets` (grids, arms, profiles, BINS + 1), the last bin for values never reached
    (infinite). Patients are counted packed (see `grids`); `settled` holds what has been unpacked, counts and offsets,
    None as long as that is nothing. `low` and `width` (grids, arms) place the bins, in the unit of the outcome;
    `outside`, of the same shape: values beyond them, which are counted in the outermost bins. `nets`: patients on whom
    the errors of standard deviations, quantiles and curves are found, none as long as nobody asks for these.
    """

    moments: Moments
    packed: Counts
    low: Floats
    width: Floats
    outside: Counts
    n_packed: int = 0
    settled: tuple[Counts, Counts] | None = None
    nets: tuple[ByNet, ...] = ()

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, in order."""
        return self.moments.names

    @property
    def n(self) -> NDArray[np.int64]:
        """Patients by profile, (profiles,)."""
        return self.moments.n

    @property
    def counts(self) -> Counts:
        """How many values each bin holds."""
        return self._unpacked()[0]

    @property
    def offsets(self) -> Counts:
        """Where in each bin they lie, added up."""
        return self._unpacked()[1]

    @classmethod
    def empty(cls, setting: Setting, rules: Rules, profiles: int) -> Tally:
        """Return a tally of nobody."""
        arms = tuple(setting.arms)
        by_arm = [ranges_of(arm, rules) for arm in setting.arms.values()]
        ranges = np.array([[of_arm[name] for of_arm in by_arm] for name in COUNTED])
        ranges = ranges.reshape(len(COUNTED), len(arms), 2)
        packed = np.zeros((len(COUNTED), len(arms), profiles, BINS + 1), np.int64)
        low, width = ranges[:, :, 0].copy(), (ranges[:, :, 1] - ranges[:, :, 0]) / BINS
        outside = np.zeros((len(COUNTED), len(arms)), np.int64)
        return cls(Moments.empty(arms, profiles), packed, low, width, outside)

    def add(self, rows: Floats, starts: NDArray[np.int64], first_net: int, few: int = FEW) -> None:
        """Add nets, from a net of the run on: `rows` (arms, N_ROWS, columns), `starts` (nets, profiles + 1): the first
        column of each profile in each net, and the end. Patients count singly in the first `few` nets.
        """
        self.moments.add(rows, starts, first_net, few)
        columns = rows.shape[2]
        cells, addends = np.empty(columns, np.int32), np.empty(columns, np.int64)
        add_counts(rows, starts, self.low, self.width, self.packed, self.outside, cells, addends)
        self.counted(columns)

    def counted(self, patients: int) -> None:
        """Say that so many patients have been packed."""
        self.n_packed += patients
        if self.n_packed > MOST_COUNTED // 2:
            self._unpacked()

    def _unpacked(self) -> tuple[Counts, Counts]:
        """Unpack what is packed; return all counts and offsets."""
        if self.settled is None:
            self.settled = np.zeros_like(self.packed), np.zeros_like(self.packed)
        if self.n_packed:
            unpack(self.packed.reshape(-1), *(array.reshape(-1) for array in self.settled))
            self.n_packed = 0
        return self.settled

    def merge(self, later: Tally) -> None:
        """Add the tally of later nets, which is empty then; merging in their order gives the same bytes for any number
        of workers.
        """
        self.moments.merge(later.moments)
        mine = self._unpacked()
        if later.n_packed:
            unpack(later.packed.reshape(-1), *(array.reshape(-1) for array in mine))
            later.n_packed = 0
        for array, added in zip(mine, later.settled or (), strict=False):
            array += added
        self.outside += later.outside

    def with_nets(self, nets: Sequence[ByNet]) -> Tally:
        """Return the same tally with patients, in nets like its own, on whom errors are found.

        Where these are more than have been tallied, the errors of means are found on them too.
        """
        few = int(self.n.sum()) < nets[0].rows.shape[2]
        return replace(self, nets=tuple(nets), moments=with_sample(self.moments, nets) if few else self.moments)

    def kept(self, following: int) -> dict[str, NDArray[Any]]:
        """Return the sums and counts so far, and the block that follows, as arrays to be kept."""
        counted = {"counts": self.counts, "offsets": self.offsets, "outside": self.outside}
        return {**self.moments.kept(), **counted, "following": np.array(following)}

    def restore(self, kept: dict[str, NDArray[Any]]) -> int:
        """Take over what was kept; return the block that follows."""
        self.moments.restore(kept)
        self.settled = kept["counts"].copy(), kept["offsets"].copy()
        self.outside[...] = kept["outside"]
        return int(kept["following"])
