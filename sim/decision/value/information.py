"""The expected value of knowing some uncertain inputs before choosing (EVPPI), by regression."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.decision.value.acceptability import Curves
from sim.decision.value.bounds import within_bounds
from sim.decision.value.neighbours import Neighbourhood
from sim.decision.value.partial import Partial, Switch, Trace
from sim.decision.value.products import Product, missed_products
from sim.decision.value.psa import Floats, Psa
from sim.decision.value.smooth import DRAWS_PER_TERM, Basis, Fit, fit, spline_basis
from sim.decision.value.subjects import Kind, Subject, subjects_of

LEAST_DRAWS = 100
"""Draws below which no regression is made."""
MANY_DRAWS = 20_000
"""Draws above which regressions are made at fewer values of willingness to pay."""
ODD = 3.5
"""Standard errors from which residuals of neighbours are alike by more than chance."""
_POINTS = 61
"""Places along a parameter at which net benefits are kept."""
_LEAST_SHARE = 0.01
"""A stretch of a parameter with less than this share of the draws is no reason to switch."""
_EXACT = 1e-6
"""Share of the spread of a response below which its residuals are rounding."""
_MOST_MISFIT = 0.1
"""Share of the EVPI by which a second estimator may find more before no value is given."""


def partial_values(
    psa: Psa,
    curves: Curves,
    interest: int,
    subjects: Sequence[Subject] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Partial, ...]:
    """Return the EVPPI of every subject, single inputs and all together unless given, at the curves' `wtp`.

    `interest` is the place in `wtp` at which switches are looked for. Empty if there are no parameters, or fewer than
    `LEAST_DRAWS` draws. A parameter that does not vary is worth 0. Parts are worth no more than the whole, and that no
    more than the EVPI. `progress` is called with the subjects done and all.
    """
    if psa.draws < LEAST_DRAWS:
        return ()
    chosen = subjects_of(psa.parameters, psa.kinds) if subjects is None else subjects
    whole = _whole(psa, curves, interest)
    left = [] if whole is None else _left_by_all(psa, curves, whole[0])
    found: list[Partial] = []
    for one in chosen:
        progress(len(found), len(chosen))
        found.append(_partial_value(psa, curves, one, interest, left, whole if one.kind is Kind.ALL else None))
    return within_bounds(found, curves.evpi)


def _whole(psa: Psa, curves: Curves, interest: int) -> tuple[Basis, tuple[Product, ...]] | None:
    """Return the basis of all inputs that vary with its products; None if there is nothing to choose or to know."""
    varying = [values for values in psa.parameters.values() if _varies(values)]
    if not varying or len(psa.strategies) < 2:
        return None
    return _basis(psa, varying, int(curves.optimal[interest]))


def _left_by_all(psa: Psa, curves: Curves, basis: Basis) -> list[Floats]:
    """Return at each willingness to pay what a regression on all inputs leaves of the differences in net benefit.

    What one input leaves holds all that the others do; where draws are spread evenly, those that are alike in one input
    may be alike in others too, and neighbours would seem to tell something. Of what all inputs leave they do not.
    """
    responses = [_ahead(psa, float(price), int(curves.optimal[k])) for k, price in enumerate(curves.wtp)]
    return [_left(one, fit(basis, one).fitted) for one in responses]


def _ahead(psa: Psa, price: float, optimal: int) -> Floats:
    """Return how far the other strategies are ahead of one in net benefit, (draws, strategies - 1)."""
    net = psa.net_benefit(price)
    return np.asarray(np.delete(net, optimal, axis=1) - net[:, [optimal]])


def _partial_value(
    psa: Psa, curves: Curves, subject: Subject, interest: int, left: Sequence[Floats],
    made: tuple[Basis, tuple[Product, ...]] | None = None,
) -> Partial:  # fmt: skip
    """Return what knowing the parameters of a subject together is worth, as it was estimated.

    `left` is what all inputs leave unexplained, by willingness to pay; `made` the basis of the subject, if it is made.

    Strong, Oakley and Brennan 2014, doi:10.1177/0272989X13505910: with g_d the regression of strategy d's net benefit,
    less that of the optimal strategy, on the parameters, EVPPI = mean max_d g_d - max_d mean g_d over the draws. This
    is too high, as the best of noisy numbers is, by about what noise of the fit's own errors adds to it again; that is
    taken off. Its squared standard error is the variance over the draws of what each adds to it, through the fit too,
    divided by their number, plus the square of what was taken off, plus that of the misfit. An input whose fit of all
    other draws would gain nothing by choosing has no score.
    """
    varying = [psa.parameters[member] for member in subject.members if _varies(psa.parameters[member])]
    size = len(curves.wtp)
    value, error, bias, other, score, explained, misfit = (np.zeros(size) for _ in range(7))
    if not varying or len(psa.strategies) < 2:
        return Partial(subject, value, error, bias, other, score, explained, misfit)
    basis, products = made or _basis(psa, varying, int(curves.optimal[interest]))
    near = Neighbourhood(varying)
    switches: tuple[Switch, ...] = ()
    trace: Trace | None = None
    for k, price in enumerate(curves.wtp):
        optimal = int(curves.optimal[k])
        others = [d for d in range(len(psa.strategies)) if d != optimal]
        responses = _ahead(psa, float(price), optimal)
        found = fit(basis, responses)
        plain, gained = _gains(found.fitted, found.left_out, responses)
        value[k], chance_error, noise = _unbiased(plain, found, responses)
        bias[k] = plain - value[k]
        score[k] = value[k] / chance_error if chance_error > 0 and gained.mean() > 0 else 0.0
        error[k] = math.hypot(chance_error, noise)
        spread = responses.var(axis=0)
        explained[k] = float(found.explained @ spread / spread.sum()) if spread.sum() > 0 else 0.0
        misfit[k] = _misfit(near, responses, found, left[k]) or _shortfall(found.fitted, gained)
        value[k], error[k] = _told(float(value[k]), float(error[k]), float(misfit[k]), float(curves.evpi[k]))
        ahead = found.fitted.max(axis=1)
        choice = np.where(ahead > 0, np.argmax(found.fitted, axis=1), -1)
        other[k] = float((choice >= 0).mean())
        if k == interest and subject.kind is Kind.INPUT and subject.name not in psa.kinds:  # they have no order
            order = np.argsort(varying[0], kind="stable")
            named = np.array([*(psa.strategies[d] for d in others), psa.strategies[optimal]])
            switches = _switches(varying[0][order], choice[order], named)
            trace = _trace(varying[0], order, found, optimal)
    names = [member for member in subject.members if _varies(psa.parameters[member])]
    called = tuple(tuple(names[i] for i in one.places) for one in products)
    return Partial(subject, value, error, bias, other, score, explained, misfit, called, switches, trace)


def regressed(psa: Psa, price: float, result: Floats) -> tuple[float, float]:
    """Return what choosing by a result, (draws,), is worth at a willingness to pay, and its standard error.

    Estimated as an EVPPI is; a result that never differs is worth 0.
    """
    if not _varies(result) or len(psa.strategies) < 2:
        return 0.0, 0.0
    responses = _ahead(psa, price, int(psa.net_benefit(price).mean(axis=0).argmax()))
    found = fit(spline_basis([result]), responses)
    plain, _ = _gains(found.fitted, found.left_out, responses)
    value, chance_error, noise = _unbiased(plain, found, responses)
    return value, math.hypot(chance_error, noise)


def _unbiased(plain: float, found: Fit, responses: Floats) -> tuple[float, float, float]:
    """Return what a fit says less what its noise adds, the standard error over the draws, and what was taken off."""
    noise = _noise(found.fitted, found.error)
    return max(plain - noise, 0.0), _chance_error(found, responses), noise


def explain_nothing(psa: Psa) -> bool:
    """Return whether all parameters together explain nothing of any strategy's cost or effect that varies.

    Where that is so, the rows of two tables may not belong together. Always False without parameters that vary.
    """
    varying = [values for values in psa.parameters.values() if _varies(values)]
    columns = [values for of in (psa.cost, psa.effect) for values in of.T if _varies(values)]
    if not varying or not columns or psa.draws < LEAST_DRAWS:
        return False
    told = np.stack([(values - values.mean()) / values.std() for values in columns], axis=1)
    basis, _ = _with_products(varying, told)
    if (fit(basis, told).score > ODD).any():
        return False
    near = Neighbourhood(varying)
    _, alike = near.told(told[near.places])
    return not (alike > ODD).any()


def _basis(psa: Psa, varying: Sequence[Floats], optimal: int) -> tuple[Basis, tuple[Product, ...]]:
    """Return the basis for differences with the optimal strategy, with the products that their residuals ask for."""
    others = [d for d in range(len(psa.strategies)) if d != optimal]
    return _with_products(
        varying, np.concatenate([of[:, others] - of[:, [optimal]] for of in (psa.gain, psa.cost)], axis=1)
    )


def _with_products(varying: Sequence[Floats], responses: Floats) -> tuple[Basis, tuple[Product, ...]]:
    """Return the basis of inputs with the products that the residuals of responses (draws, responses) ask for."""
    basis = spline_basis(varying)
    if len(varying) < 2:
        return basis, ()
    most = max(len(responses) // DRAWS_PER_TERM - basis.terms, 1)
    missed = missed_products(varying, _left(responses, fit(basis, responses).fitted), most)
    return (spline_basis(varying, [one.column(varying) for one in missed]) if missed else basis), missed


def _left(responses: Floats, fitted: Floats) -> Floats:
    """Return the residuals, (draws, responses), 0 where they are those of rounding only."""
    left = responses - fitted
    return np.where(left.std(axis=0) > _EXACT * responses.std(axis=0), left, 0.0)


def _gains(fitted: Floats, left_out: Floats, responses: Floats) -> tuple[float, Floats]:
    """Return what the fit says that choosing by it gains, and what choosing by left out fits gains, (draws,)."""
    plain = float(np.maximum(fitted.max(axis=1), 0.0).mean())
    choice = np.argmax(left_out, axis=1)
    rows = np.arange(len(responses))
    return plain, np.where(left_out[rows, choice] > 0, responses[rows, choice], 0.0)


def _chance_error(found: Fit, responses: Floats) -> float:
    """Return the standard error of the mean of the fit's maximum (0 for the optimal strategy) by the delta method.

    A draw adds its own maximum, and moves the fit of all draws at which a strategy is chosen by its residual.
    """
    best, rows = np.argmax(found.fitted, axis=1), np.arange(len(responses))
    chosen = np.zeros_like(found.fitted)
    chosen[rows, best] = found.fitted[rows, best] > 0
    adds = np.maximum(found.fitted[rows, best], 0.0)
    adds += ((responses - found.fitted) * found.smoothed(chosen)).sum(axis=1)
    return float(adds.std(ddof=1)) / math.sqrt(len(adds))


def _noise(fitted: Floats, error: Floats) -> float:
    """Return what normal noise of the fit, with its standard errors, would add to the mean of its maximum."""
    rows, best = np.arange(len(fitted)), np.argmax(fitted, axis=1)
    top, sd = fitted[rows, best], np.maximum(error[rows, best], 1e-300)
    at = np.clip(top / sd, -40.0, 40.0)
    expected = np.where(np.abs(top) < 40 * sd, top * ndtr(at) + sd * np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi),
                        np.maximum(top, 0.0))  # fmt: skip
    return max(float((expected - np.maximum(top, 0.0)).mean()), 0.0)


def _misfit(near: Neighbourhood, responses: Floats, found: Fit, left: Floats) -> float:
    """Return how much more a fit is worth that follows neighbours too; 0 if what all inputs leave has no structure."""
    seen = near.places
    residuals = left[seen]
    told, score = near.told(residuals)
    if not (score > ODD).any():
        return 0.0
    size = (told**2).sum(axis=0)
    slope = np.clip((told * residuals).sum(axis=0) / np.where(size > 0, size, 1.0), 0.0, 1.0)
    values = []
    for more in (0.0, slope * told):
        plain, gained = _gains(found.fitted[seen] + more, found.left_out[seen] + more, responses[seen])
        values.append((plain + float(gained.mean())) / 2)
    return values[1] - values[0]


def _shortfall(fitted: Floats, gained: Floats) -> float:
    """Return how much more than the fit says choosing by it gains in draws left out, if that is beyond chance, else 0.

    A fit that is too flat says too little. The noise of one that is right makes it say too much, if anything.
    """
    more = gained - np.maximum(fitted.max(axis=1), 0.0)
    gap, error = float(more.mean()), float(more.std(ddof=1)) / math.sqrt(len(more))
    return gap if gap > ODD * error else 0.0


def _told(value: float, error: float, misfit: float, perfect: float) -> tuple[float, float]:
    """Return a value with the misfit in its error, or neither where too much is missed for one to be told.

    Where the second estimator finds less, nothing is missed.
    """
    if misfit > 2 * error and misfit > _MOST_MISFIT * perfect:
        return math.nan, math.nan
    return value, math.hypot(error, misfit)


def _varies(values: Floats) -> bool:
    return bool(np.ptp(values) > 1e-12 * np.abs(values).max())


def _trace(values: Floats, order: NDArray[np.int64], found: Fit, optimal: int) -> Trace:
    at = order[np.unique(np.linspace(0, len(order) - 1, _POINTS).astype(np.int64))]
    ahead, error = (np.insert(of[at], optimal, 0.0, axis=1) for of in (found.fitted, found.error))
    return Trace(values[at], ahead, error)


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
