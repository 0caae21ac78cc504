"""What is to be learnt: the prior and the likelihood together, over the unknowns that the data say anything about and
the forms that the model may have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.learn.prior import Prior, Unknowns
from sim.scenario.structure import Form
from sim.study.prepare import Study

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


NEAR_END = 1e-12
"""Chances nearer to 0 and 1 than this are taken for this."""
LEAST_TOLD, LEAST_SHIFT = 0.02, 0.1
"""What the data must tell of an unknown to be looked at: 2 % of what the prior does, or a shift of 0.1 of its standard
deviations."""


class Data(Protocol):
    """Something observed: independent pieces (patients, trials), each with a likelihood under a study."""

    def by_piece(self, study: Study) -> Floats:
        """Return the logarithm of the likelihood of each piece, (pieces,)."""
        ...


@dataclass(frozen=True)
class Problem:
    """Unknowns and forms of the model with the data that they are held against.

    `forms`, the first of which is the one that is stated; `active`: the places among the unknowns of those that the
    data say anything about. A point `x` has a coordinate for each of these, independent and standard normal under the
    prior of the form that is stated. `widening`: covariance added to the prior of all unknowns, (unknowns, unknowns),
    for directions that the data may move freely and that are set back to the prior afterwards.
    """

    unknowns: Unknowns
    forms: tuple[Form, ...]
    data: Data
    active: Whole
    widening: Floats | None = None

    @property
    def dimensions(self) -> int:
        """How many unknowns the data say anything about."""
        return len(self.active)

    @property
    def prior(self) -> Prior:
        """The prior of all unknowns in the form that is stated."""
        return self.priors[0]

    @cached_property
    def priors(self) -> tuple[Prior, ...]:
        """The prior of all unknowns in each form."""
        return tuple(self.unknowns.prior(form) for form in self.forms)

    @cached_property
    def weights(self) -> Floats:
        """How likely each form is before the data, (forms,)."""
        return np.array([form.weight for form in self.forms])

    @cached_property
    def _factors(self) -> tuple[Floats, ...]:
        """The lower Cholesky factor of the active unknowns' covariance in each form."""
        wide = 0.0 if self.widening is None else self.widening
        at = np.ix_(self.active, self.active)
        return tuple(np.asarray(np.linalg.cholesky((prior.covariance + wide)[at])) for prior in self.priors)

    def z(self, x: Floats) -> Floats:
        """Return the active unknowns on their scales, (points, active), at points, (points, active)."""
        return np.asarray(self.prior.mean[self.active] + x @ self._factors[0].T)

    def of_cube(self, cube: Floats) -> tuple[Floats, int]:
        """Return a point, (active,), and its form at a point of the unit cube, (active + 1,), such that an even spread
        over the cube is the prior: a coordinate for each active unknown, and one for the form.
        """
        reached = np.cumsum(self.weights) / self.weights.sum()
        form = min(int(np.searchsorted(reached, cube[-1], side="right")), len(self.forms) - 1)
        normals = ndtri(np.clip(cube[:-1], NEAR_END, 1 - NEAR_END))
        z = self.priors[form].mean[self.active] + self._factors[form] @ normals
        return np.linalg.solve(self._factors[0], z - self.prior.mean[self.active]), form

    def by_piece(self, x: Floats, form: int = 0) -> Floats:
        """Return the logarithm of the likelihood of each piece of the data at a point of a form, (pieces,)."""
        return self.data.by_piece(self.study_at(x, form))

    def study_at(self, x: Floats, form: int = 0) -> Study:
        """Return the study at a point of a form; unknowns that are not active are in their middle."""
        z = self.priors[form].mean.copy()
        z[self.active] = self.z(x)
        return self.unknowns.study_at(self.prior.values(z[None])[0], self.forms[form])

    def log_prior(self, x: Floats, forms: Whole) -> Floats:
        """Return the logarithm of the prior density of points, (points, active), in forms, (points,), with the weight
        of the form, up to the same constant for all.
        """
        found = np.empty(len(x))
        here = self.z(x)
        scale = float(np.log(np.diag(self._factors[0])).sum())
        for form in np.unique(forms):
            mine, factor = forms == form, self._factors[form]
            white = np.linalg.solve(factor, (here[mine] - self.priors[form].mean[self.active]).T)
            change = scale - float(np.log(np.diag(factor)).sum())
            found[mine] = -0.5 * (white**2).sum(axis=0) + change + math.log(self.weights[form])
        return np.asarray(found - 0.5 * self.dimensions * math.log(2 * math.pi))

    def pieces(self, points: Sequence[Floats] | Floats, pool: Executor, forms: Whole | None = None) -> list[Floats]:
        """Return the likelihoods of the pieces at several points, side by side."""
        of = np.zeros(len(points), np.int64) if forms is None else forms
        return list(pool.map(self.by_piece, points, of.tolist()))

    def over(self, data: Data) -> Problem:
        """Return the same problem with other data, as the same records over another bank."""
        return Problem(self.unknowns, self.forms, data, self.active, self.widening)


def active_unknowns(unknowns: Unknowns, form: Form, data: Data, pool: Executor) -> Whole:
    """Return the places of the unknowns that the data could say anything of: those whose step by one standard deviation
    of the prior changes the likelihood by more than next to nothing. The others keep their prior.
    """
    prior = unknowns.prior(form)
    sd = np.sqrt(np.diag(prior.covariance))
    points = [prior.mean, *(prior.mean + sd * step for step in np.eye(len(sd)))]

    def at(z: Floats) -> Floats:
        return data.by_piece(unknowns.study_at(prior.values(z[None])[0], form))

    middle, *moved = pool.map(at, points)
    changes = [one - middle for one in moved]
    matters = [float((one**2).sum()) > LEAST_TOLD or abs(float(one.sum())) > LEAST_SHIFT for one in changes]
    return np.flatnonzero(matters)
