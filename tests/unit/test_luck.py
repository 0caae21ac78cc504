"""Luck: it stays where it is, whatever else is drawn, and has the distribution that it should have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from sim.luck.nets import NET_SIZE
from sim.luck.numbers import AT, OWN, Luck, Needs, independent_luck, spread_luck
from sim.luck.quantiles import CELLS, HALF, Z_GRID, interpolate
from sim.luck.streams import BLOCK_SIZE

NEEDS = Needs(("dry_needling", "acupuncture"), 10, 1.0, 1.0, True, True, True)


def spread(needs=NEEDS, n=BLOCK_SIZE, block=3, seed=7, draw=0):
    return spread_luck(seed, draw, block * BLOCK_SIZE, needs, n)


def alone(needs=NEEDS, n=BLOCK_SIZE, block=3, seed=7, draw=0):
    return independent_luck(seed, draw, block, needs, n)


EITHER = pytest.mark.parametrize("draw", [spread, alone])


ARRAYS = Luck._fields[: Luck._fields.index("sore")]


def by_patient(luck):
    return luck.of(np.argsort(luck.number))


def same(one, other):
    for field, mine, theirs in zip(ARRAYS, one, other, strict=False):
        np.testing.assert_array_equal(mine, theirs, err_msg=field)
    for mine, theirs in ((one.sore, other.sore), (one.bruised, other.bruised)):
        assert listed(mine) == listed(theirs)
    np.testing.assert_array_equal(one.key, other.key)


def listed(events, visits=None):
    """Return visit, column and number of every event of the first visits, in order."""
    found = []
    for net, visit in np.ndindex(events.many.shape):
        of_net = slice(events.many[net, visit])
        columns = (net * NET_SIZE + events.column[net, visit, of_net]).tolist()
        found += [(visit, *one) for one in zip(columns, events.number[net, visit, of_net].tolist(), strict=True)]
    return sorted(one for one in found if visits is None or one[0] < visits)


@EITHER
def test_more_visits_keep_the_earlier_ones(draw):
    short, long = draw(NEEDS._replace(visits=4)), draw()
    for field, few, many in zip(ARRAYS, short, long, strict=False):
        np.testing.assert_array_equal(few, many[: len(few)], err_msg=field)
    assert listed(short.sore) == listed(long.sore, visits=4)
    assert len(listed(short.sore)) == 4 * BLOCK_SIZE


@EITHER
@pytest.mark.parametrize("n", [1, 100, NET_SIZE, 1000])
def test_the_first_patients_are_the_same_however_many_follow(draw, n):
    some, every = by_patient(draw(n=n)), by_patient(draw())
    assert len(some.number) == n
    same(some, every.of(np.arange(n)))


@EITHER
def test_what_is_not_needed_is_not_drawn_and_changes_nothing(draw):
    bare, every = draw(Needs(NEEDS.modalities, 10, 0.0, 1.0, False, True, False)), draw()
    assert bare.attendance.size == bare.readings.size == bare.sore.many.sum() == 0
    assert listed(bare.bruised) == listed(every.bruised)
    np.testing.assert_array_equal(bare.drop_out, every.drop_out)
    np.testing.assert_array_equal(bare.at, every.at)


@EITHER
def test_another_modality_changes_nobody(draw):
    two, three = draw(), draw(NEEDS._replace(modalities=(*NEEDS.modalities, "massage")))
    np.testing.assert_array_equal(two.at, three.at[:-1])
    same(two._replace(at=two.profile), three._replace(at=three.profile))


@EITHER
@pytest.mark.parametrize("other", [{"seed": 8}, {"draw": 1}, {"block": 4}])
def test_another_address_has_other_luck(draw, other):
    here, there = draw(), draw(**other)
    for field, mine, theirs in zip(ARRAYS[1:], here[1:], there[1:], strict=False):
        assert not (mine == theirs).any(), field
    # What single patients draw for themselves belongs to the key and to their number.
    assert not (here.key == there.key).any() or not np.intersect1d(here.number, there.number).size


@EITHER
def test_all_purposes_are_uncorrelated(draw):
    luck = draw()
    matrix = np.corrcoef(np.vstack([np.atleast_2d(part) for part in luck[1 : len(ARRAYS)]]))
    off = np.abs(matrix[~np.eye(len(matrix), dtype=bool)])
    assert off.max() < 6 / np.sqrt(BLOCK_SIZE)


@EITHER
def test_numbers_are_uniform_and_positions_those_of_uniform_ranks(draw):
    luck = draw()
    for numbers in (luck.profile, luck.satisfied, luck.attendance.ravel(), luck.drop_out.ravel()):
        assert abs(numbers.mean() - 0.5) < 5 * np.sqrt(1 / 12 / numbers.size)
        assert numbers.min() > 0
        assert numbers.max() < 1
    for places in (*luck.at, luck.readings.ravel()):
        assert places.min() >= 0
        assert places.max() <= CELLS
        z = np.array([interpolate.py_func(Z_GRID, place) for place in places[:4096]])
        assert abs(z.mean()) < 5 / np.sqrt(z.size)
        assert abs(z.var() - 1) < 5 * np.sqrt(2 / z.size)
        assert abs((places < HALF).mean() - 0.5) < 5 * 0.5 / np.sqrt(places.size)
        assert abs((z < norm.ppf(0.01)).mean() - 0.01) < 5 * np.sqrt(0.0099 / z.size)


def test_columns_of_a_net_are_in_the_order_of_profiles():
    luck = spread()
    assert (np.diff(luck.profile.reshape(-1, NET_SIZE), axis=1) > 0).all()
    assert (np.diff(spread(n=1000).profile[: NET_SIZE * 7].reshape(-1, NET_SIZE), axis=1) > 0).all()


def test_the_first_patients_of_a_net_are_any_of_its_strata():
    """Whoever asks for 5 patients gets 5 of the 128 strata at random, not those of the lowest profile."""
    first = np.array([spread(n=5, block=block).profile for block in range(1500)])
    assert abs(first.mean() - 0.5) < 5 * np.sqrt(1 / 12 / first.size)
    assert np.abs(np.histogram(first, 10, (0, 1))[0] / first.size - 0.1).max() < 5 * np.sqrt(0.09 / first.size)


def test_each_purpose_of_a_visit_has_words_of_its_own():
    luck = spread()
    by_visit = (luck.sore.number, luck.bruised.number, luck.attendance, luck.drop_out)
    numbers = np.concatenate([part.ravel() for part in by_visit])
    assert len(numbers) == 4 * NEEDS.visits * BLOCK_SIZE
    # Of 163,840 numbers of 32 bits, 3 coincide by chance; two rows with the same words would be 4,096.
    assert len(numbers) - len(np.unique(numbers)) < 15
    assert OWN + len(NEEDS.modalities) == len(luck.at)
    assert len(set(AT)) == len(AT) == OWN


@EITHER
@pytest.mark.parametrize("n", [300, BLOCK_SIZE])
def test_events_are_the_numbers_below_the_risk(draw, n):
    """Of a smaller risk fewer numbers are drawn, which are those of all that are below it; whole nets or not."""
    every, few = draw(n=n), draw(NEEDS._replace(soreness=0.058, bruising=0.3), n=n)
    for of_all, risk, of_few in ((every.sore, 0.058, few.sore), (every.bruised, 0.3, few.bruised)):
        expected = [one for one in listed(of_all) if one[2] < risk]
        assert [one for one in listed(of_few) if one[2] < risk] == expected
        assert abs(len(expected) / (NEEDS.visits * n) - risk) < 5 * np.sqrt(risk / (NEEDS.visits * n))
        assert len(listed(of_few)) < len(listed(of_all)) == NEEDS.visits * n
