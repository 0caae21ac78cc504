"""Least squares within bounds, against NumPy's exact solution where there is one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from sim.calibration.least_squares import EXACT, fit_at, least_squares

WIDE = (-100.0, 100.0)


def linear(seed: int, misses: int, unknowns: int):
    """Return a linear problem: its matrix (of condition at most 4), what is to be met, and the misses at unknowns."""
    random = np.random.default_rng(seed)
    across, _, along = np.linalg.svd(random.normal(size=(misses, unknowns)), full_matrices=False)
    matrix, wanted = (across * random.uniform(0.5, 2, unknowns)) @ along, 3 * random.normal(size=misses)
    return matrix, wanted, lambda x: matrix @ x - wanted


def squares(misses) -> float:
    return float(misses @ misses)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("misses", "unknowns"), [(1, 1), (2, 2), (3, 3), (4, 2), (9, 3)])
def test_linear_problems_against_lstsq(seed: int, misses: int, unknowns: int) -> None:
    """What is left to gain is below the tolerance, and so the misses are those of the exact solution."""
    matrix, wanted, of = linear(seed, misses, unknowns)
    exact = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    found = least_squares(of, np.zeros(unknowns), [WIDE] * unknowns)
    np.testing.assert_allclose(found.misses, of(found.x), atol=1e-12)
    assert squares(found.misses) <= squares(of(exact)) * (1 + EXACT) + EXACT**2


@pytest.mark.parametrize("seed", range(20))
def test_bounds_against_bounded_least_squares(seed: int) -> None:
    matrix, wanted, of = linear(seed, 6, 3)
    bounds = [(-0.1, 0.1), (-0.2, 0.5), WIDE]
    exact = lsq_linear(matrix, wanted, bounds=tuple(zip(*bounds, strict=True))).x
    found = least_squares(of, np.zeros(3), bounds)
    assert all(low <= x <= high for x, (low, high) in zip(found.x, bounds, strict=True))
    assert squares(found.misses) <= squares(of(exact)) * (1 + EXACT) + EXACT**2


def test_an_unknown_at_its_bound_does_not_hold_the_others() -> None:
    found = least_squares(lambda x: np.array([x[0] - 3, x[1] + 4]), [0, 0], [(-1.0, 1.0), WIDE])
    assert found.x == pytest.approx([1, -4], abs=1e-3)


def test_a_start_beyond_the_bounds_begins_at_them() -> None:
    seen = []

    def misses(x):
        seen.append(x.copy())
        return np.array([x[0] - 0.5])

    assert least_squares(misses, [9.0], [(0.0, 1.0)]).x == pytest.approx([0.5], abs=1e-3)
    assert all(0 <= x[0] <= 1 for x in seen)


def test_a_curved_valley() -> None:
    """A curve through points that is known: a * exp(-t / b), by its logarithms."""
    t = np.array([0.0, 1.0, 3.0, 7.0])

    def misses(x):
        return (np.exp(x[0] - t * np.exp(-x[1])) - 5 * np.exp(-t / 4)) / 0.03

    found = least_squares(misses, [0.0, 0.0], [WIDE, WIDE])
    assert np.abs(found.misses).max() < 0.05
    assert np.exp(found.x) == pytest.approx([5, 4], rel=1e-3)


def test_a_bad_start_is_recovered_from() -> None:
    """From a flat end of a curve, as a ceiling of nearly 0 is, with slopes that say next to nothing."""

    def misses(x):
        share = 1 / (1 + np.exp(-x))
        return np.array([(share[0] - 0.6) / 0.01, (share[1] * share[0] - 0.3) / 0.01])

    for start in ([-5.0, 5.0], [5.0, -5.0], [-5.0, -5.0], [0.0, 0.0]):
        found = least_squares(misses, start, [(-12.0, 9.0)] * 2)
        assert found.x == pytest.approx([np.log(1.5), 0.0], abs=0.02), start


def test_wrong_slopes_are_found_out() -> None:
    """Slopes carried over from elsewhere may point the wrong way."""
    matrix, wanted, of = linear(1, 3, 2)
    exact = np.linalg.lstsq(matrix, wanted, rcond=None)[0]
    found = least_squares(of, [0.0, 0.0], [WIDE] * 2, slopes=-matrix)
    assert squares(found.misses) == pytest.approx(squares(of(exact)), rel=1e-3, abs=1e-6)


def test_right_slopes_spare_evaluations() -> None:
    matrix, _, of = linear(2, 3, 3)
    calls = []

    def counted(x):
        calls.append(x)
        return of(x)

    least_squares(counted, [0.0, 0.0, 0.0], [WIDE] * 3)
    without = len(calls)
    calls.clear()
    least_squares(counted, [0.0, 0.0, 0.0], [WIDE] * 3, slopes=matrix)
    assert len(calls) <= without - 3


def test_a_stepped_curve_is_met_to_its_step() -> None:
    """Misses counted from 1,000 patients change by steps; the search does not get stuck on one."""
    found = least_squares(lambda x: np.round((np.exp(x) - 3) * 1000) / 1000 / 0.1, [0.0], [WIDE])
    assert np.exp(found.x[0]) == pytest.approx(3, abs=2e-3)


def test_without_unknowns_the_misses_are_told() -> None:
    found = least_squares(lambda _: np.array([0.3, -2.0]), [], [])
    assert found.x.size == 0
    assert found.misses.tolist() == [0.3, -2.0]
    assert found.slopes.shape == (2, 0)


def test_slopes_where_one_stands() -> None:
    matrix, _, of = linear(3, 4, 2)
    found = fit_at(of, np.array([0.3, 100.0]), [WIDE] * 2)
    np.testing.assert_allclose(found.slopes, matrix, atol=1e-9)
    np.testing.assert_array_equal(found.misses, of(found.x))
