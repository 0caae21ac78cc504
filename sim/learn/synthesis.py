"""Random-effects synthesis: effects of several trials as normal about a mean that differs from trial to trial.

Effects y ~ N(mean, S + tau^2 T): S is the sampling covariance, in which effects of one trial share what they share (the
control arm of a trial with three arms), and T is 1 on its diagonal and 1/2 between effects of one trial, as it follows
from arms that each differ by tau^2 / 2. Then no trial counts twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Floats = NDArray[np.float64]
Spread = Literal["reml", "half_normal"]

MOST_LEFT_OUT = 200
"""Trials up to which each is left out in turn; of more, one hardly matters."""
_GRID = 400
"""Places at which the spread between trials is looked at first."""
_FINE = 4000
"""Places of the grid over which a prior on the spread is integrated."""


class Turned(NamedTuple):
    """Effects turned so that they are independent with variance 1 + tau^2 `stretch`, whatever tau is.

    `turn` (effects, effects) does it; `values` and `ones` are the effects and a mean of 1 turned, (effects,);
    `log_determinant` is that of the sampling covariance.
    """

    turn: Floats
    values: Floats
    ones: Floats
    stretch: Floats
    log_determinant: float


class Along(NamedTuple):
    """Means, their variances, sums of squares and logs of the restricted likelihood along spreads, (spreads,)."""

    means: Floats
    variances: Floats
    squares: Floats
    logs: Floats


@dataclass(frozen=True)
class Effects:
    """Effects to be pooled: the trial of each, its label, the values, and their sampling covariance.

    `values` (effects,), `covariance` (effects, effects), 0 between trials.
    """

    trials: tuple[str, ...]
    labels: tuple[str, ...]
    values: Floats
    covariance: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """The trials, each once, in order."""
        return tuple(dict.fromkeys(self.trials))

    @property
    def errors(self) -> Floats:
        """The sampling error of each effect."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @cached_property
    def turned(self) -> Turned:
        """The effects as independent ones; the spread enters with 1 for an effect, 1/2 between effects of one trial."""
        size, log_determinant = len(self.values), 0.0
        turn, stretch = np.zeros((size, size)), np.empty(size)
        of: dict[str, list[int]] = {}
        for k, name in enumerate(self.trials):
            of.setdefault(name, []).append(k)
        for members in of.values():  # trials are independent of each other, so each is turned by itself
            at = np.ix_(members, members)
            lower = np.linalg.cholesky(self.covariance[at])
            pattern = (np.ones((len(members), len(members))) + np.eye(len(members))) / 2
            whitened = np.linalg.solve(lower, np.linalg.solve(lower, pattern).T)
            stretch[members], axes = np.linalg.eigh((whitened + whitened.T) / 2)
            turn[at] = axes.T @ np.linalg.inv(lower)
            log_determinant += 2 * float(np.log(np.diag(lower)).sum())
        return Turned(turn, turn @ self.values, turn.sum(axis=1), np.maximum(stretch, 0.0), log_determinant)

    def without(self, trial: str) -> Effects:
        """Return the effects of the other trials."""
        kept = [k for k, name in enumerate(self.trials) if name != trial]
        at = np.ix_(kept, kept)
        return Effects(
            tuple(self.trials[k] for k in kept), tuple(self.labels[k] for k in kept), self.values[kept],
            self.covariance[at],
        )  # fmt: skip


@dataclass(frozen=True)
class At:
    """What follows from one spread between trials: the mean, its variance, the sum of squares about it, and the log of
    the restricted likelihood. `weights`: the share of each effect in the mean.
    """

    mean: float
    variance: float
    squares: float
    log_likelihood: float
    weights: Floats


