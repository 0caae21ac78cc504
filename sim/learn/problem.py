"""What is to be learnt in one form of the model: the prior and the likelihood together, on scales of standard
deviations of the prior, over the unknowns that the data say anything about."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.learn.prior import Prior, Unknowns
from sim.scenario.structure import Form
from sim.study.prepare import Study

Floats = NDArray[np.float64]


class Data(Protocol):
    """Something observed: independent pieces (patients, trials), each with a likelihood under a study."""

    def by_piece(self, study: Study) -> Floats:
        """Return the logarithm of the likelihood of each piece, (pieces,)."""
        ...


@dataclass(frozen=True)
class Problem:
    """A form of the model with the data that it is held against.

    `active`: the places among the unknowns of those that the data say anything about; a point `x` has a coordinate for
    each of them, independent standard normal under the prior. `widening`: covariance added to the prior of all
    unknowns, (unknowns, unknowns), for directions that the data may move freely and that are set back to the prior
    afterwards.
    """

    unknowns: Unknowns
    form: Form
    data: Data
    active: NDArray[np.int64]
    widening: Floats | None = field(default=None)

    @cached_property
    def prior(self) -> Prior:
        """The prior of all unknowns in this form."""
        return self.unknowns.prior(self.form)

    @cached_property
    def _factor(self) -> Floats:
        covariance = self.prior.covariance + (0.0 if self.widening is None else self.widening)
        return np.asarray(np.linalg.cholesky(covariance[np.ix_(self.active, self.active)]))

    @property
    def dimensions(self) -> int:
        """How many unknowns the data say anything about."""
        return len(self.active)

    def z(self, x: Floats) -> Floats:
        """Return the active unknowns on their scales, (points, active), at points, (points, active)."""
        return np.asarray(self.prior.mean[self.active] + x @ self._factor.T)

    def x(self, z: Floats) -> Floats:
        """Return the point at which the active unknowns have values on their scales, (active,)."""
        return np.asarray(np.linalg.solve(self._factor, z - self.prior.mean[self.active]))

    def by_piece(self, x: Floats) -> Floats:
        """Return the logarithm of the likelihood of each piece of the data at a point, (pieces,)."""
        z = self.prior.mean.copy()
        z[self.active] = self.z(x)
        return self.data.by_piece(self.unknowns.study_at(self.prior.values(z[None])[0], self.form))

    def log_prior(self, x: Floats) -> Floats:
        """Return the logarithm of the prior density at points, (points, active) to (points,)."""
        return np.asarray(-0.5 * (x**2).sum(axis=-1) - 0.5 * self.dimensions * math.log(2 * math.pi))

    def log_likelihoods(self, points: Sequence[Floats] | Floats, pool: Executor) -> Floats:
        """Return the logarithm of the likelihood of all data at points, (points,)."""
        return np.array([pieces.sum() for pieces in self.pieces(points, pool)])

    def pieces(self, points: Iterable[Floats], pool: Executor) -> list[Floats]:
        """Return the likelihoods of the pieces at several points, side by side."""
        return list(pool.map(self.by_piece, points))


def active_unknowns(unknowns: Unknowns, form: Form, data: Data, pool: Executor) -> NDArray[np.int64]:
    """Return the places of the unknowns of which the likelihood depends on the data at all."""
    prior = unknowns.prior(form)
    sd = np.sqrt(np.diag(prior.covariance))
    points = [prior.mean, *(prior.mean + sd * step for step in np.eye(len(sd)))]

    def at(z: Floats) -> Floats:
        return data.by_piece(unknowns.study_at(prior.values(z[None])[0], form))

    middle, *moved = pool.map(at, points)
    return np.array([k for k, one in enumerate(moved) if not np.array_equal(one, middle)], dtype=np.int64)
