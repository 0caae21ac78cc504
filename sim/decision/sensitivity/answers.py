"""Answers that have been found, by where they were asked for, kept so that an analysis can go on from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.study.checkpoint import Saved

Floats = NDArray[np.float64]
_DIGEST = 16


class Answers:
    """The means of arms, (arms,), by the place that they were asked for at: those that an earlier analysis has found,
    and those of this one. Several threads may ask.
    """

    def __init__(self, saved: Saved, part: str) -> None:
        """`part` names them among what is kept."""
        self._saved, self._part = saved, part
        self._lock = Lock()
        kept = saved.load(part) or {"places": np.empty((0, _DIGEST), np.uint8), "answers": np.empty((0, 0))}
        self._found = {place.tobytes(): answer for place, answer in zip(kept["places"], kept["answers"], strict=True)}

    def of(self, place: Any, find: Callable[[], Floats]) -> Floats:
        """Return the answer at a place, found anew if it has not been; raises what finding it raises."""
        key = hashlib.blake2b(repr(place).encode(), digest_size=_DIGEST).digest()
        if (answer := self._found.get(key)) is None:
            answer = find()
            with self._lock:
                self._found[key] = answer
        return answer

    def keep(self) -> None:
        """Keep what has been found, if it is time."""
        self._saved.save(self._part, self._as_arrays)

    def _as_arrays(self) -> dict[str, NDArray[Any]]:
        with self._lock:
            found = list(self._found.items())
        places = np.frombuffer(b"".join(place for place, _ in found), np.uint8).reshape(-1, _DIGEST)
        return {"places": places, "answers": np.array([answer for _, answer in found])}
