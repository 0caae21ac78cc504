"""Net benefit, chance of being best, expected loss and the value of perfect information, over willingness to pay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.value.psa import Floats, Psa
from sim.estimate.rounding import ROUNDING, levelled


@dataclass(frozen=True)
class Curves:
    """Measures at every willingness to pay, (values,) or (values, strategies), per patient, in the currency.

    `net_benefit` is the mean; `best` the share of draws in which a strategy has the highest net benefit, ties shared
    (the acceptability curve, CEAC); `loss` the expected loss of choosing it. `optimal` is the place of the strategy
    with the highest mean, of ties the cheapest, then the first; its chance of being best is the frontier (CEAF), its
    expected loss is the expected value of perfect information (EVPI). `loss_error` holds standard errors. `not_best` is
    the share of draws in which another strategy than the optimal one is strictly better.
    """

    wtp: Floats
    net_benefit: Floats
    best: Floats
    loss: Floats
    loss_error: Floats
    optimal: NDArray[np.int64]
    not_best: Floats

    @property
    def frontier(self) -> Floats:
        """The chance that the optimal strategy is best, (values,): the CEAF."""
        return self._of_optimal(self.best)

    @property
    def evpi(self) -> Floats:
        """The expected value of perfect information, (values,): the expected loss of the optimal strategy."""
        return self._of_optimal(self.loss)

    @property
    def evpi_error(self) -> Floats:
        """The standard error of the EVPI, (values,)."""
        return self._of_optimal(self.loss_error)

    def _of_optimal(self, values: Floats) -> Floats:
        return np.take_along_axis(values, self.optimal[:, None], axis=1)[:, 0]


def curves(psa: Psa, wtp: Floats) -> Curves:
    """Return the curves at each willingness to pay (currency per unit of effect).

    Acceptability: Fenwick, Claxton and Sculpher 2001, doi:10.1002/hec.635. Expected loss: Alarid-Escudero and others
    2019, doi:10.1016/j.jval.2019.02.008. The expected loss of strategy d is the mean over draws of
    max_j NB_j - NB_d; its standard error is the sd of that over the draws, divided by the square root of their number.
    """
    shape = (len(wtp), len(psa.strategies))
    mean, best, loss, error = (np.empty(shape) for _ in range(4))
    optimal, not_best = np.empty(len(wtp), dtype=np.int64), np.empty(len(wtp))
    # Strategies in rows: numpy is quick at the maximum of a few long rows, and slow at that of many short ones.
    gain, cost = np.ascontiguousarray(psa.gain.T), np.ascontiguousarray(psa.cost.T)
    of_gain, of_cost = (float(np.abs(part).mean(axis=1).max()) for part in (gain, cost))
    mean_cost = levelled(cost.mean(axis=1).tolist(), of_cost)
    for k, price in enumerate(wtp):
        net = price * gain - cost
        highest = net.max(axis=0)
        short = highest - net
        mean[k] = levelled(net.mean(axis=1).tolist(), price * of_gain + of_cost)
        optimal[k] = min(np.flatnonzero(mean[k] == mean[k].max()).tolist(), key=lambda s: (mean_cost[s], s))
        # Strategies that differ by rounding only are tied.
        is_best = short <= ROUNDING * np.maximum(np.abs(highest), np.abs(net.min(axis=0)))
        best[k] = (is_best / is_best.sum(axis=0)).mean(axis=1)
        loss[k] = short.mean(axis=1)
        error[k] = short.std(axis=1, ddof=1) / np.sqrt(psa.draws)
        not_best[k] = 1.0 - is_best[optimal[k]].mean()
    return Curves(wtp, mean, best, loss, error, optimal, not_best)
