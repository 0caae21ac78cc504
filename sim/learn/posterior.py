"""From data to a posterior: every form of the model that the data can tell apart, its mode, its draws, its weight."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.learn.between_therapies import held_at_prior, widening
from sim.learn.chains import chain_draws
from sim.learn.importance import MOST_ROUNDS, Proposal, Sample, beyond_chance, resampled, sample, truncated
from sim.learn.mode import find_mode
from sim.learn.prior import Prior, Unknowns
from sim.learn.problem import Data, Problem, active_unknowns
from sim.scenario.structure import Form
from sim.study.at_work import Threads
from sim.study.checkpoint import NOTHING_SAVED, Saved
from sim.study.inputs import Points
from sim.study.prepare import Study

Floats = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

BANK, LARGEST_BANK = 4096, 8192
COARSE_BANK = 256
"""The bank on which it is found where to begin."""
NEAR = 8
"""Draws at which it is looked at who of the bank is likely."""
COARSER = 4
"""A bank so many times smaller is enough, at half the draws, for the first look at where the posterior lies."""
WANTED = 256.0
"""Independent draws that the posterior shall be worth."""
ADAPTED, FIRST_ROUNDS = 0.25, 8
"""Part of them that is enough, and the rounds that are enough, for the first look at where the posterior lies."""
LEAST = 0.4
"""Part of them that must be left when draws are weighed anew over a larger bank."""
WEIGHED_ANEW = 1024
"""Draws, taken as often as they weigh, that are weighed anew over a larger bank."""
AT_ONCE = 64
DRAWS = 1024
SETTLED = 0.1
"""By how much, in standard deviations, a mean may change when the bank is doubled."""
STARTS = 2
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
    """A form of the model with its weight before and after the data."""

    form: Form
    before: float
    after: float


@dataclass(frozen=True)
class Posterior:
    """Joint draws of the unknowns given the data.

    `z` (draws, unknowns) on the scales of the prior, `forms` by draw; `active`: places of the unknowns that the data
    say anything about; `effective`: independent draws that they are worth; `bank`: size of the bank in the end, and
    `moved`: by how much the means moved when it was doubled last, in standard deviations; `is_enough` and `is_settled`:
    whether both are as they should be.
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


class Source(Protocol):
    """Where data come from: over a whole bank of patients, or over those who are likely under some studies."""

    def over(self, bank: int) -> Data:
        """Return the data over a whole bank."""
        ...

    def near(self, bank: int, studies: Sequence[Study], seed: int, pool: Executor) -> Data:
        """Return the data over those of a bank who are likely under some of several studies."""
        ...


