"""The years of a clinic by compiled functions, held against those by SimPy."""

from __future__ import annotations

import numpy as np

from sim.capacity.history import KINDS
from sim.capacity.simulate import Replication
from sim.capacity.year.run import run_appointments


def differences(model, number):
    """Return what differs between a replication by compiled functions and the same one by SimPy, as text."""
    found, expected = run_appointments(model, number), Replication(model, number).run()
    different = []
    for what, kind in KINDS.items():
        for name in kind.__dataclass_fields__:
            one, other = found.columns(what)[name], expected.columns(what)[name]
            if not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
                different.append(f"{what}.{name}: {len(one)}, {len(other)}")
    return different
