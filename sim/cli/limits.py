"""What this computer lets the program have."""

from __future__ import annotations

import errno
import sys
import threading

from sim.errors import CoursesimError

LEAST_MEGABYTES = 850
"""Address space that small runs of any command take; with less, loading one of the libraries fails, or never ends."""

NO_THREAD = "no thread can be started: too many processes, or too little memory"
_NO_ROOM = ("failed to map segment", "annot allocate memory")
"""What systems say of a library that there is no room for."""


def refuse_too_little_memory() -> None:
    """Raise CoursesimError where a limit on memory (ulimit -v) leaves too little for the libraries alone."""
    if sys.platform == "win32":
        return
    try:
        import resource
    except ImportError:  # another system that has none
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < LEAST_MEGABYTES * 1_000_000:
        raise CoursesimError(
            f"memory is limited to {limit / 1e6:.0f} MB here (ulimit -v); "
            f"allowed: {LEAST_MEGABYTES} MB at least, which small runs take"
        )


def is_want_of_memory(error: BaseException | None) -> bool:
    """Tell whether an error comes of too little memory: the system's own, or a library that cannot be loaded for it."""
    while error is not None:
        if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
            return True
        if isinstance(error, ImportError | OSError) and any(words in str(error) for words in _NO_ROOM):
            return True
        error = error.__cause__ or error.__context__
    return False


def threads_can_be_started() -> bool:
    """Tell whether another thread can be started, as far as limits on processes and memory go."""
    thread = threading.Thread(target=_nothing, daemon=True)
    try:
        thread.start()
    except RuntimeError:
        return False
    thread.join()
    return True


def _nothing() -> None:
    """Do nothing."""
