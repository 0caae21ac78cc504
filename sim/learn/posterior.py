"""From data to a posterior: every form of the model that the data can tell apart, its mode, its draws, its weight."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.learn.contrasts import held_at_prior, widening
from sim.learn.importance import POINTS, WIDER, Proposal, Sample, resampled, sample
from sim.learn.mode import Mode, find_mode
from sim.learn.prior import Prior, Unknowns
from sim.learn.problem import Data, Problem, active_unknowns
from sim.scenario.structure import Form
from sim.study.inputs import Points

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

BANK, LARGEST_BANK = 4096, 32_768
SMALL_BANK, COARSE_BANK = 1024, 256
WANTED = 400.0
"""Independent draws that the posterior shall be worth."""
DRAWS = 1024
NEGLIGIBLE = 0.01
"""A form of the model that is less likely than this, with the data seen, is left out."""
SETTLED = 0.1
"""By how much, in standard deviations, a mean may change when the bank is doubled."""
LEAST_SHARE = 0.1
"""The least part of the draws wanted that a form of the model is to have, so that its weight is well known."""
STARTS = 3
SAME_PRIOR = 0.02
"""By how much the prior means of two forms may differ, in standard deviations: what calibration leaves undecided."""


@dataclass(frozen=True)
class Asked:
    """What is asked of the estimator: how many `draws`, how many independent ones they shall be worth, the `bank` to
    begin with and the largest, and the seed.
    """

    draws: int = DRAWS
    wanted: float = WANTED
    bank: int = BANK
    largest_bank: int = LARGEST_BANK
    seed: int = 1
    workers: int = 1


@dataclass(frozen=True)
class FormWeight:
    """A form of the model with its weight before and after the data; `is_kept`: whether draws were taken from it."""

    form: Form
    before: float
    after: float
    is_kept: bool


@dataclass(frozen=True)
class Posterior:
    """Joint draws of the unknowns given the data.

    `z` (draws, unknowns) on the scales of the prior, `forms` by draw; `active`: places of the unknowns that the data
    say anything about; `effective`: independent draws that they are worth; `bank`: size of the bank in the end, and
    `moved`: by how much the means move if it is doubled, in standard deviations; `is_enough` and `is_settled`: whether
    both are as they should be.
    """

    unknowns: Unknowns
    prior: Prior
    z: Floats
    forms: tuple[Form, ...]
    weights: tuple[FormWeight, ...]
    active: tuple[int, ...]
    held: Floats
    effective: float
    bank: int
    moved: float
    is_enough: bool
    is_settled: bool

    @cached_property
    def values(self) -> Floats:
        """The unknowns in their own units, (draws, unknowns)."""
        return self.prior.values(self.z)

    def place(self, path: str) -> int:
        """Return which unknown a path is; ValueError if none."""
        return self.prior.paths.index(path)


@dataclass
class Estimator:
    """How a posterior is found: `data_of` gives the data over a bank of a size, `held` the differences that the data do
    not tell, (directions, unknowns).
    """

    unknowns: Unknowns
    data_of: Callable[[int], Data]
    asked: Asked = field(default_factory=Asked)
    held: Floats | None = None
    progress: Progress = lambda part, done, total: None

    def run(self) -> Posterior:
        """Return the posterior; the same for the same data, whatever the number of workers."""
        with ThreadPoolExecutor(self.asked.workers) as pool:
            stated = self._problem(self.unknowns.stated, COARSE_BANK, pool)
            if not stated.dimensions:
                return self._of_prior(stated)
            forms = tuple(self._told_apart(stated, pool))
            screened = self._screened(stated, forms, pool)
            kept, samples, bank, moved = self._sampled(screened, pool)
            return self._joined(screened, kept, samples, bank, moved)

    def _problem(self, form: Form, bank: int, pool: Executor) -> Problem:
        data = self.data_of(bank)
        prior = self.unknowns.prior(form)
        wide = widening(prior, self.held) if self.held is not None and len(self.held) else None
        return Problem(self.unknowns, form, data, active_unknowns(self.unknowns, form, data, pool), wide)

    def _on(self, problem: Problem, bank: int) -> Problem:
        return Problem(problem.unknowns, problem.form, self.data_of(bank), problem.active, problem.widening)

    def _told_apart(self, stated: Problem, pool: Executor) -> Iterator[Form]:
        """Yield the forms of the model, each kind that makes no difference to the data at what is stated."""
        structure = self.unknowns.structure
        first = dict(self.unknowns.stated.chosen)
        values = stated.prior.values(stated.prior.mean[None])[0]
        sd = np.sqrt(np.diag(stated.prior.covariance))

        def likelihoods(form: Form) -> Floats:
            return stated.data.by_piece(self.unknowns.study_at(values, form))

        at, matters = likelihoods(self.unknowns.stated), []
        for kind in structure.kinds:
            for name in list(structure.scenario.structure[kind])[1:]:
                form = next(one for one in structure.forms if dict(one.chosen) == first | {kind: name})
                moved = np.abs(self.unknowns.prior(form).mean - stated.prior.mean) / sd
                if moved.max(initial=0.0) > SAME_PRIOR or not np.array_equal(likelihoods(form), at):
                    matters.append(kind)
                    break
        choices = [structure.scenario.structure[kind] for kind in matters]
        for names in itertools.product(*choices):
            chosen = first | dict(zip(matters, names, strict=True))
            weight = math.prod(one[name].weight for one, name in zip(choices, names, strict=True))
            yield Form(tuple(chosen.items()), weight)

    def _screened(self, stated: Problem, forms: tuple[Form, ...], pool: Executor) -> list[_Screened]:
        """Return the mode of each form and about how likely it is, by the normal distribution that touches there."""
        found: list[_Screened] = []
        starts = self._starts(stated, pool)
        first = max((find_mode(self._on(stated, SMALL_BANK), x, pool) for x in starts), key=lambda one: one.height)
        for number, form in enumerate(forms):
            self.progress("forms of the model", number, len(forms))
            if form.chosen == stated.form.chosen:
                problem, mode = self._on(stated, SMALL_BANK), first
            else:
                problem = self._problem(form, COARSE_BANK, pool)
                mode = find_mode(problem, self._moved(first, stated, problem), pool, 4)
            found.append(_Screened(form, problem, mode))
        self.progress("forms of the model", len(forms), len(forms))
        return found

    def _starts(self, stated: Problem, pool: Executor) -> list[Floats]:
        """Return where to begin: the best of rough searches from several points."""
        rough = self._on(stated, COARSE_BANK)
        points = 0.7 * ndtri(Points(self.asked.seed, rough.dimensions, "starts").first(STARTS - 1))
        modes = [find_mode(rough, x, pool, 8) for x in (np.zeros(rough.dimensions), *points)]
        best = max(modes, key=lambda one: one.height)
        return [best.x]

    def _moved(self, mode: Mode, of: Problem, to: Problem) -> Floats:
        """Return the point of another form's problem that has the same values of the unknowns as a mode, as nearly as
        the other form has them.
        """
        z = to.prior.mean.copy()
        z[of.active] = of.z(mode.x)
        return to.x(z[to.active])

    def _sampled(self, screened: list[_Screened], pool: Executor) -> tuple[list[_Screened], list[Sample], int, float]:
        """Return the forms that are kept with draws from each, the bank's size, and how settled the means are."""
        after = _shares([one.height for one in screened])
        kept = [one for one, share in zip(screened, after, strict=True) if share >= NEGLIGIBLE]
        share_of = dict(zip((one.form for one in screened), after, strict=True))
        heaviest = max(range(len(kept)), key=lambda k: share_of[kept[k].form])
        bank = self.asked.bank
        firsts = [one.proposal for one in kept]
        while True:
            samples: list[Sample] = []
            for one, first in zip(kept, firsts, strict=True):
                share = max(share_of[one.form], LEAST_SHARE)
                wanted, points = self.asked.wanted * share, max(int(POINTS * min(2 * share, 1.0)), 64)
                said = f"draws, {len(samples) + 1} of {len(kept)}" if len(kept) > 1 else "draws"
                samples.append(
                    sample(
                        self._on(one.problem, bank), first, wanted, pool, self.asked.seed,
                        partial(self.progress, said), points=points,
                    )
                )  # fmt: skip
            moved = self._moved_by_doubling(kept[heaviest].problem, samples[heaviest], bank, pool)
            if moved <= SETTLED or 2 * bank > self.asked.largest_bank:
                return kept, samples, bank, moved
            bank *= 2
            firsts = [one.proposal for one in samples]

    def _moved_by_doubling(self, problem: Problem, found: Sample, bank: int, pool: Executor) -> float:
        """Return how far the furthest mean moves, in standard deviations, if the bank is doubled: by what
        changes in the likelihood of some of the draws.
        """
        some = np.unique(resampled(found.weights, 64))
        larger = self._on(problem, 2 * bank).log_likelihoods(found.x[some], pool)
        change = larger - found.log_likelihood[some]
        apart = found.x[some] - found.x[some].mean(axis=0)
        # The first-order change of a mean is its covariance with the change of the log-likelihood.
        shift = apart.T @ (change - change.mean()) / len(some)
        return float(np.abs(shift / np.sqrt(np.diag(found.covariance))).max())

    def _joined(
        self, screened: list[_Screened], kept: list[_Screened], samples: list[Sample], bank: int, moved: float
    ) -> Posterior:
        evidence = {one.form: found.evidence for one, found in zip(kept, samples, strict=True)}
        heights = [math.log(one.form.weight) + evidence[one.form] if one.form in evidence else -math.inf
                   for one in screened]  # fmt: skip
        after = _shares(heights)
        weights = tuple(
            FormWeight(one.form, one.form.weight, share, one.form in evidence)
            for one, share in zip(screened, after, strict=True)
        )
        share_of = {one.form: share for one, share in zip(screened, after, strict=True)}
        all_weights = np.concatenate(
            [found.weights * share_of[one.form] for one, found in zip(kept, samples, strict=True)]
        )
        places = resampled(all_weights, self.asked.draws)
        bounds = np.cumsum([0, *(len(found.x) for found in samples)])
        z, forms = [], []
        for k, (one, found) in enumerate(zip(kept, samples, strict=True)):
            mine = places[(places >= bounds[k]) & (places < bounds[k + 1])] - bounds[k]
            z.append(self._completed(one.problem, found.x[mine], k))
            forms += [one.form] * len(mine)
        effective = 1.0 / float((all_weights**2).sum())
        active = sorted({int(k) for one in kept for k in one.problem.active})
        stated = self.unknowns.prior(self.unknowns.stated)
        order = self._order(len(forms))
        return Posterior(
            self.unknowns, stated, np.concatenate(z)[order], tuple(forms[k] for k in order), weights, tuple(active),
            self._directions(stated), effective, bank, moved, all(found.is_enough for found in samples),
            moved <= SETTLED,
        )  # fmt: skip

    def _of_prior(self, stated: Problem) -> Posterior:
        """Return the prior as posterior: the data say nothing about any unknown."""
        z = self._completed(stated, np.empty((self.asked.draws, 0)), 0)
        form = self.unknowns.stated
        return Posterior(
            self.unknowns, stated.prior, z, (form,) * len(z), (FormWeight(form, 1.0, 1.0, True),), (),
            self._directions(stated.prior), float(len(z)), 0, 0.0, True, True,
        )  # fmt: skip

    def _completed(self, problem: Problem, x: Floats, stream: int) -> Floats:
        """Return all unknowns, (draws, unknowns), at active ones: the others are drawn from their prior given these,
        and so are the differences that the data do not tell.
        """
        prior, active = problem.prior, problem.active
        n, held = len(prior.mean), self._directions(prior)
        rest = np.setdiff1d(np.arange(n), active)
        normals = ndtri(Points(self.asked.seed, len(rest) + len(held), f"rest {stream}").first(len(x)))
        z = np.empty((len(x), n))
        z[:, active] = problem.z(x)
        cov = prior.covariance
        weights = np.linalg.solve(cov[np.ix_(active, active)], cov[np.ix_(active, rest)]).T
        left = cov[np.ix_(rest, rest)] - weights @ cov[np.ix_(active, rest)]
        factor = np.linalg.cholesky(left + 1e-12 * np.eye(len(rest)))
        z[:, rest] = prior.mean[rest] + (z[:, active] - prior.mean[active]) @ weights.T
        z[:, rest] += normals[:, : len(rest)] @ factor.T
        return held_at_prior(prior, held, z, normals[:, len(rest) :])

    def _directions(self, prior: Prior) -> Floats:
        return np.empty((0, len(prior.mean))) if self.held is None else self.held

    def _order(self, n: int) -> NDArray[np.int64]:
        """Return an order in which the first draws are as good as any, whatever form they are of."""
        return np.argsort(Points(self.asked.seed, 1, "order of draws").first(n)[:, 0], kind="stable")


@dataclass(frozen=True)
class _Screened:
    form: Form
    problem: Problem
    mode: Mode

    @property
    def height(self) -> float:
        """The logarithm of prior weight times evidence, by the normal distribution at the mode."""
        d = len(self.mode.x)
        log_det = float(np.linalg.slogdet(self.mode.covariance)[1])
        return math.log(self.form.weight) + self.mode.height + d / 2 * math.log(2 * math.pi) + log_det / 2

    @property
    def proposal(self) -> Proposal:
        """Where to draw first: the data taken to tell half of what they seem to, as too narrow is worse than wide."""
        told, nothing = np.linalg.inv(self.mode.covariance), np.eye(len(self.mode.x))
        return Proposal(self.mode.x, np.asarray(WIDER * np.linalg.inv((told - nothing) / 2 + nothing)))


def _shares(heights: list[float]) -> list[float]:
    most = max(heights)
    weights = [math.exp(one - most) for one in heights]
    return [one / sum(weights) for one in weights]