@dataclass(frozen=True)
class Pooled:
    """A synthesis.

    `tau`: spread between trials with its 95 % interval; `mean` with `error`, and the 95 % intervals: `normal`,
    `hartung_knapp`, and `interval`, the wider of the two, which is the one to use; with a prior, that of the posterior.
    `prediction`: where a new trial's own effect lies with 95 %, NaN with fewer than three trials; `new_sd`: the doubt
    about that as a standard deviation, in which the error of the mean is that of `interval`. `q`, `df`, `p`, `i2`:
    heterogeneity. `weights` of the effects.
    """

    effects: Effects
    spread: Spread
    scale: float
    mean: float
    error: float
    tau: float
    tau_interval: tuple[float, float]
    normal: tuple[float, float]
    hartung_knapp: tuple[float, float]
    interval: tuple[float, float]
    prediction: tuple[float, float]
    new_sd: float
    q: float
    df: int
    p: float
    i2: float
    weights: Floats

    @property
    def trials(self) -> int:
        """How many trials there are."""
        return len(self.effects.names)


def at_spread(effects: Effects, tau: float) -> At:
    """Return the generalised least squares mean of effects with a spread between trials."""
    found = along(effects, np.array([tau]))
    turned = effects.turned
    kept = turned.ones / (1 + tau**2 * turned.stretch)
    weights = (kept @ turned.turn) * float(found.variances[0])
    return At(float(found.means[0]), float(found.variances[0]), float(found.squares[0]), float(found.logs[0]), weights)


def along(effects: Effects, taus: Floats) -> Along:
    """Return the same for many spreads, (spreads,), without the weights."""
    turned = effects.turned
    inflated = 1 + taus[:, None] ** 2 * turned.stretch
    precision = (turned.ones**2 / inflated).sum(axis=1)
    means = (turned.ones * turned.values / inflated).sum(axis=1) / precision
    squares = ((turned.values - means[:, None] * turned.ones) ** 2 / inflated).sum(axis=1)
    logs = -(turned.log_determinant + np.log(inflated).sum(axis=1) + np.log(precision) + squares) / 2
    return Along(means, 1 / precision, squares, logs)


def pool(effects: Effects, spread: Spread = "reml", scale: float = 0.5) -> Pooled:
    """Pool effects of at least two trials; `scale`: that of the half-normal prior on the spread, if there is one."""
    found = _by_likelihood(effects)
    return found if spread == "reml" else _with_prior(found, scale)


def leave_one_out(found: Pooled) -> dict[str, Pooled]:
    """Return the synthesis without each trial in turn; nothing if fewer than two would be left, or of many trials."""
    if not 3 <= found.trials <= MOST_LEFT_OUT:
        return {}
    return {name: pool(found.effects.without(name), found.spread, found.scale) for name in found.effects.names}


def restricted(effects: Effects) -> float:
    """Return the spread between trials by restricted maximum likelihood."""
    places = _grid(effects, _GRID)
    best = int(np.argmax(along(effects, places).logs))
    low, high = places[max(best - 1, 0)], places[min(best + 1, len(places) - 1)]
    found = optimize.minimize_scalar(
        lambda tau: -at_spread(effects, tau).log_likelihood, bounds=(low, high), method="bounded",
        options={"xatol": 1e-10 * high},
    )  # fmt: skip
    at_none = at_spread(effects, 0.0).log_likelihood
    return float(found.x) if -float(found.fun) > at_none + 1e-12 * max(abs(at_none), 1.0) else 0.0


def _grid(effects: Effects, size: int) -> Floats:
    """Return spreads from none to more than the effects can have, closer together where they are small."""
    widest = 10 * (float(np.ptp(effects.values)) + float(effects.errors.max()))
    return np.asarray(widest * np.linspace(0.0, 1.0, size) ** 2)


