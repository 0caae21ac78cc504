"""Named random streams: the only user of `numpy.random`.

A stream is addressed by (seed, draw, block, purpose), never by an arm or by the order of calls. Its state is the
BLAKE2b digest of that address, so streams are independent and no two addresses share one. Within a stream the numbers
of visit 1 of the whole block come first, then those of visit 2, and so on: a longer protocol or another arm only reads
further, and nobody's earlier numbers change.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any, cast

import numpy as np
from numpy.random import SFC64, Generator
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray

BLOCK_SIZE = 4096
"""Patients in a replication block, the unit of streams and of parallel work."""


class _Address(ISeedSequence):
    """The address of a stream, hashed into as many state words as a bit generator asks for."""

    def __init__(self, seed: int, draw: int, block: int, purpose: str) -> None:
        self._key = struct.pack("<QQQ", seed, draw, block) + purpose.encode()

    def generate_state(self, n_words: int, dtype: DTypeLike = np.uint32) -> NDArray[Any]:
        size = n_words * np.dtype(dtype).itemsize
        digest = hashlib.blake2b(self._key, digest_size=size, person=b"coursesim").digest()
        return np.frombuffer(digest, dtype=dtype)


def stream(seed: int, draw: int, block: int, purpose: str) -> Generator:
    """Return the generator at an address; each integer from 0 to 2**64 - 1."""
    # NumPy takes any ISeedSequence here; its stubs name one class only.
    return Generator(SFC64(cast(Any, _Address(seed, draw, block, purpose))))
