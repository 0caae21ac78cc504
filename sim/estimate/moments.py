"""Sums and products of outcomes over patients: what means, their errors and paired differences are made of.

Errors of means are estimated from the totals of units that are independent (see `units`), as those of any sample of
clusters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, kernel
from sim.estimate.clusters import FEW
from sim.estimate.sums import RATIO_ROWS, RATIOS, add_moments, scratch_of
from sim.quantities import N_ADDED, OUTCOMES, Outcome

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

AVERAGED: tuple[Outcome, ...] = tuple(outcome for outcome in OUTCOMES if outcome.kind != "time")
"""Outcomes that have a mean."""
OUTCOME_INDEX = {outcome.name: index for index, outcome in enumerate(AVERAGED)}
_PLAIN_ROWS = np.array([(i, outcome.row) for i, outcome in enumerate(AVERAGED) if outcome.kind != "ratio"])
_RATIO_PLACES = np.array([i for i, outcome in enumerate(AVERAGED) if outcome.kind == "ratio"])
_RATIO_FACTORS = np.array([outcome.factor for outcome in RATIOS])


class _Added:
    """Arrays that are added up one by one; every heir is a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def _arrays(self) -> dict[str, NDArray[Any]]:
        named = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in named if isinstance(value, np.ndarray)}

    def merge(self, later: Self) -> None:
        """Add what was summed later."""
        for name, array in self._arrays().items():
            array += getattr(later, name)


@dataclass
class Products(_Added):
    """Products of the totals of units (nets, or single patients), summed over units.

    Shapes, the last group being everybody: `units` (groups + 1,): those with anybody of the group in them;
    `size_squares` (groups + 1,): squares of their sizes; `by_size` (rows, names, groups + 1): totals times sizes;
    `cross` (rows, names, names, groups + 1): totals of an outcome in one times its totals in another; `ratio_cross`
    (ratios, names, names, groups + 1): totals of numerators times those of denominators.
    """

    units: Floats
    size_squares: Floats
    by_size: Floats
    cross: Floats
    ratio_cross: Floats

    @classmethod
    def empty(cls, names: int, groups: int) -> Products:
        """Return the products of nobody."""
        g = groups + 1
        return cls(
            np.zeros(g), np.zeros(g), np.zeros((N_ADDED, names, g)),
            np.zeros((N_ADDED, names, names, g)), np.zeros((len(RATIOS), names, names, g)),
        )  # fmt: skip

    @property
    def arrays(self) -> tuple[Floats, ...]:
        """The arrays, as the kernel takes them."""
        return self.units, self.size_squares, self.by_size, self.cross, self.ratio_cross


