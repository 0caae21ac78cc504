"""What textbooks say of the power of a trial, from the spread of the outcome and its correlation with the first one.

Means: with effect d and variance V of the difference (V = s1^2/n1 + s0^2/n0, adjusted for the first reading times
1 - r^2, with therapists of m patients each times 1 + (m - 1) ICC), the power is that of the noncentral t with centre
d / sqrt(V). Shares: the normal approximation, pooled where there is no difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from sim.decision.virtual_trial.design import Design
from sim.decision.virtual_trial.moments import Moments
from sim.roots import root_between

LARGEST = 10_000_000.0
"""Patients in an arm beyond which no number is looked for."""


@dataclass(frozen=True)
class Formula:
    """The textbook's power of a comparison of two groups.

    `measure`: its place in the design; `one` and `other`: how the arm's and the reference's patients scatter;
    `assessed`: the share of each who are.
    """

    design: Design
    measure: int
    one: Moments
    other: Moments
    assessed: tuple[float, float]

    @property
    def effect(self) -> float:
        """The difference in favour of the arm, from no difference or from the margin; log odds for an odds ratio."""
        measure, margin = self.design.measures[self.measure], self.design.margins[self.measure]
        apart = measure.sign * (self.one.mean - self.other.mean)
        if self.design.analyses[self.measure] == "odds_ratio":
            return measure.sign * (_logit(self.one.mean) - _logit(self.other.mean))
        return {"superiority": apart, "non_inferiority": apart + margin, "superiority_by_margin": apart - margin}[
            self.design.hypothesis
        ]

    def power(self, size: float) -> float:
        """Return the chance that a trial with so many patients in the arm succeeds."""
        design = self.design
        n = size * self.assessed[0], max(size * design.allocation, 2.0) * self.assessed[1]
        if min(n) < 1:
            return math.nan
        critical = float(ndtri(1 - design.alpha / 2))
        if design.measures[self.measure].is_share and not design.by_cluster:
            null, alternative = self._errors_of_shares(*n)
            if alternative == 0:
                return math.nan
            return float(ndtr((self.effect - critical * null) / alternative))
        return self._by_t(*n)

    def needed(self, power: float) -> float:
        """Return how many patients in the arm that power takes; infinite where no number gives it."""
        least = float(max(2, self.design.therapists))

        def missing(log_size: float) -> float:
            found = self.power(math.exp(log_size))
            return -power if math.isnan(found) else found - power

        if missing(math.log(LARGEST)) < 0:
            return math.inf
        if missing(math.log(least)) >= 0:
            return least
        return math.exp(root_between(missing, math.log(least), math.log(LARGEST), 1e-9))

    def _errors_of_shares(self, n: float, m: float) -> tuple[float, float]:
        """Return the errors of the difference, or the log odds ratio, where there is none, and as it is."""
        p, q = self.one.mean, self.other.mean
        if self.design.analyses[self.measure] == "odds_ratio":
            if min(p * (1 - p), q * (1 - q)) <= 0:
                return math.nan, 0.0
            error = math.sqrt(1 / (n * p * (1 - p)) + 1 / (m * q * (1 - q)))
            return error, error
        own = math.sqrt(p * (1 - p) / n + q * (1 - q) / m)
        if self.design.hypothesis != "superiority":
            return own, own
        both = (n * p + m * q) / (n + m)
        return math.sqrt(both * (1 - both) * (1 / n + 1 / m)), own

    def _by_t(self, n: float, m: float) -> float:
        from scipy.stats import nct, t

        design = self.design
        adjusted = design.analyses[self.measure] == "ancova"
        variance = 0.0
        for one, many in ((self.one, n), (self.other, m)):
            left = 1 - self._r2 if adjusted else 1.0
            alike = one.icc_adjusted if adjusted else one.icc
            in_cluster = many / design.therapists if design.has_therapists else 1.0
            inflated = 1 + (in_cluster - 1) * max(alike, 0.0) if design.by_cluster else 1.0
            variance += one.sd**2 * left * inflated / many
        if variance <= 0:
            return math.nan
        degrees = 2.0 * design.therapists - 2 if design.by_cluster else n + m - (3 if adjusted else 2)
        if degrees < 1:
            return math.nan
        critical = float(t.ppf(1 - design.alpha / 2, degrees))
        centre = self.effect / math.sqrt(variance)
        found = float(nct.sf(critical, degrees, centre))
        return found if math.isfinite(found) else float(ndtr(centre - critical))

    @property
    def _r2(self) -> float:
        """The share of the variance within groups that the first reading explains."""
        r2 = [(one.r**2, one.sd**2) for one in (self.one, self.other)]
        whole = sum(v for _, v in r2)
        return sum(r * v for r, v in r2) / whole if whole > 0 else 0.0


def _logit(share: float) -> float:
    return math.log(share / (1 - share)) if 0 < share < 1 else math.copysign(math.inf, share - 0.5)
