"""Whether the records look like what the fitted model would have made: replicated records beside the real ones.

For draws from the posterior, each patient is replaced by somebody drawn from the model with the same visits and the
same missing readings. What the replicated records show is held against what the records show; where nearly all
replicates lie on one side, the model lacks something that these patients have (Gelman, Meng and Stern 1996).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.estimate.estimate import Z95, Estimate
from sim.learn.importance import resampled
from sim.learn.likelihood import Bank
from sim.learn.observed import Observed, some_of
from sim.learn.paths import along
from sim.learn.posterior import Posterior
from sim.luck.nets import NET_SIZE
from sim.luck.streams import stream
from sim.study.prepare import Study
from sim.units import POINTS, SHARE

Floats = NDArray[np.float64]

REPLICATES = 100
FEWEST = 20
"""Readings below which a mean or a spread is not held against the model."""
TOO_FAR = 3.5
"""Standard deviations of the replicates beyond which the model does not make what the records show: of a model that is
right, one fit in a hundred has such a one in a score of checks."""
TAIL = 0.02
"""Share of replicates that may lie on the other side of it."""
NOTICED = 2.0


@dataclass(frozen=True)
class Check:
    """Something that the records show, in points or as a share: what the model makes of it over replicates.

    `below`: share of replicates that lie below what was observed; `n`: readings or patients behind it.
    """

    name: str
    observed: float
    expected: float
    lower: float
    upper: float
    below: float
    n: int

    @property
    def is_missed(self) -> bool:
        """Whether the records lie further from the replicates than chance in a score of such checks explains."""
        spread = (self.upper - self.lower) / (2 * Z95)
        return (
            abs(self.observed - self.expected) > TOO_FAR * max(spread, 1e-9) and min(self.below, 1 - self.below) < TAIL
        )


@dataclass(frozen=True)
class HeldOut:
    """How well patients were predicted who were left out: of their last readings, `inside` is the share within the 90 %
    interval, whose mean `width` is in points, and `off` the mean of observed minus predicted, in points.
    """

    patients: int
    inside: Estimate
    off: Estimate
    width: float


def replicate(observed: Observed, study: Study, number: int, seed: int) -> Floats:
    """Return replicated readings, (patients, looks of the longest), NaN where there is none, by patient and look.

    For each patient one is drawn from a net of patients, another net for every replicate.
    """
    luck = stream(seed, number, 0, "replicated records")
    bank = Bank.of(study, NET_SIZE, seed=int(luck.integers(2**31)))
    most = max((group.readings.shape[1] for group in observed.groups), default=0)
    found = np.full((observed.patients, most), math.nan)
    banks = {profile: bank.patients(study, profile) for profile in {group.profile for group in observed.groups}}
    for group in observed.groups:
        of = banks[group.profile]
        seen = along(group.schedule, of, study.rules)
        who = luck.integers(len(of.cohort.noise), size=len(group.patients))
        noise = of.cohort.noise[who][:, None] * luck.standard_normal(group.readings.shape)
        felt = seen.pain.T[who] + noise
        readings = np.clip(np.round(felt / observed.step) * observed.step, 0.0, 10.0)
        readings[np.isnan(group.readings)] = math.nan
        found[list(group.patients), : readings.shape[1]] = readings
    return found


def real(observed: Observed) -> Floats:
    """Return the readings in the same form as replicated ones."""
    most = max((group.readings.shape[1] for group in observed.groups), default=0)
    found = np.full((observed.patients, most), math.nan)
    for group in observed.groups:
        found[list(group.patients), : group.readings.shape[1]] = group.readings
    return found


def checks(observed: Observed, posterior: Posterior, seed: int, replicates: int = REPLICATES) -> tuple[Check, ...]:
    """Return what the records show beside what the fitted model makes of the same visits."""
    shown = dict(_shown(real(observed)))
    made: dict[str, list[float]] = {name: [] for name in shown}
    for number in range(replicates):
        k = number % len(posterior.z)
        study = posterior.unknowns.study_at(posterior.values[k], posterior.forms[k])
        again = dict(_shown(replicate(observed, study, number, seed + 1)))
        for name in made:
            made[name].append(again[name][0] if name in again else math.nan)
    found = []
    for name, (value, n) in shown.items():
        several = np.array(made[name])
        low, high = np.nanquantile(several, [0.025, 0.975])
        # Ties count half: shares of few patients have few values.
        below = float(np.nanmean((several < value) + 0.5 * (several == value)))
        found.append(Check(name, value, float(np.nanmean(several)), float(low), float(high), below, n))
    return tuple(found)


def _shown(readings: Floats) -> Iterator[tuple[str, tuple[float, int]]]:
    """Yield what is looked at: by reading its mean and spread, then what there is of changes and of their sameness."""
    ordered = _in_order(readings)
    for k in range(ordered.shape[1]):
        column = ordered[:, k][~np.isnan(ordered[:, k])]
        if len(column) >= FEWEST:
            yield f"mean of reading {k + 1}", (float(column.mean()), len(column))
            yield f"spread of reading {k + 1}", (float(column.std()), len(column))
    counts = (~np.isnan(ordered)).sum(axis=1)
    several = counts >= 2
    if several.sum() >= FEWEST:
        first = ordered[several, 0]
        last = ordered[several, counts[several] - 1]
        fell, n = first - last, int(several.sum())
        yield "share whose pain fell by 2 points or more", (float((fell >= NOTICED).mean()), n)
        yield "share without any fall", (float((fell <= 0).mean()), n)
        yield "share of last readings that are 0 or 1", (float((last <= 1).mean()), n)
        yield "share of last readings of 6 or more", (float((last >= 6).mean()), n)
        low, high = np.quantile(fell, [0.1, 0.9])
        yield "tenth smallest of a hundred falls", (float(low), n)
        yield "tenth largest of a hundred falls", (float(high), n)
    before, after = ordered[:, 1:-1].ravel(), ordered[:, 2:].ravel()
    both = ~np.isnan(before) & ~np.isnan(after)
    if both.sum() >= FEWEST and before[both].std() > 0 and after[both].std() > 0:
        yield (
            "correlation of one reading with the next",
            (float(np.corrcoef(before[both], after[both])[0, 1]), int(both.sum())),
        )


def _in_order(readings: Floats) -> Floats:
    """Return readings with those that are missing at the end: the first, second, third reading of everybody."""
    order = np.argsort(np.isnan(readings), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(readings, order, axis=1))


def held_out(
    observed: Observed, posterior: Posterior, weights: Floats, fold: NDArray[np.bool_], seed: int
) -> HeldOut | None:
    """Return how well the last readings of the patients of `fold` are predicted by draws with `weights`, those of the
    posterior without these patients; None for fewer than ten.
    """
    left_out = some_of(observed, fold)
    truth = _in_order(real(left_out))
    counts = (~np.isnan(truth)).sum(axis=1)
    who = np.flatnonzero(counts >= 2)
    if len(who) < 10:
        return None
    predicted = []
    for number, k in enumerate(resampled(weights, REPLICATES)):
        study = posterior.unknowns.study_at(posterior.values[k], posterior.forms[k])
        again = _in_order(replicate(left_out, study, number, seed + 2))
        predicted.append(again[who, counts[who] - 1])
    several, last = np.array(predicted), truth[who, counts[who] - 1]
    low, high = np.quantile(several, [0.05, 0.95], axis=0)
    inside = (last >= low) & (last <= high)
    off = last - several.mean(axis=0)
    n = len(who)
    share = float(inside.mean())
    inside_error = math.sqrt(max(share * (1 - share), 1 / n**2) / n)
    return HeldOut(
        n,
        replace(Estimate.normal(SHARE, share, inside_error), over="recorded patients"),
        replace(Estimate.normal(POINTS, float(off.mean()), float(off.std() / math.sqrt(n))), over="recorded patients"),
        float((high - low).mean()),
    )
