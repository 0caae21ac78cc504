"""Penalised regression on natural cubic splines, its smoothness chosen by generalised cross-validation (GCV)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sim.decision.value.psa import Floats

KNOTS = 10
KNOTS_TOGETHER = 6
"""Knots of each parameter's spline where many parameters are taken together."""
DRAWS_PER_TERM = 10
"""Draws there must be for every term of a regression."""
MOST_NUMBERS = 100_000_000
"""Numbers in the columns of a regression beyond which there are fewer of these: 800 MB, of which there are a few."""
_RANK = 1e-10
_LEAST_SPARE = 1e-6
_PENALTIES = 10.0 ** np.linspace(-7, 7, 57)


@dataclass(frozen=True)
class Basis:
    """Orthonormal columns (draws, terms), with the penalty of each, (terms,), 0 for those that are straight lines.

    The columns have mean 0 over the draws and mean square 1; the intercept is not among them.
    """

    columns: Floats
    penalty: Floats

    @property
    def terms(self) -> int:
        """The number of columns."""
        return int(self.columns.shape[1])


@dataclass(frozen=True)
class Fit:
    """Fitted responses, (draws, responses), calibrated so that what does not predict is taken for nothing.

    `left_out` holds the fit of each draw from all others, `error` the standard error of the fit, both (draws,
    responses). `explained` is the share of the variance of left out draws that the fit explains, (responses,), and
    `score` how many standard errors the relation of left out fits and responses is above 0, (responses,). `columns` of
    the basis and what is `kept` of each, (terms, responses), make up the smoother.
    """

    fitted: Floats
    left_out: Floats
    error: Floats
    explained: Floats
    score: Floats
    columns: Floats
    kept: Floats

    def smoothed(self, values: Floats) -> Floats:
        """Return values (draws, responses) through the smoother of each response."""
        return np.asarray(values.mean(axis=0) + self.columns @ (self.kept * (self.columns.T @ values / len(values))))