def _by_likelihood(effects: Effects) -> Pooled:
    tau = restricted(effects)
    at = at_spread(effects, tau)
    fixed = at_spread(effects, 0.0)
    number, trials = len(effects.values), len(effects.names)
    error, df = math.sqrt(at.variance), number - 1
    reach = float(stats.t.ppf(0.975, trials - 1))
    normal = _about(at.mean, float(stats.norm.ppf(0.975)) * error)
    knapp = _about(at.mean, reach * error * math.sqrt(at.squares / df))
    new = math.sqrt(tau**2 + at.variance)
    prediction = _about(at.mean, float(stats.t.ppf(0.975, trials - 2)) * new) if trials > 2 else _NEITHER
    interval = min(normal[0], knapp[0]), max(normal[1], knapp[1])
    new_sd = math.hypot(tau, (interval[1] - interval[0]) / (2 * float(stats.norm.ppf(0.975))))
    return Pooled(
        effects, "reml", math.nan, at.mean, error, tau, profile(effects), normal, knapp,
        interval, prediction, new_sd, fixed.squares, df,
        float(stats.chi2.sf(fixed.squares, df)), max(0.0, 1 - df / fixed.squares) if fixed.squares > 0 else 0.0,
        at.weights,
    )  # fmt: skip


_NEITHER = (math.nan, math.nan)


def _about(mean: float, reach: float) -> tuple[float, float]:
    return mean - reach, mean + reach


def profile(effects: Effects) -> tuple[float, float]:
    """Return the 95 % interval of the spread between trials by the profile of Q."""
    df = len(effects.values) - 1
    most = float(_grid(effects, 2)[-1]) * 100

    def spread_with(q: float) -> float:
        if at_spread(effects, 0.0).squares <= q:
            return 0.0
        return float(optimize.brentq(lambda tau: at_spread(effects, tau).squares - q, 0.0, most, xtol=1e-10))

    return spread_with(float(stats.chi2.ppf(0.975, df))), spread_with(float(stats.chi2.ppf(0.025, df)))


def _with_prior(found: Pooled, scale: float) -> Pooled:
    """Return a synthesis in which the spread between trials has a half-normal prior and is integrated over."""
    effects = found.effects
    top = _highest(effects, scale)
    taus = (np.arange(_FINE) + 0.5) * top / _FINE
    found_at = along(effects, taus)
    log = found_at.logs - taus**2 / (2 * scale**2)
    share = np.exp(log - log.max())
    share /= share.sum()
    means, sds = found_at.means, np.sqrt(found_at.variances)
    mean = float(share @ means)
    error = math.sqrt(float(share @ (sds**2 + (means - mean) ** 2)))
    new = np.sqrt(sds**2 + taus**2)
    below = np.cumsum(share)
    spread_at = [float(np.interp(rank, below, taus + taus[0])) for rank in (0.025, 0.5, 0.975)]
    interval = _mixed(share, means, sds)
    return replace(
        found,
        spread="half_normal",
        scale=scale,
        mean=mean,
        error=error,
        tau=spread_at[1],
        tau_interval=(spread_at[0], spread_at[2]),
        normal=_about(mean, float(stats.norm.ppf(0.975)) * error),
        hartung_knapp=_NEITHER,
        interval=interval,
        prediction=_mixed(share, means, new),
        new_sd=math.sqrt(float(share @ (new**2 + (means - mean) ** 2))),
        weights=_mean_weights(effects, share, taus, found_at.variances),
    )


def _mean_weights(effects: Effects, share: Floats, taus: Floats, variances: Floats) -> Floats:
    """Return the weight of each effect in the mean, averaged over spreads."""
    turned = effects.turned
    kept = turned.ones / (1 + taus[:, None] ** 2 * turned.stretch)
    return np.asarray((share * variances) @ kept @ turned.turn)


def _highest(effects: Effects, scale: float) -> float:
    """Return a spread beyond which the posterior holds next to nothing."""
    places = np.linspace(0.0, 8 * scale, _GRID)
    logs = along(effects, places).logs - places**2 / (2 * scale**2)
    within = np.flatnonzero(logs > logs.max() - 35)
    return float(places[min(int(within.max()) + 1, _GRID - 1)])


def _mixed(share: Floats, means: Floats, sds: Floats) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % quantiles of normal distributions mixed by their shares."""
    low, high = float((means - 40 * sds).min()), float((means + 40 * sds).max())

    def quantile(rank: float) -> float:
        def above(value: float) -> float:
            return float(share @ stats.norm.cdf((value - means) / sds)) - rank

        return float(optimize.brentq(above, low, high, xtol=1e-10))

    return quantile(0.025), quantile(0.975)
