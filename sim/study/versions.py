"""What computes: the versions that results depend on, and a fingerprint of the arithmetic itself.

Work of two engines is never mixed: their last digits may differ.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import math
from functools import cache

import numpy as np
from scipy import special

import sim

PACKAGES = ("numpy", "scipy", "numba")
"""Packages whose arithmetic the results are made of."""


@cache
def engine() -> tuple[tuple[str, str], ...]:
    """Return names and versions of what computes, and a digest of what its elementary functions return."""
    versions = [(name, importlib.metadata.version(name)) for name in PACKAGES]
    return (("coursesim", sim.__version__), *versions, ("arithmetic", _arithmetic()))


def differences(ours: tuple[tuple[str, str], ...], theirs: tuple[tuple[str, str], ...]) -> str:
    """Say in what another engine differs from ours, such as `numpy 2.1.0 (here 2.3.1)`; empty if in nothing."""
    other = dict(theirs)
    return ", ".join(
        f"{name} {other.get(name, 'missing')} (here {version})" for name, version in ours if other.get(name) != version
    )


def _arithmetic() -> str:
    """Return a digest of functions whose last bit depends on the processor and its libraries."""
    x = np.linspace(-8.0, 8.0, 1001)
    positive = np.exp(x)
    plain = np.array([(math.exp(v), math.log(v + 9), (v + 9) ** 0.37) for v in x.tolist()])
    parts = (
        positive,
        positive**1.85,
        2**-x,
        np.log1p(positive),
        special.ndtr(x),
        special.betaincinv(2.0, 3.0, x / 17 + 0.5),
    )
    digest = hashlib.blake2b(plain.tobytes(), digest_size=6)
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
