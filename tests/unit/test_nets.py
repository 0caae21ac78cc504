"""Nets: one patient in each stratum, pairs of purposes filled evenly, and everybody as likely to be anybody."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from sim.luck.nets import BITS, NET_SIZE, SOBOL, SPREAD, fill_by_visit, fill_order, fill_spread, fill_strata, number
from sim.luck.threefry import WORDS, fill_words, key_of


def room():
    return np.zeros(WORDS, np.int64), np.zeros(NET_SIZE, np.int64), np.zeros(NET_SIZE, np.int64)


def spread(dimension, net, purpose="x"):
    words, points, _ = room()
    fill_words(key_of(1, 0, purpose), net, 0, words)
    fill_spread(dimension, words, points)
    return (points + 0.5) / 2**32


def rank(rows):
    """Return the rank of whole numbers as vectors of bits."""
    basis = []
    for row in rows:
        for one in basis:
            row = min(row, row ^ one)
        basis += [row] if row else []
    return len(basis)


def test_the_numbers_are_those_of_the_published_sequence():
    """Without scrambling they are scipy's Sobol points, which come in the order of Gray's code, beside a count."""
    points = (qmc.Sobol(max(SOBOL) + 1, scramble=False).random(NET_SIZE) * NET_SIZE).astype(int)[:, SOBOL]
    mine = np.zeros((NET_SIZE, len(SPREAD)), int)
    for b in range(BITS):
        mine ^= np.where((np.arange(NET_SIZE) >> b & 1)[:, None] == 1, SPREAD[:, b], 0)
    count = np.arange(NET_SIZE)
    np.testing.assert_array_equal(mine[:, 0], count)
    np.testing.assert_array_equal(mine[count ^ (count >> 1), 1:], points)


@pytest.mark.parametrize("dimension", range(1, len(SPREAD)))
def test_any_part_of_the_first_purpose_is_spread_evenly_over_each_other(dimension):
    """A half, a quarter and so on holds one patient in each stratum of its own size: a (0, 7, 2)-net."""
    for halved in range(BITS):
        assert rank([int(number) >> halved for number in SPREAD[dimension, : BITS - halved]]) == BITS - halved


@pytest.mark.parametrize("first", [1, 5, 16, 32, 50, 64])
def test_the_first_patients_of_a_net_are_spread_over_the_first_purposes(first):
    """Their mean varies between nets less than that of as many patients drawn alone; of a half, much less."""
    words, points, _ = room()
    nets, purposes = 400, 12
    means = np.empty((purposes, nets))
    for net in range(nets):
        fill_words(key_of(1, 0, "order"), net, 0, words)
        fill_order(key_of(1, 0, "order"), net, words, points)
        for k in range(purposes):
            means[k, net] = spread(k, net, f"purpose {k}")[points < first].mean()
    alone = np.sqrt(1 / 12 / first)
    assert (means.std(axis=1) < alone * (1.15 if first == 1 else 0.75)).all()
    assert np.median(means.std(axis=1)) < alone * {1: 1.1, 5: 0.6, 64: 0.15}.get(first, 0.5)


@pytest.mark.parametrize("dimension", [0, 1, 7, len(SPREAD) - 1, len(SPREAD), len(SPREAD) + 40])
def test_every_stratum_holds_one_patient(dimension):
    for net in range(50):
        strata = np.floor(spread(dimension, net) * NET_SIZE).astype(int)
        assert sorted(strata) == list(range(NET_SIZE))
        if dimension == 0:
            assert (np.diff(strata) == 1).all()


def test_small_boxes_of_two_purposes_are_filled_evenly():
    """Of the first dimensions, boxes of 1/8 by 1/16 hold one patient of a net each, as in a (0, 7, 2)-net."""
    for net in range(20):
        first, second = spread(0, net, "a"), spread(1, net, "b")
        for across in range(BITS + 1):
            box = np.floor(first * 2**across) * 2 ** (BITS - across) + np.floor(second * 2 ** (BITS - across))
            assert len(np.unique(box)) == NET_SIZE


def test_everybody_is_as_likely_to_be_anybody():
    """Over nets, the numbers of each patient are uniform, and those of several purposes are uncorrelated."""
    words, points, _ = room()
    nets, dimensions = 1000, [0, 1, 2, 5, 12, len(SPREAD) + 3]
    found = np.empty((nets, len(dimensions), NET_SIZE))
    for net in range(nets):
        fill_words(key_of(1, 0, "order"), net, 0, words)
        fill_order(key_of(1, 0, "order"), net, words, points)
        for k, dimension in enumerate(dimensions):
            found[net, k, points] = spread(dimension, net, f"purpose {k}")
    # The 128 patients of a place over the nets are independent of each other.
    assert np.abs(found.mean(axis=0) - 0.5).max() < 5 * np.sqrt(1 / 12 / nets)
    tenth = (found < 0.1).mean(axis=0)
    assert np.abs(tenth - 0.1).max() < 5 * np.sqrt(0.09 / nets)
    correlations = np.corrcoef(found.transpose(1, 0, 2).reshape(len(dimensions), -1))
    assert np.abs(correlations[~np.eye(len(correlations), dtype=bool)]).max() < 5 / np.sqrt(nets * NET_SIZE)


def test_nets_are_independent_of_each_other():
    """The mean of a stratum's lower digits varies between nets as that of independent numbers does."""
    inside = np.array([(spread(3, net) * NET_SIZE) % 1 for net in range(3000)])
    assert abs(np.corrcoef(inside[:-1].ravel(), inside[1:].ravel())[0, 1]) < 5 / np.sqrt(inside[1:].size)
    assert inside.mean(axis=1).var() == pytest.approx(1 / 12 / NET_SIZE, rel=5 * np.sqrt(2 / 3000))


def test_the_few_strata_that_can_matter_are_those_of_all():
    words, columns, points = room()
    whole_columns, whole_points = columns.copy(), points.copy()
    for net in range(20):
        fill_words(key_of(4, 0, "soreness"), net, 3, words)
        fill_strata(words, NET_SIZE, whole_columns, whole_points)
        assert sorted(whole_columns) == list(range(NET_SIZE))
        assert [int(number(point) * NET_SIZE) for point in whole_points] == list(range(NET_SIZE))
        for strata in (1, 2, 3, 8, 100):
            fill_strata(words, strata, columns, points)
            np.testing.assert_array_equal(columns[:strata], whole_columns[:strata])
            np.testing.assert_array_equal(points[:strata], whole_points[:strata])


def test_events_by_visit_fall_on_any_column_and_on_visits_independently():
    words, columns, points = room()
    numbers = np.empty(NET_SIZE)
    nets, risk = 4000, 0.06
    hit = np.empty((2, nets, NET_SIZE), bool)
    for net in range(nets):
        for visit in range(2):
            fill_words(key_of(1, 0, "soreness"), net, visit, words)
            fill_by_visit(words, columns, points, numbers)
            hit[visit, net] = numbers < risk
    error = np.sqrt(risk * (1 - risk) / nets)
    assert np.abs(hit.mean(axis=1) - risk).max() < 5 * error
    both = (hit[0] & hit[1]).mean()
    assert abs(both - risk**2) < 5 * np.sqrt(2 * risk**2 / (nets * NET_SIZE))