@dataclass
class Moments(_Added):
    """Sums over patients in groups, for `names` in order: the arms of a scenario, or one arm in several scenarios.

    Shapes: `n` (groups,); `total` and the sums of squares `square` (rows, names, groups). `nets` holds the products of
    the totals of nets, `patients` those of the patients of the first few nets: enough to tell how much patients differ.
    `sample`: moments of more patients, in nets like those of the cohort, that the errors of a small cohort are found on
    (see `few`), each with the share of the cohort's patients that are in nets like these.
    """

    names: tuple[str, ...]
    n: Counts
    total: Floats
    square: Floats
    nets: Products
    patients: Products
    sample: tuple[tuple[float, Moments], ...] = ()

    @classmethod
    def empty(cls, names: Sequence[str], groups: int) -> Moments:
        """Return the moments of nobody."""
        a = len(names)
        return cls(
            names=tuple(names),
            n=np.zeros(groups, np.int64),
            total=np.zeros((N_ADDED, a, groups)),
            square=np.zeros((N_ADDED, a, groups)),
            nets=Products.empty(a, groups),
            patients=Products.empty(a, groups),
        )

    def add(self, rows: Floats, starts: Counts, first_net: int, few: int = FEW) -> None:
        """Add nets, from a net of the run on.

        `rows` (names, at least N_ADDED, columns); `starts` (nets, groups + 1): the first column of each group in
        each net, and the end. Patients count singly in the first `few` nets of a run.
        """
        add_moments(
            rows, starts, first_net, few, self.n, self.total, self.square, self.nets.arrays, self.patients.arrays,
            scratch_of(len(self.names), len(self.n)),
        )  # fmt: skip

    def merge(self, later: Moments) -> None:
        """Add the moments of later nets."""
        super().merge(later)
        self.nets.merge(later.nets)
        self.patients.merge(later.patients)

    def kept(self) -> dict[str, NDArray[Any]]:
        """Return all sums by name, as arrays to be kept."""
        parts = {"nets": self.nets, "patients": self.patients}
        found = self._arrays()
        return found | {f"{part}.{name}": array for part, of in parts.items() for name, array in of._arrays().items()}

    def restore(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """Take over what was kept."""
        for name, array in self.kept().items():
            array[...] = kept[name]

    def spread(self, row: int, a: int, group: int | None = None) -> float:
        """Return the standard deviation of a recorded number in one arm over the patients of a group, or of all."""
        members = slice(None) if group is None else slice(group, group + 1)
        n, total, square = self.n[members].sum(), self.total[row, a, members].sum(), self.square[row, a, members].sum()
        if n < 2:
            return math.nan
        return math.sqrt(max(float(square - total * (total / n)), 0.0) / float(n - 1)) if square > 0 else 0.0

    def estimated(self, group: int | None, few: int) -> tuple[int, Products, Floats, Floats]:
        """Return how many patients a group has, or all, from which products errors are found, the means, (outcomes,
        names), and the covariance of their errors, (outcomes, names, names).
        """
        members = slice(None) if group is None else slice(group, group + 1)
        n, total = int(self.n[members].sum()), self.total[:, :, members].sum(axis=2)
        products = self.nets if self.nets.units[-1] >= few else self.patients
        return n, products, *_estimated(n, total, products, len(self.n) if group is None else group)

    def means(self, group: int | None = None, few: int = FEW) -> Means:
        """Return means and their errors over the patients of a group, or of all.

        Fewer than `few` nets are not enough to estimate errors from.
        """
        n, products, mean, covariance = self.estimated(group, few)
        place = len(self.n) if group is None else group
        # The same of single patients, as a sample of their own.
        one_by_one = int(self.patients.units[place])
        _, of_patients = _estimated(one_by_one, self.patients.by_size[:, :, place], self.patients, place)
        spread = np.diagonal(of_patients, axis1=1, axis2=2) * one_by_one
        return Means(self.names, n, float(products.units[place]) - 1, mean, spread, covariance, mean, n)


@dataclass(frozen=True)
class Means:
    """Means over `n` patients of every outcome that has one, in the order of AVERAGED.

    Shapes: `mean` and `spread` (outcomes, names): the variance of a patient's value (of a ratio, of its linearised
    terms) as the first few nets show it; `covariance` of the means' errors, (outcomes, names, names), estimated with so
    many `degrees` of freedom on `seen_n` patients, of whom `seen` are the means.
    """

    names: tuple[str, ...]
    n: int
    degrees: float
    mean: Floats
    spread: Floats
    covariance: Floats
    seen: Floats
    seen_n: int

    def of(self, outcome: str, a: int) -> tuple[float, float]:
        """Return the mean of an outcome in one arm, and its standard error."""
        index = OUTCOME_INDEX[outcome]
        return float(self.mean[index, a]), math.sqrt(self.covariance[index, a, a])


def _estimated(n: int, total: Floats, products: Products, place: int) -> tuple[Floats, Floats]:
    """Return the means of `n` patients with these totals, (rows, names), and the covariance of the means' errors as the
    products of a group at `place` show it."""
    names = total.shape[1]
    mean, covariance = np.empty((len(AVERAGED), names)), np.empty((len(AVERAGED), names, names))
    units, size_squares = float(products.units[place]), float(products.size_squares[place])
    total, by_size, cross, ratio_cross = map(
        np.ascontiguousarray,
        (total, products.by_size[..., place], products.cross[..., place], products.ratio_cross[..., place]),
    )
    _fill_plain(n, units, total, size_squares, by_size, cross, _PLAIN_ROWS, mean, covariance)
    _fill_ratios(units, total, cross, ratio_cross, _RATIO_PLACES, RATIO_ROWS, _RATIO_FACTORS, mean, covariance)
    return mean, covariance


@inlined
def _left(found: float, product: float) -> float:
    """Return what is left after cancellation: of a constant that is rounding, not spread."""
    return 0.0 if abs(found) < 1e-12 * abs(product) else found


# As in NumPy, what is divided by nobody is NaN.
@kernel
def _fill_plain(
    n: int, units: float, total: Floats, size_squares: float, by_size: Floats, cross: Floats, plain_rows: Counts,
    mean: Floats, covariance: Floats,
) -> None:  # fmt: skip
    """Fill in means and the covariance of their errors: with totals T_u and sizes n_u of the U units, U / (U - 1) times
    the sum of (T_u - n_u mean) (T_u - n_u mean)' / n**2."""
    names = total.shape[1]
    scale = units / (units - 1.0) / n / n if units > 1.0 else math.nan
    for k in range(len(plain_rows)):
        i, row = plain_rows[k, 0], plain_rows[k, 1]
        for a in range(names):
            mean[i, a] = total[row, a] / n
        for a in range(names):
            for b in range(names):
                # Summed so that swapping the two gives the same bits.
                shared = mean[i, a] * by_size[row, b] + mean[i, b] * by_size[row, a]
                found = cross[row, a, b] - shared + mean[i, a] * mean[i, b] * size_squares
                covariance[i, a, b] = scale * _left(found, cross[row, a, b])


@kernel
def _fill_ratios(
    units: float, total: Floats, cross: Floats, ratio_cross: Floats, places: Counts, rows: Counts, factors: Floats,
    mean: Floats, covariance: Floats,
) -> None:  # fmt: skip
    """Fill in ratios of totals and the covariances of their errors: R = X / Y is linearised, the terms of a unit are
    (X_u - R Y_u) / Y (delta method)."""
    names = total.shape[1]
    scale = units / (units - 1.0) if units > 1.0 else math.nan
    for r in range(len(places)):
        i, above, below = places[r], rows[r, 0], rows[r, 1]
        factor = factors[r]
        for a in range(names):
            y = total[below, a]
            mean[i, a] = math.nan if y == 0.0 else factor * (total[above, a] / y)
        for a in range(names):
            for b in range(names):
                ratio_a, ratio_b = mean[i, a] / factor, mean[i, b] / factor
                squares = cross[above, a, b] + ratio_a * ratio_b * cross[below, a, b]
                # Summed so that swapping the two gives the same bits.
                found = squares - (ratio_b * ratio_cross[r, a, b] + ratio_a * ratio_cross[r, b, a])
                both = total[below, a] * total[below, b]
                covariance[i, a, b] = scale * factor * factor * _left(found, squares) / both
