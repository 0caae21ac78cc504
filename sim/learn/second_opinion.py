"""A second opinion on a posterior: nested sampling of the same prior and likelihood, beside the estimator's own draws.

It has nothing in common with importance sampling: it begins with the whole prior and closes in on what is likely
(Skilling 2006, doi:10.1214/06-BA127), so that a mode or a tail that the estimator missed shows. The sampler is dynesty
(Speagle 2020, doi:10.1093/mnras/staa278), an extra package.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.learn.between_therapies import widening
from sim.learn.importance import resampled, truncated
from sim.learn.posterior import Posterior
from sim.learn.problem import Data, Problem
from sim.luck.streams import stream
from sim.study.at_work import Threads

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

PACKAGE, EXTRA = "dynesty", "nested"
BANK = 4096
"""The bank that is taken; the same few of those near a patient stand for the patient at every point that the sampler
asks about, since it needs a likelihood without chance."""
WEIGHED_ANEW = 512
"""Points, taken as often as they weigh, that are then weighed anew over others: those few are the same for all points,
so they would move means."""
NEAR = 16
"""Draws of the posterior at which it is looked at who of the bank is likely."""
LIVE, WALKS = 150, 15
"""Points that are alive at once, and thrice as many as there are unknowns at the least; steps to a new one."""
AT_ONCE = 8
"""New points that are looked for side by side, whatever the number of workers."""
LEFT = 0.1
"""It ends when what is left would change the logarithm of the evidence by less than this."""
MEANS_APART, SDS_APART = 0.1, 0.1
"""How far means (in standard deviations) and logarithms of standard deviations may be apart beside what chance
explains: those who are near the patients are others."""
CHANCE = 2.5
"""Standard errors that chance explains: there are two comparisons for each of a dozen inputs."""


@dataclass(frozen=True)
class Both:
    """An input by both samplers: mean and standard deviation in its unit; `apart`: how far the means are apart on the
    scale of the prior, in standard deviations of the posterior; `is_alike`: whether chance explains what differs.
    """

    path: str
    mean: float
    sd: float
    second_mean: float
    second_sd: float
    apart: float
    is_alike: bool


@dataclass(frozen=True)
class SecondOpinion:
    """What the nested sampler found: each input beside the estimator's, the logarithm of the `evidence` with its
    standard error, how many independent draws its points are worth, and how often it asked for the likelihood.
    """

    inputs: tuple[Both, ...]
    log_evidence: float
    log_evidence_error: float
    effective: float
    calls: int

    @property
    def agrees(self) -> bool:
        """Whether both samplers say the same of every input."""
        return all(one.is_alike for one in self.inputs)


def second_opinion(
    posterior: Posterior, data: Data, seed: int, workers: int = 1,
    progress: Progress = lambda part, done, total: None, live: int = LIVE, anew: Data | None = None,
) -> SecondOpinion | None:  # fmt: skip
    """Return what nested sampling says of the unknowns that a posterior says something of; None if there are none.

    `data` must give the same likelihood whenever it is asked at the same point; `anew`: data by which the points are
    then weighed, as over others at each point; `live`: points that are alive at once.
    Differences between therapies that are held at their prior are not compared. The same data give the same result,
    whatever the number of workers.
    """
    if not posterior.active:
        return None
    prior, active = posterior.prior, np.array(posterior.active, dtype=np.int64)
    held = posterior.held if len(posterior.held) else None
    wide = None if held is None else widening(posterior.unknowns.prior(posterior.unknowns.stated), held)
    problem = Problem(posterior.unknowns, tuple(one.form for one in posterior.weights), data, active, wide)
    found = _nested(problem, seed, workers, progress, live)
    if anew is not None and anew is not data:
        found = _weighed_anew(found, problem.over(anew), workers, progress)
    x, weights = found.x, found.weights
    z = np.tile(prior.mean, (len(x), 1))
    z[:, active] = problem.z(x)
    values = prior.values(z)
    effective = 1.0 / float((weights**2).sum())
    chance = CHANCE * math.sqrt(1 / min(posterior.effective, len(posterior.z)) + 1 / effective)
    inputs = []
    for k in posterior.active:
        if held is not None and np.abs(held[:, k]).sum() > 0:
            continue
        mean, sd = _moments(z[:, k], weights)
        apart = (mean - float(posterior.z[:, k].mean())) / float(posterior.z[:, k].std())
        wider = math.log(sd / float(posterior.z[:, k].std()))
        alike = abs(apart) < MEANS_APART + chance and abs(wider) < SDS_APART + chance / math.sqrt(2)
        own = posterior.values[:, k]
        inputs.append(
            Both(prior.paths[k], float(own.mean()), float(own.std()), *_moments(values[:, k], weights), apart, alike)
        )
    return SecondOpinion(tuple(inputs), found.log_evidence, found.log_evidence_error, effective, found.calls)


def _moments(values: Floats, weights: Floats) -> tuple[float, float]:
    mean = float(weights @ values)
    return mean, math.sqrt(float(weights @ (values - mean) ** 2))


@dataclass(frozen=True)
class _Points:
    """Points of a posterior, (points, active), places of their forms and logarithms of their likelihoods, (points,),
    weights that sum to 1, the logarithm of the evidence with its standard error, and how often a likelihood was asked.
    """

    x: Floats
    forms: NDArray[np.int64]
    log_likelihood: Floats
    weights: Floats
    log_evidence: float
    log_evidence_error: float
    calls: int


def _weighed_anew(found: _Points, problem: Problem, workers: int, progress: Progress) -> _Points:
    """Return points weighed by another likelihood of the same data, and the evidence by it."""
    kept, often = np.unique(resampled(found.weights, WEIGHED_ANEW), return_counts=True)
    before, likely = often / often.sum(), np.empty(len(kept))
    with Threads(workers) as pool:
        for start in range(0, len(kept), AT_ONCE):
            progress("a second opinion, over others", start, len(kept))
            some = kept[start : start + AT_ONCE]
            pieces = problem.pieces(found.x[some], pool, found.forms[some])
            likely[start : start + AT_ONCE] = [one.sum() for one in pieces]
    change = likely - found.log_likelihood[kept]
    ratios = np.exp(change - change.max())
    mean = float(before @ ratios)
    error = math.sqrt(float(before**2 @ (ratios - mean) ** 2)) / mean
    return _Points(
        found.x[kept], found.forms[kept], likely, truncated(before * ratios),
        found.log_evidence + float(change.max()) + math.log(mean), math.hypot(found.log_evidence_error, error),
        found.calls + len(kept),
    )  # fmt: skip


def _nested(problem: Problem, seed: int, workers: int, progress: Progress, live: int) -> _Points:
    """Return points by nested sampling, with the likelihood that they were found by."""
    from dynesty import NestedSampler

    several = len(problem.forms) > 1
    size = problem.dimensions + several

    def at(cube: Floats) -> tuple[Floats, int]:
        return problem.of_cube(cube if several else np.append(cube, 0.5))

    def log_likelihood(cube: Floats) -> float:
        found = float(problem.by_piece(*at(cube)).sum())
        return found if math.isfinite(found) else -math.inf

    with Threads(workers) as pool:
        sampler = NestedSampler(
            log_likelihood, _as_it_is, size, nlive=max(live, 3 * size), bound="multi", sample="rwalk", walks=WALKS,
            pool=pool, queue_size=AT_ONCE, rstate=stream(seed, 0, 0, "second opinion"),
        )  # fmt: skip
        sampler.run_nested(dlogz=LEFT, print_func=_Said(progress))
    found = sampler.results
    weights = np.exp(found.logwt - found.logwt.max())
    points = [at(cube) for cube in found.samples]
    return _Points(
        np.array([x for x, _ in points]), np.array([form for _, form in points]), np.asarray(found.logl),
        weights / weights.sum(), float(found.logz[-1]), float(found.logzerr[-1]), int(np.sum(found.ncall)),
    )  # fmt: skip


def _as_it_is(cube: Floats) -> Floats:
    """Return a point of the unit cube: the prior transform is part of the likelihood."""
    return cube


class _Said:
    """Tells how far a nested sampler is: from the first to the last of what is left of the evidence."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._first = progress, 0.0

    def __call__(self, found: object, *_: object, **__: object) -> None:
        left = float(getattr(found, "delta_logz", LEFT))
        self._first = max(self._first, min(left, 1e4))
        whole = math.log(max(self._first, 2 * LEFT) / LEFT)
        done = 1.0 - math.log(max(left, LEFT) / LEFT) / whole
        self._progress("a second opinion", round(100 * max(done, 0.0)), 100)
