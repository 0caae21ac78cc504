"""Functions that are compiled when they are first called: numba is not loaded before, as many commands never do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property, update_wrapper
from inspect import signature
from typing import Any, Protocol, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


class _Telling:
    """Who is told the name of a function that is compiled now, as it was not compiled before."""

    tell: Callable[[str], None] = staticmethod(lambda name: None)


def tell_of_compiling(tell: Callable[[str], None]) -> None:
    """Have somebody told from now on, in whatever thread it happens."""
    _Telling.tell = staticmethod(tell)


def compiling(name: str) -> None:
    """Tell that a function is compiled now."""
    _Telling.tell(name)


class Others(Protocol):
    """Whoever compiles at the same time, into the same cache."""

    def has(self, name: str) -> bool:
        """Tell whether they have compiled a function; asked where it is not in the cache."""

    def done(self, name: str) -> None:
        """Take note that a function has been compiled here."""


class _Nobody:
    def has(self, name: str) -> bool:
        return False

    def done(self, name: str) -> None:
        pass


class _Sharing:
    """With whom what is to be compiled is shared."""

    others: Others = _Nobody()


@contextmanager
def share_compiling(others: Others) -> Iterator[None]:
    """Share with others what is to be compiled in the block, in whatever thread it happens."""
    before, _Sharing.others = _Sharing.others, others
    try:
        yield
    finally:
        _Sharing.others = before


def others() -> Others:
    """Return whoever compiles at the same time."""
    return _Sharing.others


def kernel(function: Function) -> Function:
    """Compile a function that makes no arrays of its own.

    Nothing then counts references to those it is given, which in a loop over patients takes longer than what the loop
    does. Divided as in NumPy: a division that may raise cannot be done for several patients at once.
    """
    return cast(Function, _Compiled(function, _nrt=False))


def compiled(function: Function) -> Function:
    """Compile a function that may make arrays of its own."""
    return cast(Function, _Compiled(function))


def inner(function: Function) -> Function:
    """Compile a function that makes no arrays of its own and is part of others that are compiled.

    Called from Python, it runs as it is.
    """
    return cast(Function, _Inner(function, _nrt=False))


def inlined(function: Function) -> Function:
    """Compile a small function into those that call it; called from Python, it runs as it is."""
    return cast(Function, _Inner(function, _nrt=False, forceinline=True))


class _Compiled:
    """A function that makes itself ready when it is first called, or compiled into another; then it is numba's."""

    py_func: Callable[..., Any]

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        self.py_func, self._options = function, options
        update_wrapper(self, function)

    @cached_property
    def dispatcher(self) -> Any:
        """What numba makes of the function for Python to call."""
        _load()
        from sim.compiling import made_ready

        return made_ready(self.py_func, self._options, compiling, others)

    @cached_property
    def part(self) -> Any:
        """What numba makes of the function for other compiled ones to call."""
        _load()
        from sim.compiling import made_part

        return made_part(self.py_func, self._options, compiling, others)

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.dispatcher(*given, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked of every object, as by `copy`; no reason to load numba
            raise AttributeError(name)
        return getattr(self.dispatcher, name)

    def __reduce__(self) -> str:
        return self.py_func.__qualname__  # found again by its name


class _Inner(_Compiled):
    """A function that only others that are compiled call."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self.py_func(*given, **named)


@cache
def _load() -> None:
    from sim.compiling import understood

    for kind in (_Compiled, _Inner):
        understood(kind)


def for_types_of(function: Any, *arguments: Any) -> Callable[..., Any]:
    """Return a compiled function for arguments of exactly these types.

    Finding out the types of many arguments takes longer than a short call; this spares it. Arguments of other types
    must not be given. Without compilation it is the function itself.
    """
    if not hasattr(function, "overloads"):
        plain: Callable[..., Any] = function
        return plain
    from numba import typeof

    types = tuple(typeof(argument) for argument in arguments)  # type: ignore[no-untyped-call]
    function.compile(types)
    entry: Callable[..., Any] = function.overloads[types].entry_point
    return entry


def compile_part(function: Any, examples: Mapping[str, Any]) -> None:
    """Compile a function for other compiled ones to call, for the types of examples by the names of its parameters."""
    from numba import typeof

    names = signature(function.py_func).parameters
    function.part.compile(tuple(typeof(examples[name]) for name in names))  # type: ignore[no-untyped-call]
