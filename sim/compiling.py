"""numba's `njit`, with a cache that survives an update of the program and a full disk, and is never out of date.

numba's cache names the classes of arguments. Once a class has moved, or a file was written by halves, reading the cache
fails; here it then counts as empty, and the function is compiled anew. numba takes a function to be unchanged if its
own file is; here that goes for every file with functions that it may have compiled into it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit, types
from numba.core import caching
from numba.extending import typeof_impl

from sim.stamp import UNREADABLE, stamp_of


def made_ready(
    function: Callable[..., Any], is_kept: bool, options: dict[str, Any], tell: Callable[[str], None]
) -> Any:
    """Return numba's function, which compiles itself when it is called, or the function itself if nothing is compiled.

    `is_kept`: whether what is compiled is kept in the cache; `options`: those of `njit`; `tell` is called with the
    function's name when it is compiled, as nothing is kept of it.
    """
    compile_it: Any = njit  # its stubs do not know `_nrt`
    dispatcher = compile_it(nogil=True, error_model="numpy", **options)(function)
    if is_kept and hasattr(dispatcher, "enable_caching"):  # else nothing is compiled
        with suppress(RuntimeError):  # there is no directory that could be written to: it is compiled each time
            dispatcher._cache = _StampedCache(function, tell)  # in place of what `enable_caching` puts there
    return dispatcher


def understood(kind: type) -> None:
    """Let compiled functions call objects of a class, which have numba's function as their `dispatcher`."""
    typeof_impl.register(kind)(lambda found, _: types.Dispatcher(found.dispatcher))


class _ForgivingFile(caching.IndexDataCacheFile):
    """A cache file that is empty if it cannot be read, and is given up if it cannot be written."""

    def _load_index(self) -> Any:
        try:
            return super()._load_index()  # type: ignore[no-untyped-call]
        except UNREADABLE:
            return {}

    def _load_data(self, name: str) -> Any:
        try:
            return super()._load_data(name)  # type: ignore[no-untyped-call]
        except UNREADABLE as error:
            raise OSError(f"unreadable: {name}") from error  # what numba takes for a file that is gone

    def save(self, key: Any, data: Any) -> None:
        """Keep a compiled function; where there is no room for it, it is compiled anew the next time."""
        try:
            super().save(key, data)  # type: ignore[no-untyped-call]
        except OSError:
            with suppress(OSError):  # the index may point to what an earlier version of the function left behind
                Path(self._index_path).unlink(missing_ok=True)


ROOMS = ("luck", "patient", "estimate", "study", "capacity/year")
"""Rooms with functions that others, in other files, are compiled of."""
FILES = ("compiled.py", "compiling.py", "quantities.py", "capacity/advance.py")


@cache
def _stamp() -> str:
    """Return what changes whenever a file with compiled functions does."""
    return stamp_of(ROOMS, FILES)


class _StampedFile(_ForgivingFile):
    """A cache file of functions that may call any other one of `ROOMS`."""

    def __init__(self, cache_path: str, filename_base: str, source_stamp: Any) -> None:
        super().__init__(cache_path, filename_base, (source_stamp, _stamp()))  # type: ignore[no-untyped-call]


class _StampedCache(caching.FunctionCache):
    """What is kept of a compiled function, in a file of the kind above."""

    def __init__(self, function: Callable[..., Any], tell: Callable[[str], None]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._name, self._tell = function.__name__, tell
        locator = self._impl.locator
        self._cache_file = _StampedFile(locator.get_cache_path(), self._impl.filename_base, locator.get_source_stamp())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is kept; if nothing is, tell that the function is compiled now."""
        found = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        if found is None:
            self._tell(self._name)
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled function, unless an interruption has kept its code from being handed over: LLVM hands it over
        by a callback, in which what is raised is lost, and comes again soon.
        """
        with suppress(RuntimeError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
