"""A table of what is missed around a place says where least is missed, and the slopes there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.calibration.surroundings import Surroundings

Floats = NDArray[np.float64]

PLACE = np.array([0.5, -1.0])
REACH = ((2.0, 2.0), (1.0, 3.0))


def missed(x: Floats) -> Floats:
    """Return two misses with bends, which are nowhere 0 but in one place of those looked at."""
    return np.array([x[0] + 0.1 * x[0] ** 2 - 0.525, 2 * x[1] - 0.3 * x[0] + 2.15])


@pytest.fixture(scope="module")
def around() -> Surroundings:
    def lower(x: Floats) -> Floats:
        return missed(x) - np.array([0.4, 0.1])

    def upper(x: Floats) -> Floats:
        return missed(x) + np.array([0.6, 0.1])

    return Surroundings.of(missed, PLACE, REACH, 9, [(lower, upper)])


def test_least_is_missed_in_the_place_itself(around: Surroundings) -> None:
    x, slopes = around.best(np.zeros(1), np.zeros(2))
    assert x == pytest.approx(PLACE, abs=0.05)
    assert slopes == pytest.approx(np.array([[1.1, 0.0], [-0.3, 2.0]]), abs=0.02)


@pytest.mark.parametrize("less", [(0.7, -0.5), (-0.9, 2.0)])
def test_other_targets_are_met_elsewhere(around: Surroundings, less: tuple[float, float]) -> None:
    x, _ = around.best(np.zeros(1), np.array(less))
    assert missed(x) == pytest.approx(np.array(less), abs=0.1)


def test_what_lies_beyond_the_table_is_sought_at_its_edge(around: Surroundings) -> None:
    x, slopes = around.best(np.zeros(1), np.array([0.0, 40.0]))
    assert x[1] == pytest.approx(PLACE[1] + REACH[1][1])
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize("by", [-1.0, 0.5, 1.0])
def test_an_input_moves_what_is_missed_with_a_bend(around: Surroundings, by: float) -> None:
    """At its steps as found there, and in between on the parabola through them."""
    more = np.array([0.5 * by + 0.1 * by**2, 0.1 * by])
    x, _ = around.best(np.array([by]), np.zeros(2))
    assert missed(x) + more == pytest.approx(np.zeros(2), abs=0.1)


def test_another_form_has_the_same_table_from_where_it_stands(around: Surroundings) -> None:
    place = PLACE + 0.25
    other = around.moved_to(place, np.zeros(2))
    assert other.best(np.zeros(1), np.zeros(2))[0] == pytest.approx(place, abs=0.05)
