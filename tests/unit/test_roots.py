"""Zeros are found as SciPy finds them, to the bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from sim.roots import root_between

SHAPES = (
    lambda x, c: x**3 - c,
    lambda x, c: math.exp(x) - 1 - c,
    lambda x, c: math.tanh(5 * (x - c)),
    lambda x, c: math.atan(x - c) + 0.01 * (x - c),
    lambda x, c: -1.0 if x < c else 1.0,  # no inverse parabola goes through these
    lambda x, c: x - c if x > c else 0.0,  # zero on a whole stretch
    lambda x, c: math.copysign(abs(x - c) ** 9, x - c),  # nearly flat: slopes of 0
    lambda x, c: -math.expm1(-math.exp(x)) - c / 4,
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("tolerance", "relative"), [(1e-9, 4 * 2.0**-52), (1e-12, 4 * 2.0**-52), (1e-4, 1e-12)])
def test_zeros_are_those_of_scipy_to_the_bit(shape, tolerance, relative):
    for low, high, c in np.random.default_rng(1).uniform((-3, 0.2, 0), (0, 4, 1), (300, 3)).tolist():
        if shape(low, c) * shape(high, c) > 0:
            continue
        asked: list[float] = []

        def noted(x, c=c, asked=asked):
            asked.append(x)
            return shape(x, c)

        expected, told = brentq(shape, low, high, (c,), tolerance, relative, full_output=True, disp=False)
        if not told.converged:
            with pytest.raises(RuntimeError):
                root_between(noted, low, high, tolerance, relative)
            continue
        assert root_between(noted, low, high, tolerance, relative) == expected, (low, high, c)
        assert len(asked) == told.function_calls


def test_a_zero_at_an_end_is_found_there():
    assert root_between(lambda x: x, 0.0, 2.0, 1e-9) == 0.0
    assert root_between(lambda x: x - 2, 0.0, 2.0, 1e-9) == 2.0


@pytest.mark.parametrize("function", [lambda x: 1.0, lambda x: math.nan])
def test_what_has_no_zero_is_refused(function):
    with pytest.raises(ValueError):
        root_between(function, 0.0, 1.0, 1e-9)