def spline_basis(parameters: Sequence[Floats], products: Sequence[Floats] = ()) -> Basis:
    """Return the basis of a sum of smooth functions, one of each parameter, (draws,), and for several their products.

    Each function is a natural cubic spline with knots at quantiles, penalised by the integral of its squared second
    derivative (Wood 2017, doi:10.1201/9781315370279, section 5.3.1). Where there are draws enough, and memory, products
    of each two parameters are added, penalised too, and always those in `products`, (draws,) each. Columns that depend
    on others are left out.
    """
    draws = len(parameters[0])
    most = max(min(draws // DRAWS_PER_TERM, MOST_NUMBERS // draws), 1)
    knots = min(KNOTS if len(parameters) == 1 else KNOTS_TOGETHER, max(most // len(parameters), 2))
    blocks, penalties = [], []
    for values in parameters:
        columns, penalty = _cubic(_standard(values), knots)
        blocks.append(columns)
        penalties.append(penalty)
    straight = [_standard(values) for values in parameters]
    pairs = list(combinations(straight, 2))
    if sum(block.shape[1] for block in blocks) + len(pairs) > most:
        pairs = []
    taken = [*(one * other for one, other in pairs), *products]
    if taken:
        blocks.append(np.stack(taken, axis=1))
        penalties.append(np.eye(len(taken)))
    size = sum(len(p) for p in penalties)
    penalty, start = np.zeros((size, size)), 0
    for block in penalties:
        scale = np.trace(block) / max(len(block), 1)
        stop = start + len(block)
        penalty[start:stop, start:stop] = block / scale if scale > 0 else block
        start = stop
    return _orthonormal(np.concatenate(blocks, axis=1), penalty)


def fit(basis: Basis, responses: Floats) -> Fit:
    """Return the penalised least squares fit of responses (draws, responses), each with the penalty that GCV chooses.

    The fit of a draw from all others follows from its leverage. Responses less their mean are regressed on such fits;
    the slope, held from 0 to 1, shrinks the fit: inputs that tell nothing of draws that were left out are taken to
    tell nothing. Errors are those of the Bayesian posterior of the fit (Wood 2017, section 6.10): residual variance
    times the smoother, which allows for the bias of smoothing.
    """
    n = len(responses)
    mean = responses.mean(axis=0)
    centred = responses - mean
    raw = basis.columns.T @ centred / n
    square = (centred**2).mean(axis=0)
    shrunk = 1.0 / (1.0 + _PENALTIES[:, None] * basis.penalty)
    left = square - (2 * shrunk - shrunk**2) @ raw**2
    freedom = 1.0 + shrunk.sum(axis=1, keepdims=True)
    score = left / np.clip(1.0 - freedom / n, 1e-9, None) ** 2
    kept = shrunk[np.argmin(score, axis=0)].T
    ahead = basis.columns @ (kept * raw)
    leverage = (1.0 + basis.columns**2 @ kept) / n
    residuals = centred - ahead
    variance = (residuals**2).sum(axis=0) / np.clip(n - 1.0 - kept.sum(axis=0), 1.0, None)
    others = -centred / (n - 1)  # the mean of all other draws
    told = centred - residuals / np.clip(1.0 - leverage, _LEAST_SPARE, None) - others
    slope, explained, strength = _calibrated(told, centred - others)
    return Fit(
        mean + slope * ahead, mean + others + slope * told,
        np.sqrt(variance * (1.0 / n + slope**2 * (leverage - 1.0 / n))), explained, strength,
        basis.columns, slope * kept,
    )  # fmt: skip


def _calibrated(told: Floats, responses: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the slope of responses on what was told of them, the share it explains, and its score, (responses,)."""
    size, square = (told**2).sum(axis=0), (responses**2).sum(axis=0)
    shared = (told * responses).sum(axis=0)
    slope = np.clip(shared / np.where(size > 0, size, 1.0), 0.0, 1.0)
    left = ((responses - slope * told) ** 2).sum(axis=0)
    noise = np.sqrt(((told * responses) ** 2).sum(axis=0))
    explained = np.where(square > 0, 1.0 - left / np.where(square > 0, square, 1.0), 0.0)
    return slope, np.clip(explained, 0.0, 1.0), shared / np.where(noise > 0, noise, 1.0)


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean()) / values.std())


def _cubic(values: Floats, knots: int) -> tuple[Floats, Floats]:
    """Return the columns of a natural cubic spline, by its values at the knots, and the penalty matrix."""
    at = np.unique(np.quantile(values, np.linspace(0, 1, knots)))
    different = np.unique(values)
    if len(different) <= knots:
        at = different
    if len(at) < 3:
        return values[:, None], np.zeros((1, 1))
    width = np.diff(at)
    inner = len(at) - 2
    second, mass = np.zeros((inner, len(at))), np.zeros((inner, inner))
    for k in range(inner):
        second[k, k], second[k, k + 2] = 1 / width[k], 1 / width[k + 1]
        second[k, k + 1] = -1 / width[k] - 1 / width[k + 1]
        mass[k, k] = (width[k] + width[k + 1]) / 3
        if k + 1 < inner:
            mass[k, k + 1] = mass[k + 1, k] = width[k + 1] / 6
    bend = np.linalg.solve(mass, second)
    curvature = np.zeros((len(at), len(at)))
    curvature[1:-1] = bend
    j = np.clip(np.searchsorted(at, values, side="right") - 1, 0, len(at) - 2)
    h, right, left = width[j], values - at[j], at[j + 1] - values
    columns = ((left**3 / h - h * left) / 6)[:, None] * curvature[j]
    columns += ((right**3 / h - h * right) / 6)[:, None] * curvature[j + 1]
    rows = np.arange(len(values))
    columns[rows, j] += left / h
    columns[rows, j + 1] += right / h
    return columns, second.T @ bend


def _orthonormal(columns: Floats, penalty: Floats) -> Basis:
    """Return the same functions as orthonormal columns with a diagonal penalty (Demmler and Reinsch's basis)."""
    columns = columns - columns.mean(axis=0)
    n = len(columns)
    values, vectors = np.linalg.eigh(columns.T @ columns / n)
    kept = values > _RANK * max(float(values.max(initial=0.0)), 1e-300)
    whiten = vectors[:, kept] / np.sqrt(values[kept])
    penalty, turn = np.linalg.eigh(whiten.T @ penalty @ whiten)
    mixed = whiten @ turn
    # A direction has no sign of its own; without a rule, the order of the draws would choose it.
    mixed *= np.sign(mixed[np.argmax(np.abs(mixed), axis=0), np.arange(mixed.shape[1])])
    # Straight lines bend nowhere; what rounding leaves of that would bend them under the largest penalties.
    penalty = np.where(penalty > _RANK * max(float(penalty.max(initial=0.0)), 1e-300), penalty, 0.0)
    return Basis(columns @ mixed, penalty)