@dataclass
class Estimator:
    """How a posterior is found: `source` gives the data, `held` the differences that they do not tell, (directions,
    unknowns); `kept` has what an earlier attempt had finished.
    """

    unknowns: Unknowns
    source: Source
    asked: Asked = field(default_factory=Asked)
    held: Floats | None = None
    progress: Progress = lambda part, done, total: None
    kept: Saved = NOTHING_SAVED

    def run(self) -> Posterior:
        """Return the posterior; the same for the same data, whatever the number of workers."""
        with Threads(self.asked.workers) as pool:
            rough = self._problem(pool)
            if not rough.dimensions:
                return self._of_prior()
            proposal = self._first(rough, pool)
            bank, wanted = self.asked.bank, self.asked.wanted
            near = cache(partial(self._near, rough, proposal, bank // COARSER, pool))
            found = self._sample(rough, near, proposal, ADAPTED * wanted, "first draws", pool, FIRST_ROUNDS)
            near = cache(partial(self._near, rough, found.proposal, bank, pool, found))
            if found.is_enough:
                found = self._sample(rough, near, found.proposal, wanted, "draws", pool)
            if not found.is_enough:
                return self._by_chains(rough, near, found, bank, pool)
            moved = math.inf
            while moved > SETTLED and 2 * bank <= self.asked.largest_bank:
                bank *= 2
                larger = self._near(rough, found.proposal, bank, pool, found)
                found, moved = self._refined(larger, found, pool)
            return self._joined(rough, found, bank, moved)

    def _near(
        self, rough: Problem, proposal: Proposal, bank: int, pool: Executor, found: Sample | None = None
    ) -> Problem:
        """Return the problem over those of a bank who are likely at some draws, or at some points of a proposal."""
        self.progress("looking for people like the patients", 0, 0)
        if found is None:
            points = Points(self.asked.seed, rough.dimensions + 2, "who is likely").first(NEAR)
            x, forms = proposal.at(points)
        else:
            places = resampled(found.weights, NEAR)
            x, forms = found.x[places], found.forms[places]
        studies = [rough.study_at(one, int(form)) for one, form in zip(x, forms, strict=True)]
        return rough.over(self.source.near(bank, studies, self.asked.seed + bank, pool))

    def _problem(self, pool: Executor) -> Problem:
        """Return the problem over the coarsest bank, with the forms that the data can tell apart."""
        data, stated = self.source.over(COARSE_BANK), self.unknowns.stated
        self.progress("what the data depend on", 0, 0)
        wide = None if self.held is None or not len(self.held) else widening(self.unknowns.prior(stated), self.held)
        active = active_unknowns(self.unknowns, stated, data, pool)
        return Problem(self.unknowns, tuple(self._told_apart(data)), data, active, wide)

    def _told_apart(self, data: Data) -> Iterator[Form]:
        """Yield the forms of the model, the stated one first; each kind that makes no difference to the data stays at
        what is stated.
        """
        structure, stated = self.unknowns.structure, self.unknowns.stated
        first, prior = dict(stated.chosen), self.unknowns.prior(stated)
        values, sd = prior.values(prior.mean[None])[0], np.sqrt(np.diag(prior.covariance))
        at = data.by_piece(self.unknowns.study_at(values, stated))
        matters: list[str] = []
        for kind in structure.kinds:
            for name in list(structure.scenario.structure[kind])[1:]:
                form = next(one for one in structure.forms if dict(one.chosen) == first | {kind: name})
                moved = np.abs(self.unknowns.prior(form).mean - prior.mean) / sd
                again = data.by_piece(self.unknowns.study_at(values, form))
                if moved.max(initial=0.0) > SAME_PRIOR or not np.array_equal(again, at):
                    matters.append(kind)
                    break
        choices = [structure.scenario.structure[kind] for kind in matters]
        for names in itertools.product(*choices):
            chosen = first | dict(zip(matters, names, strict=True))
            weight = math.prod(one[name].weight for one, name in zip(choices, names, strict=True))
            yield Form(tuple(chosen.items()), weight)

    def _first(self, rough: Problem, pool: Executor) -> Proposal:
        """Return where to draw first, about the best of the modes that are reached from several points."""
        known = self.kept.load("most-likely")
        if known is None:
            others = 0.7 * ndtri(Points(self.asked.seed, rough.dimensions, "starts").first(STARTS - 1))
            modes = []
            for number, x in enumerate((np.zeros(rough.dimensions), *others)):
                self.progress("the most likely values", number, STARTS)
                modes.append(find_mode(rough, x, pool))
            best = max(modes, key=lambda one: one.height)
            known = {"x": best.x, "information": best.information}
            self.kept.save("most-likely", lambda: known)
        scale = np.linalg.inv(known["information"] + np.eye(rough.dimensions))
        centres = np.tile(known["x"], (len(rough.forms), 1))
        return Proposal(centres, np.asarray(scale), rough.weights / rough.weights.sum())

    def _sample(
        self, rough: Problem, near: Callable[[], Problem], first: Proposal, wanted: float, said: str, pool: Executor,
        rounds: int = MOST_ROUNDS,
    ) -> Sample:  # fmt: skip
        known, keep = self._kept(said.replace(" ", "-"))
        return sample(
            rough, near, first, wanted, pool, self.asked.seed, partial(self.progress, said), rounds, known, keep
        )

    def _kept(self, part: str) -> tuple[Floats | None, Callable[[Floats], None]]:
        """Return the likelihoods that an earlier attempt has left of a part, and what keeps those of this one."""
        known = self.kept.load(part)

        def keep(log_likelihood: Floats) -> None:
            self.kept.save(part, lambda: {"log_likelihood": log_likelihood})

        return None if known is None else known["log_likelihood"], keep

    def _by_chains(
        self, rough: Problem, near: Callable[[], Problem], found: Sample, bank: int, pool: Executor
    ) -> Posterior:
        """Return draws by chains, half of which are over other people of a bank twice as large, if it may be."""
        over = [near]
        if 2 * bank <= self.asked.largest_bank:
            bank *= 2
            over.append(cache(partial(self._near, rough, found.proposal, bank, pool, found)))
        known, keep = self._kept("chains")
        drawn, apart = chain_draws(
            rough, over, found, self.asked.wanted, pool, self.asked.seed, partial(self.progress, "chains of draws"),
            known, keep,
        )  # fmt: skip
        return self._joined(rough, drawn, bank, apart if len(over) > 1 else math.inf)

    def _refined(self, larger: Problem, found: Sample, pool: Executor) -> tuple[Sample, float]:
        """Return draws weighed anew by the mean of the likelihoods over their people and over others of larger banks,
        and how far the furthest mean moves over the others alone beyond what chance explains, in standard deviations.

        A bank's error differs from draw to draw almost as if it were drawn anew, so it costs draws rather than moves
        means (importance sampling squared; Tran, Scharth, Pitt and Kohn 2013, arXiv:1309.3339), and the mean of two has
        half of it.
        """
        kept, often = np.unique(resampled(found.weights, WEIGHED_ANEW), return_counts=True)
        x, forms, before = found.x[kept], found.forms[kept], often / often.sum()
        likely = np.empty(len(kept))
        for start in range(0, len(kept), AT_ONCE):
            self.progress("over other people", start, len(kept))
            some = slice(start, start + AT_ONCE)
            likely[some] = [pieces.sum() for pieces in larger.pieces(x[some], pool, forms[some])]
        known = found.log_likelihood[kept]
        spread = np.sqrt(np.maximum(before @ x**2 - (before @ x) ** 2, 1e-12))
        gained, apart = _weighed_anew(before, likely - known) - before, (x - before @ x) / spread
        moved = beyond_chance((gained @ apart) ** 2, gained**2 @ apart**2)
        both = np.logaddexp(known, likely) - math.log(2)
        weights = _weighed_anew(before, both - known)
        effective = 1.0 / float((weights**2).sum())
        again = Sample(x, forms, weights, both, effective, effective >= LEAST * self.asked.wanted, found.proposal)
        return again, moved

    def _joined(self, problem: Problem, found: Sample, bank: int, moved: float) -> Posterior:
        after = found.of_forms(len(problem.forms))
        weights = tuple(
            FormWeight(form, form.weight, float(share)) for form, share in zip(problem.forms, after, strict=True)
        )
        places = resampled(found.weights, self.asked.draws)
        z = np.empty((len(places), len(problem.prior.mean)))
        forms = found.forms[places]
        for form in np.unique(forms):
            mine = forms == form
            z[mine] = self._completed(problem, int(form), found.x[places[mine]])
        order = np.argsort(Points(self.asked.seed, 1, "order of draws").first(len(z))[:, 0], kind="stable")
        return Posterior(
            self.unknowns, problem.prior, z[order], tuple(problem.forms[forms[k]] for k in order), weights,
            tuple(int(k) for k in problem.active), self._directions(problem.prior), found.effective, bank, moved,
            found.is_enough, moved <= SETTLED,
        )  # fmt: skip

    def _of_prior(self) -> Posterior:
        """Return the prior as posterior: the data say nothing about any unknown."""
        form, prior = self.unknowns.stated, self.unknowns.prior(self.unknowns.stated)
        normals = ndtri(Points(self.asked.seed, len(prior.mean), "rest 0").first(self.asked.draws))
        z = prior.mean + normals @ prior.factor.T
        return Posterior(
            self.unknowns, prior, z, (form,) * len(z), (FormWeight(form, 1.0, 1.0),), (), self._directions(prior),
            float(len(z)), 0, 0.0, True, True,
        )  # fmt: skip

    def _completed(self, problem: Problem, form: int, x: Floats) -> Floats:
        """Return all unknowns, (draws, unknowns), at active ones: the others are drawn from their prior given these,
        and so are the differences that the data do not tell.
        """
        prior, active = problem.priors[form], problem.active
        n, held = len(prior.mean), self._directions(prior)
        rest = np.setdiff1d(np.arange(n), active)
        normals = ndtri(Points(self.asked.seed, len(rest) + len(held), f"rest {form}").first(len(x)))
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


def _weighed_anew(before: Floats, change: Floats) -> Floats:
    """Return weights by a likelihood whose logarithm differs by so much from that of the weights before."""
    return truncated(before * np.exp(change - change.max()))
