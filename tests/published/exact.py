"""What knowing more is worth in voi's chemotherapy example, by quadrature: no draws of its inputs, and no regression.

Net benefit falls in proportion to the share of people with side effects, and all that sets how much one of them loses
(`burden`) is independent of those shares. So the novel treatment is ahead by `burden * (p1 - p2) - extra cost`, and
whatever is learnt of the shares alone leaves the mean burden in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import betaln, expit, logit
from scipy.stats import qmc

from tests.published.chemotherapy import (
    DRUG,
    LAWS,
    LOG_ODDS_RATIO,
    LOG_ODDS_RATIO_SD,
    PATIENTS,
    WITH_SIDE_EFFECTS,
    drawn,
    of_side_effects,
)

EXTRA = float(DRUG[1] - DRUG[0])
POINTS = 400
EVEN = 2**16
"""Points of the even spread over what sets the burden."""


@dataclass(frozen=True)
class Exact:
    """The example at one willingness to pay, in currency per QALY."""

    price: float

    @cached_property
    def burden(self) -> np.ndarray:
        """Return what a person with side effects loses in net benefit, evenly spread, (points,)."""
        cost, loss = of_side_effects(drawn(qmc.Sobol(len(LAWS), seed=1).random(EVEN)))
        return np.sort(cost + self.price * loss)

    @cached_property
    def shares(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return both shares of people with side effects, and their weights, (POINTS, POINTS) each.

        The grid is even in both log odds; the weights fall to nothing at its ends, where such a sum is exact.
        """
        a, b = 1 + WITH_SIDE_EFFECTS, 1 + PATIENTS - WITH_SIDE_EFFECTS
        centre, reach = logit(a / (a + b)), 9 * np.sqrt(1 / a + 1 / b)
        usual = np.linspace(centre - reach, centre + reach, POINTS)[:, None]
        middle, far = centre + LOG_ODDS_RATIO, np.hypot(reach, 9 * LOG_ODDS_RATIO_SD)
        novel = np.linspace(middle - far, middle + far, POINTS)[None, :]
        p1, p2 = expit(usual), expit(novel)
        log_weight = (
            a * np.log(p1) + b * np.log1p(-p1) - ((novel - usual - LOG_ODDS_RATIO) / LOG_ODDS_RATIO_SD) ** 2 / 2
        )
        weight = np.exp(log_weight - log_weight.max())
        return np.broadcast_to(p1, weight.shape), np.broadcast_to(p2, weight.shape), weight / weight.sum()

    def ahead(self) -> float:
        """Return by how much the novel treatment is ahead on average."""
        p1, p2, weight = self.shares
        return float(self.burden.mean() * (weight * (p1 - p2)).sum() - EXTRA)

    def of_pair(self) -> float:
        """Return the EVPPI of both shares, which is that of one share and the odds ratio."""
        p1, p2, weight = self.shares
        return float((weight * np.maximum(self.burden.mean() * (p1 - p2) - EXTRA, 0)).sum() - max(self.ahead(), 0))

    def of_novel_share(self) -> float:
        """Return the EVPPI of the share under the novel treatment alone."""
        p1, p2, weight = self.shares
        known = self.burden.mean() * (weight * (p1 - p2)).sum(axis=0) - EXTRA * weight.sum(axis=0)
        return float(np.maximum(known, 0).sum() - max(self.ahead(), 0))

    def evpi(self) -> float:
        """Return the EVPI: over the shares by quadrature, over the burden by its even spread."""
        p1, p2, weight = self.shares
        gap = (p1 - p2).ravel()
        order = np.argsort(gap)
        # Above which gap a burden is worth its price: sums of the gaps from there on, for all burdens at once.
        gap, chance = gap[order], weight.ravel()[order]
        at = np.searchsorted(gap, EXTRA / self.burden)
        above = np.append(np.cumsum(chance[::-1])[::-1], 0.0)[at]
        beyond = np.append(np.cumsum((chance * gap)[::-1])[::-1], 0.0)[at]
        return float((self.burden * beyond - EXTRA * above).mean() - max(self.ahead(), 0))

    def of_trial(self, patients: int) -> float:
        """Return the EVSI of a trial with `patients` in each arm that counts side effects."""
        p1, p2, weight = self.shares
        usual, novel = binomial(patients, p1[:, 0]), binomial(patients, p2[0])
        chance = usual @ weight @ novel.T
        gap = usual @ (weight * (p1 - p2)) @ novel.T
        return float(np.maximum(self.burden.mean() * gap - EXTRA * chance, 0).sum() - max(self.ahead(), 0))

    def of_novel_sample(self, patients: int) -> float:
        """Return the EVSI of `patients` under the novel treatment in whom side effects are counted."""
        p1, p2, weight = self.shares
        novel = binomial(patients, p2[0])
        gap, chance = novel @ (weight * (p1 - p2)).sum(axis=0), novel @ weight.sum(axis=0)
        return float(np.maximum(self.burden.mean() * gap - EXTRA * chance, 0).sum() - max(self.ahead(), 0))


def binomial(patients: int, share: np.ndarray) -> np.ndarray:
    """Return the chance of each number of events at each share, (patients + 1, shares)."""
    events = np.arange(patients + 1)[:, None]
    ways = -betaln(events + 1, patients - events + 1) - np.log(patients + 1)
    return np.exp(ways + events * np.log(share) + (patients - events) * np.log1p(-share))
