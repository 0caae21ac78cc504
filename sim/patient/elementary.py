"""Exponential and logarithm in nothing but IEEE 754 additions, multiplications and shifts.

So they return the same bits on every machine, compiled or not, and a compiler can evaluate them for several patients
at once. Errors are below 2 units in the last place.
"""

from __future__ import annotations

import math

import numpy as np

from sim.patient.compiled import inlined

LOG2_OF_E = 1.4426950408889634
LN2_HIGH = float.fromhex("0x1.62e42feep-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
"""The two sum to ln 2; the high part times any exponent of a double is exact."""
ROUNDING = 1.5 * 2.0**52
"""Added to a small number and taken off again, it leaves the nearest whole number."""
LARGEST_EXPONENT = 709.0
SMALLEST_EXPONENT = -708.0
"""Beyond these the exponential stays where it is: finite, and above 0."""
ONE_HALF_ROOT = 0x3FE6A09E667F3BCD
"""The bits of the square root of 1/2: a mantissa is taken from there to twice as much."""

E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13 = (1 / math.factorial(k) for k in range(2, 14))
L3, L5, L7, L9, L11, L13, L15, L17, L19, L21 = (1 / k for k in range(3, 23, 2))


@inlined
def exp(x):  # type: ignore[no-untyped-def]
    """Return e**x; x is cut off at -708 and 709.

    With x = n ln 2 + r it is 2**n times the Taylor polynomial of e**r.
    """
    x = min(max(x, SMALLEST_EXPONENT), LARGEST_EXPONENT)
    n = (x * LOG2_OF_E + ROUNDING) - ROUNDING
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    high = E8 + r * (E9 + r * (E10 + r * (E11 + r * (E12 + r * E13))))
    series = 1.0 + r * (1.0 + r * (E2 + r * (E3 + r * (E4 + r * (E5 + r * (E6 + r * (E7 + r * high)))))))
    return series * np.int64((np.int64(n) + 1023) << 52).view(np.float64)


@inlined
def log(x):  # type: ignore[no-untyped-def]
    """Return the natural logarithm of a normal number above 0.

    With x = 2**n m it is n ln 2 + 2 artanh((m - 1) / (m + 1)).
    """
    bits = np.float64(x).view(np.int64)
    n = (bits - ONE_HALF_ROOT) >> 52
    m = np.int64(bits - (n << 52)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    high = L11 + z * (L13 + z * (L15 + z * (L17 + z * (L19 + z * L21))))
    series = z * (L3 + z * (L5 + z * (L7 + z * (L9 + z * high))))
    return n * LN2_HIGH + (n * LN2_LOW + 2.0 * (s + s * series))
