"""Random words by address: a counter-based generator, so that any number can be had without those before it.

Threefry-4x64 with 20 rounds (Salmon and others 2011, doi:10.1145/2063384.2063405): a key and a counter in, 256 random
bits out. The key is the digest of what a stream is for, the counter says which part of it is wanted.
"""

from __future__ import annotations

import hashlib
import struct

import numpy as np
from numpy.typing import NDArray

from sim.compiled import inlined, kernel

WORDS = 8
"""Words of 32 bits at each address."""
_PARITY = np.uint64(0x1BD11BDAA9FC1A22)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_ALL = np.uint64(64)
_ONE, _TWO, _THREE, _FOUR, _FIVE = (np.uint64(k) for k in range(1, 6))
_TURNS = [(14, 16), (52, 57), (23, 40), (5, 37), (25, 33), (46, 12), (58, 22), (32, 32)]
(
    (_A0, _B0), (_A1, _B1), (_A2, _B2), (_A3, _B3), (_A4, _B4), (_A5, _B5), (_A6, _B6), (_A7, _B7),
) = [(np.uint64(a), np.uint64(b)) for a, b in _TURNS]  # fmt: skip


def key_of(seed: int, draw: int, purpose: str) -> NDArray[np.uint64]:
    """Return the key of a purpose, (4,): the BLAKE2b digest of its address; seed and draw from 0 to 2**64 - 1."""
    address = struct.pack("<QQ", seed, draw) + purpose.encode()
    digest = hashlib.blake2b(address, digest_size=32, person=b"coursesim").digest()
    return np.array(struct.unpack("<4Q", digest), dtype=np.uint64)


@inlined
def _mixed(a: np.uint64, b: np.uint64, turn: np.uint64) -> tuple[np.uint64, np.uint64]:
    total = a + b
    return total, ((b << turn) | (b >> (_ALL - turn))) ^ total


@inlined
def _four_rounds(
    x0: np.uint64, x1: np.uint64, x2: np.uint64, x3: np.uint64, a0: np.uint64, b0: np.uint64, a1: np.uint64,
    b1: np.uint64, a2: np.uint64, b2: np.uint64, a3: np.uint64, b3: np.uint64,
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:  # fmt: skip
    x0, x1 = _mixed(x0, x1, a0)
    x2, x3 = _mixed(x2, x3, b0)
    x0, x3 = _mixed(x0, x3, a1)
    x2, x1 = _mixed(x2, x1, b1)
    x0, x1 = _mixed(x0, x1, a2)
    x2, x3 = _mixed(x2, x3, b2)
    x0, x3 = _mixed(x0, x3, a3)
    x2, x1 = _mixed(x2, x1, b3)
    return x0, x1, x2, x3


@kernel
def fill_words(key: NDArray[np.uint64], first: int | np.int64, second: int, words: NDArray[np.int64]) -> None:
    """Fill `words`, (WORDS,) whole numbers below 2**32, with those of a key, (4,), at the counter (first, second)."""
    k0, k1, k2, k3 = key[0], key[1], key[2], key[3]
    k4 = _PARITY ^ k0 ^ k1 ^ k2 ^ k3
    x0, x1, x2, x3 = np.uint64(first) + k0, np.uint64(second) + k1, k2, k3
    x0, x1, x2, x3 = _four_rounds(x0, x1, x2, x3, _A0, _B0, _A1, _B1, _A2, _B2, _A3, _B3)
    x0, x1, x2, x3 = x0 + k1, x1 + k2, x2 + k3, x3 + k4 + _ONE
    x0, x1, x2, x3 = _four_rounds(x0, x1, x2, x3, _A4, _B4, _A5, _B5, _A6, _B6, _A7, _B7)
    x0, x1, x2, x3 = x0 + k2, x1 + k3, x2 + k4, x3 + k0 + _TWO
    x0, x1, x2, x3 = _four_rounds(x0, x1, x2, x3, _A0, _B0, _A1, _B1, _A2, _B2, _A3, _B3)
    x0, x1, x2, x3 = x0 + k3, x1 + k4, x2 + k0, x3 + k1 + _THREE
    x0, x1, x2, x3 = _four_rounds(x0, x1, x2, x3, _A4, _B4, _A5, _B5, _A6, _B6, _A7, _B7)
    x0, x1, x2, x3 = x0 + k4, x1 + k0, x2 + k1, x3 + k2 + _FOUR
    x0, x1, x2, x3 = _four_rounds(x0, x1, x2, x3, _A0, _B0, _A1, _B1, _A2, _B2, _A3, _B3)
    x0, x1, x2, x3 = x0 + k0, x1 + k1, x2 + k2, x3 + k3 + _FIVE
    words[0], words[1] = x0 & _LOW, x0 >> _HALF
    words[2], words[3] = x1 & _LOW, x1 >> _HALF
    words[4], words[5] = x2 & _LOW, x2 >> _HALF
    words[6], words[7] = x3 & _LOW, x3 >> _HALF
