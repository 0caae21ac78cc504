"""numba's `njit`, with a cache that survives an update of the program and a full disk, and is never out of date.

numba's cache names the classes of arguments. Once a class has moved, or a file was written by halves, reading the cache
fails; here it then counts as empty, and the function is compiled anew. numba takes a function to be unchanged if its
own file is; here that goes for every file with functions that it may have compiled into it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from pickle import PickleError
from typing import Any, TypeVar

from numba import njit, typeof
from numba.core import caching

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function that makes no arrays of its own.

    Nothing then counts references to those it is given, which in a loop over patients takes longer than what the loop
    does. Divided as in NumPy: a division that may raise cannot be done for several patients at once.
    """
    return _kept(function, _nrt=False)


def compiled(function: Function) -> Function:
    """Compile a function that may make arrays of its own."""
    return _kept(function)


def inlined(function: Function) -> Function:
    """Compile a small function into those that call it."""
    compile_it: Any = njit
    compiled: Function = compile_it(nogil=True, inline="always", _nrt=False, error_model="numpy")(function)
    return compiled


def _kept(function: Function, **options: bool) -> Function:
    compile_it: Any = njit  # its stubs do not know `_nrt`
    dispatcher: Any = compile_it(nogil=True, error_model="numpy", **options)(function)
    if hasattr(dispatcher, "enable_caching"):  # else nothing is compiled
        dispatcher._cache = _StampedCache(function)  # in place of what `enable_caching` puts there
    found: Function = dispatcher
    return found


_UNREADABLE = (
    AttributeError,
    ImportError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    PickleError,
)


class _ForgivingFile(caching.IndexDataCacheFile):
    """A cache file that is empty if it cannot be read, and is given up if it cannot be written."""

    def _load_index(self) -> Any:
        try:
            return super()._load_index()  # type: ignore[no-untyped-call]
        except _UNREADABLE:
            return {}

    def _load_data(self, name: str) -> Any:
        try:
            return super()._load_data(name)  # type: ignore[no-untyped-call]
        except _UNREADABLE as error:
            raise OSError(f"unreadable: {name}") from error  # what numba takes for a file that is gone

    def save(self, key: Any, data: Any) -> None:
        """Keep a compiled function; where there is no room for it, it is compiled anew the next time."""
        try:
            super().save(key, data)  # type: ignore[no-untyped-call]
        except OSError:
            with suppress(OSError):  # the index may point to what an earlier version of the function left behind
                Path(self._index_path).unlink(missing_ok=True)


ROOMS = ("luck", "patient", "estimate", "study")
"""Rooms with functions that others, in other files, are compiled of."""


@cache
def _stamp() -> str:
    """Return what changes whenever a file with compiled functions does."""
    package = Path(__file__).parent
    files = [
        package / "compiled.py",
        package / "quantities.py",
        *sorted(file for room in ROOMS for file in (package / room).glob("*.py")),
    ]
    stats = ((file.name, file.stat()) for file in files)
    told = repr([(name, stat.st_mtime_ns, stat.st_size) for name, stat in stats])
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


class _StampedFile(_ForgivingFile):
    """A cache file of functions that may call any other one of `ROOMS`."""

    def __init__(self, cache_path: str, filename_base: str, source_stamp: Any) -> None:
        super().__init__(cache_path, filename_base, (source_stamp, _stamp()))  # type: ignore[no-untyped-call]


class _StampedCache(caching.FunctionCache):
    """What is kept of a compiled function, in a file of the kind above."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        locator = self._impl.locator
        self._cache_file = _StampedFile(locator.get_cache_path(), self._impl.filename_base, locator.get_source_stamp())


def for_types_of(function: Any, *arguments: Any) -> Callable[..., Any]:
    """Return a compiled function for arguments of exactly these types.

    Finding out the types of many arguments takes longer than a short call; this spares it. Arguments of other types
    must not be given. Without compilation it is the function itself.
    """
    if not hasattr(function, "overloads"):
        return function  # type: ignore[no-any-return]
    types = tuple(typeof(argument) for argument in arguments)  # type: ignore[no-untyped-call]
    function.compile(types)
    entry: Callable[..., Any] = function.overloads[types].entry_point
    return entry
