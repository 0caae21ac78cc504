"""The expected value of knowing one uncertain input, or all of them, before choosing (EVPPI), by regression."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.decision.value.acceptability import Curves
from sim.decision.value.psa import Floats, Psa
from sim.decision.value.smooth import Fit, fit, spline_basis
from sim.luck.streams import stream

LEAST_DRAWS = 100
"""Draws below which no regression is made."""
ALL_INPUTS = "all inputs together"
_RESAMPLES = 200
MANY_DRAWS = 20_000
"""Draws above which regressions are made at fewer values of willingness to pay."""
_POINTS = 1000
_LEAST_SHARE = 0.01
"""A stretch of a parameter with less than this share of the draws is no reason to switch."""


@dataclass(frozen=True)
class Switch:
    """A value of a parameter at which the best choice changes: the strategies preferred below and above it."""

    value: float
    below: str
    above: str


@dataclass(frozen=True)
class Partial:
    """What knowing some inputs is worth at each willingness to pay, per patient, in the currency.

    `value`, `error` (standard error) and `bias` (estimated upward bias) are (values,); `other` is the share of draws
    in which another strategy would be chosen; `switches` are at the willingness to pay of interest, for one parameter.
    """

    name: str
    parameters: tuple[str, ...]
    value: Floats
    error: Floats
    bias: Floats
    other: Floats
    switches: tuple[Switch, ...] = ()


def partial_values(
    psa: Psa, curves: Curves, interest: int, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[Partial, ...]:
    """Return the EVPPI of every parameter, and of all together if there are several, at the curves' `wtp`.

    `interest` is the place in `wtp` at which switches are looked for. Empty if there are no parameters, or fewer than
    `LEAST_DRAWS` draws. A parameter that does not vary is worth 0. `progress` is called with the parameters done and
    all.
    """
    if psa.draws < LEAST_DRAWS:
        return ()
    groups: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in psa.parameters]
    if len(groups) > 1:
        groups.append((ALL_INPUTS, tuple(psa.parameters)))
    found: list[Partial] = []
    for name, members in groups:
        progress(len(found), len(groups))
        found.append(partial_value(psa, curves, name, members, interest))
    return tuple(found)


def partial_value(psa: Psa, curves: Curves, name: str, members: Sequence[str], interest: int) -> Partial:
    """Return what knowing the parameters in `members` together is worth.

    Strong, Oakley and Brennan 2014, doi:10.1177/0272989X13505910: with g_d the regression of strategy d's net benefit,
    less that of the optimal strategy, on the parameters, EVPPI = mean max_d g_d - max_d mean g_d over the draws. The
    squared standard error is the variance of that over resampled fits (normal, with the errors of the coefficients)
    plus the variance of max_d g_d over the draws, divided by their number. The bias is the mean over resampled fits
    less the EVPPI.
    """
    varying = [psa.parameters[member] for member in members if _varies(psa.parameters[member])]
    size = len(curves.wtp)
    value, error, bias, other = (np.zeros(size) for _ in range(4))
    if not varying or len(psa.strategies) < 2:
        return Partial(name, tuple(members), value, error, bias, other)
    basis = spline_basis(varying)
    order = np.lexsort(varying[::-1])
    points = order[np.unique(np.linspace(0, psa.draws - 1, _POINTS).astype(np.int64))]
    shape = (1 + basis.terms, _RESAMPLES, len(psa.strategies) - 1)
    normals = stream(0, 0, 0, "refits of a regression").standard_normal(shape)
    switches: tuple[Switch, ...] = ()
    for k, price in enumerate(curves.wtp):
        optimal = int(curves.optimal[k])
        others = [d for d in range(len(psa.strategies)) if d != optimal]
        net = psa.net_benefit(float(price))
        responses = net[:, others] - net[:, [optimal]]
        found = fit(basis, responses)
        mean = responses.mean(axis=0)
        ahead = basis.columns @ found.coefficients + mean
        best = np.maximum(ahead.max(axis=1), 0.0)
        base = max(float(mean.max()), 0.0)
        value[k] = max(float(best.mean()) - base, 0.0)
        again = _refitted(basis.columns[points], found, mean, normals)
        at_points = float(best[points].mean()) - base
        error[k] = math.sqrt(float(again.var()) + float(best.var(ddof=1)) / psa.draws)
        bias[k] = float(again.mean()) - at_points
        choice = np.where(ahead.max(axis=1) > 0, np.argmax(ahead, axis=1), -1)
        other[k] = float((choice >= 0).mean())
        if k == interest and len(members) == 1 and members[0] not in psa.kinds:  # alternatives have no order
            named = np.array([*(psa.strategies[d] for d in others), psa.strategies[optimal]])
            switches = _switches(varying[0][order], choice[order], named)
    return Partial(name, tuple(members), value, error, bias, other, switches)


def _refitted(columns: Floats, found: Fit, mean: Floats, normals: Floats) -> Floats:
    """Return the EVPPI of resampled fits, (resamples,).

    `columns` is (points, terms), `mean` (strategies,), `normals` (1 + terms, resamples, strategies), the first for the
    mean.
    """
    noise = normals @ found.covariance_root.T
    means = mean + noise[0] * found.mean_error
    coefficients = found.coefficients[:, None, :] + noise[1:] * found.error[:, None, :]
    best = np.zeros((len(columns), normals.shape[1]))
    for d in range(len(mean)):
        np.maximum(best, columns @ coefficients[:, :, d] + means[:, d], out=best)
    return np.asarray(best.mean(axis=0) - np.maximum(means.max(axis=1), 0.0))


def _varies(values: Floats) -> bool:
    return bool(np.ptp(values) > 1e-12 * np.abs(values).max())


def _switches(values: Floats, choice: NDArray[np.int64], named: NDArray[np.str_]) -> tuple[Switch, ...]:
    """Return where the choice changes along a sorted parameter, leaving out stretches with hardly any draws."""
    edges = [0, *(np.flatnonzero(np.diff(choice)) + 1).tolist(), len(choice)]
    least = _LEAST_SHARE * len(choice)
    runs = [(a, int(choice[a])) for a, b in pairwise(edges) if b - a >= least]
    found = []
    for (_, below), (start, above) in pairwise(runs):
        if below != above:
            value = (float(values[start - 1]) + float(values[start])) / 2
            found.append(Switch(value, str(named[below]), str(named[above])))
    return tuple(found)


def thinned(curves: Curves, interest: int, draws: int) -> tuple[Curves, int]:
    """Return the curves at about 25 values of willingness to pay (5 for many draws), the one of interest among them."""
    most = 25 if draws <= MANY_DRAWS else 5
    step = max(math.ceil(len(curves.wtp) / most), 1)
    places = sorted({*range(0, len(curves.wtp), step), interest, len(curves.wtp) - 1})
    kept = Curves(*(getattr(curves, name)[places] for name in Curves.__dataclass_fields__))
    return kept, places.index(interest)
