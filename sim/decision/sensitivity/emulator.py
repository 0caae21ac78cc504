"""The answer as a function of all factors at once, learnt from some hundreds of answers: a Gaussian process.

Its covariance is `s` times the product over the factors of `1 + t_k c_k`, in which `c_k` is made of functions with mean
0 under the factor's distribution. So the process is a sum of independent ones: one for every factor by itself, one for
every two together, and so on (Durrande, Ginsbourger, Roustant and Carraro 2013, doi:10.1016/j.jmva.2012.08.016); how
much each explains needs no further answers. `s`, `t` and the variance `noise` of what no smooth function explains, such
as single patients who pass a threshold, are those of the greatest marginal likelihood (Rasmussen and Williams 2006,
Gaussian Processes for Machine Learning, chapter 5). All variances are in units of that of the answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.decision.sensitivity.polynomials import Basis

Floats = NDArray[np.float64]

MOST_FITTED = 256
"""Answers by which the covariance is found; all are used then."""
SEARCHED = 60
FACTOR_BOUNDS, SCALE_BOUNDS, NOISE_BOUNDS = (-20.0, 2.0), (-6.0, 8.0), (-9.0, 1.0)
"""Between which the logarithms of `t`, `s` and the noise are sought."""
BEGIN_FACTOR, BEGIN_NOISE = 0.02, 0.05
IDLE = 1e-4
"""A factor whose expected variance by itself is less than this is left out: chance gives as much to one that does
nothing."""


@dataclass(frozen=True)
class Covariance:
    """The covariance: its `scale`, what every factor by itself varies by as a part of it, (factors,), and the noise."""

    scale: float
    factors: Floats
    noise: float

    def between(self, bases: Sequence[Basis], others: Sequence[Basis]) -> Floats:
        """Return the covariance of the answers at points and at others, (points, others), without noise."""
        found = np.full((len(bases[0].values), len(others[0].values)), self.scale)
        for part, basis, other in zip(self.factors, bases, others, strict=True):
            if part:
                found *= 1 + part * basis.kernel(other.values)
        return found


@dataclass(frozen=True)
class Emulator:
    """A function of the factors that goes through answers, (points,), as nearly as the noise says.

    `bases`: the functions of every factor at the points.
    """

    covariance: Covariance
    bases: tuple[Basis, ...]
    answers: Floats

    @cached_property
    def inverse(self) -> Floats:
        """The inverse of the covariance of the answers, (points, points), in units of their variance."""
        law = self.covariance
        return np.asarray(np.linalg.inv(law.between(self.bases, self.bases) + law.noise * np.eye(len(self.answers))))

    @cached_property
    def weights(self) -> Floats:
        """What each answer counts for others, (points,)."""
        return np.asarray(self.inverse @ (self.answers - self.answers.mean()) / self.answers.std())

    def at(self, bases: Sequence[Basis]) -> Floats:
        """Return the answers expected at other points, (points,)."""
        expected = self.covariance.between(bases, self.bases) @ self.weights
        return np.asarray(self.answers.mean() + self.answers.std() * expected)


def emulator(bases: Sequence[Basis], answers: Floats, known: int) -> Emulator:
    """Return the emulator of answers, (points,), that differ; `bases` are those of every factor at the points.

    Its covariance is found by some of the first `known` answers.
    """
    few = slice(0, min(MOST_FITTED, known))
    return Emulator(likeliest([basis.at(few) for basis in bases], answers[few]), tuple(bases), answers)


def likeliest(bases: Sequence[Basis], answers: Floats) -> Covariance:
    """Return the covariance of the greatest marginal likelihood of answers, (points,), sought by L-BFGS.

    Answers that never differ are all noise.
    """
    from scipy.optimize import minimize  # takes a third of a second to load

    n, factors = len(answers), len(bases)
    if not answers.std():
        return Covariance(1.0, np.zeros(factors), 1.0)
    standard = (answers - answers.mean()) / answers.std()
    kernels = [basis.kernel(basis.values) for basis in bases]

    def less_likely(logs: Floats) -> tuple[float, Floats]:
        parts, (scale, noise) = np.exp(logs[:factors]), np.exp(logs[factors:])
        smooth, grown = np.full((n, n), scale), []
        for part, kernel in zip(parts, kernels, strict=True):
            grown.append(1 + part * kernel)
            smooth *= grown[-1]
        root = np.linalg.cholesky(smooth + noise * np.eye(n))
        half = np.linalg.inv(root)
        inverse = half.T @ half
        weights = inverse @ standard
        pull = np.outer(weights, weights) - inverse
        slopes = np.empty_like(logs)
        of_smooth = pull * smooth
        for k, (kernel, one) in enumerate(zip(kernels, grown, strict=True)):
            slopes[k] = -0.5 * parts[k] * np.vdot(of_smooth, kernel / one)
        slopes[factors] = -0.5 * of_smooth.sum()
        slopes[factors + 1] = -0.5 * noise * np.trace(pull)
        return float(standard @ weights) / 2 + float(np.log(np.diag(root)).sum()), slopes

    begin = np.log([*[BEGIN_FACTOR] * factors, 1.0, BEGIN_NOISE])
    bounds = [*[FACTOR_BOUNDS] * factors, SCALE_BOUNDS, NOISE_BOUNDS]
    found = minimize(less_likely, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": SEARCHED})
    parts, (scale, noise) = np.exp(found.x[:factors]), np.exp(found.x[factors:])
    return Covariance(float(scale), np.where(scale * parts > IDLE, parts, 0.0), float(noise))
