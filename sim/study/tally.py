"""What is kept of a run: sums, products and counts that merge by addition, so memory does not grow with patients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.patient import outcomes as o
from sim.patient.arms import Arm
from sim.patient.compiled import kernel
from sim.patient.pathway import Rules
from sim.patient.setting import Setting
from sim.study.moments import FEW, Moments

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 2048

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
_GRID_ROWS = np.array(list(GRID_ROWS.values()))


@dataclass
class Tally:
    """The moments of a scenario's arms by profile, and the distributions of their outcomes.

    Shapes: `counts` and `sums` (grids, arms, profiles, BINS + 1), the last bin for values never reached (infinite).
    `low` and `width` (grids, arms) place the bins, in the unit of the outcome.
    """

    moments: Moments
    counts: Counts
    sums: Floats
    low: Floats
    width: Floats

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
        a, p = len(arms), profiles
        by_arm = [_ranges(arm, setting.rules) for arm in setting.arms.values()]
        ranges = np.array([[of_arm[name] for of_arm in by_arm] for name in GRID_ROWS]).reshape(len(GRID_ROWS), a, 2)
        return cls(
            moments=Moments.empty(arms, p),
            counts=np.zeros((len(GRID_ROWS), a, p, BINS + 1), np.int64),
            sums=np.zeros((len(GRID_ROWS), a, p, BINS + 1)),
            low=ranges[:, :, 0],
            width=(ranges[:, :, 1] - ranges[:, :, 0]) / BINS,
        )

    def add(self, rows: Floats, starts: NDArray[np.int64], first_net: int, few: int = FEW) -> None:
        """Add nets, from a net of the run on: `rows` (arms, N_ROWS, columns), `starts` (nets, profiles + 1): the first
        column of each profile in each net, and the end. Patients count singly in the first `few` nets.
        """
        self.moments.add(rows, starts, first_net, few)
        add_counts(rows, starts, self.low, self.width, self.counts, self.sums)

    def merge(self, later: Tally) -> None:
        """Add the tally of later blocks; merging in block order gives the same bytes for any number of workers."""
        self.moments.merge(later.moments)
        self.counts += later.counts
        self.sums += later.sums

    def kept(self, following: int) -> dict[str, NDArray[Any]]:
        """Return the sums and counts so far, and the block that follows, as arrays to be kept."""
        return {**self.moments.kept(), "counts": self.counts, "sums": self.sums, "following": np.array(following)}

    def restore(self, kept: dict[str, NDArray[Any]]) -> int:
        """Take over what was kept; return the block that follows."""
        self.moments.restore(kept)
        self.counts[...] = kept["counts"]
        self.sums[...] = kept["sums"]
        return int(kept["following"])


def _ranges(arm: Arm, rules: Rules) -> dict[str, tuple[float, float]]:
    """Return where an arm's values of each outcome lie; it depends on no other arm."""
    booster = rules.booster_visits if rules.booster_share > 0 else 0.0
    visits = arm.longest + booster
    minutes, cost = (max(float(getattr(one, name).max()) for one in arm.pathways) for name in ("minutes", "cost"))
    years = rules.horizon / 365.25
    worst_loss = float(rules.utility.slope[-1] * 10 + rules.utility.intercept[-1])
    return {
        "pain_reduction": (-10.0, 10.0),
        "pain_reduction_day42": (-10.0, 10.0),
        "soreness_days": (0.0, 64.0),
        "visits": (-0.5, BINS / 8 - 0.5),
        "practitioner_minutes": (0.0, max(minutes * visits, 1.0) * 1.001),
        "cost": (0.0, max(cost * visits + float(rules.first_visit_cost.sum()), 1.0) * 1.001),
        "pain_free_days": (0.0, rules.horizon * 1.001),
        "qaly": (years * (1 - worst_loss), years * 1.001),
        "visits_to_relief": (-0.5, BINS / 8 - 0.5),
        "days_to_relief": (0.0, BINS / 2),
        "days_to_relapse": (0.0, BINS / 8),
    }


@kernel
def add_counts(rows, starts, low, width, counts, sums):  # type: ignore[no-untyped-def]
    """Add nets to the counts and sums of a `Tally`."""
    for g in range(len(_GRID_ROWS)):
        for a in range(rows.shape[0]):
            lowest, per_unit, row = low[g, a], 1.0 / width[g, a], rows[a, _GRID_ROWS[g]]
            for j in range(len(starts)):
                for p in range(starts.shape[1] - 1):
                    of_profile, sum_of_profile = counts[g, a, p], sums[g, a, p]
                    for i in range(starts[j, p], starts[j, p + 1]):
                        value = row[i]
                        if value == np.inf:
                            of_profile[BINS] += 1
                        else:
                            cell = min(max(int((value - lowest) * per_unit), 0), BINS - 1)
                            of_profile[cell] += 1
                            sum_of_profile[cell] += value
