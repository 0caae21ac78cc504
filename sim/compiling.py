"""numba's `njit`, with a cache that survives an update of the program and a full disk, and is never out of date.

What compiled functions are made of is optimised and turned into machine code once, with the function that Python calls,
not by itself before. numba's cache names the classes of arguments. Once a class has moved, or a file was written by
halves, reading the cache fails; here it then counts as empty, and the function is compiled anew. numba takes a function
to be unchanged if its own file is; here that goes for every file with functions that it may have compiled into it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from llvmlite.binding import parse_bitcode
from numba import njit, types
from numba.core import caching
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler, compile_result
from numba.extending import models, register_model, typeof_impl

from sim.stamp import UNREADABLE, stamp_of


def made_ready(
    function: Callable[..., Any], options: dict[str, Any], tell: Callable[[str], None], others: Callable[[], Any]
) -> Any:
    """Return numba's function, which compiles itself when it is called, or the function itself if nothing is compiled.

    `options`: those of `njit`; `tell` is called with the function's name when it is compiled, as nothing is kept of it;
    `others` says who compiles at the same time (`sim.compiled.Others`).
    """
    return _made(
        function,
        {**options, "no_cfunc_wrapper": True, "pipeline_class": _Whole},
        lambda: _StampedCache(function, tell, others),
    )


def made_part(
    function: Callable[..., Any], options: dict[str, Any], tell: Callable[[str], None], others: Callable[[], Any]
) -> Any:
    """Return the same for other compiled functions to call: nothing is made for Python to call it by."""
    for_others = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True, "pipeline_class": _Part}
    return _made(function, {**options, **for_others}, lambda: _PartCache(function, tell, others))


def _made(function: Any, options: dict[str, Any], cache: Callable[[], _StampedCache]) -> Any:
    compile_it: Any = njit  # its stubs do not know `_nrt`
    dispatcher = compile_it(nogil=True, error_model="numpy", **options)(function)
    if hasattr(dispatcher, "enable_caching"):  # else nothing is compiled
        with suppress(RuntimeError):  # there is no directory that could be written to: it is compiled each time
            dispatcher._cache = cache()  # in place of what `enable_caching` puts there
    return dispatcher


def understood(kind: type) -> None:
    """Let compiled functions call objects of a class, which have numba's function for them as their `part`."""
    typeof_impl.register(kind)(lambda found, _: _Called(found.part))


class _Called(types.Dispatcher):
    """A function as others call it: a number that is written in the call is one like any other.

    numba would infer all types of the function twice, and compile it for each such number.
    """

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        """Return the signature for arguments of these types."""
        as_any_other: Any = types.unliteral
        in_order: Any = [as_any_other(kind) for kind in args]
        return super().get_call_type(context, in_order, {name: as_any_other(kind) for name, kind in kws.items()})


register_model(_Called)(models.OpaqueModel)  # numba looks for the very class, not for that which it is derived from


OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""Compiling makes many objects that stay: looking through them as often as usual takes a sixth of the time."""


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Whole(Compiler):
    """Compiles a function that Python calls, with all that it is made of."""

    def compile_extra(self, func: Any) -> Any:
        """Return what numba makes of a function."""
        with _collecting_seldom():
            made = super().compile_extra(func)  # type: ignore[no-untyped-call]
        for environment in made._find_referenced_environments():
            made.library.codegen.set_env(environment.env_name, environment)
        return made


class _Part(Compiler):
    """Compiles a function as far as those that call it need."""

    def define_pipelines(self) -> Any:
        """Return numba's steps, with another place for what comes of them."""
        made: Any = _PartLibrary
        self.state.library = made(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super().define_pipelines()  # type: ignore[no-untyped-call]


class _PartLibrary(JITCodeLibrary):
    """Code to be linked into other code, as it was before it is optimised across functions; none of it can be run."""

    @classmethod
    def read(cls, codegen: Any, name: str, content: bytes) -> _PartLibrary:
        """Return what has been kept."""
        library = cls(codegen, name)
        library._final_module = library._shared_module = parse_bitcode(content)
        library._finalize_final_module()
        return library

    @property
    def codegen(self) -> Any:
        """Whom numba asks to give the code its environment; that is done where the code is run."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Do nothing."""

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code."""
        self._ensure_finalized()  # type: ignore[no-untyped-call]
        return 0

    def _optimize_final_module(self) -> None:
        """Leave it to the function that Python calls."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()  # type: ignore[no-untyped-call]
        self._finalized = True


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

    ending = ""

    def __init__(self, function: Callable[..., Any], tell: Callable[[str], None], others: Callable[[], Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._tell, self._others = tell, others
        self._name, self._whole_name = function.__name__, f"{function.__module__}.{function.__qualname__}{self.ending}"
        locator = self._impl.locator
        file = self._impl.filename_base + self.ending
        self._cache_file = _StampedFile(locator.get_cache_path(), file, locator.get_source_stamp())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what is kept; if nothing is, tell that the function is compiled now, here or by others."""
        found = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        if found is None:
            self._tell(self._name)
            if self._others().has(self._whole_name):
                found = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled function, unless an interruption has kept its code from being handed over: LLVM hands it over
        by a callback, in which what is raised is lost, and comes again soon.
        """
        with suppress(RuntimeError):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
        self._others().done(self._whole_name)


class _PartResult(caching.CompileResultCacheImpl):
    """How a part is written down and read again."""

    def reduce(self, cres: Any) -> Any:
        """Return what is written down."""
        cres.fndesc.typemap = cres.fndesc.calltypes = None  # as numba does: nobody needs them, and they may be large
        content = cres.library._get_module_for_linking().as_bitcode()
        return cres.library.name, content, cres.fndesc, cres.environment, cres.signature

    def rebuild(self, target_context: Any, payload: Any) -> Any:
        """Return what was compiled."""
        name, content, fndesc, environment, signature = payload
        library = _PartLibrary.read(target_context.codegen(), name, content)
        return compile_result(  # type: ignore[no-untyped-call]
            target_context=target_context, typing_context=target_context.typing_context, library=library,
            entry_point=target_context.get_executable(library, fndesc, environment), environment=environment,
            fndesc=fndesc, signature=signature, objectmode=False, lifted=(), reload_init=(), referenced_envs=(),
        )  # fmt: skip


class _PartCache(_StampedCache):
    """What is kept of a part."""

    _impl_class: Any = _PartResult
    ending = ".part"
