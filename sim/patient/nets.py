"""Nets: groups of 128 patients spread evenly over everything that a patient can be (randomised quasi-Monte Carlo).

For each purpose the numbers of a net lie one in each of the 128 equal strata between 0 and 1. For the purposes of
`SPREAD` they are the points of a Sobol sequence, so that small boxes of several purposes are filled evenly too; what is
drawn by visit is spread evenly over the first purpose, and otherwise paired at random. Every net is scrambled by random
words of its own (Matousek's linear scramble and a digital shift, doi:10.1006/jcom.1998.0489): each patient is as likely
to be anybody as if drawn alone, means over patients are unbiased, and nets are independent, so that errors are
estimated from the differences between nets.

The columns of a net are in the order of the strata of the first purpose. A number is 32 bits: the upper 7 say the
stratum, the lower 25 where in it.
"""

from __future__ import annotations

import numpy as np

from sim.patient.compiled import inlined, kernel
from sim.patient.words import fill_words

BITS = 7
NET_SIZE = 1 << BITS
"""Patients in a net, the unit of random words and of errors."""
LOWER = 25
LOWER_MASK = (1 << LOWER) - 1
STRATUM_MASK = NET_SIZE - 1
RESOLUTION = 2.0**-32

# Direction numbers of Joe and Kuo (2008, doi:10.1137/070709359), seven columns each, for a net in which the first
# dimension counts up: column b is what bit b of the place of a patient adds.
SPREAD = np.array(
    [
        (1, 2, 4, 8, 16, 32, 64), (85, 102, 68, 120, 80, 96, 64), (71, 46, 116, 72, 48, 96, 64),
        (81, 58, 124, 40, 16, 96, 64), (61, 110, 124, 88, 16, 32, 64), (43, 18, 100, 24, 48, 32, 64),
        (31, 74, 44, 104, 80, 96, 64), (9, 18, 68, 40, 80, 32, 64), (53, 106, 20, 40, 80, 32, 64),
        (69, 74, 76, 88, 112, 32, 64), (79, 54, 4, 8, 80, 32, 64), (75, 86, 44, 24, 16, 32, 64),
        (113, 70, 124, 40, 80, 96, 64), (33, 98, 28, 72, 48, 96, 64), (77, 42, 84, 120, 16, 32, 64),
        (35, 98, 108, 104, 16, 96, 64), (123, 10, 28, 120, 16, 32, 64), (27, 50, 52, 120, 16, 96, 64),
        (87, 122, 76, 40, 80, 32, 64), (103, 30, 92, 88, 112, 96, 64), (69, 30, 52, 104, 112, 96, 64),
        (63, 70, 28, 104, 48, 32, 64), (53, 50, 4, 72, 80, 96, 64), (107, 70, 36, 104, 16, 96, 64),
    ],
    dtype=np.int64,
)  # fmt: skip


@inlined
def number(word):  # type: ignore[no-untyped-def]
    """Return 32 bits as a number strictly between 0 and 1."""
    return (word + 0.5) * RESOLUTION


@inlined
def _lower_triangle(word, c):  # type: ignore[no-untyped-def]
    """Return column c of a random lower unit triangle; the first row is the highest bit."""
    diagonal = 1 << (BITS - 1 - c)
    return diagonal | ((word >> LOWER) & (diagonal - 1))


@inlined
def _upper_triangle(word, c):  # type: ignore[no-untyped-def]
    """Return column c of a random upper unit triangle, from bits that the lower one does not use."""
    above = STRATUM_MASK & ~((1 << (BITS - c)) - 1)
    return (1 << (BITS - 1 - c)) | ((word >> LOWER) & above)


@inlined
def _times_lower(words, column):  # type: ignore[no-untyped-def]
    """Return the product of the random lower triangle and a column."""
    product = 0
    for c in range(BITS):
        product ^= _lower_triangle(words[c], c) & -(column >> (BITS - 1 - c) & 1)
    return product


@kernel
def fill_spread(dimension, words, points):  # type: ignore[no-untyped-def]
    """Fill `points`, (NET_SIZE,) whole numbers of 32 bits, by column, with a dimension of the net.

    `dimension` is a row of SPREAD; beyond them the strata are paired at random.
    """
    if dimension == 0:
        points[0] = words[BITS] & LOWER_MASK
    else:
        points[0] = words[BITS]
    for b in range(BITS):
        if dimension == 0:
            stratum = 1 << b
        elif dimension < len(SPREAD):
            stratum = _times_lower(words, SPREAD[dimension, b])
        else:
            stratum = _times_lower(words, _upper_triangle(words[b], b))
        step = (stratum << LOWER) | (words[b] & LOWER_MASK)
        for i in range(1 << b):
            points[(1 << b) + i] = points[i] ^ step


@kernel
def fill_strata(words, strata, columns, points):  # type: ignore[no-untyped-def]
    """Fill `columns` and `points` with the first `strata` strata of a number that is drawn by visit: the column of the
    patient whose number lies in each stratum, and the number.
    """
    columns[0] = words[BITS] >> LOWER
    points[0] = words[BITS] & LOWER_MASK
    for b in range(BITS):
        if (1 << b) >= strata:
            break
        column = _lower_triangle(words[b], b)
        step = (1 << (LOWER + b)) | (words[b] & LOWER_MASK)
        for i in range(min(1 << b, strata - (1 << b))):
            columns[(1 << b) + i] = columns[i] ^ column
            points[(1 << b) + i] = points[i] ^ step


@kernel
def fill_by_visit(words, columns, points, numbers):  # type: ignore[no-untyped-def]
    """Fill `numbers`, (NET_SIZE,) between 0 and 1, by column; `columns` and `points` are scratch space."""
    fill_strata(words, NET_SIZE, columns, points)
    for stratum in range(NET_SIZE):
        numbers[columns[stratum]] = number(points[stratum])


@inlined
def _reversed_bits(place):  # type: ignore[no-untyped-def]
    turned = 0
    for b in range(BITS):
        turned |= (place >> b & 1) << (BITS - 1 - b)
    return turned


@kernel
def fill_order(key, net, words, numbers):  # type: ignore[no-untyped-def]
    """Fill `numbers`, (NET_SIZE,): which patient of the net, from 0, each column is.

    The first patients of a net, however many, are spread over the columns, and each is in any column as likely as not.
    """
    fill_words(key, net, 0, words)
    shift = words[0] & STRATUM_MASK
    for column in range(NET_SIZE):
        numbers[column] = _reversed_bits(column ^ shift)
