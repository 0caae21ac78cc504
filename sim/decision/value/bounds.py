"""Bounds that hold of the truth, made to hold of estimates: a part is worth no more than the whole, and that no more
than everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from sim.decision.value.partial import Partial
from sim.decision.value.psa import Floats

_LEVEL = 0.05


def within_bounds(partials: Sequence[Partial], perfect: Floats) -> tuple[Partial, ...]:
    """Return the partials with their values within the bounds at each willingness to pay; `perfect` is the EVPI.

    Where a part is above a whole, one of the two is wrong. If the part is above 0 beyond chance, allowing for how many
    there are (Bonferroni, 5 %), the whole is worth at least as much, and is raised with the part's error; else the part
    is cut to the whole. What is withheld (NaN) bounds nothing.
    """
    if not partials:
        return ()
    least = float(ndtri(1 - _LEVEL / max(len(partials), 1)))
    value = np.array([one.value for one in partials])
    error = np.array([one.error for one in partials])
    np.minimum(value, perfect, out=value)
    order = sorted(range(len(partials)), key=lambda k: len(set(partials[k].subject.members)))
    parts = {k: [j for j in order if partials[j].subject.is_part_of(partials[k].subject)] for k in range(len(partials))}
    for whole in order:
        for part in parts[whole]:
            raised = (partials[part].score > least) & (value[part] > value[whole])
            value[whole] = np.where(raised, value[part], value[whole])
            error[whole] = np.where(raised, error[part], error[whole])
    for whole in reversed(order):
        for part in parts[whole]:
            value[part] = np.where(value[part] > value[whole], value[whole], value[part])
    return tuple(replace(one, value=kept, error=off) for one, kept, off in zip(partials, value, error, strict=True))
