"""Cost and effect per strategy, who is dominated, and the incremental cost-effectiveness ratios along the frontier."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.decision.frontier import Place, efficient_frontier, standings
from sim.decision.value.psa import Floats, Psa
from sim.estimate.estimate import Z95, Estimate
from sim.estimate.rounding import each_unless_rounding, unless_rounding
from sim.units import Unit


@dataclass(frozen=True)
class Efficiency:
    """A strategy: mean cost and effect, its place, by whom it is dominated, and the step from the one before it.

    `versus`, `extra_cost`, `extra_gain` and `ratio` (the incremental cost-effectiveness ratio, in currency per unit of
    gain) compare with the strategy before it on the frontier; None for the cheapest one and for those that are not on
    the frontier. Errors are over the draws; intervals are those of the uncertainty that the draws show.
    """

    strategy: str
    label: str
    cost: Estimate
    effect: Estimate
    place: Place
    by: tuple[str, ...]
    versus: str | None = None
    extra_cost: Estimate | None = None
    extra_gain: Estimate | None = None
    ratio: Estimate | None = None


def efficiency(psa: Psa) -> tuple[Efficiency, ...]:
    """Return every strategy: the frontier from the cheapest up, then the rest by cost.

    Costs are in `psa.currency`, effects in `psa.effect_unit`; gains are effects turned so that more is better.
    """
    cost, gain = _means(psa.cost), _means(psa.gain)
    placed = {one.name: one for one in standings(psa.strategies, gain, cost, mixtures=True)}
    frontier = [p.name for p in efficient_frontier(psa.strategies, gain, cost, mixtures=True)]
    at = {name: k for k, name in enumerate(psa.strategies)}
    rest = sorted((name for name in psa.strategies if name not in frontier), key=lambda name: cost[at[name]])
    found = []
    for name in (*frontier, *rest):
        k = at[name]
        plain = Efficiency(
            name, psa.labels[k], average(psa.cost[:, k], psa.cost_unit), average(psa.effect[:, k], psa.gain_unit),
            placed[name].place, placed[name].by,
        )  # fmt: skip
        before = frontier[frontier.index(name) - 1] if name in frontier[1:] else None
        found.append(plain if before is None else _step(psa, plain, k, at[before]))
    return tuple(found)


def ratio_of_means(cost: Floats, gain: Floats, unit: Unit) -> Estimate:
    """Return the ratio of two means over draws, (draws,) each, with its error and Fieller's interval.

    `unit` is that of the costs. The interval is NaN where it is not finite because the gain may be 0. Its limits are
    those r with (c - r e)^2 = z^2 (s_cc - 2 r s_ce + r^2 s_ee), where s are the variances and the covariance of the
    draws (Fieller's theorem; Willan and O'Brien 1996, Health Economics 5:297,
    doi:10.1002/(SICI)1099-1050(199607)5:4<297::AID-HEC216>3.0.CO;2-T).
    """
    c, e, n = float(cost.mean()), float(gain.mean()), len(cost)
    if e == 0:
        return Estimate(unit, math.nan, math.nan, math.nan, math.nan, over="draws")
    shared = np.cov(cost, gain)
    s_cc, s_ce, s_ee = float(shared[0, 0]), float(shared[0, 1]), float(shared[1, 1])
    ratio = c / e
    error = math.sqrt(max(s_cc - 2 * ratio * s_ce + ratio**2 * s_ee, 0.0) / n) / abs(e)
    square = e * e - Z95**2 * s_ee
    if square <= 0:
        return Estimate(unit, ratio, error, math.nan, math.nan, over="draws")
    middle = c * e - Z95**2 * s_ce
    root = math.sqrt(max(middle**2 - square * (c * c - Z95**2 * s_cc), 0.0))
    return Estimate(unit, ratio, error, (middle - root) / square, (middle + root) / square, over="draws")


def _step(psa: Psa, plain: Efficiency, k: int, before: int) -> Efficiency:
    cost, gain = psa.cost[:, k] - psa.cost[:, before], psa.gain[:, k] - psa.gain[:, before]
    of_cost, of_gain = (size_of(part[:, [before, k]]) for part in (psa.cost, psa.gain))
    return Efficiency(
        plain.strategy, plain.label, plain.cost, plain.effect, plain.place, plain.by, psa.strategies[before],
        average(cost, psa.cost_unit, of_cost), average(gain, psa.gain_unit, of_gain),
        ratio_of_means(cost, gain, psa.cost_unit),
    )  # fmt: skip


def average(values: Floats, unit: Unit, size: float = 0.0) -> Estimate:
    """Return the mean over draws, (draws,), with its error and the 95 % interval of the draws; a mean that rounding may
    have left is 0, and what differs by rounding only has no error.

    `size`: that of the numbers that the values are differences of (`size_of`).
    """
    lower, upper = np.quantile(values, [0.025, 0.975])
    centred = values - values[0]
    mean, sd = float(values[0] + centred.mean()), float(centred.std(ddof=1))
    size = max(size, float(np.abs(values).mean()))
    error = unless_rounding(sd, size) / math.sqrt(len(values))
    return Estimate(unit, unless_rounding(mean, size), error, float(lower), float(upper), over="draws")


def _means(values: Floats) -> list[float]:
    """Return the mean of every column of draws, 0 where rounding may have left it."""
    found: list[float] = each_unless_rounding(values.mean(axis=0), np.abs(values).mean(axis=0)).tolist()
    return found


def size_of(values: Floats) -> float:
    """Return the largest mean size of numbers in columns, (draws, columns)."""
    return float(np.abs(values).mean(axis=0).max())
