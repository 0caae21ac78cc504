"""Exponential functions in nothing but IEEE 754 additions, multiplications and shifts.

So they return the same bits on every machine, compiled or not, and a compiler can evaluate them for several patients
at once.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import inlined

LOG2_OF_E = 1.4426950408889634
ROUNDING = 1.5 * 2.0**52
"""Added to a small number it leaves the nearest whole number, in the lowest bits as well."""
SMALLEST = -1000.0

C1, C2, C3, C4, C5, C6, C7 = (
    0.6931471807045012, 0.2402265106658567, 0.055504103661728366, 0.009618038128677332, 0.0013333934876614724,
    0.00015466757347907222, 1.5196202394080968e-05,
)  # fmt: skip
"""The polynomial 1 + C1 r + ... + C7 r**7 is 2**r for r from -1/2 to 1/2 with the least relative error, 4.7e-11."""


@inlined
def exp2(x: float) -> float:
    """Return 2**x within 5e-11 of its value, and exactly 1 at 0; x is cut off at -1000, and must be below 1000.

    With x = n + r it is 2**n times a polynomial in r.
    """
    x = max(x, SMALLEST)
    rounded = x + ROUNDING
    r = x - (rounded - ROUNDING)
    r2 = r * r
    r4 = r2 * r2
    series = ((1.0 + r * C1) + r2 * (C2 + r * C3)) + r4 * ((C4 + r * C5) + r2 * (C6 + r * C7))
    power: float = np.int64((np.float64(rounded).view(np.int64) + 1023) << 52).view(np.float64)
    return series * power


@inlined
def exp(x: float) -> float:
    """Return e**x within 5e-11 of its value, for x below 690."""
    return exp2(x * LOG2_OF_E)
