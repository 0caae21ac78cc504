"""Every strategy against one reference: extra cost and effect, their ratio, net benefit, and the plane's quadrants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sim.decision.value.efficiency import average, ratio_of_means, size_of
from sim.decision.value.psa import Floats, Psa
from sim.errors import UsageError, did_you_mean, folded
from sim.estimate.estimate import Estimate
from sim.estimate.rounding import each_unless_rounding, unless_rounding
from sim.tables.rows import quoted
from sim.units import Unit

USUAL_CARE = "usual_care"
"""What a strategy is called that is the reference unless another is named, however it is written."""
_NAMED = 12


class Quadrant(StrEnum):
    """Where a strategy lies against the reference; what neither costs nor gains anything else is the same."""

    COSTS_AND_GAINS = "costs more, gains more"
    DOMINATES = "costs less, gains more"
    SAVES_AND_LOSES = "costs less, gains less"
    DOMINATED = "costs more, gains less"
    SAME = "no difference"


@dataclass(frozen=True)
class Against:
    """A strategy against the reference, per patient.

    `extra_cost` and `extra_gain` are means over the draws with errors and the 95 % range of the draws. `ratio` is the
    incremental cost-effectiveness ratio where the means lie in a quadrant in which one is a price (`quadrant`): paid
    per unit gained, or saved per unit given up; NaN where the strategy dominates, is dominated or differs by nothing.
    Its interval is Fieller's, NaN where it is not finite. `net_benefit` is the incremental net benefit at the
    willingness to pay of interest; `net_benefits`, `net_errors` and `better`, the chance that it is above 0 (ties count
    half), are (values,) at each willingness to pay. `shares` are the shares of draws in each quadrant.
    """

    strategy: str
    extra_cost: Estimate
    extra_gain: Estimate
    quadrant: Quadrant
    ratio: Estimate
    net_benefit: Estimate
    net_benefits: Floats
    net_errors: Floats
    better: Floats
    shares: dict[Quadrant, float]

    @property
    def place(self) -> str:
        """In words, where the means lie: also on an axis of the plane, where the quadrant is either of two."""
        if self.quadrant is Quadrant.SAME:
            return str(self.quadrant)
        ways = {1: "more", -1: "less", 0: "the same"}
        cost, gain = (ways[int(np.sign(one.estimate))] for one in (self.extra_cost, self.extra_gain))
        return f"costs {cost}, gains {gain}"


def reference_of(strategies: Sequence[str], given: str | None) -> str:
    """Return the strategy that the others are held against: the named one, else usual care, else the first.

    Raises UsageError for one that is no strategy.
    """
    if given is None:
        usual = [one for one in strategies if folded(one) == USUAL_CARE]
        return usual[0] if usual else strategies[0]
    if given not in strategies:
        hint = did_you_mean(given, strategies)
        allowed = ", ".join(quoted(one) for one in strategies[:_NAMED])
        raise UsageError(f"--reference {quoted(given)}: is no strategy; allowed: {allowed}.{hint}")
    return given


def against(psa: Psa, reference: str, wtp: Floats, interest: int) -> tuple[Against, ...]:
    """Return every other strategy against the reference; `interest` is the place in `wtp` of the one that matters."""
    base = psa.strategies.index(reference)
    return tuple(_against(psa, k, base, wtp, interest) for k in range(len(psa.strategies)) if k != base)


def _against(psa: Psa, k: int, base: int, wtp: Floats, interest: int) -> Against:
    cost, gain = psa.cost[:, k] - psa.cost[:, base], psa.gain[:, k] - psa.gain[:, base]
    cost = each_unless_rounding(cost, np.abs(psa.cost[:, [k, base]]).max(axis=1))
    gain = each_unless_rounding(gain, np.abs(psa.gain[:, [k, base]]).max(axis=1))
    of_cost, of_gain = (size_of(part[:, [base, k]]) for part in (psa.cost, psa.gain))
    sizes = wtp * of_gain + of_cost
    extra_cost, extra_gain = average(cost, psa.cost_unit, of_cost), average(gain, psa.gain_unit, of_gain)
    quadrant = quadrant_of(extra_cost.estimate, extra_gain.estimate)
    mean, error, better = (np.empty(len(wtp)) for _ in range(3))
    for i, price in enumerate(wtp):
        net = price * gain - cost
        mean[i], error[i] = unless_rounding(net.mean(), sizes[i]), net.std(ddof=1) / math.sqrt(psa.draws)
        better[i] = (net > 0).mean() + 0.5 * (net == 0).mean()
    priced = quadrant in (Quadrant.COSTS_AND_GAINS, Quadrant.SAVES_AND_LOSES)
    return Against(
        psa.strategies[k], extra_cost, extra_gain, quadrant,
        ratio_of_means(cost, gain, psa.cost_unit) if priced else _undefined(psa.cost_unit),
        average(wtp[interest] * gain - cost, psa.cost_unit, sizes[interest]), mean, error, better, _shares(cost, gain),
    )  # fmt: skip


def quadrant_of(cost: float, gain: float) -> Quadrant:
    """Return where an extra cost and gain lie; on an axis, what is no worse in either way dominates."""
    if cost == 0 and gain == 0:
        return Quadrant.SAME
    if cost <= 0 and gain >= 0:
        return Quadrant.DOMINATES
    if cost >= 0 and gain <= 0:
        return Quadrant.DOMINATED
    return Quadrant.COSTS_AND_GAINS if cost > 0 else Quadrant.SAVES_AND_LOSES


def _shares(cost: Floats, gain: Floats) -> dict[Quadrant, float]:
    same = (cost == 0) & (gain == 0)
    dominates = (cost <= 0) & (gain >= 0) & ~same
    dominated = (cost >= 0) & (gain <= 0) & ~same
    found = {
        Quadrant.COSTS_AND_GAINS: (cost > 0) & (gain > 0),
        Quadrant.DOMINATES: dominates,
        Quadrant.SAVES_AND_LOSES: (cost < 0) & (gain < 0),
        Quadrant.DOMINATED: dominated,
        Quadrant.SAME: same,
    }
    return {where: float(these.mean()) for where, these in found.items()}


def _undefined(unit: Unit) -> Estimate:
    return Estimate(unit, math.nan, math.nan, math.nan, math.nan, over="draws")
