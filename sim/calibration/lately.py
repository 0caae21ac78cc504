"""Parts of calibrations that were found lately, by all that they read of a scenario.

A scenario that differs from another in one claim shares everything else with it: its natural courses, and how the other
modalities act. What is found does not depend on what was found before, so it may be given back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Lately(Generic[T]):
    """What was found lately by what it was found from; the latest `most` are kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def get(self, read: str, find: Callable[[], T]) -> T:
        """Return what was found from all that is `read`, else find it; raises what finding it raises."""
        with self._lock:
            if read in self._found:
                self._found.move_to_end(read)
                return self._found[read]
        found = find()
        with self._lock:
            self._found[read] = found
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return found

    def forget(self) -> None:
        """Have everything found anew."""
        with self._lock:
            self._found.clear()
