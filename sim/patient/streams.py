"""Named random streams, and the luck of a block of patients: the only user of `numpy.random`.

A stream is addressed by (seed, draw, block, purpose), never by an arm or by the order of calls. Its state is the
BLAKE2b digest of that address, so streams are independent and no two addresses share one. Within a stream the numbers
of visit 1 of the whole block come first, then those of visit 2, and so on: a longer protocol or another arm only reads
further, and nobody's earlier numbers change.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.random import SFC64, Generator
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import DTypeLike, NDArray

Floats = NDArray[np.float64]

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


class Needs(NamedTuple):
    """What the scenario draws on: a purpose that nothing reads is not drawn, which changes no other purpose."""

    modalities: tuple[str, ...]
    visits: int
    soreness: bool
    bruising: bool
    attendance: bool
    drop_out: bool
    readings: bool
    booster: bool

    def union(self, other: Needs) -> Needs:
        """Return what both need; they must give the same modalities."""
        larger: Any = (max(one, two) for one, two in zip(self[1:], other[1:], strict=True))
        return Needs(self.modalities, *larger)


class Luck(NamedTuple):
    """Everything random about the first `n` patients of a block, before any assumption is applied.

    Normals are standard; arrays by patient have shape (n,), `own` has one row per modality; arrays by visit have shape
    (visits, block), or (0, 0) where nothing reads them.
    """

    profile: Floats
    baseline: Floats
    muscular: Floats
    plateau: Floats
    time_constant: Floats
    common: Floats
    own: Floats
    reading_baseline: Floats
    reading_end: Floats
    reading_day42: Floats
    relapse: Floats
    booster: Floats
    soreness: Floats
    bruising: Floats
    attendance: Floats
    drop_out: Floats
    readings: Floats


def draw_luck(seed: int, draw: int, block: int, needs: Needs, n: int = BLOCK_SIZE) -> Luck:
    """Draw the luck of the first `n` patients of a block; normals and uniforms are dimensionless, relapse is unit
    exponential.

    A stream yields its numbers one after another, so the first patients' are the same whoever follows. Arrays by visit
    are drawn for the whole block: the numbers of visit 2 come after everybody's of visit 1.
    """

    def at(purpose: str) -> Generator:
        return stream(seed, draw, block, purpose)

    def normal(purpose: str) -> Floats:
        return at(purpose).standard_normal(n)

    def by_visit(purpose: str, needed: bool) -> Floats:
        return at(purpose).random((needs.visits, BLOCK_SIZE)) if needed else np.empty((0, 0))

    return Luck(
        profile=at("profile").random(n),
        baseline=normal("baseline pain"),
        muscular=normal("muscular share"),
        plateau=normal("natural plateau"),
        time_constant=normal("natural time constant"),
        common=normal("responsiveness"),
        own=_rows([normal(f"responsiveness to {name}") for name in needs.modalities], n),
        reading_baseline=normal("reading at baseline"),
        reading_end=normal("reading at end of course"),
        reading_day42=normal("reading at day 42"),
        relapse=at("relapse").standard_exponential(n),
        booster=at("booster").random(n) if needs.booster else np.empty(0),
        soreness=by_visit("soreness", needs.soreness),
        bruising=by_visit("bruising", needs.bruising),
        attendance=by_visit("attendance", needs.attendance),
        drop_out=by_visit("drop-out", needs.drop_out),
        readings=at("readings").standard_normal((needs.visits, BLOCK_SIZE)) if needs.readings else np.empty((0, 0)),
    )


def _rows(rows: Sequence[Floats], n: int) -> Floats:
    return np.stack(rows) if rows else np.empty((0, n))
